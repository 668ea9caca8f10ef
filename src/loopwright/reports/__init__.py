# SPDX-License-Identifier: Apache-2.0
"""A campaign as a page that can be mailed."""
