# SPDX-License-Identifier: Apache-2.0
"""A large pool is screened: the picks stay, the memory does not grow."""

from itertools import product

import numpy as np
import pytest

from loopwright.core.values import RawFile
from loopwright.loop import screen
from loopwright.loop.plain import Ask, choose_from_files
from loopwright.loop.tools import Bank
from loopwright.registry import build
from loopwright.spec.campaign import Choice
from loopwright.spec.goal import Goal

ENDS = ("C", "CC", "CCC", "O", "CO", "F", "Cl", "Br", "N", "N#C", "FC(F)(F)", "NC(=O)", "OC(=O)")
TEXTS = sorted({f"{a}c1c{m}c(cc1){b}" for a, b, m in product(ENDS, ENDS, ("c", "n"))})


@pytest.fixture(scope="module")
def files():
    """Measured molecules, and a pool of more of them."""
    known = TEXTS[::9]
    rows = [f"{t},{t.count('C') + 0.3 * t.count('O'):.2f},{t.count('N')}" for t in known]
    pool = "\n".join(["smiles", *TEXTS]).encode()
    measured = "\n".join(["smiles,up,down", *rows]).encode()
    return RawFile(name="pool.csv", content=pool), RawFile(name="m.csv", content=measured)


def _picks(files, *goals):
    ask = Ask(
        goals=goals,
        modality=Choice(name="molecules"),
        batch=6,
        cycles_left=1,
        cost="",
        budget=None,
        max_per_family=None,
        seed=0,
    )
    return [p.candidate.id for p in choose_from_files(*files, ask).picks]


@pytest.mark.parametrize(
    "goals",
    [(Goal(property="up"),), (Goal(property="up"), Goal(property="down", direction="minimize")),
     (Goal(property="up", match=4.0),)],
    ids=["one goal", "two goals", "a match"],
)  # fmt: skip
def test_a_screened_pool_gives_picks_of_the_whole_one(files, monkeypatch, goals):
    whole = _picks(files, *goals)
    kept = []
    monkeypatch.setattr(screen, "LARGE", 120)
    monkeypatch.setattr(screen, "CHUNK", 50)
    monkeypatch.setattr(screen, "ROWS", 20)
    close = Bank.describe

    def counted(bank, candidates):
        kept.append(len(candidates))
        return close(bank, candidates)

    monkeypatch.setattr(Bank, "describe", counted)
    screened = _picks(files, *goals)
    assert len(set(screened)) == 6 == len(screened)
    assert max(kept) <= 120, "the rest of the pool was not kept"
    if len(goals) == 1 and goals[0].match is None:
        assert len(set(screened) & set(whole)) >= 5


def test_a_glance_describes_like_a_close_look_and_keeps_nothing():
    molecules = build("modalities", "molecules", {})
    bank = Bank(molecules, frozenset({"counts", "vector"}))
    some = [molecules.parse(text) for text in TEXTS[:7]]
    seen, kept = bank.glance(some), bank.describe(some)
    assert seen.ids == kept.ids
    assert np.array_equal(seen.blocks["vector"], kept.blocks["vector"])
    assert bank.glance(some[:2]).ids == kept.ids[:2]
