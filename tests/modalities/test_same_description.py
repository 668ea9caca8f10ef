# SPDX-License-Identifier: Apache-2.0
import numpy as np

from loopwright.core.counts import Counts
from loopwright.registry import build

MOLECULES = build("modalities", "molecules", {"n_workers": 1})
TEXTS = (
    "CCCC(C)C1(CC)C(=O)NC(=S)NC1=O", "C=CCC1(C(C)C#CCC)C(=O)NC(=O)N(C)C1=O", "CC1OC1P(=O)(O)O",
    "CCCC(C)C1(CC)C(=O)NC(=O)NC1=O", "CC(O)C1C(=O)N2C(C(=O)O)=C(SCCOC(N)=O)SC12",
)  # fmt: skip


def test_a_molecule_is_described_alike_in_every_run_whatever_else_is_asked():
    """What was asked of a molecule before must not change its reduced graph."""
    candidates = [MOLECULES.parse(t) for t in TEXTS * 8]
    kinds = frozenset({"patterns", "vector", "descriptors", "family"})
    alone = MOLECULES.describe(candidates, frozenset({"patterns"})).blocks["patterns"]
    assert isinstance(alone, Counts)
    for _ in range(6):
        found = MOLECULES.describe(candidates, kinds).blocks["patterns"]
        assert isinstance(found, Counts)
        np.testing.assert_array_equal(
            found.dense(0, len(candidates)), alone.dense(0, len(candidates))
        )


def test_a_molecule_that_is_described_again_is_described_alike():
    """Fingerprints leave distances in a molecule, which is kept for whoever asks next."""
    candidates = [MOLECULES.parse(t) for t in TEXTS]
    first, again = (
        MOLECULES.describe(candidates, frozenset({"patterns"})).blocks["patterns"] for _ in range(2)
    )
    assert isinstance(first, Counts)
    assert isinstance(again, Counts)
    np.testing.assert_array_equal(first.dense(0, 5), again.dense(0, 5))
