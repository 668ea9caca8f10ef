# SPDX-License-Identifier: Apache-2.0
"""From samples and a design to wells: which plate and well holds what, and how much.

The design says what a plate must carry beside the samples; the seed alone decides where. Knows
no stock, no instrument and no file.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from attrs import evolve, field, frozen

from loopwright.core.errors import DataError, SpecError
from loopwright.plates.design import Design, Sample
from loopwright.science.wells import every_well, is_edge, place_of, shape_of, well_at

__all__ = ["Layout", "Role", "Well", "lay_out"]

Role: TypeAlias = Literal["sample", "positive", "negative", "reference", "blank", "empty"]


@frozen(kw_only=True)
class Well:
    """One well of one plate, and what it is to hold."""

    plate: str
    """Barcode."""

    well: str
    """Unpadded: ``A1``."""

    role: Role
    candidate_id: str = ""
    lot: str = ""
    name: str = ""
    concentration_M: float = 0.0
    """Final, in mol/L; zero where there is no compound."""

    volume_uL: float = 0.0
    """Final; zero for an empty well, and where a layout made elsewhere does not say."""

    replicate: int = 0
    """From 1; controls and references are counted anew on each plate. 0 if empty."""

    def __attrs_post_init__(self) -> None:
        """Refuse a concentration of nothing."""
        if self.concentration_M > 0.0 and not self.candidate_id:
            raise DataError(
                f"Well {self.well} has a concentration, but no candidate",
                where=self.plate,
                remedy="Name the candidate, or give a concentration of 0.",
            )


@frozen(kw_only=True)
class Layout:
    """Every well of every plate, the empty ones too: plate by plate, row by row."""

    n_wells: int
    """Format of all plates."""

    seed: int
    wells: tuple[Well, ...] = field(repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse wells that are missing, double or not on the plate."""
        expected = every_well(self.n_wells)
        for start in range(0, len(self.wells), self.n_wells):
            held = self.wells[start : start + self.n_wells]
            is_one_plate = len({w.plate for w in held}) == 1
            if not is_one_plate or tuple(w.well for w in held) != expected:
                raise _not_whole(held[0].plate, self.n_wells)
        if len(set(self.plates)) < len(self.plates):
            raise _not_whole(self.plates[0], self.n_wells)

    @property
    def plates(self) -> tuple[str, ...]:
        """Barcodes, in order."""
        return tuple(w.plate for w in self.wells[:: self.n_wells])

    def on(self, plate: str) -> tuple[Well, ...]:
        """Return the wells of one plate, row by row.

        Raises:
            DataError: There is no such plate.
        """
        if plate not in self.plates:
            raise DataError(
                f"There is no plate {plate!r} in this layout",
                where=plate,
                remedy=f"Choose one of: {', '.join(self.plates)}.",
            )
        start = self.plates.index(plate) * self.n_wells
        return self.wells[start : start + self.n_wells]


def lay_out(samples: Sequence[Sample], design: Design, *, stem: str = "P") -> Layout:
    """Lay samples out over as many plates as they need.

    A dose series stays on one plate. Controls are spread over rows and columns alike (Latin
    hypercube), everything else stands at random, and each plate carries all controls and
    references. What does not fit goes to the next plate; nothing is dropped.

    Args:
        samples: Each candidate and lot once.
        design: What each plate carries.
        stem: Barcodes are this, a dash and the number of the plate from 01.

    Returns:
        Every well of every plate; equal arguments give equal layouts.

    Raises:
        SpecError: There is no sample, one comes twice, or no series fits beside the controls.

    Source:
        McKay, Beckman & Conover (1979), doi:10.1080/00401706.1979.10489755.

    Example:
        >>> design = Design(n_wells=96, n_negative=8, edge="empty")
        >>> layout = lay_out([Sample(candidate_id=f"c{i}") for i in range(60)], design)
        >>> layout.plates, sum(w.role == "sample" for w in layout.wells)
        (('P-01', 'P-02'), 60)
    """
    _demand_distinct(samples)
    series = [(s, r + 1) for r in range(design.n_replicates) for s in samples]
    n_series = _series_per_plate(design)
    wells: list[Well] = []
    for i in range(math.ceil(len(series) / n_series)):
        rng = np.random.default_rng([design.seed, i])
        chosen = series[i * n_series : (i + 1) * n_series]
        wells += _plate(f"{stem}-{i + 1:02d}", chosen, design, rng)
    n_wanted = len(series) * design.doses.n_points
    assert sum(w.role == "sample" for w in wells) == n_wanted, "a sample was lost"
    return Layout(n_wells=design.n_wells, seed=design.seed, wells=tuple(wells))


def _not_whole(plate: str, n_wells: int) -> DataError:
    """Return what is wrong with a plate that lacks wells or has some twice."""
    return DataError(
        f"Plate {plate!r} must hold each of its {n_wells} wells once, in order",
        where=plate,
        remedy="Give every well of a plate, row by row; unused ones as empty.",
    )


def _demand_distinct(samples: Sequence[Sample]) -> None:
    """Refuse no samples, and one that would be laid out twice unseen."""
    if not samples:
        raise SpecError(
            "There is no sample to lay out", where="samples", remedy="Give at least one sample."
        )
    (candidate_id, lot), n = Counter((s.candidate_id, s.lot) for s in samples).most_common(1)[0]
    if n > 1:
        raise SpecError(
            f"Candidate {candidate_id!r}, lot {lot!r}, comes {n} times",
            where="samples",
            remedy="Give it once, and ask for replicates in the design.",
        )
    if not all(s.candidate_id for s in samples):
        raise SpecError(
            "A sample has no candidate",
            where="samples",
            remedy="Give each sample its candidate id.",
        )


def _series_per_plate(design: Design) -> int:
    """Return how many dose series a plate has room for beside its controls."""
    n_points = design.doses.n_points
    n_fixed = design.n_positive + design.n_negative + design.n_blanks
    n_fixed += len(design.references) * n_points
    n_free = len(_inner(design)) - n_fixed
    if n_free < n_points:
        raise SpecError(
            f"A plate of {design.n_wells} has {len(_inner(design))} wells to use; controls and "
            f"references take {n_fixed}, and one series takes {n_points}",
            where="design",
            remedy="Take a larger plate, use the edge, or ask for fewer controls or doses.",
        )
    return n_free // n_points


def _inner(design: Design) -> list[str]:
    """Return the wells that samples and spread controls may take, row by row."""
    wells = every_well(design.n_wells)
    return [w for w in wells if design.edge == "use" or not is_edge(w, design.n_wells)]


def _plate(
    barcode: str,
    series: Sequence[tuple[Sample, int]],
    design: Design,
    rng: np.random.Generator,
) -> list[Well]:
    """Return every well of one plate, row by row."""
    free = _inner(design)
    filled: dict[str, Well] = {}
    for control in _controls(barcode, design):
        for place, well in zip(_spread(len(control), free, design, rng), control, strict=True):
            filled[place] = well
            free.remove(place)
    contents = _contents(barcode, series, design)
    for i, well in zip(rng.permutation(len(free)), contents, strict=False):
        filled[free[i]] = well
    edge = _edge(barcode, design)
    n_before = sum(w.role == edge.role for w in filled.values())
    wells = []
    for place in every_well(design.n_wells):
        if place in filled:
            wells.append(_placed(filled[place], place))
        elif edge.role != "empty" and is_edge(place, design.n_wells):
            n_before += 1
            wells.append(_placed(edge, place, n_before))
        else:
            wells.append(Well(plate=barcode, well=place, role="empty"))
    return wells


def _placed(well: Well, place: str, replicate: int | None = None) -> Well:
    """Return the well at its place."""
    return evolve(well, well=place, replicate=replicate or well.replicate)


def _controls(barcode: str, design: Design) -> list[list[Well]]:
    """Return the wells of each kind of control, without places."""
    positive = design.positive or Sample(candidate_id="")
    return [
        [_filled(barcode, "negative", design, replicate=i + 1) for i in range(design.n_negative)],
        [
            _filled(barcode, "positive", design, positive, design.positive_M, replicate=i + 1)
            for i in range(design.n_positive)
        ],
        [_filled(barcode, "blank", design, replicate=i + 1) for i in range(design.n_blanks)],
    ]


def _contents(barcode: str, series: Sequence[tuple[Sample, int]], design: Design) -> list[Well]:
    """Return the wells of references and samples, without places."""
    held: list[tuple[Role, Sample, int]] = [("reference", r, 1) for r in design.references]
    held += [("sample", sample, replicate) for sample, replicate in series]
    return [
        _filled(barcode, role, design, sample, dose, replicate=replicate)
        for role, sample, replicate in held
        for dose in design.doses.series()
    ]


def _edge(barcode: str, design: Design) -> Well:
    """Return what stands in edge wells that nothing else takes."""
    role: Role = "empty" if design.edge == "use" else design.edge
    if role == "empty":
        return Well(plate=barcode, well="", role=role)
    return _filled(barcode, role, design)


def _filled(
    barcode: str,
    role: Role,
    design: Design,
    sample: Sample | None = None,
    dose_M: float = 0.0,
    *,
    replicate: int = 0,
) -> Well:
    """Return a well that is used, its place still open."""
    held = sample or Sample(candidate_id="")
    return Well(
        plate=barcode,
        well="",
        role=role,
        candidate_id=held.candidate_id,
        lot=held.lot,
        name=held.name,
        concentration_M=dose_M,
        volume_uL=design.volume_uL,
        replicate=replicate,
    )


def _spread(n: int, free: Sequence[str], design: Design, rng: np.random.Generator) -> list[str]:
    """Return n free wells, one in each n-th of the rows and of the columns."""
    rows, columns = shape_of(design.n_wells)
    margin = 0 if design.edge == "use" else 1
    row_at = (rng.permutation(n) + rng.random(n)) / max(n, 1) * (rows - 2 * margin) + margin
    column_at = (np.arange(n) + rng.random(n)) / max(n, 1) * (columns - 2 * margin) + margin
    places = np.array([place_of(w, design.n_wells) for w in free])
    taken = np.zeros(len(free), bool)
    chosen: list[str] = []
    for r, c in zip(row_at, column_at, strict=True):
        away = np.abs(places[:, 0] + 0.5 - r) + np.abs(places[:, 1] + 0.5 - c)
        nearest = int(np.argmin(np.where(taken, np.inf, away)))
        taken[nearest] = True
        chosen.append(well_at(*map(int, places[nearest])))
    return chosen
