# SPDX-License-Identifier: Apache-2.0
"""Does a cheap screen beside the assay pay, if the loop may buy both? Replays at equal cost.

Three pairs that people measured on the same molecules, the cheap one first: clearance in
microsomes before that in hepatocytes (AstraZeneca), binding before function at the kappa opioid
receptor (MoleculeACE, Ki before EC50), and logD before the binding to plasma proteins
(AstraZeneca). Who has no value of the screen fails it. ``loop`` buys both, ``assay`` the costly one
only, ``funnel`` screens first what half of the money pays for. Judged seed by seed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from _common import ACE_VALUE, ace_rows, finish, load, mean_interval, parser, shared_file, table
from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.loop.replay import Plan, Replayed, replay
from loopwright.loop.series import read_series
from loopwright.registry import build
from loopwright.spec.goal import Goal
from loopwright.spec.screen import Screen

PAIRS = {
    "hepatocytes after microsomes": (
        "clearance_microsome_az",
        "clearance_hepatocyte_az",
        "min",
        0.16,
    ),
    "kappa EC50 after Ki": ("CHEMBL237_Ki", "CHEMBL237_EC50", "max", 0.05),
    "plasma binding after logD": ("lipophilicity_astrazeneca", "ppbr_az", "min", 0.05),
}
"""The screen, the assay, what is wanted of it, and which share is looked for: of the hepatocytes
all that the assay cannot tell from no clearance at all, which is a sixth."""

STRATEGIES = ("loop", "assay", "funnel", "random")


def main() -> None:
    p = parser(__doc__, seeds=8)
    p.add_argument("--pairs", default="", help="names, by comma; all if blank")
    p.add_argument("--prices", default="0.1,0.02", help="of a screen, in assays, by comma")
    p.add_argument("--batch", type=int, default=24)
    p.add_argument("--cycles", type=int, default=5)
    args = p.parse_args()
    print(f"load average {load()} at the start")
    asked = [name for name in args.pairs.split(",") if name] or list(PAIRS)
    figures: dict[str, Any] = {}
    rows = []
    for name in asked:
        for price in map(float, args.prices.split(",")):
            told = figures[f"{name}, {price:g}"] = _compared(name, price, args)
            rows += [(f"{name}, {price:g}", s, *_row(told[s])) for s in STRATEGIES]
            print(f"  {name}, {price:g}: {told}", flush=True)
    columns = ("series, price of a screen", "strategy", "found", "loop minus", "assays", "screens")
    table("share of the best found for the same money, %", columns, rows)
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    finish("fidelities", settings, figures, record=not args.no_record)


def _compared(name: str, price: float, args: Any) -> dict[str, Any]:
    cheap, costly, wanted, top = PAIRS[name]
    file, rank = _both(cheap, costly)
    direction = "minimize" if wanted == "min" else "maximize"
    goal = Goal(property="assay", direction=direction)
    series = read_series(file, (goal,), screen=Screen(property="screen", cost=price))
    n_assays = args.batch * (1 + args.cycles)
    plan = Plan(
        start=args.batch,
        batch=args.batch,
        cycles=args.cycles,
        top=round(top * len(series.ids)),
        budget=float(n_assays),
    )
    results = replay(series, plan, STRATEGIES, range(args.seeds), n_workers=args.workers)
    each = {s: [r for r in results if r.strategy == s] for s in STRATEGIES}
    answer = {s: _figures(each[s], each["loop"]) for s in STRATEGIES}
    about = {"n": len(series.ids), "rank_correlation": rank, "budget": n_assays}
    return answer | {"about": about}


def _figures(mine: list[Replayed], loop: list[Replayed]) -> dict[str, Any]:
    gaps = [100 * (a.found[-1] - b.found[-1]) for a, b in zip(loop, mine, strict=True)]
    return {
        "found": mean_interval([100 * r.found[-1] for r in mine]),
        "loop_minus": mean_interval(gaps),
        "found_by_seed": [round(r.found[-1], 4) for r in mine],
        "assays": round(float(np.mean([r.measured[-1] for r in mine])), 1),
        "screens": round(float(np.mean([r.screened[-1] for r in mine])), 1),
        "spent": round(float(np.mean([r.spent[-1] for r in mine])), 2),
    }


def _row(told: dict[str, Any]) -> tuple[str, ...]:
    found, gap = told["found"], told["loop_minus"]
    return (
        f"{found['mean']:.0f} [{found['low']:.0f}, {found['high']:.0f}]",
        f"{gap['mean']:+.1f} [{gap['low']:+.1f}, {gap['high']:+.1f}]",
        f"{told['assays']:.0f}",
        f"{told['screens']:.0f}",
    )


def _both(cheap: str, costly: str) -> tuple[RawFile, float]:
    """Return a table of everybody with a costly value, and how the two values rank alike."""
    screen, assay = (_values(name) for name in (cheap, costly))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["smiles", "assay", "screen"])
    for smiles, value in assay.items():
        writer.writerow([smiles, value, screen.get(smiles, "")])
    shared = [s for s in assay if s in screen]
    ranks = [np.argsort(np.argsort([v[s] for s in shared])) for v in (screen, assay)]
    rank = round(float(np.corrcoef(ranks)[0, 1]), 3)
    return RawFile(name=f"{costly}.csv", content=text.getvalue().encode()), rank


def _values(name: str) -> dict[str, float]:
    """Return canonical structure -> mean value; of a clearance, the logarithm."""
    molecules = build("modalities", "molecules", {})
    found: dict[str, list[float]] = {}
    for smiles, value in _rows(name):
        try:
            text = molecules.parse(smiles).text
        except DataError:
            continue
        found.setdefault(text, []).append(np.log10(value) if "clearance" in name else value)
    return {text: round(float(np.mean(each)), 4) for text, each in found.items()}


def _rows(name: str) -> Iterator[tuple[str, float]]:
    if name.startswith("CHEMBL"):
        yield from ((row["smiles"], float(row[ACE_VALUE])) for row in ace_rows(name))
        return
    for part in ("train_val", "test"):
        content = shared_file(f"tdc_admet/{name}/{part}.csv").content.decode()
        yield from ((r["Drug"], float(r["Y"])) for r in csv.DictReader(io.StringIO(content)))


if __name__ == "__main__":
    main()
