# SPDX-License-Identifier: Apache-2.0
"""Slates for several goals, on which candidates are independent of each other."""

import numpy as np

from loopwright.core.slate import Outlook, Slate
from loopwright.core.values import Features


def outlook(mean, std, known=(), *, floor=None, limit=None, **more):
    """What is thought of a goal; ``limit`` makes it a limit, and is the least value."""
    mean, std = np.asarray(mean, float), np.asarray(std, float)
    return Outlook(
        mean=mean,
        std=std,
        covariance=lambda rows: np.diag(std[rows] ** 2),
        known=np.asarray(known, float),
        worth=(lambda v: v) if limit is None else (lambda v: np.minimum(v - limit, 0.0)),
        floor=floor if limit is None else 0.0,
        is_limit=limit is not None,
        **more,
    )


def slate(*goals):
    n = len(goals[0].mean)
    return Slate(
        features=Features(ids=tuple(map(str, range(n))), blocks={}),
        mean=goals[0].mean,
        std=goals[0].std,
        noise_std=0.1,
        covariance=goals[0].covariance,
        known=Features(ids=(), blocks={}),
        best=0.0,
        cycles_left=1,
        outlooks=goals,
    )
