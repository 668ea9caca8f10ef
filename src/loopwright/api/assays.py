# SPDX-License-Identifier: Apache-2.0
"""Which assays the values come from, and how well they agree, before anybody pools them.

Needs no decision and makes none: a workspace whose assays nobody has chosen among can be asked,
and so can a file.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from attrs import frozen

from loopwright.api.files import read_file, read_mapping
from loopwright.api.workspace import Workspace
from loopwright.core.ports import Modality
from loopwright.core.values import Measurement, RawTable
from loopwright.data.assays import Assay, assay_of, differences, labels
from loopwright.data.comparison import TOLERANCES, Pair, compare, in_a_line, on_scale
from loopwright.data.mapping import ColumnMapping
from loopwright.data.points import usable
from loopwright.data.tables import read_measurements
from loopwright.data.targets import replicate_std
from loopwright.data.whose import Register
from loopwright.loop.tabling import guessed, take_tables
from loopwright.registry import build
from loopwright.science.agreement import agreement

__all__ = ["Agreeing", "Assays", "Drift", "OneAssay", "assays"]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*")


@frozen(kw_only=True)
class Drift:
    """How much later values of the same candidates differ from the earliest."""

    n: int
    """Candidates measured on more than one date."""

    bias: float
    low: float | None
    high: float | None
    """95 % interval of the mean difference; None if there is one candidate only."""


@frozen(kw_only=True)
class OneAssay:
    """One assay of one property, and how its values lie."""

    label: str
    """As the goal's ``assays`` in a campaign file takes it."""

    property: str
    unit: str
    """``1`` for log units: concentrations are shown on the p-scale."""

    id: str
    version: str
    conditions: Mapping[str, str]
    """What is known of species, cell line, target and the rest."""

    n: int
    """Values a model could learn from."""

    n_candidates: int
    n_limits: int
    low: float | None
    median: float | None
    high: float | None
    """Of exact values."""

    replicate_sd: float | None
    """Of one run; None where nothing was measured twice and no spread is stated."""

    first_date: str
    last_date: str
    """Blank where the measurements have no date in the form 2026-03-04."""

    n_dates: int
    drift: Drift | None
    """None where no candidate was measured on two dates."""


@frozen(kw_only=True)
class Agreeing:
    """How well two assays agree on the candidates that both have measured."""

    property: str
    unit: str
    one: str
    other: str
    differ_in: tuple[str, ...]
    """Conditions that differ, or are known in one of the two only."""

    n_shared: int
    """Candidates with an exact value in both; the figures are theirs."""

    n_limits: int
    """Candidates of both of which one assay states a limit only."""

    n_contradictory: int
    """Of these: those where the two cannot both be right."""

    bias: float | None
    """Mean of ``other - one``."""

    bias_low: float | None
    bias_high: float | None
    sd: float | None
    """Standard deviation of the differences."""

    low: float | None
    high: float | None
    """95 % limits of agreement."""

    pearson: float | None
    spearman: float | None
    within: Mapping[str, float]
    """Tolerance in log units -> share of candidates within it."""

    told: str
    """The same in a sentence."""


@frozen(kw_only=True)
class Assays:
    """All assays of a workspace or a file, and every pair that shares candidates."""

    source: str
    assays: tuple[OneAssay, ...]
    pairs: tuple[Agreeing, ...]


def assays(
    source: Workspace | Path | str,
    *,
    property: str = "",
    mapping: Path | None = None,
    modality: str = "molecules",
) -> Assays:
    """Return the assays of a workspace or a file, and how well they agree; changes nothing.

    Args:
        source: A workspace, or any file that a reader knows.
        property: The property to look at, as in the data (IC50) or on the p-scale (pIC50); all
            if blank.
        mapping: What the columns of a file mean; guessed if not given.
        modality: Kind of matter in a file.

    Raises:
        DataError: The file cannot be read, or no table of it names a candidate.
        NotReadyError: This is no workspace.
    """
    if isinstance(source, Workspace):
        name, measured = _in_workspace(source)
    else:
        name, measured = _in_file(source, mapping, modality)
    replaced = {m.supersedes for m in measured if m.supersedes}
    scaled = [on_scale(m) for m in measured if m.measurement_id not in replaced]
    if property:
        scaled = [m for m in scaled if m.standard_type in {property, f"p{property}"}]
    return Assays(
        source=name,
        assays=_described(scaled),
        pairs=tuple(_told(pair) for pair in compare(scaled)),
    )


def _in_workspace(workspace: Workspace) -> tuple[str, list[Measurement]]:
    """Return every measurement of a campaign, without asking which of them may be pooled."""
    record = workspace.reading().record
    tables = (record.store.get(f.measurements_sha256) for f in record.state.files)
    return record.campaign, [m for table in tables for m in read_measurements(table)]


def _in_file(
    path: Path | str, mapping: Path | None, modality: str
) -> tuple[str, list[Measurement]]:
    file = read_file(path)
    given = read_mapping(mapping) if mapping else None
    matter: Modality = build("modalities", modality, {})

    def meaning(table: RawTable) -> ColumnMapping:
        return (given.of(table.sheet) if given else None) or guessed(table)

    _, intake = take_tables(
        file, meaning, modality, matter, campaign="assays", register=Register(is_open=True)
    )
    return file.name, list(intake.measurements)


def _described(scaled: Sequence[Measurement]) -> tuple[OneAssay, ...]:
    """Return each assay of each property, the largest first."""
    groups: defaultdict[tuple[str, str], defaultdict[Assay, list[Measurement]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for m in scaled:
        for kept in usable([m], m.standard_type):
            groups[m.standard_type, m.standard_units][assay_of(m)].append(kept)
    found = [
        _one(assay, name, rows)
        for by_assay in groups.values()
        for assay, name in labels(by_assay).items()
        for rows in (by_assay[assay],)
    ]
    return tuple(sorted(found, key=lambda a: (a.property, a.unit, -a.n, a.label)))


def _one(assay: Assay, label: str, rows: Sequence[Measurement]) -> OneAssay:
    first = rows[0]
    exact = [m for m in rows if m.standard_relation in "=~"]
    values = np.array([m.standard_value for m in exact], np.float64)
    dates = sorted({m.measured_at[:10] for m in rows if _DATE.fullmatch(m.measured_at)})
    return OneAssay(
        label=label,
        property=first.standard_type,
        unit=first.standard_units,
        id=assay.id,
        version=assay.version,
        conditions=dict(sorted(assay.conditions.items())),
        n=len(rows),
        n_candidates=len({m.subject for m in rows}),
        n_limits=len(rows) - len(exact),
        low=float(values.min()) if len(values) else None,
        median=float(np.median(values)) if len(values) else None,
        high=float(values.max()) if len(values) else None,
        replicate_sd=_finite(replicate_std(rows, first.standard_type, first.standard_units)),
        first_date=dates[0] if dates else "",
        last_date=dates[-1] if dates else "",
        n_dates=len(dates),
        drift=_drift(exact),
    )


def _drift(exact: Sequence[Measurement]) -> Drift | None:
    """Return how the last values of candidates differ from their first, by date."""
    by_subject: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for m in exact:
        if _DATE.fullmatch(m.measured_at) and m.standard_value is not None:
            by_subject[m.subject][m.measured_at[:10]].append(m.standard_value)
    repeated = [days for _, days in sorted(by_subject.items()) if len(days) > 1]
    if not repeated:
        return None
    ends = [[math.fsum(d[k]) / len(d[k]) for k in (min(d), max(d))] for d in repeated]
    change = agreement(*np.array(ends, np.float64).T)
    return Drift(
        n=change.n, bias=change.bias, low=_finite(change.bias_low), high=_finite(change.bias_high)
    )


def _told(pair: Pair) -> Agreeing:
    found, names = pair.agreement, labels((pair.one, pair.other))
    return Agreeing(
        property=pair.property,
        unit=pair.unit,
        one=names[pair.one],
        other=names[pair.other],
        differ_in=differences(pair.one, pair.other),
        n_shared=found.n,
        n_limits=pair.n_limits,
        n_contradictory=pair.n_contradictory,
        bias=_finite(found.bias),
        bias_low=_finite(found.bias_low),
        bias_high=_finite(found.bias_high),
        sd=_finite(found.sd),
        low=_finite(found.low),
        high=_finite(found.high),
        pearson=_finite(found.pearson),
        spearman=_finite(found.spearman),
        within={
            f"{t}": share
            for t, share in zip(TOLERANCES, found.within, strict=False)
            if not math.isnan(share)
        },
        told=in_a_line([pair]),
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
