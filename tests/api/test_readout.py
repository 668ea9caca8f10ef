# SPDX-License-Identifier: Apache-2.0
"""Order, layout, robot, plate reader, readback: potencies near the truth, tied to their wells."""

import json
from pathlib import Path

import numpy as np
import pytest

from loopwright.api import corrections, fixes, plate_views, verbs, verdicts
from loopwright.api.evidence import why
from loopwright.api.plates import lay_out_order
from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.plates.tables import read_layout

PLATES = """
[design]
n_wells = 384
n_negative = 16
n_positive = 16
n_blanks = 2
[design.doses]
highest_M = 1e-4
factor = 3.1622776601683795
n_points = 10
[design.positive]
candidate_id = "STAURO"
[[design.references]]
candidate_id = "REF"
[readout]
assay = "kinase"
known = { REF = 7.0 }
"""


class Robot:
    """Fills the plate as it was laid out, and reads it."""

    def __init__(self, bench, batch, *, plates=PLATES, sd=15.0, seed=0):
        self.bench, self.batch = bench, batch
        self.rng = np.random.default_rng(seed)
        laid = lay_out_order(bench.place, plate_file=bench.file(plates, "plates.toml"))
        (path,) = [p for p in laid.files if p.endswith("layout.csv")]
        self.layout = read_layout(RawFile(name="a", content=Path(path).read_bytes()))
        (self.barcode,) = self.layout.plates
        self.truth = {c: 5.0 + 0.5 * i for i, c in enumerate(batch)}
        self.potency = {**self.truth, "REF": 7.0}
        self.sd = sd

    def signal(self, well):
        effect = {"negative": 0.0, "positive": 1.0, "blank": 1.05}.get(well.role)
        if effect is None:
            effect = 1 / (
                1 + 10 ** -(np.log10(well.concentration_M) + self.potency[well.candidate_id])
            )
        return 1000.0 - 950.0 * effect + self.sd * self.rng.normal()

    def reads(self, keep=lambda w: True):
        rows = [
            f"{self.barcode},{w.well},{self.signal(w):.3f}"
            for w in self.layout.wells
            if w.role != "empty" and keep(w)
        ]
        self.rng.shuffle(rows)
        return rows

    def home(self, rows, columns="Plate,Well,RFU"):
        return self.bench.readback(rows, columns)


@pytest.fixture
def robot(bench):
    return Robot(bench, bench.ordered())


def learned(bench):
    data = bench.known.data
    bounds = zip(data.ids, data.targets.values[:, 0], data.targets.bounds[:, 0], strict=True)
    return {c: (float(v), int(b)) for c, v, b in bounds}


def results(bench):
    return [m for m in bench.known.measurements if m.standard_type == "pIC50"]


def test_from_order_to_potency_every_result_is_near_the_truth_and_tied_to_its_wells(robot):
    told = robot.home(robot.reads())
    assert set(told.answered) == set(robot.batch) and not told.unexpected
    (plate,) = told.plates
    assert plate.z_prime > 0.7 and plate.n_values == 6 and not plate.flags and not plate.missing
    found = learned(robot.bench)
    assert set(found) == set(robot.batch)
    assert all(abs(found[c][0] - robot.truth[c]) < 0.12 for c in robot.batch)
    wells = {m.measurement_id: m for m in robot.bench.known.measurements}
    laid = {w.well: w.candidate_id for w in robot.layout.wells}
    for m in results(robot.bench):
        own = [wells[i] for i in json.loads(m.raw)["wells"]]
        assert len(own) == 10 and m.assay_id == "kinase" and m.status == "valid"
        assert {laid[w.well] for w in own} == {m.candidate_id} == {w.candidate_id for w in own}
        assert {w.standard_type for w in own} == {"signal"}


def test_why_shows_the_curve_of_a_potency_and_every_well_behind_it(robot):
    robot.home(robot.reads())
    found = why(robot.bench.place, robot.batch[2])
    (shown,) = [m for m in found.measured if m.property == "pIC50"]
    assert shown.low < robot.truth[robot.batch[2]] < shown.high and shown.plate == robot.barcode
    assert len(shown.wells) == 10 and all(w.is_used for w in shown.wells)
    laid = {w.well for w in robot.layout.wells if w.candidate_id == robot.batch[2]}
    assert {w.well for w in shown.wells} == laid
    signals = {m.well: m.value for m in found.measured if m.property == "signal"}
    assert {w.well: w.signal for w in shown.wells} == signals


def test_a_weak_compound_stays_a_limit_and_an_inactive_plate_gives_no_number(robot):
    weak = robot.batch[0]
    robot.potency[weak] = 2.5
    robot.home(robot.reads())
    value, bound = learned(robot.bench)[weak]
    assert bound == -1 and value == pytest.approx(4.0)
    (row,) = [m for m in results(robot.bench) if m.candidate_id == weak]
    assert row.standard_relation == "<" and row.status == "valid"


def test_results_of_a_plate_with_a_poor_z_prime_are_flagged_and_not_learned_from(robot):
    robot.sd = 150.0
    told = robot.home(robot.reads())
    assert told.plates[0].z_prime < 0.4 and "below 0.4" in told.plates[0].flags[0]
    assert learned(robot.bench) == {} and set(told.answered) == set(robot.batch)
    assert all(m.status != "valid" and "Z' is" in m.status_reason for m in results(robot.bench))


def test_a_reference_that_is_off_flags_its_plate(robot):
    robot.potency["REF"] = 6.0
    told = robot.home(robot.reads())
    assert told.plates[0].flags[0].startswith("reference REF is 6") and not learned(robot.bench)


def test_without_controls_there_is_no_percent_and_the_reason_is_told(robot):
    told = robot.home(robot.reads(lambda w: w.role not in {"positive", "negative"}))
    assert len(told.plates[0].without) == 6 and "no percent of effect" in told.plates[0].flags[0]
    assert {m.standard_value for m in results(robot.bench)} == {None}


def test_a_plate_that_comes_home_in_parts_is_read_out_as_a_whole(robot):
    rows = robot.reads()
    robot.home(rows[:52])
    before = results(robot.bench)
    assert any(m.status != "valid" for m in before) or len(before) < 6
    robot.home(rows[52:])
    found = learned(robot.bench)
    assert all(abs(found[c][0] - robot.truth[c]) < 0.12 for c in robot.batch)
    counts = {c: robot.bench.known.data.targets.n_replicates[i, 0] for i, c in enumerate(found)}
    assert set(counts.values()) == {1}
    assert {m.supersedes for m in results(robot.bench)} - {""} <= {m.measurement_id for m in before}


def test_a_plate_that_is_read_twice_gives_flagged_results_the_second_time(robot):
    robot.home(robot.reads())
    first = learned(robot.bench)
    told = robot.home(robot.reads())
    assert len(told.plates[0].repeated) == told.n_flagged == 32 + 2 + 70
    assert learned(robot.bench) == first and len(results(robot.bench)) == 12
    assert sum("first reading counts" in m.status_reason for m in results(robot.bench)) == 6


def test_wells_that_failed_are_left_out_and_told(robot):
    rows = [f"{r}," for r in robot.reads()]
    bad = {w.well for w in robot.layout.wells if w.candidate_id == robot.batch[0]}
    some = sorted(bad)[:2]
    rows = [
        f"{robot.barcode},{r.split(',')[1]},99999,failed" if r.split(",")[1] in some else r
        for r in rows
    ]
    told = robot.home(rows, "Plate,Well,RFU,Status")
    assert told.plates[0].failed == tuple(sorted(some, key=lambda w: (w[0], int(w[1:]))))
    assert abs(learned(robot.bench)[robot.batch[0]][0] - robot.truth[robot.batch[0]]) < 0.2


def test_results_that_a_laboratory_computed_itself_are_taken_as_they_are(robot):
    well = {w.candidate_id: w.well for w in robot.layout.wells}
    told = robot.home([f"{robot.barcode},{well[c]},6.5" for c in robot.batch], "plate,well,pIC50")
    assert learned(robot.bench) == dict.fromkeys(robot.batch, (6.5, 0))
    assert told.plates[0].z_prime is None


def test_a_table_with_two_columns_that_could_be_the_signal_is_refused_and_they_are_named(robot):
    with pytest.raises(DataError, match="could stand in 'alpha', 'beta'"):
        robot.home([f"{r},7" for r in robot.reads()], "plate,well,alpha,beta")


def test_single_doses_become_percent_of_effect_by_the_controls_of_their_plate(bench):
    plates = PLATES.replace("n_points = 10", "n_points = 1").replace(
        "known = ", 'kind = "percent"\nproperty = "inhibition"\n# '
    )
    robot = Robot(bench, bench.ordered(), plates=plates, sd=5.0)
    robot.home(robot.reads())
    found = [m for m in bench.known.measurements if m.standard_type == "inhibition"]
    assert len(found) == 6 and {m.standard_units for m in found} == {"%"}
    for m in found:
        effect = 100 / (1 + 10 ** (4 - robot.truth[m.candidate_id]))
        assert m.standard_value == pytest.approx(effect, abs=3) and m.well


# ---- signals that people rule on
def live(robot, candidate):
    """The one result of a candidate that counts."""
    rows = robot.bench.known.measurements
    replaced = {m.supersedes for m in rows}
    own = [m for m in rows if m.candidate_id == candidate and m.measurement_id not in replaced]
    (found,) = [m for m in own if m.standard_type == "pIC50"]
    return found


def off_by_ten(robot, rows, candidate):
    """Return rows in which the strongest dose of a candidate says too much, and that well."""
    own = [w for w in robot.layout.wells if w.candidate_id == candidate]
    well = max(own, key=lambda w: w.concentration_M).well
    wrong = [f"{robot.barcode},{well},5000" if r.split(",")[1] == well else r for r in rows]
    return wrong, well


def signal_in(robot, well):
    rows = [m for m in robot.bench.known.measurements if m.standard_type == "signal"]
    return next(m for m in rows if m.well == well)


def test_a_result_follows_when_a_signal_that_it_rests_upon_is_corrected(robot):
    who = robot.batch[5]
    rows, well = off_by_ten(robot, robot.reads(), who)
    robot.home(rows)
    assert live(robot, who).status == "flagged" and who not in learned(robot.bench)
    others = {c: v for c, v in learned(robot.bench).items() if c != who}
    told = corrections.correct(
        robot.bench.place,
        signal_in(robot, well).measurement_id,
        value="50",
        reason="a digit too many",
    )
    assert [m.candidate_id for m in told.read_out] == [who]
    found = learned(robot.bench)
    assert found.pop(who)[0] == pytest.approx(robot.truth[who], abs=0.12) and found == others
    wells = {m.measurement_id: m for m in robot.bench.known.measurements}
    own = [wells[i] for i in json.loads(live(robot, who).raw)["wells"]]
    assert len({w.well for w in own}) == len(own) == 10, "the old signal does not count beside it"


def test_a_result_follows_when_a_signal_is_excluded_and_when_that_is_taken_back(robot):
    who = robot.batch[5]
    rows, well = off_by_ten(robot, robot.reads(), who)
    robot.home(rows)
    before = live(robot, who)
    signal = signal_in(robot, well).measurement_id
    told = verdicts.exclude(robot.bench.place, [signal], reason="a bubble in the well")
    assert [m.candidate_id for m in told.read_out] == [who]
    assert learned(robot.bench)[who][0] == pytest.approx(robot.truth[who], abs=0.12)
    verdicts.reconsider(robot.bench.place, [signal], reason="there was none")
    now = live(robot, who)
    assert (now.status, now.standard_value) == (before.status, before.standard_value)


def test_a_control_that_a_person_excludes_whatever_the_reason_counts_no_more(robot):
    robot.home(robot.reads())
    control = next(w.well for w in robot.layout.wells if w.role == "negative")
    signal = signal_in(robot, control).measurement_id
    told = verdicts.exclude(robot.bench.place, [signal], reason="air in the well")
    assert {m.candidate_id for m in told.read_out} <= set(robot.batch) and told.read_out
    (plate,) = plate_views.look_at_plates(robot.bench.place).plates
    (used,) = [w for w in plate.wells if w.well == control]
    assert not used.is_used and used.reason.endswith("air in the well")


def test_the_first_part_of_a_plate_may_be_mended_after_the_second_has_come(robot):
    who = robot.batch[3]
    wells = sorted(w.well for w in robot.layout.wells if w.candidate_id == who)
    rows = robot.reads()
    late = [r for r in rows if r.split(",")[1] in wells[:3]]
    first = [r for r in rows if r not in late]
    robot.home(first)
    early = live(robot, who).measurement_id
    robot.home(late)
    assert live(robot, who).supersedes == early
    (name,) = [f.file for f in robot.bench.known.state.files if f.n_rows == len(first)]
    row = next(i for i, r in enumerate(first, 2) if r.split(",")[1] == wells[5])
    mended = {"row": row, "column": "RFU", "value": "failed"}
    fixes.fix(robot.bench.place, name, **mended, reason="the tip was empty")
    found = live(robot, who)
    assert len(json.loads(found.raw)["wells"]) == 9
    assert learned(robot.bench)[who][0] == pytest.approx(robot.truth[who], abs=0.15)


def test_a_corrected_signal_stays_corrected_where_another_file_takes_the_place_of_its_own(robot):
    who = robot.batch[5]
    rows, well = off_by_ten(robot, robot.reads(), who)
    name = robot.home(rows).file
    correction = {"value": "50", "reason": "a digit too many"}
    corrections.correct(robot.bench.place, signal_in(robot, well).measurement_id, **correction)
    other = next(w.well for w in robot.layout.wells if w.candidate_id == robot.batch[0])
    text = [r.rsplit(",", 1)[0] + ",failed" if r.split(",")[1] == other else r for r in rows]
    new = robot.bench.file("\n".join(["Plate,Well,RFU", *text]) + "\n")
    verbs.ingest(robot.bench.place, new, replaces=name, reason="a well had failed")
    assert live(robot, who).status == "valid"
    assert learned(robot.bench)[who][0] == pytest.approx(robot.truth[who], abs=0.12)
