# SPDX-License-Identifier: Apache-2.0
"""Which levels an ordinal property has, and which of them each measurement is.

Levels are whole numbers, or words whose order somebody has named. Within the package a level is
its place in that order, from 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import Measurement
from loopwright.data.intake import Intake
from loopwright.data.numbers import NO_VALUE
from loopwright.data.points import usable

__all__ = [
    "FEWEST", "MOST", "are_words", "check_levels", "place_in_words", "with_places",
    "with_plain_faults",
]  # fmt: skip

FEWEST, MOST = 3, 10

NO_LEVEL = "no level: "
"""Cells that are none begin so while a file is read."""


def check_levels(levels: Sequence[str], task: str) -> None:
    """Refuse levels that are no order, or of something that has none.

    Raises:
        SpecError: They are not three to ten, one is named twice, or the task is another.
    """
    if levels and task != "ordinal":
        raise SpecError(
            "Only an ordinal property has levels",
            where="--levels",
            remedy="Give --task ordinal with them, or leave them out.",
        )
    if levels and not FEWEST <= len({_plain(level) for level in levels}) == len(levels) <= MOST:
        raise SpecError(
            f"{', '.join(levels)} are not {FEWEST} to {MOST} different levels",
            where="--levels",
            remedy="Name each once, the lowest first, parted by commas: low,medium,high. "
            "Two are a class.",
        )


def are_words(levels: Sequence[str]) -> bool:
    """Return whether levels are named and not all of them are whole numbers."""
    return any(_whole(level) is None for level in levels)


def place_in_words(levels: Sequence[str]) -> Callable[[str], str]:
    """Return what turns a cell into the place of its level; one that is none becomes no number.

    Example:
        >>> [place_in_words(["low", "mid", "high"])(cell) for cell in ("High", "n/a", "7")]
        ['2', 'n/a', 'no level: 7']
    """
    places = {_plain(level): str(place) for place, level in enumerate(levels)}

    def place(cell: str) -> str:
        word = _plain(cell)
        return cell if word in NO_VALUE else places.get(word, f"{NO_LEVEL}{cell}")

    return place


def with_plain_faults(intake: Intake, levels: Sequence[str]) -> Intake:
    """Return an intake whose cells that are no level are told as they stand in the file."""
    told = (
        evolve(
            q,
            value=(cell := q.value.removeprefix(NO_LEVEL)),
            reason=f"{cell[:60]!r} is no level; there are {', '.join(levels)}",
            remedy="Write one of them; or, if they are numbers, train them by themselves, without "
            "--task ordinal.",
        )
        if q.value.startswith(NO_LEVEL)
        else q
        for q in intake.quarantine
    )
    return evolve(intake, quarantine=tuple(told))


def with_places(
    measurements: Sequence[Measurement], name: str, levels: Sequence[str]
) -> tuple[tuple[Measurement, ...], tuple[str, ...]]:
    """Return measurements with the place of their level as value, and the levels.

    Those that are a limit or no level are flagged with the reason.

    Args:
        measurements: Of any property; words are places already.
        name: The property.
        levels: From the lowest; told from the values if empty, which are then whole numbers.

    Raises:
        DataError: No levels are named, and the values are not three to ten whole numbers.
    """
    levels = tuple(levels) or _found([m for m in usable(measurements, name) if _is_exact(m)], name)
    numbers = range(len(levels)) if are_words(levels) else map(_whole, levels)
    places = {number: float(place) for place, number in enumerate(numbers)}
    return tuple(
        _placed(m, places, levels) if m.standard_type == name else m for m in measurements
    ), levels


def _placed(m: Measurement, places: dict[int | None, float], levels: Sequence[str]) -> Measurement:
    """Return a measurement of a level; one that is none is flagged, unless it already is."""
    value = m.standard_value
    if value is None or m.status != "valid":
        return m
    if value in places and _is_exact(m):
        return evolve(m, standard_value=places[int(value)], standard_units="1")
    told = f"{'' if _is_exact(m) else m.standard_relation}{value:g}"
    reason = f"{told} is no level; there are {', '.join(levels)}"
    return evolve(m, status="flagged", status_reason=reason)


def _found(used: Sequence[Measurement], name: str) -> tuple[str, ...]:
    """Return the whole numbers that occur, in order."""
    values = sorted({m.standard_value for m in used if m.standard_value is not None})
    odd = next((value for value in values if value != int(value)), None)
    if odd is not None or not FEWEST <= len(values) <= MOST:
        told = f"{odd:g} is none" if odd is not None else f"there are {len(values)}"
        raise DataError(
            f"The levels of {name!r} are not {FEWEST} to {MOST} whole numbers: {told}",
            where="--levels",
            remedy="Name them from the lowest, as --levels low,medium,high; words need it, and "
            "rows of anything else are left out. Two levels are a class, many are a number.",
        )
    return tuple(str(int(value)) for value in values)


def _is_exact(m: Measurement) -> bool:
    return m.standard_relation == "="


def _plain(level: str) -> str:
    """Return a level as it is compared: letters small, 3.0 as 3."""
    whole = _whole(level)
    return level.strip().lower() if whole is None else str(whole)


def _whole(text: str) -> int | None:
    """Return the whole number that a text is; None if it is none."""
    try:
        number = float(text)
        return int(number) if number == int(number) else None
    except (ValueError, OverflowError):
        return None
