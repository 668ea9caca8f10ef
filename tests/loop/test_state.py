# SPDX-License-Identifier: Apache-2.0
"""The whole logic of the loop, without a laboratory: facts in, the next step out."""

import os
import subprocess
import sys
from functools import reduce

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.values import Candidate
from loopwright.loop.facts import (
    KINDS,
    Configured,
    Ingested,
    ModelTrained,
    Ordered,
    Proposed,
    Revised,
    WrittenOff,
    kind_of,
    read_event,
    write_event,
)
from loopwright.loop.fold import fold
from loopwright.loop.state import Collect, Done, Propose, Release, State, Tally, Train, decide
from loopwright.spec.campaign import CampaignSpec, Choice, Start, Stop
from loopwright.spec.goal import Goal

SPEC = CampaignSpec(
    name="toy",
    goals=(Goal(property="pIC50", threshold=7.0),),
    modality=Choice(name="molecules"),
    start=Start(size=6),
    batch_size=4,
    stop=Stop(cycles=2),
)


def _file(name, *answered):
    return Ingested(
        file=f"{name}.csv",
        source_sha256=f"source {name}",
        sheets=(),
        measurements_sha256=f"data {name}",
        candidates_sha256="candidates",
        quarantine_sha256="quarantine",
        n_rows=2,
        n_loaded=2,
        n_flagged=0,
        n_quarantined=0,
        answered=answered,
    )


def _model(*files):
    data = tuple(f"data {f}" for f in files)
    return ModelTrained(model="gp", why="best", is_useful=True, n_rows=9, files=data)


def _batch(cycle, *candidates):
    return Proposed(
        cycle=cycle, candidates=candidates, picks_sha256=f"picks {cycle}", proposer="ucb", why="so"
    )


def _order(cycle, *candidates, cost=None):
    cost = float(len(candidates)) if cost is None else cost
    return Ordered(order_id=f"toy-{cycle}", cycle=cycle, candidates=candidates, cost=cost)


def _revise(action, candidate, replacement=None):
    brought = Candidate(id=replacement, text=replacement) if replacement else None
    one = Candidate(id=candidate, text=candidate)
    return Revised(action=action, candidate=one, replacement=brought)


def _after(*events):
    return reduce(fold, events, State())


FIRST = (_file("start"), _model("start"), _batch(1, "a", "b"))
CYCLE_1 = (*FIRST, _order(1, "a", "b"), _file("one", "a", "b"))


# ---- what follows from what
@pytest.mark.parametrize(
    ("facts", "measured", "expected"),
    [
        pytest.param(
            (), 0, Propose(cycle=0, batch_size=6), id="nothing known: a start is proposed"
        ),
        pytest.param(
            (Configured(spec_sha256="s"),),
            0,
            Propose(cycle=0, batch_size=6),
            id="a campaign file alone: a start is proposed",
        ),
        pytest.param((_file("start"),), 9, Train(), id="data without a model: train"),
        pytest.param(
            (_file("start"),),
            0,
            Propose(cycle=0, batch_size=6),
            id="a file without a usable value: a start is proposed",
        ),
        pytest.param(
            (_file("start"), _model("start")),
            9,
            Propose(cycle=1, batch_size=4),
            id="a model that has seen all data: propose",
        ),
        pytest.param(
            (_file("start"), _model("start"), _file("late")),
            9,
            Train(),
            id="data came after the model: train again",
        ),
        pytest.param(FIRST, 9, Release(), id="an open batch: release"),
        pytest.param(
            (*FIRST, _file("late")), 9, Release(), id="an open batch comes before new data"
        ),
        pytest.param(
            (*FIRST, _order(1, "a", "b")),
            9,
            Collect(order=_order(1, "a", "b")),
            id="an order that is out: collect",
        ),
        pytest.param(
            (*FIRST, _order(1, "a", "b"), _file("half", "a")),
            9,
            Collect(order=_order(1, "a", "b")),
            id="half an answer: collect the rest",
        ),
        pytest.param(CYCLE_1, 11, Train(), id="all answered: train on what came"),
        pytest.param(
            (*CYCLE_1, _model("start", "one")),
            11,
            Propose(cycle=2, batch_size=4),
            id="a fresh model: the next cycle",
        ),
        pytest.param(
            (*FIRST, _order(1, "a", "b"), WrittenOff(candidates=("a", "b"))),
            9,
            Propose(cycle=2, batch_size=4),
            id="all written off: the model is still fresh, so propose",
        ),
        pytest.param(
            (_order(0, "a"), _order(1, "b"), _file("one", "a")),
            9,
            Collect(order=_order(1, "b")),
            id="two orders out: the one that still owes is asked",
        ),
        pytest.param(
            (*CYCLE_1, _batch(2, "c"), _order(2, "c"), _file("two", "c")),
            12,
            Done(why="all 2 cycles are run"),
            id="the last cycle answered: done",
        ),
    ],
)
def test_what_follows_from_what(facts, measured, expected):
    assert decide(_after(*facts), SPEC, Tally(n_measured=measured, n_hits=0)) == expected


def test_a_proposer_that_asks_no_model_never_waits_for_one():
    state = _after(_file("start"))
    blind = decide(state, SPEC, Tally(n_measured=9, n_hits=0, is_guided=False))
    assert blind == Propose(cycle=1, batch_size=4)
    assert decide(state, SPEC, Tally(n_measured=9, n_hits=0, is_guided=True)) == Train()


# ---- why a campaign ends
@pytest.mark.parametrize(("n_hits", "is_done"), [(0, False), (2, False), (3, True), (4, True)])
def test_a_campaign_ends_with_enough_hits_and_not_before(n_hits, is_done):
    spec = evolve(SPEC, stop=Stop(cycles=5, hits=3))
    step = decide(_after(_file("start"), _model("start")), spec, Tally(n_measured=9, n_hits=n_hits))
    assert (step == Done(why=f"{n_hits} hits are found")) == is_done


def test_hits_do_not_end_a_campaign_that_has_an_order_out():
    spec = evolve(SPEC, stop=Stop(cycles=5, hits=3))
    state = _after(*FIRST, _order(1, "a", "b"))
    assert decide(state, spec, Tally(n_measured=9, n_hits=9)) == Collect(order=_order(1, "a", "b"))


DEAR = "the cheapest candidate costs 1"


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (None, Propose(cycle=2, batch_size=4)),
        (100.0, Propose(cycle=2, batch_size=4)),
        (6.0, Propose(cycle=2, batch_size=4)),
        (5.99, Propose(cycle=2, batch_size=3)),
        (3.0, Propose(cycle=2, batch_size=1)),
        (2.5, Done(why=f"2 of the budget of 2.5 is spent, and {DEAR}")),
        (2.0, Done(why=f"2 of the budget of 2 is spent, and {DEAR}")),
    ],
)
def test_a_batch_shrinks_to_what_the_budget_still_pays_for(budget, expected):
    state = _after(*CYCLE_1, _model("start", "one"))
    assert state.spent == 2.0
    assert decide(state, evolve(SPEC, budget=budget), Tally(n_measured=11, n_hits=0)) == expected


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([0.1, 0.3, 1.0, 7.7]))
def test_what_is_left_of_a_budget_of_n_candidates_pays_for_the_rest(n_ordered, n_left, cost):
    """1 - 0.7 is not 0.3 for a computer; nobody loses a candidate to that."""
    budget = (n_ordered + n_left) * cost
    spec = evolve(SPEC, budget=budget, cost=cost, batch_size=100)
    ordered = _order(0, "a", cost=n_ordered * cost)
    state = _after(ordered, _file("one", "a"), _model("one"))
    assert decide(state, spec, Tally(n_measured=1, n_hits=0)) == Propose(cycle=1, batch_size=n_left)


def test_a_campaign_of_no_cycles_ends_after_its_start():
    spec = evolve(SPEC, stop=Stop(cycles=0))
    assert decide(State(), spec, Tally(n_measured=0, n_hits=0)) == Propose(cycle=0, batch_size=6)
    done = _after(_batch(0, "a"), _order(0, "a"), _file("one", "a"))
    assert decide(done, spec, Tally(n_measured=1, n_hits=0)) == Done(why="all 0 cycles are run")


# ---- what a person changes in an open batch
def _batch_after(*revisions):
    return reduce(fold, revisions, _after(_batch(1, "a", "b", "c")))


def test_a_locked_candidate_stays_and_the_batch_stays_as_it_is():
    state = _batch_after(_revise("lock", "b"))
    assert state.proposal.candidates == ("a", "b", "c")
    assert state.proposal.locked == {"b"}
    assert not state.dropped and not state.added


def test_a_dropped_candidate_leaves_and_is_not_proposed_again():
    state = _batch_after(_revise("lock", "b"), _revise("drop", "b"))
    assert state.proposal.candidates == ("a", "c")
    assert state.dropped == {"b"} and not state.proposal.locked
    assert "b" in state.taken and "a" not in state.taken


def test_an_added_candidate_joins_at_the_end_locked_and_is_remembered():
    state = _batch_after(_revise("add", "x"))
    assert state.proposal.candidates == ("a", "b", "c", "x")
    assert state.proposal.locked == {"x"}
    assert state.added == {"x": Candidate(id="x", text="x")}


def test_a_swap_puts_the_new_candidate_in_the_place_of_the_old_one():
    state = _batch_after(_revise("swap", "b", "x"))
    assert state.proposal.candidates == ("a", "x", "c")
    assert state.dropped == {"b"} and state.proposal.locked == {"x"}
    assert state.added.keys() == {"x"}


def test_a_candidate_that_was_dropped_and_added_again_is_no_longer_dropped():
    state = _batch_after(_revise("drop", "b"), _revise("add", "b"))
    assert state.proposal.candidates == ("a", "c", "b")
    assert not state.dropped


def test_locks_outlast_a_new_proposal_that_keeps_the_candidate():
    state = _batch_after(_revise("lock", "a"), _revise("lock", "b"), _batch(1, "b", "d"))
    assert state.proposal.candidates == ("b", "d")
    assert state.proposal.locked == {"b"}
    assert state.picks == ("picks 1", "picks 1")


def test_an_order_closes_the_batch_and_takes_its_candidates():
    state = _batch_after(_revise("drop", "c"), _order(1, "a", "b"))
    assert state.proposal is None
    assert state.taken == {"a", "b", "c"} and state.outstanding == ("a", "b")


REVISIONS = st.lists(
    st.tuples(
        st.sampled_from(["lock", "drop", "add", "swap"]), st.integers(0, 99), st.integers(0, 99)
    ),
    max_size=12,
)


@given(REVISIONS)
def test_whatever_people_do_a_batch_holds_each_candidate_once_and_locks_only_what_it_holds(plan):
    state, n_new = _after(_batch(1, "a", "b", "c")), 0
    for action, which, _ in plan:
        batch = state.proposal.candidates
        n_new += 1
        if action == "add":
            event = _revise("add", f"new {n_new}")
        elif not batch:
            continue
        else:
            new = f"new {n_new}" if action == "swap" else None
            event = _revise(action, batch[which % len(batch)], new)
        state = fold(state, event)
        now = state.proposal
        assert len(set(now.candidates)) == len(now.candidates)
        assert now.locked <= set(now.candidates)
        assert state.dropped.isdisjoint(now.candidates)


# ---- what is out, and what has come home
def test_outstanding_is_what_was_ordered_less_what_was_answered_or_written_off():
    state = _after(_order(1, "a", "b", "c"), _order(2, "d", "a"))
    assert state.outstanding == ("a", "b", "c", "d")
    state = fold(fold(state, _file("one", "b")), WrittenOff(candidates=("d",)))
    assert state.outstanding == ("a", "c")
    assert state.taken == {"a", "b", "c", "d"} and state.spent == 5.0


def test_a_model_is_fresh_until_the_next_file_comes():
    state = _after(_file("start"), _model("start"))
    assert state.fresh_model == _model("start")
    assert fold(state, _order(1, "a")).fresh_model == _model("start")
    assert fold(state, _file("late")).fresh_model is None
    assert State().fresh_model is None


def test_an_order_of_both_assays_waits_for_each_of_them():
    order = evolve(_order(1, "x"), screens=("x", "y"))
    state = _after(*FIRST, order)
    assert state.outstanding == ("x",) and state.screens_out == ("x", "y")
    assert "y" not in state.taken, "who is screened may be assayed later"
    assayed = fold(state, _file("assay", "x"))
    assert decide(assayed, SPEC, Tally(n_measured=3, n_hits=0)) == Collect(order=order)
    one = fold(assayed, evolve(_file("screen"), screened=("x",)))
    assert one.screens_out == ("y",)
    given_up = fold(one, WrittenOff(candidates=("y",)))
    assert not given_up.screens_out
    again = fold(given_up, evolve(_order(2), order_id="toy-2", screens=("y",)))
    assert again.screens_out == ("y",)


# ---- equal histories
EVENTS = st.sampled_from([Configured(spec_sha256="s"), *CYCLE_1, _order(2, "c"), _file("x", "c")])
HISTORIES = st.lists(EVENTS, max_size=12)


@given(HISTORIES)
def test_equal_histories_have_equal_digests_and_folding_changes_no_earlier_state(history):
    states = [State()]
    for event in history:
        states.append(fold(states[-1], event))
    digests = [s.digest() for s in states]
    assert _after(*history).digest() == digests[-1]
    assert [s.digest() for s in states] == digests
    assert _after(*history) == states[-1]


@given(HISTORIES, st.integers(0, 12))
def test_a_history_that_was_interrupted_goes_on_to_the_same_state(history, at):
    assert reduce(fold, history[at:], _after(*history[:at])) == _after(*history)


@pytest.mark.parametrize("left_out", range(len(CYCLE_1)))
def test_a_history_in_which_a_fact_is_missing_has_another_digest(left_out):
    shorter = CYCLE_1[:left_out] + CYCLE_1[left_out + 1 :]
    assert _after(*CYCLE_1).digest() == _after(*CYCLE_1).digest()
    assert _after(*shorter).digest() != _after(*CYCLE_1).digest()


def test_a_digest_is_the_same_in_every_process():
    """Sets have another order under another hash seed."""
    code = (
        "from loopwright.loop.state import State, Proposal;"
        "names = frozenset('abcdefgh');"
        "batch = Proposal(cycle=1, candidates=('a',), picks_sha256='', locked=names);"
        "print(State(answered=names, dropped=names, proposal=batch).digest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


# ---- facts as they are written
@pytest.mark.parametrize(
    "event",
    [
        *CYCLE_1,
        Configured(spec_sha256="s"),
        WrittenOff(candidates=("a",)),
        _revise("swap", "a", "b"),
    ],
    ids=kind_of,
)
def test_an_event_reads_back_as_it_was_written(event):
    body = write_event(event, campaign="toy")
    assert body["campaign"] == "toy" and None not in body.values()
    assert read_event(kind_of(event), body) == event


def test_every_kind_of_fact_is_named_once():
    assert len(set(KINDS.values())) == len(KINDS)
    assert all(k == k.lower() and "." in k for k in KINDS)
