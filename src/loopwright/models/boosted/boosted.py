# SPDX-License-Identifier: Apache-2.0
"""LightGBM in bags. After a first fit, a limit is replaced by the value expected behind it.

Wide trees come in two sorts that err differently: every other bag splits at random thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.values import Dump, Features, FloatArray, Kind, Prediction, Targets
from loopwright.science.censored import truncated_moments
from loopwright.science.intervals import gaussian
from loopwright.science.joined import side_by_side

__all__ = ["Boosted", "BoostedPool", "FittedBoosted"]

BAG_SHARE = 0.8
"""Share of the rows in each bag; the others judge it."""

WIDE_BAG_SHARE = 0.9
WIDE_TREE_SHARE = 0.7
"""Share of the rows of a bag that each wide tree sees."""

ROWS_OF_MORE_TREES = 1_500
"""From here on wide trees are grown in proportion to the rows, up to ``MOST_TREES`` times."""

MOST_TREES = 2.0

MIN_COLUMNS = 128
MAX_COLUMNS = 512
"""Most columns that the trees see; the rest are too rare or too common to split on."""

BLOCK_ROWS = 8192
"""Rows made dense at once: 16 MB."""

MAX_WIDE_COLUMNS = 2048
"""The same where trees see patterns and descriptors: a tree looks at a fifth of them."""

NARROW: frozenset[Kind] = frozenset({"vector", "counts"})
WIDE: frozenset[Kind] = frozenset({"vector", "counts", "patterns", "descriptors"})

Members = tuple[tuple[str, ...], ...]
Settings = dict[str, Any]


@frozen(kw_only=True, eq=False)
class FittedBoosted:
    """The bags of each property, in LightGBM's own text format."""

    members: Members
    """t properties x bags."""

    columns: npt.NDArray[np.int64]
    """Columns of the joined table that were worth keeping."""

    noise_std: FloatArray
    floor_std: FloatArray
    """Smallest doubt, shape (t,): members that agree are not thereby right."""

    is_wide: bool = False

    def predict(self, features: Features) -> Prediction:
        """Return mean and disagreement of the bags; of a class, of their probabilities."""
        votes = [self._votes(features, j) for j in range(len(self.members))]
        mean = np.stack([v.mean(axis=1) for v in votes], axis=1)
        variance = np.stack([v.var(axis=1, ddof=1) for v in votes], axis=1)
        return gaussian(mean, np.sqrt(variance + self.floor_std**2), self.noise_std)

    def covariance(self, features: Features) -> FloatArray:
        """Return the covariance of the bags' votes, with the floor on the diagonal."""
        votes = self._votes(features, 0)
        apart = votes - votes.mean(axis=1, keepdims=True)
        joint = apart @ apart.T / (votes.shape[1] - 1)
        joint[np.diag_indices_from(joint)] += self.floor_std[0] ** 2
        return np.asarray(joint)

    def dump(self) -> Dump:
        """Return the texts of all bags."""
        texts = {
            f"property{j}_bag{b}": text
            for j, bags in enumerate(self.members)
            for b, text in enumerate(bags)
        }
        arrays = {
            "columns": self.columns,
            "noise_std": self.noise_std,
            "floor_std": self.floor_std,
        }
        settings = {"n_properties": len(self.members), "n_bags": len(self.members[0])}
        settings |= {"is_wide": True} if self.is_wide else {}
        return Dump(arrays=arrays, texts=texts, settings=settings)

    def _votes(self, features: Features, j: int) -> FloatArray:
        votes = np.empty((len(features), len(self.members[j])))
        for start in range(0, len(features), BLOCK_ROWS):
            rows = np.arange(start, min(start + BLOCK_ROWS, len(features)))
            table = _dense(features.take(rows), self.columns, self.is_wide)
            for b, text in enumerate(self.members[j]):
                votes[rows, b] = _booster(text).predict(table)
        return votes


class BoostedPool:
    """Bags of one property each, asked of one dense table."""

    def __init__(self, fitted: Sequence[FittedBoosted]) -> None:
        """Read every tree.

        Args:
            fitted: The bags.
        """
        self._fitted = tuple(fitted)
        self._boosters = [[_read(text) for text in one.members[0]] for one in fitted]

    def means(self, features: Features, alike: npt.NDArray[np.float32]) -> FloatArray:
        """Return the mean vote of each bag for each row, shape (n, bags)."""
        tables = {
            is_wide: np.asarray(_table(features, is_wide).toarray(), np.float32)
            for is_wide in {one.is_wide for one in self._fitted}
        }
        means = np.empty((len(features), len(self._fitted)))
        for j, (one, boosters) in enumerate(zip(self._fitted, self._boosters, strict=True)):
            table = tables[one.is_wide][:, one.columns]
            means[:, j] = np.mean([booster.predict(table) for booster in boosters], axis=0)
        return means


@frozen(kw_only=True)
class Boosted:
    """Learns steps and interactions."""

    n_bags: int = 4
    n_trees: int = 80
    learning_rate: float = 0.12
    is_wide: bool = False
    accepts: frozenset[Kind] = NARROW

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedBoosted:
        """Return the bags; rows are put in an order of their own first."""
        order = np.lexsort((*targets.bounds.T, *targets.values.T, np.array(features.ids)))
        features, targets = features.take(order), targets.take(order)
        columns = _telling_columns(_table(features, self.is_wide), self.is_wide)
        table = _dense(features, columns, self.is_wide)
        members, noise, floor = [], [], []
        for j in range(targets.values.shape[1]):
            bags, noise_std, floor_std = self._fit_property(table, targets, j, seed)
            members.append(bags)
            noise.append(noise_std)
            floor.append(floor_std)
        return FittedBoosted(
            members=tuple(members),
            columns=columns.astype(np.int64),
            noise_std=np.array(noise),
            floor_std=np.array(floor),
            is_wide=self.is_wide,
        )

    def pool(self, fitted: Sequence[FittedBoosted], known: Sequence[str]) -> BoostedPool:
        """Return bags that are asked together; what is known is of no use to trees."""
        return BoostedPool(fitted)

    def load(self, dump: Dump) -> FittedBoosted:
        """Return the bags of a dump."""
        n_properties, n_bags = dump.settings["n_properties"], dump.settings["n_bags"]
        return FittedBoosted(
            members=tuple(
                tuple(dump.texts[f"property{j}_bag{b}"] for b in range(n_bags))
                for j in range(n_properties)
            ),
            columns=dump.arrays["columns"],
            noise_std=dump.arrays["noise_std"],
            floor_std=dump.arrays["floor_std"],
            is_wide=bool(dump.settings.get("is_wide", False)),
        )

    def _fit_property(
        self, table: Any, targets: Targets, j: int, seed: int
    ) -> tuple[tuple[str, ...], float, float]:
        """Return the bags of property j, the noise and the smallest doubt."""
        known = np.flatnonzero(~np.isnan(targets.values[:, j]))
        x, y, bound = table[known], targets.values[known, j].copy(), targets.bounds[known, j]
        weight = targets.n_replicates[known, j].astype(float)
        settings = self._settings(len(y), is_class=targets.is_class(j))
        bags, held_out, votes_std = self._bags(x, y, weight, settings, [seed, j])
        if bound.any():
            limits = bound != 0
            spread = np.full(len(y), max(float(np.std(y - held_out)), 1e-6))
            expected, _ = truncated_moments(held_out, spread, y, bound)
            y[limits] = expected[limits]
            bags, held_out, votes_std = self._bags(x, y, weight, settings, [seed, j])
        error = float(np.sqrt(np.mean((y - held_out) ** 2))) or 1e-6
        noise = np.sqrt(max(error**2 - float(np.mean(votes_std**2)), 0.0) / 2)
        return bags, float(noise), max(float(noise), 0.05 * error)

    def _bags(
        self, x: Any, y: FloatArray, weight: FloatArray, settings: Settings, seed: list[int]
    ) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
        """Return the bags, and mean and spread of the votes of those that did not see a row."""
        n = len(y)
        rng = np.random.default_rng(seed)
        total, square, seen = np.zeros(n), np.zeros(n), np.zeros(n)
        whole = lightgbm.Dataset(x, y, weight=weight, params=settings, free_raw_data=False)
        texts, n_trees = [], self.n_trees
        if self.is_wide:
            n_trees = round(n_trees * float(np.clip(n / ROWS_OF_MORE_TREES, 1.0, MOST_TREES)))
        share = WIDE_BAG_SHARE if self.is_wide else BAG_SHARE
        for b in range(self.n_bags):
            inside = np.sort(rng.permutation(n)[: max(1, round(share * n))])
            outside = np.setdiff1d(np.arange(n), inside)
            bag = whole.subset(inside.tolist())
            own = {**settings, "seed": int(rng.integers(2**31))}
            own |= {"extra_trees": b % 2 == 1} if self.is_wide else {}
            booster = lightgbm.train(own, bag, n_trees, keep_training_booster=True)
            texts.append(booster.model_to_string())
            if len(outside):
                vote = booster.predict(x[outside])
                total[outside] += vote
                square[outside] += vote**2
                seen[outside] += 1
        count = np.maximum(seen, 1)
        held_out = np.where(seen > 0, total / count, y.mean())
        spread = np.sqrt(np.maximum(square / count - (total / count) ** 2, 0.0))
        return tuple(texts), held_out, spread

    def _settings(self, n: int, *, is_class: bool) -> Settings:
        """Return LightGBM's settings for n rows."""
        settings = {**_settings(n), "learning_rate": self.learning_rate}
        if self.is_wide:
            settings |= {"feature_fraction": 0.2, "num_leaves": int(np.clip(n // 20, 8, 31))}
            settings |= {"min_data_in_leaf": int(np.clip(n // 50, 3, 20))}
            settings |= {"bagging_freq": 1, "bagging_fraction": WIDE_TREE_SHARE}
        return settings | ({"objective": "binary"} if is_class else {})


def _settings(n: int) -> Settings:
    """Return LightGBM's settings for n rows: small trees for small data."""
    return {
        "objective": "regression",
        "num_leaves": int(np.clip(n // 8, 4, 31)),
        "min_data_in_leaf": int(np.clip(n // 25, 1, 20)),
        "min_data_in_bin": 1 if n < 200 else 3,
        "max_bin": 63,
        "feature_pre_filter": False,
        "feature_fraction": 0.3,
        "lambda_l2": 1.0,
        "deterministic": True,
        "num_threads": 1,  # small tables: threads that wait for each other cost tenfold
        "force_col_wise": True,  # the same trees, sooner: each looks at few of the columns
        "verbosity": -1,
    }


def _read(text: str) -> Any:
    return lightgbm.Booster(model_str=text)


_booster = lru_cache(maxsize=32)(_read)


def _telling_columns(table: Any, is_wide: bool) -> npt.NDArray[np.intp]:
    """Return the columns that split the rows most evenly, ascending.

    Two for each row, at least ``MIN_COLUMNS`` and at most ``MAX_COLUMNS``; of a wide table as
    many as may be.

    What a column of counts can split is min(rows that have it, rows that do not); one that all
    rows have may still vary, so it is kept first. Ties go to the left.
    """
    n = table.shape[0]
    present = np.asarray((table != 0).sum(axis=0)).ravel()
    splits = np.where(present == n, n, np.minimum(present, n - present))
    most = MAX_WIDE_COLUMNS if is_wide else int(np.clip(2 * n, MIN_COLUMNS, MAX_COLUMNS))
    order = np.argsort(-splits, kind="stable")[:most]
    kept = np.sort(order[splits[order] >= 2])
    return kept if len(kept) else np.zeros(1, np.intp)  # LightGBM wants one at least


def _dense(
    features: Features, columns: npt.NDArray[np.int64], is_wide: bool
) -> npt.NDArray[np.float32]:
    return np.asarray(_table(features, is_wide)[:, columns].toarray(), np.float32)


def _table(features: Features, is_wide: bool) -> Any:
    """Return tables and counts side by side as one sparse float32 table (n, d)."""
    counts: Kind = "patterns" if is_wide and "patterns" in features.blocks else "counts"
    return side_by_side(
        features, ("vector", "descriptors", counts) if is_wide else ("vector", counts)
    )
