# SPDX-License-Identifier: Apache-2.0
"""Which model orders protein variants that nobody has measured yet?

GB1 (Wu et al. 2016, doi:10.7554/eLife.16965) by the splits of FLIP (Dallago et al. 2021,
doi:10.1101/2021.11.09.467890): learn from single and double mutants, predict the rest, and so on;
the whole sequence is given. GDPa1 (246 antibodies, both chains) by its folds of sequence
clusters, averaged over the folds. What was chosen about the networks was chosen on FLIP's
validation rows (``--development``) alone.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from _common import finish, load, parser, shared_file, table
from loopwright.core.errors import MissingExtraError
from loopwright.core.values import Features, FloatArray, Kind, Targets
from loopwright.registry import build
from loopwright.science.metrics import spearman

GB1 = "proteins/gb1_four_mutations_full.csv.gz"
GB1_LENGTH = 56
"""Behind it the file has a tag and a display protein, the same in all rows."""

SPLITS = ("one_vs_rest", "two_vs_rest", "three_vs_rest", "low_vs_high", "sampled")
ANTIBODIES = "proteins/gdpa1_v1.2.csv.gz"
FOLD = "hierarchical_cluster_IgG_isotype_stratified_fold"
PROPERTIES = ("AC-SINS_pH7.4", "HIC", "PR_CHO", "Titer", "Tm2")
MODELS: Mapping[str, Kind] = {
    "mean": "tokens", "neighbour": "tokens", "linear": "vector", "gp": "vector",
    "sequence": "tokens", "cnn": "tokens",
}  # fmt: skip
"""Model -> what it reads."""


@frozen(kw_only=True, eq=False)
class Task:
    """Rows to learn from, and rows to predict."""

    name: str
    features: Features
    values: FloatArray
    train: np.ndarray
    test: np.ndarray


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--models", default=",".join(MODELS), help="names, by comma")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--only", default="", help="tasks whose names begin so")
    p.add_argument("--development", action="store_true", help="FLIP's validation rows instead")
    args = p.parse_args()
    print(f"load average {load()} at the start")
    names = [name for name in args.models.split(",") if _is_there(name)]
    figures: dict[str, Any] = {}
    tasks = [*_gb1(is_development=args.development)]
    tasks += [] if args.development else _antibodies()
    for task in (t for t in tasks if t.name.startswith(args.only)):
        figures[task.name] = {name: _asked(name, task, args.seed) for name in names}
        told = "  ".join(f"{n} {f['spearman']:.3f}" for n, f in figures[task.name].items())
        print(
            f"  {task.name}: {len(task.train)} to learn, {len(task.test)} asked: {told}", flush=True
        )
    figures = {**figures, **_over_folds(figures, names)}
    shown = {k: f for k, f in figures.items() if " fold " not in k}
    for measure in ("spearman", "rmse", "coverage", "s_fit"):
        rows = [(k, *(f"{f[n][measure]:.3f}" for n in names)) for k, f in shown.items()]
        table(measure, ("task", *names), rows)
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    finish("landscapes", settings, shown, record=not (args.no_record or args.development))


def _is_there(name: str) -> bool:
    """Return whether the libraries of a model are installed; say so where they are not."""
    try:
        build("models", name, {})
    except MissingExtraError as ex:
        print(f"without {name}: {ex.what}", file=sys.stderr)
        return False
    return True


def _asked(name: str, task: Task, seed: int) -> dict[str, float]:
    """Return how well a model orders and predicts the rows asked for."""
    kind = MODELS[name]
    seen = Features(ids=task.features.ids, blocks={kind: task.features.blocks[kind]})
    train, truth = task.train, task.values[task.test]
    targets = Targets(
        values=task.values[train, None],
        bounds=np.zeros((len(train), 1), np.int8),
        n_replicates=np.ones((len(train), 1), np.int64),
    )
    begun = time.perf_counter()
    fitted = build("models", name, {}).fit(seen.take(train), targets, seed=seed)
    s_fit = time.perf_counter() - begun
    said = fitted.predict(seen.take(task.test))
    mean = said.mean[:, 0]
    is_inside = (said.low[:, 0] <= truth) & (truth <= said.high[:, 0])
    return {
        "spearman": round(float(spearman(truth, mean)), 4),
        "rmse": round(float(np.sqrt(np.mean((mean - truth) ** 2))), 4),
        "coverage": round(float(is_inside.mean()), 4),
        "s_fit": round(s_fit, 2),
    }


def _gb1(*, is_development: bool) -> Sequence[Task]:
    rows = [row for row in _rows(GB1) if row["keep"] == "True"]
    modality = build("modalities", "proteins", {"max_length": GB1_LENGTH})
    features = modality.describe(
        [modality.parse(row["sequence"][:GB1_LENGTH]) for row in rows], modality.offers
    )
    values = np.array([float(row["Fitness"]) for row in rows])
    tasks = []
    for split in SPLITS:
        part = np.array([row[split] for row in rows])
        is_kept_apart = np.array([row[f"{split}_validation"] == "True" for row in rows])
        train, test = part == "train", part == "test"
        if is_development:
            train, test = train & ~is_kept_apart, train & is_kept_apart
        tasks.append(
            Task(name=f"GB1 {split}", features=features, values=values,
                 train=np.flatnonzero(train), test=np.flatnonzero(test))
        )  # fmt: skip
    return tasks


def _antibodies() -> Sequence[Task]:
    rows = _rows(ANTIBODIES)
    modality = build("modalities", "proteins", {"chains": ["H", "L"], "max_length": 160})
    pairs = [f"{row['vh_protein_sequence']}:{row['vl_protein_sequence']}" for row in rows]
    features = modality.describe([modality.parse(pair) for pair in pairs], modality.offers)
    folds = np.array([row[FOLD] for row in rows])
    tasks = []
    for name in PROPERTIES:
        values = np.array([float(row[name] or "nan") for row in rows])
        is_known = ~np.isnan(values)
        for fold in sorted(set(folds)):
            tasks.append(
                Task(name=f"GDPa1 {name} fold {fold}", features=features, values=values,
                     train=np.flatnonzero(is_known & (folds != fold)),
                     test=np.flatnonzero(is_known & (folds == fold)))
            )  # fmt: skip
    return tasks


def _over_folds(figures: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the mean of each measure over the folds of a property."""
    found: dict[str, Any] = {}
    for name in PROPERTIES:
        folds = [f for k, f in figures.items() if k.startswith(f"GDPa1 {name} fold ")]
        if folds:
            found[f"GDPa1 {name}"] = {
                n: {m: round(float(np.mean([f[n][m] for f in folds])), 4) for m in folds[0][n]}
                for n in names
            }
    return found


def _rows(relative: str) -> list[dict[str, str]]:
    text = gzip.decompress(shared_file(relative).content).decode()
    return list(csv.DictReader(io.StringIO(text)))


if __name__ == "__main__":
    main()
