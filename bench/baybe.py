# SPDX-License-Identifier: Apache-2.0
"""Is the loop as good as BayBE, and how much faster? One pool, the same starts, one run.

The pool is the demo's sodium-channel series (1,017 measured; ``--pool enamine`` draws 2,000
molecules of Enamine 10k instead). Both sides start from the same rows, buy the same number of
batches, and have one thread. BayBE (https://pypi.org/project/baybe/) is installed into
``bench/.envs/baybe`` by this file and runs in a process of its own, with its defaults and the
fingerprint encoding ECFP.

Time per batch: ours holds everything between two measurements (training with
cross-validation, scoring, choice, explanation, ledger); BayBE's is ``Campaign.recommend``.
The description of the pool happens once on either side and is given separately; a small
batch before the clock starts takes the imports out on both sides.
"""

from __future__ import annotations

import gzip
import json
import math
import time
from collections.abc import Sequence
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
from loopwright.api.replays import demo_file
from loopwright.core.values import RawFile
from loopwright.loop.reached import found_share
from loopwright.loop.replay import Plan
from loopwright.loop.series import Series, read_series
from loopwright.spec.goal import Goal

N_THREADS = 1
TARGET = 50


def main() -> None:
    args = _arguments()
    print(f"load average {load()} at the start")
    begun = time.perf_counter()
    series = _series(args.pool)
    s_read = time.perf_counter() - begun
    n = len(series.ids)
    plan = Plan(start=args.start, batch=args.batch, cycles=args.cycles, top=math.ceil(0.05 * n))
    warm_up = Plan(start=plan.start, batch=1, cycles=1, top=plan.top)
    list(bought(series, warm_up, args.strategy, 0))
    ours = [list(bought(series, plan, args.strategy, s)) for s in range(args.seeds)]
    batches = [b for run in ours for b in run[1:]]
    starts = [run[0].rows for run in ours]
    question = _question(series, plan, starts, args.encoding)
    peer = ask_baybe("baybe_peer.py", json.dumps(question).encode())
    figures = {
        "loopwright": _quality(series, plan, [run[-1].rows for run in ours])
        | _times([b.wall_s for b in batches], [b.cpu_s for b in batches])
        | {"s_read_and_describe": round(s_read, 2)},
        "baybe": _quality(series, plan, [r["rows"] for r in peer["runs"]])
        | _times(*([s for r in peer["runs"] for s in r[k]] for k in ("seconds", "cpu_seconds")))
        | {k: peer[k] for k in ("s_describe", "n_columns", "peak_mb", "versions")},
        "start": _quality(series, plan, starts),
    }
    _show(figures, plan, n, args.seeds)
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    settings |= {"n_pool": n, "top": plan.top, "threads": N_THREADS}
    finish("baybe", settings, figures, record=not args.no_record)


def _arguments() -> Any:
    p = parser(__doc__)
    p.add_argument("--pool", choices=("sodium", "enamine"), default="sodium")
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--start", type=int, default=24)
    p.add_argument("--batch", type=int, default=10)
    p.add_argument("--cycles", type=int, default=5)
    p.add_argument("--strategy", default="loop")
    p.add_argument("--encoding", default="ECFP", help="of BayBE's substance parameter")
    return p.parse_args()


def _question(
    series: Series, plan: Plan, starts: Sequence[Sequence[int]], encoding: str
) -> dict[str, Any]:
    return {
        "smiles": [c.text for c in series.candidates],
        "worth": series.worth.tolist(),
        "starts": starts,
        "batch": plan.batch,
        "cycles": plan.cycles,
        "threads": N_THREADS,
        "encoding": encoding,
    }


def _series(pool: str) -> Series:
    if pool == "sodium":
        return read_series(demo_file(), (Goal(property="pIC50"),))
    whole = shared_file("molpal/Enamine10k_scores.csv.gz")
    head, *lines = gzip.decompress(whole.content).decode().splitlines()
    rows = np.sort(np.random.default_rng(0).permutation(len(lines))[:2_000])
    text = "\n".join([head, *(lines[i] for i in rows)]) + "\n"
    file = RawFile(name="Enamine2k_scores.csv", content=text.encode())
    return read_series(file, (Goal(property="score", direction="minimize"),))


def _quality(series: Series, plan: Plan, runs: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Return what was found, over seeds."""
    ids = series.ids
    found = [found_share(series, {ids[i] for i in rows}, plan.top) for rows in runs]
    best = [float(series.worth[list(rows)].max()) for rows in runs]
    return {
        "found": mean_interval(found),
        "found_by_seed": [round(f, 4) for f in found],
        "gap_to_best": round(float(series.worth.max()) - float(np.mean(best)), 4),
    }


def _times(wall_s: Sequence[float], cpu_s: Sequence[float]) -> dict[str, float]:
    """Return times per batch; processor time is what a busy machine disturbs least."""
    return {
        "s_per_batch": round(float(np.mean(wall_s)), 3),
        "s_per_batch_median": round(float(np.median(wall_s)), 3),
        "cpu_s_per_batch": round(float(np.mean(cpu_s)), 3),
    }


def _show(figures: dict[str, Any], plan: Plan, n: int, n_seeds: int) -> None:
    ours, peer = figures["loopwright"], figures["baybe"]
    better = ours["found"]["mean"] / (peer["found"]["mean"] or float("nan"))
    times = ("s_per_batch", "s_per_batch_median", "cpu_s_per_batch")
    table(
        f"{plan.start} at random, then {plan.cycles} batches of {plan.batch} out of {n}; "
        f"mean of {n_seeds} seeds; {N_THREADS} thread",
        ("", f"top {plan.top} found", "by seed", "below optimum", "s/batch", "median", "CPU s"),
        [
            (name, f"{f['found']['mean']:.3f}", " ".join(f"{x:.2f}" for x in f["found_by_seed"]),
             f"{f['gap_to_best']:.2f}", *(f"{f[t]:.2f}" if t in f else "-" for t in times))
            for name, f in figures.items()
        ],
    )  # fmt: skip
    faster = {t: peer[t] / ours[t] for t in times}
    figures["ratios"] = {t: round(x, 1) for t, x in faster.items()} | {"found": round(better, 3)}
    print(
        "  time: BayBE takes {:.0f}x as long per batch (mean; median {:.0f}x, "
        "mean of CPU {:.0f}x); to reach: {}x".format(*faster.values(), TARGET)
    )
    print(f"  quality: we find {better:.2f}x of what BayBE finds; to reach: not worse")


if __name__ == "__main__":
    main()
