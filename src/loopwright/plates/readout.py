# SPDX-License-Identifier: Apache-2.0
"""How the signals of a plate become results, as people state it in the plate file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from attrs import evolve, field, frozen

from loopwright.core.errors import SpecError
from loopwright.plates.layout import Role, Well
from loopwright.science.logistic import Bounds

__all__ = ["Readout", "ReadoutKind", "resolved"]

ReadoutKind: TypeAlias = Literal["", "values", "percent", "curves"]
CONTROLS: tuple[Role, ...] = ("negative", "positive", "blank")


@frozen(kw_only=True)
class Readout:
    """How the readings of wells become results. All faults are told at once."""

    kind: ReadoutKind = ""
    """``values``: a reading is the result; ``percent``: percent of effect, well by well;
    ``curves``: one dose-response curve for each sample. Blank: curves for a plate on which a sample
    stands in several concentrations, values for any other."""

    column: str = ""
    """Column of the signals; known by its name if blank."""

    property: str = ""
    """What the results are; the goal's property if blank."""

    unit: str = ""
    """Theirs; ``1`` for minus log10 of mol/L; the goal's unit if blank."""

    assay: str = ""
    """Name of the assay, where the file names none."""

    normalise: bool = True
    """Whether signals become percent of effect by the controls of their plate; if not, the file
    states percent already."""

    zero: str = "negative"
    """Role of the wells without effect."""

    full: str = "positive"
    """Role of the wells with full effect."""

    direction: Literal["rising", "falling"] = "rising"
    """Which way an active compound moves the percent."""

    min_z_prime: float = 0.4
    """Results of a plate with a lower Z' are flagged."""

    bounds: Bounds = field(factory=Bounds)
    """Where the parameters of a curve may lie, in percent and log10 of mol/L."""

    known: dict[str, float] = field(factory=dict)
    """Reference compound -> its known result."""

    known_within: float = 0.5
    """Results of a plate are flagged if a reference lies farther than this from its known result;
    in decades where the unit is a concentration."""

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be carried out."""
        faults = [text for is_wrong, text in self._faults() if is_wrong]
        if faults:
            raise SpecError(
                f"The readout cannot be used: {'; '.join(faults)}",
                where="readout",
                remedy="Change the named values.",
            )

    def _faults(self) -> Iterable[tuple[bool, str]]:
        """Yield whether something is wrong, and what."""
        for name in (self.zero, self.full):
            yield name not in CONTROLS, f"{name!r} is no control: {', '.join(CONTROLS)}"
        yield self.zero == self.full, f"zero and full are both {self.zero}"
        yield math.isnan(self.min_z_prime), "min_z_prime is no number"
        yield not self.known_within > 0.0, f"known_within is {self.known_within}, not above 0"


def resolved(readout: Readout, wells: Sequence[Well], *, property: str, unit: str) -> Readout:
    """Return the readout of one plate with nothing left blank.

    Args:
        readout: What the plate file says.
        wells: What the plate holds.
        property: What is wanted where the plate file says nothing.
        unit: Its unit.

    Example:
        >>> resolved(Readout(), (), property="pIC50", unit="1").kind
        'values'
    """
    doses: dict[tuple[str, str], set[float]] = {}
    for well in wells:
        if well.role == "sample" and well.concentration_M > 0.0:
            doses.setdefault((well.candidate_id, well.lot), set()).add(well.concentration_M)
    has_series = any(len(found) > 1 for found in doses.values())
    kind: ReadoutKind = "curves" if has_series else "values"
    kind = readout.kind or kind
    given = "%" if kind == "percent" else unit
    return evolve(
        readout,
        kind=kind,
        property=readout.property or property,
        unit=readout.unit or given,
    )
