# SPDX-License-Identifier: Apache-2.0
"""Levels in an order: is one score for all borders as good as one class for each?

Boards of the ADMET group whose values are numbers become four levels by the quartiles of their
training values. ``score`` is what ``train --task ordinal`` does; ``classes`` learns "above the
border or not" three times by the same recipe and takes the cumulative minimum, as Frank & Hall
(2001) do. Both learn from the training split and are scored on the test split.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from attrs import evolve

from _common import finish, parser, shared_file, table
from loopwright.api.learnable import Asked, Learnable, read_learnable
from loopwright.api.matter import matter
from loopwright.core.values import Features, FloatArray
from loopwright.science.classes import calibration_error
from loopwright.science.metrics import bootstrap_interval
from loopwright.science.ordinal import (
    level_share,
    median_level,
    quadratic_kappa,
    ranked_loss,
    shortest_range,
)
from loopwright.training.property import KINDS, learn_property
from loopwright.training.property_model import Property

BOARDS = ("caco2_wang", "vdss_lombardo", "ppbr_az", "clearance_microsome_az", "half_life_obach")
LEVELS = ("first", "second", "third", "fourth")


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--boards", default=",".join(BOARDS))
    args = p.parse_args()
    figures: dict[str, Any] = {}
    for board in args.boards.split(","):
        seen, new = (_read(board, part) for part in ("train_val", "test"))
        edges = np.quantile(seen.targets.values[:, 0], [0.25, 0.5, 0.75])
        truth = np.digitize(new.targets.values[:, 0], edges).astype(float)
        levels = np.digitize(seen.targets.values[:, 0], edges).astype(float)
        rows = [matter().describe(one.candidates, KINDS) for one in (seen, new)]
        figures[board] = {
            name: _scored(way, seen, rows, levels, truth)
            for name, way in (("score", _by_score), ("classes", _by_classes))
        }
        print(board, figures[board], flush=True)
    names = ("mae", "kappa", "accuracy", "ranked_loss", "calibration_error", "coverage", "cpu_s")
    table(
        "Test splits, four levels by quartiles",
        ("board, way", "n", *names),
        [
            (f"{b}, {w}", f["n"], *(f"{f[n]:.3f}" for n in names))
            for b, ways in figures.items()
            for w, f in ways.items()
        ],
    )
    finish("levels", {"boards": args.boards}, figures, record=not args.no_record)


def _read(board: str, part: str) -> Learnable:
    file = shared_file(f"tdc_admet/{board}/{part}.csv")
    (one,) = read_learnable(file, Asked(properties=("Y",), task="regression"), matter())
    return one


def _by_score(seen: Learnable, rows: list[Features], levels: FloatArray) -> FloatArray:
    about = Property(name="Y", task="ordinal", levels=LEVELS)
    targets = evolve(seen.targets, values=levels[:, None], tasks=("ordinal",))
    said = learn_property(rows[0], targets, about=about).predict(rows[1]).levels
    assert said is not None, "levels were asked for"
    return said


def _by_classes(seen: Learnable, rows: list[Features], levels: FloatArray) -> FloatArray:
    above = []
    for border in range(3):
        is_above = (levels > border).astype(float)[:, None]
        targets = evolve(seen.targets, values=is_above, tasks=("classification",))
        about = Property(name="Y", task="classification")
        above.append(learn_property(rows[0], targets, about=about).predict(rows[1]).mean[:, 0])
    nested = np.minimum.accumulate(np.stack(above, axis=1), axis=1)
    return -np.diff(nested, axis=1, prepend=1.0, append=0.0)


def _scored(
    way: Any, seen: Learnable, rows: list[Features], levels: FloatArray, truth: FloatArray
) -> dict[str, Any]:
    """Learn and predict one way; return its scores on the test split."""
    begun = time.process_time()
    said = way(seen, rows, levels)
    cpu_s = time.process_time() - begun
    told, (low, high) = median_level(said).astype(float), shortest_range(said)
    loss = ranked_loss(truth, said)
    rng = np.random.default_rng(0)
    is_level = [(truth == k).astype(float) for k in range(len(LEVELS))]
    return {
        "n": len(truth),
        "mae": round(float(np.abs(told - truth).mean()), 4),
        "kappa": round(float(quadratic_kappa(truth, told)), 4),
        "accuracy": round(float(level_share(truth, told)), 4),
        "ranked_loss": round(float(loss.mean()), 4),
        "ranked_loss_interval": [
            round(x, 4) for x in bootstrap_interval((loss,), lambda v: v.mean(axis=-1), rng=rng)
        ],
        "calibration_error": round(
            float(np.mean([calibration_error(t, said[:, k]) for k, t in enumerate(is_level)])), 4
        ),
        "coverage": round(float(((truth >= low) & (truth <= high)).mean()), 4),
        "width": round(float((high - low + 1).mean()), 3),
        "cpu_s": round(cpu_s, 1),
    }


if __name__ == "__main__":
    main()
