# SPDX-License-Identifier: Apache-2.0
"""How well two assays agree on the candidates that both have measured.

Concentrations are compared on the p-scale, where a factor is a difference. Decides nothing:
whether values may be pooled is for a person to say.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
from attrs import evolve, frozen

from loopwright.core.values import Measurement
from loopwright.data.assays import Assay, assay_of, labels
from loopwright.data.points import Point, points, usable
from loopwright.science.agreement import Agreement, agreement
from loopwright.science.units import canonical, flip, is_molar, to_p

__all__ = ["TOLERANCES", "Pair", "compare", "in_a_line", "on_scale"]

TOLERANCES = (0.3, 0.5, 1.0)
"""Differences in log units that people ask about: a factor of 2, 3 and 10."""

_Known: TypeAlias = dict[str, list[Point]]
"""By candidate: what one assay says of it."""


@frozen(kw_only=True)
class Pair:
    """Two assays of one property, and what they say of the same candidates."""

    property: str
    unit: str
    """``1`` for log units."""

    is_log: bool
    one: Assay
    other: Assay
    n_limits: int
    """Candidates of both where one assay, or both, states a limit only; not in the figures."""

    n_contradictory: int
    """Of these: those where the two cannot both be right."""

    agreement: Agreement
    """Of ``other - one``, over the candidates that both have measured exactly."""


def on_scale(m: Measurement) -> Measurement:
    """Return a measurement on the scale on which assays are compared.

    A concentration becomes a p-value under the name of the p-property; one without a logarithm,
    and every other quantity, stays as it is.
    """
    value = m.standard_value
    if value is None or value <= 0 or not is_molar(m.standard_units):
        return m
    return evolve(
        m,
        standard_type=f"p{m.standard_type}",
        standard_relation=flip(m.standard_relation),
        standard_value=to_p(value, canonical(m.standard_units)),
        standard_units="1",
    )


def compare(measurements: Sequence[Measurement]) -> tuple[Pair, ...]:
    """Return every pair of assays of one property that share a candidate.

    Only measurements that a model could learn from are compared; what a candidate is in an assay
    is what ``targets`` makes of it.

    Args:
        measurements: In any order; the answer does not depend on it.

    Returns:
        Those with the most shared candidates first.
    """
    groups: defaultdict[tuple[str, str], list[Measurement]] = defaultdict(list)
    replaced = {m.supersedes for m in measurements if m.supersedes}
    standing = (m for m in measurements if m.measurement_id not in replaced)
    for m in map(on_scale, standing):
        groups[m.standard_type, m.standard_units].append(m)
    found = [
        pair
        for (property, unit), rows in groups.items()
        for pair in _pairs(property, unit, usable(rows, property))
    ]
    return tuple(
        sorted(
            found,
            key=lambda p: (
                -p.agreement.n, -p.n_limits, p.property, p.unit, p.one.key, p.other.key,
            ),
        )
    )  # fmt: skip


def in_a_line(pairs: Sequence[Pair]) -> str:
    """Return how well the two assays agree that share the most candidates."""
    if not pairs:
        return "no two of them measured the same candidate"
    pair = pairs[0]
    found, names = pair.agreement, labels((pair.one, pair.other))
    one, other = (names[a] or "(no name)" for a in (pair.one, pair.other))
    if found.n == 0:
        return (
            f"{one} and {other} share {_count(pair.n_limits)}, but one of the two states a limit "
            f"only; {pair.n_contradictory} of these contradict each other"
        )
    unit = "log units" if pair.is_log else pair.unit
    said = f"{one} and {other} share {_count(found.n)}: {other} lies {_by(found.bias)}"
    if math.isnan(found.sd):
        return f"{said} ({unit})"
    near = f"; {found.within[0]:.0%} within {TOLERANCES[0]}" if pair.is_log else ""
    return (
        f"{said} on average (95 % interval {found.bias_low:.2g} to {found.bias_high:.2g} {unit}), "
        f"single ones by {found.low:.2g} to {found.high:.2g}{near}"
    )


def _count(n: int) -> str:
    return "1 candidate" if n == 1 else f"{n} candidates"


def _by(bias: float) -> str:
    return f"{abs(bias):.2g} {'lower' if bias < 0 else 'higher'}"


def _pairs(property: str, unit: str, rows: list[Measurement]) -> Iterable[Pair]:
    """Yield the pairs of assays that share a candidate; the larger assay is the first."""
    by_assay: defaultdict[Assay, defaultdict[str, list[Measurement]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for m in rows:
        if m.subject:
            by_assay[assay_of(m)][m.subject].append(m)
    if len(by_assay) < 2:
        return
    known = {
        assay: {s: points(s, found, unit) for s, found in subjects.items()}
        for assay, subjects in by_assay.items()
    }
    ranked = sorted(known, key=lambda a: (-len(known[a]), a.key))
    by_subject: defaultdict[str, list[int]] = defaultdict(list)
    for place, assay in enumerate(ranked):
        for subject in known[assay]:
            by_subject[subject].append(place)
    shared = Counter(pair for places in by_subject.values() for pair in combinations(places, 2))
    for one, other in sorted(shared):
        first, second = ranked[one], ranked[other]
        yield _pair(property, unit, (first, second), known[first], known[second])


def _pair(
    property: str, unit: str, assays: tuple[Assay, Assay], one: _Known, other: _Known
) -> Pair:
    """Return what two assays say of the candidates that both know."""
    is_log = unit == "1" and property.startswith("p")
    exact: list[tuple[float, float]] = []
    n_limits = n_contradictory = 0
    for subject in sorted(one.keys() & other.keys()):
        here, there = one[subject], other[subject]
        if here[0].bound == there[0].bound == 0:
            exact.append((here[0].value, there[0].value))
            continue
        n_limits += 1
        n_contradictory += _contradict(here, there)
    values = np.array(exact, np.float64).reshape(-1, 2)
    return Pair(
        property=property,
        unit=unit,
        is_log=is_log,
        one=assays[0],
        other=assays[1],
        n_limits=n_limits,
        n_contradictory=n_contradictory,
        agreement=agreement(values[:, 0], values[:, 1], tolerances=TOLERANCES if is_log else ()),
    )


def _contradict(here: Iterable[Point], there: Iterable[Point]) -> bool:
    """Return whether no value is at once inside all limits of both."""
    every = [*here, *there]
    lowest = max((p.value for p in every if p.bound >= 0), default=-math.inf)
    highest = min((p.value for p in every if p.bound <= 0), default=math.inf)
    return lowest > highest
