# SPDX-License-Identifier: Apache-2.0
"""How well a prior explains what was measured; level and variance are integrated out."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from scipy.linalg import LinAlgError, cho_solve, cholesky, solve_triangular

from loopwright.core.values import FloatArray

__all__ = ["LEVEL_PRECISION", "SCALE_ROWS", "Explained", "explained"]

SCALE_ROWS = 4.0
"""The prior of the variance counts as so many rows of variance 1."""

LEVEL_PRECISION = 1e-2
"""Prior precision of the level, in units of the prior variance of the values."""


@frozen(kw_only=True, eq=False)
class Explained:
    """What a prior makes of n values."""

    loss: float
    """Minus the logarithm of the evidence, up to a constant."""

    root: FloatArray
    """Lower Cholesky factor of the noisy kernel, shape (n, n)."""

    white: FloatArray
    """Values and ones, whitened, shape (n, 2)."""

    level: float

    def slope(self) -> FloatArray:
        """Return what each entry of the noisy kernel adds to the loss, shape (n, n).

        The change of the loss is the sum of its products with a symmetric change of the kernel.
        """
        n = len(self.root)
        solved = solve_triangular(self.root, self.white, lower=True, trans="T", check_finite=False)
        ones = solved[:, 1]
        rest = solved[:, 0] - self.level * ones
        square = float(np.sum((self.white @ [1.0, -self.level]) ** 2)) + SCALE_ROWS
        pull = 2.0 * LEVEL_PRECISION * self.level / (ones.sum() + LEVEL_PRECISION)
        fit = (n + SCALE_ROWS) / square * np.outer(rest - pull * ones, rest)
        inverse = cho_solve((self.root, True), np.eye(n), check_finite=False)
        return np.asarray(0.5 * (inverse - fit))


def explained(noisy: FloatArray, values: FloatArray) -> Explained | None:
    """Return what a prior makes of some values; None if it is no kernel in this arithmetic.

    Args:
        noisy: Prior correlations with the noise on their diagonal, shape (n, n); overwritten.
        values: Standardised to mean 0 and variance 1, shape (n,).

    Source:
        Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, eqs. 2.43-2.45, 5.8.
    """
    n = len(values)
    try:
        root = cholesky(noisy, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:
        return None
    sides = np.stack([values, np.ones(n)], axis=1)
    white = solve_triangular(root, sides, lower=True, check_finite=False)
    level = white[:, 0] @ white[:, 1] / (white[:, 1] @ white[:, 1] + LEVEL_PRECISION)
    rest = white[:, 0] - level * white[:, 1]
    square = rest @ rest + SCALE_ROWS
    loss = float(0.5 * (n + SCALE_ROWS) * np.log(square) + np.log(np.diag(root)).sum())
    return Explained(loss=loss, root=root, white=white, level=float(level))
