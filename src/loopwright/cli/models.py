# SPDX-License-Identifier: Apache-2.0
"""Commands about property models, for scripts and people without a workspace."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loopwright.cli.options import Catalogue, Json
from loopwright.core.errors import SpecError

if TYPE_CHECKING:
    from loopwright.api.how import How
    from loopwright.api.property_models import Trained
    from loopwright.api.tuning import Tuned

__all__ = ["register"]

Structure = Annotated[
    str, typer.Option("--structure", help="The column of structures; guessed if blank.")
]
Task = Annotated[
    str,
    typer.Option(
        "--task",
        help="regression, classification or ordinal; one of the first two is told from the values "
        "if blank.",
    ),
]
LevelNames = Annotated[
    str,
    typer.Option(
        "--levels", help="Of --task ordinal, the lowest first: low,medium,high; words need it."
    ),
]
Model = Annotated[
    str,
    typer.Option(
        "--model", help="auto, stack, gp, kernel, boosted, linear, chemprop, neighbour or mean."
    ),
]
Split = Annotated[
    str, typer.Option("--split", help="What is held out together: scaffold, cluster, time, random.")
]
Seed = Annotated[int, typer.Option("--seed", help="Of folds, fits and resamples.", min=0)]
Low = Annotated[float | None, typer.Option("--low", help="No answer is below this.")]
High = Annotated[float | None, typer.Option("--high", help="No answer is above this.")]
Weight = Annotated[
    str,
    typer.Option("--weight", help="Column of how many measurements a row counts as; one if blank."),
]
AUTO, NONE = "auto", "none"
Onto = Annotated[
    str,
    typer.Option(
        "--onto",
        help="Models below: CATALOGUE[:PROPERTY], or a folder of train. By default, auto tries the "
        "catalogue; none: own rows alone.",
    ),
]
Budget = Annotated[
    float | None, typer.Option("--budget-s", help="Seconds after which nothing further is tried.")
]
Pool = Annotated[
    str, typer.Option("--pool", help="Why values of different assays may be taken together.")
]
Assay = Annotated[
    list[str] | None,
    typer.Option("--assay", help="An assay to learn from; more may follow. All if none is named."),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (train, predict, evaluate, compare):
        app.command()(command)


def train(
    file: Annotated[Path, typer.Argument(help="Any file that a reader knows, or a workspace.")],
    property: Annotated[
        str, typer.Option("--property", help="Column of values; several parted by commas.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder that is written.")],
    structure: Structure = "",
    task: Task = "",
    levels: LevelNames = "",
    model: Model = "auto",
    split: Split = "scaffold",
    seed: Seed = 0,
    low: Low = None,
    high: High = None,
    budget_s: Budget = None,
    pool: Pool = "",
    weight: Weight = "",
    assay: Assay = None,
    licence: Annotated[str, typer.Option(help="Of the data, for the card.")] = "",
    quick: Annotated[
        bool, typer.Option("--quick", help="No other splits, no cliffs, no learning curve.")
    ] = False,
    onto: Onto = "auto",
    unit: Annotated[
        str, typer.Option(help="Of the values, where the file names none; with --onto.")
    ] = "",
    json: Json = False,
) -> None:
    """Train property models on a file, and say what they are worth."""
    from loopwright.api import property_models, property_names, tuning
    from loopwright.cli import show, show_models

    how = _how(
        structure=structure, task=task, levels=_names(levels), model=model, split=split, seed=seed,
        low=low, high=high, budget_s=budget_s, pool=pool, weight=weight, assays=tuple(assay or ()),
        licence=licence, is_quick=quick, is_upon_catalogue=onto == AUTO,
    )  # fmt: skip
    below = _below(onto)
    if unit and not below:
        raise typer.BadParameter("goes with --onto MODEL", param_hint="--unit")
    found: Trained | Tuned
    if below:
        found = tuning.tune(file, property, onto=below, out=out, how=how, unit=unit)
        show.answer(found, show_models.tuned, json=json)
    else:
        names = property_names.property_names(file, property)
        found = property_models.train(file, names, out=out, how=how)
        show.answer(found, show_models.trained, json=json)
    if not found.is_whole:
        raise typer.Exit(3)


def predict(
    file: Annotated[Path, typer.Argument(help="CSV, SMILES, SDF, Parquet ...; - reads stdin.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The CSV file that is written; else, or by -, stdout."),
    ] = None,
    model: Annotated[
        list[Path] | None,
        typer.Option("--model", help="A folder that train wrote, or a catalogue; more may follow."),
    ] = None,
    catalogue: Catalogue = "",
    structure: Structure = "",
    alerts: Annotated[
        bool | None,
        typer.Option(help="Computed numbers and structural alerts; by default with a catalogue."),
    ] = None,
    workers: Annotated[
        int, typer.Option(help="Processes; one for each processor if 0.", min=0)
    ] = 0,
    cluster: Annotated[
        str, typer.Option("--cluster", help="Predict on a Ray cluster: its address, or auto.")
    ] = "",
    json: Json = False,
) -> None:
    """Predict every row of a file; a killed run goes on where it was."""
    from loopwright.api import light, predicting
    from loopwright.cli import show_models

    is_stdin, out = str(file) == "-", None if str(out) == "-" else out
    if json and out is None:
        raise typer.BadParameter("--json tells of a file: name it", param_hint="--out")
    unasked = () if cluster else light.UNASKED
    with _progress(is_quiet=json) as watch, light.unseen(*unasked), _place(out) as place:
        found = predicting.predict(
            "" if is_stdin else file,
            _folders(model or [], catalogue),
            out=place,
            source=sys.stdin.buffer if is_stdin else None,
            ways=predicting.Ways(
                structure=structure,
                n_workers=workers,
                beside=bool(catalogue) if alerts is None else alerts,
                cluster=cluster,
                watch=watch,
            ),
        )
        if out is None:
            with place.open(encoding="utf-8", errors="surrogateescape") as lines:
                sys.stdout.writelines(lines)
    if json:
        from loopwright.cli import show  # not where nobody needs its tables

        show.as_json(found)
    elif out is not None:
        show_models.foretold(found)
    else:
        for problem, n in list(found.problems.items())[: show_models.SHOWN]:
            typer.echo(f"{n} x {problem}", err=True)
    if found.n_problems:
        raise typer.Exit(3)


def _folders(models: list[Path], catalogue: str) -> list[Path]:
    """Return the folders of models; a name that is no folder may be that of a catalogue."""
    from loopwright.api.catalogues import catalogue_folder, models_at

    found = [models_at(m) for m in models]
    found += [catalogue_folder(catalogue)] if catalogue else []
    if not found:
        raise typer.BadParameter("name a model or a catalogue", param_hint="--model, --catalogue")
    return found


@contextmanager
def _place(out: Path | None) -> Iterator[Path]:
    """Yield where the answer is written; without a file, a place that is cleared afterwards."""
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "predicted.csv"


def evaluate(
    train: Annotated[Path, typer.Option("--train", help="The file that is learned from.")],
    test: Annotated[Path, typer.Option("--test", help="The file that is predicted and scored.")],
    property: Annotated[str, typer.Option("--property", help="Column of values, in both files.")],
    structure: Structure = "",
    task: Task = "",
    levels: LevelNames = "",
    model: Model = "auto",
    split: Split = "scaffold",
    seed: Seed = 0,
    low: Low = None,
    high: High = None,
    budget_s: Budget = None,
    pool: Pool = "",
    weight: Weight = "",
    onto: Onto = "auto",
    json: Json = False,
) -> None:
    """Train on one file and score every prediction of another."""
    from loopwright.api import evaluating
    from loopwright.api.learnable import is_fault
    from loopwright.cli import show, show_models

    how = _how(
        structure=structure, task=task, levels=_names(levels), model=model, split=split, seed=seed,
        low=low, high=high, budget_s=budget_s, pool=pool, weight=weight,
        is_upon_catalogue=onto == AUTO,
    )  # fmt: skip
    found = evaluating.evaluate(train, test, property, how=how, onto=_below(onto))
    show.answer(found, show_models.evaluated, json=json)
    if any(map(is_fault, (*found.left_out, *found.left_out_train))):
        raise typer.Exit(3)


def compare(
    file: Annotated[Path, typer.Argument(help="Any file that a reader knows.")],
    property: Annotated[str, typer.Option("--property", help="Column of values.")],
    model: Annotated[
        list[str], typer.Option("--model", help="Twice: auto, one of its parts, mean, neighbour.")
    ],
    structure: Structure = "",
    task: Task = "",
    levels: LevelNames = "",
    split: Split = "scaffold",
    repeats: Annotated[int, typer.Option(help="Deals into five folds.", min=1, max=100)] = 5,
    seed: Seed = 0,
    pool: Pool = "",
    weight: Weight = "",
    json: Json = False,
) -> None:
    """Say whether one of two recipes learns better, by a paired test over repeated splits."""
    from loopwright.api import comparing
    from loopwright.cli import show, show_models

    how = _how(
        structure=structure,
        task=task,
        levels=_names(levels),
        split=split,
        seed=seed,
        pool=pool,
        weight=weight,
    )
    found = comparing.compare(file, property, model, how=how, n_repeats=repeats)
    show.answer(found, show_models.compared, json=json)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _below(onto: str) -> str:
    """Return the models that are named; blank if none are."""
    return "" if onto in {AUTO, NONE} else onto


def _how(**given: Any) -> How:
    """Return how models are made; what does not exist is a fault of usage."""
    from loopwright.api.how import How

    try:
        return How(**given)
    except SpecError as ex:
        raise typer.BadParameter(f"{ex.what}. {ex.remedy}", param_hint=ex.where) from ex


@contextmanager
def _progress(*, is_quiet: bool) -> Iterator[Callable[[int, float, float | None], None] | None]:
    """Show rows, share and time to go on a terminal; elsewhere nobody watches."""
    if is_quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from loopwright.cli import show

    console = show.console(is_error=True)
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=1.0)

        def watch(n_rows: int, share: float, seconds_left: float | None) -> None:
            left = "" if seconds_left is None else f", {seconds_left:.0f} s to go"
            bar.update(task, completed=share, description=f"{n_rows} rows{left}")

        yield watch
