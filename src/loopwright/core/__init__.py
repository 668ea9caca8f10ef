# SPDX-License-Identifier: Apache-2.0
"""The ground: values, ports, the name plate, errors. Standard library, attrs and numpy only."""
