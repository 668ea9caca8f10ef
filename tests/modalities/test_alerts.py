# SPDX-License-Identifier: Apache-2.0
import csv

import pytest
from rdkit import Chem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from loopwright.core.errors import DataError
from loopwright.core.ports import Warner
from loopwright.core.readings import Alert
from loopwright.core.values import Candidate
from loopwright.modalities.molecules.alerts import alerts_of
from loopwright.registry import build

MOLECULES = build("modalities", "molecules", {})
PAINFUL = (
    "O=C1NC(=S)SC1=Cc1ccccc1", "O=C1C=CC(=O)c2ccccc12", "CN(C)c1ccc(C=C2C(=O)NC(=S)S2)cc1",
    "c1ccc(N=Nc2ccc(O)cc2)cc1", "CN(C)c1ccc2nc3ccc(N(C)C)cc3[s+]c2c1", "Oc1ccccc1O",
    "O=C(C=Cc1ccc(O)c(O)c1)c1ccccc1",
    "CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "C#CCN1CCC(c2nnc[nH]2)CC1", "OCC(N)CO",
)  # fmt: skip


def mutagenic(smiles):
    return {
        a.name for a in alerts_of([Chem.CanonSmiles(smiles)])[0] if a.catalogue == "mutagenicity"
    }


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("O=[N+]([O-])c1ccccc1", "aromatic nitro"),
        ("Nc1ccc(-c2ccc(N)cc2)cc1", "primary aromatic amine"),
        ("CN(C)N=O", "N-nitroso"),
        ("CC1CO1", "epoxide"),
        ("CC1CN1", "aziridine"),
        ("ClCCN(C)CCCl", "nitrogen or sulfur mustard"),
        ("COS(=O)(=O)C", "alkyl ester of a strong acid"),
        ("c1ccc2c(c1)ccc1ccccc12", "polycyclic aromatic, angular"),
        ("c1ccc2nc3ccccc3cc2c1", "polycyclic aromatic, linear"),
        ("[N-]=[N+]=NCCO", "azide"),
        ("O=C1C=C(Cl)CO1", "halogenated furanone"),
        ("CCBr", "alkyl halide"),
    ],
)
def test_a_mutagenic_part_is_found_by_its_class(smiles, name):
    assert name in mutagenic(smiles)


@pytest.mark.parametrize(
    "smiles",
    ["CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "Nc1ccc(S(=O)(=O)O)cc1", "OCC(O)CO",
     "CC(=O)Nc1ccc(O)cc1", "FC(F)(F)c1ccccc1", "c1ccc2ccccc2c1", "Nc1ccccc1C(=O)O"],
)  # fmt: skip
def test_what_is_no_mutagen_by_its_parts_is_left_alone(smiles):
    assert mutagenic(smiles) == set()


def test_an_alert_names_the_atoms_that_raise_it():
    (found,) = alerts_of(["O=[N+]([O-])c1ccccc1"])
    assert Alert(catalogue="mutagenicity", name="aromatic nitro", atoms=(0, 1, 2, 3)) in found
    assert {a.name for a in found if a.catalogue == "Brenk"} >= {"nitro group"}
    assert list(found) == sorted(found)


def test_the_screen_passes_over_none_of_the_classes_that_rdkit_finds():
    wanted = FilterCatalogParams()
    wanted.AddCatalog(FilterCatalogParams.FilterCatalogs.PAINS)
    catalogue = FilterCatalog(wanted)
    seen = 0
    for text, found in zip(PAINFUL, alerts_of(PAINFUL), strict=True):
        told = {
            e.GetDescription().split("(")[0] for e in catalogue.GetMatches(Chem.MolFromSmiles(text))
        }
        assert {a.name for a in found if a.catalogue == "PAINS"} == told
        seen += bool(told)
    assert seen >= 5


def test_alerts_are_asked_of_the_modality_in_the_order_of_the_candidates():
    assert isinstance(MOLECULES, Warner)
    candidates = [MOLECULES.parse(t) for t in ("CCO", "CN(C)N=O", "CCO")]
    first, second, third = MOLECULES.alerts(candidates)
    assert first == third == ()
    assert second
    with pytest.raises(DataError, match="readable"):
        MOLECULES.alerts([Candidate(id="M-1", text="C1CC")])


@pytest.mark.shared_data
def test_on_public_ames_results_the_rules_tell_most_mutagens_from_the_rest(shared_data):
    with (shared_data / "tdc_admet" / "ames" / "test.csv").open() as lines:
        rows = [(Chem.CanonSmiles(r["Drug"]), float(r["Y"]) > 0) for r in csv.DictReader(lines)]
    told = [bool(mutagenic(smiles)) for smiles, _ in rows]
    is_mutagen = [y for _, y in rows]
    found = sum(t and y for t, y in zip(told, is_mutagen, strict=True)) / sum(is_mutagen)
    cleared = sum(not (t or y) for t, y in zip(told, is_mutagen, strict=True)) / (
        len(rows) - sum(is_mutagen)
    )
    assert found > 0.75 and cleared > 0.65
