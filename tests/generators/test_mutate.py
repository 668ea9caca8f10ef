# SPDX-License-Identifier: Apache-2.0
"""The evolving generator: it keeps its limits, learns what is feasible, and solves small worlds."""

import numpy as np
import pytest

from loopwright.core.errors import DataError, SpecError
from loopwright.core.past import Past
from loopwright.generators.mutate.chain import drawn, neighbour_risk
from loopwright.generators.mutate.groups import NO_GROUPS, found_again, regrouped
from loopwright.generators.mutate.study import Evidence, study
from loopwright.registry import build

PROTEINS = build("modalities", "proteins", {})
PARENT = "MQYKLILNGKTLKGETTTEA"


def offered(past=None, seed=0, modality=PROTEINS, **options):
    generator = build("generators", "mutate", {"parents": [PARENT], "n_offers": 200, **options})
    return generator.offer(modality, [], past or Past(), np.random.default_rng(seed))


def differs(text, other=PARENT):
    return [i for i, (a, b) in enumerate(zip(text, other, strict=True), 1) if a != b]


def measured(texts, worth, failed=()):
    return Past(
        measured=tuple(PROTEINS.parse(t) for t in texts),
        worth=np.array(worth, float),
        failed=tuple(PROTEINS.parse(t) for t in failed),
    )


# ---- limits
def test_designs_that_are_all_refused_say_by_which_motifs():
    every = "ACDEFGHIKLMNPQRSTVWY"
    past = measured([PARENT], [1.0])
    with pytest.raises(DataError) as refused:
        offered(past, avoid=["cysteine", *every.replace("C", "")], positions=["3-6"], max_changes=1)
    assert "cysteine (" in refused.value.what and "W (" in refused.value.what
    assert offered(past, avoid=["cysteine"], positions=["3-6"], max_changes=1)


def test_the_parent_comes_first_and_everything_else_is_new_and_as_long():
    texts = [c.text for c in offered()]
    assert texts[0] == PARENT and len(set(texts)) == len(texts) == 200
    assert all(len(t) == len(PARENT) for t in texts)


def test_what_was_measured_or_failed_is_not_offered_again():
    first = offered()
    past = Past(measured=first[:50], worth=np.arange(50.0), failed=first[50:])
    assert not {c.id for c in first} & {c.id for c in offered(past)}


def test_only_the_positions_that_may_change_do():
    changed = {i for c in offered(positions=[3, 5, 7]) for i in differs(c.text)}
    assert changed == {3, 5, 7}
    assert {i for c in offered() for i in differs(c.text)} == set(range(1, 21))


PAIRS = build("modalities", "proteins", {"chains": ["H", "L"]})
PAIR = "EVQLVESGG:DIQMTQSPS"


def test_positions_are_ranges_in_the_chain_that_they_name():
    given = {"modality": PAIRS, "parents": [PAIR]}
    texts = [c.text for c in offered(**given, positions=["H:2-3", "L:1"])]
    assert {i for t in texts for i in differs(t, PAIR)} == {2, 3, 11}
    everywhere = {i for c in offered(**given) for i in differs(c.text, PAIR)}
    assert everywhere == {i for i, c in enumerate(PAIR, 1) if c != ":"}


def test_of_pairs_nothing_known_both_chains_are_drawn():
    texts = [c.text for c in offered(modality=PAIRS, parents=[], length=6)]
    assert all([len(c) for c in t.split(":")] == [6, 6] for t in texts)


def test_a_parent_with_its_break_elsewhere_is_no_kin():
    given = {"modality": PAIRS, "parents": [PAIR, "EVQLVESG:GDIQMTQSPS"], "max_changes": 1}
    past = Past(measured=(PAIRS.parse(PAIR),), worth=np.ones(1))
    texts = [c.text for c in offered(past, **given)]
    assert texts and all(len(differs(t, PAIR)) == 1 for t in texts[1:])


@pytest.mark.parametrize("position", ["K:2", "2", "H2", "H:2-", "H:x"])
def test_a_position_that_cannot_be_read_is_refused(position):
    with pytest.raises(DataError, match="Not readable as positions"):
        offered(modality=PAIRS, parents=[PAIR], positions=["H:1", position])


def test_no_offer_is_farther_from_its_nearest_parent_than_allowed():
    past = measured([PARENT, "A" + PARENT[1:]], [1.0, 2.0])
    assert max(len(differs(c.text)) for c in offered(past, max_changes=2)) == 2
    assert max(len(differs(c.text)) for c in offered(past)) > 2


def test_no_offer_has_a_liability_that_its_parent_has_not_and_no_letter_that_is_left_out():
    texts = [c.text for c in offered(avoid=["cysteine", "n_glycosylation"], without="W")]
    assert not [t for t in texts if "C" in t or "W" in t]
    free = [c.text for c in offered()]
    assert any("C" in t for t in free) and any("W" in t for t in free)


def test_a_break_between_chains_stays_where_it_is():
    chains = f"{PARENT[:8]}:{PARENT[8:]}"
    texts = [c.text for c in offered(parents=[chains], moves=False)]
    assert len(texts) > 100 and all(t[8] == ":" and t.count(":") == 1 for t in texts)


def test_without_anything_to_begin_with_sequences_are_drawn():
    texts = [c.text for c in offered(parents=[], length=12)]
    assert len(texts) == 200 and {len(t) for t in texts} == {12}


def test_positions_may_be_counted_from_where_the_owner_does():
    texts = [c.text for c in offered(positions=["229", "231-232"], first_position=227)]
    assert {i for t in texts for i in differs(t)} == {3, 5, 6}


@pytest.mark.parametrize("position", [99, 0, "18-21", "0-3", "7-5"])
def test_a_position_that_no_sequence_has_is_refused(position):
    assert len(offered(positions=[3, "18-20"])) > 1
    with pytest.raises(DataError, match="No sequence has the positions") as told:
        offered(positions=[3, position])
    assert str(position) in told.value.what and "first_position" in told.value.remedy


def test_a_position_that_another_parent_has_says_nothing_of_a_shorter_one():
    given = {"parents": [PARENT, PARENT[:10]], "positions": [3, 15]}
    past = measured([PARENT[:10], PARENT], [2.0, 1.0])
    texts = [c.text for c in offered(past, **given)]
    assert texts and {i for t in texts for i in differs(t, PARENT[:10])} == {3}


def test_a_liability_that_has_no_such_name_is_refused_and_no_pattern_that_never_is_found():
    build("generators", "mutate", {"avoid": ["deamidation", "RGD", "N[^P][ST]"]})
    with pytest.raises(SpecError, match="No liability is called glycosilation, oxidation"):
        build("generators", "mutate", {"avoid": ["glycosilation", "RGD", "oxidation"]})


def test_a_motif_that_is_no_pattern_is_refused():
    with pytest.raises(SpecError, match="neither a name nor a pattern"):
        build("generators", "mutate", {"avoid": ["N["]})


# ---- what it learns
def test_neighbours_that_make_rows_fail_are_told_from_those_that_do_not():
    rng = np.random.default_rng(0)
    banned = rng.random((8, 8)) < 0.15
    rows = rng.integers(0, 8, (900, 6))
    fails = banned[rows[:, :-1], rows[:, 1:]].any(1)
    risk = neighbour_risk(rows[~fails], rows[fails], 8)
    assert banned.any() and risk[banned].min() > 0.6 and risk[~banned].max() < 0.1


def test_rows_are_drawn_by_their_weights_and_never_through_a_closed_door():
    follows = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
    sites = np.ones((4000, 3, 3))
    sites[:, 2] = [0.0, 0.0, 1.0]
    rows = drawn(sites, follows, np.random.default_rng(0))
    found, counts = np.unique(rows, axis=0, return_counts=True)
    assert found.tolist() == [[0, 1, 2], [1, 1, 2], [1, 2, 2], [2, 2, 2]]
    assert np.allclose(counts / 4000, 0.25, atol=0.04)


def test_the_positions_that_a_row_needs_are_found_from_its_mutants():
    rng = np.random.default_rng(0)
    row, needed = rng.integers(0, 6, 24), [2, 9, 15]
    rows = np.where(rng.random((120, 24)) < 0.15, rng.integers(0, 6, (120, 24)), row)
    worth = np.prod(np.where((rows != row)[:, needed], 0.6, 1.0), axis=1)
    evidence = Evidence(
        rows=np.vstack([row, rows]),
        worth=np.append(1.0, worth),
        n_letters=6,
        tolerance=1e-9,
    )
    assert np.flatnonzero(study(evidence).need > 0.5).tolist() == needed


def test_positions_whose_losses_do_not_add_up_belong_together():
    groups = [[1, 4], [6, 8, 9]]
    singles = [[p] for g in groups for p in g]
    pairs = [[a[0], b[0]] for i, a in enumerate(singles) for b in singles[:i]]
    changed = np.zeros((2 * len(singles) + len(pairs), 12), bool)
    for row, places in zip(changed, [*singles, *singles, *pairs], strict=True):
        row[places] = True
    left = np.log([np.prod([1 - np.mean(row[g]) ** 2 * 0.8 for g in groups]) for row in changed])
    is_needed = np.isin(np.arange(12), [1, 4, 6, 8, 9])
    found = regrouped(NO_GROUPS, is_needed, changed, left, 0.01)
    assert sorted(m.tolist() for m in found.members) == groups and not found.is_open

    was = np.arange(12)
    now = was.copy()
    now[[2, 5]], now[[1, 4]] = was[[1, 4]], 0
    again = found_again(found, was, now)
    assert sorted(m.tolist() for m in again.members) == [[2, 5], [6, 8, 9]]


# ---- small worlds
def solve(seed, budget=3000, **options):
    lab = build("labs", "ehrlich", {"seed": seed, **options})
    rows = build("modalities", "letters", {"letters": lab.letters})
    generator = build("generators", "mutate", {"parents": [lab.parent], "n_offers": 100})
    past = Past()
    while len(past.measured) + len(past.failed) < budget and max(past.worth, default=0.0) < 1.0:
        rng = np.random.default_rng([seed, len(past.measured)])
        some = generator.offer(rows, [], past, rng)
        codes = np.array([[lab.letters.index(x) for x in c.text] for c in some])
        values = lab.function.values(codes)
        fine = ~np.isnan(values)
        past = Past(
            measured=past.measured + tuple(c for c, ok in zip(some, fine, strict=True) if ok),
            worth=np.append(past.worth, values[fine]),
            failed=past.failed + tuple(c for c, ok in zip(some, fine, strict=True) if not ok),
        )
    return past


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_the_optimum_of_a_small_ehrlich_function_is_found(seed):
    past = solve(seed, length=20, n_motifs=2)
    assert past.worth.max() == 1.0


def test_fewer_and_fewer_of_the_offers_fail():
    past = solve(13, budget=600)
    came = [*((c.id, False) for c in past.measured), *((c.id, True) for c in past.failed)]
    assert len(past.failed) < 0.35 * len(came)
    fresh = solve(13, budget=100)
    assert len(fresh.failed) / 100 > len(past.failed) / len(came)
