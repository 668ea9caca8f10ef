# SPDX-License-Identifier: Apache-2.0
"""Shelf: kinds of matter."""
