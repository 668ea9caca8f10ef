# SPDX-License-Identifier: Apache-2.0
"""How structures are read for property models: as they are drawn, whatever speaks against them."""

from __future__ import annotations

from loopwright.core.ports import Modality
from loopwright.registry import build

__all__ = ["matter"]

ACCEPTED = ("mixture", "inorganic", "metal", "radical", "tiny", "large", "relative")


def matter(*, n_workers: int = 0) -> Modality:
    """Return the modality that reads structures for property models.

    Args:
        n_workers: Processes among which it may spread its work; 0 for one per processor.
    """
    options = {"accept": list(ACCEPTED), "n_workers": n_workers}
    made: Modality = build("modalities", "molecules", options)
    return made
