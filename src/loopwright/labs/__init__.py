# SPDX-License-Identifier: Apache-2.0
"""Shelf: where candidates are measured."""
