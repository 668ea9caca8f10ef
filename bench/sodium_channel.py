# SPDX-License-Identifier: Apache-2.0
"""How much of the true top 5 % is found with 192 of 1,017 sodium-channel inhibitors measured?

The replay of the demo, on the data that RDKit's wheel carries: 24 at random, then seven
batches of 24. Every strategy starts from the same 24 of each seed. Intervals are 95 % t
intervals of the mean over seeds: they speak of other starts, not of other series.
"""

from __future__ import annotations

import math

from _common import finish, load, parser, replays, table
from loopwright.api.replays import demo_file
from loopwright.loop.replay import Plan
from loopwright.loop.series import read_series
from loopwright.spec.goal import Goal

STRATEGIES = "loop,ucb,greedy,ei,thompson,boosted,random,diverse"
TARGET = 0.88


def main() -> None:
    p = parser(__doc__, seeds=20)
    p.add_argument("--strategies", default=STRATEGIES, help="names, by comma")
    args = p.parse_args()
    strategies = args.strategies.split(",")
    print(f"load average {load()} at the start")
    series = read_series(demo_file(), (Goal(property="pIC50"),))
    n = len(series.ids)
    plan = Plan(start=24, batch=24, cycles=7, top=math.ceil(0.05 * n))
    found = replays(series, plan, strategies, seeds=args.seeds, workers=args.workers)
    chance = plan.n_measured / n
    table(
        f"share of the true top {plan.top} of {n} found, mean of {args.seeds} seeds",
        ("strategy", *(str(c["measured"]) for c in found[strategies[0]]["curve"]), "95 %",
         "over chance", "s/batch", "peak MB"),
        [
            (name, *(f"{c['mean']:.3f}" for c in f["curve"]), _band(f["found"]),
             f"{f['found']['mean'] / chance:.1f}x", f"{f['s_per_batch']:.2f}",
             f"{f['peak_mb']:.0f}")
            for name, f in found.items()
        ],
    )  # fmt: skip
    print(f"  chance: {chance:.3f}; to reach: loop {TARGET}")
    settings = {"seeds": args.seeds, "start": 24, "batch": 24, "cycles": 7, "top": plan.top,
                "n_pool": n, "workers": args.workers, "threads_per_worker": 1}  # fmt: skip
    finish("sodium_channel", settings, found, record=not args.no_record)


def _band(found: dict[str, float | None]) -> str:
    if found["low"] is None:
        return "one seed"
    return f"[{found['low']:.3f}, {found['high']:.3f}]"


if __name__ == "__main__":
    main()
