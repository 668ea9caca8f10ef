# SPDX-License-Identifier: Apache-2.0
"""Which rows are held out together: of one scaffold, of one cluster, or each alone.

The weaker the tie, the kinder the score: rows that are held out alone have near kin among those
that were learned from, which the next project will not have.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
from attrs import evolve

from loopwright.core.values import Features
from loopwright.science.similarity import nearest

__all__ = ["SPLITS", "SplitName", "regrouped", "told_of"]

SplitName: TypeAlias = Literal["scaffold", "cluster", "time", "random"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)

CLUSTER_SIMILARITY = 0.6
"""Least Tanimoto similarity of square-rooted counts to the leader of a cluster."""

BLOCK = 512

_TOLD = {
    "scaffold": "scaffold families",
    "cluster": f"clusters of similarity {CLUSTER_SIMILARITY:g}",
    "time": "the newest fifth, predicted from what was known before",
    "random": "random rows, which flatters a model",
}


def told_of(split: SplitName) -> str:
    """Return in words what was held out together."""
    return _TOLD[split]


def regrouped(features: Features, split: SplitName) -> Features:
    """Return the rows with the families that a split holds out together.

    Args:
        features: n rows; of ``scaffold`` and ``time`` they stay as they are.
        split: How rows are held out.
    """
    if split == "random":
        family = np.array(features.ids, np.str_)
    elif split == "cluster":
        family = _clusters(features)
    else:
        return features
    return evolve(features, blocks={**features.blocks, "family": family})


def _clusters(features: Features) -> np.ndarray:
    """Return one label a row: each joins its nearest leader, or leads from now on.

    Source:
        Hartigan (1975), Clustering Algorithms, ch. 3 (quick partition).
    """
    leaders: list[int] = []
    labels = np.empty(len(features), np.intp)
    for start in range(0, len(features), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(features)))
        block = features.take(rows)
        near = np.full(len(rows), -1, np.intp)
        if leaders:
            found, alike = nearest(block, features.take(np.array(leaders)), k=1)
            near = np.where(alike[:, 0] >= CLUSTER_SIMILARITY, found[:, 0], -1)
        fresh = np.flatnonzero(near < 0)
        among, alike = nearest(block.take(fresh), block.take(fresh), k=len(fresh))
        is_near = np.zeros((len(fresh), len(fresh)), bool)
        np.put_along_axis(is_near, among, alike >= CLUSTER_SIMILARITY, axis=1)
        led: dict[int, int] = {}
        for place, row in enumerate(fresh):
            joined = next((leader for leader in led if is_near[place, leader]), None)
            if joined is None:
                led[place] = len(leaders)
                leaders.append(int(rows[row]))
                joined = place
            near[row] = led[joined]
        labels[rows] = near
    return np.array([f"cluster {label}" for label in labels], np.str_)
