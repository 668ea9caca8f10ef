# SPDX-License-Identifier: Apache-2.0
"""What people say of single measurements: each a fact, each can be taken back, and every model
that has learned otherwise is named."""

import json

import pytest

from loopwright.api import batches, corrections, evidence, fixes, pages, verbs, verdicts
from loopwright.core.errors import DataError
from loopwright.loop.run import look


def potency(smiles):
    """Chlorine, bromine and ethyl make them better, hydroxyl worse."""
    halogens = smiles.count("Cl") + 2 * smiles.count("Br")
    return 5 + halogens - 0.9 * smiles.count("O") + 0.7 * smiles.startswith("CC")


@pytest.fixture
def trained(bench):
    """A campaign whose first batch was proposed by a model, and whose batch is still open."""
    spec = bench.place.spec_path
    spec.write_text(spec.read_text().replace('["neighbour"]', '["gp"]'))
    lines = [f"cpd {i},{potency(s)}" for i, s in enumerate(bench.library) if i % 3]
    verbs.ingest(bench.place, bench.file("name,pIC50\n" + "\n".join(lines) + "\n", "data.csv"))
    bench.propose()
    return bench


def by_name(bench):
    """The measurement of each compound that counts, by name."""
    found = look(bench.place.reading()).measurements
    replaced = {m.supersedes for m in found}
    return {m.name: m for m in found if m.measurement_id not in replaced}


def value_of(bench, name):
    """What a model learns of a compound."""
    data = bench.known.data
    return float(data.targets.values[data.ids.index(bench.known.find(name).id), 0])


def correct(bench, name="cpd 4", value="8.25", **how):
    m = by_name(bench)[name]
    return corrections.correct(
        bench.place, m.measurement_id, value=value, **{"reason": "a digit was wrong", **how}
    )


# ---- corrections
def test_a_correction_counts_and_the_old_value_stays_readable(trained):
    told = correct(trained)
    assert (told.old.value, told.new.value, told.new.status) == (6.7, 8.25, "valid")
    assert value_of(trained, "cpd 4") == 8.25
    found = evidence.why(trained.place, "cpd 4")
    assert [(m.value, m.is_superseded) for m in found.measured] == [(6.7, True), (8.25, False)]
    assert found.measured[1].supersedes == found.measured[0].measurement_id
    (fact,) = [e for e in found.events if e.kind == "measurement.corrected"]
    assert (fact.actor, fact.reason) == ("Ada", "a digit was wrong") and fact.at
    assert fact.what.startswith("6.7 -> 8.25")
    assert json.loads(by_name(trained)["cpd 4"].raw)["pIC50"] == "6.7"
    assert evidence.verify(trained.place).ok


def test_a_correction_names_the_models_that_learned_the_old_value_and_what_they_proposed(trained):
    (model,) = correct(trained).models
    assert model.is_in_use and model.cycle == 1 and model.batches == ("batch 1, open",)
    assert model.model_sha256 == trained.known.state.models[0].model_sha256
    trained.answered(trained.ordered())
    trained.propose()
    old = by_name(trained)["cpd 4"]
    seen = corrections.correct(trained.place, old.measurement_id, value="7", reason="once more")
    (new,) = seen.models
    assert new.is_in_use and new.cycle == 2, "the first model had not seen the correction"
    (first,) = [m for m in evidence.why(trained.place, "cpd 4").models if m.cycle == 1]
    assert not first.is_in_use and first.batches == ("order small-001-000",)


def test_a_value_that_no_model_has_learned_names_none(trained):
    trained.readback(["cpd 30,6.5"], "name,pIC50")
    assert correct(trained, "cpd 30").models == ()


def test_the_next_step_trains_anew_and_exactly_once(trained):
    trained.answered(trained.ordered())
    trained.propose()
    n = sum(f.kind == "model.trained" for f in trained.facts)
    correct(trained)
    for _ in range(3):
        trained.propose(again=True)
    assert sum(f.kind == "model.trained" for f in trained.facts) == n + 1


def test_status_why_and_report_say_that_the_model_in_use_has_learned_what_was_corrected(trained):
    def told():
        page = pages.write_report(trained.place, trained.folder / "r.html").read_text("utf-8")
        return [
            "has learned from a value that has been corrected" in text
            for text in (
                verbs.status(trained.place).warning,
                evidence.why(trained.place, "cpd 4").warning,
                page,
            )
        ]

    assert told() == [False] * 3
    correct(trained)
    assert told() == [True] * 3
    assert "propose --again" in verbs.status(trained.place).warning
    trained.propose(again=True)
    assert told() == [False] * 3


def test_new_data_alone_are_no_reason_to_doubt_the_model(trained):
    trained.readback(["cpd 30,6.5"], "name,pIC50")
    assert verbs.status(trained.place).warning == ""


def test_a_correction_is_corrected(trained):
    first = correct(trained).new
    with pytest.raises(DataError, match="was corrected") as told:
        corrections.correct(
            trained.place, by_name_old(trained, first), value="7", reason="the old one"
        )
    assert first.measurement_id in told.value.remedy
    second = corrections.correct(trained.place, "cpd 4", value="7.5", reason="again")
    assert second.old.measurement_id == first.measurement_id
    back = corrections.correct(trained.place, "cpd 4", value="6.7", reason="he was right")
    assert value_of(trained, "cpd 4") == 6.7
    ids = [m.measurement_id for m in evidence.why(trained.place, "cpd 4").measured]
    assert len(set(ids)) == 4 and ids[-1] == back.new.measurement_id


def by_name_old(bench, new):
    """The id of what a correction supersedes."""
    found = look(bench.place.reading()).measurements
    return next(m.supersedes for m in found if m.measurement_id == new.measurement_id)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        pytest.param({"value": "6.7"}, "already", id="the same value"),
        pytest.param({"value": "1780", "unit": "parsec"}, "unit", id="a unit nobody knows"),
        pytest.param({"value": "n.d."}, "is no value", id="no value"),
        pytest.param({"value": "5-6"}, "range", id="a range"),
        pytest.param({"value": "< 6", "relation": ">"}, "relation", id="two qualifiers"),
        pytest.param({"reason": ""}, "needs a reason", id="no reason"),
    ],
)
def test_a_correction_that_says_nothing_new_or_cannot_be_read_is_refused(trained, how, told):
    n = len(trained.facts)
    with pytest.raises(DataError) as refused:
        correct(trained, **how)
    assert told in str(refused.value) and len(trained.facts) == n
    correct(trained)
    assert len(trained.facts) == n + 1


def test_a_limit_and_a_concentration_are_brought_to_the_scale_of_the_old_value(trained):
    new = correct(trained, value="> 10", unit="uM").new
    assert (new.relation, new.value, new.unit) == ("<", 5.0, "1")
    data = trained.known.data
    row = data.ids.index(trained.known.find("cpd 4").id)
    assert (data.targets.values[row, 0], data.targets.bounds[row, 0]) == (5.0, -1)


def test_a_candidate_with_several_measurements_needs_an_id(trained):
    trained.readback(["cpd 4,6.5"], "name,pIC50")
    with pytest.raises(DataError) as told:
        corrections.correct(trained.place, "cpd 4", value="7", reason="which one?")
    assert "2 measurements" in told.value.what
    assert by_name(trained)["cpd 4"].measurement_id in told.value.remedy
    with pytest.raises(DataError, match="no measurement of yield"):
        corrections.correct(trained.place, "cpd 4", property="yield", value="7", reason="none")


# ---- verdicts
@pytest.fixture
def doubted(trained):
    """The same, after a file in which three values are flagged."""
    lines = ["cpd 30,6.5,hm", "cpd 36,9.5,odd", "cpd 39,7.0,hm", "cpd 33,6.0,ok"]
    path = trained.file("name,pIC50,status\n" + "\n".join(lines) + "\n", "odd.csv")
    verbs.ingest(trained.place, path)
    return trained


def test_flagged_values_are_listed_with_id_place_and_reason_and_not_learned_from(doubted):
    found = verdicts.flagged(doubted.place)
    assert [(m.name, m.file, m.row, m.value) for m in found] == [
        ("cpd 30", "odd.csv", 2, 6.5),
        ("cpd 36", "odd.csv", 3, 9.5),
        ("cpd 39", "odd.csv", 4, 7.0),
    ]
    assert all("the file says" in m.why and m.measurement_id for m in found)
    assert verbs.status(doubted.place).n_to_look_at == 3
    assert doubted.known.find("cpd 30").id not in doubted.known.data.ids


def test_an_accepted_value_counts_and_one_more_word_takes_it_back(doubted):
    one = verdicts.flagged(doubted.place)[0].measurement_id
    told = verdicts.accept(doubted.place, [one], reason="the trace is fine")
    assert [m.status for m in told.measurements] == ["valid"] and told.n_flagged == 2
    assert told.models == () and value_of(doubted, "cpd 30") == 6.5
    assert "accepted by Ada: the trace is fine" in told.measurements[0].why
    back = verdicts.reconsider(doubted.place, [one], reason="it was another trace")
    assert [m.status for m in back.measurements] == ["flagged"]
    assert doubted.known.find("cpd 30").id not in doubted.known.data.ids
    kinds = [f.kind for f in doubted.facts]
    assert kinds[-2:] == ["measurement.judged"] * 2


@pytest.mark.parametrize(
    ("how", "names"),
    [
        pytest.param({"file": "odd.csv"}, {"cpd 30", "cpd 36", "cpd 39"}, id="a whole file"),
        pytest.param({"reason_like": "'ODD'"}, {"cpd 36"}, id="a piece of the reason"),
        pytest.param({"file": "data.csv"}, set(), id="a file without any"),
        pytest.param({"file": "odd.csv", "reason_like": "'hm'"}, {"cpd 30", "cpd 39"}, id="both"),
    ],
)
def test_many_are_accepted_by_file_or_by_reason(doubted, how, names):
    n = len(doubted.facts)
    told = verdicts.accept(doubted.place, reason="looked at them", **how)
    assert {m.name for m in told.measurements} == names
    assert len(doubted.facts) == n + bool(names)
    assert doubted.known.data.n_measured == 32 + 1 + len(names)


def test_a_whole_file_is_excluded_and_brought_back(doubted):
    told = verdicts.exclude(doubted.place, file="data.csv", reason="the wrong cell line")
    assert len(told.measurements) == 32 and {m.status for m in told.measurements} == {"excluded"}
    (model,) = told.models
    assert model.is_in_use and len(model.measurements) == 32
    assert doubted.known.data.n_measured == 1
    assert "32 values" in verbs.status(doubted.place).warning
    verdicts.reconsider(doubted.place, file="data.csv", reason="it was the right one")
    assert doubted.known.data.n_measured == 33


def test_a_verdict_trains_anew_exactly_once(doubted):
    doubted.propose(again=True)
    n = sum(f.kind == "model.trained" for f in doubted.facts)
    verdicts.accept(doubted.place, reason_like="'odd'", reason="looked at it")
    doubted.propose(again=True)
    doubted.propose(again=True)
    assert sum(f.kind == "model.trained" for f in doubted.facts) == n + 1


@pytest.mark.parametrize(
    ("how", "told"),
    [
        pytest.param({"ids": ["feedfeedfeedfeed"]}, "No measurement has the id", id="unknown id"),
        pytest.param({}, "one of the two is needed", id="nothing chosen"),
        pytest.param({"ids": ["x"], "file": "odd.csv"}, "one of the two", id="both ways"),
        pytest.param({"file": "odd.csv", "reason": ""}, "needs a reason", id="no reason"),
        pytest.param({"file": "none.csv"}, "No file that counts", id="unknown file"),
    ],
)
@pytest.mark.parametrize("verb", [verdicts.accept, verdicts.exclude, verdicts.reconsider])
def test_a_verdict_without_object_or_reason_is_refused(doubted, verb, how, told):
    n = len(doubted.facts)
    with pytest.raises(DataError) as refused:
        verb(doubted.place, **{"reason": "so", **how})
    assert told in str(refused.value) and len(doubted.facts) == n


def test_what_has_no_number_cannot_be_accepted(trained):
    trained.readback(["cpd 30,,failed"], "name,pIC50,status")
    one = by_name(trained)["cpd 30"].measurement_id
    with pytest.raises(DataError, match="no number"):
        verdicts.accept(trained.place, [one], reason="so")
    corrections.correct(trained.place, one, value="6.5", reason="it was made after all")
    assert value_of(trained, "cpd 30") == 6.5


# ---- files that are read anew
def test_a_verdict_and_a_correction_stay_when_another_cell_of_the_file_is_mended(doubted):
    ids = {m.name: m.measurement_id for m in verdicts.flagged(doubted.place)}
    verdicts.accept(doubted.place, [ids["cpd 30"]], reason="fine")
    corrections.correct(doubted.place, ids["cpd 36"], value="7.25", reason="misread")
    told = fixes.fix(doubted.place, "odd.csv", row=5, column="pIC50", value="6.1", reason="typo")
    assert told.changes.lapsed == () and told.changes.n_same == 3
    assert (value_of(doubted, "cpd 30"), value_of(doubted, "cpd 36")) == (6.5, 7.25)


def test_a_verdict_lapses_when_its_own_value_is_mended_and_this_is_said(doubted):
    ids = {m.name: m.measurement_id for m in verdicts.flagged(doubted.place)}
    verdicts.accept(doubted.place, [ids["cpd 30"]], reason="fine")
    told = fixes.fix(doubted.place, "odd.csv", row=2, column="pIC50", value="9.9", reason="typo")
    assert told.changes.lapsed == (ids["cpd 30"],) == verbs.status(doubted.place).lapsed
    assert "cpd 30" in {m.name for m in verdicts.flagged(doubted.place)}
    verdicts.accept(doubted.place, [ids["cpd 30"]], reason="still fine")
    assert verbs.status(doubted.place).lapsed == () and value_of(doubted, "cpd 30") == 9.9


def test_a_verdict_follows_its_row_into_a_file_that_takes_the_old_one_s_place(doubted):
    ids = {m.name: m.measurement_id for m in verdicts.flagged(doubted.place)}
    verdicts.accept(doubted.place, list(ids.values())[:2], reason="fine")
    lines = ["cpd 30,6.5,hm", "cpd 36,9.9,odd", "cpd 39,7.0,hm", "cpd 33,6.0,ok"]
    path = doubted.file("name,pIC50,status\n" + "\n".join(lines) + "\n", "new.csv")
    told = verbs.ingest(doubted.place, path, replaces="odd.csv", reason="sent anew")
    assert told.changes.lapsed == (ids["cpd 36"],)
    assert value_of(doubted, "cpd 30") == 6.5
    assert {m.name for m in verdicts.flagged(doubted.place)} == {"cpd 36", "cpd 39"}
    again = verbs.ingest(
        doubted.place, doubted.path_of("odd.csv"), replaces="new.csv", reason="no, the first"
    )
    assert again.changes.lapsed == () and value_of(doubted, "cpd 36") == 9.5


def test_a_mend_of_a_value_that_a_model_has_learned_names_the_model(trained):
    told = fixes.fix(trained.place, "data.csv", row=5, column="pIC50", value="8", reason="typo")
    assert [m.cycle for m in told.changes.models] == [1] and len(told.changes.changed) == 1
    assert "mended since" in verbs.status(trained.place).warning


def test_a_workspace_opened_anew_sees_what_one_that_stayed_open_sees(doubted):
    stayed = doubted.place.reading()
    look(stayed)
    corrections.correct(doubted.place, "cpd 4", value="8.25", reason="misread")
    fixes.fix(doubted.place, "data.csv", row=3, column="pIC50", value="6.1", reason="typo")
    verdicts.accept(doubted.place, file="odd.csv", reason="fine")
    batches.propose_batch(doubted.place, again=True)
    one, other = look(stayed), look(doubted.place.reading())
    assert list(one.measurements) == list(other.measurements)
    assert list(one.candidates) == list(other.candidates)
    assert one.data.ids == other.data.ids
    assert one.state.digest() == other.state.digest()
