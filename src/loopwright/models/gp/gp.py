# SPDX-License-Identifier: Apache-2.0
"""The Gaussian process: fit, predict in float32 blocks, joint covariance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen
from scipy.linalg import cho_solve, cholesky, solve_triangular

from loopwright.core.values import Dump, Features, FloatArray, Kind, Prediction, Targets
from loopwright.models.gp.evidence import LEVEL_PRECISION, SCALE_ROWS
from loopwright.models.gp.kernel import Mixed, Relation, distance_units, likeness
from loopwright.models.gp.search import search
from loopwright.models.gp.settings import BySettings
from loopwright.models.gp.settings_search import search_settings
from loopwright.models.gp.sites import Sites, exact_sites, improve
from loopwright.science.censored import censored_normal, truncated_moments
from loopwright.science.intervals import gaussian

__all__ = ["FittedGaussianProcess", "GaussianProcess"]

BLOCK_ROWS = 4096
"""Rows predicted at once: with 5,000 training rows, 82 MB."""

Float32 = npt.NDArray[np.float32]


@frozen(kw_only=True, eq=False)
class Process:
    """One property: the training rows as the process sees them, and what follows from them."""

    features: Features
    relation: Relation
    sites: Sites
    shift: float
    """Of the values, in the property's unit."""

    scale: float
    """Standard deviation of the values, in the property's unit."""

    level: float
    """The constant mean, standardised."""

    variance: float
    """Of the prior, standardised."""

    root: Float32
    """Lower Cholesky factor of the noisy kernel, shape (n, n)."""

    weights: Float32
    """What each training row adds to the mean, shape (n,)."""

    def against(self, features: Features) -> tuple[Float32, Float32]:
        """Return prior correlations (m, n) with the training rows, whitened ones too (n, m)."""
        cross = self.relation.prior(features, self.features).astype(np.float32, copy=False)
        white = solve_triangular(self.root, cross.T, lower=True, check_finite=False)
        return cross, white

    def moments(self, features: Features) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of the true values, in the property's unit."""
        mean, std = np.empty(len(features)), np.empty(len(features))
        for start in range(0, len(features), BLOCK_ROWS):
            rows = np.arange(start, min(start + BLOCK_ROWS, len(features)))
            cross, white = self.against(features.take(rows))
            mean[rows] = self.shift + self.scale * (self.level + cross @ self.weights)
            left = np.maximum(1.0 - np.einsum("nm,nm->m", white, white), 1e-6)
            std[rows] = self.scale * np.sqrt(self.variance * left)
        return mean, std


@frozen(kw_only=True, eq=False)
class FittedGaussianProcess:
    """One process per property."""

    processes: tuple[Process, ...]
    classes: tuple[int, ...] = ()
    """Which properties are classes: their means are cut to what a probability can be."""

    def predict(self, features: Features) -> Prediction:
        """Return mean and doubt of each row and property."""
        moments = [p.moments(features) for p in self.processes]
        noise = [p.scale * np.sqrt(p.variance * p.relation.noise) for p in self.processes]
        mean, std = (np.stack([m[i] for m in moments], axis=1) for i in (0, 1))
        mean[:, self.classes] = np.clip(mean[:, self.classes], 0.0, 1.0)
        return gaussian(mean, std, np.array(noise))

    def covariance(self, features: Features) -> FloatArray:
        """Return the joint covariance of the first property."""
        process = self.processes[0]
        _, white = process.against(features)
        prior = process.relation.prior(features, features)
        joint = (prior - white.T @ white).astype(float)
        joint = (joint + joint.T) / 2  # float32 products differ in their last digit
        joint[np.diag_indices_from(joint)] = np.maximum(np.diag(joint), 1e-6)
        return np.asarray(joint * process.variance * process.scale**2)

    def dump(self) -> Dump:
        """Return training rows, targets and hyperparameters; the rest follows from them."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        for j, p in enumerate(self.processes):
            own: dict[str, npt.NDArray[Any]] = {
                "target": p.sites.target,
                "variance": p.sites.variance,
                **p.relation.dump(),
                **p.features.flat(),
            }
            own["numbers"] = np.array([*own["numbers"], p.shift, p.scale])
            arrays.update({f"{j}.{name}": array for name, array in own.items()})
        settings: dict[str, Any] = {"n_properties": len(self.processes)}
        settings |= {"classes": list(self.classes)} if self.classes else {}
        return Dump(arrays=arrays, settings=settings)


@frozen(kw_only=True)
class GaussianProcess:
    """Learns smooth dependence on counts and vectors."""

    max_rows: int = 5_000
    search_rows: int = 500
    accepts: frozenset[Kind] = frozenset({"vector", "counts", "settings"})

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedGaussianProcess:
        """Return one process per property; rows are put in an order of their own first."""
        order = np.lexsort((*targets.bounds.T, *targets.values.T, np.array(features.ids)))
        features, targets = features.take(order), targets.take(order)
        n_properties = targets.values.shape[1]
        return FittedGaussianProcess(
            processes=tuple(
                self._fit_property(features, targets, j, np.random.default_rng([seed, j]))
                for j in range(n_properties)
            ),
            classes=tuple(j for j in range(n_properties) if targets.is_class(j)),
        )

    def load(self, dump: Dump) -> FittedGaussianProcess:
        """Return the fitted process of a dump."""
        processes = []
        for j in range(dump.settings["n_properties"]):
            start = f"{j}."
            own = {n.removeprefix(start): a for n, a in dump.arrays.items() if n.startswith(start)}
            *_, shift, scale = own["numbers"].tolist()
            told = own | {"numbers": own["numbers"][:-2]}
            processes.append(
                condition(
                    Features.unflat(own),
                    Sites(target=own["target"], variance=own["variance"]),
                    BySettings.load(told) if "shares" in own else Mixed.load(told),
                    shift=shift,
                    scale=scale,
                )
            )
        classes = tuple(dump.settings.get("classes", ()))
        return FittedGaussianProcess(processes=tuple(processes), classes=classes)

    def _fit_property(
        self, features: Features, targets: Targets, j: int, rng: np.random.Generator
    ) -> Process:
        """Search hyperparameters on some rows, then condition on all."""
        rows = np.flatnonzero(~np.isnan(targets.values[:, j]))
        if len(rows) > self.max_rows:
            rows = np.sort(rng.permutation(rows)[: self.max_rows])
        features, targets = features.take(rows), targets.take(rows)
        values, bounds = targets.values[:, j], targets.bounds[:, j]
        n_replicates = targets.n_replicates[:, j].astype(float)
        shift, scale = censored_normal(values, bounds)
        limits = (values - shift) / scale
        n = len(limits)
        # A first guess of what lies behind each limit; the sites below replace it.
        first, _ = truncated_moments(np.zeros(n), np.ones(n), limits, bounds)
        some = np.sort(rng.permutation(n)[: self.search_rows])
        relation = _learn(features, some, first[some], n_replicates[some])
        sites = exact_sites(first, relation.noise / n_replicates)
        if bounds.any():
            prior = relation.prior(features, features).astype(float)
            sites = improve(sites, limits, bounds, prior, noise=relation.noise)
        return condition(features, sites, relation, shift=shift, scale=scale)


def _learn(
    features: Features, some: npt.NDArray[np.intp], values: FloatArray, n_replicates: FloatArray
) -> Relation:
    """Return the relation that explains some of the rows best."""
    settings = features.blocks.get("settings")
    if isinstance(settings, np.ndarray):
        return search_settings(settings[some], values, n_replicates)
    units = distance_units(features)
    seen = features.take(some)
    hyper = search(likeness(seen, seen, units=units), values, n_replicates)
    return Mixed(hyper=hyper, units=units)


def condition(
    features: Features,
    sites: Sites,
    relation: Relation,
    *,
    shift: float,
    scale: float,
) -> Process:
    """Return the process given its training rows and hyperparameters."""
    noisy = relation.prior(features, features).astype(float)
    noisy[np.diag_indices_from(noisy)] += sites.variance + 1e-6
    root = cholesky(noisy, lower=True, overwrite_a=True, check_finite=False)
    sides = np.stack([sites.target, np.ones(len(sites.target))], axis=1)
    solved = cho_solve((root, True), sides, check_finite=False)
    level = float(sides[:, 1] @ solved[:, 0] / (sides[:, 1] @ solved[:, 1] + LEVEL_PRECISION))
    rest = sites.target - level
    weights = solved[:, 0] - level * solved[:, 1]
    n = len(rest)
    return Process(
        features=features,
        relation=relation,
        sites=sites,
        shift=shift,
        scale=scale,
        level=level,
        variance=float((rest @ weights + SCALE_ROWS) / (n + SCALE_ROWS)),
        root=root.astype(np.float32),
        weights=weights.astype(np.float32),
    )
