# SPDX-License-Identifier: Apache-2.0
"""What a person should look at before the values of a file are used, and what to do about it.

Each concern is one line, however many assays it touches. It flags no row: the counts of a file
stay what its intake made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from attrs import frozen

from loopwright.data.dates import Dates
from loopwright.data.drift import Drift
from loopwright.data.profile import Profile

__all__ = ["MATTER", "Concern", "concerns"]

Level = Literal["serious", "look", "note"]
LEVELS: tuple[Level, ...] = ("serious", "look", "note")

MATTER = "matter"
"""The concern of a file that holds another kind of matter than was looked for."""

MANY_CENSORED = 0.3
WIDE_NOISE = 3.0
"""Replicates of one laboratory mostly agree within a factor of two."""

ENOUGH = 10
"""Values below which an assay is too small to be judged."""

P_TREND, P_BETWEEN = 0.01, 0.001
CLEAR_SHARE = 0.14
"""Share of variance between runs that is called large (Cohen)."""


@frozen(kw_only=True)
class Concern:
    """One thing to look at."""

    level: Level
    """``serious``: values may be wrong. ``look``: could be right or wrong. ``note``: to know."""

    kind: str
    """A key: ``units``, ``drift-date``, ``drift-plate``, ``dates``, ``cliffs``, ``scatter``,
    ``censored``, ``heaping``, ``rounding``, ``copies``, ``no-replicates``, ``matter``."""

    what: str
    remedy: str
    assays: tuple[str, ...]
    """The assays that it touches, the worst first, as property, unit and assay."""


Told = tuple[Profile, float, str]
"""An assay, how bad it is there, and in words."""


def concerns(profiles: Sequence[Profile], dates: Dates) -> tuple[Concern, ...]:
    """Return what to look at in these assays, the most serious first.

    Args:
        profiles: Of one file.
        dates: What its dates mean.
    """
    found = [
        *_dates(dates),
        *(c for rule in _RULES for c in rule(profiles)),
    ]
    return tuple(sorted(found, key=lambda c: LEVELS.index(c.level)))


def _merged(level: Level, kind: str, told: Iterable[Told], remedy: str) -> list[Concern]:
    """Return one concern for all assays that share a kind; the worst gives the words."""
    ranked = sorted(told, key=lambda t: (-t[1], t[0].label()))
    if not ranked:
        return []
    worst, _, words = ranked[0]
    more = f" (and {len(ranked) - 1} more)" if len(ranked) > 1 else ""
    return [
        Concern(
            level=level,
            kind=kind,
            what=f"{worst.label()}: {words}{more}",
            remedy=remedy,
            assays=tuple(p.label() for p, _, _ in ranked),
        )
    ]


def _units(profiles: Sequence[Profile]) -> list[Concern]:
    told: list[Told] = []
    for p in profiles:
        if p.n_thousand_apart:
            words = f"{_count(p.n_thousand_apart)} values that differ by exactly 1,000x"
            told.append((p, 1e6 + p.n_thousand_apart, f"{words}, as nM and uM do"))
        elif p.gap:
            words = (
                f"{p.gap.n_below} values up to {p.gap.below:.3g} and {p.gap.n_above} from "
                f"{p.gap.above:.3g}, {p.gap.factor:,.0f}x apart with nothing between"
            )
            told.append((p, 1e3 + p.gap.n_below, words))
        elif p.n_far_apart:
            told.append((p, p.n_far_apart, f"{_count(p.n_far_apart)} values 100x or more apart"))
    remedy = "Look whether two units are mixed; give the unit by a column, or correct the rows."
    is_seen = any(p.n_far_apart for p, _, _ in told)
    return _merged("serious" if is_seen else "look", "units", told, remedy)


def _drift(
    profiles: Sequence[Profile], kind: str, of: Callable[[Profile], Drift | None]
) -> list[Concern]:
    """Return what moves from run to run: apart where the same candidates show it."""
    moved = [(p, d) for p in profiles if (d := of(p)) is not None and _moves(p, d)]
    matched = [(p, d.in_noise or 0.0, _drift_words(p, d)) for p, d in moved if d.is_matched]
    other = [(p, d.share_between, _drift_words(p, d)) for p, d in moved if not d.is_matched]
    return [
        *_merged(
            "serious",
            kind,
            matched,
            "Correct by the controls of each run, or leave the runs out that moved.",
        ),
        *_merged(
            "look",
            kind,
            other,
            "The runs hold different candidates: compare their controls before you trust it.",
        ),
    ]


def _moves(p: Profile, d: Drift) -> bool:
    """Return whether runs differ by more than chance, and by more than noise."""
    if d.n_values < ENOUGH:
        return False
    is_trend = d.p_trend is not None and d.p_trend < P_TREND
    is_apart = d.p_between < P_BETWEEN and d.share_between >= CLEAR_SHARE
    levels = [r.shift if d.is_matched else r.median for r in d.runs]
    known = [v for v in levels if v is not None]
    return (is_trend or is_apart) and max(known) - min(known) > (p.noise or 0.0)


def _drift_words(p: Profile, d: Drift) -> str:
    basis = "the same candidates" if d.is_matched else "medians"
    noise = f", {d.in_noise:.1f}x the noise of one value" if d.in_noise is not None else ""
    if p.scale == "linear":
        size = f"{d.last_less_first:+.3g}"
    else:
        size = f"{d.last_less_first:+.2f} log10 units"
    if d.p_trend is not None and d.p_trend < P_TREND and d.by != "plate":
        way = "rise" if (d.tau or 0) > 0 else "fall"
        return f"{basis} {way} over {len(d.runs)} {d.by}s ({size}{noise}; p = {d.p_trend:.1g})"
    return f"{basis} differ between {len(d.runs)} {d.by}s (last less first {size}{noise}; " + (
        f"p = {d.p_between:.1g})"
    )


def _by_date(profiles: Sequence[Profile]) -> list[Concern]:
    return _drift(profiles, "drift-date", lambda p: p.by_date)


def _by_plate(profiles: Sequence[Profile]) -> list[Concern]:
    return _drift(profiles, "drift-plate", _plates)


def _plates(p: Profile) -> Drift | None:
    """Return the drift by plate, unless each date is one plate: then it is told by date."""
    day, plate = p.by_date, p.by_plate
    if day and plate and (len(day.runs), day.p_between) == (len(plate.runs), plate.p_between):
        return None
    return plate


def _dates(dates: Dates) -> list[Concern]:
    if not dates.unread:
        return []
    first = ", ".join(repr(t[:30]) for t in dates.unread[:3])
    why = "could be two days" if dates.is_ambiguous else "are no dates"
    return [
        Concern(
            level="look",
            kind="dates",
            what=f"{len(dates.unread)} texts of the date column {why}: {first}",
            remedy="Write dates as 2026-03-04; drift by date leaves these values out.",
            assays=(),
        )
    ]


def _cliffs(profiles: Sequence[Profile]) -> list[Concern]:
    told: list[Told] = []
    for p in profiles:
        if p.cliffs and p.cliffs.n:
            worst = p.cliffs.worst[0]
            pairs = "1 pair of like candidates differs much"
            if p.cliffs.n > 1:
                pairs = f"{p.cliffs.n} pairs of like candidates differ much"
            size = f"{worst.difference:.2f} log10 units" if p.scale != "linear" else ""
            told.append(
                (
                    p,
                    p.cliffs.n,
                    f"{pairs}; the worst: "
                    f"{_name(worst.low.name, worst.low.candidate_id)} and "
                    f"{_name(worst.high.name, worst.high.candidate_id)}, similarity "
                    f"{worst.similarity:.2f}, apart by {size or f'{worst.difference:.3g}'}",
                )
            )
    remedy = "Look at the pairs: a swapped sample or a wrong structure, or what the series teaches."
    return _merged("look", "cliffs", told, remedy)


def _scatter(profiles: Sequence[Profile]) -> list[Concern]:
    told = [
        (p, p.replicate_fold, f"{p.n_replicated} candidates repeat within {p.replicate_fold:.1f}x")
        for p in profiles
        if p.replicate_fold is not None and p.replicate_fold >= WIDE_NOISE and p.n_replicated >= 3
    ]
    remedy = "Look whether different procedures share a name; say which by an assay column."
    return _merged("look", "scatter", told, remedy)


def _censored(profiles: Sequence[Profile]) -> list[Concern]:
    told = [
        (p, p.n_censored / p.n, f"{p.n_censored} of {p.n} values are limits")
        for p in profiles
        if p.n >= ENOUGH and p.n_censored >= MANY_CENSORED * p.n
    ]
    remedy = "Keep them as limits; measure over a wider range if these candidates matter."
    return _merged("note", "censored", told, remedy)


def _heaping(profiles: Sequence[Profile]) -> list[Concern]:
    told = [
        (p, h.n / p.n, f"{h.n} of {p.n} values are exactly {h.value:.6g}")
        for p in profiles
        for h in p.heaps[:1]
        if p.n >= ENOUGH and h.n >= 0.15 * p.n
    ]
    remedy = "Look whether it stands for a limit or for 'no effect'; write limits as '> 10'."
    return _merged("look", "heaping", told, remedy)


def _rounding(profiles: Sequence[Profile]) -> list[Concern]:
    told = [
        (p, p.step / p.noise, f"rounded to {p.step:g}, more than the noise of {p.noise:.2g}")
        for p in profiles
        if p.step is not None and p.noise is not None and p.noise > 0 and p.step > p.noise
    ]
    remedy = "Ask for the values with more digits."
    return _merged("note", "rounding", told, remedy)


def _copies(profiles: Sequence[Profile]) -> list[Concern]:
    told: list[Told] = []
    for p in profiles:
        if p.n_copies:
            rows = "1 row repeats" if p.n_copies == 1 else f"{p.n_copies} rows repeat"
            told.append((p, p.n_copies, f"{rows} another one letter for letter"))
        elif p.n_equal_pairs >= 3 and 2 * p.n_equal_pairs >= p.n_replicated:
            words = f"{p.n_equal_pairs} of {p.n_replicated} repeats give the very same number"
            told.append((p, p.n_equal_pairs, words))
    remedy = "Take them as one measurement unless they were measured twice."
    return _merged("note", "copies", told, remedy)


def _no_replicates(profiles: Sequence[Profile]) -> list[Concern]:
    told: list[Told] = [
        (p, p.n, f"none of {p.n_candidates} candidates was measured twice; its noise is unknown")
        for p in profiles
        if p.n >= ENOUGH and not p.n_replicated
    ]
    remedy = "Measure some candidates twice in every batch."
    return _merged("note", "no-replicates", told, remedy)


def _count(n: int) -> str:
    return "1 candidate has" if n == 1 else f"{n} candidates have"


def _name(name: str, id: str) -> str:
    return name or id


_RULES: tuple[Callable[[Sequence[Profile]], list[Concern]], ...] = (
    _units, _by_date, _by_plate, _scatter, _cliffs, _heaping, _censored, _copies, _rounding,
    _no_replicates,
)  # fmt: skip
