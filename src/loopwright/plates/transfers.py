# SPDX-License-Identifier: Apache-2.0
"""From a layout and the stocks at hand to the liquid that must move, or a reason why it cannot.

Nothing is rounded in silence: a volume that the instrument cannot move, a concentration that
it would miss and a stock that runs dry are all refused, together and by name. Knows no file.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import field, frozen

from loopwright.core.errors import DataError, MismatchError
from loopwright.core.liquids import Transfer, VolumeRange
from loopwright.plates.layout import Layout, Well

__all__ = ["Arrival", "Stock", "arrivals", "plan"]

VEHICLE_ROLES = frozenset({"sample", "reference", "positive", "negative"})
"""Roles that get solvent when it is filled up; a blank gets none."""

MAX_FAULTS = 20
"""So many are told; the rest are counted."""

Key = tuple[str, str]


@frozen(kw_only=True)
class Stock:
    """One source well: a solution of one candidate and lot, or solvent alone."""

    plate: str
    well: str
    """Unpadded: ``A1``."""

    candidate_id: str = ""
    """Blank for solvent alone."""

    lot: str = ""
    concentration_M: float = 0.0
    """In mol/L; zero for solvent alone, and only there."""

    volume_uL: float = 0.0
    """What is in the well."""

    dead_uL: float = 0.0
    """What the instrument cannot get out of it."""

    def __attrs_post_init__(self) -> None:
        """Refuse what is no stock."""
        numbers = (self.concentration_M, self.volume_uL, self.dead_uL)
        is_number = all(math.isfinite(x) and x >= 0.0 for x in numbers)
        if not is_number or bool(self.candidate_id) != (self.concentration_M > 0.0):
            raise DataError(
                f"The stock of {_who(self.candidate_id, self.lot)} has no usable concentration "
                "or volume",
                where=f"{self.plate} {self.well}",
                remedy="Give a concentration above 0 with a candidate, 0 without; volumes >= 0.",
            )

    @property
    def usable_nL(self) -> float:
        """What can be taken out of the well."""
        return max(0.0, 1000.0 * (self.volume_uL - self.dead_uL))


@frozen(kw_only=True)
class Arrival:
    """What has come into one well."""

    volume_nL: float
    """All liquid, solvent included."""

    amounts_nmol: Mapping[Key, float] = field(factory=dict)
    """By candidate and lot."""

    def concentration_M(self, key: Key, volume_uL: float) -> float:
        """Return the final concentration, in mol/L, of a candidate and lot in this volume."""
        return self.amounts_nmol.get(key, 0.0) / volume_uL * 1e-3


def plan(
    layout: Layout,
    stocks: Sequence[Stock],
    limits: VolumeRange,
    *,
    backfill: bool = False,
    tolerance: float = 0.1,
    most_solvent: float = 0.05,
) -> tuple[Transfer, ...]:
    """Return the transfers that bring every well of a layout to its concentration.

    Of several stocks of one candidate and lot, the most concentrated that meets the
    concentration and has enough left is taken, so that least solvent arrives.

    Args:
        layout: What each well is to hold; its volumes are final volumes.
        stocks: Source wells; intermediate dilutions are stocks like any other.
        limits: What the instrument can move in one transfer.
        backfill: Whether every well but blanks and empty ones is filled up with solvent, to
            one common volume of stock and solvent.
        tolerance: Largest error of a concentration, as a share of it.
        most_solvent: Largest share of a well's volume that may come from stocks and solvent.

    Returns:
        Compounds first, then solvent; wells in the order of the layout.

    Raises:
        MismatchError: A stock is missing or runs dry, or a concentration cannot be reached; all
            such faults are told at once, and nothing is planned.
    """
    pipetting = _Pipetting(stocks, limits, tolerance=tolerance, most_solvent=most_solvent)
    for well in layout.wells:
        if well.concentration_M > 0.0:
            pipetting.dose(well)
    if backfill:
        pipetting.fill_up([w for w in layout.wells if w.role in VEHICLE_ROLES])
    pipetting.raise_faults()
    _demand_reached(layout, arrivals(pipetting.transfers, stocks), tolerance)
    return tuple(pipetting.transfers)


def arrivals(
    transfers: Iterable[Transfer], stocks: Sequence[Stock]
) -> dict[tuple[str, str], Arrival]:
    """Return what comes into each (plate, well), were these transfers carried out.

    Raises:
        DataError: A transfer starts at a well that is no stock, or takes more than is usable.
    """
    sources = {(s.plate, s.well): s for s in stocks}
    taken: defaultdict[tuple[str, str], float] = defaultdict(float)
    volumes: defaultdict[tuple[str, str], float] = defaultdict(float)
    amounts: defaultdict[tuple[str, str], defaultdict[Key, float]] = defaultdict(_zeros)
    for t in transfers:
        origin, end = (t.source_plate, t.source_well), (t.destination_plate, t.destination_well)
        stock = sources.get(origin)
        taken[origin] += t.volume_nL
        if stock is None or taken[origin] > stock.usable_nL + 1e-6:
            raise DataError(
                f"{t.volume_nL:g} nL cannot be taken from {t.source_plate} {t.source_well}",
                where=f"{t.destination_plate} {t.destination_well}",
                remedy="Give a stock in this well, with as much liquid as all transfers take.",
            )
        volumes[end] += t.volume_nL
        if stock.candidate_id:
            key = (stock.candidate_id, stock.lot)
            amounts[end][key] += stock.concentration_M * t.volume_nL
    return {
        end: Arrival(volume_nL=volume, amounts_nmol=dict(amounts[end]))
        for end, volume in volumes.items()
    }


class _Pipetting:
    """What is left in each stock, what has been planned and what went wrong so far."""

    def __init__(
        self,
        stocks: Sequence[Stock],
        limits: VolumeRange,
        *,
        tolerance: float,
        most_solvent: float,
    ) -> None:
        self.limits, self.tolerance, self.most_solvent = limits, tolerance, most_solvent
        self.left = {(s.plate, s.well): s.usable_nL for s in stocks}
        if len(self.left) < len(stocks):
            raise MismatchError(
                "Two stocks stand in one source well",
                where="stocks",
                remedy="Give each source well once.",
            )
        self.stocks: dict[Key, list[Stock]] = defaultdict(list)
        for stock in sorted(stocks, key=lambda s: -s.concentration_M):
            self.stocks[stock.candidate_id, stock.lot].append(stock)
        self.solvents = [s for s in stocks if not s.candidate_id]
        self.transfers: list[Transfer] = []
        self.faults: dict[str, None] = {}
        self.short: defaultdict[Key, float] = defaultdict(float)

    def dose(self, well: Well) -> None:
        """Plan the compound of one well."""
        key = (well.candidate_id, well.lot)
        held = self.stocks.get(key, [])
        if not held:
            self.faults[f"no source well holds {_who(*key)}"] = None
            return
        able = [(s, v) for s in held if (v := self._volume_nL(well, s)) is not None]
        if not able:
            self.faults[self._unreachable(well, held)] = None
        elif not any(self._move(s, well, v) for s, v in able):
            self.short[key] += able[0][1]

    def fill_up(self, wells: Sequence[Well]) -> None:
        """Plan solvent so that every one of these wells gets one common volume."""
        got: defaultdict[tuple[str, str], float] = defaultdict(float)
        for t in self.transfers:
            got[t.destination_plate, t.destination_well] += t.volume_nL
        had = {w: float(got[w.plate, w.well]) for w in wells}
        common = max(had.values(), default=0.0)
        if any(0.0 < common - volume < self.limits.lowest_nL for volume in had.values()):
            n_steps = math.ceil(self.limits.lowest_nL / self.limits.step_nL - 1e-9)
            common += n_steps * self.limits.step_nL
        for well, volume in had.items():
            missing = self.limits.rounded(common - volume)
            if common > 1000.0 * self.most_solvent * well.volume_uL + 1e-6:
                share = f"{100 * self.most_solvent:g} % of {well.volume_uL:g} uL"
                self.faults[f"a common {common:g} nL of stock and solvent exceeds {share}"] = None
            elif missing > self.limits.highest_nL:
                self.faults[f"{missing:g} nL of solvent cannot be moved at once"] = None
            elif missing > 0.0 and not any(self._move(s, well, missing) for s in self.solvents):
                self.short["", ""] += missing

    def raise_faults(self) -> None:
        """Refuse the whole plan, if anything went wrong."""
        told = sorted(self.faults)
        for key, volume in self.short.items():
            usable = sum(s.usable_nL for s in self.stocks.get(key, ())) / 1000.0
            told.append(
                f"{_who(*key)} is short of {volume / 1000.0:g} uL: {usable:g} uL can be taken "
                "out of its source wells"
            )
        if told:
            more = f"; and {len(told) - MAX_FAULTS} more" if len(told) > MAX_FAULTS else ""
            raise MismatchError(
                f"These stocks cannot fill these plates: {'; '.join(told[:MAX_FAULTS])}{more}",
                where="stocks",
                remedy="Add stock or an intermediate dilution, or change design or instrument.",
            )

    def _volume_nL(self, well: Well, stock: Stock) -> float | None:
        """Return the volume that meets the well's concentration, or None."""
        exact = 1000.0 * well.volume_uL * well.concentration_M / stock.concentration_M
        volume = self.limits.rounded(exact)
        fits = self.limits.holds(volume)
        fits &= volume <= 1000.0 * self.most_solvent * well.volume_uL + 1e-6
        return volume if fits and abs(volume / exact - 1.0) <= self.tolerance else None

    def _unreachable(self, well: Well, held: Sequence[Stock]) -> str:
        """Return why no stock meets a concentration, and which dilution would."""
        needs = [
            f"{1000.0 * well.volume_uL * well.concentration_M / s.concentration_M:.4g} nL of "
            f"{s.concentration_M * 1000:.4g} mM"
            for s in held
        ]
        handy = max(self.limits.lowest_nL, 10.0 * self.limits.step_nL)
        handy = min(handy, 1000.0 * self.most_solvent * well.volume_uL)
        wanted_mM = 1e6 * well.volume_uL * well.concentration_M / handy
        return (
            f"{_who(well.candidate_id, well.lot)} at {well.concentration_M * 1e6:.4g} uM needs "
            f"{' or '.join(needs)}, and the instrument moves {self.limits} within "
            f"{100 * self.tolerance:g} % and {100 * self.most_solvent:g} % of the well (an "
            f"intermediate dilution of {wanted_mM:.3g} mM would do)"
        )

    def _move(self, stock: Stock, well: Well, volume_nL: float) -> bool:
        """Plan one transfer, if the stock has enough left."""
        origin = (stock.plate, stock.well)
        if self.left[origin] + 1e-6 < volume_nL:
            return False
        self.left[origin] -= volume_nL
        self.transfers.append(
            Transfer(
                source_plate=stock.plate,
                source_well=stock.well,
                destination_plate=well.plate,
                destination_well=well.well,
                volume_nL=volume_nL,
            )
        )
        return True


def _demand_reached(
    layout: Layout, found: Mapping[tuple[str, str], Arrival], tolerance: float
) -> None:
    """Hold the plan to what it promises, counted anew from its transfers."""
    for well in layout.wells:
        arrival = found.get((well.plate, well.well), Arrival(volume_nL=0.0))
        assert len(arrival.amounts_nmol) == (well.concentration_M > 0.0), "a stray compound"
        if well.concentration_M > 0.0:
            reached = arrival.concentration_M((well.candidate_id, well.lot), well.volume_uL)
            assert abs(reached / well.concentration_M - 1.0) <= tolerance + 1e-9, "a wrong dose"


def _zeros() -> defaultdict[Key, float]:
    """Return amounts that are nothing until something is added."""
    return defaultdict(float)


def _who(candidate_id: str, lot: str) -> str:
    """Return a stock by name."""
    if not candidate_id:
        return "solvent"
    return f"{candidate_id}, lot {lot}" if lot else candidate_id
