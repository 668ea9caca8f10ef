# SPDX-License-Identifier: Apache-2.0
"""What does one cycle cost: learn from 500, score 50,000, pick 96? And a pool of 1,000,000?

Each part runs in a fresh process, so that its peak memory (``ru_maxrss``) is its own; the
peak includes Python, libraries and arrays, not the helpers that describe. The parts:

- ``whole``: from the CSV file to the batch, as a replay does it; the cycle itself includes
  training with the choice between models, explanation of the picks, ledger and store.
- ``steps``: the same on rows described before: fit alone, fit with 5-fold validation and
  baselines, score every unmeasured row, pick by batch UCB.
- ``million``: the described rows repeated (they are no new molecules: time and memory of
  scoring depend on their number, not on what they are), scored in one call of the Gaussian
  process, which cuts them into chunks.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from _common import bought, finish, load, parser, shared_file, table
from loopwright.core.slate import Slate
from loopwright.core.values import Features, Targets
from loopwright.loop.replay import Plan
from loopwright.loop.series import read_series
from loopwright.registry import build
from loopwright.spec.goal import Goal
from loopwright.training.train import BASELINES, train

ABOUT = ("score", "1")


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--file", default="molpal/Enamine50k_scores.csv.gz", help="of the shared data")
    p.add_argument("--rows", type=int, default=500, help="measured")
    p.add_argument("--batch", type=int, default=96)
    p.add_argument("--threads", type=int, default=0, help="0: as many as cores")
    p.add_argument("--million", type=int, default=1_000_000, help="large pool; 0: none")
    p.add_argument("--million-rows", type=int, nargs="*", default=[500, 3000], help="measured")
    p.add_argument("--part", help="for the processes that this file starts")
    p.add_argument("--folder", type=Path, help="for the same")
    args = p.parse_args()
    if args.part:
        with threadpool_limits(limits=args.threads or None):
            print(json.dumps(PARTS[args.part](args) | {"peak_mb": _peak_mb()}))
        return
    shared_file(args.file)
    print(f"load average {load()} at the start")
    with tempfile.TemporaryDirectory() as folder:
        jobs = {"whole": ("from the file to the batch", "whole", ())}
        jobs["steps"] = ("steps of a cycle on described rows", "steps", ())
        for n in args.million_rows if args.million else ():
            title = f"{args.million:,} rows scored, {n} measured"
            jobs[f"million_{n}"] = (title, "million", ("--rows", str(n)))
        figures = {}
        for name, (title, part, more) in jobs.items():
            figures[name] = _run(part, folder, *more)
            table(title, ("what", "figure"), list(figures[name].items()))
    settings = {k: v for k, v in vars(args).items() if k not in {"no_record", "part", "folder"}}
    finish("one_cycle", settings, figures, record=not args.no_record)


def _run(part: str, folder: str, *more: str) -> dict[str, Any]:
    """Run one part in a fresh process, with our own arguments; later arguments win."""
    command = [sys.executable, __file__, *sys.argv[1:], "--part", part, "--folder", folder, *more]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def _whole(args: Any) -> dict[str, Any]:
    """Read, describe, run one cycle; keep the described rows for the other parts."""
    file = shared_file(args.file)
    goals = (Goal(property="score", direction="minimize"),)
    series, s_read = _timed(lambda: read_series(file, goals))
    modality = build("modalities", "molecules", {})
    # Described once more for its time alone, apart from reading and standardising.
    kinds = frozenset({"counts", "vector"})
    features, s_describe = _timed(lambda: modality.describe(series.candidates, kinds))
    family = modality.describe(series.candidates, frozenset({"family"})).blocks["family"]
    np.savez(args.folder / "described.npz", family=family, worth=series.worth, **features.flat())
    plan = Plan(start=args.rows, batch=args.batch, cycles=1, top=500)
    n_threads = args.threads or None
    *_, last = bought(series, plan, "loop", 0, n_threads=n_threads)
    return {
        "n_pool": len(series.ids),
        "read_and_describe_s": s_read,
        "describe_alone_s": s_describe,
        "whole_cycle_s": round(last.wall_s, 3),
        "whole_cycle_cpu_s": round(last.cpu_s, 3),
    }


def _steps(args: Any) -> dict[str, Any]:
    """Time the steps one by one; the Gaussian process first, then the choice of models."""
    pool, worth, family = _described(args.folder)
    order = np.random.default_rng(0).permutation(len(worth))
    rows, rest = np.sort(order[: args.rows]), np.sort(order[args.rows :])
    known, open_ = pool.take(rows), pool.take(rest)
    targets = _targets(worth[rows])
    seen = Features(ids=known.ids, blocks={**known.blocks, "family": family[rows]})
    gp, ucb = build("models", "gp", {}), build("proposers", "ucb", {})
    baselines = {name: build("models", name, {}) for name in BASELINES}
    fitted, s_fit = _timed(lambda: gp.fit(known, targets, seed=0))
    said, s_score = _timed(lambda: fitted.predict(open_))
    slate = Slate(
        features=open_,
        mean=said.mean[:, 0],
        std=said.std[:, 0],
        noise_std=float(said.noise_std[0]),
        covariance=lambda r: fitted.covariance(open_.take(r)),
        known=known,
        best=float(worth[rows].max()),
        cycles_left=4,
    )
    _, s_pick = _timed(lambda: ucb.propose(slate, args.batch, np.random.default_rng(0)))
    peak_gp = _peak_mb()
    _, s_valid = _timed(lambda: train({"gp": gp}, baselines, seen, targets, about=ABOUT, seed=0))
    both = {"gp": gp, "boosted": build("models", "boosted", {})}
    _, s_both = _timed(lambda: train(both, baselines, seen, targets, about=ABOUT, seed=0))
    return {
        "n_scored": len(rest),
        "fit_s": s_fit,
        "score_s": s_score,
        "pick_s": s_pick,
        "fit_score_pick_s": round(s_fit + s_score + s_pick, 3),
        "fit_and_validate_gp_s": s_valid,
        "fit_and_choose_gp_boosted_s": s_both,
        "validate_score_pick_s": round(s_valid + s_score + s_pick, 3),
        "peak_gp_mb": peak_gp,
    }


def _million(args: Any) -> dict[str, Any]:
    """Repeat the described rows and score them all in one call."""
    pool, worth, _ = _described(args.folder)
    rows = np.sort(np.random.default_rng(0).permutation(len(worth))[: args.rows])
    known = pool.take(rows)
    n_whole, n_more = divmod(args.million, len(pool))
    large = Features.join([*[pool] * n_whole, pool.take(np.arange(n_more))])
    peak_pool = _peak_mb()
    gp, targets = build("models", "gp", {}), _targets(worth[rows])
    fitted, s_fit = _timed(lambda: gp.fit(known, targets, seed=0))
    said, s_score = _timed(lambda: fitted.predict(large))
    assert bool(np.isfinite(said.std).all())
    again = said.mean[len(pool) : 2 * len(pool)]
    assert np.allclose(said.mean[: len(again)], again, atol=1e-3), "equal rows, unequal scores"
    return {
        "pool_arrays_mb": round(_n_bytes(large) / 2**20),
        "peak_with_pool_mb": peak_pool,
        "fit_s": s_fit,
        "score_s": s_score,
        "rows_per_s": round(args.million / s_score),
    }


def _described(folder: Path) -> tuple[Features, Any, Any]:
    with np.load(folder / "described.npz") as kept:
        arrays = dict(kept)
    worth, family = arrays.pop("worth"), arrays.pop("family")
    return Features.unflat(arrays), worth, family


def _targets(values: Any) -> Targets:
    shape = (len(values), 1)
    return Targets(
        values=values.reshape(shape),
        bounds=np.zeros(shape, np.int8),
        n_replicates=np.ones(shape, np.int64),
    )


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    return work(), round(time.perf_counter() - begun, 3)


def _n_bytes(features: Features) -> int:
    return sum(a.nbytes for name, a in features.flat().items() if name != "ids")


def _peak_mb() -> float:
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


PARTS = {"whole": _whole, "steps": _steps, "million": _million}


if __name__ == "__main__":
    main()
