# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from loopwright.core.values import Candidate
from loopwright.modalities.molecules.crippen import crippen
from loopwright.registry import build

ODD = (
    "O", "OO", "[OH3+]", "[OH-]", "OC#C", "ON", "On1cccc1", "O=c1ccccn1O", "OC=C", "OC=O", "OC=N",
    "OC(=S)C", "CS(=O)(=O)O", "OP(=O)(O)O", "OB(O)O", "OCl", "OS", "[2H]O", "[2H]C", "[H][H]",
    "[SiH4]", "S", "N", "C[NH3+]", "Oc1ccccc1", "OCC", "OC(C)=C1CC1", "ON=C(C)C", "[nH]1cccc1",
)  # fmt: skip


@pytest.mark.parametrize("smiles", ODD)
def test_logp_and_refractivity_are_those_of_rdkit_with_every_hydrogen_drawn(smiles):
    found = crippen(Chem.MolFromSmiles(smiles))
    wanted = rdMolDescriptors.CalcCrippenDescriptors(Chem.MolFromSmiles(smiles))
    assert found == pytest.approx(wanted, abs=1e-9)


def test_a_hydrogen_counts():
    ethanol, ether = (crippen(Chem.MolFromSmiles(s))[0] for s in ("CCO", "COC"))
    assert ethanol < ether


def test_whoever_asks_first_of_the_same_molecules_does_not_change_what_others_are_told():
    texts = ("CC(=O)Oc1ccccc1C(=O)O", "O=[N+]([O-])c1ccccc1", "CCN(CC)CC")
    candidates = [Candidate(id=f"M-{i}", text=t) for i, t in enumerate(texts)]
    kinds = frozenset({"patterns", "vector", "descriptors"})
    modality = build("modalities", "molecules", {})
    first = modality.describe(candidates, kinds)
    alerts, computed = modality.alerts(candidates), modality.computed(candidates)
    modality.describe(candidates, kinds | {"family"})
    again = modality.describe(candidates, kinds)
    for name, array in first.flat().items():
        np.testing.assert_array_equal(again.flat()[name], array)
    assert (modality.computed(candidates), modality.alerts(candidates)) == (computed, alerts)
    assert any(alerts)
