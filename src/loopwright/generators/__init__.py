# SPDX-License-Identifier: Apache-2.0
"""Shelf: where candidates come from."""
