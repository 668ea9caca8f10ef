# SPDX-License-Identifier: Apache-2.0
"""A small table with a truth to learn, and models that are fakes of a known worth."""

import numpy as np
import pytest
from attrs import field, frozen

from loopwright.core.values import Dump, Features, Targets
from loopwright.registry import build
from loopwright.science.intervals import gaussian
from loopwright.training.train import train

NOISE = 0.3


@frozen(kw_only=True, eq=False)
class Table:
    """Candidates on a plane, their truth and one noisy measurement of each."""

    features: Features
    truth: np.ndarray
    targets: Targets


def _table(n, *, seed=0, families=0, informative=True):
    rng = np.random.default_rng(seed)
    vector = rng.random((n, 3)).astype(np.float32)
    seen = vector if informative else rng.random((n, 3)).astype(np.float32)
    truth = 6.0 + 2.0 * np.sin(3.0 * seen[:, 0]) + 2.0 * seen[:, 1]
    blocks = {"vector": vector}
    if families:
        blocks["family"] = np.array([f"scaffold {i}" for i in rng.integers(families, size=n)])
    values = (truth + NOISE * rng.standard_normal(n))[:, None]
    return Table(
        features=Features(ids=tuple(f"s{seed}c{i}" for i in range(n)), blocks=blocks),
        truth=truth,
        targets=Targets(
            values=values,
            bounds=np.zeros((n, 1), np.int8),
            n_replicates=np.ones((n, 1), np.int64),
        ),
    )


@frozen(kw_only=True, eq=False)
class Teller:
    """A fake that knows the truth up to an error of its own; fitting teaches it nothing."""

    error: float
    accepts: frozenset = frozenset({"vector"})
    fitted_on: list = field(factory=list)
    """Ids that each fit was given."""

    def fit(self, features, targets, *, seed):
        self.fitted_on.append(features.ids)
        return self

    def predict(self, features):
        x = features.blocks["vector"]
        wrong = np.sin(1e4 * x[:, 2]) * self.error
        mean = (6.0 + 2.0 * np.sin(3.0 * x[:, 0]) + 2.0 * x[:, 1] + wrong)[:, None]
        return gaussian(mean, np.ones_like(mean), np.zeros(1))

    def covariance(self, features):
        return np.eye(len(features))

    def dump(self):
        return Dump(arrays={"error": np.array([self.error])})

    def load(self, dump):
        return Teller(error=float(dump.arrays["error"][0]))


@pytest.fixture(scope="session")
def table():
    return _table


@pytest.fixture(scope="session")
def teller():
    return Teller


@pytest.fixture(scope="session")
def baselines():
    return {name: build("models", name, {}) for name in ("mean", "neighbour")}


@pytest.fixture(scope="session")
def trained(baselines):
    """Trains models (by default the Gaussian process) on a table."""

    def make(data, *, seed=1, **models):
        return train(
            models or {"gp": build("models", "gp", {})},
            baselines,
            data.features,
            data.targets,
            about=("pIC50", "1"),
            seed=seed,
        )

    return make
