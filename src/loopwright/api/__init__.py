# SPDX-License-Identifier: Apache-2.0
"""What every face calls: verbs, evidence, pages, replays. It prints nothing."""
