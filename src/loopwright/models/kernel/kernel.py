# SPDX-License-Identifier: Apache-2.0
"""Kernel ridge regression on landmarks.

Two rows are alike by a mixture of the Tanimoto similarity of their counts and a Gaussian of the
distance of their vectors and descriptors. Mixture and penalty are those of the smallest
leave-one-out error on
some of the rows. Where there are many rows, new ones are compared with a drawn part of them, the
landmarks; all of them are learned from. A class is learned as the number 0 or 1. After a first
fit, a limit is replaced by the value expected behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from attrs import frozen
from scipy.special import expit

from loopwright.core.counts import Counts
from loopwright.core.values import Dump, Features, FloatArray, Kind, Prediction, Targets
from loopwright.science.censored import truncated_moments
from loopwright.science.intervals import gaussian
from loopwright.science.similarity import squared_distance, tanimoto

__all__ = ["FittedKernelRidge", "KernelPool", "KernelRidge"]

Float32 = npt.NDArray[np.float32]

MIXES = (0.4, 0.6, 0.8)
"""Weights of the counts against the vectors that are tried."""

PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)
"""Variances of one measurement, as a share of the prior variance, that are tried."""

JITTER = 1e-3
"""Added to the prior variance of a landmark, so that float32 kernels can be inverted."""

FARTHEST = 4.0
"""Standard deviations at which a descriptor is cut."""

LEAST_SPREAD = 1e-6
"""Of what lies behind a limit, where all values are one and nothing is left to err by."""

BLOCK_ROWS = 2048
SQUASH = 4.0
"""Slope of the curve that brings the score of a class between 0 and 1; true near one half."""


@frozen(kw_only=True, eq=False)
class FittedKernelRidge:
    """What each landmark adds to the answer of each property."""

    landmarks: Features
    centre: FloatArray
    """Of each column of vectors and descriptors, shape (d,)."""

    unit: FloatArray
    """By which each is divided, shape (d,)."""

    weights: Float32
    """Shape (landmarks, t)."""

    level: FloatArray
    mix: FloatArray
    spread: FloatArray
    """Leave-one-out error, shape (t,) as the two above."""

    is_class: npt.NDArray[np.bool_]

    def predict(self, features: Features) -> Prediction:
        """Return the answer for each row, with one doubt for all of them."""
        raw = np.empty((len(features), len(self.level)))
        landmarks = _scaled(self.landmarks, self.centre, self.unit)
        features = _scaled(features, self.centre, self.unit)
        for start in range(0, len(features), BLOCK_ROWS):
            rows = np.arange(start, min(start + BLOCK_ROWS, len(features)))
            parts = _parts(features.take(rows), landmarks)
            for j, mix in enumerate(self.mix):
                raw[rows, j] = self.level[j] + _mixed(parts, mix) @ self.weights[:, j]
        mean = np.where(self.is_class, _squashed(raw), raw)
        doubt = np.where(self.is_class, np.sqrt(np.abs(mean * (1.0 - mean))), self.spread)
        return gaussian(mean, np.maximum(doubt, 1e-6), np.zeros_like(self.spread))

    def covariance(self, features: Features) -> FloatArray:
        """Return independent doubt."""
        return np.diag(np.square(self.predict(features).std[:, 0]))

    def dump(self) -> Dump:
        """Return landmarks and weights."""
        arrays = {
            **self.landmarks.flat(),
            "centre": self.centre,
            "unit": self.unit,
            "weights": self.weights,
            "level": self.level,
            "mix": self.mix,
            "spread": self.spread,
            "is_class": self.is_class,
        }
        return Dump(arrays=arrays)


class KernelPool:
    """Ridges of one property each, asked together: one product for all Tanimoto similarities."""

    def __init__(self, fitted: Sequence[FittedKernelRidge], known: Sequence[str]) -> None:
        """Spread the weights of all landmarks over the known rows.

        Args:
            fitted: The ridges.
            known: Ids of the m known rows.
        """
        self._fitted = tuple(fitted)
        place = {candidate: row for row, candidate in enumerate(known)}
        self._weights = np.zeros((len(place), len(fitted)), np.float32)
        self._tables: list[Float32 | None] = []
        for j, one in enumerate(fitted):
            rows = [place[candidate] for candidate in one.landmarks.ids]
            table = _own_table(one, one.landmarks)
            share = 1.0 if table is None else one.mix[0]
            self._weights[rows, j] = share * one.weights[:, 0]
            self._tables.append(table)

    def means(self, features: Features, alike: Float32) -> FloatArray:
        """Return the answer of each ridge for each row, shape (n, ridges)."""
        means = (alike @ self._weights).astype(float)
        for j, (one, landmarks) in enumerate(zip(self._fitted, self._tables, strict=True)):
            table = _own_table(one, features)
            if table is not None and landmarks is not None:
                near = _closeness(table, landmarks) @ one.weights[:, 0]
                means[:, j] += (1.0 - one.mix[0]) * near
            means[:, j] += one.level[0]
            if one.is_class[0]:
                means[:, j] = _squashed(means[:, j])
        return means


@frozen(kw_only=True, eq=False)
class _Likeness:
    """How alike rows are to landmarks, made anew block by block: of many rows it fits no memory."""

    rows: Features
    drawn: npt.NDArray[np.intp]
    """Which rows are landmarks, rising."""

    mix: float
    precision: FloatArray
    """Of the value of each row, shape (n,); 0 where there is none."""

    def blocks(self) -> Iterator[tuple[slice, Float32]]:
        """Return which rows, and how alike each is to each landmark, shape (block, m)."""
        landmarks = self.rows.take(self.drawn)
        for start in range(0, len(self.rows), BLOCK_ROWS):
            block = np.arange(start, min(start + BLOCK_ROWS, len(self.rows)))
            parts = _parts(self.rows.take(block), landmarks)
            yield slice(start, start + BLOCK_ROWS), _mixed(parts, self.mix)

    def times(self, weights: Float32) -> FloatArray:
        """Return what the weights of the landmarks come to for each row, shape (n,)."""
        return np.concatenate([alike @ weights for _, alike in self.blocks()]).astype(float)

    def solved(self, gaps: FloatArray) -> Float32:
        """Return the weights of the landmarks: exact if they are all rows, else by projection.

        Source:
            Rasmussen & Williams (2006), eqs. 2.25 and 8.14 (subset of regressors).
        """
        return self._exact(gaps) if len(self.drawn) == len(self.rows) else self._projected(gaps)

    def _exact(self, gaps: FloatArray) -> Float32:
        known = np.flatnonzero(self.precision)
        cross = np.concatenate([alike for _, alike in self.blocks()])
        noisy = cross[np.ix_(known, known)].astype(float)
        noisy[np.diag_indices_from(noisy)] += 1.0 / self.precision[known] + 1e-6
        weights = np.zeros(len(gaps), np.float32)
        weights[known] = _divided(noisy, gaps[known])
        return weights

    def _projected(self, gaps: FloatArray) -> Float32:
        m, root = len(self.drawn), np.sqrt(self.precision)
        is_landmark = np.isin(np.arange(len(gaps)), self.drawn)
        inner, right, prior = np.zeros((m, m)), np.zeros(m), []
        for rows, alike in self.blocks():
            prior.append(alike[is_landmark[rows]])
            weighed = alike * root[rows, None]
            inner += weighed.T @ weighed  # one array, so that half of the product is made
            right += weighed.T @ (root[rows] * gaps[rows])
        inner += np.concatenate(prior)
        inner[np.diag_indices_from(inner)] += JITTER
        return _divided(inner, right)


@frozen(kw_only=True)
class KernelRidge:
    """Learns what is alike."""

    max_landmarks: int = 4_000
    search_rows: int = 800
    accepts: frozenset[Kind] = frozenset({"vector", "counts", "patterns", "descriptors"})

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedKernelRidge:
        """Return the weights; rows are put in an order of their own first."""
        order = np.lexsort((*targets.bounds.T, *targets.values.T, np.array(features.ids)))
        features, targets = _lean(features).take(order), targets.take(order)
        rng = np.random.default_rng([seed, len(features)])
        drawn = np.sort(rng.permutation(len(features))[: self.max_landmarks])
        landmarks = features.take(drawn)
        centre, unit = _units(features)
        features = _scaled(features, centre, unit)
        t = targets.values.shape[1]
        weights = np.zeros((len(drawn), t), np.float32)
        level, mix, spread = np.zeros(t), np.zeros(t), np.ones(t)
        for j in range(t):
            known = np.flatnonzero(~np.isnan(targets.values[:, j]))
            some = known[np.sort(rng.permutation(len(known))[: self.search_rows])]
            level[j] = targets.values[known, j].mean()
            small = features.take(some)
            mix[j], penalty, spread[j] = _search(
                _parts(small, small), targets.values[some, j] - level[j]
            )
            precision = np.zeros(len(features))
            precision[known] = targets.n_replicates[known, j] / penalty
            likeness = _Likeness(rows=features, drawn=drawn, mix=mix[j], precision=precision)
            weights[:, j] = _learned(likeness, targets, j, level=level[j], spread=spread[j])
        return FittedKernelRidge(
            landmarks=landmarks,
            centre=centre,
            unit=unit,
            weights=weights,
            level=level,
            mix=mix,
            spread=spread,
            is_class=np.array([targets.is_class(j) for j in range(t)]),
        )

    def pool(self, fitted: Sequence[FittedKernelRidge], known: Sequence[str]) -> KernelPool:
        """Return ridges that are asked together; their landmarks are known rows."""
        return KernelPool(fitted, known)

    def load(self, dump: Dump) -> FittedKernelRidge:
        """Return the fitted ridge of a dump."""
        names = ("centre", "unit", "weights", "level", "mix", "spread", "is_class")
        return FittedKernelRidge(
            landmarks=Features.unflat(dump.arrays), **{n: dump.arrays[n] for n in names}
        )


def _learned(
    likeness: _Likeness, targets: Targets, j: int, *, level: float, spread: float
) -> Float32:
    """Return the weights of the landmarks for one property, limits by what is expected of them."""
    values, bounds = targets.values[:, j], targets.bounds[:, j]
    weights = likeness.solved(np.nan_to_num(values - level))
    limits = np.flatnonzero(bounds)
    if not limits.size:
        return weights
    said = level + likeness.times(weights)[limits]
    std = np.full(len(limits), max(spread, LEAST_SPREAD))
    behind = values.copy()
    behind[limits], _ = truncated_moments(said, std, values[limits], bounds[limits])
    return likeness.solved(np.nan_to_num(behind - level))


def _lean(features: Features) -> Features:
    """Return the leaner of the counts that are there, beside the tables."""
    kinds = {"patterns" if "patterns" in features.blocks else "counts", "vector", "descriptors"}
    return Features(
        ids=features.ids, blocks={k: b for k, b in features.blocks.items() if k in kinds}
    )


def _table(features: Features) -> Float32 | None:
    """Return vectors and descriptors side by side, shape (n, d); None if there is neither."""
    blocks = (features.blocks.get("vector"), features.blocks.get("descriptors"))
    tables = [b.astype(np.float32, copy=False) for b in blocks if isinstance(b, np.ndarray)]
    return np.concatenate(tables, axis=1) if tables else None


def _own_table(one: FittedKernelRidge, features: Features) -> Float32 | None:
    """Return the columns of some rows on the scale of a ridge; None if it has none."""
    tables = {k: b for k, b in features.blocks.items() if isinstance(b, np.ndarray)}
    lean = Features(ids=features.ids, blocks=tables)
    found = _scaled(lean, one.centre, one.unit).blocks.get("vector")
    return found if isinstance(found, np.ndarray) else None


def _units(features: Features) -> tuple[FloatArray, FloatArray]:
    """Return what each column is centred on and divided by; vectors alone are left as they are."""
    table = _table(features)
    if table is None:
        return np.zeros(0), np.ones(0)
    if "descriptors" not in features.blocks:
        return np.zeros(table.shape[1]), np.ones(table.shape[1])
    spread = table.std(axis=0, dtype=float)
    return table.mean(axis=0, dtype=float), np.where(spread > 1e-6, spread, 1.0)


def _scaled(features: Features, centre: FloatArray, unit: FloatArray) -> Features:
    """Return the counts, and all columns on one scale as the vector."""
    features = _lean(features)
    table = _table(features)
    blocks = {k: b for k, b in features.blocks.items() if k not in ("vector", "descriptors")}
    if table is None:
        return features
    scaled: Float32 = table - centre.astype(np.float32)
    scaled /= unit.astype(np.float32)
    if "descriptors" in features.blocks:
        np.clip(scaled, -FARTHEST, FARTHEST, out=scaled)
    return Features(ids=features.ids, blocks={**blocks, "vector": scaled})


def _parts(a: Features, b: Features) -> tuple[Float32 | None, Float32 | None]:
    """Return Tanimoto similarity and Gaussian closeness of two sets of rows, where they can be."""
    counts = vectors = None
    for kind in ("patterns", "counts"):
        left, right = a.blocks.get(kind), b.blocks.get(kind)
        if isinstance(left, Counts) and isinstance(right, Counts) and counts is None:
            counts = tanimoto(left, right)
    x, y = a.blocks.get("vector"), b.blocks.get("vector")
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        vectors = _closeness(x, y)
    return counts, vectors


def _closeness(x: Float32, y: Float32) -> Float32:
    """Return a Gaussian of the distance of the rows of x (n, d) and y (m, d), shape (n, m)."""
    gaps = squared_distance(x, y)
    gaps *= np.float32(-0.5 / max(x.shape[1], 1))
    return np.exp(gaps, out=gaps)


def _squashed(scores: FloatArray) -> FloatArray:
    """Return the scores of a class between 0 and 1."""
    return np.asarray(expit(SQUASH * (scores - 0.5)))


def _mixed(parts: tuple[Float32 | None, Float32 | None], mix: float) -> Float32:
    """Return how alike the rows are, 1 for equal ones."""
    counts, vectors = parts
    if counts is None or vectors is None:
        found = counts if vectors is None else vectors
        assert found is not None, "a kernel needs counts or vectors"
        return found
    return np.asarray(mix * counts + (1.0 - mix) * vectors, np.float32)


def _search(
    parts: tuple[Float32 | None, Float32 | None], gaps: FloatArray
) -> tuple[float, float, float]:
    """Return mixture, penalty and error of the smallest leave-one-out error.

    Source:
        Rasmussen & Williams (2006), eq. 5.12.
    """
    from scipy.linalg import eigh

    best = (MIXES[1], 1.0, float(np.std(gaps)) or 1e-6)
    if len(gaps) < 3:
        return best
    has_both = all(part is not None for part in parts)
    for mix in MIXES if has_both else MIXES[:1]:
        roots, basis = eigh(_mixed(parts, mix).astype(float), check_finite=False)
        turned, square = basis.T @ gaps, basis**2
        for penalty in PENALTIES:
            shrunk = 1.0 / (np.maximum(roots, 0.0) + penalty)
            left = (basis @ (turned * shrunk)) / (square @ shrunk)
            error = round(float(np.sqrt(np.mean(left**2))), 9)
            if error < best[2]:
                best = (mix, penalty, error)
    return best


def _divided(matrix: FloatArray, right: FloatArray) -> Float32:
    """Return the solution for a positive definite matrix, which is lost."""
    from scipy.linalg import cho_factor, cho_solve

    factor = cho_factor(matrix, lower=True, overwrite_a=True)
    return np.asarray(cho_solve(factor, right), np.float32)
