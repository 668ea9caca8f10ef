# SPDX-License-Identifier: Apache-2.0
"""Do the values of a related series help, and do those of another one hurt? Replays, side by side.

Three pairs of MoleculeACE targets: another assay of the same receptor (kappa opioid: EC50 with Ki),
a sister receptor (PPAR delta with gamma), and one that has nothing to do with it (PPAR delta with
thrombin). ``loop`` starts at random and knows its own values only; ``related`` starts by the
related series and learns on top of it where that is judged better. Each buys the same number; the
gain is judged seed by seed. Whether a molecule stands in both series plays no part.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from _common import ace_file, finish, load, mean_interval, parser, table
from loopwright.loop.related import read_related
from loopwright.loop.replay import Plan, replay
from loopwright.loop.series import MOLECULES, read_series
from loopwright.spec.goal import Goal

PAIRS = (
    ("CHEMBL237_EC50", "CHEMBL237_Ki"),
    ("CHEMBL3979_EC50", "CHEMBL235_EC50"),
    ("CHEMBL3979_EC50", "CHEMBL204_Ki"),
)
GOAL = Goal(property="pKi")
STRATEGIES = ("loop", "related", "random")
TOP = 0.05


def main() -> None:
    p = parser(__doc__, seeds=8)
    p.add_argument("--start", type=int, default=24)
    p.add_argument("--batch", type=int, default=24)
    p.add_argument("--cycles", type=int, default=5)
    args = p.parse_args()
    print(f"load average {load()} at the start")
    figures: dict[str, Any] = {}
    rows = []
    for own, other in PAIRS:
        found = _replayed(own, other, args)
        figures[f"{own} beside {other}"] = found
        for name in STRATEGIES:
            curve = " ".join(f"{100 * share:.0f}" for share in found[name]["curve"])
            rows.append((f"{own} beside {other}", name, curve))
        gain = found["gain"]
        told = f"{gain['mean']:+.1f} [{gain['low']:.1f}, {gain['high']:.1f}]"
        rows.append(("", "related minus loop, mean over the curve", told))
    table("true top 5 % found after each batch, %", ("series", "strategy", "found"), rows)
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    finish("transfer", settings, figures, record=not args.no_record)


def _replayed(own: str, other: str, args: Any) -> dict[str, Any]:
    series = read_series(ace_file(own), (GOAL,))
    series = evolve(series, related=read_related(ace_file(other), GOAL, MOLECULES))
    top = round(TOP * len(series.ids))
    plan = Plan(start=args.start, batch=args.batch, cycles=args.cycles, top=top)
    results = replay(series, plan, STRATEGIES, range(args.seeds), n_workers=args.workers)
    curves = {s: [r.found for r in results if r.strategy == s] for s in STRATEGIES}
    means = {s: [100 * sum(c) / len(c) for c in each] for s, each in curves.items()}
    gaps = [a - b for a, b in zip(means["related"], means["loop"], strict=True)]
    answer: dict[str, Any] = {
        s: {"curve": [round(sum(x) / len(x), 4) for x in zip(*each, strict=True)]}
        for s, each in curves.items()
    }
    return answer | {"gain": mean_interval(gaps)}


if __name__ == "__main__":
    main()
