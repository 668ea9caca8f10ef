# SPDX-License-Identifier: Apache-2.0
"""The main path: state.py is pure, run.py acts."""
