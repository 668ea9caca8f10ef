# SPDX-License-Identifier: Apache-2.0
"""Does the loop lose to plain greedy, or to plain UCB, anywhere? On series that people measured.

TYK2, D2R and every MoleculeACE target of more than 1,500 molecules: a random start of 60, five
batches of 60, the best 5 % are looked for. Each strategy is judged by the area under its curve
(the mean share found after each batch); the loop is compared with each other one seed by seed.
"""

from __future__ import annotations

import csv
import io
import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from _common import ace_file, finish, load, mean_interval, parser, shared_file, table
from loopwright.loop.replay import Plan, replay
from loopwright.loop.series import Series, read_series
from loopwright.spec.goal import Goal

RIVALS = "greedy,boosted,ucb"
LEAST = 1_500
ACE = "series/moleculeace"


def main() -> None:
    p = parser(__doc__, seeds=5)
    p.add_argument("--series", default="", help="names, by comma; all if blank")
    p.add_argument("--rivals", default=RIVALS, help="strategies, by comma")
    args = p.parse_args()
    rivals = tuple(args.rivals.split(","))
    print(f"load average {load()} at the start")
    asked = set(args.series.split(",")) - {""}
    figures: dict[str, Any] = {}
    for name, series in _all(asked):
        begun = time.perf_counter()
        figures[name] = _compared(series, rivals, args.seeds, args.workers)
        told = " ".join(f"{s} {figures[name][s]['area']['mean']:.3f}" for s in ("loop", *rivals))
        print(
            f"  {name} ({len(series.ids)}): {told}  {time.perf_counter() - begun:.0f} s", flush=True
        )
    rows = [
        (rival, *_tally([f[rival]["loop_minus"] for f in figures.values()])) for rival in rivals
    ]
    columns = ("rival", "series", "loop better", "worst", "mean")
    table("area under the curve, loop minus rival, in points", columns, rows)
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    finish("series", settings, figures, record=not args.no_record)


def _all(asked: set[str]) -> Iterator[tuple[str, Series]]:
    for name in ("tyk2", "d2r"):
        if not asked or name in asked:
            goals = (Goal(property="affinity"),)
            yield name, read_series(shared_file(f"series/{name}.csv.gz"), goals)
    targets = csv.DictReader(io.StringIO(shared_file(f"{ACE}/_metadata.csv").content.decode()))
    for row in targets:
        name = row["Dataset"]
        if asked and name not in asked:
            continue
        file = ace_file(name)
        if file.content.count(b"\n") - 1 > LEAST:
            yield name, read_series(file, (Goal(property="pKi"),))


def _compared(series: Series, rivals: tuple[str, ...], seeds: int, workers: int) -> dict[str, Any]:
    plan = Plan(start=60, batch=60, cycles=5, top=math.ceil(0.05 * len(series.ids)))
    results = replay(series, plan, ("loop", *rivals), range(seeds), n_workers=workers)
    area = {
        s: [100 * float(np.mean(r.found[1:])) for r in results if r.strategy == s]
        for s in ("loop", *rivals)
    }
    return {
        s: {
            "area": mean_interval(each),
            "found": round(float(np.mean([r.found[-1] for r in results if r.strategy == s])), 4),
            "loop_minus": round(float(np.mean(area["loop"]) - np.mean(each)), 3),
        }
        for s, each in area.items()
    }


def _tally(gaps: list[float]) -> tuple[object, ...]:
    better = sum(g > 0 for g in gaps)
    return len(gaps), f"{better}", f"{min(gaps):+.1f}", f"{np.mean(gaps):+.1f}"


if __name__ == "__main__":
    main()
