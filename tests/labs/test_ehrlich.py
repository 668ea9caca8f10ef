# SPDX-License-Identifier: Apache-2.0
"""Ehrlich functions: equal to those of pytorch-holo, solvable, and honest about what fails."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from loopwright.core.errors import SpecError
from loopwright.core.values import Candidate, Order
from loopwright.registry import build

HOLO = json.loads((Path(__file__).parent / "ehrlich_holo.json").read_text(encoding="utf-8"))
"""Functions of pytorch-holo 0.0.5 with its values, as ``bench/peers/holo_peer.py`` wrote them."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
HARD = {"letters": LETTERS, "length": 128, "n_motifs": 8, "motif_length": 8, "quantization": 8}


def measured(lab, texts):
    order = Order(
        id="o",
        candidates=tuple(Candidate(id=f"s{i}", text=t) for i, t in enumerate(texts)),
        properties=("value",),
        units=("1",),
    )
    (file,) = lab.collect(order)
    return list(csv.DictReader(io.StringIO(file.content.decode())))


def values(lab, texts):
    rows = measured(lab, texts)
    return [float(r["value"]) if r["status"] == "ok" else None for r in rows]


@pytest.mark.parametrize("written", HOLO, ids=[f"{w['options']['length']} long" for w in HOLO])
def test_a_given_function_says_what_holo_says_of_every_sequence(written):
    texts, told = zip(*written["told"], strict=True)
    mine = values(build("labs", "ehrlich", written["options"]), texts)
    assert [m is None for m in mine] == [t is None for t in told]
    assert [m for m in mine if m is not None] == pytest.approx([t for t in told if t is not None])
    assert None in told and len(set(told)) > 4, "the table holds both kinds, and several values"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("shape", [{}, HARD], ids=["twenty letters", "8 motifs of 8"])
def test_the_optimum_of_a_drawn_function_is_feasible_and_worth_one(seed, shape):
    lab = build("labs", "ehrlich", {**shape, "seed": seed})
    assert values(lab, [lab.optimum]) == [1.0]
    (start,) = values(lab, [lab.parent])
    assert start is not None and start < 1.0


def test_nothing_is_worth_more_than_the_optimum_or_less_than_nothing():
    lab = build("labs", "ehrlich", {"length": 16, "n_motifs": 2})
    rng = np.random.default_rng(0)
    best = np.array(list(lab.optimum))
    texts = [
        "".join(np.where(rng.random(16) < 0.3, rng.choice(list(lab.letters), 16), best))
        for _ in range(400)
    ]
    told = [v for v in values(lab, texts) if v is not None]
    assert len(told) > 20 and 0.0 <= min(told) < max(told) <= 1.0


def test_what_is_infeasible_has_failed_with_its_reason_and_no_number():
    options = {"letters": "ABC", "length": 4, "motifs": ["AB"], "spacings": [[2]], "banned": ["BA"]}
    lab = build("labs", "ehrlich", {**options, "quantization": 2})
    rows = measured(lab, ["AABB", "ABAB", "AAB", "AXBB"])
    assert [r["status"] for r in rows] == ["ok", "failed", "failed", "failed"]
    assert [r["value"] for r in rows] == ["1", "", "", ""]
    assert "next to each other" in rows[1]["comment"]
    assert all("not a sequence of 4 letters" in r["comment"] for r in rows[2:])


def test_the_same_seed_gives_the_same_function_and_another_seed_another():
    labs = [build("labs", "ehrlich", {"seed": s}) for s in (1, 1, 2)]
    texts = [labs[0].optimum, labs[0].parent]
    told = [values(lab, texts) for lab in labs]
    assert told[0] == told[1] != told[2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"letters": "AAC"},
        {"length": 10},
        {"quantization": 3},
        {"motifs": ["AC"], "spacings": [[1, 2]]},
        {"motifs": ["AC"], "spacings": [[40]]},
        {"motifs": ["A?"], "spacings": [[1]]},
        {"motifs": ["AC"], "spacings": [[1]], "banned": ["ACD"]},
    ],
    ids=["a letter twice", "too short", "steps", "spacings", "too wide", "no letter", "no pair"],
)
def test_a_function_that_cannot_be_is_refused(wrong):
    assert build("labs", "ehrlich", {"motifs": ["AC"], "spacings": [[1]], "quantization": 2})
    with pytest.raises(SpecError, match="ehrlich"):
        build("labs", "ehrlich", wrong)
