# SPDX-License-Identifier: Apache-2.0
"""From raw signals to percent of effect, and how well a plate's controls stand apart.

Wells without a signal (NaN) are left out of every level and spread, and stay NaN in what is
returned row for row. Nothing here knows where a well lies or what is in it.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import FloatArray

__all__ = ["PlateQuality", "percent_effect", "plate_quality", "z_prime", "z_scores"]

MAD_TO_STD = 1.482602218505602
"""Standard deviation of a normal over its median absolute deviation."""


@frozen(kw_only=True)
class PlateQuality:
    """How far the two controls of a plate stand apart, measured by their own scatter."""

    n_negative: int
    """Negative control wells with a signal."""

    n_positive: int
    """Positive control wells with a signal."""

    signal_to_background: float
    """Larger mean over smaller mean; NaN where the smaller one is not above zero."""

    z_prime: float
    """From means and standard deviations; at most 1, and 0.5 or more in an excellent assay."""

    robust_z_prime: float
    """The same from medians and median absolute deviations: blind to a few bad wells."""


def percent_effect(
    signals: FloatArray, *, negative: FloatArray, positive: FloatArray, robust: bool = True
) -> FloatArray:
    """Put signals on the scale on which the negative control is 0 % and the positive 100 %.

    With wells of full inhibition as the positive control this is percent inhibition; with the
    two controls exchanged it is percent of the uninhibited activity. It does not matter which
    control has the larger signal.

    Args:
        signals: Raw signals of n wells, shape (n,); NaN stays NaN.
        negative: Signals of the wells without effect.
        positive: Signals of the wells with full effect.
        robust: Take medians of the controls, so that one bad well moves nothing; else means.

    Returns:
        Percent, shape (n,). Not cut to 0 ... 100: what lies outside is information.

    Raises:
        DataError: A control has no well with a signal, or both have one level.

    Source:
        Malo et al. (2006), doi:10.1038/nbt1186 (normalised percent inhibition).

    Example:
        >>> wells = np.array([100.0, 55.0, 10.0])
        >>> percent_effect(wells, negative=np.array([99.0, 101.0]), positive=np.array([10.0]))
        array([  0.,  50., 100.])
    """
    none, full = (
        _level(_finite(wells, name, at_least=1), robust=robust)
        for wells, name in ((negative, "negative"), (positive, "positive"))
    )
    _demand_apart(none, full)
    return np.asarray(100.0 * (none - np.asarray(signals, float)) / (none - full))


def z_prime(negative: FloatArray, positive: FloatArray, *, robust: bool = False) -> float:
    """Return Z', the share of the window between the controls that three deviations leave free.

    Args:
        negative: Signals of the wells without effect; two or more.
        positive: Signals of the wells with full effect; two or more.
        robust: Take medians and scaled median absolute deviations.

    Returns:
        At most 1; negative where the bands of the two controls overlap.

    Raises:
        DataError: A control has fewer than two wells with a signal, or both have one level.

    Source:
        Zhang, Chung & Oldenburg (1999), doi:10.1177/108705719900400206.

    Example:
        >>> round(z_prime(np.array([98.0, 100.0, 102.0]), np.array([9.0, 10.0, 11.0])), 3)
        0.9
    """
    none, full = _finite(negative, "negative"), _finite(positive, "positive")
    gap = abs(_level(none, robust=robust) - _level(full, robust=robust))
    _demand_apart(gap, 0.0)
    return 1.0 - 3.0 * (_spread(none, robust=robust) + _spread(full, robust=robust)) / gap


def plate_quality(negative: FloatArray, positive: FloatArray) -> PlateQuality:
    """Return all that the controls of one plate say of it; arguments and errors as ``z_prime``."""
    none, full = _finite(negative, "negative"), _finite(positive, "positive")
    low, high = sorted((float(none.mean()), float(full.mean())))
    return PlateQuality(
        n_negative=len(none),
        n_positive=len(full),
        signal_to_background=high / low if low > 0 else float("nan"),
        z_prime=z_prime(none, full),
        robust_z_prime=z_prime(none, full, robust=True),
    )


def z_scores(
    signals: FloatArray, *, reference: FloatArray | None = None, robust: bool = True
) -> FloatArray:
    """Return by how many standard deviations each signal lies from the level of a reference.

    Args:
        signals: Signals of n wells, shape (n,); NaN stays NaN.
        reference: Wells that level and spread are taken from; the signals themselves if None.
        robust: Take median and scaled median absolute deviation.

    Raises:
        DataError: The reference has fewer than two wells with a signal, or no spread.

    Source:
        Malo et al. (2006), doi:10.1038/nbt1186 (Z score and robust Z score).
    """
    wells = _finite(signals if reference is None else reference, "reference")
    spread = _spread(wells, robust=robust)
    if not spread > 0.0:
        raise DataError(
            f"The {len(wells)} reference wells have no spread",
            where="reference",
            remedy="Give reference wells of more than one signal, or set robust to False.",
        )
    return np.asarray((np.asarray(signals, float) - _level(wells, robust=robust)) / spread)


def _finite(wells: FloatArray, name: str, *, at_least: int = 2) -> FloatArray:
    """Return the wells that have a signal; refuse infinite ones and too few."""
    known: FloatArray = np.asarray(wells, float).ravel()
    known = np.asarray(known[~np.isnan(known)])
    if np.isinf(known).any():
        raise DataError(
            f"A {name} well has an infinite signal",
            where=name,
            remedy="Mend the reading, or leave the well blank.",
        )
    if len(known) < at_least:
        raise DataError(
            f"Of the {name} wells {len(known)} have a signal; {at_least} or more are needed",
            where=name,
            remedy=f"Name the {name} wells of this plate, or leave the plate out.",
        )
    return known


def _demand_apart(one: float, other: float) -> None:
    if abs(one - other) <= 1e-9 * max(abs(one), abs(other)):
        raise DataError(
            "The negative and the positive control have the same level",
            where="negative, positive",
            remedy="Check which wells hold which control; without a window there is no percent.",
        )


def _level(wells: FloatArray, *, robust: bool) -> float:
    return float(np.median(wells) if robust else wells.mean())


def _spread(wells: FloatArray, *, robust: bool) -> float:
    if robust:
        return MAD_TO_STD * float(np.median(np.abs(wells - np.median(wells))))
    return float(wells.std(ddof=1))
