# SPDX-License-Identifier: Apache-2.0
"""The process on sequences: fit, predict in float32 blocks, joint covariance.

A limit (``> 10``) stands for the value that is expected behind it, with the variance of that
expectation as noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen
from scipy.linalg import cho_solve, cholesky, solve_triangular

from loopwright.core.values import Dump, Features, FloatArray, Kind, Prediction, Targets
from loopwright.models.sequence.kernel import Hyper, Sites, likeness
from loopwright.models.sequence.search import JITTER, LEVEL_PRECISION, SCALE_ROWS, search
from loopwright.science.censored import censored_normal, truncated_moments
from loopwright.science.intervals import gaussian

__all__ = ["FittedSequenceProcess", "SequenceProcess"]

BLOCK_ROWS = 4096
"""Rows predicted at once: with 3,000 training rows, 49 MB."""

Float32 = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.uint8]


@frozen(kw_only=True, eq=False)
class Known:
    """What one property was learned from."""

    tokens: Tokens
    """Training rows, shape (n, L)."""

    target: FloatArray
    """Their values, standardised, shape (n,)."""

    variance: FloatArray
    """Noise of each value, in units of the noise of one measurement, shape (n,)."""

    shift: float
    """Of the values, in the property's unit."""

    scale: float
    """Standard deviation of the values, in the property's unit."""


@frozen(kw_only=True, eq=False)
class Process:
    """One property: what it was learned from, and what follows."""

    known: Known
    hyper: Hyper
    sites: Sites
    level: float
    """The constant mean, standardised."""

    prior: float
    """Variance of the prior, standardised."""

    root: Float32
    """Lower Cholesky factor of the noisy kernel, shape (n, n)."""

    weights: Float32
    """What each training row adds to the mean, shape (n,)."""

    def against(self, tokens: Tokens) -> tuple[Float32, Float32]:
        """Return prior correlations (m, n) with the training rows, whitened ones too (n, m)."""
        cross = likeness(tokens, self.known.tokens, self.sites, self.hyper)
        return cross, solve_triangular(self.root, cross.T, lower=True, check_finite=False)

    def moments(self, tokens: Tokens) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of the true values, in the property's unit."""
        mean, std = np.empty(len(tokens)), np.empty(len(tokens))
        for start in range(0, len(tokens), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            cross, white = self.against(tokens[rows])
            mean[rows] = self.known.shift + self.known.scale * (self.level + cross @ self.weights)
            left = np.maximum(1.0 - np.einsum("nm,nm->m", white, white), 1e-6)
            std[rows] = self.known.scale * np.sqrt(self.prior * left)
        return mean, std

    @property
    def noise_std(self) -> float:
        """Return the standard deviation of one measurement, in the property's unit."""
        return float(self.known.scale * np.sqrt(self.prior * self.hyper.noise))


@frozen(kw_only=True, eq=False)
class FittedSequenceProcess:
    """One process per property."""

    processes: tuple[Process, ...]
    classes: tuple[int, ...] = ()
    """Which properties are classes: their means are cut to what a probability can be."""

    def predict(self, features: Features) -> Prediction:
        """Return mean and doubt of each row and property."""
        moments = [p.moments(_tokens(features)) for p in self.processes]
        mean, std = (np.stack([m[i] for m in moments], axis=1) for i in (0, 1))
        mean[:, self.classes] = np.clip(mean[:, self.classes], 0.0, 1.0)
        return gaussian(mean, std, np.array([p.noise_std for p in self.processes]))

    def covariance(self, features: Features) -> FloatArray:
        """Return the joint covariance of the first property."""
        process, tokens = self.processes[0], _tokens(features)
        _, white = process.against(tokens)
        prior = likeness(tokens, tokens, process.sites, process.hyper)
        joint = (prior - white.T @ white).astype(float)
        joint = (joint + joint.T) / 2  # float32 products differ in their last digit
        joint[np.diag_indices_from(joint)] = np.maximum(np.diag(joint), 1e-6)
        return np.asarray(joint * process.prior * process.known.scale**2)

    def dump(self) -> Dump:
        """Return training rows, targets and hyperparameters; the rest follows from them."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        for j, p in enumerate(self.processes):
            h, known = p.hyper, p.known
            own: dict[str, npt.NDArray[Any]] = {
                "tokens": known.tokens,
                "target": known.target,
                "variance": known.variance,
                "rho": h.rho,
                "numbers": np.array([h.noise, h.rest, h.mix, h.length, known.shift, known.scale]),
            }
            arrays.update({f"{j}.{name}": array for name, array in own.items()})
        settings = {"n_properties": len(self.processes), "classes": list(self.classes)}
        return Dump(arrays=arrays, settings=settings)


@frozen(kw_only=True)
class SequenceProcess:
    """Learns what the letters at each position, and their company, are worth."""

    max_rows: int = 3_000
    search_rows: int = 600
    accepts: frozenset[Kind] = frozenset({"tokens"})

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedSequenceProcess:
        """Return one process per property; rows are put in an order of their own first."""
        order = np.lexsort((*targets.bounds.T, *targets.values.T, np.array(features.ids)))
        tokens, targets = _tokens(features)[order], targets.take(order)
        n_properties = targets.values.shape[1]
        return FittedSequenceProcess(
            processes=tuple(
                self._fit_property(tokens, targets, j, np.random.default_rng([seed, j]))
                for j in range(n_properties)
            ),
            classes=tuple(j for j in range(n_properties) if targets.is_class(j)),
        )

    def load(self, dump: Dump) -> FittedSequenceProcess:
        """Return the fitted process of a dump."""
        processes = []
        for j in range(dump.settings["n_properties"]):
            own = {
                name: dump.arrays[f"{j}.{name}"]
                for name in ("tokens", "target", "variance", "rho", "numbers")
            }
            noise, rest, mix, length, shift, scale = own["numbers"].tolist()
            known = Known(
                tokens=own["tokens"],
                target=own["target"],
                variance=own["variance"],
                shift=shift,
                scale=scale,
            )
            hyper = Hyper(noise=noise, rho=own["rho"], rest=rest, mix=mix, length=length)
            processes.append(condition(known, hyper))
        return FittedSequenceProcess(
            processes=tuple(processes), classes=tuple(dump.settings["classes"])
        )

    def _fit_property(
        self, tokens: Tokens, targets: Targets, j: int, rng: np.random.Generator
    ) -> Process:
        """Search hyperparameters on some rows, then condition on all."""
        rows = np.flatnonzero(~np.isnan(targets.values[:, j]))
        if len(rows) > self.max_rows:
            rows = np.sort(rng.permutation(rows)[: self.max_rows])
        values, bounds = targets.values[rows, j], targets.bounds[rows, j]
        shift, scale = censored_normal(values, bounds)
        n = len(rows)
        target, beyond = truncated_moments(
            np.zeros(n), np.ones(n), (values - shift) / scale, bounds
        )
        some = np.sort(rng.permutation(n)[: self.search_rows])
        repeats = 1.0 / np.maximum(targets.n_replicates[rows, j], 1)
        sites = Sites.of(tokens[rows])
        hyper = search(tokens[rows[some]], sites, target[some], repeats[some])
        known = Known(
            tokens=tokens[rows],
            target=target,
            variance=repeats + beyond / hyper.noise,
            shift=shift,
            scale=scale,
        )
        return condition(known, hyper)


def condition(known: Known, hyper: Hyper) -> Process:
    """Return the process given its training rows and hyperparameters."""
    sites, n = Sites.of(known.tokens), len(known.target)
    noisy = likeness(known.tokens, known.tokens, sites, hyper).astype(float)
    noisy[np.diag_indices(n)] += hyper.noise * known.variance + JITTER
    root = cholesky(noisy, lower=True, overwrite_a=True, check_finite=False)
    sides = np.stack([known.target, np.ones(n)], axis=1)
    solved = cho_solve((root, True), sides, check_finite=False)
    level = float(solved[:, 0].sum() / (solved[:, 1].sum() + LEVEL_PRECISION))
    weights = solved[:, 0] - level * solved[:, 1]
    return Process(
        known=known,
        hyper=hyper,
        sites=sites,
        level=level,
        prior=float(((known.target - level) @ weights + SCALE_ROWS) / (n + SCALE_ROWS)),
        root=root.astype(np.float32),
        weights=weights.astype(np.float32),
    )


def _tokens(features: Features) -> Tokens:
    tokens = features.blocks["tokens"]
    assert isinstance(tokens, np.ndarray), "tokens are a table"
    return tokens
