# SPDX-License-Identifier: Apache-2.0
"""What each setting of a recipe counts, by marginal likelihood and its gradient, near priors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import frozen
from scipy.optimize import minimize
from scipy.special import expit, softmax

from loopwright.core.values import FloatArray
from loopwright.models.gp.evidence import explained
from loopwright.models.gp.settings import BySettings

__all__ = ["Question", "search_settings"]

_START = (np.log(0.1), 0.0, 0.7, 0.7)
_SPREAD = (1.0, 1.0, 0.3, 0.3)
_BOUNDS = ((-6.0, 1.5), (-4.0, 4.0), (-1.6, 2.5), (-1.6, 2.5))
"""log noise, logit mix, log length, log reach: centre, width and limits of their priors."""

_SHARE_SPREAD = 0.5
_LENGTH_SPREAD = 0.6
"""Of the logarithm of a share, and of the length scale of a setting that is a number. Levels have
none: one that is learned from ten to fifty experiments is learned from chance (``docs/log``)."""


def search_settings(
    settings: npt.NDArray[np.float32], values: FloatArray, n_replicates: FloatArray
) -> BySettings:
    """Return the relation of greatest posterior density; every number in it has a prior.

    Args:
        settings: Of the training rows, shape (n, k, w).
        values: Standardised to mean 0 and variance 1, shape (n,).
        n_replicates: How many measurements each value is the mean of, shape (n,).

    Source:
        Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, sec. 5.1 and 5.4.
    """
    ask = Question.of(settings, values, n_replicates)
    found = minimize(
        ask.loss,
        ask.start,
        jac=True,
        method="L-BFGS-B",
        bounds=ask.bounds,
        options={"maxiter": 40, "ftol": 1e-6},
    )
    return ask.relation(np.round(found.x, 6))


@frozen(kw_only=True, eq=False)
class Question:
    """What is to be explained. A point is the four of ``_START``, log shares, log lengths."""

    apart: FloatArray
    """Squared distances in each setting, shape (k, n, n)."""

    is_number: npt.NDArray[np.bool_]
    """Which settings have a length scale of their own, shape (k,)."""

    values: FloatArray
    n_replicates: FloatArray
    start: FloatArray
    spread: FloatArray
    bounds: tuple[tuple[float, float], ...]

    @staticmethod
    def of(
        settings: npt.NDArray[np.float32], values: FloatArray, n_replicates: FloatArray
    ) -> Question:
        """Return the question that some rows ask."""
        x = settings.astype(float).transpose(1, 0, 2)
        k = len(x)
        is_number = ~(x[:, :, 1:] != 0.0).any(axis=(1, 2))
        n_numbers = int(is_number.sum())
        spreads = (_SPREAD, np.full(k, _SHARE_SPREAD), np.full(n_numbers, _LENGTH_SPREAD))
        return Question(
            apart=np.square(x[:, :, None] - x[:, None]).sum(axis=3),
            is_number=is_number,
            values=values,
            n_replicates=n_replicates,
            start=np.concatenate([_START, np.zeros(k + n_numbers)]),
            spread=np.concatenate(spreads),
            bounds=(*_BOUNDS, *[(-3.0, 3.0)] * (k + n_numbers)),
        )

    def relation(self, point: FloatArray) -> BySettings:
        """Return the relation that a point stands for."""
        k = len(self.apart)
        lengths = np.ones(k)
        lengths[self.is_number] = np.exp(point[4 + k :])
        return BySettings(
            noise=float(np.exp(point[0])),
            mix=float(expit(point[1])),
            length=float(np.exp(point[2])),
            reach=float(np.exp(point[3])),
            shares=softmax(point[4 : 4 + k]),
            lengths=lengths,
        )

    def loss(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return minus the log posterior density of a point, up to a constant, and its slope."""
        r, far = self.relation(point), (point - self.start) / self.spread
        scaled = self.apart * r.lengths[:, None, None] ** -2.0
        alone, alone_slope = _rough(scaled / r.reach**2)
        total = scaled.mean(axis=0)
        joint, joint_slope = _rough(total / r.length**2)
        summed = np.tensordot(r.shares, alone, 1)
        noise = r.noise / self.n_replicates
        found = explained(
            r.mix * summed + (1.0 - r.mix) * joint + np.diag(noise + 1e-6), self.values
        )
        if found is None:
            return 1e9, np.zeros_like(point)
        pull = found.slope()
        # Twice a squared distance over a length squared is how it changes with the log length.
        by_reach = -2.0 * np.einsum("nm,knm->k", pull, alone_slope * scaled) / r.reach**2
        by_reach *= r.mix * r.shares
        weighed = pull * joint_slope
        by_part = -2.0 * np.einsum("nm,knm->k", weighed, scaled) / len(scaled) / r.length**2
        by_part *= 1.0 - r.mix
        by_share = np.einsum("nm,knm->k", pull, alone)
        slope = np.concatenate(
            [
                [np.diag(pull) @ noise],
                [r.mix * (1.0 - r.mix) * np.sum(pull * (summed - joint))],
                [by_part.sum(), by_reach.sum()],
                r.mix * r.shares * (by_share - r.shares @ by_share),
                (by_reach + by_part)[self.is_number],
            ]
        )
        return found.loss + 0.5 * float(far @ far), slope + far / self.spread


def _rough(distance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the kernel ``rough`` of squared distances, and how it changes with them."""
    far = np.sqrt(10.0 * distance)
    fall = np.exp(-far)
    return (1.0 + far + far * far / 3.0) * fall, (-5.0 / 3.0) * (1.0 + far) * fall
