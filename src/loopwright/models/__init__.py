# SPDX-License-Identifier: Apache-2.0
"""Shelf: how a property is learned."""
