# SPDX-License-Identifier: Apache-2.0
"""Rows that speak of one structure: how many repeat it, and whether they say the same.

Knows no file and no assay: whoever asks has chosen the rows that are used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from loopwright.core.values import Measurement, Targets
from loopwright.data.oddities import decades
from loopwright.data.points import number
from loopwright.training.doubt import scale_of, to_scale

__all__ = ["n_at_odds", "n_repeats", "n_unlike", "tenfold"]


def n_repeats(used: Sequence[Measurement]) -> int:
    """Return how many rows share their structure with an earlier one."""
    rows: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for m in used:
        rows[m.candidate_id].add((m.source_sheet, m.source_row))
    return sum(len(found) - 1 for found in rows.values())


def tenfold(rows: Sequence[Measurement]) -> tuple[str, ...]:
    """Return in words whose repeats lie a factor of ten apart or more: name, property, values.

    Only values that count and are no limits, of properties that are a matter of factors.
    """
    said: defaultdict[tuple[str, str, str], list[Measurement]] = defaultdict(list)
    for m in rows:
        if m.candidate_id and m.status == "valid" and m.standard_relation == "=":
            said[m.candidate_id, m.standard_type, m.standard_units].append(m)
    found = []
    for (candidate, property, unit), mine in said.items():
        values = np.array([m.standard_value for m in mine], float)
        x = decades(values, property, unit) if len(values) > 1 else None
        if x is not None and np.ptp(x) >= 1.0:
            told = ", ".join(f"{v:g}" for v in values) + ("" if unit == "1" else f" {unit}")
            found.append(f"{mine[0].name or candidate} {property} {told}")
    return tuple(found)


def n_unlike(used: Sequence[Measurement]) -> int:
    """Return how many structures have rows of different classes or levels."""
    said: defaultdict[str, set[float | None]] = defaultdict(set)
    for m in used:
        said[m.candidate_id].add(m.standard_value)
    return sum(len(values) > 1 for values in said.values())


def n_at_odds(used: Sequence[Measurement], targets: Targets, unit: str) -> int:
    """Return how many structures have rows whose numbers cannot belong to one structure.

    They differ by more than the standard deviation of the property over all structures: to know
    such a row says less of the structure than to know none. A limit speaks of all that lies
    beyond it, so that ``> 8`` beside a 3 is 5 away from it, and beside a 9 it agrees. What is
    learned as its logarithm is judged on it.

    Args:
        used: Measurements of a property that is a number.
        targets: What they come to, one property.
        unit: The unit of the targets.
    """
    exact = targets.bounds[:, 0] == 0
    middle = targets.values[exact if exact.any() else slice(None), 0]
    values = np.array([number(m, unit) for m in used])
    if not len(values):
        return 0
    scale = scale_of(middle) if values.min() > 0.0 else "plain"
    values, most = to_scale(values, scale), float(to_scale(middle, scale).std())
    ids, place = np.unique([m.candidate_id for m in used], return_inverse=True)
    least, last = np.full(len(ids), -np.inf), np.full(len(ids), np.inf)
    is_below, is_above = (np.array([sign in m.standard_relation for m in used]) for sign in "<>")
    np.maximum.at(least, place[~is_below], values[~is_below])
    np.minimum.at(last, place[~is_above], values[~is_above])
    return int(np.sum(least - last > most * (1.0 + 1e-9) + 1e-9))
