# SPDX-License-Identifier: Apache-2.0
"""Why a batch holds fewer than were asked for: of plain files and in a campaign alike."""

from __future__ import annotations

from loopwright.spec.campaign import CampaignSpec

__all__ = ["why_short"]


def why_short(spec: CampaignSpec, n: int, *, wanted: int, n_offered: int) -> str:
    """Say why there are fewer picks than asked for; blank if there are not.

    Args:
        spec: Names what limits a batch.
        n: Picks, those that people have locked and those to be screened among them.
        wanted: How many were asked for.
        n_offered: From how many they were chosen.
    """
    if n >= wanted:
        return ""
    limits = (
        (spec.budget is not None, "the budget"),
        (spec.screen is not None, f"what {wanted} assays cost"),
        (spec.max_per_family is not None, "the limit on families"),
        (spec.max_per_cluster is not None, "the limit on clusters"),
    )
    why = [name for is_set, name in limits if is_set]
    if n == n_offered or not why:
        told = "no more are offered"
    else:
        told = f"{' and '.join(why)} {'allows' if len(why) == 1 else 'allow'} no more"
    return f"{n} pick{'s' * (n != 1)} instead of {wanted}: {told}"
