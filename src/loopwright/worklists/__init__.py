# SPDX-License-Identifier: Apache-2.0
"""Shelf: files by which instruments move liquid."""
