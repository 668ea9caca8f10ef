# SPDX-License-Identifier: Apache-2.0
"""The models that come with the package: what they say of themselves, and of a few drugs."""

import csv
import io
import json

import pytest
from rdkit import Chem

from loopwright.api.beside import MUTAGENICITY, beside_cells, beside_columns
from loopwright.api.catalogues import catalogue_folder, endpoints_of, known_catalogues
from loopwright.api.foretell import Asking, Foreteller
from loopwright.api.matched import pairs
from loopwright.api.matter import matter
from loopwright.api.predicting import Ways, predict
from loopwright.core.errors import DataError, SpecError

MOLECULES = matter(n_workers=1)
DRUGS = {
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "amiodarone": "CCCCc1oc2ccccc2c1C(=O)c1cc(I)c(OCCN(CC)CC)c(I)c1",
    "4-nitroquinoline oxide": "O=[N+]([O-])c1cc[n+]([O-])c2ccccc12",
    "nothing": "C1CC",
}
LARGEST = 40_000_000


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return every row of a file of drugs, predicted by the catalogue."""
    home = tmp_path_factory.mktemp("catalogue")
    rows = "".join(f"{smiles},{name}\n" for name, smiles in DRUGS.items())
    (home / "in.csv").write_text(f"smiles,name\n{rows}")
    found = predict(
        home / "in.csv", [catalogue_folder("admet")], out=home / "out.csv", ways=Ways(beside=True)
    )
    assert (found.n_rows, found.n_predicted, found.n_problems) == (4, 3, 1)
    lines = csv.DictReader(io.StringIO((home / "out.csv").read_text(encoding="utf-8")))
    return {row["name"]: row for row in lines}


def test_the_catalogue_has_22_endpoints_each_with_unit_species_direction_and_source():
    endpoints = endpoints_of("admet")
    assert len({e.name for e in endpoints}) == len({e.data for e in endpoints}) == 22
    assert all(e.unit and e.species and e.about and "doi:" in e.source for e in endpoints)
    assert {e.task for e in endpoints} == {"regression", "classification"}


def test_its_folder_says_the_same_is_small_and_draws_no_training_structure():
    folder = catalogue_folder("admet")
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert [p["property"] for p in card["properties"]] == [e.name for e in endpoints_of("admet")]
    assert sum(path.stat().st_size for path in folder.iterdir()) < LARGEST
    texts = [text for text, _ in json.loads((folder / "rows.json").read_text()).values()]
    assert len(texts) > 10_000
    assert all(len(t) == 27 and t[14] == "-" for t in texts if t != "no InChIKey")
    assert all(p["is_useful"] for p in card["properties"])


def test_a_catalogue_that_is_not_there_is_refused_with_those_that_are():
    assert known_catalogues() == ("admet",)
    with pytest.raises(SpecError, match="no catalogue 'tox'") as ex:
        catalogue_folder("tox")
    assert "admet" in ex.value.remedy


def test_drugs_get_every_endpoint_within_what_physics_allows(told):
    for name in ("aspirin", "amiodarone"):
        row = told[name]
        for e in endpoints_of("admet"):
            column = f"{e.name}_probability" if e.task == "classification" else e.name
            low, value, high = (float(row[c]) for c in (f"{e.name}_low", column, f"{e.name}_high"))
            assert low <= value <= high
            if e.task == "classification":
                assert low >= 0.0 and high <= 1.0
            assert e.low is None or low >= e.low
            assert e.high is None or high <= e.high
            assert row[f"{e.name}_in_domain"] in {"true", "false"}


def test_the_answers_are_those_that_a_chemist_knows(told):
    assert float(told["amiodarone"]["logD7.4"]) > float(told["aspirin"]["logD7.4"]) + 2
    assert float(told["amiodarone"]["solubility"]) < float(told["aspirin"]["solubility"]) - 1
    mutagen = told["4-nitroquinoline oxide"]
    assert float(mutagen["mutagenicity_probability"]) > 0.6
    assert mutagen["mutagenicity_rules"].startswith("positive: aromatic nitro")
    assert float(told["aspirin"]["molar_mass_g_per_mol"]) == pytest.approx(180.16, abs=0.01)
    assert told["aspirin"]["mutagenicity_rules"] == "negative"


def test_a_row_that_cannot_be_read_has_blank_answers_and_says_why(told):
    row = told["nothing"]
    assert row["problem"] and not row["logD7.4"] and not row["alerts"]


@pytest.mark.parametrize(
    ("smiles", "statistics", "agreement"),
    [
        ("CN(C)N=O", (0.8, 0.9, True), "both positive"),
        ("CCO", (0.1, 0.2, True), "both negative"),
        ("CN(C)N=O", (0.1, 0.2, True), "statistics negative, rules positive: look"),
        ("CN(C)N=O", (0.514, 0.52, True), "statistics inconclusive, rules positive: look"),
        ("CCO", (0.45, 0.48, True), "statistics inconclusive, rules negative: look"),
        ("CCO", (0.3, 0.48, True), "both negative"),
        ("CCO", (0.4, 0.6, True), "statistics inconclusive, rules negative: look"),
        ("CCO", (0.1, 0.2, False), "statistics out of domain, rules negative: look"),
    ],
)
def test_two_readings_of_mutagenicity_agree_or_ask_for_a_look(smiles, statistics, agreement):
    columns = beside_columns(MOLECULES, is_read_twice=True)
    (cells,) = beside_cells(MOLECULES, [MOLECULES.parse(smiles)], [statistics])
    assert dict(zip(columns, cells, strict=True))["mutagenicity_agreement"] == agreement


def test_without_a_model_of_mutagenicity_there_is_no_second_reading():
    columns = beside_columns(MOLECULES, is_read_twice=False)
    (cells,) = beside_cells(MOLECULES, [MOLECULES.parse("CN(C)N=O")], [])
    found = dict(zip(columns, cells, strict=True))
    assert not {"mutagenicity_rules", "mutagenicity_agreement"} & found.keys()
    assert f"{MUTAGENICITY}: N-nitroso" in found["alerts"]
    assert len(found["alerts"].split("; ")) == len(found["alert_atoms"].split("; "))


def test_atoms_of_alerts_are_counted_in_the_structure_that_stands_beside_them():
    columns = beside_columns(MOLECULES, is_read_twice=False)
    given = MOLECULES.parse("OC(=O)c1ccccc1N(C)N=O")
    (cells,) = beside_cells(MOLECULES, [given], [])
    found = dict(zip(columns, cells, strict=True))
    atoms = dict(zip(found["alerts"].split("; "), found["alert_atoms"].split("; "), strict=True))
    drawn = Chem.MolFromSmiles(found["structure_read"])
    raised = [drawn.GetAtomWithIdx(int(i)) for i in atoms[f"{MUTAGENICITY}: N-nitroso"].split()]
    assert sorted(a.GetSymbol() for a in raised) == ["N", "N", "O"]
    assert {a.GetSymbol() for atom in raised for a in atom.GetNeighbors()} <= {"N", "O", "C"}


def test_alerts_stand_beside_predictions_only_when_asked_for():
    folders = (str(catalogue_folder("admet")),)
    assert Foreteller(Asking(folders=folders, structure=0)).added == []


def test_a_catalogue_without_structures_has_no_matched_pairs_and_says_so():
    with pytest.raises(DataError, match="does not hold the structures") as ex:
        pairs(catalogue_folder("admet"))
    assert "loopwright train" in ex.value.remedy
    assert not (catalogue_folder("admet") / "pairs.json").exists()
