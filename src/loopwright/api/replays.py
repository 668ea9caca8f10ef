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
from attrs import field, frozen
from attrs.validators import ge, gt, in_, min_len, optional

from loopwright.api.modality import modality_of
from loopwright.api.pages import provenance
from loopwright.api.replay_answers import Point, ReplayAnswer, Share, Span, StrategyAnswer
from loopwright.api.workspace import utc_now
from loopwright.core.errors import MissingExtraError, SpecError
from loopwright.core.values import Direction, RawFile
from loopwright.loop.replay import STRATEGIES, Plan, Replayed, replay
from loopwright.loop.series import Series, read_series
from loopwright.reports import views
from loopwright.reports.page import render

__all__ = ["Question", "demo_file", "headline", "replay_file", "traces"]

Watch = Callable[[Replayed, int], None]
"""Told of each replay that ends, and how many there are in all."""


@frozen(kw_only=True)
class Question:
    """What is replayed, how often, and what is looked for."""

    property: str = field(validator=min_len(1))
    """Column or property to replay."""

    direction: Direction = field(default="maximize", validator=in_(("maximize", "minimize")))
    structure: str = ""
    """The column of structures or sequences; guessed if blank."""

    modality: str = "molecules"
    """Kind of matter: ``molecules`` or ``proteins``."""

    parent: str = field(default="")
    """Of proteins, the sequence that mutations such as ``A23G`` are counted from."""

    start: int | None = field(default=None, validator=optional(ge(1)))
    """Candidates in the random start; 24 if blank, fewer in a small series."""

    batch: int | None = field(default=None, validator=optional(ge(1)))
    """Candidates in each batch; as many as the start if blank."""

    cycles: int = field(default=7, validator=ge(1))
    """Batches after the start."""

    seeds: int = field(default=10, validator=ge(1))
    """How many repetitions, each from its own start."""

    seed: int = field(default=0, validator=ge(0))
    """The first of them."""

    top: float = field(default=0.05, validator=gt(0.0))
    """What is looked for: a share below 1, or a number of candidates."""

    strategies: tuple[str, ...] = field(default=("loop", "random", "diverse"))
    """Names; ``loop`` is what a campaign does by default."""

    @parent.validator
    def _check_modality(self, _: object, value: str) -> None:
        modality_of(self.modality, value)

    @strategies.validator
    def _check(self, _: object, value: tuple[str, ...]) -> None:
        unknown = [s for s in value if s not in STRATEGIES]
        if unknown or not value:
            raise SpecError(
                f"Unknown strategies: {', '.join(unknown) or 'none given'}",
                where="--strategies",
                remedy=f"Choose from: {', '.join(STRATEGIES)}.",
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
        property=ask.property,
        direction=ask.direction,
        structure=ask.structure,
        modality=modality_of(ask.modality, ask.parent),
    )
    plan = _plan(ask, len(series.ids))
    n_all = ask.seeds * len(ask.strategies)
    results = replay(
        series,
        plan,
        ask.strategies,
        range(ask.seed, ask.seed + ask.seeds),
        n_workers=n_workers,
        watch=lambda one: watch(one, n_all),
    )
    optimum = series.best_of(set(series.ids))
    answer = ReplayAnswer(
        file=file.name,
        property=series.property,
        direction=ask.direction,
        n_pool=len(series.ids),
        n_measured=plan.n_measured,
        top=plan.top,
        top_text=f"top {100 * ask.top:g} %" if ask.top < 1 else f"top {plan.top}",
        optimum=optimum,
        seeds=ask.seeds,
        quarantined=len(series.quarantine),
        quarantine=series.quarantine,
        strategies={
            s: _summed([r for r in results if r.strategy == s], optimum) for s in ask.strategies
        },
    )
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(render(_page(answer, series, ask.seed)), encoding="utf-8")
    return answer


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


def _plan(ask: Question, n_pool: int) -> Plan:
    """Return what is bought; refuse more than there is."""
    start = ask.start or min(24, max(1, n_pool // 8))
    top = math.ceil(ask.top * n_pool) if ask.top < 1 else int(ask.top)
    plan = Plan(start=start, batch=ask.batch or start, cycles=ask.cycles, top=top)
    if plan.n_measured > n_pool or top > n_pool:
        raise SpecError(
            f"{plan.n_measured} measurements and a top of {top} do not fit {n_pool} candidates",
            where="--start, --batch, --cycles, --top",
            remedy="Ask for less.",
        )
    return plan


def _summed(results: Sequence[Replayed], optimum: float) -> StrategyAnswer:
    """Return the mean over seeds, with 95 % intervals of that mean."""
    last = _share([r.found[-1] for r in results])
    curve = []
    for cycle, measured in enumerate(results[0].measured):
        at = _share([r.found[cycle] for r in results])
        best = round(float(np.mean([r.best[cycle] for r in results])), 6)
        curve.append(Point(measured=measured, mean=at.mean, low=at.low, high=at.high, best=best))
    seconds = [s for r in results for s in r.seconds]
    bests = [r.best[-1] for r in results]
    return StrategyAnswer(
        found=last,
        best=_span(bests),
        regret=round(float(np.mean([abs(optimum - b) for b in bests])), 6),
        curve=tuple(curve),
        seconds_per_cycle=round(float(np.mean(seconds)), 4),
        peak_mb=max(r.peak_mb for r in results),
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


def traces(answer: ReplayAnswer) -> tuple[views.Trace, ...]:
    """Return the optimisation trace of all strategies, with their bands."""
    curves = tuple(
        views.Curve(
            label=name,
            measured=tuple(p.measured for p in s.curve),
            mean=tuple(p.mean for p in s.curve),
            low=tuple(p.low for p in s.curve if p.low is not None),
            high=tuple(p.high for p in s.curve if p.high is not None),
            is_baseline=name in {"random", "diverse"},
        )
        for name, s in answer.strategies.items()
    )
    return (
        views.Trace(
            title=f"Share of the true {answer.top_text} found",
            y_title="Share found",
            curves=curves,
            is_share=True,
            note=(
                f"Mean of {answer.seeds} replays, each from its own random start; "
                "bands: 95 % interval of that mean."
            ),
        ),
    )


def headline(answer: ReplayAnswer) -> str:
    """Return the outcome as a sentence for a meeting."""
    named = list(answer.strategies.items())
    first, others = named[0], named[1:]
    rest = ", ".join(f"{name} {100 * s.found.mean:.0f} %" for name, s in others)
    whose = "The loop" if first[0] == "loop" else f"The strategy '{first[0]}'"
    return (
        f"{whose} found {100 * first[1].found.mean:.0f} % of the true {answer.top_text} by "
        f"measuring {answer.n_measured} of {answer.n_pool} candidates"
        f"{f' ({rest})' if rest else ''}."
    )


def _page(answer: ReplayAnswer, series: Series, seed: int) -> views.Page:
    return views.Page(
        title=f"Replay of {answer.file}",
        subtitle=f"{answer.property}, to {answer.direction}",
        question="How many experiments would the loop have saved on this project?",
        headline=headline(answer),
        traces=traces(answer),
        quarantine=tuple(
            views.QuarantineRow(
                file=answer.file,
                row=q.row,
                column=q.column,
                value=q.value,
                reason=q.reason,
                remedy=q.remedy,
            )
            for q in answer.quarantine
        ),
        provenance=provenance(seed=seed, inputs=((answer.file, series.sha256),)),
        generated_at=utc_now(),
    )
