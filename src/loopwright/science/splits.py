# SPDX-License-Identifier: Apache-2.0
"""Ways to cut a data set so that a score means something."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from loopwright.core.errors import DataError

__all__ = ["family_folds", "similarity_families"]


def family_folds(
    families: Sequence[str], *, n_folds: int, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Deal rows into folds so that no family (a scaffold, say) is in two of them.

    Families are dealt largest first, each to the fold that is smallest so far; the order of
    equally large families is drawn. The result does not depend on the order of the rows.

    Args:
        families: One label a row, length n.
        n_folds: How many folds; cut to the number of families.
        rng: Draws the order of equally large families.

    Returns:
        The fold of each row, shape (n,), numbered from 0; every fold has a row.

    Raises:
        DataError: There are fewer than two families, so nothing can be held out.
    """
    labels, inverse, sizes = np.unique(
        np.asarray(families), return_inverse=True, return_counts=True
    )
    if len(labels) < 2:
        raise DataError(
            f"{len(families)} rows of {len(labels)} family cannot be split by family",
            remedy="Measure at least two families (scaffolds) before asking for a score.",
        )
    order = np.lexsort((rng.permutation(len(labels)), -sizes))
    filled = np.zeros(min(n_folds, len(labels)), np.intp)
    fold_of = np.empty(len(labels), np.intp)
    for label in order:
        fold_of[label] = np.argmin(filled)
        filled[fold_of[label]] += sizes[label]
    return fold_of[inverse]


def similarity_families(alike: npt.NDArray[np.float32], *, threshold: float) -> tuple[str, ...]:
    """Group rows around leaders: each row joins the first leader that is near enough.

    Args:
        alike: Similarity of the rows, shape (n, n).
        threshold: Least similarity to join a leader.

    Returns:
        One label a row, length n.

    Source:
        Hartigan (1975), Clustering Algorithms, ch. 3 (quick partition).
    """
    leaders: list[int] = []
    labels = []
    for row in range(len(alike)):
        near = alike[row, leaders] >= threshold
        if not near.any():
            leaders.append(row)
            labels.append(row)
        else:
            labels.append(leaders[int(np.argmax(near))])
    return tuple(f"cluster {label}" for label in labels)
