# SPDX-License-Identifier: Apache-2.0
"""All that is known of a candidate, as one row of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from loopwright.core.counts import Counts
from loopwright.core.values import Features, Kind

__all__ = ["side_by_side"]


def side_by_side(features: Features, kinds: Sequence[Kind]) -> Any:
    """Return blocks side by side as one sparse float32 table, shape (n, d).

    Args:
        features: n rows.
        kinds: The blocks, in the order of their columns; one that is missing is left out.
    """
    parts = []
    for kind in kinds:
        block = features.blocks.get(kind)
        if isinstance(block, Counts):
            entries = (block.values.astype(np.float32), block.indices, block.indptr)
            parts.append(csr_matrix(entries, shape=(len(block), block.width)))
        elif block is not None:
            parts.append(csr_matrix(block.astype(np.float32)))
    return hstack(parts, format="csr")
