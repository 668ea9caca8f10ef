# SPDX-License-Identifier: Apache-2.0
"""A hard limit on a second property: does the loop find more of the best that keep it?

The pools are real: endpoints of the TDC ADMET group joined by structure. All sides start from the
same rows and buy the same number; found is the share of the true top of the first goal among the
molecules whose measured value keeps the limit. Beside ``pareto``, as the loop chooses with limits,
stand: ``ucb`` that is not told of the limit, ``ucb`` among those whose predicted mean keeps the
limit, and chance. All learn by ``gp`` alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from _common import Bought, bought, finish, load, mean_interval, parser, table
from goals import joined
from loopwright.core.ports import Proposer
from loopwright.core.slate import Slate
from loopwright.loop.reached import reach
from loopwright.loop.replay import Plan
from loopwright.loop.series import Series
from loopwright.registry import build
from loopwright.spec.goal import Goal

POOLS: Mapping[str, tuple[Goal, ...]] = {
    "logD up, 90 % bound at most": (
        Goal(property="lipophilicity_astrazeneca"),
        Goal(property="ppbr_az", direction="minimize", threshold=90.0, limit=True),
    ),
    "logD up, microsomal clearance 10 at most": (
        Goal(property="lipophilicity_astrazeneca"),
        Goal(property="clearance_microsome_az", direction="minimize", threshold=10.0, limit=True),
    ),
    "soluble, toxicity 2 at most": (
        Goal(property="solubility_aqsoldb"),
        Goal(property="ld50_zhu", direction="minimize", threshold=2.0, limit=True),
    ),
}


@frozen(kw_only=True)
class Filtered:
    """Lets another proposer choose the first goal among those whose mean keeps the limits."""

    inner: Proposer
    is_guided: bool = True
    hedges: bool = True

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return rows that are thought to keep the limits; others only if these are too few."""
        limits = [goal for goal in slate.outlooks if goal.is_limit]
        kept = np.all([goal.worth(goal.mean) >= 0.0 for goal in limits], axis=0)
        rows = np.flatnonzero(kept)
        part = evolve(
            slate,
            features=slate.features.take(rows),
            mean=slate.mean[rows],
            std=slate.std[rows],
            covariance=lambda some: slate.covariance(rows[some]),
            outlooks=(),
        )
        chosen = rows[self.inner.propose(part, batch_size, rng)]
        rest = np.flatnonzero(~kept)[: batch_size - len(chosen)]
        return np.concatenate([chosen, rest])


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--pools", default=",".join(map(str, range(len(POOLS)))), help="numbers")
    p.add_argument("--seeds", type=int, default=8)
    p.add_argument("--start", type=int, default=30)
    p.add_argument("--batch", type=int, default=12)
    p.add_argument("--cycles", type=int, default=5)
    p.add_argument("--top", type=float, default=0.1, help="share of those that keep the limit")
    args = p.parse_args()
    print(f"load average {load()} at the start")
    figures = {}
    for number in map(int, args.pools.split(",")):
        name, goals = list(POOLS.items())[number]
        figures[name] = _compare(goals, args)
        _show(name, figures[name])
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    finish("limits", settings, figures, record=not args.no_record)


def _compare(goals: tuple[Goal, ...], args: Any) -> dict[str, Any]:
    series = joined(goals)
    top = int(np.ceil(args.top * series.is_kept.sum()))
    plan = Plan(start=args.start, batch=args.batch, cycles=args.cycles, top=top)
    figures: dict[str, Any] = {
        "n_pool": len(series.ids), "n_kept": int(series.is_kept.sum()), "top": top
    }  # fmt: skip
    for seed in range(args.seeds):
        print(f"  seed {seed}", file=sys.stderr, flush=True)
        for side, run in _sides(series, goals, plan, seed).items():
            told = figures.setdefault(side, {"found": [], "kept": []})
            last = [series.ids[i] for i in list(run)[-1].rows]
            told["found"].append(reach(series, last, top).found)
            told["kept"].append(float(np.mean([series.is_kept[series.ids.index(i)] for i in last])))
    for side in ("not told", "told by mean", "random"):
        pairs = zip(figures["loop"]["found"], figures[side]["found"], strict=True)
        figures[side]["loop gains"] = mean_interval([a - b for a, b in pairs])
    return figures


def _sides(
    series: Series, goals: tuple[Goal, ...], plan: Plan, seed: int
) -> dict[str, Iterator[Bought]]:
    blind = joined(goals[:1], beside=[goal.property for goal in goals[1:]])
    assert blind.ids == series.ids, "same pool, same start"
    by_mean = Filtered(inner=build("proposers", "ucb", {}))
    return {
        "loop": bought(series, plan, "pareto", seed),
        "not told": bought(blind, plan, "ucb", seed),
        "told by mean": bought(series, plan, "pareto", seed, proposer=by_mean),
        "random": bought(series, plan, "random", seed),
    }


def _show(name: str, figures: Mapping[str, Any]) -> None:
    rows = []
    for side in ("loop", "told by mean", "not told", "random"):
        told = figures[side]
        gain = told.get("loop gains")
        span = "" if gain is None else f"{gain['mean']:+.3f} [{gain['low']}, {gain['high']}]"
        rows.append((side, f"{np.mean(told['found']):.3f}", f"{np.mean(told['kept']):.2f}", span))
    title = f"{name}: {figures['n_kept']} of {figures['n_pool']} keep it, top {figures['top']}"
    table(title, ("side", "found", "share that keeps it", "loop gains"), rows)


if __name__ == "__main__":
    main()
