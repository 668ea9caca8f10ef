# SPDX-License-Identifier: Apache-2.0
import hashlib
import json
import logging
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, RawFile
from loopwright.data.guess import guess
from loopwright.data.intake import COPIED, take_in
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.placed import Place, Placed
from loopwright.data.targets import targets
from loopwright.data.whose import Register
from loopwright.registry import build, plugin

MOLECULES = build("modalities", "molecules", {})
READERS = {n: build("readers", n, {}) for n in ("csv", "smi", "sdf")}
ETHANOL, AMINE = MOLECULES.parse("CCO", "ethanol"), MOLECULES.parse("CCN", "amine")
KNOWN = {ETHANOL.id: ETHANOL, "ethanol": ETHANOL, AMINE.id: AMINE, "amine": AMINE}
P = ValueColumn(column="p", property="pIC50", unit="1")
MAPPING = ColumnMapping(structure="smiles", name="name", values=(P,))


def take(text, mapping=MAPPING, known=None, reader="csv", name="a.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    file = RawFile(name=name, content=content)
    (table,) = READERS[reader].read(file)
    return take_in(
        file,
        table,
        mapping,
        "molecules",
        MOLECULES,
        campaign="c",
        register=Register(named=known or {}),
    )


def told(intake):
    return [(m.standard_relation, m.standard_value, m.standard_units) for m in intake.measurements]


def counts(intake):
    return intake.n_rows, intake.n_loaded, intake.n_flagged, intake.n_quarantined


def test_a_good_row_becomes_a_measurement_that_keeps_its_source():
    intake = take("smiles,name,p\nOCC,x,>5.1\n")
    (m,) = intake.measurements
    assert (m.candidate_id, m.standard_type, m.standard_units) == (ETHANOL.id, "pIC50", "1")
    assert (m.standard_relation, m.standard_value) == (">", 5.1)
    assert (m.campaign_id, m.modality, m.source_row, m.status) == ("c", "molecules", 2, "valid")
    assert json.loads(m.raw) == {"smiles": "OCC", "name": "x", "p": ">5.1"}
    assert intake.candidates == (MOLECULES.parse("CCO", "x"),)


def test_one_bad_structure_stops_nothing_and_is_kept_with_its_reason():
    intake = take("smiles,name,p\nCCO,a,5\nC((,b,6\nCCN,c,7\n")
    assert counts(intake) == (3, 2, 0, 1)
    (bad,) = intake.quarantine
    assert (bad.row, bad.column, bad.value) == (3, "smiles", "C((")
    assert bad.reason and bad.remedy


def test_no_structure_is_ever_logged(caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        take("smiles,name,p\nC(C)(C)(C)(C)C,b,6\nCCO,a,oops\n")
    assert not caplog.records and capfd.readouterr() == ("", "")


def test_a_row_without_a_value_is_flagged_and_its_candidate_kept():
    intake = take("smiles,name,p\nCCO,a,\nCCN,b,5\n")
    assert counts(intake) == (2, 1, 1, 0)
    assert len(intake.candidates) == 2
    assert intake.quarantine[0].reason == "no value"


def test_a_row_whose_only_value_is_bad_is_quarantined_and_one_of_two_only_flags_it():
    mapping = ColumnMapping(
        structure="smiles", values=(P, ValueColumn(column="y", property="yield", unit="%"))
    )
    intake = take("smiles,p,y\nCCO,5/6,\nCCN,5/6,80\nCC,5,70\n", mapping)
    assert counts(intake) == (3, 1, 1, 1)
    assert [q.row for q in intake.quarantine] == [2, 3]
    assert [(m.source_row, m.standard_type) for m in intake.measurements] == [
        (3, "yield"), (4, "pIC50"), (4, "yield"),
    ]  # fmt: skip


def test_concentrations_are_kept_in_the_unit_asked_for_whatever_the_cell_says():
    mapping = ColumnMapping(
        structure="smiles", values=(ValueColumn(column="v", property="IC50", unit="nM"),)
    )
    intake = take("smiles,v\nCCO,5\nCCN,> 2 uM\nCC,3 %\nC,4 foo\n", mapping)
    assert told(intake) == [
        ("=", 5.0, "nM"), (">", 2000.0, "nM"),
    ]  # fmt: skip
    assert [q.row for q in intake.quarantine] == [4, 5]


def test_on_the_p_scale_the_relation_flips():
    mapping = ColumnMapping(
        structure="smiles",
        values=(
            ValueColumn(column="v", property="pIC50", unit="uM", as_p=True, relation_column="r"),
        ),
    )
    intake = take("smiles,r,v\nCCO,>,10\nCCN,,100 nM\nCC,<,1\nC,=,0\n", mapping)
    assert told(intake) == [
        ("<", 5.0, "1"), ("=", 7.0, "1"), (">", 6.0, "1"),
    ]  # fmt: skip
    assert counts(intake) == (4, 3, 0, 1)


def test_rows_may_name_their_own_property_and_unit():
    mapping = ColumnMapping(
        structure="smiles",
        values=(ValueColumn(column="v", property_column="t", unit_column="u", as_p=True),),
    )
    intake = take("smiles,t,v,u\nCCO,IC50,1,uM\nCCN,Ki,10,nM\nCC,,1,nM\nC,Ki,1,\n", mapping)
    assert [(m.standard_type, m.standard_value) for m in intake.measurements] == [
        ("pIC50", 6.0), ("pKi", 8.0),
    ]  # fmt: skip
    assert [q.reason.split(" ")[0] for q in intake.quarantine] == ["the", "the"]


def test_two_relations_that_contradict_are_refused_and_one_that_agrees_is_read():
    mapping = ColumnMapping(
        structure="smiles",
        values=(ValueColumn(column="p", property="pIC50", unit="1", relation_column="r"),),
    )
    intake = take("smiles,r,p\nCCO,>,>5\nCCN,<,>5\nCC,=,>5\n", mapping)
    assert [m.standard_relation for m in intake.measurements] == [">", ">"]
    assert [q.row for q in intake.quarantine] == [3]


def test_decimal_commas_are_read_when_the_whole_column_has_them():
    assert take("smiles;name;p\nCCO;a;5,5\nCCN;b;6,25\n").measurements[1].standard_value == 6.25
    assert counts(take("smiles;name;p\nCCO;a;5,5\nCCN;b;6.25\n")) == (2, 1, 0, 1)


# ---- the right compound
ID = ColumnMapping(candidate_id="id", structure="smiles", name="name", values=(P,))


@pytest.mark.parametrize(
    "row",
    [
        f"{ETHANOL.id},,,5",
        f"{ETHANOL.id},OCC,,5",
        ",OCC,,5",
        ",,ethanol,5",
        f"{ETHANOL.id},,amine,5",
    ],
    ids=["by id", "by id and structure", "by structure", "by name", "by id, whatever the name"],
)
def test_a_row_finds_its_candidate_by_key(row):
    intake = take(f"id,smiles,name,p\n{row}\n", ID, KNOWN)
    assert [m.candidate_id for m in intake.measurements] == [ETHANOL.id]


@pytest.mark.parametrize(
    "row",
    [f"{ETHANOL.id},CCN,,5", "M-000000000000,,,5", "M-000000000000,CCO,,5", ",,stranger,5", ",,,5"],
    ids=["id of another structure", "an unknown id", "a wrong id", "an unknown name", "nothing"],
)
def test_a_value_that_may_be_another_compounds_is_quarantined(row):
    intake = take(f"id,smiles,name,p\n{row}\n", ID, KNOWN)
    assert counts(intake) == (1, 0, 0, 1) and not intake.measurements


def test_the_name_of_another_known_candidate_beside_a_structure_flags_the_value():
    intake = take("smiles,name,p\nCCO,amine,5\nCCN,amine,6\n", known=KNOWN)
    assert [m.status for m in intake.measurements] == ["flagged", "valid"]
    assert AMINE.id in intake.measurements[0].status_reason
    assert counts(intake) == (2, 1, 1, 0)


def test_what_was_really_made_gets_the_value():
    mapping = ColumnMapping(candidate_id="id", made="made", values=(P,))
    intake = take(
        f"id,made,p\n{ETHANOL.id},CCN,5\n{ETHANOL.id},,6\n{ETHANOL.id},C((,7\n", mapping, KNOWN
    )
    assert [m.candidate_id for m in intake.measurements] == [AMINE.id, ETHANOL.id]
    assert "made instead" in intake.measurements[0].status_reason
    assert counts(intake) == (3, 2, 0, 1)


def test_columns_can_write_a_recipe_together():
    recipes = build("modalities", "recipes", {})
    names = ("temperature_C", "time_h", "ligand", "equivalents")
    mapping = ColumnMapping(
        parts=names, values=(ValueColumn(column="yield", property="yield", unit="%"),)
    )
    file = RawFile(
        name="a.csv",
        content=f"{','.join(names)},yield\n80,2,XPhos,1.5,70\n999,2,XPhos,1,5\n".encode(),
    )
    intake = take_in(
        file,
        READERS["csv"].read(file)[0],
        mapping,
        "recipes",
        recipes,
        campaign="c",
        register=Register(),
    )
    assert intake.candidates[0].text == "temperature_C=80;time_h=2;ligand=XPhos;equivalents=1.5"
    assert counts(intake) == (2, 1, 0, 1)


# ---- what the file says of itself
def test_a_failed_synthesis_is_a_measurement_without_a_number():
    mapping = ColumnMapping(structure="smiles", status="status", values=(P,))
    intake = take("smiles,status,p\nCCO,failed,\nCCN,ok,6\nCC,excluded,7\nC,hm,8\n", mapping)
    found = [(m.status, m.standard_value) for m in intake.measurements]
    assert found == [("excluded", None), ("valid", 6.0), ("excluded", 7.0), ("flagged", 8.0)]
    assert "failed" in intake.measurements[0].status_reason
    assert counts(intake) == (4, 3, 1, 0)


def test_a_row_that_was_not_made_and_has_a_value_keeps_it_and_is_flagged():
    mapping = ColumnMapping(structure="smiles", status="status", values=(P,))
    cells = ("not made,5", "not made,> 5", "not made,see note", "not made,n.d.")
    intake = take("\n".join(["smiles,status,p", *(f"CCO,{c}" for c in cells), ""]), mapping)
    found = [(m.status, m.standard_relation, m.standard_value) for m in intake.measurements]
    flagged = [("flagged", "=", 5.0), ("flagged", ">", 5.0)]
    assert found == [*flagged, *[("excluded", "=", None)] * 2]
    assert "'not made', and gives a value" in intake.measurements[0].status_reason
    assert counts(intake) == (4, 2, 2, 0)


def test_replicates_are_counted_in_file_order_and_a_copied_row_says_so():
    intake = take("smiles,name,p\nCCO,a,5\nOCC,a,5\nCCN,b,6\nCCO,a,5\n")
    assert [m.replicate_n for m in intake.measurements] == [1, 2, 1, 3]
    assert [m.status_reason for m in intake.measurements] == ["", "", "", f"{COPIED}2"]
    assert counts(intake) == (4, 4, 0, 0)


def test_reading_a_file_twice_gives_the_same_ids_and_another_file_gives_others():
    text = "smiles,name,p\nCCO,a,5\nCCN,b,6\n"
    ids = [m.measurement_id for m in take(text).measurements]
    assert len(set(ids)) == 2
    assert [m.measurement_id for m in take(text).measurements] == ids
    assert not set(ids) & {m.measurement_id for m in take(text + "\n").measurements}


def test_faults_of_the_reader_are_counted_among_the_quarantined():
    intake = take("smiles,name,p\nCCO,a,5\nCCN,b\n")
    assert counts(intake) == (2, 1, 0, 1)


def test_a_table_without_a_column_of_the_mapping_is_refused():
    with pytest.raises(DataError, match="'p'"):
        take("smiles,name\nCCO,a\n")


CELLS = st.sampled_from(
    ["CCO", "CCN", "C((", "", "5", ">6", "<=7 nM", "5-6", "n.d.", "nan", "1,5", "ethanol", "ok",
     "failed", ETHANOL.id, "x" * 50]
)  # fmt: skip
ODD = st.text(st.characters(exclude_characters='",\n\r\0', exclude_categories=["Cs"]), max_size=10)


@given(st.lists(st.lists(CELLS | ODD, min_size=5, max_size=5), min_size=1, max_size=8))
def test_every_row_of_any_table_ends_in_one_of_three_places(rows):
    mapping = ColumnMapping(
        candidate_id="id", structure="smiles", name="name", status="s",
        values=(P, ValueColumn(column="name", property="n", unit="nM", as_p=True)),
    )  # fmt: skip
    text = "id,smiles,name,s,p\n" + "\n".join(",".join(r) for r in rows) + "\n"
    try:
        intake = take(text, mapping, KNOWN)
    except DataError:
        return
    assert intake.n_rows == intake.n_loaded + intake.n_flagged + intake.n_quarantined
    rows_told = {m.source_row for m in intake.measurements} | {q.row for q in intake.quarantine}
    assert len(rows_told) == intake.n_rows
    assert {m.candidate_id for m in intake.measurements} <= {c.id for c in intake.candidates}


@given(st.binary(max_size=200))
def test_whatever_the_bytes_reading_and_taking_in_end_in_a_count_or_a_data_error(content):
    try:
        take(b"smiles,name,p\nCCO,a,5\n" + content)
    except DataError:
        return


# ---- real files
FILES = {
    "messy/chembl_ache_mouse_ic50_export.csv": (692, 83),
    "messy/chembl_human_liver_clh_export.csv": (770, 17),
    "messy/solubility_test.sdf": (257, 0),
    "messy/solubility_train.sdf": (1025, 0),
    "messy/tubb3_chembl_observations.sdf": (10, 0),
    "messy/tubb3_chembl_observations_last_broken.sdf": (10, 0),
    "series/maoa_human_ic50_chembl_export.csv.gz": (5391, 977),
    "series/d2r.csv.gz": (2502, 0),
    "series/tyk2.csv.gz": (9997, 0),
    "series/moleculeace/CHEMBL1871_Ki.csv.gz": (659, 0),
}


class Letters:
    """A modality that takes any text for a candidate; fast enough for large files."""

    offers = frozenset()

    def parse(self, text, name=""):
        return Candidate(id=hashlib.sha256(text.encode()).hexdigest(), text=text, name=name)


@pytest.mark.shared_data
@pytest.mark.parametrize("path", FILES)
def test_real_files_are_taken_in_whole_and_keep_their_limits(shared_data, path):
    n_rows, n_above = FILES[path]
    file = RawFile(name=path, content=(shared_data / path).read_bytes())
    (table,) = READERS["sdf" if path.endswith("sdf") else "csv"].read(file)
    mapping = guess(table.columns, [cells for _, cells in list(table)[:50]])
    modality = Letters() if path.startswith("series") else MOLECULES
    intake = take_in(file, table, mapping, "molecules", modality, campaign="c", register=Register())
    assert intake.n_rows == n_rows
    assert intake.n_loaded + intake.n_flagged >= 0.9 * n_rows
    assert Counter(m.standard_relation for m in intake.measurements)[">"] == n_above


@pytest.mark.shared_data
def test_a_real_export_becomes_p_values_with_their_limits_turned_round(shared_data):
    file = RawFile(
        name="m", content=(shared_data / "messy/chembl_ache_mouse_ic50_export.csv").read_bytes()
    )
    (table,) = READERS["csv"].read(file)
    mapping = guess(table.columns, properties=["pIC50"])
    intake = take_in(
        file, table, mapping, "molecules", MOLECULES, campaign="c", register=Register()
    )
    relations = Counter(m.standard_relation for m in intake.measurements)
    assert relations == {"=": 602, "<": 83}
    assert {m.standard_type for m in intake.measurements} == {"pIC50"}
    for m in intake.measurements:
        published = json.loads(m.raw)["pChEMBL Value"]
        if published and m.standard_relation == "=":
            assert m.standard_value == pytest.approx(float(published), abs=0.006)


def test_values_in_one_file_find_the_structures_of_another():
    folder = Path(find_spec("rdkit").origin).parent / "Contrib" / "FreeWilson" / "data"
    smi = folder / "CHEMBL2321810.smi"  # in every wheel of RDKit; the demo lives on it
    listed = take(smi.read_bytes(), ColumnMapping(structure="smiles", name="name"), reader="smi")
    assert counts(listed) == (1017, 1017, 0, 0)
    by_name = {c.name: c for c in listed.candidates}
    (table,) = READERS["csv"].read(
        RawFile(name="a", content=(folder / "CHEMBL2321810_act.csv").read_bytes())
    )
    mapping = guess(table.columns, properties=["pIC50"])
    taken = take((folder / "CHEMBL2321810_act.csv").read_bytes(), mapping, by_name)
    assert taken.n_rows == 1017 and taken.n_quarantined == 0
    assert taken.measurements[0].candidate_id == by_name["1520012"].id


# ---- a plate and a well, or nobody to ask
WELLS = ColumnMapping(name="name", plate="plate", well="well", values=(P,))
PLATE = "plate,well,name,p\nP1,A1,,5\nP1,A2,,6\nP1,A2,ethanol,7\n"


def taken(text, mapping, **register):
    file = RawFile(name="a.csv", content=text.encode())
    (table,) = READERS["csv"].read(file)
    register = Register(**register)
    return take_in(file, table, mapping, "molecules", MOLECULES, campaign="c", register=register)


def test_a_well_is_the_candidate_that_was_laid_out_in_it():
    held = {"A1": ETHANOL, "A2": AMINE}
    wells = {
        w: Place(plate="P1", well=w, candidate=c, holds=c.id, name=c.name) for w, c in held.items()
    }
    intake = taken(PLATE, WELLS, named=KNOWN, placed=Placed(plates={"P1": wells}))
    told = [(m.source_row, m.candidate_id, m.name, m.well) for m in intake.measurements]
    assert told == [(2, ETHANOL.id, "P1 A1", "A1"), (3, AMINE.id, "P1 A2", "A2")]
    (refused,) = intake.quarantine
    assert (refused.row, refused.column) == (4, "well")
    assert refused.reason == "the well was laid out with amine; the row says ethanol"


def test_a_well_that_nobody_laid_out_is_quarantined_in_a_campaign():
    intake = taken(PLATE, WELLS, named=KNOWN)
    assert counts(intake) == (3, 1, 0, 2)
    assert [(q.row, q.reason) for q in intake.quarantine] == [
        (2, "the well is not known"),
        (3, "the well is not known"),
    ]


def test_where_nobody_can_be_asked_an_unknown_name_or_well_is_taken_without_a_candidate():
    text = "plate,well,name,p\nP1,A1,,5\n,,CPD-7,6\n,,CPD-7,6.5\n,,,7\n"
    intake = taken(text, WELLS, is_open=True)
    assert [(m.candidate_id, m.subject, m.replicate_n) for m in intake.measurements] == [
        ("", "P1 A1", 1),
        ("", "CPD-7", 1),
        ("", "CPD-7", 2),
    ]
    assert intake.candidates == ()
    assert [(q.row, q.reason) for q in intake.quarantine] == [(5, "no structure, id or name")]


# ---- ranges, spreads, masses
def test_a_range_becomes_two_bounds_of_one_row_which_the_p_scale_turns_round():
    linear = ValueColumn(column="ic50", property="IC50", unit="nM")
    p = ValueColumn(column="ic50", property="pIC50", unit="nM", as_p=True)
    text = "smiles,ic50\nCCO,10 to 100\nCCN,1 uM\n"
    kept = take(text, ColumnMapping(structure="smiles", values=(linear,)))
    assert counts(kept) == (2, 2, 0, 0)
    assert told(kept) == [(">=", 10.0, "nM"), ("<=", 100.0, "nM"), ("=", 1000.0, "nM")]
    assert len({m.measurement_id for m in kept.measurements}) == 3
    assert [m.replicate_n for m in kept.measurements] == [1, 1, 1]
    turned = take(text, ColumnMapping(structure="smiles", values=(p,)))
    assert told(turned) == [("<=", 8.0, "1"), (">=", 7.0, "1"), ("=", 6.0, "1")]
    assert [m.replicate_n for m in turned.measurements] == [1, 1, 1]


def test_a_range_is_two_rows_to_learn_from_that_hold_the_truth_between_them():
    intake = take("smiles,p\nCCO,5 to 6\nCCO,5.5 to 7\nCCN,7\n", ColumnMapping(
        structure="smiles", values=(P,)))  # fmt: skip
    ids, known = targets(intake.measurements, "pIC50", unit="1")
    found = {
        (i, float(v), int(b))
        for i, v, b in zip(ids, known.values[:, 0], known.bounds[:, 0], strict=True)
    }
    assert found == {(ETHANOL.id, 5.5, 1), (ETHANOL.id, 6.0, -1), (AMINE.id, 7.0, 0)}


def test_a_range_with_a_relation_beside_it_is_quarantined():
    column = ValueColumn(column="p", property="pIC50", unit="1", relation_column="q")
    text = "smiles,p,q\nCCO,5 to 6,>\nCCN,5 to 6,=\n"
    intake = take(text, ColumnMapping(structure="smiles", values=(column,)))
    assert [(q.row, "range" in q.reason) for q in intake.quarantine] == [(2, True)]
    assert told(intake) == [(">=", 5.0, "1"), ("<=", 6.0, "1")]


def test_a_spread_is_kept_in_the_unit_of_its_value():
    linear = ValueColumn(column="ic50", property="IC50", unit="nM")
    p = ValueColumn(column="ic50", property="pIC50", unit="nM", as_p=True)
    text = "smiles,ic50\nCCO,1.0 ± 0.1 uM (n=3)\nCCN,5\n"
    kept = take(text, ColumnMapping(structure="smiles", values=(linear,)))
    assert [m.spread for m in kept.measurements] == [pytest.approx(100.0), None]
    assert [m.n_runs for m in kept.measurements] == [3, None]
    (first, _) = take(text, ColumnMapping(structure="smiles", values=(p,))).measurements
    assert (first.standard_units, first.spread, first.spread_units) == ("1", 0.1, "uM")


def test_a_mass_per_volume_becomes_molar_by_the_salt_that_the_row_draws():
    p = ValueColumn(column="c", property="pIC50", unit_column="u", as_p=True)
    mapping = ColumnMapping(structure="smiles", name="name", values=(p,))
    text = "smiles,name,c,u\nCCN,a,45.08,ug/mL\nCCN.Cl,b,81.54,ug/mL\n,amine,45.08,ug/mL\n"
    intake = take(text, mapping, known=KNOWN)
    assert [m.standard_value for m in intake.measurements] == pytest.approx([3.0] * 3, abs=1e-3)
    assert [m.status for m in intake.measurements] == ["valid", "valid", "flagged"]
    assert "without a salt" in intake.quarantine[0].reason
    assert counts(intake) == (3, 2, 1, 0)


def test_a_mass_per_volume_stays_one_where_nothing_molar_is_wanted():
    column = ValueColumn(column="c", property="solubility", unit="mg/L")
    intake = take("smiles,c\nCCO,5 ug/mL\n", ColumnMapping(structure="smiles", values=(column,)))
    assert told(intake) == [("=", 5.0, "mg/L")]


def test_a_mass_of_matter_that_cannot_be_weighed_is_quarantined():
    recipes = build("modalities", "recipes", {})
    column = ValueColumn(column="c", property="pIC50", unit_column="u", as_p=True)
    mapping = ColumnMapping(structure="recipe", values=(column,))
    recipe = plugin("modalities", "recipes").examples[0]
    file = RawFile(name="a.csv", content=f"recipe,c,u\n{recipe},1,uM\n{recipe},1,mg/L\n".encode())
    (table,) = READERS["csv"].read(file)
    intake = take_in(file, table, mapping, "recipes", recipes, campaign="c", register=Register())
    assert told(intake) == [("=", 6.0, "1")]
    assert [(q.row, q.column) for q in intake.quarantine] == [(3, "c")]
