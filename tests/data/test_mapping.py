# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.data.guess import guess
from loopwright.data.mapping import ColumnMapping, ValueColumn, mapping_from_toml, mapping_to_toml

NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(NAME, NAME, st.lists(NAME, max_size=3, unique=True), st.booleans())
def test_a_mapping_survives_being_written_and_read(structure, sample, columns, as_p):
    values = tuple(ValueColumn(column=c, property=c, unit="nM", as_p=as_p) for c in columns)
    mapping = ColumnMapping(structure=structure, sample=sample, values=values)
    assert mapping_from_toml(mapping_to_toml(mapping)) == mapping


def test_every_key_survives_being_written_and_read():
    value = ValueColumn(
        column="v", property_column="t", unit_column="u", relation_column="r", as_p=True
    )
    mapping = ColumnMapping(
        parts=("a", "b"), candidate_id="c", name="n", made="m", sample="s", assay="x",
        assay_version="y", assay_name="z", species="sp", cell_line="cl", target="ta",
        conditions=("ti", "fo"), stated={"pH": "7.4", "species": "rat"}, status="st",
        plate="p", well="w", measured_at="d", measured_by="o", order="or", values=(value,),
    )  # fmt: skip
    assert mapping_from_toml(mapping_to_toml(mapping)) == mapping
    assert len(mapping.columns) == 23


@pytest.mark.parametrize(
    "text",
    ["structure = ", 'strucure = "a"', "structure = 5\n[[values]]\ncolumn = true", 'assay = "s"',
     'structure = "a"\nparts = ["b"]', 'structure = "a"\n[[values]]\ncolumn = "v"',
     'name = "a"\n[[values]]\ncolumn="v"\nproperty="p"\n[[values]]\ncolumn="w"\nproperty="p"'],
    ids=["no TOML", "an unknown key", "no column name", "no candidate", "two structures",
         "no property", "one property twice"],
)  # fmt: skip
def test_a_mapping_that_cannot_be_used_is_refused(text):
    assert mapping_from_toml('structure = "a"').structure == "a"
    with pytest.raises(DataError):
        mapping_from_toml(text)


@pytest.mark.parametrize(
    ("columns", "value"),
    [
        (["smiles", "pIC50"], ValueColumn(column="pIC50", property="pIC50", unit="1")),
        (["SMILES", "IC50 (nM)"], ValueColumn(column="IC50 (nM)", property="IC50", unit="nM")),
        (["structure", "IC50_uM"], ValueColumn(column="IC50_uM", property="IC50", unit="uM")),
        (["canonical_smiles", "Ki [µM]"], ValueColumn(column="Ki [µM]", property="Ki", unit="uM")),
        (["smiles", "IC50"], ValueColumn(column="IC50", property="IC50", unit="")),
        (["smiles", "yield"], ValueColumn(column="yield", property="yield", unit="%")),
        (["smiles", "score"], ValueColumn(column="score", property="score", unit="1")),
        (["name", "Act"], ValueColumn(column="Act", property="Act", unit="1")),
        (
            ["smiles", "relation", "IC50", "unit"],
            ValueColumn(
                column="IC50", property="IC50", unit_column="unit", relation_column="relation"
            ),
        ),
    ],
    ids=lambda p: ", ".join(p) if isinstance(p, list) else "",
)
def test_well_known_names_are_understood(columns, value):
    assert guess(columns).values == (value,)


def test_a_chembl_export_is_understood_row_by_row():
    columns = ["Molecule ChEMBL ID", "Smiles", "Standard Type", "Standard Relation",
               "Standard Value", "Standard Units", "pChEMBL Value", "Assay ChEMBL ID"]  # fmt: skip
    mapping = guess(columns, properties=["pIC50"])
    assert (mapping.structure, mapping.name) == ("Smiles", "Molecule ChEMBL ID")
    assert mapping.assay == "Assay ChEMBL ID"
    (value,) = mapping.values
    assert value.as_p and value.property_column == "Standard Type"
    assert value.relation_column == "Standard Relation"
    assert not guess(columns).values[0].as_p


def test_a_result_file_is_understood_row_by_row():
    columns = ["order_id", "candidate_id", "name", "structure", "property", "relation", "value",
               "unit", "status", "made", "comment"]  # fmt: skip
    row = dict.fromkeys(columns, "") | {"property": "pIC50", "value": "5"}
    mapping = guess(columns, [row], properties=["pIC50"])
    assert (mapping.candidate_id, mapping.made, mapping.status) == (
        "candidate_id",
        "made",
        "status",
    )
    (value,) = mapping.values
    assert (value.property_column, value.unit_column, value.relation_column) == (
        "property", "unit", "relation",
    )  # fmt: skip
    assert (value.unit, value.as_p) == ("1", False)
    assert guess(columns, [row | {"unit": "nM"}]).values[0].unit == ""
    assert guess(columns, [row | {"property": "IC50"}], properties=["pIC50"]).values[0].as_p


def test_a_wanted_property_picks_its_column():
    columns = ["smiles", "exp_mean [nM]", "y", "cliff_mol", "split", "y [pEC50/pKi]"]
    (value,) = guess(columns, properties=["pKi"]).values
    assert (value.column, value.property, value.unit) == ("y [pEC50/pKi]", "pKi", "1")


def test_a_wanted_p_value_is_made_of_a_concentration():
    (value,) = guess(["smiles", "IC50 (nM)"], properties=["pIC50"]).values
    assert value.as_p and (value.property, value.unit) == ("pIC50", "nM")


def test_a_column_that_names_another_quantity_does_not_take_the_wanted_name():
    found = guess(("smiles", "solubility"), properties=("permeability",), needs_values=False)
    assert found.values == ()


def test_a_lone_column_without_a_telling_name_takes_the_wanted_one():
    (value,) = guess(["SMILES", "affinity", "target"], properties=["pKi"]).values
    assert (value.column, value.property) == ("affinity", "pKi")


def test_a_column_of_words_is_no_value_column():
    rows = [{"smiles": "C", "activity": "active", "pIC50": "5"}]
    assert [v.column for v in guess(["smiles", "activity", "pIC50"], rows).values] == ["pIC50"]


def test_mol_blocks_go_before_smiles():
    rows = [{"structure": "x\nM  END\n", "smiles": "C", "SOL": "1"}]
    assert guess(["structure", "smiles", "SOL"], rows).structure == "structure"


@pytest.mark.parametrize(
    ("columns", "key"), [(["foo", "pIC50"], "structure"), (["smiles", "foo"], "values")]
)
def test_a_table_that_cannot_be_guessed_is_refused_with_its_columns_and_the_key_to_set(
    columns, key
):
    assert guess(["smiles", "pIC50"])
    with pytest.raises(DataError, match="'foo'") as ex:
        guess(columns)
    assert ex.value.where == f"mapping.{key}" and key in ex.value.remedy


def test_a_list_without_values_is_guessed_only_when_asked_for():
    assert guess(["smiles"], needs_values=False) == ColumnMapping(structure="smiles")


def test_what_tells_assays_apart_is_known_by_its_usual_names():
    chembl = guess([
        "Molecule ChEMBL ID", "Smiles", "Standard Type", "Standard Value", "Standard Units",
        "Assay ChEMBL ID", "Assay Type", "BAO Label", "Assay Organism", "Assay Tissue Name",
        "Assay Cell Type", "Target ChEMBL ID", "Target Organism",
    ])  # fmt: skip
    assert (chembl.assay, chembl.species) == ("Assay ChEMBL ID", "Assay Organism")
    assert (chembl.cell_line, chembl.target) == ("Assay Cell Type", "Target ChEMBL ID")
    assert chembl.conditions == ("Assay Type", "BAO Label", "Assay Tissue Name")
    ours = guess(["smiles", "Cell Line", "species", "Protocol", "IC50 (nM)"])
    assert (ours.cell_line, ours.species, ours.assay_version) == (
        "Cell Line",
        "species",
        "Protocol",
    )


def test_a_column_of_numbers_that_is_called_target_is_no_target():
    rows = [{"smiles": "C", "target": "5.1", "pIC50": "5"}]
    assert guess(["smiles", "target", "pIC50"], rows).target == ""
    assert guess(["smiles", "target", "pIC50"], [rows[0] | {"target": "hERG"}]).target == "target"


@pytest.mark.parametrize(
    "name", ["Signal", "Raw Data (450)", "OD450", "RLU", "Absorbance 1", "cps"]
)
def test_a_table_of_wells_holds_readings_that_other_tables_do_not(name):
    (value,) = guess(["Plate", "Well", name]).values
    assert (value.column, value.property, value.unit) == (name, name, "1")
    assert guess(["name", name], needs_values=False).values == ()
    assert guess(["Plate", "Well", "Operator"], needs_values=False).values == ()


def test_a_table_of_sequences_without_a_structure_is_sent_to_proteins():
    with pytest.raises(DataError) as refused:
        guess(("variant", "Fitness"), ({"variant": "MQFK", "Fitness": "1"},))
    assert "--modality proteins" in refused.value.remedy
    with pytest.raises(DataError) as refused:
        guess(("what", "Fitness"), ({"what": "MQFK", "Fitness": "1"},))
    assert "--modality" not in refused.value.remedy
