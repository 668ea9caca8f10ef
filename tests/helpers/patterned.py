# SPDX-License-Identifier: Apache-2.0
"""Rows of patterns in families, with truths that the patterns tell."""

import numpy as np

from loopwright.core.counts import Counts
from loopwright.core.values import Features, Targets


def patterned(n, seed):
    """Return n rows, and two truths that hang on different patterns."""
    rng = np.random.default_rng(seed)
    dense = rng.poisson(0.8, (n, 16))
    dense[:, 0] += 1  # no row is empty
    patterns = Counts.of(*dense.nonzero(), dense[dense > 0], shape=dense.shape)
    vector = dense[:, 8:].astype(np.float32)
    first = dense[:, 1:8] @ np.array([1.0, -1, 0.8, -0.8, 0.6, -0.6, 0.5])
    second = dense[:, 8:] @ np.array([1.0, -1, 0.8, -0.8, 0.6, -0.6, 0.5, 0.5])
    family = np.array([f"scaffold {i}" for i in rng.integers(max(8, n // 4), size=n)])
    blocks = {"patterns": patterns, "vector": vector, "descriptors": vector, "family": family}
    features = Features(ids=tuple(f"s{seed}c{i}" for i in range(n)), blocks=blocks)
    return features, first, second


def targets_of(values):
    """Return measured values of one property, once each."""
    values = np.asarray(values, float)[:, None]
    shape = values.shape
    return Targets(
        values=values, bounds=np.zeros(shape, np.int8), n_replicates=np.ones(shape, np.int64)
    )
