# SPDX-License-Identifier: Apache-2.0
"""Atoms that are left out, bonds that are cut."""

import numpy as np
import pytest
from rdkit import Chem

from loopwright.core.errors import DataError
from loopwright.core.readings import Cut
from loopwright.core.values import Candidate
from loopwright.modalities.molecules.numbers import DESCRIPTORS
from loopwright.registry import build

MOLECULES = build("modalities", "molecules", {})
KINDS = frozenset({"counts", "patterns", "vector", "descriptors"})
AWKWARD = (
    "CN1CCN(Cc2ccc(cc2)C(=O)N)CC1", "C[C@H](N)C(=O)O", "c1ccc2[nH]ccc2c1", "C",
    "O=[N+]([O-])c1ccco1", "[Na+].[Cl-]", "[2H]C(Cl)(Cl)Cl", "C1CC2CCC1CC2", "N#Cc1ccsc1",
)  # fmt: skip


def table(features, kind):
    block = features.blocks[kind]
    return block.dense(0, len(block)) if hasattr(block, "dense") else block


def present_of(candidate, *sets):
    n = len(MOLECULES.anatomy.parts(candidate))
    return np.array([[i in atoms for i in range(n)] for atoms in sets])


@pytest.mark.parametrize("smiles", AWKWARD)
def test_all_atoms_together_are_described_as_the_molecule_is(smiles):
    candidate = Candidate(id="x", text=Chem.CanonSmiles(smiles))
    n = len(MOLECULES.anatomy.parts(candidate))
    present = np.vstack([np.ones((1, n), bool), np.eye(n, dtype=bool), np.zeros((1, n), bool)])
    partly = MOLECULES.anatomy.describe_parts(candidate, present, KINDS)
    whole = MOLECULES.describe([candidate], KINDS)
    for kind in KINDS:
        assert np.array_equal(table(partly, kind)[0], table(whole, kind)[0])
        assert np.isfinite(table(partly, kind)).all()


@pytest.mark.parametrize("smiles", AWKWARD)
def test_the_graph_of_any_rest_can_be_read_and_has_its_atoms(smiles):
    candidate = Candidate(id="x", text=Chem.CanonSmiles(smiles))
    n = len(MOLECULES.anatomy.parts(candidate))
    present = np.vstack([np.ones((1, n), bool), np.tri(n, n, -1, dtype=bool)])
    block = MOLECULES.anatomy.describe_parts(candidate, present, frozenset({"graph"})).blocks[
        "graph"
    ]
    texts = [row[row > 0].tobytes().decode() for row in block]
    assert texts[0] == candidate.text and texts[1] == ""
    mols = [Chem.MolFromSmiles(text) for text in texts]
    assert [mol.GetNumAtoms() for mol in mols] == present.sum(axis=1).tolist()


def test_what_is_counted_shrinks_as_atoms_go_and_ends_at_nothing():
    candidate = MOLECULES.parse("Cc1ccc(N)cc1")
    n = len(MOLECULES.anatomy.parts(candidate))
    present = np.tri(n + 1, n, -1, dtype=bool)
    counts = table(MOLECULES.anatomy.describe_parts(candidate, present, KINDS), "counts")
    assert (np.diff(counts, axis=0) >= 0).all()
    assert not counts[0].any() and counts[-1].any()


def test_descriptors_of_a_rest_are_those_of_its_atoms_as_they_stand():
    candidate = MOLECULES.parse("CCO")
    rest = MOLECULES.anatomy.describe_parts(candidate, present_of(candidate, {1, 2}), KINDS)
    named = {
        n: (v * spread) + centre
        for (n, centre, spread), v in zip(DESCRIPTORS, table(rest, "vector")[0], strict=True)
    }
    assert named["tpsa"] == pytest.approx(20.23, abs=1e-3)
    assert named["NumHBD"] == pytest.approx(1.0, abs=1e-3)


def test_symmetry_makes_the_methyl_groups_of_p_xylene_equal():
    parts = MOLECULES.anatomy.parts(MOLECULES.parse("Cc1ccc(C)cc1"))
    alike = {}
    for part in parts:
        alike.setdefault(part.alike, []).append(part.name)
    assert sorted(map(len, alike.values())) == [2, 2, 4]
    assert parts[0].name == "C1"


def test_a_coloured_structure_is_a_picture_that_cannot_act():
    candidate = MOLECULES.parse("CCO")
    svg = MOLECULES.anatomy.depict_parts(candidate, ["#e87a0c", "", "#2b6cb8"], ["+1.0", "", ""])
    assert svg.startswith("<svg role=") and svg.endswith("</svg>")
    assert "#E87A0C" in svg and "#2B6CB8" in svg and "<script" not in svg


# ---- cuts
def cuts(*texts):
    found = MOLECULES.cutter.cuts([MOLECULES.parse(t) for t in texts])
    return [{(c.core, c.fragment) for c in one} for one in found]


def test_two_molecules_of_one_core_share_a_cut():
    toluene, fluoride = cuts("Cc1ccccc1", "Fc1ccccc1")
    assert {core for core, _ in toluene} & {core for core, _ in fluoride} == {"c1ccc([*:1])cc1"}


def test_hydrogen_is_a_fragment_where_another_molecule_has_the_core():
    benzene, _ = cuts("c1ccccc1", "Fc1ccccc1")
    assert benzene == {("c1ccc([*:1])cc1", "[H][*:1]")}
    assert cuts("c1ccccc1") == [set()]


def test_a_fragment_is_never_larger_than_its_core_or_ten_atoms():
    for core, fragment in cuts("CCCCCCCCCCCCCCCCCCCCCCCC(=O)Nc1ccccc1")[0]:
        n = Chem.MolFromSmiles(fragment).GetNumAtoms() - 1
        assert n <= 10 and n <= Chem.MolFromSmiles(core).GetNumAtoms() - 1


@pytest.mark.parametrize("smiles", AWKWARD[:5])
def test_what_was_cut_can_be_put_together_again(smiles):
    candidate = MOLECULES.parse(smiles)
    for cut in MOLECULES.cutter.cuts([candidate])[0]:
        assert MOLECULES.cutter.joined(cut) == candidate


def test_what_makes_no_molecule_is_refused():
    joined = MOLECULES.cutter.joined
    assert joined(Cut(core="c1ccc([*:1])cc1", fragment="F[*:1]")).text == "Fc1ccccc1"
    for bad in (Cut(core="c1ccccc1", fragment="F[*:1]"), Cut(core="C1C[*:1]", fragment="F[*:1]")):
        with pytest.raises(DataError):
            joined(bad)


def test_atoms_whose_surroundings_both_have_are_common():
    one, other = MOLECULES.parse("Cc1ccccc1"), MOLECULES.parse("Fc1ccccc1")
    assert len(MOLECULES.cutter.common(one, one)) == 7
    assert len(MOLECULES.cutter.common(one, other)) == 5  # the methyl and its neighbour are not
