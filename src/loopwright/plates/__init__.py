# SPDX-License-Identifier: Apache-2.0
"""Plates: which well holds what, and which liquid must move there."""
