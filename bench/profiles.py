# SPDX-License-Identifier: Apache-2.0
"""A profile of thresholds on two or three properties: who finds most that meet all of it?

The pools are real: endpoints of the TDC ADMET group joined by structure. All sides learn by ``gp``,
start from the same rows and buy the same number. Beside the hits stands what was said of every pick
beforehand: the chance that its measurements reach every threshold, against how many did.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from _common import finish, load, mean_interval, parser, table
from goals import joined
from loopwright.loop.reached import reach
from loopwright.loop.replay import Plan, _campaign
from loopwright.loop.run import advance, look
from loopwright.loop.series import Series
from loopwright.loop.state import State
from loopwright.spec.goal import Goal

POOLS: Mapping[str, tuple[Goal, ...]] = {
    "logD 1 to 3, microsomal clearance below 10": (
        Goal(property="lipophilicity_astrazeneca", match=2.0, threshold=1.0),
        Goal(property="clearance_microsome_az", direction="minimize", threshold=10.0),
    ),
    "logD 2 at least, 90 % bound at most": (
        Goal(property="lipophilicity_astrazeneca", threshold=2.0),
        Goal(property="ppbr_az", direction="minimize", threshold=90.0),
    ),
    "logD 2 at least, bound and hepatocyte clearance low": (
        Goal(property="lipophilicity_astrazeneca", threshold=2.0),
        Goal(property="ppbr_az", direction="minimize", threshold=95.0),
        Goal(property="clearance_hepatocyte_az", direction="minimize", threshold=20.0),
    ),
}
SIDES = ("desirability", "pareto", "random")
BINS = (0.0, 0.1, 0.25, 0.5, 1.0)


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--pools", default=",".join(map(str, range(len(POOLS)))), help="numbers")
    p.add_argument("--seeds", type=int, default=6)
    p.add_argument("--start", type=int, default=30)
    p.add_argument("--batch", type=int, default=12)
    p.add_argument("--cycles", type=int, default=4)
    args = p.parse_args()
    print(f"load average {load()} at the start")
    plan = Plan(start=args.start, batch=args.batch, cycles=args.cycles, top=1)
    figures = {}
    for number in map(int, args.pools.split(",")):
        name, goals = list(POOLS.items())[number]
        figures[name] = _compare(joined(goals), plan, args.seeds)
        _show(name, figures[name])
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    finish("profiles", settings, figures, record=not args.no_record)


def _compare(series: Series, plan: Plan, n_seeds: int) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "n_pool": len(series.ids), "n_hits": reach(series, series.ids, 1).hits
    }  # fmt: skip
    said: list[tuple[float, bool]] = []
    for side in SIDES:
        runs = [_run(series, plan, side, seed) for seed in range(n_seeds)]
        figures[side] = {"each": [hits for hits, _ in runs]}
        figures[side]["hits"] = mean_interval(figures[side]["each"])
        said += [pair for _, told in runs for pair in told]
    for side in SIDES[1:]:
        pairs = zip(figures[SIDES[0]]["each"], figures[side]["each"], strict=True)
        figures[side]["desirability gains"] = mean_interval([a - b for a, b in pairs])
    figures["said"] = _reliability(said)
    return figures


def _run(series: Series, plan: Plan, side: str, seed: int) -> tuple[int, list[tuple[float, bool]]]:
    """Return the hits of one campaign, and of each pick what was said and what came true."""
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(limits=1):
        held_back = Path(folder) / "held_back.csv"
        held_back.write_bytes(series.held_back)
        campaign = _campaign(series, plan, side, seed, held_back)
        while isinstance(advance(campaign), State):
            pass
        view = look(campaign)
        picks = [p for d in view.state.picks for p in campaign.record.get_json(d)]
    told = [
        (p["meets"], p["candidate"]["id"] in view.hits) for p in picks if p["meets"] is not None
    ]
    return len(view.hits), told


def _reliability(said: Sequence[tuple[float, bool]]) -> list[dict[str, float]]:
    """Return, for picks that were said to be about as likely, how many did meet the profile."""
    chance, came = np.array([s for s, _ in said]), np.array([c for _, c in said])
    place = np.digitize(chance, BINS[1:-1])
    return [
        {
            "n": int((place == b).sum()),
            "said": float(chance[place == b].mean()),
            "came true": float(came[place == b].mean()),
        }
        for b in range(len(BINS) - 1)
        if (place == b).any()
    ]


def _show(name: str, figures: Mapping[str, Any]) -> None:
    rows = []
    for side in SIDES:
        told, gain = figures[side]["hits"], figures[side].get("desirability gains")
        span = "" if gain is None else f"{gain['mean']:+.1f} [{gain['low']}, {gain['high']}]"
        rows.append((side, f"{told['mean']:.1f}", span))
    title = f"{name}: {figures['n_hits']} of {figures['n_pool']} meet it"
    table(title, ("side", "hits", "desirability gains"), rows)
    said = [(b["n"], f"{b['said']:.2f}", f"{b['came true']:.2f}") for b in figures["said"]]
    table("what was said of picks", ("picks", "said", "came true"), said)


if __name__ == "__main__":
    main()
