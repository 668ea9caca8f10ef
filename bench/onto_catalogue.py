# SPDX-License-Identifier: Apache-2.0
"""What are the other endpoints of the catalogue worth to few own rows of a property?

Each ADMET set in turn plays the property that nobody has a model of: its own model is taken from
the catalogue, the others say what they think of every structure (unseen, where they know it), and
50, 100 or 300 rows of whole families are learned from with and without that. Judged on the rows of
all other families; both ways have the same rows, families and seeds. Nothing is chosen here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve

from _common import finish, load, mean_interval, parser, table
from loopwright.api.beneath import catalogue
from loopwright.api.catalogues import endpoints_of
from loopwright.core.values import Features, Targets
from loopwright.science.classes import auroc
from loopwright.science.metrics import spearman
from loopwright.training.doubt import scale_of, to_scale
from loopwright.training.others import Others
from loopwright.training.property_model import lifted
from loopwright.training.trial import RECIPES
from loopwright.training.unseen import said_of
from tdc_admet import described, rows_of

__all__ = ["run"]

SIZES = (50, 100, 300)
MOST = 2_500
"""Rows of a set that take part, drawn."""


def main() -> None:
    p = parser(__doc__, seeds=6)
    p.add_argument("--sets", default="", help="names of ADMET sets, by comma; all if blank")
    args = p.parse_args()
    print(f"load average {load()} at the start")
    others = catalogue()
    asked = args.sets.split(",") if args.sets else []
    figures: dict[str, Any] = {}
    for endpoint in endpoints_of("admet"):
        if asked and endpoint.data not in asked:
            continue
        below = others.only([n for n, p in _named(others) if p != endpoint.name])
        found = _compared(endpoint.data, endpoint.task, below, args.seeds)
        figures |= {f"{endpoint.data}, {size}": told for size, told in found.items()}
        print(*(f"{k}: {v}" for k, v in found.items()), sep="\n", flush=True)
    table(
        "score on other families (Spearman; AUROC of classes), and change of the loss in per cent",
        ("set, own rows", "own alone", "with the catalogue", "gain", "loss"),
        [(name, f"{f['own']:.3f}", f"{f['columns']:.3f}", _band(f["gain"]), f"{f['loss']:+.1f}")
         for name, f in figures.items()],
    )  # fmt: skip
    finish("onto_catalogue", {"seeds": args.seeds, "sizes": SIZES, "most": MOST}, figures,
           record=not args.no_record)  # fmt: skip


def _named(others: Others) -> list[tuple[str, str]]:
    return list(zip(others.kept, others.properties, strict=True))


def _compared(name: str, task: str, below: Others, seeds: int) -> dict[int, Any]:
    rows = rows_of(name, "train_val")
    rows = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))[:MOST]]
    features, targets = described(rows)
    values = targets.values[:, 0]
    scale = scale_of(values) if task == "regression" else "plain"
    learned = evolve(targets, values=to_scale(targets.values, scale), tasks=(task,))
    ways = {"own": features, "columns": lifted(features, below.ask(features))}
    found = {}
    for size in SIZES:
        told = [t for s in range(seeds) if (t := run(ways, learned, size, s, task))]
        if not told:
            continue
        score = {w: np.array([t[w][0] for t in told]) for w in ways}
        lost = {w: float(np.mean([t[w][1] for t in told])) for w in ways}
        found[size] = {
            **{w: round(float(s.mean()), 4) for w, s in score.items()},
            "gain": mean_interval(score["columns"] - score["own"]),
            "loss": round(100 * (lost["columns"] / lost["own"] - 1), 2),
            "seeds": len(told),
        }
    return found


def run(
    ways: dict[str, Features], targets: Targets, size: int, seed: int, task: str
) -> dict[str, tuple[float, float]] | None:
    """Return score and loss of each way; None if too few rows are left, or one class."""
    family = np.asarray(ways["own"].blocks["family"]).ravel()
    places = {
        f: i for i, f in enumerate(np.random.default_rng(seed).permutation(np.unique(family)))
    }
    order = np.argsort([places[f] for f in family], kind="stable")
    seen, rest = order[:size], order[size:]
    new = rest[~np.isin(family[rest], family[seen])]
    truth = targets.values[:, 0]
    if len(new) < 60 or np.ptp(truth[seen]) == 0:
        return None
    score = auroc if task == "classification" else spearman
    told = {}
    for way, features in ways.items():
        said = said_of(RECIPES["auto"], features, targets, seen=seen, new=new, seed=seed)
        gaps = said - truth[new]
        told[way] = float(score(truth[new], said)), float(np.mean(gaps**2))
    return told


def _band(gain: Any) -> str:
    return f"{gain['mean']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"


if __name__ == "__main__":
    main()
