# SPDX-License-Identifier: Apache-2.0
"""What every plate must carry, and how its wells are used, as people state it.

A design says how many of what; where each stands is decided by ``layout``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

from attrs import field, frozen

from loopwright.core.errors import SpecError
from loopwright.science.wells import FORMATS

__all__ = ["Design", "Doses", "Edge", "Sample"]

Edge: TypeAlias = Literal["use", "empty", "negative", "blank"]
EDGES: tuple[Edge, ...] = get_args(Edge)


@frozen(kw_only=True)
class Sample:
    """What goes into wells: a candidate, as one lot of it."""

    candidate_id: str
    lot: str = ""
    """Batch or lot; blank where only one is known."""

    name: str = ""
    """A label for people, never a key."""


@frozen(kw_only=True)
class Doses:
    """A series of concentrations, the highest first; one point is a single concentration."""

    highest_M: float = 1e-5
    """In mol/L."""

    factor: float = 3.0
    """Each concentration is the one before it divided by this; above 1."""

    n_points: int = 1

    def series(self) -> tuple[float, ...]:
        """Return the concentrations in mol/L, the highest first.

        Example:
            >>> Doses(highest_M=8.0, factor=2.0, n_points=4).series()
            (8.0, 4.0, 2.0, 1.0)
        """
        return tuple(self.highest_M / self.factor**i for i in range(self.n_points))


@frozen(kw_only=True)
class Design:
    """What every plate carries and how its wells are used. All faults are told at once."""

    n_wells: int = 384
    """Format: 96, 384 or 1536."""

    volume_uL: float = 50.0
    """Final volume in each well that is used."""

    doses: Doses = field(factory=Doses)
    """For samples and references."""

    n_replicates: int = 1
    """How often each sample's whole series is laid out."""

    n_positive: int = 0
    """Wells per plate with the positive control."""

    positive: Sample | None = None
    """The compound that gives the full effect."""

    positive_M: float = 1e-5
    """Its concentration in mol/L."""

    n_negative: int = 0
    """Wells per plate with vehicle alone."""

    n_blanks: int = 0
    """Wells per plate into which nothing is transferred."""

    references: tuple[Sample, ...] = ()
    """Known compounds; each has one series on every plate."""

    edge: Edge = "use"
    """Outermost wells: use them, leave them empty, or fill them with vehicle or blanks."""

    seed: int = 1
    """Decides where everything stands; equal seeds give equal layouts."""

    def __attrs_post_init__(self) -> None:
        """Refuse what no plate could be made of."""
        faults = [text for is_wrong, text in self._faults() if is_wrong]
        if faults:
            raise SpecError(
                f"The plate design cannot be used: {'; '.join(faults)}",
                where="design",
                remedy="Change the named values.",
            )

    def _faults(self) -> Iterable[tuple[bool, str]]:
        """Yield whether something is wrong, and what."""
        doses = self.doses
        counts = (self.n_positive, self.n_negative, self.n_blanks)
        yield self.n_wells not in FORMATS, f"n_wells is {self.n_wells}, not 96, 384 or 1536"
        yield not _above(self.volume_uL), f"volume_uL is {self.volume_uL}, not above 0"
        yield not _above(doses.highest_M), f"doses.highest_M is {doses.highest_M}, not above 0"
        yield doses.n_points < 1, f"doses.n_points is {doses.n_points}, below 1"
        is_flat = doses.n_points > 1 and not _above(doses.factor, 1.0)
        yield is_flat, f"doses.factor is {doses.factor}, not above 1"
        yield self.n_replicates < 1, f"n_replicates is {self.n_replicates}, below 1"
        yield min(counts) < 0, "a number of control wells is below 0"
        yield self.seed < 0, f"seed is {self.seed}, below 0"
        yield self.edge not in EDGES, f"edge is {self.edge!r}, not one of {', '.join(EDGES)}"
        is_nameless = self.n_positive > 0 and self.positive is None
        yield is_nameless, "n_positive is set, but positive names no compound"
        yield not _above(self.positive_M), f"positive_M is {self.positive_M}, not above 0"


def _above(value: float, limit: float = 0.0) -> bool:
    return math.isfinite(value) and value > limit
