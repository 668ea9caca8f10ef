# SPDX-License-Identifier: Apache-2.0
"""How many measurements until the optimum of an Ehrlich function is found?

Functions of Stanton et al. (2024), arXiv:2407.00236. With ``--peer PYTHON`` (an interpreter that
has pytorch-holo) they are those of holo itself, written out and measured by our lab, from holo's
own initial solution, with holo's genetic algorithm beside; else they are drawn by our lab. The
generator ``mutate`` with default options is driven batch by batch; it sees sequences, values and
failures. Its constants were chosen on seeds 100 to 111.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from _common import finish, load, parser, table
from loopwright.core.past import Past
from loopwright.labs.ehrlich.lab import EhrlichLab
from loopwright.registry import build

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
PEER = Path(__file__).parent / "peers" / "holo_peer.py"
MARKS = (1_000, 2_000, 5_000, 10_000, 20_000)


def solve(job: dict[str, Any]) -> dict[str, Any]:
    """Run one function until the optimum is found or the budget is spent."""
    lab: EhrlichLab = build("labs", "ehrlich", job["options"])
    letters = {"letters": job["options"]["letters"], "max_length": job["options"]["length"]}
    rows = build("modalities", "letters", letters)
    parent = job["start"] or lab.parent
    options = {"parents": [parent], "n_offers": job["batch"]}
    generator = build("generators", "mutate", options)
    past, trace, n_asked = Past(), [], 0
    begun = time.perf_counter()
    with threadpool_limits(limits=1):
        while n_asked < job["budget"] and max(past.worth, default=0.0) < 1.0:
            rng = np.random.default_rng([job["seed"], n_asked])
            offered = generator.offer(rows, (), past, rng)
            codes = np.array([[lab.letters.index(c) for c in o.text] for o in offered])
            values = lab.function.values(codes)
            is_fine = ~np.isnan(values)
            n_asked += len(offered)
            past = Past(
                measured=past.measured
                + tuple(c for c, ok in zip(offered, is_fine, strict=True) if ok),
                worth=np.append(past.worth, values[is_fine]),
                failed=past.failed
                + tuple(c for c, ok in zip(offered, is_fine, strict=True) if not ok),
            )
            trace.append((n_asked, round(float(past.worth.max(initial=0.0)), 4)))
    return {
        "shape": job["shape"], "seed": job["seed"], "evaluations": n_asked,
        "best": trace[-1][1], "failed": len(past.failed), "trace": trace,
        "seconds": round(time.perf_counter() - begun, 1),
    }  # fmt: skip


def given(written: dict[str, Any]) -> dict[str, Any]:
    """Return the options of our lab that make it the function that holo wrote out."""
    v, length, *_, quantization = written["shape"]

    def text(codes: list[int]) -> str:
        return "".join(ALPHABET[c] for c in codes)

    return {
        "letters": ALPHABET[:v], "length": length, "quantization": quantization,
        "motifs": [text(m) for m in written["motifs"]], "spacings": written["spacings"],
        "banned": [text(pair) for pair in written["banned"]],
    }  # fmt: skip


def functions(shapes: list[str], seeds: list[int], peer: str) -> list[dict[str, Any]]:
    """Return one job for each shape and seed: holo's functions if there is a peer."""
    if peer:
        told = ask(peer, "functions", shapes, seeds, 6)
        return [
            {"shape": ",".join(map(str, w["shape"])), "seed": w["seed"], "options": given(w),
             "start": "".join(ALPHABET[c] for c in w["start"])}
            for w in told
        ]  # fmt: skip
    names = ("length", "n_motifs", "motif_length", "quantization")
    jobs = []
    for shape in shapes:
        v, *sizes = (int(x) for x in shape.split(","))
        for seed in seeds:
            options = {
                "letters": ALPHABET[:v],
                **dict(zip(names, sizes, strict=True)),
                "seed": seed,
            }
            jobs.append({"shape": shape, "seed": seed, "options": options, "start": ""})
    return jobs


def ask(peer: str, what: str, shapes: list[str], seeds: list[int], n: int) -> list[dict[str, Any]]:
    """Return what holo says."""
    words = [peer, str(PEER), what, "--shapes", *shapes, "--seeds", *map(str, seeds), "--n", str(n)]
    return json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def best_at(trace: list[list[float]], n: int) -> float:
    """Return the best value after n evaluations."""
    return max((v for at, v in trace if at <= n), default=0.0)


def figures_of(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of one shape over its seeds."""
    asked = [r["evaluations"] for r in runs]
    return {
        "solved": sum(r["best"] == 1.0 for r in runs),
        "of": len(runs),
        "evaluations_by_seed": asked,
        "median": int(np.median(asked)),
        "failed_share": round(sum(r["failed"] for r in runs) / sum(asked), 3),
        "best_at": {n: mean_best([r["trace"] for r in runs], n) for n in MARKS},
        "s_per_1000": round(1e3 * sum(r["seconds"] for r in runs) / sum(asked), 2),
    }


def mean_best(traces: list[list[list[float]]], n: int) -> float:
    """Return the mean over seeds of the best value after n evaluations."""
    return round(float(np.mean([best_at(t, n) for t in traces])), 3)


def beside(peer: str, shapes: list[str], seeds: list[int], budget: int) -> dict[str, Any]:
    """Return the figures of holo's genetic algorithm."""
    told = ask(peer, "genetic", shapes, seeds, budget)
    figures = {}
    for shape in shapes:
        traces = [run["trace"] for run in told if run["shape"] == shape]
        figures[shape] = {
            "solved": sum(t[-1][1] == 1.0 for t in traces),
            "of": len(traces),
            "best_at": {n: mean_best(traces, n) for n in MARKS},
        }
    return figures


def main() -> None:
    p = parser(__doc__, seeds=10)
    p.add_argument("--seed", type=int, default=0, help="the first seed")
    p.add_argument("--shapes", nargs="+", default=["32,32,4,4,4", "32,128,4,4,4"],
                   help="letters,length,motifs,motif_length,quantization")  # fmt: skip
    p.add_argument("--batch", type=int, default=100)
    p.add_argument("--budget", type=int, default=20_000)
    p.add_argument("--peer", default="", help="an interpreter that has pytorch-holo")
    args = p.parse_args()
    seeds = list(range(args.seed, args.seed + args.seeds))
    print(f"load average {load()} at the start")
    jobs = [{**j, "batch": args.batch, "budget": args.budget}
            for j in functions(args.shapes, seeds, args.peer)]  # fmt: skip
    runs = []
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        for run in pool.map(solve, jobs):
            runs.append(run)
            told = f"{run['shape']}, seed {run['seed']}: {run['best']} after {run['evaluations']}"
            print(f"  {told}, {run['seconds']} s", file=sys.stderr, flush=True)
    ours = {s: figures_of([r for r in runs if r["shape"] == s]) for s in args.shapes}
    theirs = beside(args.peer, args.shapes, seeds, args.budget) if args.peer else {}
    lines = [
        (s, f"{f['solved']}/{f['of']}", f["median"], max(f["evaluations_by_seed"]),
         *(f"{f['best_at'][n]:.3f}" for n in MARKS), f["failed_share"], f["s_per_1000"])
        for s, f in ours.items()
    ] + [
        (f"{s}, holo's genetic", f"{f['solved']}/{f['of']}", "-", "-",
         *(f"{x:.3f}" for x in f["best_at"].values()), "-", "-")
        for s, f in theirs.items()
    ]  # fmt: skip
    marks = [f"at {n}" for n in MARKS]
    table(
        f"evaluations to the optimum, and mean best value on the way, {args.seeds} seeds",
        ("function", "solved", "median", "most", *marks, "failed", "s/1000"),
        lines,
    )
    settings = {"seeds": args.seeds, "first_seed": args.seed, "batch": args.batch,
                "budget": args.budget, "workers": args.workers,
                "functions": "pytorch-holo" if args.peer else "own"}  # fmt: skip
    finish("ehrlich", settings, {"mutate": ours, "holo": theirs}, record=not args.no_record)


if __name__ == "__main__":
    main()
