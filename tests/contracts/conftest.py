# SPDX-License-Identifier: Apache-2.0
"""A small synthetic world for the contracts: features of several kinds and a truth to learn."""

import numpy as np
import pytest
from attrs import field, frozen

from loopwright.core.counts import Counts
from loopwright.core.slate import Slate
from loopwright.core.values import Features, Kind, Targets

WIDTH = 40


def _counts(dense) -> Counts:
    """The compressed rows of a dense table."""
    return Counts.of(*dense.nonzero(), dense[dense > 0], shape=dense.shape)


@frozen(kw_only=True, eq=False)
class World:
    """Rows 0 .. n - 1 of an endless table; row i is the same whatever n is asked for."""

    kinds: tuple[Kind, ...] = ("vector", "counts")
    seed: int = 0

    def features(self, n, *, first=0) -> Features:
        rows = [np.random.default_rng([self.seed, first + i]) for i in range(n)]
        vector = np.array([r.random(5) for r in rows], np.float32)
        blocks = {
            "vector": vector,
            "counts": _counts(np.array([r.poisson(0.4, WIDTH) for r in rows])),
            "tokens": np.array([r.integers(1, 21, 4) for r in rows], np.uint8),
        }
        return Features(
            ids=tuple(f"c{first + i:04d}" for i in range(n)),
            blocks={k: blocks[k] for k in self.kinds},
        )

    def truth(self, n, *, first=0):
        """What these rows are worth; every kind that is there has a say."""
        blocks = self.features(n, first=first).blocks
        value = np.full(n, 6.0)
        if "vector" in blocks:
            value += 3.0 * blocks["vector"][:, 0] - 2.0 * blocks["vector"][:, 1]
        if "counts" in blocks:
            table = blocks["counts"].dense(0, n)
            value += table[:, 0] + table[:, 1] - table[:, 2]
        if "tokens" in blocks:
            first, second = blocks["tokens"][:, 0], blocks["tokens"][:, 1]
            value += 1.0 * (first > 10) - 1.0 * (second > 10) + 0.5 * (first == second)
        return value


def _targets(values, bounds=None) -> Targets:
    values = np.asarray(values, float).reshape(len(values), -1)
    bounds = np.zeros(values.shape) if bounds is None else np.reshape(bounds, values.shape)
    return Targets(
        values=values,
        bounds=bounds.astype(np.int8),
        n_replicates=np.ones(values.shape, np.int64),
    )


@frozen(kw_only=True, eq=False)
class Belief:
    """What a model might think of n candidates, from which a slate is made."""

    mean: np.ndarray
    joint: np.ndarray
    features: Features
    noise_std: float = 0.3
    known: Features | None = None
    best: float = field(default=0.0)
    cycles_left: int = 3

    def slate(self) -> Slate:
        return Slate(
            features=self.features,
            mean=self.mean,
            std=np.sqrt(np.diag(self.joint)),
            noise_std=self.noise_std,
            covariance=lambda rows: self.joint[np.ix_(rows, rows)],
            known=self.known or self.features.take(np.arange(0)),
            best=self.best,
            cycles_left=self.cycles_left,
        )


@pytest.fixture(scope="session")
def world():
    """Makes a world: ``world()`` has both kinds, ``world("vector")`` one."""
    return lambda *kinds, seed=0: World(kinds=kinds or ("vector", "counts"), seed=seed)


@pytest.fixture(scope="session")
def targets():
    """Makes targets of plain values, and bounds if there are any."""
    return _targets


@pytest.fixture(scope="session")
def belief():
    """Makes beliefs about candidates."""
    return Belief
