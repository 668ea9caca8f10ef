# SPDX-License-Identifier: Apache-2.0
"""What place does the default recipe take on MoleculeACE, over all test rows and over cliffs?

Potency of 22 series, the published split of each, one training run a series with the settings that
every user gets. The published errors are those of 24 methods and representations; the rank is the
place that ours would take among them. RMSE is in logarithmic units.
"""

from __future__ import annotations

import csv
import json
import time
from collections import defaultdict
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from _common import ACE_VALUE, ace_rows, finish, load, parser, shared_file, table
from loopwright.core.values import Targets
from loopwright.registry import build
from loopwright.training.property import KINDS
from loopwright.training.property_model import Property, lifted
from tdc_admet import first_of

FOLDER = "series/moleculeace"


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--sets", default="", help="names, by comma; all without")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--onto", default="auto", choices=("auto", "none", "all"))
    args = p.parse_args()
    published = _published()
    names = args.sets.split(",") if args.sets else sorted(published)
    print(f"load average {load()} at the start")
    results = {}
    for name in names:
        with threadpool_limits(limits=args.threads):
            results[name] = _one(name, published[name], onto=args.onto)
        print(json.dumps({name: results[name]}), flush=True)
    table(
        "the default recipe on MoleculeACE, RMSE in log units",
        ("set", "rows", "all", "rank", "best", "cliffs", "rank", "best", "coverage", "s"),
        [
            (name, r["n_test"], f"{r['rmse']:.3f}", r["rank"], f"{r['best']:.3f}",
             f"{r['cliff_rmse']:.3f}", r["cliff_rank"], f"{r['cliff_best']:.3f}",
             f"{r['coverage']:.3f}", f"{r['train_s']:.0f}")
            for name, r in results.items()
        ],
    )  # fmt: skip
    figures = {"sets": results, **_summary(results, {n: published[n] for n in names})}
    print(json.dumps({k: v for k, v in figures.items() if k != "sets"}, indent=1))
    finish(
        "moleculeace",
        {"threads": args.threads, "onto": args.onto},
        figures,
        record=not args.no_record,
    )


def _published() -> dict[str, dict[str, tuple[float, float]]]:
    """Return (RMSE, RMSE on cliffs) of each method, by set."""
    found: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    text = shared_file(f"{FOLDER}/_published_results.csv").content.decode()
    for row in csv.DictReader(text.splitlines()):
        method = f"{row['algorithm']} {row['descriptor']}"
        found[row["dataset"]][method] = (float(row["rmse"]), float(row["cliff_rmse"]))
    return dict(found)


def _one(name: str, published: dict[str, tuple[float, float]], *, onto: str) -> dict[str, Any]:
    rows = ace_rows(name)
    begun, cpu = time.perf_counter(), time.process_time()
    modality = build("modalities", "molecules", {"n_workers": 1})
    features = modality.describe([modality.parse(r["smiles"]) for r in rows], KINDS)
    values = np.array([float(r[ACE_VALUE]) for r in rows])
    is_test = np.array([r["split"] == "test" for r in rows])
    is_cliff = np.array([r["cliff_mol"] == "1" for r in rows])[is_test]
    known = values[~is_test, None]
    targets = Targets(
        values=known, bounds=np.zeros(known.shape, np.int8), n_replicates=np.ones(known.shape, int)
    )
    seen, new = (features.take(np.flatnonzero(rows)) for rows in (~is_test, is_test))
    model, others = first_of(seen, targets, Property(name=name), onto=onto)
    if others is not None:
        new = lifted(new, others.ask(new))
    trained, cpu_trained = time.perf_counter(), time.process_time()
    said = model.predict(new)
    truth = values[is_test]
    gaps = said.mean[:, 0] - truth
    inside = (said.low[:, 0] <= truth) & (truth <= said.high[:, 0])
    every, cliffs = np.sqrt(np.mean(gaps**2)), np.sqrt(np.mean(gaps[is_cliff] ** 2))
    theirs = np.array(list(published.values()))
    return {
        "n_test": int(is_test.sum()),
        "rmse": round(float(every), 4),
        "rank": 1 + int((theirs[:, 0] <= every).sum()),
        "best": round(float(theirs[:, 0].min()), 4),
        "cliff_rmse": round(float(cliffs), 4),
        "cliff_rank": 1 + int((theirs[:, 1] <= cliffs).sum()),
        "cliff_best": round(float(theirs[:, 1].min()), 4),
        "coverage": round(float(inside.mean()), 4),
        "recipe": list(model.card.recipe),
        "n_others": 0 if others is None else len(others.kept),
        "train_s": round(trained - begun, 2),
        "cpu_s": round(cpu_trained - cpu, 2),
    }


def _summary(
    results: dict[str, dict[str, Any]], published: dict[str, dict[str, tuple[float, float]]]
) -> dict[str, Any]:
    """Return our mean ranks, and those of the best published method when we stand beside it."""
    found: dict[str, Any] = {"sets_run": len(results)}
    for column, ours, rank in ((0, "rmse", "rank"), (1, "cliff_rmse", "cliff_rank")):
        theirs: dict[str, list[int]] = defaultdict(list)
        for name, methods in published.items():
            for method, errors in methods.items():
                better = sum(e[column] < errors[column] for e in methods.values())
                theirs[method].append(1 + better + (results[name][ours] <= errors[column]))
        means = {m: float(np.mean(r)) for m, r in theirs.items() if len(r) == len(results)}
        best = min(means, key=lambda m: means[m])
        found[f"mean_{rank}"] = round(float(np.mean([r[rank] for r in results.values()])), 3)
        found[f"best_published_mean_{rank}"] = [best, round(means[best], 3)]
    covered = [r["coverage"] for r in results.values()]
    found["mean_coverage"] = round(float(np.mean(covered)), 4)
    found["coverage_range"] = [min(covered), max(covered)]
    found["total_s"] = round(sum(r["train_s"] for r in results.values()), 1)
    return found


if __name__ == "__main__":
    main()
