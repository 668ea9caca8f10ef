# SPDX-License-Identifier: Apache-2.0
"""Artefacts by content hash."""
