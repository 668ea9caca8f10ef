# SPDX-License-Identifier: Apache-2.0
"""People are in charge of the open batch; what they do becomes a fact, with its reason."""

import pytest

from loopwright.api import batches, evidence, verbs
from loopwright.core.errors import DataError, NotReadyError
from loopwright.loop.state import Done


def other(bench):
    """A candidate that is known, but in no batch."""
    view = bench.known
    taken = {*view.state.proposal.candidates, *view.state.taken}
    return next(c for c in view.candidates if c not in taken)


def act(bench, action, candidate, reason):
    return batches.revise(
        bench.place,
        action,
        candidate,
        replacement=other(bench) if action == "swap" else "",
        reason=reason,
    )


@pytest.mark.parametrize("action", ["add", "drop", "swap"])
def test_a_change_to_the_batch_becomes_a_fact_with_reason_and_person(bench, action):
    batch = bench.propose()
    chosen = other(bench) if action == "add" else batch[2]
    act(bench, action, chosen, "the supplier has none")
    fact = bench.facts[-1]
    assert fact.kind == "batch.revised" and fact.body["action"] == action
    assert fact.body["candidate"]["id"] == chosen
    assert (fact.reason, fact.actor) == ("the supplier has none", "Ada")


@pytest.mark.parametrize("reason", ["", "  "])
@pytest.mark.parametrize("action", ["add", "drop", "swap"])
def test_a_change_without_a_reason_is_refused_and_leaves_no_fact(bench, action, reason):
    batch = bench.propose()
    before = bench.known.state.digest()
    chosen = other(bench) if action == "add" else batch[2]
    with pytest.raises(DataError, match="needs a reason"):
        act(bench, action, chosen, reason)
    assert bench.known.state.digest() == before
    act(bench, action, chosen, "now with one")
    assert bench.known.state.digest() != before


def test_a_lock_without_a_reason_is_refused(bench):
    batch = bench.propose()
    with pytest.raises(DataError, match="needs a reason"):
        bench.propose(lock=[batch[0]])
    assert not bench.known.state.proposal.locked


def test_one_wrong_name_among_several_locks_locks_none(bench):
    batch = bench.propose()
    with pytest.raises(DataError, match="nobody"):
        bench.propose(lock=[batch[0], "nobody"], reason="already in the freezer")
    assert not bench.known.state.proposal.locked


def test_locked_picks_survive_a_new_choice_and_dropped_ones_do_not_come_back(bench):
    batch = bench.propose()
    kept, gone = batch[1], batch[0]
    assert set(bench.propose(lock=[kept], reason="already in the freezer")) == set(batch)
    batches.revise(bench.place, "drop", gone, reason="explosive")
    for _ in range(3):
        again = bench.propose(again=True)
        assert kept in again and gone not in again
        assert len(again) == len(set(again)) == 6
    assert bench.known.state.proposal.locked == {kept}


def _capped(bench, cap):
    (toml,) = (p for p in bench.place.root.rglob("*.toml") if "batch_size" in p.read_text())
    toml.write_text(toml.read_text().replace("batch_size = 4", f"batch_size = 4\n{cap}"))


def test_locked_picks_take_their_places_of_a_family(bench):
    """Three scaffolds and six places, two for each."""
    _capped(bench, "max_per_family = 2")
    scaffold = {
        c.id: "".join(x for x in c.text if x in "cn1") for c in bench.known.candidates.values()
    }
    batch = bench.propose()
    kept = [c for c in batch if scaffold[c] == scaffold[batch[0]]]
    bench.propose(lock=kept, reason="already in the freezer")
    again = bench.propose(again=True)
    assert set(kept) <= set(again) and len(kept) == 2 and len(again) == 6
    assert [scaffold[c] for c in again].count(scaffold[batch[0]]) == 2


def test_locked_picks_take_their_places_of_a_cluster(bench):
    """So little makes two candidates alike that all are one cluster."""
    _capped(bench, "max_per_cluster = 2\ncluster_similarity = 1e-9")
    batch = bench.propose()
    assert len(batch) == 2
    assert set(bench.propose(lock=batch, reason="already in the freezer")) == set(batch)
    assert set(bench.propose(again=True)) == set(batch)


def test_more_locked_picks_than_a_batch_holds_are_all_kept(bench):
    bench.propose()
    while len(bench.known.state.proposal.candidates) < 9:
        batches.revise(bench.place, "add", other(bench), reason="a favourite")
    whole = list(bench.known.state.proposal.candidates)
    again = bench.propose(lock=whole, reason="all of them")
    assert sorted(again) == sorted(whole)


def test_a_dropped_candidate_is_never_proposed_again_unless_a_person_adds_it(bench):
    gone = bench.propose()[0]
    batches.revise(bench.place, "drop", gone, reason="explosive")
    seen = set()
    for _ in range(2):
        bench.answered(batch := bench.ordered())
        seen |= set(batch)
    assert gone not in seen and len(seen) == 5 + 4
    bench.propose()
    batches.revise(bench.place, "add", gone, reason="a safer route was found")
    assert gone in bench.known.state.proposal.candidates
    assert gone not in bench.known.state.dropped


def test_a_swap_brings_one_in_and_keeps_the_other_out(bench):
    batch, new = bench.propose(), other(bench)
    found = batches.revise(bench.place, "swap", batch[3], replacement=new, reason="cheaper")
    assert [p.candidate.id for p in found.picks] == [*batch[:3], new, *batch[4:]]
    assert batch[3] not in bench.propose(again=True)
    assert new in bench.known.state.proposal.candidates, "what people bring in is locked"


def test_a_candidate_comes_in_by_id_by_name_or_by_notation(bench):
    batch = bench.propose()
    view = bench.known
    free = [c for c in view.candidates.values() if c.id not in batch]
    batches.revise(bench.place, "add", free[0].id, reason="by id")
    batches.revise(bench.place, "add", free[1].name, reason="by name")
    batches.revise(bench.place, "add", "OCC1CC1", reason="by notation, new to the campaign")
    found = batches.open_batch(bench.known, bench.place.reading()).picks
    assert [p.candidate.id for p in found[6:8]] == [free[0].id, free[1].id]
    assert found[8].candidate.text == "OCC1CC1" and found[8].reason.startswith("brought in by hand")


@pytest.mark.parametrize("action", ["add", "swap"])
def test_nothing_is_twice_in_a_batch_or_on_order(bench, action):
    ordered = bench.ordered()
    batch = bench.propose()
    for taken in (batch[1], ordered[0]):
        with pytest.raises(NotReadyError, match="already"):
            batches.revise(
                bench.place,
                action,
                taken if action == "add" else batch[0],
                replacement=taken if action == "swap" else "",
                reason="why not",
            )
    assert list(bench.known.state.proposal.candidates) == batch


@pytest.mark.parametrize("action", ["drop", "swap"])
def test_what_is_not_in_the_open_batch_cannot_leave_it(bench, action):
    with pytest.raises(NotReadyError, match="propose"):
        batches.revise(bench.place, action, "cpd 1", replacement="cpd 2", reason="too early")
    batch = bench.propose()
    stranger = other(bench)
    with pytest.raises(NotReadyError, match="not in the open batch"):
        batches.revise(bench.place, action, stranger, replacement="CCO", reason="not there")
    assert list(bench.known.state.proposal.candidates) == batch


def test_a_notation_that_cannot_be_read_is_refused(bench):
    bench.propose()
    with pytest.raises(DataError):
        batches.revise(bench.place, "add", "c1ccccc", reason="a typing error")


def test_an_empty_batch_is_not_ordered(bench):
    for candidate in bench.propose():
        batches.revise(bench.place, "drop", candidate, reason="no budget")
    with pytest.raises(NotReadyError, match="empty"):
        verbs.order(bench.place)
    assert not bench.known.state.orders


def test_dropping_what_is_on_order_writes_it_off_and_the_loop_goes_on(bench):
    batch = bench.ordered()
    bench.answered(batch[1:])
    assert bench.known.state.outstanding == (batch[0],)
    batches.revise(bench.place, "drop", batch[0], reason="the flask broke")
    assert bench.facts[-1].kind == "order.written_off"
    assert bench.facts[-1].reason == "the flask broke"
    assert not bench.known.state.outstanding
    following = bench.propose()
    assert len(following) == 4 and batch[0] not in following


def test_a_failed_synthesis_can_be_ordered_again_by_hand_and_is_waited_for(bench):
    batch = bench.ordered()
    bench.readback([f"{batch[0]},,failed"], "candidate_id,pIC50,status")
    bench.answered(batch[1:])
    bench.propose()
    batches.revise(bench.place, "add", batch[0], reason="a better route")
    released = verbs.order(bench.place)
    assert batch[0] in bench.known.state.outstanding
    assert batch[0] in (bench.place.root / "orders" / f"{released.order_id}.csv").read_text()
    bench.answered([batch[0]])
    assert batch[0] not in bench.known.state.outstanding
    assert bench.values(batch[0]) == [None, 5.0]


def test_the_reasons_of_people_are_told_by_why(bench):
    batch = bench.propose()
    batches.revise(bench.place, "drop", batch[0], reason="explosive")
    found = evidence.why(bench.place, batch[0])
    assert [(e.kind, e.actor, e.reason) for e in found.events] == [
        ("batch.proposed", "Ada", ""),
        ("batch.revised", "Ada", "explosive"),
    ]


def test_a_campaign_without_candidates_says_what_to_do(empty):
    with pytest.raises(NotReadyError, match="nothing to choose from") as told:
        empty.propose()
    assert "Ingest" in told.value.remedy
    verbs.ingest(empty.place, empty.file("smiles\nCCO\nCCN\n"))
    assert len(empty.propose()) == 2


def test_after_its_last_cycle_a_campaign_is_done(bench):
    for _ in range(3):
        bench.answered(bench.ordered())
    assert isinstance(batches.propose_batch(bench.place), Done)
    assert verbs.status(bench.place).n_measured == 6 + 2 * 4


def test_a_candidate_that_was_tried_and_failed_is_not_proposed_unless_a_person_adds_it(bench):
    first = bench.propose()
    rows = [f"{c},,failed" for c in (*first, *bench.known.free)][:40]
    tried = bench.file("\n".join(["candidate_id,pIC50,status", *rows]) + "\n")
    verbs.ingest(bench.place, tried)
    again = bench.propose(again=True)
    assert again and not {row.split(",")[0] for row in rows} & set(again)
    batches.revise(bench.place, "add", first[0], reason="a new route")
    assert first[0] in bench.propose()


def test_what_people_put_together_is_not_ordered_beyond_the_budget(bench):
    path = bench.place.root / "campaigns" / "small.toml"
    text = path.read_text()
    path.write_text(text.replace("batch_size = 4", "batch_size = 4\nbudget = 7.0"))
    batch = bench.propose()
    extra = sorted(bench.known.free - set(batch))[:2]
    for candidate in extra:
        batches.revise(bench.place, "add", candidate, reason="on the shelf")
    with pytest.raises(NotReadyError, match="costs 8; 7 of the budget of 7 are left"):
        verbs.order(bench.place)
    assert not bench.known.state.orders
    batches.revise(bench.place, "drop", extra[0], reason="too dear")
    assert verbs.order(bench.place).cost == 7
