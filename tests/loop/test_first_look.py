# SPDX-License-Identifier: Apache-2.0
"""A large pool is screened: the picks stay, the memory does not grow."""

from itertools import product

import numpy as np
import pytest

from loopwright.api.plain import Wanted, propose_from_files
from loopwright.core.values import Candidate, RawFile, Targets
from loopwright.loop import screen
from loopwright.loop.plain import Ask, choose_from_files
from loopwright.loop.replay import Plan, replay
from loopwright.loop.series import read_series
from loopwright.loop.studied import Studied
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
    monkeypatch.setattr(screen, "KEPT", 110)
    monkeypatch.setattr(screen, "SKETCHED", 50)
    monkeypatch.setattr(screen, "SKETCHED_ROWS", 20)
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


def test_every_row_of_a_large_pool_is_told_and_the_unreadable_are_named(files, monkeypatch):
    pool, measured = files
    broken = pool.content.replace(b"\n" + TEXTS[5].encode() + b"\n", b"\nno structure\n")
    monkeypatch.setattr(screen, "LARGE", 120)
    monkeypatch.setattr(screen, "KEPT", 110)
    read = propose_from_files(
        RawFile(name="pool.csv", content=broken + b"\nc1ccccc1(\n"), measured,
        Wanted(goals=("up:max",), batch=6),
    ).pool  # fmt: skip
    assert read.n_rows == len(TEXTS) + 1 == read.n_used + read.n_left_out + read.n_passed_over
    assert read.n_passed_over == len(TEXTS) + 1 - 112
    told = {q.row for q in read.left_out if q.value in {"no structure", "c1ccccc1("}}
    assert told == {7, len(TEXTS) + 2}


def test_a_part_of_a_large_pool_passes_by_chance_and_the_best_pass_by_merit(monkeypatch):
    monkeypatch.setattr(screen, "LARGE", 1_000)
    monkeypatch.setattr(screen, "KEPT", 900)
    molecules = build("modalities", "molecules", {})
    known = TEXTS[::9]
    worth = np.array([[float(t.count("C"))] for t in known])
    targets = Targets(
        values=worth, bounds=np.zeros_like(worth, np.int8), n_replicates=np.ones_like(worth, int)
    )
    studied = Studied(
        goal=Goal(property="C"),
        candidates=[Candidate(id=t, text=t) for t in known],
        targets=targets,
        source="",
    )
    many = TEXTS * 20
    rows = screen.first_look(molecules, [studied], many, seed=0)
    assert len(rows) == screen.KEPT and len(set(rows.tolist())) == screen.KEPT
    n = np.array([t.count("C") for t in many])
    is_in = np.isin(np.arange(len(many)), rows)
    assert is_in[n == n.max()].all() and 0.0 < is_in[n < n.mean()].mean() < 0.05
    again = screen.first_look(molecules, [studied], many, seed=0)
    assert np.array_equal(rows, again)


@pytest.mark.parametrize("modality", ["molecules", "proteins"])
def test_a_replay_on_a_screened_pool_finds_what_one_on_the_whole_pool_finds(monkeypatch, modality):
    letters = "ACDEFGHIKLMNPQRSTVWY"
    rng = np.random.default_rng(3)
    proteins = sorted({"".join(rng.choice(list(letters), 6)) for _ in range(200)})
    texts = TEXTS if modality == "molecules" else proteins
    rows = [f"{t},{t.count('C') + 2 * t.count('W') + 0.3 * t.count('O'):.2f}" for t in texts]
    content = "\n".join([f"{'smiles' if modality == 'molecules' else 'sequence'},y", *rows])
    file = RawFile(name="y.csv", content=content.encode())
    series = read_series(file, (Goal(property="y"),), modality=Choice(name=modality))
    plan = Plan(start=30, batch=10, cycles=3, top=10)
    (whole,) = replay(series, plan, ["loop"], [0])
    for name, value in (
        ("LARGE", 100),
        ("KEPT", 90),
        ("SKETCHED", 70),
        ("CHUNK", 70),
        ("ROWS", 30),
    ):
        monkeypatch.setattr(screen, name, value)
    (screened,) = replay(series, plan, ["loop"], [0])
    assert screened.found[-1] >= whole.found[-1] - 0.2 and screened.found[-1] > 0.5


def test_a_glance_describes_like_a_close_look_and_keeps_nothing():
    molecules = build("modalities", "molecules", {})
    bank = Bank(molecules, frozenset({"counts", "vector"}))
    some = [molecules.parse(text) for text in TEXTS[:7]]
    seen, kept = bank.glance(some), bank.describe(some)
    assert seen.ids == kept.ids
    assert np.array_equal(seen.blocks["vector"], kept.blocks["vector"])
    assert bank.glance(some[:2]).ids == kept.ids[:2]


def test_a_large_pool_is_ranked_among_those_that_may_keep_a_limit(monkeypatch):
    monkeypatch.setattr(screen, "LARGE", 500)
    monkeypatch.setattr(screen, "KEPT", 500)
    monkeypatch.setattr(screen, "CHANCE", 0.0)
    molecules, known = build("modalities", "molecules", {}), TEXTS[::3]

    def counted(letter, **goal):
        values = np.array([[float(t.count(letter))] for t in known])
        targets = Targets(
            values=values,
            bounds=np.zeros_like(values, np.int8),
            n_replicates=np.ones_like(values, int),
        )
        held = [Candidate(id=t, text=t) for t in known]
        goal = Goal(property=letter, **goal)
        return Studied(goal=goal, candidates=held, targets=targets, source="")

    limit = counted("O", direction="minimize", threshold=0.5, limit=True)
    many = TEXTS * 20
    rows = screen.first_look(molecules, [counted("C"), limit], many, seed=0)
    chosen = [many[row] for row in rows]
    readable = [t for t in chosen if molecules.sketch([t]).sums()[0] > 0]
    assert len(readable) >= 500
    assert np.mean([t.count("O") == 0 for t in readable]) > 0.95
    alone = screen.first_look(molecules, [counted("C")], many, seed=0)
    assert np.mean([many[row].count("O") == 0 for row in alone]) < 0.8
