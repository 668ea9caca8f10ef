# SPDX-License-Identifier: Apache-2.0
"""Pure numbers, each with its source: no files, no clock, no global randomness."""
