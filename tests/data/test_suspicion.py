# SPDX-License-Identifier: Apache-2.0
"""What is flagged for a look, and that nothing is lost by looking."""

from math import log10

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.api.check import check
from loopwright.core.values import Candidate, Measurement, RawFile
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.seen import LOOKS
from loopwright.data.targets import targets
from loopwright.data.whose import Register
from loopwright.loop.tabling import take_tables
from loopwright.registry import build

MOLECULES = build("modalities", "molecules", {})
NAMED = {f"CPD-{n}": Candidate(id=f"M-{n}", text="CCO", name=f"CPD-{n}") for n in range(1, 2000)}
LINEAR = ValueColumn(
    column="value", property="IC50", unit="nM", unit_column="unit", relation_column="relation"
)
POTENCY = ValueColumn(column="value", property="pIC50", unit="1")
PERCENT = ValueColumn(column="value", property="yield", unit="%")


def take(rows, value=LINEAR, known=(), **register):
    """Take in rows of (value, unit, relation, p), one compound each unless a fifth names it."""
    lines = ["name,value,unit,relation,p,assay"]
    for n, row in enumerate(rows, start=1):
        cells = (*row, *("", "", "")[len(row) - 1 :])[:4]
        name = row[4] if len(row) > 4 else f"CPD-{n}"
        lines.append(f"{name},{','.join(map(str, cells))},{row[5] if len(row) > 5 else ''}")
    (_,), intake = take_tables(
        RawFile(name="a.csv", content="\n".join(lines).encode()),
        lambda _: ColumnMapping(name="name", assay="assay", values=(value,)),
        "molecules",
        MOLECULES,
        campaign="c",
        register=Register(named=NAMED, measured=known, **register),
    )
    assert intake.n_rows == intake.n_loaded + intake.n_flagged + intake.n_quarantined == len(rows)
    return intake


def doubts(intake):
    return {m.source_row - 1: m.status_reason for m in intake.measurements if m.status == "flagged"}


def spread(n=30):
    """Values from 13 to 9.7 nM x 1000: nearly three decades without a gap."""
    return [(f"{13 * 1.25**i:.3g}", "nM", "=") for i in range(n)]


def test_ordinary_values_are_not_doubted():
    assert doubts(take(spread())) == {}
    assert doubts(take([(f"{5 + i / 20:.2f}",) for i in range(60)], POTENCY)) == {}


def test_a_value_ten_times_beyond_all_others_is_flagged_and_not_learned_from():
    intake = take([*spread(), ("500000", "nM", "=")])
    assert doubts(intake) == {31: f"{LOOKS}far outside the range of the other values"}
    (place,) = intake.quarantine
    assert (place.row, place.column, place.value) == (32, "value", "500000 nM") and place.remedy
    assert (intake.n_loaded, intake.n_flagged) == (30, 1)
    ids, _ = targets(intake.measurements, "IC50", unit="nM")
    assert len(ids) == 30 and "M-31" not in ids


def test_what_was_measured_before_says_what_is_usual():
    history = take(spread()).measurements
    assert doubts(take([("500000", "nM", "=")])) == {}
    intake = take(
        [("500000", "nM", "=", "", "CPD-99"), ("100", "nM", "=", "", "CPD-98")], known=history
    )
    assert doubts(intake) == {1: f"{LOOKS}far outside the range of the other values"}
    assert len(intake.measurements) == 2


@pytest.mark.parametrize(
    ("value", "bad", "good"),
    [(POTENCY, "66", "6.6"), (LINEAR, "-5", "5"), (PERCENT, "430", "43"), (LINEAR, "0", "1")],
    ids=["a pIC50 of 66", "a negative concentration", "a yield of 430 %", "an IC50 of nothing"],
)
def test_what_cannot_be_is_flagged(value, bad, good):
    unit = "nM" if value is LINEAR else ""
    intake = take([(good, unit, "="), (bad, unit, "=")], value)
    assert list(doubts(intake)) == [2] and "impossible" in doubts(intake)[2]


def test_two_values_of_one_compound_a_thousandfold_apart_are_both_flagged():
    rows = [("12", "nM", "=", "", "CPD-7"), ("12400", "nM", "=", "", "CPD-7"), ("15", "nM", "=")]
    assert set(doubts(take(rows))) == {1, 2}
    close = [("12", "nM", "=", "", "CPD-7"), ("1240", "nM", "=", "", "CPD-7")]
    assert doubts(take(close)) == {}


def test_between_assays_only_the_very_same_digits_look_like_a_wrong_unit():
    same = [("12.4", "nM", "=", "", "CPD-7", "A"), ("12400", "nM", "=", "", "CPD-7", "B")]
    other = [("12.4", "nM", "=", "", "CPD-7", "A"), ("9800", "nM", "=", "", "CPD-7", "B")]
    assert set(doubts(take(same))) == {1, 2}
    assert doubts(take(other)) == {}


def test_a_unit_that_one_row_alone_states_is_flagged():
    rows = [*spread(), *spread(), ("40", "uM", "=")]
    assert "'uM', where most rows say 'nM'" in doubts(take(rows))[61]
    assert doubts(take([*spread(), *spread(), ("40", "nmol/L", "=")])) == {}


def test_a_block_of_another_unit_with_the_same_numbers_is_flagged_and_a_change_of_scale_is_not():
    swapped = [*spread(), *spread(), *[(v, "uM", r) for v, _, r in spread()[10:20]]]
    assert set(range(61, 71)) <= set(doubts(take(swapped)))
    ranged = [(f"{13 * 1.15**i:.3g}", "nM", "=") for i in range(30)]
    ranged += [(f"{1.1 * 1.15**i:.3g}", "uM", "=") for i in range(20)]
    assert doubts(take(ranged)) == {}


def test_a_row_without_the_relation_that_all_others_state_is_flagged():
    assert "no relation" in doubts(take([*spread(), ("40", "nM", "")]))[31]
    assert doubts(take([(v, u, "") for v, u, _ in spread()])) == {}
    assert doubts(take([*spread(), (">40", "nM", "")])) == {}


def test_a_fraction_beside_percent_is_flagged():
    rows = [("50%",), ("62%",), ("0.5",), ("48",)]
    assert "fraction" in doubts(take(rows, PERCENT))[3] and len(doubts(take(rows, PERCENT))) == 1
    assert doubts(take([("50",), ("0.5",)], PERCENT)) == {}


def test_a_value_that_its_p_value_contradicts_is_flagged():
    rows = [(v, u, r, f"{9 - log10(float(v)):.2f}") for v, u, r in spread()]
    assert doubts(take(rows)) == {}
    value, unit, relation, p = rows[12]
    wrong = [*rows[:12], (str(float(value) * 10), unit, relation, p), *rows[13:]]
    assert list(doubts(take(wrong))) == [13] and "'p'" in doubts(take(wrong))[13]


def test_a_limit_that_states_its_p_value_where_limits_do_not_is_flagged():
    rows = [(v, u, r, f"{9 - log10(float(v)):.2f}") for v, u, r in spread()]
    limits = [("10000", "nM", ">", "")] * 12
    assert doubts(take([*rows, *limits])) == {}
    value, unit, _, p = rows[12]
    assert list(doubts(take([*rows[:12], (value, unit, ">", p), *rows[13:], *limits]))) == [13]
    usual = [("10000", "nM", ">", "5")] * 12
    assert doubts(take([*rows, *usual])) == {}


def test_a_value_that_is_the_number_of_its_compound_is_flagged():
    rows = [("1234", "nM", "=", "", "CPD-1234"), ("1234", "nM", "=", "", "CPD-1235")]
    assert list(doubts(take(rows))) == [1]


def test_a_round_worst_value_that_many_share_looks_like_a_lost_limit():
    capped = [("30000", "nM", "=") for _ in range(12)]
    assert set(doubts(take([*spread(), *capped]))) == set(range(31, 43))
    limits = [("30000", "nM", ">") for _ in range(12)]
    assert doubts(take([*spread(), *limits])) == {}


def test_raw_signals_of_wells_are_not_judged():
    rows = [("12", "RFU", "=", "", "CPD-7"), ("-40", "RFU", "=", "", "CPD-7"),
            ("52000", "RFU", "=", "", "CPD-7")]  # fmt: skip
    raw = ValueColumn(column="value", property="fluorescence", unit="RFU", unit_column="unit")
    assert doubts(take(rows, raw)) == {}
    signal = ValueColumn(column="value", property="signal", unit="1")
    assert doubts(take([(v, "", "", "", n) for v, *_, n in rows], signal)) == {}
    potency = [(v, "nM", "=", "", n) for v, *_, n in rows]
    assert set(doubts(take(potency))) == {1, 2, 3}


CELL = st.sampled_from(
    ["5", "50%", "0.5", "-3", "1e9", "900", "n.d.", ">5", "5 to 6", "x", "1234", ""]
)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            CELL, st.sampled_from(["nM", "uM", "", "%"]), st.sampled_from(["=", ">", ""]),
            st.sampled_from(["", "6", "7.5"]), st.sampled_from(["CPD-7", "CPD-1234", "CPD-8"]),
        ),
        min_size=1, max_size=40,
    )
)  # fmt: skip
def test_looking_loses_and_doubles_no_row(rows):
    intake = take(rows)
    flagged = {m.source_row for m in intake.measurements if m.status == "flagged"}
    assert len({m.measurement_id for m in intake.measurements}) == len(intake.measurements)
    assert intake.n_flagged >= len(flagged)
    assert {q.row for q in intake.quarantine} >= flagged
    assert take(rows).measurements == intake.measurements


def test_measurements_of_the_past_are_never_flagged_anew():
    past = take(spread()).measurements
    wild = [Measurement(**{**_plain(m), "standard_value": 1e9}) for m in past[:1]]
    intake = take(spread(), known=[*past, *wild])
    assert {m.measurement_id for m in intake.measurements} == {m.measurement_id for m in past}


def _plain(m):
    return attrs.asdict(m, recurse=False)


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name",
    [
        "messy/chembl_ache_mouse_ic50_export.csv",
        "messy/chembl_human_liver_clh_export.csv",
        "series/d2r.csv.gz",
        "series/moleculeace/CHEMBL204_Ki.csv.gz",
        "tdc_admet/half_life_obach/train_val.csv",
        "tdc_admet/herg/train_val.csv",
    ],
)
def test_of_real_rows_fewer_than_one_in_a_hundred_is_doubted(shared_data, name):
    found = check(shared_data / name)
    assert found.rows_in > 200
    assert len({p.row for p in found.rows if p.what.startswith(LOOKS)}) < 0.01 * found.rows_in


def test_readings_that_scatter_around_zero_are_not_doubted_and_a_lone_negative_one_is():
    blank = ValueColumn(column="value", property="mass concentration", unit="ng/uL")
    around = [(f"{(-1) ** i * (0.1 + i / 50):.3f}",) for i in range(40)]
    assert doubts(take(around, blank)) == {}
    high = [(f"{50 + i}",) for i in range(40)]
    assert doubts(take([*high, ("-60",)], blank)) == {
        41: f"{LOOKS}impossible for what was measured"
    }


def test_what_a_simulator_or_a_replay_reports_waits_for_no_look():
    rows = [*spread(), ("500000", "nM", "=")]
    assert doubts(take(rows)) and not doubts(take(rows, is_simulated=True))
