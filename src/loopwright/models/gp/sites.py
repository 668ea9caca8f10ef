# SPDX-License-Identifier: Apache-2.0
"""Censored values in a Gaussian process: each limit becomes a Gaussian site (EP).

A measured value is a Gaussian site already. A limit is not: it says that the value lies on
one side. Expectation propagation finds the Gaussian that, in the company of all other rows,
has the mean and variance that the limit implies.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen
from scipy.linalg import cho_solve, cholesky
from scipy.special import log_ndtr

from loopwright.core.values import FloatArray

__all__ = ["Sites", "exact_sites", "improve"]

N_SWEEPS = 12
DAMPING = 0.7
WIDEST = 1e4
"""Variance of a site that says nothing."""


@frozen(kw_only=True, eq=False)
class Sites:
    """What each training row says of its own true value; shape (n,) each, standardised."""

    target: FloatArray
    variance: FloatArray


def exact_sites(target: FloatArray, variance: FloatArray) -> Sites:
    """Return the sites of measured values."""
    return Sites(target=target, variance=variance)


def improve(
    sites: Sites,
    limits: FloatArray,
    bounds: npt.NDArray[np.int8],
    prior: FloatArray,
    *,
    noise: float,
) -> Sites:
    """Return sites in which limits stand for the side they name, not for a value.

    Args:
        sites: Starting sites; those of measured values are kept.
        limits: Measured values and limits, standardised, shape (n,).
        bounds: 0 measured, -1 below the limit, +1 above it, shape (n,).
        prior: Prior covariance of the true values, shape (n, n).
        noise: Variance of one measurement.

    Source:
        Rasmussen & Williams (2006), sec. 3.6, for the likelihood Phi(+-(f - limit) / noise).
    """
    censored = np.flatnonzero(bounds != 0)
    sign = bounds[censored].astype(float)
    target, variance = sites.target.copy(), sites.variance.copy()
    variance[censored] = WIDEST
    for _ in range(N_SWEEPS):
        mean, spread = _posterior(prior, target, variance, censored)
        hollow = 1.0 / np.maximum(1.0 / spread - 1.0 / variance[censored], 1e-8)
        centre = hollow * (mean / spread - target[censored] / variance[censored])
        tilted_mean, tilted_var = _tilt(centre, hollow, limits[censored], sign, noise)
        precision = np.clip(1.0 / tilted_var - 1.0 / hollow, 1.0 / WIDEST, 1e6)
        pull = tilted_mean / tilted_var - centre / hollow
        old_precision = 1.0 / variance[censored]
        old_pull = target[censored] * old_precision
        new_precision = (1 - DAMPING) * old_precision + DAMPING * precision
        new_pull = (1 - DAMPING) * old_pull + DAMPING * pull
        variance[censored] = 1.0 / new_precision
        target[censored] = new_pull / new_precision
    return Sites(target=target, variance=variance)


def _posterior(
    prior: FloatArray, target: FloatArray, variance: FloatArray, rows: npt.NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Return posterior mean and variance of the true values of some rows."""
    noisy = prior + np.diag(variance + 1e-6)
    root = cholesky(noisy, lower=True, overwrite_a=True, check_finite=False)
    cross = prior[:, rows]
    solved = cho_solve((root, True), np.column_stack([target, cross]), check_finite=False)
    mean = cross.T @ solved[:, 0]
    spread = np.diag(prior)[rows] - np.einsum("nm,nm->m", cross, solved[:, 1:])
    return mean, np.maximum(spread, 1e-8)


def _tilt(
    centre: FloatArray, hollow: FloatArray, limit: FloatArray, sign: FloatArray, noise: float
) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of the true value once the limit is known."""
    total = hollow + noise
    z = sign * (centre - limit) / np.sqrt(total)
    hazard = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(z))
    mean = centre + sign * hollow * hazard / np.sqrt(total)
    var = hollow - hollow**2 * hazard * (z + hazard) / total
    return mean, np.maximum(var, 1e-8)
