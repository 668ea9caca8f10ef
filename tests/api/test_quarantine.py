# SPDX-License-Identifier: Apache-2.0
"""A person works through a bad file: cells are mended, rows dropped, files replaced, none counted
twice, and the file itself stays as it came."""

import csv
import hashlib
import json

import pytest

from loopwright.api import evidence, fixes, quarantine, readings, verbs
from loopwright.core.errors import DataError
from loopwright.loop.run import look

HEADER = "smiles,name,pIC50"
BAD = (
    f"{HEADER}\n"
    "CCCCO,alpha,6.1\n"
    "CCCCN,beta,five\n"
    "C((,gamma,7.0\n"
    "CCCCF,delta,=1+2\n"
    "CCCCCl,epsilon,6.4\n"
)


@pytest.fixture
def bad(bench):
    """A workspace into which a file with three bad rows was taken."""
    bench.path = bench.file(BAD, "bad.csv")
    bench.first = verbs.ingest(bench.place, bench.path)
    return bench


def totals(told):
    return (told.n_rows, told.n_loaded, told.n_flagged, told.n_quarantined)


def rows(bench, source=""):
    """Measurements by name, as they count."""
    campaign = bench.place.reading()
    return {
        m.name: m for m in look(campaign).measurements if not source or m.source_sha256 == source
    }


def reconciled(bench):
    status = verbs.status(bench.place)
    return status.n_rows == status.n_loaded + status.n_flagged + status.n_quarantined


def test_the_quarantine_names_file_row_column_value_reason_and_remedy(bad):
    found = quarantine.quarantine(bad.place)
    assert (found.rows_in, found.loaded, found.quarantined) == (48 + 5, 48 + 2, 3)
    assert [(p.file, p.row, p.column, p.value) for p in found.rows] == [
        ("bad.csv", 3, "pIC50", "five"),
        ("bad.csv", 4, "smiles", "C(("),
        ("bad.csv", 5, "pIC50", "=1+2"),
    ]
    assert all(p.reason and p.remedy for p in found.rows)
    assert quarantine.quarantine(bad.place, file="bad.csv").rows == found.rows
    assert quarantine.quarantine(bad.place, file="library.csv").rows == ()


def test_a_row_without_a_value_is_no_fault_and_only_counted(bench):
    verbs.ingest(bench.place, bench.file(f"{HEADER}\nCCCCO,alpha,\nCCCCN,beta,6\n"))
    found = quarantine.quarantine(bench.place)
    assert (found.flagged, found.n_blank, found.rows) == (1, 1, ())


def test_a_cell_is_mended_in_place_and_the_stored_file_stays_as_it_came(bad):
    before = rows(bad)
    told = fixes.fix(
        bad.place, "bad.csv", row=3, column="pIC50", value="5.5", old="five", reason="as he said"
    )
    assert totals(told) == (5, 3, 0, 2) and told.is_new and reconciled(bad)
    assert bad.place.store().get(told.source_sha256) == BAD.encode()
    after = rows(bad)
    assert {n: after[n].measurement_id for n in before} == {
        n: m.measurement_id for n, m in before.items()
    }
    assert (told.changes.n_same, told.changes.n_new, told.changes.gone) == (2, 1, ())
    mended = after["beta"]
    assert mended.standard_value == 5.5 and "'five' -> '5.5' by Ada: as he said" in (
        mended.status_reason
    )
    (note,) = json.loads(mended.raw)["(mended)"]
    assert note == {
        "column": "pIC50", "file": "five", "mended": "5.5", "by": "Ada", "reason": "as he said"
    }  # fmt: skip
    assert "(mended)" not in json.loads(after["alpha"].raw)


def test_the_fact_of_a_mended_cell_has_old_and_new_text_who_and_why(bad):
    fixes.fix(bad.place, "bad.csv", row=3, column="pIC50", value="5.5", reason="as he said")
    fact = bad.facts[-1]
    assert (fact.kind, fact.actor, fact.reason) == ("file.ingested", "Ada", "as he said")
    (mend,) = bad.place.reading().record.get_json(fact.body["mends_sha256"])
    assert (mend["row"], mend["column"], mend["old"], mend["new"]) == (3, "pIC50", "five", "5.5")
    first = next(f for f in bad.facts if f.body.get("file") == "bad.csv")
    assert bad.place.store().get(first.body["quarantine_sha256"]), "the old reading stays readable"
    assert evidence.verify(bad.place).ok


def test_mends_add_up_and_a_structure_is_mended_like_a_value(bad):
    fixes.fix(bad.place, "bad.csv", row=3, column="pIC50", value="5.5", reason="one")
    told = fixes.fix(bad.place, "bad.csv", row=4, column="smiles", value="CCCCS", reason="two")
    assert totals(told) == (5, 4, 0, 1)
    assert rows(bad)["beta"].standard_value == 5.5 and rows(bad)["gamma"].standard_value == 7.0
    assert len(bad.place.reading().record.state.files) == 2


def test_a_structure_mended_under_a_name_that_the_file_itself_introduced_is_no_clash(bad):
    told = fixes.fix(bad.place, "bad.csv", row=2, column="smiles", value="CCCCS", reason="typo")
    assert totals(told) == (5, 2, 0, 3)
    assert rows(bad)["alpha"].status == "valid"
    assert evidence.why(bad.place, "alpha").text == "CCCCS"


@pytest.mark.parametrize(
    ("how", "told"),
    [
        pytest.param({"row": 99}, "no row 99", id="a row that is not there"),
        pytest.param({"row": 1}, "no row 1", id="the header"),
        pytest.param({"column": "potency"}, "no column 'potency'", id="a column not there"),
        pytest.param({"old": "7-8"}, "the cell says 'five', not '7-8'", id="another old value"),
        pytest.param({"sheet": "Sheet 2"}, "no 'Sheet 2'", id="a sheet that is not there"),
        pytest.param({"file": "good.csv"}, "No file that counts", id="a file not there"),
        pytest.param({"reason": " "}, "needs a reason", id="no reason"),
    ],
)
def test_a_mend_that_does_not_fit_is_refused_and_changes_nothing(bad, how, told):
    before = bad.place.reading().record.state.digest()
    right = {"file": "bad.csv", "row": 3, "column": "pIC50", "value": "5.5", "reason": "so"}
    asked = {**right, **how}
    with pytest.raises(DataError) as refused:
        fixes.fix(bad.place, asked.pop("file"), **asked)
    assert told in str(refused.value) and refused.value.remedy
    assert bad.place.reading().record.state.digest() == before
    fixes.fix(bad.place, right.pop("file"), **right)
    assert bad.place.reading().record.state.digest() != before


def test_the_same_mend_a_second_time_writes_no_fact(bad):
    how = {"row": 3, "column": "pIC50", "value": "5.5", "old": "five", "reason": "so"}
    fixes.fix(bad.place, "bad.csv", **how)
    n = len(bad.facts)
    assert not fixes.fix(bad.place, "bad.csv", **how).is_new
    assert len(bad.facts) == n


def test_a_dropped_row_stays_counted_with_its_reason_and_asks_for_nothing_more(bad):
    told = fixes.drop_row(bad.place, "bad.csv", row=2, reason="wrong vial")
    assert totals(told) == (5, 1, 0, 4) and reconciled(bad)
    assert "alpha" not in rows(bad)
    found = quarantine.quarantine(bad.place)
    assert found.n_dropped == 1 and 2 not in {p.row for p in found.rows}
    assert any(q.reason == "dropped by Ada: wrong vial" for q in told.quarantine)


def test_a_row_is_restored_to_what_its_file_says(bad):
    before = bad.place.reading().record.state.files[-1]
    fixes.fix(bad.place, "bad.csv", row=3, column="pIC50", value="5.5", reason="one")
    fixes.drop_row(bad.place, "bad.csv", row=2, reason="wrong vial")
    fixes.restore_row(bad.place, "bad.csv", row=2, reason="it was the right one")
    told = fixes.restore_row(bad.place, "bad.csv", row=3, reason="he was wrong")
    after = bad.place.reading().record.state.files[-1]
    assert totals(told) == (5, 2, 0, 3)
    assert after.measurements_sha256 == before.measurements_sha256
    assert after.mends_sha256 is None


# ---- many at once
def filled(bench, into, *, drop=(), change=None):
    """The quarantine as a table, filled in by a person: row -> what is written there."""
    path = bench.folder / "filled.csv"
    quarantine.write_quarantine_csv(quarantine.quarantine(bench.place), path)
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        number = int(line["row"])
        line["corrected"] = into.get(number, "")
        line["drop"] = "x" if number in drop else ""
        line.update((change or {}).get(number, {}))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    return path


def test_the_table_to_fill_in_holds_no_formula(bad):
    path = filled(bad, {})
    with path.open(newline="") as file:
        (line,) = [r for r in csv.DictReader(file) if r["row"] == "5"]
    assert line["value"] == "'=1+2" and line["corrected"] == ""


def test_a_filled_table_mends_and_drops_all_at_once_with_one_fact(bad):
    n = len(bad.facts)
    (told,) = fixes.fix_from(
        bad.place, filled(bad, {3: "5.5", 5: "6.9"}, drop={4}), reason="Bob looked"
    )
    assert totals(told) == (5, 4, 0, 1) and not told.has_faults and reconciled(bad)
    assert {m.name: m.standard_value for m in rows(bad).values()} == {
        "alpha": 6.1, "beta": 5.5, "delta": 6.9, "epsilon": 6.4
    }  # fmt: skip
    assert len(bad.facts) == n + 1 and bad.facts[-1].reason == "Bob looked"


def test_a_filled_table_that_was_carried_out_does_nothing_the_second_time(bad):
    path = filled(bad, {3: "5.5", 5: "6.9"}, drop={4})
    fixes.fix_from(bad.place, path, reason="Bob looked")
    n = len(bad.facts)
    (told,) = fixes.fix_from(bad.place, path, reason="Bob looked")
    assert not told.is_new and len(bad.facts) == n


def test_one_line_that_does_not_fit_stops_the_whole_table_and_all_are_told(bad):
    path = filled(
        bad, {3: "5.5", 5: "6.9"}, change={3: {"value": "05-Jun"}, 5: {"column": "potency"}}
    )
    before = bad.place.reading().record.state.digest()
    with pytest.raises(DataError) as told:
        fixes.fix_from(bad.place, path, reason="Bob looked")
    assert "not '05-Jun'" in str(told.value) and "'potency'" in str(told.value)
    assert bad.place.reading().record.state.digest() == before
    unsure = filled(bad, {3: "5.5"}, change={3: {"value": ""}})
    assert fixes.fix_from(bad.place, unsure, reason="the old value is not compared")[0].is_new


# ---- by another file
GOOD = BAD.replace("five", "5.5").replace("C((", "CCCCS").replace("=1+2", "6.9")


def test_a_corrected_file_takes_the_place_of_the_old_one_and_nothing_counts_twice(bad):
    told = verbs.ingest(
        bad.place, bad.file(GOOD, "good.csv"), replaces="bad.csv", reason="sent anew"
    )
    assert totals(told) == (5, 5, 0, 0) and told.replaces == "bad.csv" and reconciled(bad)
    found = rows(bad)
    assert len(found) == 5 and found["alpha"].replicate_n == 1
    assert (told.changes.n_same, told.changes.n_new) == (2, 3)
    state = bad.place.reading().record.state
    assert [f.file for f in state.files][-1] == "good.csv" and len(state.files) == 2
    assert bad.place.store().get(bad.first.source_sha256) == BAD.encode()


def test_replacing_twice_adds_nothing_and_the_old_bytes_do_not_come_back_by_themselves(bad):
    path = bad.file(GOOD, "good.csv")
    verbs.ingest(bad.place, path, replaces="bad.csv", reason="sent anew")
    before = bad.place.reading().record.state.digest()
    again = verbs.ingest(bad.place, path, replaces="bad.csv", reason="sent anew")
    assert not again.is_new
    with pytest.raises(DataError, match=r"good\.csv took their place"):
        verbs.ingest(bad.place, bad.path)
    assert bad.place.reading().record.state.digest() == before
    verbs.ingest(bad.place, bad.path, replaces="good.csv", reason="the first was right")
    assert set(rows(bad)) == {"alpha", "epsilon"}


def test_old_bytes_that_still_lie_in_the_inbox_are_not_read_again(bench):
    batch = bench.ordered()
    inbox = bench.place.root / "results"
    (inbox / "a.csv").write_text(f"candidate_id,pIC50\n{batch[0]},6.0\n")
    verbs.readback(bench.place)
    new = bench.file(f"candidate_id,pIC50\n{batch[0]},6.5\n", "b.csv")
    verbs.readback(bench.place, new, replaces="a.csv", reason="a digit was wrong")
    assert verbs.readback(bench.place) is None
    assert bench.values(batch[0]) == [6.5]


COPIES = [
    pytest.param(GOOD, id="a corrected copy"),
    pytest.param(GOOD + "CCCCI,zeta,7.0\n" * 1 + "CCCCBr,eta,7.1\n", id="a longer export"),
]


@pytest.mark.parametrize("text", COPIES)
def test_a_copy_is_noticed_and_the_command_is_told(bench, text):
    verbs.ingest(bench.place, bench.file(GOOD.replace("6.9", "6.8"), "old.csv"))
    before = bench.place.reading().record.state.digest()
    path = bench.file(text, "new.csv")
    with pytest.raises(DataError) as told:
        verbs.ingest(bench.place, path)
    assert "4 of " in told.value.what and "old.csv" in told.value.what
    assert "--replaces old.csv" in told.value.remedy and "--also" in told.value.remedy
    assert bench.place.reading().record.state.digest() == before
    also = verbs.ingest(bench.place, path, also=True, reason="measured a second time")
    assert also.is_new
    assert bench.known.data.targets.n_replicates.max() == 2


def test_few_equal_rows_are_no_copy(bench):
    verbs.ingest(bench.place, bench.file(GOOD, "old.csv"))
    lines = GOOD.splitlines()
    new = [*lines[:3], "CCCCI,zeta,7.0", "CCCCBr,eta,7.1", "CCCC,theta,7.2"]
    assert verbs.ingest(bench.place, bench.file("\n".join(new) + "\n", "new.csv")).is_new


def test_a_copy_in_the_inbox_is_set_aside_until_somebody_says_what_it_is(bench):
    batch = bench.ordered()
    inbox = bench.place.root / "results"
    lines = [f"{c},{5 + i}" for i, c in enumerate(batch)]
    (inbox / "a.csv").write_text("\n".join(["candidate_id,pIC50", *lines]) + "\n")
    verbs.readback(bench.place)
    more = "\n".join(["candidate_id,pIC50", *lines[:-1], f"{batch[-1]},9.5"]) + "\n"
    (inbox / "b.csv").write_text(more)
    told = verbs.readback(bench.place)
    assert totals(told) == (1, 0, 0, 1) and "count twice" in told.quarantine[0].reason
    assert bench.values(batch[0]) == [5.0]
    assert not quarantine.retry(bench.place)[0].is_new
    verbs.ingest(bench.place, inbox / "b.csv", replaces="a.csv", reason="a last value was wrong")
    assert bench.values(batch[0]) == [5.0] and bench.values(batch[-1]) == [9.5]
    assert len(bench.known.state.files) == 2


# ---- once more
def test_a_retry_reads_rows_by_names_that_are_known_by_now(bench):
    path = bench.file("name,pIC50\nnewcomer,6.5\ncpd 1,6.0\n", "names.csv")
    assert totals(verbs.ingest(bench.place, path)) == (2, 1, 0, 1)
    n = len(bench.facts)
    assert [t.is_new for t in quarantine.retry(bench.place)] == [False]
    assert len(bench.facts) == n, "nothing is different, so nothing is written down"
    verbs.ingest(bench.place, bench.file("smiles,name\nCCCCCCO,newcomer\n", "who.csv"))
    (told,) = quarantine.retry(bench.place)
    assert totals(told) == (2, 2, 0, 0) and (told.changes.n_same, told.changes.n_new) == (1, 1)
    assert rows(bench)["newcomer"].standard_value == 6.5
    assert quarantine.retry(bench.place) == ()


def test_a_retry_keeps_what_was_mended(bad):
    fixes.fix(bad.place, "bad.csv", row=3, column="pIC50", value="5.5", reason="one")
    quarantine.retry(bad.place)
    assert rows(bad)["beta"].standard_value == 5.5


# ---- who was answered
def test_an_order_that_only_a_typing_error_answered_is_open_again_when_it_is_mended(bench):
    batch = bench.ordered()
    path = bench.file(f"candidate_id,pIC50\n{batch[0]},6.0\n{batch[1]},6.5\n", "typo.csv")
    verbs.readback(bench.place, path)
    assert set(bench.known.state.outstanding) == set(batch[2:])
    fixes.fix(
        bench.place, "typo.csv", row=3, column="candidate_id", value=batch[2], reason="wrong vial"
    )
    assert set(bench.known.state.outstanding) == {batch[1], *batch[3:]}
    assert bench.values(batch[2]) == [6.5] and bench.values(batch[1]) == []


def test_a_mend_elsewhere_in_a_file_leaves_its_answers_as_they_are(bench):
    batch = bench.ordered()
    path = bench.file(f"candidate_id,pIC50\n{batch[0]},6.0\n{batch[1]},five\n", "half.csv")
    verbs.readback(bench.place, path)
    told = fixes.fix(bench.place, "half.csv", row=3, column="pIC50", value="5.5", reason="so")
    assert set(told.answered) == set(batch[:2])
    assert set(bench.known.state.outstanding) == set(batch[2:])


# ---- odd results
def test_a_result_of_an_order_that_does_not_exist_is_flagged_by_name(bench):
    batch = bench.ordered()
    order = bench.known.state.orders[0].order_id
    told = bench.readback(
        [f"{batch[0]},6.0,{order}", f"{batch[1]},6.5,other-001-000"], "candidate_id,pIC50,order_id"
    )
    assert totals(told) == (2, 1, 1, 0)
    assert told.quarantine[0].reason == "no order is called 'other-001-000'"
    assert told.quarantine[0].column == "order_id"
    assert batch[0] in bench.known.data.ids and batch[1] not in bench.known.data.ids


# ---- for scripts
def test_ingest_tells_a_script_what_check_tells_and_the_digests(bad):
    told = readings.in_full(bad.place, bad.first)
    assert (told["rows_in"], told["loaded"], told["flagged"], told["quarantined"]) == (5, 2, 0, 3)
    assert told["format"] == "csv" and told["columns"][0]["role"] == "structure"
    assert [(r["row"], r["column"], r["status"]) for r in told["rows"]] == [
        (3, "pIC50", "quarantined"),
        (4, "smiles", "quarantined"),
        (5, "pIC50", "quarantined"),
    ]
    assert told["digests"]["source"] == hashlib.sha256(BAD.encode()).hexdigest()
    store = bad.place.store()
    for name in ("measurements", "candidates", "quarantine"):
        assert store.get(told["digests"][name])
    assert store.get(told["digests"]["mappings"][""]).decode() == told["mapping"]
