# SPDX-License-Identifier: Apache-2.0
"""Two and three goals at once: is the loop's hypervolume as large as that of BoTorch's qLogNEHVI?

The pools are real: endpoints of the TDC ADMET group joined by structure. Both sides start from the
same rows, buy the same batches and have one thread; the hypervolume is above the worst value of
the pool, as a share of that of the whole pool. Our time holds everything between two measurements
(training with cross-validation, choice, explanation, ledger), the peer's fitting and choosing; its
pool is cut to ``--kept`` leaders so that it ends. BoTorch comes with BayBE's environment
(``bench/.envs/baybe``), which this file installs if need be.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

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
from loopwright.core.counts import Counts
from loopwright.core.values import RawFile
from loopwright.loop.reached import reach
from loopwright.loop.replay import Plan
from loopwright.loop.series import Series, read_series
from loopwright.spec.goal import Goal

__all__ = ["joined"]

POOLS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "soluble, harmless": (("solubility_aqsoldb", "maximize"), ("ld50_zhu", "minimize")),
    "logD, stable in microsomes": (
        ("lipophilicity_astrazeneca", "maximize"),
        ("clearance_microsome_az", "minimize"),
    ),
    "logD, unbound, stable in hepatocytes": (
        ("lipophilicity_astrazeneca", "maximize"),
        ("ppbr_az", "minimize"),
        ("clearance_hepatocyte_az", "minimize"),
    ),
}


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--pools", default=",".join(map(str, range(len(POOLS)))), help="numbers")
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--start", type=int, default=30)
    p.add_argument("--batch", type=int, default=12)
    p.add_argument("--cycles", type=int, default=5)
    p.add_argument("--kept", type=int, default=300, help="of the pool, for the peer")
    p.add_argument("--no-peer", action="store_true")
    args = p.parse_args()
    print(f"load average {load()} at the start")
    plan = Plan(start=args.start, batch=args.batch, cycles=args.cycles, top=1)
    figures = {}
    for number in map(int, args.pools.split(",")):
        name, endpoints = list(POOLS.items())[number]
        goals = [Goal(property=e, direction=direction) for e, direction in endpoints]
        figures[name] = _compare(joined(goals), plan, args)
        _show(name, figures[name])
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    finish("goals", settings, figures, record=not args.no_record)


def joined(goals: Sequence[Goal], *, beside: Sequence[str] = ()) -> Series:
    """Return the molecules with a value for every goal, and for what is named beside them."""
    endpoints = [*(goal.property for goal in goals), *beside]
    values: list[dict[str, str]] = []
    for name in endpoints:
        rows: dict[str, str] = {}
        for part in ("train_val", "test"):
            text = shared_file(f"tdc_admet/{name}/{part}.csv").content.decode()
            rows |= {r["Drug"]: r["Y"] for r in csv.DictReader(io.StringIO(text))}
        values.append(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["smiles", *endpoints])
    for smiles in sorted(set.intersection(*(set(v) for v in values))):
        writer.writerow([smiles, *(v[smiles] for v in values)])
    return read_series(RawFile(name="joined.csv", content=text.getvalue().encode()), goals)


def _compare(series: Series, plan: Plan, args: Any) -> dict[str, Any]:
    list(bought(series, Plan(start=plan.start, batch=1, cycles=1, top=1), "loop", 0))
    runs = {
        s: [list(bought(series, plan, s, seed)) for seed in range(args.seeds)]
        for s in ("loop", "random")
    }
    figures: dict[str, Any] = {"n_pool": len(series.ids)}
    for name, mine in runs.items():
        figures[name] = _told(series, [r[-1].rows for r in mine], [b for r in mine for b in r[1:]])
    if not args.no_peer:
        starts = [run[0].rows for run in runs["loop"]]
        question = _question(series, plan, starts, args.kept)
        answer = ask_baybe("qlognehvi_peer.py", question)
        figures["qLogNEHVI"] = _share(series, [r["rows"] for r in answer["runs"]])
        seconds = [s for r in answer["runs"] for s in r["seconds"]]
        figures["qLogNEHVI"] |= {"s_per_batch": float(np.mean(seconds))}
        figures["qLogNEHVI"] |= {k: answer[k] for k in ("peak_mb", "versions")}
        pairs = zip(figures["loop"]["each"], figures["qLogNEHVI"]["each"], strict=True)
        figures["gain"] = mean_interval([a - b for a, b in pairs])
        figures["times_faster"] = (
            figures["qLogNEHVI"]["s_per_batch"] / figures["loop"]["s_per_batch"]
        )
    return figures


def _told(series: Series, rows: Sequence[Sequence[int]], batches: Sequence[Any]) -> dict[str, Any]:
    return _share(series, rows) | {"s_per_batch": float(np.mean([b.wall_s for b in batches]))}


def _share(series: Series, runs: Sequence[Sequence[int]]) -> dict[str, Any]:
    each = [reach(series, {series.ids[i] for i in rows}, 1).found for rows in runs]
    return {"each": each, "found": mean_interval(each)}


def _question(series: Series, plan: Plan, starts: Sequence[Sequence[int]], kept: int) -> bytes:
    """Return the question as the peer reads it: arrays."""
    asked = io.BytesIO()
    np.savez(
        asked,
        counts=_dense(series),
        worths=series.worths,
        starts=np.array(starts),
        batch=plan.batch,
        cycles=plan.cycles,
        kept=kept,
        threads=1,
    )
    return asked.getvalue()


def _dense(series: Series) -> Any:
    """Return the counts as a table of the columns that occur in two molecules at least."""
    counts = series.features.blocks["counts"]
    assert isinstance(counts, Counts), "molecules are described by counts"
    columns, place, n = np.unique(counts.indices, return_inverse=True, return_counts=True)
    dense = np.zeros((len(counts), len(columns)), np.float32)
    rows = np.repeat(np.arange(len(counts)), np.diff(counts.indptr))
    dense[rows, place] = counts.values
    return dense[:, n > 1]


def _show(name: str, figures: Mapping[str, Any]) -> None:
    sides = {side: f for side, f in figures.items() if isinstance(f, dict) and "found" in f}
    rows = [(side, _span(f["found"]), f"{f['s_per_batch']:.2f}") for side, f in sides.items()]
    title = f"{name}: {figures['n_pool']} molecules"
    table(title, ("side", "share of the hypervolume", "s a batch"), rows)
    if "gain" in figures:
        print(f"  ours minus theirs: {_span(figures['gain'])}")
        print(f"  {figures['times_faster']:.1f} times faster", flush=True)


def _span(told: Mapping[str, float | None]) -> str:
    if told["low"] is None:
        return f"{told['mean']:.3f}"
    return f"{told['mean']:.3f} [{told['low']:.3f}, {told['high']:.3f}]"


if __name__ == "__main__":
    main()
