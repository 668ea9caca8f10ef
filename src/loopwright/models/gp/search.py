# SPDX-License-Identifier: Apache-2.0
"""Noise, mixture and length scale by marginal likelihood, held near sane values by priors."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from loopwright.core.values import FloatArray
from loopwright.models.gp.evidence import explained
from loopwright.models.gp.kernel import Hyper, Likeness, kernel

__all__ = ["search"]

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
    found = explained(matrix, values)
    return 1e9 if found is None else found.loss
