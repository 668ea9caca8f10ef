# SPDX-License-Identifier: Apache-2.0
"""Shelf: what to make next."""
