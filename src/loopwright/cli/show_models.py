# SPDX-License-Identifier: Apache-2.0
"""How property models look in a terminal: trained, tuned, evaluated, compared, asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loopwright.api.budgets import Budget
    from loopwright.api.comparing import Compared
    from loopwright.api.evaluating import Evaluated
    from loopwright.api.predicting import Foretold
    from loopwright.api.property_models import Learned, Trained
    from loopwright.api.tuning import Tuned
    from loopwright.core.values import Quarantined
    from loopwright.training.property_scores import PropertyScores

__all__ = ["SHOWN", "compared", "evaluated", "foretold", "trained", "tuned"]

SHOWN = 12
"""Rows that were left out and are printed; ``--json`` has all."""


def compared(found: Compared) -> None:
    """Print both errors and the verdict."""
    _stand_ins(found.stand_ins)
    told = found.contest
    for name, error in told.errors.items():
        typer.echo(f"{name}: {told.measure} {error:.4g}")
    typer.echo(f"{told.verdict}; {told.n_splits} held-out parts by {told.split}")


def trained(found: Trained) -> None:
    """Print what was learned of each property, and what it is worth."""
    _stand_ins(found.stand_ins)
    for one in found.models:
        useful = "" if one.is_useful else "; it does NOT beat both baselines: do not use it"
        typer.echo(
            f"{one.property} ({one.task}{_unit(one)}): {one.n_used} of {one.n_rows} rows, "
            f"{one.n_structures} structures; held out: {one.split}{useful}"
        )
        _rows_told(one)
        _scores(one.scores)
        typer.echo(one.why)
        if one.evaluation is not None:
            _asked_in_every_way(one)
        _budget(one.budget)
        _left_out(one.left_out)
    for out in found.untrained:
        typer.echo(f"{out.property} was NOT trained: {out.why}. {out.remedy}", err=True)
    typer.echo(f"written to {found.out} in {found.seconds:.0f} s")
    if (old := found.replaced) is not None:
        typer.echo(
            f"{found.out} held a model of {', '.join(old.properties)}, trained on {old.file} "
            f"(sha256 {old.sha256[:12]}); it was replaced",
            err=True,
        )


def _unit(one: Learned) -> str:
    """Return the unit of a number behind a comma; nothing where its name says it, or none does."""
    is_told = one.unit in {"", "1"} or one.property.endswith(f"({one.unit})")
    return "" if is_told else f", {one.unit}"


def _stand_ins(told: Mapping[str, str], *, file: str = "") -> None:
    """Print which column was taken for structures where no name says so."""
    from loopwright.loop.columns import in_words

    for line in in_words(told):
        typer.echo(f"{file}: {line}" if file else line)


def _budget(told: Budget | None) -> None:
    """Print what a budget was and what it took, where it was overrun or anything was left out."""
    if told is None or not told.is_short:
        return
    over = ", more than it was" if told.took_s > told.asked_s else ""
    left = ", ".join(told.left_out) or "nothing"
    typer.echo(
        f"budget {told.asked_s:g} s; it took {told.took_s:.1f} s{over}; left out for it: {left}",
        err=True,
    )


def _rows_told(one: Learned) -> None:
    """Print repeats, disagreements, limits and what lies beyond bounds, where there are any."""
    told = (
        (one.n_repeats, "rows that repeat a structure, averaged with it"),
        (one.n_disagree, "structures whose rows disagree, to be checked"),
        (one.n_limits, "limits"),
        (one.n_beyond, "structures measured beyond --low or --high, whose answers are cut"),
    )
    if any(n for n, _ in told):
        typer.echo("; ".join(f"{what}: {n}" for n, what in told if n))


def tuned(found: Tuned) -> None:
    """Print what was learned, and what the model below gains."""
    trained(found.trained)
    if found.n_known:
        typer.echo(f"{found.n_known} structures that {found.onto} has learned from were left out")
    _same(found.same)
    for gain in found.tuning.gains:
        typer.echo(gain.verdict)


def _same(names: Sequence[str]) -> None:
    """Print the models below that were left out."""
    if names:
        typer.echo(f"left out, since made of the very values: {', '.join(names)}")


def _asked_in_every_way(one: Learned) -> None:
    """Print the table of the card in short: one score a line, and the sentences below it."""
    import cattrs

    from loopwright.cli import show
    from loopwright.reports.evaluation import HEADLINE, evaluation_rows, evaluation_text

    plain = cattrs.unstructure(one)
    name, rows = HEADLINE[one.task], []
    for row in evaluation_rows(plain):
        value = row.values.get(name) or next(iter(row.values.values()))
        told = f"{value['value']:.3g} [{value['low']:.3g}, {value['high']:.3g}]"
        rows.append((row.held_out, row.model, f"{row.n or ''}", told))
    show.table(("held out", "model", ">n", name), rows)
    for sentence in evaluation_text(plain):
        typer.echo(sentence)


def evaluated(found: Evaluated) -> None:
    """Print the scores on the other file."""
    _stand_ins(found.stand_ins_train, file=found.train)
    _stand_ins(found.stand_ins, file=found.test)
    typer.echo(
        f"{found.property} ({found.task}): {found.n_train} structures learned from, "
        f"{found.n_test} rows scored, {found.n_leaked} of them with a structure of the "
        "training file"
    )
    _scores(found.scores)
    typer.echo(found.why)
    _same(found.same)
    _budget(found.budget)
    _left_out(found.left_out)


def _scores(scores: tuple[PropertyScores, ...]) -> None:
    """Print one line for each model, one column for each score with its interval."""
    from loopwright.cli import show

    names = list(dict.fromkeys(n for s in scores for n in s.values))
    rows = []
    for one in scores:
        cells = [one.values.get(name) for name in names]
        told = [f"{c.value:.3g} [{c.low:.3g}, {c.high:.3g}]" if c else "" for c in cells]
        rows.append((one.model, f"{one.n}", *told))
    show.table(("model", ">n", *names), rows)


def _left_out(left_out: tuple[Quarantined, ...]) -> None:
    from loopwright.api.learnable import is_fault

    rows = [one for one in left_out if is_fault(one)]
    for one in rows[:SHOWN]:
        where = f" in {one.column}" if one.column else ""
        typer.echo(f"row {one.row}{where}: {one.reason}. {one.remedy}", err=True)
    if len(rows) > SHOWN:
        typer.echo(f"... and {len(rows) - SHOWN} more (--json has all)", err=True)


def foretold(found: Foretold) -> None:
    """Print what became of a file."""
    _stand_ins(found.stand_ins)
    typer.echo(
        f"{found.out}: {found.n_rows} rows = {found.n_predicted} predicted + "
        f"{found.n_problems} with a problem, in {found.seconds:.1f} s"
    )
    if found.n_resumed:
        typer.echo(f"{found.n_resumed} rows were finished by an earlier run")
    for problem, n in list(found.problems.items())[:SHOWN]:
        typer.echo(f"{n} x {problem}", err=True)
