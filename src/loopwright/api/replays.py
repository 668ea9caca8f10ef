# SPDX-License-Identifier: Apache-2.0
"""Replay a finished project, and the demo that does so on data that come with RDKit."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import ge, gt, min_len, optional

from loopwright.api.goals import as_goals, read_screen
from loopwright.api.modality import modality_of
from loopwright.api.replay_answers import (
    HYPERVOLUME,
    Point,
    ReplayAnswer,
    Share,
    Span,
    StrategyAnswer,
)
from loopwright.api.replay_page import page_of
from loopwright.core.errors import MissingExtraError, SpecError
from loopwright.core.values import RawFile
from loopwright.data.where import Where, as_conditions
from loopwright.loop.reached import reach
from loopwright.loop.related import RELATED, read_related
from loopwright.loop.replay import FIRST_CHOICE, FUNNEL, STRATEGIES, Plan, Replayed, replay
from loopwright.loop.series import Series, read_series
from loopwright.reports.page import render
from loopwright.spec.campaign import misfit
from loopwright.spec.goal import Goal, aim_of, is_manifold, wanted
from loopwright.spec.screen import Screen

__all__ = ["Question", "demo_file", "replay_file"]

Watch = Callable[[Replayed, int], None]
"""Told of each replay that ends, and how many there are in all."""


@frozen(kw_only=True)
class Question:
    """What is replayed, how often, and what is looked for."""

    goals: tuple[Goal, ...] = field(converter=as_goals, validator=min_len(1))
    """Columns or properties to replay, and what is wanted of each; also as texts such as
    ``pIC50:max``."""

    structure: str = ""
    """The column of structures or sequences; of chains ``heavy,light``; guessed if blank."""

    modality: str = "molecules"
    """Kind of matter: ``molecules``, ``proteins`` or ``recipes``."""

    settings: tuple[str, ...] = ()
    """Of recipes, the columns that make them: temperature, solvent ..."""

    first_position: int = field(default=1, validator=ge(0))
    """The number that a mutation gives to the first residue of the parent."""

    parent: str = field(default="")
    """Of proteins, the sequence that mutations such as ``A23G`` are counted from."""

    where: tuple[Where, ...] = field(default=(), converter=as_conditions)
    """What columns must say for a row to be replayed; also as texts such as ``mw<500``."""

    start: int | None = field(default=None, validator=optional(ge(1)))
    """Candidates in the random start; 24 if blank, fewer in a small series."""

    batch: int | None = field(default=None, validator=optional(ge(1)))
    """Candidates in each batch; as many as the start if blank."""

    cycles: int = field(default=7, validator=ge(1))
    """Batches after the start."""

    cost: str = ""
    """The column of what a candidate costs, or a number; every one costs 1 if blank."""

    budget: float | None = field(default=None, validator=optional(gt(0.0)))
    """What all batches together may cost; each may spend an even part of what is left."""

    seeds: int = field(default=10, validator=ge(1))
    """How many repetitions, each from its own start."""

    seed: int = field(default=0, validator=ge(0))
    """The first of them."""

    top: float = field(default=0.05, validator=gt(0.0))
    """What is looked for: a share below 1, or a number of candidates."""

    related: RawFile | None = None
    """Values of a related series; the strategy ``related`` starts and learns by it."""

    related_property: str = ""
    """The property in that file; that of the first goal if blank."""

    screen: str = ""
    """The column of a cheaper assay of the same thing; ``COLUMN:min`` where its small values
    promise something and the goal's large ones do, or the other way round."""

    screen_cost: float | None = field(default=None, validator=optional(gt(0.0)))
    """Of one screen, in the unit of the budget."""

    strategies: tuple[str, ...] = field(default=("loop", "random", "diverse"))
    """Names; ``loop`` is what a campaign does by default."""

    @goals.validator
    def _check_goals(self, _: object, value: tuple[Goal, ...]) -> None:
        asked = [STRATEGIES.get(s, ((), ""))[1] for s in self.strategies if s != FIRST_CHOICE]
        if refused := [why for proposer in asked if (why := misfit(proposer, value))]:
            raise SpecError(
                "; ".join(refused),
                where="--strategies",
                remedy="Take loop, random or diverse.",
            )

    @parent.validator
    def _check_modality(self, _: object, value: str) -> None:
        modality_of(self.modality, value, self.settings, first_position=self.first_position)

    @strategies.validator
    def _check(self, _: object, value: tuple[str, ...]) -> None:
        unknown = [s for s in value if s not in STRATEGIES]
        if unknown or not value:
            raise SpecError(
                f"Unknown strategies: {', '.join(unknown) or 'none given'}",
                where="--strategies",
                remedy=f"Choose from: {', '.join(STRATEGIES)}.",
            )
        if RELATED in value and self.related is None:
            raise SpecError(
                "The strategy 'related' needs a related series",
                where="--strategies",
                remedy="Give one with --related FILE.",
            )
        if FUNNEL in value and not self.screen:
            raise SpecError(
                "The strategy 'funnel' needs a screen",
                where="--strategies",
                remedy="Name one with --screen COLUMN --screen-cost X.",
            )


def replay_file(
    file: RawFile,
    question: Question,
    *,
    n_workers: int = 1,
    report: Path | None = None,
    watch: Watch = lambda *_: None,
) -> ReplayAnswer:
    """Replay a finished project: how many experiments would the loop have saved?

    Args:
        file: Structures or sequences, and measured values (CSV, TSV, SMI, SDF; also gzipped).
        question: What is replayed and looked for.
        n_workers: Processes. More than one needs a script that is guarded by
            ``if __name__ == "__main__"``.
        report: Where to write a page, if anywhere.
        watch: Told of each replay as it ends.

    Raises:
        DataError: The file cannot be read, or has fewer than ten candidates with a value.
        SpecError: More is asked for than the file holds.
    """
    ask = question
    series = read_series(
        file,
        ask.goals,
        structure=ask.structure,
        settings=ask.settings,
        cost=ask.cost,
        screen=_screen(ask),
        where=ask.where,
        modality=modality_of(
            ask.modality, ask.parent, ask.settings, first_position=ask.first_position
        ),
    )
    if ask.related is not None:
        related = read_related(
            ask.related, ask.goals[0], series.modality, property=ask.related_property
        )
        series = evolve(series, related=related)
    plan = _plan(ask, series)
    n_all = ask.seeds * len(ask.strategies)
    results = replay(
        series,
        plan,
        ask.strategies,
        range(ask.seed, ask.seed + ask.seeds),
        n_workers=n_workers,
        watch=lambda one: watch(one, n_all),
    )
    answer = _answer(file.name, ask, series, plan, results)
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(render(page_of(answer, series, ask.seed)), encoding="utf-8")
    return answer


def _answer(
    file: str, ask: Question, series: Series, plan: Plan, results: Sequence[Replayed]
) -> ReplayAnswer:
    """Return what the replays showed."""
    whole = reach(series, series.ids, plan.top)
    return ReplayAnswer(
        file=file,
        property=series.goals[0].property,
        direction=series.goals[0].direction,
        goals=tuple(aim_of(goal) for goal in series.goals),
        n_pool=len(series.ids),
        n_measured=plan.n_measured,
        top=plan.top,
        top_text=_sought(ask, plan),
        n_hits=whole.hits,
        budget=plan.budget,
        screen=series.screen.property if series.screen else "",
        screen_cost=ask.screen_cost,
        optimum=whole.best,
        seeds=ask.seeds,
        quarantined=len(series.quarantine),
        quarantine=series.quarantine,
        barred=series.barred,
        strategies={
            s: _summed([r for r in results if r.strategy == s], whole.best) for s in ask.strategies
        },
        stand_ins=dict(series.stand_ins),
    )


def demo_file() -> RawFile:
    """Return the 1,017 measured sodium-channel inhibitors that RDKit's wheel carries, as CSV.

    Raises:
        MissingExtraError: RDKit is installed without its contributed data.
    """
    spec = find_spec("rdkit")
    assert spec is not None and spec.origin is not None, "rdkit is a dependency"
    folder = Path(spec.origin).parent / "Contrib" / "FreeWilson" / "data"
    try:
        smiles = (folder / "CHEMBL2321810.smi").read_text(encoding="utf-8")
        values = (folder / "CHEMBL2321810_act.csv").read_text(encoding="utf-8")
    except OSError as ex:
        raise MissingExtraError(
            f"This RDKit carries no {ex.filename}",
            where="rdkit",
            remedy="Install rdkit from its wheel: pip install --force-reinstall rdkit",
        ) from ex
    by_name = {row["Name"]: row["Act"] for row in csv.DictReader(io.StringIO(values))}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["smiles", "name", "pIC50"])
    for line in smiles.splitlines():
        structure, name = line.split()
        writer.writerow([structure, name, by_name[name]])
    return RawFile(name="CHEMBL2321810.csv", content=text.getvalue().encode())


def _plan(ask: Question, series: Series) -> Plan:
    """Return what is bought; refuse more than there is, and limits that nobody keeps."""
    n_pool, n_kept = len(series.ids), int(series.is_kept.sum())
    if not n_kept:
        raise SpecError(
            f"None of {n_pool} candidates keeps the limits",
            where="--goal",
            remedy="Loosen a limit.",
        )
    start = ask.start or min(24, max(1, n_pool // 8))
    top = math.ceil(ask.top * n_kept) if ask.top < 1 else int(ask.top)
    batch = ask.batch or start
    budget = ask.budget
    if budget is None and series.screen is not None:
        each = 1.0 if series.costs is None else float(series.costs.mean())
        budget = each * (start + batch * ask.cycles)
    plan = Plan(start=start, batch=batch, cycles=ask.cycles, top=top, budget=budget)
    if plan.n_measured > n_pool or top > n_kept:
        raise SpecError(
            f"{plan.n_measured} measurements and a top of {top} do not fit {n_pool} candidates",
            where="--start, --batch, --cycles, --top",
            remedy="Ask for less.",
        )
    return plan


def _screen(ask: Question) -> Screen | None:
    """Return the cheaper assay, if one is named; refuse it beside several goals."""
    found = read_screen(ask.screen, ask.screen_cost)
    if found is not None and is_manifold(ask.goals):
        raise SpecError(
            "A screen stands beside one goal, the more or the less the better",
            where="--screen",
            remedy="Replay one --property.",
        )
    return found


def _sought(ask: Question, plan: Plan) -> str:
    """Say what is looked for."""
    if len(wanted(ask.goals)) > 1:
        return HYPERVOLUME
    top = f"top {100 * ask.top:g} %" if ask.top < 1 else f"top {plan.top}"
    return f"{top} within the limits" if any(goal.limit for goal in ask.goals) else top


def _summed(results: Sequence[Replayed], optimum: float) -> StrategyAnswer:
    """Return the mean over seeds, with 95 % intervals of that mean."""
    last = _share([r.found[-1] for r in results])
    curve = [_point(results, cycle) for cycle in range(max(len(r.measured) for r in results))]
    seconds = [s for r in results for s in r.seconds]
    bests = [r.best[-1] for r in results]
    return StrategyAnswer(
        found=last,
        best=_span(bests),
        regret=round(float(np.mean([abs(optimum - b) for b in bests])), 6),
        curve=tuple(curve),
        seconds_per_cycle=round(float(np.mean(seconds)), 4),
        peak_mb=max(r.peak_mb for r in results),
        hits=_span([float(r.hits[-1]) for r in results]),
        screened=round(float(np.mean([r.screened[-1] for r in results])), 3),
        spent=round(float(np.mean([r.spent[-1] for r in results])), 6),
    )


def _point(results: Sequence[Replayed], cycle: int) -> Point:
    """Return the mean over seeds after a cycle; who ended before then stays where he ended."""
    at = [(r, min(cycle, len(r.measured) - 1)) for r in results]
    found = _share([r.found[i] for r, i in at])
    return Point(
        measured=round(float(np.mean([r.measured[i] for r, i in at]))),
        screened=round(float(np.mean([r.screened[i] for r, i in at]))),
        spent=round(float(np.mean([r.spent[i] for r, i in at])), 6),
        mean=found.mean,
        low=found.low,
        high=found.high,
        hits=round(float(np.mean([r.hits[i] for r, i in at])), 3),
        best=round(float(np.mean([r.best[i] for r, i in at])), 6),
    )


def _share(values: Sequence[float]) -> Share:
    """Return mean and 95 % t interval of the mean, cut to 0..1."""
    span = _span(values)
    if span.low is None or span.high is None:
        return Share(mean=span.mean, low=None, high=None)
    return Share(mean=span.mean, low=max(span.low, 0.0), high=min(span.high, 1.0))


def _span(values: Sequence[float]) -> Span:
    """Return mean and 95 % t interval of the mean."""
    from scipy.stats import t

    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return Span(mean=mean, low=None, high=None)
    half = float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / math.sqrt(n))
    return Span(mean=round(mean, 6), low=round(mean - half, 6), high=round(mean + half, 6))
