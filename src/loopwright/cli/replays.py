# SPDX-License-Identifier: Apache-2.0
"""Commands that ask the past: replay, demo."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loopwright.cli.options import (
    Budget,
    Conditions,
    Cost,
    FirstPosition,
    Goals,
    Json,
    listed,
    told_by,
    wanted,
)

if TYPE_CHECKING:
    from loopwright.api.replay_answers import ReplayAnswer
    from loopwright.loop.replay import Replayed

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (replay, demo):
        app.command()(command)


Workers = Annotated[int | None, typer.Option(help="Processes; as many as cores if not given.")]


def replay(
    file: Annotated[Path, typer.Argument(help="Structures and measured values.")],
    property: Annotated[str, typer.Option(help="Column or property to replay.")] = "",
    direction: Annotated[str, typer.Option(help="maximize or minimize.")] = "maximize",
    goal: Goals = None,
    structure: Annotated[str, typer.Option(help="The column of structures.")] = "",
    modality: Annotated[str, typer.Option(help="molecules, proteins or recipes.")] = "molecules",
    sequence: Annotated[
        str, typer.Option(help="The column of sequences or mutations; heavy,light for two chains.")
    ] = "",
    parent: Annotated[str, typer.Option(help="The sequence that mutations count from.")] = "",
    first_position: FirstPosition = 1,
    settings: Annotated[str, typer.Option(help="Of recipes, their columns, by comma.")] = "",
    where: Conditions = None,
    start: Annotated[int | None, typer.Option(help="Candidates in the random start.")] = None,
    batch: Annotated[int | None, typer.Option(help="Candidates in each batch.")] = None,
    cycles: Annotated[int, typer.Option(help="Batches after the start.")] = 7,
    cost: Cost = "",
    budget: Budget = None,
    screen: Annotated[
        str, typer.Option(help="The column of a cheaper assay; COLUMN:min if less promises more.")
    ] = "",
    screen_cost: Annotated[float | None, typer.Option(help="What one screen costs.")] = None,
    seeds: Annotated[int, typer.Option(help="Repetitions.")] = 10,
    seed: Annotated[int, typer.Option(help="The first seed.", min=0)] = 0,
    top: Annotated[float, typer.Option(help="A share (0.05) or a number (500).")] = 0.05,
    related: Annotated[
        Path | None, typer.Option(help="Values of a related series: would it have helped?")
    ] = None,
    related_property: Annotated[str, typer.Option(help="The property in it.")] = "",
    strategies: Annotated[
        str, typer.Option(help="Names, by comma; loop, random and diverse, also related.")
    ] = "",
    report: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Replay a finished project: how many experiments would the loop have saved?"""
    from loopwright.api.files import read_file
    from loopwright.api.replays import Question, replay_file

    series = read_file(related) if related else None
    try:
        question = Question(
            goals=wanted(goal, property, direction),
            cost=cost,
            budget=budget,
            screen=screen,
            screen_cost=screen_cost,
            structure=sequence or structure,
            settings=listed(settings),
            modality=told_by(modality, sequence=sequence, settings=settings),
            parent=parent,
            first_position=first_position,
            where=where or (),
            start=start,
            batch=batch,
            cycles=cycles,
            seeds=seeds,
            seed=seed,
            top=top,
            related=series,
            related_property=related_property,
            strategies=_named(strategies, is_related=related is not None, is_screened=bool(screen)),
        )
    except ValueError as ex:
        raise typer.BadParameter(str(ex.args[0])) from ex
    with _progress() as watch:
        answer = replay_file(
            read_file(file),
            question,
            n_workers=workers or os.cpu_count() or 1,
            report=report,
            watch=watch,
        )
    _show(answer, json=json)
    if answer.quarantined:
        raise typer.Exit(3)


def _named(strategies: str, *, is_related: bool, is_screened: bool) -> tuple[str, ...]:
    """Return the strategies that are compared; the usual ones if nothing is said."""
    if strategies:
        return listed(strategies)
    if is_screened:
        return ("loop", "assay", "funnel", "random")
    return ("loop", "related", "random") if is_related else ("loop", "random", "diverse")


def demo(
    out: Annotated[Path, typer.Option("--out", help="Where report and workspace go.")] = Path(
        "demo"
    ),
    seeds: Annotated[int, typer.Option(help="Repetitions.")] = 10,
    seed: Annotated[int, typer.Option(help="The first seed.", min=0)] = 0,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Replay a real campaign on 1,017 measured compounds that come with RDKit."""
    from loopwright.api.demo import demo as run_demo

    if not json:
        typer.echo(
            "1,017 measured sodium-channel inhibitors; their values are hidden. "
            "24 are drawn at random, then seven batches of 24 are bought."
        )
    with _progress() as watch:
        answer = run_demo(
            out, seeds=seeds, seed=seed, n_workers=workers or os.cpu_count() or 1, watch=watch
        )
    if not json:
        typer.echo(f"report:    {out / 'report.html'}")
        typer.echo(f"workspace: {out / 'campaign'} (try: loopwright status -w {out / 'campaign'})")
    _show(answer, json=json)


@contextmanager
def _progress() -> Iterator[Callable[[Replayed, int], None]]:
    """Show a bar on a terminal and plain lines elsewhere, on stderr."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from loopwright.cli import show

    console = show.console(is_error=True)
    columns = (
        TextColumn("replays"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        ended = 0

        def watch(one: Replayed, n_all: int) -> None:
            nonlocal ended
            ended += 1
            told = f"{one.strategy}, seed {one.seed}: {one.found[-1]:.2f} found"
            bar.update(task, total=n_all, completed=ended, description=told)
            if not console.is_terminal:
                console.print(f"{ended} of {n_all}  {told}")

        yield watch


def _show(answer: ReplayAnswer, *, json: bool) -> None:
    from loopwright.api.replay_answers import last_line, sought
    from loopwright.cli import show
    from loopwright.loop.columns import in_words

    if json:
        show.as_json(answer)
        return
    columns, rows = _bills(answer) if answer.screen else _curves(answer)
    show.table(columns, rows, title=f"share of the {sought(answer)} found")
    if answer.barred:
        typer.echo(f"{len(answer.barred)} rows are outside of --where (--json has all)")
    for line in in_words(answer.stand_ins):
        typer.echo(line)
    if answer.quarantined:
        typer.echo(f"{answer.quarantined} places of the file were not used (--json has all)")
    typer.echo(last_line(answer))


Table = tuple[list[str], list[list[str]]]


def _curves(answer: ReplayAnswer) -> Table:
    """Return columns and rows: what each strategy had found after each batch."""
    points = next(iter(answer.strategies.values())).curve
    best = f">best of {answer.optimum:.4g}"
    columns = ["measured", *(f">{p.measured}" for p in points), best, ">s per cycle", ">peak MB"]
    rows = [
        [
            name,
            *(f"{p.mean:.2f}" for p in s.curve),
            f"{s.best.mean:.4g}",
            f"{s.seconds_per_cycle:.2f}",
            f"{s.peak_mb:.0f}",
        ]
        for name, s in answer.strategies.items()
    ]
    return columns, rows


def _bills(answer: ReplayAnswer) -> Table:
    """Return columns and rows: what each strategy had found in the end, and bought of both."""
    best = f">best of {answer.optimum:.4g}"
    columns = ["", ">found", ">assays", ">screens", ">spent", best, ">s per cycle", ">peak MB"]
    rows = [
        [
            name,
            f"{s.found.mean:.2f}",
            str(s.curve[-1].measured),
            f"{s.screened:.0f}",
            f"{s.spent:.4g}",
            f"{s.best.mean:.4g}",
            f"{s.seconds_per_cycle:.2f}",
            f"{s.peak_mb:.0f}",
        ]
        for name, s in answer.strategies.items()
    ]
    return columns, rows
