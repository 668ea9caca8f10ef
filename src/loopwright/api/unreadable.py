# SPDX-License-Identifier: Apache-2.0
"""Why a file has too few rows to learn from: there are few, or none that can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from loopwright.api.by_time import by_time, told_of_older
from loopwright.api.classes import ONES, ZEROS
from loopwright.api.learnable import Learnable, is_fault
from loopwright.api.levels import FEWEST, MOST
from loopwright.core.errors import DataError, NotReadyError
from loopwright.core.values import Quarantined
from loopwright.training.families import SplitName
from loopwright.training.usable import LEAST_ROWS, usable_rows

__all__ = ["demand_enough", "demand_readable"]

NO_NUMBER, NO_CLASS = "is not a number", "is no class"
SIGNS = frozenset("+-\u2013\u2212()[] ")


def demand_enough(one: Learnable, split: SplitName) -> None:
    """Refuse a property of which too few rows can be used, before anything is fitted.

    Raises:
        DataError: As ``demand_readable``; or rows are split by time, and their days are not known.
        NotReadyError: Too few rows are known, of a split by time too few older ones.
    """
    demand_readable(one)
    usable_rows(one.targets, name=one.property, task=one.task)
    if split == "time":
        older, _ = by_time(one)
        with told_of_older(one):
            usable_rows(one.targets.take(older), name=one.property, task=one.task)


def demand_readable(one: Learnable) -> None:
    """Refuse a property of which too few rows are left because others cannot be used.

    Raises:
        DataError: It has fewer than ten; the commonest fault is told with a cell that has it.
        NotReadyError: Fewer than ten are measured values, because others are ranges.
    """
    _demand_no_ranges(one)
    faults = [q for q in one.left_out if is_fault(q)]
    _demand_no_classes(one, faults)
    if one.n_used >= LEAST_ROWS or not faults:
        return
    reasons = Counter((q.column, _kind(q)) for q in faults)
    worst = max(reasons, key=lambda key: reasons[key])
    alike = [q for q in faults if (q.column, _kind(q)) == worst]
    cell = "" if repr(alike[0].value) in alike[0].reason else f", {alike[0].value[:60]!r}"
    other = "" if one.n_used else " Or name another column with --structure or --property."
    raise DataError(
        f"{one.n_used} of {one.n_rows} rows have a structure and a value of {one.property!r} that "
        f"can be read; row {alike[0].row}{cell}: {alike[0].reason}",
        where=alike[0].column or one.property,
        remedy=_words(alike) or alike[0].remedy + other,
    )


def _demand_no_classes(one: Learnable, faults: Sequence[Quarantined]) -> None:
    """Refuse a number that is told in the words of a class, with other words beside them."""
    told = [q for q in faults if q.value.strip().lower() in ONES | ZEROS]
    columns, words = {q.column for q in told}, {q.value for q in told}
    others = [q for q in faults if q.column in columns and q.value not in words]
    classes = {q.value.strip().lower() in ONES: q.value.strip() for q in told}
    if one.n_used >= LEAST_ROWS or len(classes) < 2 or not others:
        return
    raise DataError(
        f"{len(told)} rows of {one.property!r} say {classes[True]!r} or {classes[False]!r}, and "
        f"{len(others)} another word, such as {others[0].value.strip()[:60]!r} in row "
        f"{others[0].row}",
        where=told[0].column,
        remedy="Give --task classification, which leaves the other words out; or, if all are "
        "levels, --task ordinal with --levels.",
    )


def _demand_no_ranges(one: Learnable) -> None:
    """Refuse a number that is mostly told in ranges: each is two limits, and no value."""
    n_exact = int((one.targets.bounds == 0).sum())
    limits = Counter((m.source_sheet, m.source_row) for m in one.rows if m.standard_relation != "=")
    ranges = [row for (_, row), n in limits.items() if n == 2]
    if one.task != "regression" or n_exact >= LEAST_ROWS or len(ranges) < LEAST_ROWS:
        return
    raise NotReadyError(
        f"{len(ranges)} of {one.n_used} rows state a range of {one.property!r}, such as row "
        f"{ranges[0]}; a range counts as two limits, and {n_exact} measured values are left: too "
        "few to learn from",
        where=one.property,
        remedy="Write the middle of each range into a column of its own, and name that one.",
    )


def _kind(fault: Quarantined) -> str:
    """Return the reason of a fault without the cell that it quotes."""
    return fault.reason.replace(repr(fault.value[:60]), "")


def _words(faults: Sequence[Quarantined]) -> str:
    """Return what to do with values that are words of a class; blank if they are none."""
    found = sorted({q.value.strip() for q in faults})
    if not faults[0].reason.endswith((NO_NUMBER, NO_CLASS)) or len(faults) < 2 * len(found):
        return ""
    if set("".join(found)) <= SIGNS:
        return "Write + as 1 and - as 0, or as yes and no: signs alone may also mean no value."
    if len(found) == 2:
        return f"Write {found[0]!r} and {found[1]!r} as 0 and 1, or as no and yes."
    if FEWEST <= len(found) <= MOST:
        return (
            f"If they are levels, give --task ordinal --levels {','.join(found)}, put in order "
            "from the lowest."
        )
    return ""
