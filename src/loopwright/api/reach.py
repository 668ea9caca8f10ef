# SPDX-License-Identifier: Apache-2.0
"""Whether a batch can reach what was asked for: said before anybody makes it."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["out_of_reach"]

HOPELESS = 0.01
"""Chance to reach every threshold below which a pick hardly has one."""


def out_of_reach(meets: Iterable[float | None]) -> str:
    """Say so where no pick has a chance worth the name to reach every threshold.

    Args:
        meets: That chance of each pick; None where nobody can tell.

    Returns:
        What to think of, with the remedy; blank if there is nothing.

    Example:
        >>> out_of_reach([0.02, 0.0, None]), out_of_reach([None])
        ('', '')
        >>> out_of_reach([0.004, 0.0]).split(".")[0]
        'No pick has a chance of 1 % to reach every threshold (at most 0'
    """
    chances = [chance for chance in meets if chance is not None]
    if not chances or max(chances) >= HOPELESS:
        return ""
    return (
        f"No pick has a chance of {100 * HOPELESS:g} % to reach every threshold "
        f"(at most {100 * max(chances):.1f} %). Loosen a threshold, or offer other candidates; if "
        "the thresholds must stand, take the batch for what it teaches."
    )
