# SPDX-License-Identifier: Apache-2.0
"""What comes together is told, with rows and names; nothing is merged in silence."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from loopwright.core.values import RawFile
from loopwright.data.collisions import find_collisions
from loopwright.data.intake import take_in
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.whose import Register
from loopwright.modalities.molecules import kin
from loopwright.registry import build

MOLECULES = build("modalities", "molecules", {})
P = ValueColumn(column="p", property="pIC50", unit="1")
MAPPING = ColumnMapping(structure="smiles", name="name", values=(P,))


def take(*rows, molecules=MOLECULES, known=None):
    text = "smiles,name,p\n" + "".join(",".join(row) + "\n" for row in rows)
    file = RawFile(name="a.csv", content=text.encode())
    (table,) = build("readers", "csv", {}).read(file)
    intake = take_in(
        file, table, MAPPING, "molecules", molecules, campaign="c",
        register=Register(named=known or {}),
    )  # fmt: skip
    return table, intake


def collisions(*rows, known=None):
    table, intake = take(*rows)
    return find_collisions([(table, MAPPING)], intake.readings, MOLECULES, known=known or {})


def test_forms_that_came_to_one_candidate_are_told_with_rows_names_and_originals():
    found, names = collisions(
        ("CCCCN", "base", "5"), ("CCCCN.Cl", "salt", "5.1"), ("CCCCCN", "other", "6")
    )
    assert (found.kind, found.shared) == ("forms", MOLECULES.parse("CCCCN").id)
    assert found.what == "2 forms came to one candidate: as it is; salt stripped: chloride"
    assert [(b.row, b.name, b.original, b.notes) for b in found.rows] == [
        (2, "base", "CCCCN", ()),
        (3, "salt", "CCCCN.Cl", ("salt stripped: chloride",)),
    ]
    assert (names.kind, names.what) == ("names", "one candidate bears 2 names")


def test_another_spelling_of_the_same_drawing_is_no_collision():
    assert collisions(("OCC", "a", "5"), ("CCO", "a", "6")) == ()


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("Oc1ccccn1", "O=c1cccc[nH]1", "tautomers"),
        ("C[C@H](N)CO", "C[C@@H](N)CO", "stereo"),
        ("C[C@H](N)CO", "CC(N)CO", "stereo, left open"),
        ("C/C=C/C", r"C/C=C\C", "stereo"),
        ("[2H]C([2H])([2H])O", "CO", "isotopes"),
    ],
    ids=["tautomers", "enantiomers", "one with an open centre", "E and Z", "isotopes"],
)
def test_different_candidates_of_one_skeleton_are_told_with_what_differs(one, other, how):
    (found,) = collisions((one, "a", "5"), (other, "b", "6"), ("CCCCCC", "c", "7"))
    key = Chem.MolToInchiKey(Chem.MolFromSmiles(one))
    assert (found.kind, found.shared) == ("kin", key[:14])
    assert how in found.what and [b.row for b in found.rows] == [2, 3]


def test_isomers_that_differ_in_their_skeleton_are_no_kin():
    assert collisions(("CCCO", "a", "5"), ("CC(C)O", "b", "6"), ("COCC", "c", "7")) == ()


def test_a_name_on_two_structures_is_told():
    (found,) = collisions(("CCCCN", "x", "5"), ("CCCCO", "x", "6"))
    assert (found.kind, found.shared) == ("structures", "x")
    assert found.what == "one name stands beside 2 different structures"


def test_kin_among_what_was_known_before_the_file_are_told():
    before = MOLECULES.parse("O=c1cccc[nH]1", "old")
    (found,) = collisions(("Oc1ccccn1", "new", "5"), known={before.id: before})
    assert [(b.row, b.name) for b in found.rows] == [(2, "new"), (0, "old")]
    strangers = [MOLECULES.parse(s) for s in ("C[C@H](N)CO", "C[C@@H](N)CO")]
    assert collisions(("CCCCC", "new", "5"), known={c.id: c for c in strangers}) == ()


def test_what_was_done_to_a_structure_stands_beside_its_value_with_the_original():
    _, intake = take(("CCCCN.Cl", "salt", "5"), ("CCCCO", "plain", "6"))
    salt, plain = intake.measurements
    assert (salt.status, salt.status_reason) == ("valid", "salt stripped: chloride")
    assert (plain.status, plain.status_reason) == ("valid", "")
    assert "CCCCN.Cl" in salt.raw


def test_a_doubted_structure_flags_its_row_and_names_column_reason_and_remedy():
    rows = ("[Na+].[Cl-]", "x", "5"), ("CCCCO", "y", "6")
    _, intake = take(*rows)
    assert (intake.n_rows, intake.n_loaded, intake.n_flagged) == (2, 1, 1)
    assert [m.status for m in intake.measurements] == ["flagged", "valid"]
    (place,) = intake.quarantine
    assert (place.row, place.column, place.value) == (2, "smiles", "[Na+].[Cl-]")
    assert place.reason == "structure in doubt: inorganic: no organic part"
    assert "accept = ['inorganic']" in place.remedy
    willing = build("modalities", "molecules", {"accept": ["inorganic"]})
    assert take(*rows, molecules=willing)[1].n_loaded == 2


def test_a_doubted_structure_is_doubted_where_a_row_only_names_it_too():
    salt, plain = MOLECULES.parse("[Na+].[Cl-]", "x"), MOLECULES.parse("CCCCO", "y")
    _, intake = take(("", "x", "5"), ("", "y", "6"), known={"x": salt, "y": plain})
    assert [m.status for m in intake.measurements] == ["flagged", "valid"]


def test_a_doubted_structure_without_a_value_is_told_as_both():
    _, intake = take(("[Na+].[Cl-]", "x", ""))
    assert intake.n_flagged == 1
    assert {q.reason for q in intake.quarantine} == {
        "no value", "structure in doubt: inorganic: no organic part",
    }  # fmt: skip


# ---- how kin are found
SMILES = st.sampled_from(
    ["Oc1ccccn1", "CC(=O)Nc1ccc(O)cc1", "C[C@H](N)C(=O)O", "c1ccc2[nH]ccc2c1", "CC[Hg]Cl",
     "[2H]C([2H])([2H])O", "C1CC2CCC1C2", "O=[N+]([O-])c1ccc(Cl)cc1", "C[n+]1ccccc1", "[Fe+2].CCN"]
)  # fmt: skip


@given(SMILES, st.integers(0, 2**32 - 1))
def test_the_cheap_key_does_not_depend_on_the_writing(text, seed):
    mol = Chem.MolFromSmiles(text)
    order = list(range(mol.GetNumAtoms()))
    random.Random(seed).shuffle(order)
    written = Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)
    kekulised = Chem.MolToSmiles(mol, kekuleSmiles=True)
    assert len(set(kin.graph_keys([text, written, kekulised]))) == 1


def test_the_cheap_key_tells_different_connections_apart():
    texts = ["CCCO", "CC(C)O", "CCOC", "CCCN", "C1CCC1", "C1CC1C", "CCCC", "CC.CC", "C%11CC%11CC"]
    assert len(set(kin.graph_keys(texts))) == len(texts)


def test_processes_of_their_own_give_the_same_kin(monkeypatch):
    texts = ["Oc1ccccn1", "O=c1cccc[nH]1", "CCO", "C[C@H](N)CO", "C[C@@H](N)CO"]
    candidates = [MOLECULES.parse(t) for t in texts]
    here = MOLECULES.kin(candidates)
    monkeypatch.setattr(kin, "PARALLEL_FROM", 1)
    assert kin.KinFinder(n_workers=2).find(candidates, []) == here and len(here) == 2
    assert kin.KinFinder(n_workers=2).find(candidates[::-1], []) == here
    monkeypatch.setattr(kin, "REMEMBERED", 2)
    assert kin.KinFinder(n_workers=2).find(candidates, []) == here
    asked = tuple(k for k in here if candidates[0].id in k.ids)
    assert kin.KinFinder(n_workers=1).find(candidates[:1], candidates[1:]) == asked


@pytest.mark.shared_data
def test_kin_of_real_molecules_are_those_that_all_inchi_keys_give(shared_data):
    content = (shared_data / "series" / "d2r.csv.gz").read_bytes()
    (table,) = build("readers", "csv", {}).read(RawFile(name="d2r.csv.gz", content=content))
    texts = [cells["SMILES"] for _, cells in table]
    candidates = list({c.id: c for c in map(MOLECULES.parse, texts)}.values())
    keys = np.array(kin.skeletons([c.text for c in candidates]))
    ids = np.array([c.id for c in candidates])
    wanted = {frozenset(ids[keys == k]) for k in set(keys) - {""} if (keys == k).sum() > 1}
    assert {frozenset(k.ids) for k in MOLECULES.kin(candidates)} == wanted != set()
