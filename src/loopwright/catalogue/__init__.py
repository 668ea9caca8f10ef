# SPDX-License-Identifier: Apache-2.0
"""Property models that come with the package, and what each of them predicts."""
