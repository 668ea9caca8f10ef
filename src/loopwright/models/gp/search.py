# SPDX-License-Identifier: Apache-2.0
"""Noise, mixture and length scale by marginal likelihood, held near sane values by priors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cholesky, solve_triangular
from scipy.optimize import minimize

from loopwright.core.values import FloatArray
from loopwright.models.gp.kernel import Hyper, Likeness, kernel

__all__ = ["LEVEL_PRECISION", "SCALE_ROWS", "search", "search_units"]

SCALE_ROWS = 4.0
"""The prior of the variance counts as so many rows of variance 1."""

LEVEL_PRECISION = 1e-2
"""Prior precision of the level, in units of the prior variance of the values."""

_START = np.array([np.log(0.1), 0.0, 0.7])
_SPREAD = np.array([1.0, 1.0, 0.3])
_BOUNDS = np.array([(-6.0, 1.5), (-4.0, 4.0), (-1.6, 2.5)])
"""log noise, logit mix, log length: centre, width and limits of their priors."""


def search(alike: Likeness, values: FloatArray, n_replicates: FloatArray) -> Hyper:
    """Return the hyperparameters of greatest posterior density.

    The level and the variance are integrated out in closed form, so that three numbers at
    most are searched. Every one has a prior: with 24 rows the likelihood alone says little.

    Args:
        alike: Of the training rows with themselves, n x n.
        values: Standardised to mean 0 and variance 1, shape (n,).
        n_replicates: How many measurements each value is the mean of, shape (n,).

    Source:
        Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, eqs. 2.43-2.45, 5.8.
    """
    active = np.array([True, alike.counts is not None and alike.distance is not None, False])
    active[2] = alike.distance is not None
    point, alike = _START.copy(), alike.precise()

    def loss(x: FloatArray) -> float:
        point[active] = x
        penalty = 0.5 * float((((point - _START) / _SPREAD)[active] ** 2).sum())
        return _negative_evidence(alike, values, n_replicates, _hyper(point)) + penalty

    found = minimize(
        loss,
        _START[active],
        method="L-BFGS-B",
        bounds=_BOUNDS[active],
        options={"maxiter": 15, "ftol": 1e-5},
    )
    point[active] = np.round(found.x, 6)
    return _hyper(point)


def search_units(
    vectors: npt.NDArray[np.float32],
    units: npt.NDArray[np.float32],
    values: FloatArray,
    n_replicates: FloatArray,
) -> tuple[npt.NDArray[np.float32], Hyper]:
    """Return a unit of distance for each column, and the noise, of greatest posterior density.

    For vectors alone, where a column is a setting that somebody chose: one may matter a great
    deal over a short range, another hardly at all (automatic relevance determination).

    Args:
        vectors: Training rows, shape (n, d), d small.
        units: Where to start, shape (d,).
        values: Standardised, shape (n,).
        n_replicates: How many measurements each value is the mean of, shape (n,).

    Source:
        Rasmussen & Williams (2006), sec. 5.1, eq. 5.2.
    """
    scaled = (vectors / units).astype(float)
    apart = np.square(scaled[:, None, :] - scaled[None, :, :])

    def unpack(x: FloatArray) -> tuple[FloatArray, Hyper]:
        return np.exp(x[1:]), Hyper(noise=float(np.exp(x[0])), mix=0.5, length=1.0)

    def loss(x: FloatArray) -> float:
        lengths, hyper = unpack(x)
        alike = Likeness(counts=None, distance=apart @ lengths**-2.0)
        penalty = 0.5 * float((((x - start) / spread) ** 2).sum())
        return _negative_evidence(alike, values, n_replicates, hyper) + penalty

    d = scaled.shape[1]
    start, spread = np.array([np.log(0.03), *np.zeros(d)]), np.array([1.5, *np.full(d, 0.6)])
    bounds = [(-8.0, 1.5), *[(-3.0, 4.0)] * d]
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": 40})
    lengths, hyper = unpack(np.round(found.x, 6))
    return np.asarray(units * lengths, np.float32), hyper


def _hyper(point: FloatArray) -> Hyper:
    return Hyper(
        noise=float(np.exp(point[0])),
        mix=float(1.0 / (1.0 + np.exp(-point[1]))),
        length=float(np.exp(point[2])),
    )


def _negative_evidence(
    alike: Likeness, values: FloatArray, n_replicates: FloatArray, hyper: Hyper
) -> float:
    """Return minus the log evidence up to a constant, level and variance integrated out."""
    n = len(values)
    matrix = kernel(alike, hyper).astype(float)
    matrix[np.diag_indices(n)] += hyper.noise / n_replicates + 1e-6
    try:
        root = cholesky(matrix, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:
        return 1e9
    sides = np.stack([values, np.ones(n)], axis=1)
    white = solve_triangular(root, sides, lower=True, check_finite=False)
    level = white[:, 0] @ white[:, 1] / (white[:, 1] @ white[:, 1] + LEVEL_PRECISION)
    rest = white[:, 0] - level * white[:, 1]
    square = rest @ rest + SCALE_ROWS
    return float(0.5 * (n + SCALE_ROWS) * np.log(square) + np.log(np.diag(root)).sum())
