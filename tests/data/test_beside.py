# SPDX-License-Identifier: Apache-2.0
"""Spread, number of runs, and replicates in one row: guessed, mapped, kept with their kind."""

import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.data.guess import guess
from loopwright.data.intake import take_in
from loopwright.data.mapping import ColumnMapping, ValueColumn, mapping_from_toml, mapping_to_toml
from loopwright.data.targets import replicate_std, targets
from loopwright.data.whose import Register
from loopwright.registry import build


def take(text, mapping=None, properties=()):
    file = RawFile(name="a.csv", content=text.encode())
    (table,) = build("readers", "csv", {}).read(file)
    mapping = mapping or guess(table.columns, [c for _, c in table], properties=properties)
    molecules = build("modalities", "molecules", {})
    return take_in(file, table, mapping, "molecules", molecules, campaign="c", register=Register())


def guessed(*columns, properties=()):
    found = guess(columns, properties=properties, needs_values=False).values
    return [(v.column, v.spread_column, v.spread_kind, v.n_column) for v in found]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("IC50 (nM)", "IC50 SD (nM)", "n"), ("IC50 SD (nM)", "sd", "n")),
        (("IC50 (nM)", "IC50 Std. Dev.", "IC50 n"), ("IC50 Std. Dev.", "sd", "IC50 n")),
        (("IC50 (nM)", "stderr", "N runs"), ("stderr", "sem", "N runs")),
        (("IC50 (nM)", "IC50 (SEM)", "No. of replicates"),
         ("IC50 (SEM)", "sem", "No. of replicates")),
        (("Mean IC50 (nM)", "± (nM)", "n"), ("± (nM)", "", "n")),
        (("pIC50", "n", "pIC50_std"), ("pIC50_std", "sd", "n")),
        (("IC50 (nM)", "SEM", "SD", "Number of tests"), ("SD", "sd", "Number of tests")),
    ],
    ids=", ".join,
)  # fmt: skip
def test_spread_and_count_are_found_beside_their_value(columns, expected):
    assert guessed("smiles", *columns) == [(columns[0], *expected)]


def test_each_of_two_values_has_the_spread_to_its_right():
    assert guessed("smiles", "IC50 (nM)", "SD", "n", "Ki (nM)", "SD #2", "n #2") == [
        ("IC50 (nM)", "SD", "sd", "n"), ("Ki (nM)", "SD #2", "sd", "n #2"),
    ]  # fmt: skip


def test_a_name_that_only_looks_like_a_spread_is_a_value():
    assert [c for c, *_ in guessed("smiles", "SD rat clearance (mL/min/kg)", "Se (mg/L)")] == [
        "SD rat clearance (mL/min/kg)", "Se (mg/L)",
    ]  # fmt: skip
    assert guessed("smiles", "IC50 SD (nM)", "x") == []
    assert guessed("smiles", "sd", properties=["sd"]) == [("sd", "", "", "")]


def test_a_chembl_like_table_has_its_spread_row_by_row():
    columns = ["id", "Standard Type", "Standard Value", "Standard Units", "SD", "n"]
    assert guessed(*columns) == [("Standard Value", "SD", "sd", "n")]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["IC50_1 (nM)", "IC50_2 (nM)", "IC50_3 (nM)"], 3),
        (["IC50 rep 1 (nM)", "IC50 rep 2 (nM)"], 2),
        (["IC50 (nM) 1", "IC50 (nM) 2", "IC50 mean (nM)", "IC50 SD (nM)"], 2),
        (["rep1", "rep2", "rep3"], 3),
        (["IC50_1 (nM)", "IC50_2 (nM)", "IC50 (nM)"], 1),
        (["IC50_1 (nM)", "IC50_3 (nM)"], 0),
        (["activity_1", "activity_2"], 0),
    ],
    ids=["numbered", "worded", "beside their mean", "without a name", "beside the value of record",
         "a number is missing", "numbered, and of anything"],
)  # fmt: skip
def test_replicates_in_one_row_are_guessed(columns, expected):
    found = guess(["smiles", *columns], properties=["pIC50"], needs_values=False).values
    if expected in {2, 3}:
        (value,) = found
        assert (value.property, value.column) == ("pIC50", columns[0])
        assert value.replicate_columns == tuple(columns[1:expected])
    assert all(not v.replicate_columns for v in found) or expected > 1


def test_one_row_gives_several_measurements_each_with_an_id_of_its_own():
    taken = take(
        "smiles,name,IC50_1 (nM),IC50_2 (nM),IC50_3 (nM)\n"
        "CCO,a,10,> 30,\nCCN,b,5,x,7\nCCC,c,,,9\nCCCC,d,,,\n"
    )
    assert [(m.name, m.standard_relation, m.standard_value, m.replicate_n)
            for m in taken.measurements] == [
        ("a", "=", 10.0, 1), ("a", ">", 30.0, 2), ("b", "=", 5.0, 1), ("b", "=", 7.0, 2),
        ("c", "=", 9.0, 1),
    ]  # fmt: skip
    assert len({m.measurement_id for m in taken.measurements}) == 5
    assert (taken.n_rows, taken.n_loaded, taken.n_flagged) == (4, 2, 2)
    assert [(q.row, q.column) for q in taken.quarantine if q.value] == [(3, "IC50_2 (nM)")]
    assert replicate_std(taken.measurements, "IC50", "nM") == pytest.approx(2**0.5)


def test_a_failed_row_fails_once_however_many_replicates_were_planned():
    taken = take("smiles,IC50_1 (nM),IC50_2 (nM),status\nCCO,,,failed\n")
    assert [(m.standard_value, m.status) for m in taken.measurements] == [(None, "excluded")]


def test_a_true_clash_is_refused_still():
    values = (
        ValueColumn(column="a", property_column="t", unit="nM"),
        ValueColumn(column="b", property="IC50", unit="nM"),
    )
    mapping = ColumnMapping(structure="smiles", values=values)
    taken = take("smiles,t,a,b\nCCO,IC50,1,2\nCCN,Ki,1,2\n", mapping)
    assert [(m.source_row, m.standard_type) for m in taken.measurements] == [
        (2, "IC50"), (3, "Ki"), (3, "IC50"),
    ]  # fmt: skip
    assert "a second value of IC50" in taken.quarantine[0].reason
    with pytest.raises(DataError, match="one property each"):
        ColumnMapping(
            structure="s", values=[ValueColumn(column=c, property="p", unit="1") for c in "ab"]
        )


def test_a_spread_keeps_its_number_its_kind_and_its_unit():
    text = "smiles,IC50 (uM),IC50 SD (uM),n\nCCO,1.5,± 0.2,n=3\nCCN,2 nM,0.5 nM,4.0\nCCC,3,,\n"
    one, other, bare = take(text).measurements
    assert (one.spread, one.spread_kind, one.spread_units, one.n_runs) == (0.2, "sd", "uM", 3)
    assert (other.standard_value, other.standard_units) == (0.002, "uM")
    assert (other.spread, other.spread_units, other.n_runs) == (0.0005, "uM", 4)
    assert (bare.spread, bare.spread_kind, bare.n_runs) == (None, "", None)


def test_a_spread_of_concentrations_is_not_turned_into_one_of_p_values():
    taken = take("smiles,IC50 (nM),SD,n\nCCO,10,2,3\n", properties=["pIC50"])
    (one,) = taken.measurements
    assert (one.standard_value, one.spread, one.spread_units) == (8.0, 2.0, "nM")
    _, known = targets(taken.measurements, "pIC50", unit="1")
    assert known.n_replicates.tolist() == [[3]]
    assert str(replicate_std(taken.measurements, "pIC50", "1")) == "nan"


def intervals(*columns, rows=()):
    found = guess(("smiles", *columns), list(rows), needs_values=False).values
    return [(v.column, v.interval_columns, v.spread_kind) for v in found]


@pytest.mark.parametrize(
    ("value", "low", "high", "kind"),
    [
        ("IC50 (nM)", "CI low", "CI high", "ci95"),
        ("IC50 (nM)", "95% CI lower", "95% CI upper", "ci95"),
        ("IC50 (nM)", "IC50 (nM) lower 95% CI", "IC50 (nM) upper 95% CI", "ci95"),
        ("IC50_nM", "IC50_CI95_low_nM", "IC50_CI95_high_nM", "ci95"),
        ("Ki (uM)", "Lower 95% Confidence Limit", "Upper 95% Confidence Limit", "ci95"),
        ("Mean IC50 (nM)", "LCL (nM)", "UCL (nM)", "ci95"),
        ("pIC50", "lower", "upper", ""),
        ("IC50 (nM)", "IC50 lower", "IC50 upper", ""),
    ],
    ids=lambda text: text or "of no kind",
)
def test_the_ends_of_an_interval_are_found_beside_their_value(value, low, high, kind):
    assert intervals(value, low, high) == [(value, (low, high), kind)]
    assert intervals(low, value, high) == [(value, (low, high), kind)]


@pytest.mark.parametrize(
    "ends",
    [("90% CI lower", "90% CI upper"), ("low dose", "high dose"), ("95% CI", "CI upper"),
     ("Ki lower", "Ki upper"), ("CI lower (%)", "CI upper (%)")],
    ids=["another level", "doses", "one end", "of another value", "in another unit"],
)  # fmt: skip
def test_what_is_no_interval_of_the_value_is_not_taken_for_one(ends):
    assert intervals("IC50 (nM)", "CI lower", "CI upper")[0][1] == ("CI lower", "CI upper")
    assert all(found == () for _, found, _ in intervals("IC50 (nM)", *ends))


def test_ends_that_do_not_hold_the_values_belong_to_something_else():
    def rows(low, high):
        cells = {"smiles": "CCO", "IC50 (nM)": "10", "lower": low, "upper": high}
        return [cells] * 3

    columns = ("IC50 (nM)", "lower", "upper")
    assert intervals(*columns, rows=rows("8", "14"))[0][1] == ("lower", "upper")
    assert intervals(*columns, rows=rows("200", "800"))[0][1] == ()


def test_each_of_two_values_has_its_own_interval():
    columns = ("IC50 (nM)", "CI low", "CI high", "Ki (nM)", "CI low #2", "CI high #2")
    assert [found for _, found, _ in intervals(*columns)] == [
        ("CI low", "CI high"), ("CI low #2", "CI high #2"),
    ]  # fmt: skip


def test_a_standard_deviation_goes_before_an_interval_and_both_are_no_values():
    found = guess(
        ("smiles", "IC50 (nM)", "SD", "CI low", "CI high", "n"), [], needs_values=False
    ).values
    assert [(v.column, v.spread_column, v.interval_columns, v.n_column) for v in found] == [
        ("IC50 (nM)", "SD", (), "n")
    ]


def test_half_of_the_width_of_an_interval_is_kept_in_the_unit_of_the_values():
    text = (
        "smiles,IC50 (uM),95% CI lower,95% CI upper,n\n"
        "CCO,1.5,1.0,3.0,3\nCCN,2 nM,1 nM,5 nM,2\nCCC,3,,,4\nCCS,3,2,>100,4\n"
    )
    one, other, blank, is_open = take(text).measurements
    assert (one.spread, one.spread_kind, one.spread_units, one.n_runs) == (1.0, "ci95", "uM", 3)
    assert (other.standard_value, other.spread, other.spread_units) == (0.002, 0.002, "uM")
    for m in (blank, is_open):
        assert (m.spread, m.spread_kind, m.n_runs) == (None, "", 4)


def test_an_interval_of_concentrations_keeps_its_unit_where_the_value_goes_to_the_p_scale():
    (one,) = take(
        "smiles,IC50 (nM),CI low,CI high\nCCO,10,6,16\n", properties=["pIC50"]
    ).measurements
    assert (one.standard_value, one.spread, one.spread_units) == (8.0, 5.0, "nM")


@pytest.mark.parametrize("ends", ["12,20", "20,5", "1,9", "x,20", "2 %,20"])
def test_an_interval_that_does_not_hold_its_value_flags_the_row_and_keeps_the_value(ends):
    rows = "".join(f"{'C' * n}O,10,8,14\n" for n in range(1, 5))
    taken = take(f"smiles,IC50 (nM),CI low,CI high\n{rows}CCN,10,{ends}\n")
    assert [m.standard_value for m in taken.measurements] == [10.0] * 5
    assert [m.spread for m in taken.measurements] == [3.0] * 4 + [None]
    (place,) = taken.quarantine
    assert (place.row, place.column) == (6, "CI low") and place.remedy


@pytest.mark.parametrize("cell", ["-1,3", "<2,3", "x,3", "2 %,3", "2,0", "2,2.5", "2,many"])
def test_a_spread_that_cannot_be_read_flags_the_row_and_keeps_its_value(cell):
    taken = take(f"smiles,IC50 (nM),SD,n\nCCO,10,{cell}\nCCN,10,2,3\n")
    assert [m.standard_value for m in taken.measurements] == [10.0, 10.0]
    assert (taken.n_loaded, taken.n_flagged) == (1, 1)
    assert taken.measurements[0].spread is None and taken.measurements[1].spread == 2.0
    (place,) = taken.quarantine
    assert place.row == 2 and place.column in {"SD", "n"} and place.remedy


def test_a_mapping_with_replicates_and_spread_survives_being_written_and_read():
    values = (
        ValueColumn(column="a", property="p", unit="1", replicate_columns=("b", "c")),
        ValueColumn(column="d", property="q", unit="1", spread_column="e", spread_kind="sem",
                    n_column="f"),
        ValueColumn(column="g", property="r", unit="1", interval_columns=("h", "i")),
    )  # fmt: skip
    mapping = ColumnMapping(structure="s", values=values)
    assert mapping_from_toml(mapping_to_toml(mapping)) == mapping
    assert mapping.columns == (*"sabcdefghi",)


@pytest.mark.parametrize(
    "wrong",
    ['replicate_columns = ["b"]\nspread_column = "s"', 'replicate_columns = ["a"]',
     'spread_kind = "cv"', 'interval_columns = ["b"]',
     'interval_columns = ["b", "c"]\nspread_column = "d"',
     'interval_columns = ["b", "c"]\nreplicate_columns = ["d"]'],
    ids=["replicates and a spread", "a column twice", "a kind that is none", "one end",
         "an interval and a spread", "replicates and an interval"],
)  # fmt: skip
def test_a_mapping_whose_spread_makes_no_sense_is_refused(wrong):
    text = 'structure = "s"\n[[values]]\ncolumn = "a"\nproperty = "p"\n'
    assert mapping_from_toml(f'{text}spread_column = "x"\nspread_kind = "sd"').values
    with pytest.raises(DataError):
        mapping_from_toml(text + wrong)
