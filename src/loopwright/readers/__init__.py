# SPDX-License-Identifier: Apache-2.0
"""Shelf: file formats that measurements and candidates come in."""
