# SPDX-License-Identifier: Apache-2.0
"""The campaign file as one typed object."""
