# SPDX-License-Identifier: Apache-2.0
"""Results as laboratories send them: partial, late, repeated, failed, of something else."""

import random

import pytest

from loopwright.api import batches, verbs
from loopwright.core.errors import DataError
from loopwright.loop.run import Waiting


def value_of(bench, candidate):
    """What the models learn of a candidate, and of how many rows it is the mean."""
    data = bench.known.data
    row = data.ids.index(candidate)
    return data.targets.values[row, 0], data.targets.n_replicates[row, 0]


def test_partial_results_leave_the_rest_on_order(bench):
    batch = bench.ordered()
    told = bench.answered(batch[:4])
    assert set(told.answered) == set(batch[:4])
    assert set(told.outstanding) == set(batch[4:]) == set(bench.known.state.outstanding)
    assert isinstance(waiting := verbs.run_campaign(bench.place), Waiting)
    assert set(waiting.candidates) == set(batch[4:])
    assert not bench.answered(batch[4:]).outstanding
    assert len(bench.propose()) == 4


def test_a_row_that_comes_home_blank_is_no_answer(bench):
    batch = bench.ordered()
    told = bench.readback([f"{c},{6.0 if c == batch[0] else ''}" for c in batch])
    assert told.answered == (batch[0],) and not told.has_faults
    assert set(told.outstanding) == set(batch[1:])


def test_late_results_are_taken_after_the_next_cycle_began(bench):
    first = bench.ordered()
    bench.answered(first[:5])
    second = bench.ordered()
    late = bench.readback([f"{first[5]},7.5"])
    assert late.answered == (first[5],) and set(late.outstanding) == set(second)
    assert value_of(bench, first[5]) == (7.5, 1)
    bench.answered(second)
    assert not set(bench.propose()) & {*first, *second}


def test_late_results_are_taken_after_their_order_was_written_off(bench):
    batch = bench.ordered()
    batches.revise(bench.place, "drop", batch[0], reason="given up")
    told = bench.readback([f"{batch[0]},7.5"])
    assert not told.unexpected and value_of(bench, batch[0]) == (7.5, 1)


def test_repeats_are_averaged_and_both_rows_are_kept(bench):
    batch = bench.ordered()
    bench.readback([f"{batch[0]},6.0", f"{batch[0]},7.0"])
    bench.readback([f"{batch[0]},8.0"])
    assert bench.values(batch[0]) == [6.0, 7.0, 8.0]
    assert value_of(bench, batch[0]) == (7.0, 3)


def test_a_failed_synthesis_answers_the_order_and_teaches_no_value(bench):
    batch = bench.ordered()
    told = bench.readback([f"{batch[0]},,failed"], "candidate_id,pIC50,status")
    assert told.answered == (batch[0],) and not told.has_faults
    assert bench.values(batch[0]) == [None]
    assert batch[0] not in bench.known.data.ids
    assert batch[0] not in bench.propose()


@pytest.mark.parametrize("key", ["candidate_id", "name", "smiles"])
def test_something_else_that_was_made_gets_the_value_and_answers_the_order(bench, key):
    batch = bench.ordered()
    chosen = bench.known.candidates[batch[0]]
    cell = {"candidate_id": chosen.id, "name": chosen.name, "smiles": chosen.text}[key]
    told = bench.readback([f"{cell},7.5,OCC1CC1"], f"{key},pIC50,made")
    made = next(c for c in bench.known.candidates.values() if c.text == "OCC1CC1")
    assert told.answered == (batch[0],) and told.unexpected == (made.id,)
    assert value_of(bench, made.id) == (7.5, 1)
    assert bench.values(batch[0]) == []


def test_results_for_things_never_ordered_are_kept_and_named(bench):
    batch = bench.ordered()
    known = next(c for c in bench.known.candidates if c not in batch)
    told = bench.readback([f"{known},7.5", f"{batch[0]},6.0"])
    assert told.unexpected == (known,) and told.answered == (batch[0],)
    assert value_of(bench, known) == (7.5, 1)
    new = bench.readback(["OCC1CC1,8.5"], "smiles,pIC50")
    assert len(new.unexpected) == 1 and value_of(bench, new.unexpected[0]) == (8.5, 1)
    bench.answered(batch[1:])
    assert not {known, *new.unexpected} & set(bench.propose())


def test_rows_find_their_candidate_by_key_whatever_their_order(bench):
    batch = bench.ordered()
    rows = [f"{c},{5 + i}" for i, c in enumerate(batch)]
    random.Random(0).shuffle(rows)
    assert rows[0] != f"{batch[0]},5"
    bench.readback(rows)
    assert [value_of(bench, c)[0] for c in batch] == [5, 6, 7, 8, 9, 10]


def test_a_row_whose_id_and_structure_disagree_is_quarantined(bench):
    batch = bench.ordered()
    texts = [bench.known.candidates[c].text for c in batch]
    told = bench.readback(
        [f"{batch[0]},{texts[1]},7.0", f"{batch[1]},{texts[1]},6.0"], "candidate_id,smiles,pIC50"
    )
    assert (told.n_quarantined, told.n_loaded) == (1, 1)
    assert "id and structure disagree" in told.quarantine[0].reason
    assert told.answered == (batch[1],) and bench.values(batch[0]) == []


def test_the_same_file_a_second_time_adds_nothing(bench):
    batch = bench.ordered()
    path = bench.file(f"candidate_id,pIC50\n{batch[0]},6.0\n")
    assert verbs.readback(bench.place, path).is_new
    before = bench.known.state.digest()
    assert not verbs.readback(bench.place, path).is_new
    other_name = bench.file(path.read_text(), "renamed.csv")
    assert not verbs.readback(bench.place, other_name).is_new
    assert bench.known.state.digest() == before and bench.values(batch[0]) == [6.0]


def test_the_same_bytes_under_two_names_in_the_inbox_are_taken_once(bench):
    batch = bench.ordered()
    for name in ("a.csv", "b.csv"):
        (bench.place.root / "results" / name).write_text(f"candidate_id,pIC50\n{batch[0]},6.0\n")
    verbs.readback(bench.place)
    assert bench.values(batch[0]) == [6.0]
    (bench.place.root / "results" / "c.csv").write_text(f"candidate_id,pIC50\n{batch[0]},6.5\n")
    verbs.readback(bench.place)
    assert bench.values(batch[0]) == [6.0, 6.5]


GARBAGE = [
    pytest.param("noise.csv", bytes(range(256)) * 40, id="bytes of no text"),
    pytest.param("empty.csv", b"", id="an empty file"),
    pytest.param("strange.xyz", b"candidate_id,pIC50\nA,6\n", id="an ending nobody knows"),
    pytest.param("columns.csv", b"foo,bar\n1,2\n", id="columns nobody knows"),
    pytest.param("long.csv", b"candidate_id,pIC50\n" + b"A" * 1_000_000, id="a line without end"),
    pytest.param("broken.sdf", b"no mol block\n$$$$\n", id="an SDF without molecules"),
]


def test_garbage_in_the_inbox_is_kept_and_quarantined_and_the_run_goes_on(bench):
    batch = bench.ordered()
    inbox = bench.place.root / "results"
    garbage = dict(case.values for case in GARBAGE)
    for name, content in garbage.items():
        (inbox / name).write_bytes(content)
    assert isinstance(verbs.run_campaign(bench.place), Waiting)
    taken = {f.file: f for f in bench.known.state.files[1:]}
    assert taken.keys() == garbage.keys()
    for name, file in taken.items():
        assert file.n_loaded == 0 and file.n_quarantined >= 1, name
        assert bench.place.store().get(file.source_sha256) == garbage[name]
    assert set(bench.known.state.outstanding) == set(batch)
    rows = "".join(f"{c},{5 + i}\n" for i, c in enumerate(batch))
    (inbox / "results.csv").write_text(f"candidate_id,pIC50\n{rows}")
    verbs.run_campaign(bench.place)
    assert not bench.known.state.outstanding
    assert len(bench.known.state.files) == 1 + len(garbage) + 1
    assert verbs.status(bench.place).next.startswith("release the open batch")


@pytest.mark.parametrize(("name", "content"), GARBAGE)
def test_garbage_that_a_person_gives_is_refused_or_quarantined_whole(bench, name, content):
    path = bench.folder / name
    path.write_bytes(content)
    before = bench.known.data.n_measured
    try:
        told = verbs.ingest(bench.place, path)
    except DataError as ex:
        assert ex.what and ex.remedy
    else:
        assert told.n_loaded == 0 and told.has_faults
    assert bench.known.data.n_measured == before


def test_what_lies_in_the_inbox_is_read_before_new_work_begins(bench):
    batch = bench.ordered()
    inbox = bench.place.root / "results"
    rows = "".join(f"{c},{5 + i}\n" for i, c in enumerate(batch))
    (inbox / "a.csv").write_text(f"candidate_id,pIC50\n{rows}")
    (inbox / "b.csv").write_text(f"candidate_id,pIC50\n{batch[0]},9.0\n")
    verbs.run_campaign(bench.place)
    assert bench.values(batch[0]) == [5.0, 9.0]
    kinds = [f.kind for f in bench.facts]
    assert kinds[-4:] == ["file.ingested", "file.ingested", "model.trained", "batch.proposed"]


LONG = "candidate_id,property,value,unit,status"


def test_a_reading_of_another_property_answers_no_order(bench):
    batch = bench.ordered()
    told = bench.readback([f"{c},logS,-4.2,1," for c in batch], LONG)
    assert told.n_loaded == len(batch) and not told.has_faults
    assert not told.answered and not told.unexpected and told.other == ("logS",)
    assert set(told.outstanding) == set(bench.known.state.outstanding) == set(batch)
    both = bench.readback([f"{batch[0]},pIC50,6.5,1,", f"{batch[1]},logS,-4.3,1,"], LONG)
    assert both.answered == (batch[0],) and both.other == ("logS",)


def test_who_fails_in_another_assay_may_still_be_proposed(bench):
    bench.answered(bench.ordered())
    first, second, *_ = bench.propose()
    told = bench.readback([f"{first},logS,,1,failed", f"{second},pIC50,,1,failed"], LONG)
    assert told.n_loaded == 2 and not told.has_faults
    again = bench.propose(again=True)
    assert first in again and second not in again
