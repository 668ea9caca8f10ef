# SPDX-License-Identifier: Apache-2.0
"""Noise, weights of positions and likeness of letters, by marginal likelihood with gradients."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen
from scipy.linalg import LinAlgError, cho_solve, cholesky
from scipy.optimize import minimize
from scipy.special import expit, logit

from loopwright.core.values import FloatArray
from loopwright.models.sequence.kernel import APART, N_AMINO_CODES, Hyper, Sites, letters_alike

__all__ = ["LEVEL_PRECISION", "SCALE_ROWS", "search"]

SCALE_ROWS = 4.0
"""The prior of the variance counts as so many rows of variance 1."""

LEVEL_PRECISION = 1e-2
"""Prior precision of the level, in units of the prior variance of the values."""

MOST_WEIGHTS = 40
"""Positions up to which each has a weight of its own; beyond, all share one."""

REACH = 4.6
"""Sum of the weights over the positions at which a typical pair of training rows differs."""

MAX_STEPS = 40
JITTER = 1e-6


def search(
    tokens: npt.NDArray[np.uint8],
    sites: Sites,
    values: FloatArray,
    variance: FloatArray,
) -> Hyper:
    """Return the hyperparameters of greatest posterior density.

    The level and the variance are integrated out in closed form. Every number has a prior: with
    few rows the likelihood alone says little.

    Args:
        tokens: Training rows, shape (n, L).
        sites: Their positions that differ.
        values: Standardised to mean 0 and variance 1, shape (n,).
        variance: Of each value, in units of the noise of one measurement, shape (n,).

    Source:
        Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, eqs. 2.43, 5.9.
    """
    problem = _Problem.of(tokens[:, sites.varies], values, variance)
    found = minimize(
        problem.loss,
        problem.start,
        jac=True,
        method="L-BFGS-B",
        bounds=problem.bounds,
        options={"maxiter": MAX_STEPS},
    )
    return problem.hyper(np.round(found.x, 6))


@frozen(kw_only=True, eq=False)
class _Problem:
    """One search: a point is log noise, logit mix, log length, then the logits of the weights."""

    columns: tuple[npt.NDArray[np.float64], ...]
    """One-hot letters of the rows at each site, shape (n, codes) each."""

    apart: FloatArray
    """Squared distances of the tokens that there are, shape (codes, codes)."""

    codes: npt.NDArray[np.uint8]
    values: FloatArray
    variance: FloatArray
    group: npt.NDArray[np.intp]
    """Which weight each site has."""

    start: FloatArray
    width: FloatArray
    """Standard deviation of the prior of each number of a point."""

    @staticmethod
    def of(codes: npt.NDArray[np.uint8], values: FloatArray, variance: FloatArray) -> _Problem:
        """Return the problem of some rows, seen at the positions that differ."""
        n_sites = codes.shape[1]
        n_codes = max(N_AMINO_CODES, int(codes.max(initial=0)) + 1)
        n_weights = n_sites if n_sites <= MOST_WEIGHTS else 1
        differ = sum(float((codes[:, i, None] != codes[None, :, i]).mean()) for i in range(n_sites))
        typical = float(np.clip(1.0 - np.exp(-REACH / max(differ, 1.0)), 0.01, 0.7))
        return _Problem(
            columns=tuple(np.eye(n_codes)[codes[:, i]] for i in range(n_sites)),
            apart=APART[:n_codes, :n_codes],
            codes=codes,
            values=values,
            variance=variance,
            group=np.arange(n_sites) % n_weights,
            start=np.array([np.log(0.1), 0.0, 0.0, *[float(logit(typical))] * n_weights]),
            width=np.array([1.5, 1.0, 0.5, *[1.0] * n_weights]),
        )

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """Return the limits of a point."""
        return [(-7.0, 1.5), (-4.0, 4.0), (-1.5, 1.5), *[(-6.0, 5.0)] * (len(self.start) - 3)]

    def hyper(self, x: FloatArray) -> Hyper:
        """Return what a point means; a position that was never seen to vary is a typical one."""
        return Hyper(
            noise=float(np.exp(x[0])),
            mix=float(expit(x[1])),
            length=float(np.exp(x[2])),
            rho=np.asarray(expit(x[3:])[self.group]),
            rest=float(expit(self.start[-1])),
        )

    def loss(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Return minus the log posterior density of a point, up to a constant, and its slope."""
        hyper = self.hyper(x)
        alike = letters_alike(hyper.mix, hyper.length, self.apart)
        factors = [self._factor(i, alike, hyper.rho[i]) for i in range(len(self.columns))]
        kernel = np.prod(factors, axis=0) if factors else np.ones((len(self.values),) * 2)
        value, slope = self._evidence(kernel, hyper.noise)
        gradient = np.zeros_like(x)
        gradient[0] = float(np.diag(slope) @ self.variance) * hyper.noise
        slope *= kernel
        by_letters = np.zeros_like(alike)
        for i, factor in enumerate(factors):
            pull = self.columns[i].T @ (slope / factor) @ self.columns[i]
            rho = hyper.rho[i]
            gradient[3 + self.group[i]] += float((pull * (alike - 1.0)).sum()) * rho * (1.0 - rho)
            by_letters += rho * pull
        smooth = np.exp(-self.apart / hyper.length**2)
        steep = np.where(np.isfinite(self.apart), self.apart, 0.0) * smooth * 2.0 / hyper.length**2
        by_mix = float((by_letters * (smooth - np.eye(len(smooth)))).sum())
        gradient[1] = by_mix * hyper.mix * (1.0 - hyper.mix)
        gradient[2] = hyper.mix * float((by_letters * steep).sum())
        away = (x - self.start) / self.width
        return value + 0.5 * float(away @ away), gradient + away / self.width

    def _factor(self, site: int, alike: FloatArray, rho: float) -> FloatArray:
        letters = self.codes[:, site]
        return np.asarray((1.0 - rho * (1.0 - alike))[:, letters][letters])

    def _evidence(self, kernel: FloatArray, noise: float) -> tuple[float, FloatArray]:
        """Return minus the log evidence and its slope by the entries of the noisy kernel."""
        n = len(self.values)
        noisy = kernel.copy()
        noisy[np.diag_indices(n)] += noise * self.variance + JITTER
        try:
            root = cholesky(noisy, lower=True, overwrite_a=True, check_finite=False)
        except LinAlgError:
            return 1e9, np.zeros((n, n))
        inverse = cho_solve((root, True), np.eye(n), check_finite=False)
        ones = inverse.sum(1)
        level = float(ones @ self.values / (ones.sum() + LEVEL_PRECISION))
        rest = self.values - level
        pull = inverse @ rest
        square = float(rest @ pull) + SCALE_ROWS
        value = 0.5 * (n + SCALE_ROWS) * np.log(square) + np.log(np.diag(root)).sum()
        slope = 0.5 * inverse - (0.5 * (n + SCALE_ROWS) / square) * np.outer(pull, pull)
        return float(value), np.asarray(slope)
