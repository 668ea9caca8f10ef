# SPDX-License-Identifier: Apache-2.0
"""How good are the conditions after 50 experiments? Reactions, all measured, beside BayBE.

``arylation`` is a direct arylation in every combination of 4 bases, 12 ligands, 4 solvents, 3
concentrations and 3 temperatures (Shields et al. 2021, doi:10.1038/s41586-021-03213-y): 1,728
reactions. ``plates`` are the Buchwald-Hartwig couplings of Ahneman et al. (2018),
doi:10.1126/science.aar5169: base, ligand, aryl halide and additive. Both sides begin with the same
random reactions and buy the same number, in batches of 5, 10 and 50. Ours is the default strategy
on the settings as they stand in the table; BayBE's are its defaults, in a process of its own.

What was chosen on ``plates``, and looked at on ``arylation``: ``docs/log``. ``--answer FILE`` keeps
what BayBE bought and takes it from there if it exists, since BayBE's side takes longest; starts
depend on the seed only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from _common import (
    ask_baybe,
    bought,
    finish,
    load,
    mean_interval,
    parser,
    shared_file,
    table,
)
from loopwright.loop.reached import found_share
from loopwright.loop.replay import Plan, Replayed, replay
from loopwright.loop.series import Series, read_series
from loopwright.spec.goal import Goal


@frozen(kw_only=True)
class Table:
    """Where reactions lie, and which columns say what was done."""

    file: str
    substances: tuple[str, ...]
    numbers: tuple[str, ...] = ()


TABLES = {
    "arylation": Table(
        file="reactions/direct_arylation.csv.gz",
        substances=("Base_SMILES", "Ligand_SMILES", "Solvent_SMILES"),
        numbers=("Concentration", "Temp_C"),
    ),
    "plates": Table(
        file="reactions/aryl_halide_plates.csv.gz",
        substances=("base_smiles", "ligand_smiles", "aryl_halide_smiles", "additive_smiles"),
    ),
}
GOOD = 99.0
"""Yield in per cent that is worth stopping for."""

PLANS = {
    "5 + 9 x 5": Plan(start=5, batch=5, cycles=9, top=17),
    "10 + 4 x 10": Plan(start=10, batch=10, cycles=4, top=17),
    "50 + 1 x 50": Plan(start=50, batch=50, cycles=1, top=17),
}


@frozen(kw_only=True)
class Bought:
    """What one campaign had in the end."""

    best: float
    """Yield in per cent."""

    found: float
    """Share of the best 17 reactions: of 1,728 one in a hundred."""


def main() -> None:
    args = _arguments()
    print(f"load average {load()} at the start")
    goal = Goal(property="yield")
    asked = TABLES[args.table]
    series = read_series(
        shared_file(asked.file), (goal,), settings=(*asked.substances, *asked.numbers)
    )
    plans = {name: PLANS[name] for name in args.plans.split(",")}
    bought_by_us = {name: _ours(series, plan, args) for name, plan in plans.items()}
    peer = None
    if args.peer_seeds:
        peer = _peer(_question(series, asked, plans, args.peer_seeds), args.answer)
    figures: dict[str, Any] = {}
    for name, plan in plans.items():
        ours = bought_by_us[name]
        figures[name] = {"loopwright": _figures(ours)}
        if peer is not None and peer["runs"][name]:
            runs = [{series.ids[i] for i in run["rows"]} for run in peer["runs"][name]]
            found = [
                Bought(best=series.best_of(ids), found=found_share(series, ids, plan.top))
                for ids in runs
            ]
            figures[name]["loopwright, BayBE's seeds"] = _figures(ours[: len(runs)])
            figures[name]["baybe"] = _figures(found)
    table(
        f"best yield of {len(series.ids)} reactions, %",
        ("batches", "", "seeds", "best", "95 % interval", f">= {GOOD:g} %", "best 17 found"),
        [(name, who, *_row(f)) for name, both in figures.items() for who, f in both.items()],
    )
    settings = {k: v for k, v in vars(args).items() if k not in {"no_record", "answer"}}
    if peer is not None:
        settings["baybe"] = {k: peer[k] for k in ("versions", "encoding", "n_columns")}
    finish("direct_arylation", settings, figures, record=not args.no_record)


def _arguments() -> Any:
    p = parser(__doc__, seeds=20)
    p.add_argument("--table", choices=tuple(TABLES), default="arylation")
    p.add_argument("--plans", default=",".join(PLANS), help="names, by comma")
    p.add_argument("--peer-seeds", type=int, default=5, help="of BayBE; 0 leaves it out")
    p.add_argument("--answer", type=Path, help="where BayBE's answer is kept, or lies already")
    p.add_argument("--strategy", default="loop")
    return p.parse_args()


def _ours(series: Series, plan: Plan, args: Any) -> list[Bought]:
    """Replay the loop on every seed."""

    def watch(one: Replayed) -> None:
        told = f"{plan.start} + {plan.cycles} x {plan.batch}, seed {one.seed}: {one.best[-1]:.2f}"
        print(f"  {told}", file=sys.stderr, flush=True)

    found = replay(
        series, plan, [args.strategy], range(args.seeds), n_workers=args.workers, watch=watch
    )
    return [Bought(best=r.best[-1], found=r.found[-1]) for r in found]


def _figures(some: Sequence[Bought]) -> dict[str, Any]:
    """Return what was reached, over seeds."""
    best = [b.best for b in some]
    return {
        "best": mean_interval(best),
        "best_by_seed": [round(b, 2) for b in best],
        "share_good": round(float(np.mean([b >= GOOD for b in best])), 3),
        "found": mean_interval([b.found for b in some]),
    }


def _row(figures: dict[str, Any]) -> tuple[str, ...]:
    best = figures["best"]
    return (
        str(len(figures["best_by_seed"])),
        f"{best['mean']:.2f}",
        f"{best['low']:.2f} to {best['high']:.2f}" if best["low"] is not None else "-",
        f"{figures['share_good']:.2f}",
        f"{figures['found']['mean']:.2f}",
    )


def _question(
    series: Series, asked: Table, plans: Mapping[str, Plan], n_seeds: int
) -> dict[str, Any]:
    """Return the table, and the first rows that each of our replays buys."""
    cells = [dict(p.partition("=")[::2] for p in c.text.split(";")) for c in series.candidates]
    rows = {c: [row[c] for row in cells] for c in asked.substances}
    rows |= {c: [float(row[c]) for row in cells] for c in asked.numbers}
    return {
        "rows": rows | {"value": series.values[:, 0].tolist()},
        "substances": asked.substances,
        "numbers": asked.numbers,
        "seeds": n_seeds,
        "plans": {
            name: {
                "batch": plan.batch,
                "cycles": plan.cycles,
                "starts": [next(bought(series, plan, "random", s)).rows for s in range(n_seeds)],
            }
            for name, plan in plans.items()
        },
    }


def _peer(question: dict[str, Any], kept: Path | None) -> dict[str, Any]:
    """Return BayBE's answer: the one that was kept, or from a process of its own, on one thread."""
    if kept is not None and kept.exists():
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    return ask_baybe("arylation_peer.py", json.dumps(question).encode(), kept=kept)


if __name__ == "__main__":
    main()
