# SPDX-License-Identifier: Apache-2.0
"""The command line: arguments in, one api call, text out."""
