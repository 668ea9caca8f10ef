# SPDX-License-Identifier: Apache-2.0
"""Tables in and out: from raw cells to measurement rows, and from rows to targets."""
