# SPDX-License-Identifier: Apache-2.0
"""The wells behind one dose-response curve: checked once, kept for ever.

Nothing here knows what a curve is; it keeps the tie between a number and its wells.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from loopwright.core.errors import DataError

__all__ = ["CurveWell", "read_wells", "unused", "without"]


@frozen(kw_only=True)
class CurveWell:
    """One well, and what became of it."""

    index: int
    """Its place in the input, from 0."""

    name: str
    concentration_molar: float
    response_percent: float
    """NaN where the well has none."""

    is_used: bool
    """Whether the value or limit of the curve rests on it."""

    reason: str = ""
    """Why it was not used; blank if it was."""


def without(wells: tuple[CurveWell, ...], *, above: float) -> tuple[CurveWell, ...]:
    """Return the wells, those past a peak marked as not used."""
    return tuple(
        evolve(w, is_used=False, reason="lies past the peak of a bell shape")
        if w.is_used and w.concentration_molar >= above * (1.0 - 1e-6)
        else w
        for w in wells
    )


def unused(wells: tuple[CurveWell, ...]) -> tuple[CurveWell, ...]:
    """Return the wells of a curve that has neither value nor limit."""
    reason = "the curve has no value"
    return tuple(evolve(w, is_used=False, reason=w.reason or reason) for w in wells)


def read_wells(
    concentration_molar: npt.ArrayLike, response_percent: npt.ArrayLike, names: Sequence[str] | None
) -> tuple[CurveWell, ...]:
    """Return one record for each well, after checking what was given."""
    dose, response = (np.asarray(a, float) for a in (concentration_molar, response_percent))
    if names is None:
        names = [str(i) for i in range(dose.size)]
    if dose.ndim != 1 or dose.shape != response.shape or len(names) != len(dose):
        raise DataError(
            f"{dose.size} concentrations, {response.size} responses and {len(names)} names "
            "do not make wells",
            where="concentration_molar, response_percent, names",
            remedy="Give one concentration, one response and one name for each well.",
        )
    for i, (c, r) in enumerate(zip(dose, response, strict=True)):
        if not (np.isfinite(c) and c > 0.0):
            raise DataError(
                f"A concentration of {c:g} mol/L has no place on a logarithmic scale",
                where=f"well {names[i]}",
                remedy="Leave wells without compound out; they are controls.",
            )
        if np.isinf(r):
            raise DataError(
                "The response is infinite",
                where=f"well {names[i]}",
                remedy="Mend the reading, or give NaN for a well without one.",
            )
    return tuple(
        CurveWell(
            index=i,
            name=names[i],
            concentration_molar=float(c),
            response_percent=float(r),
            is_used=not np.isnan(r),
            reason="no response" if np.isnan(r) else "",
        )
        for i, (c, r) in enumerate(zip(dose, response, strict=True))
    )
