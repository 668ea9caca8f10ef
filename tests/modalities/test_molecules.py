# SPDX-License-Identifier: Apache-2.0

import os
import subprocess
import sys

import numpy as np
import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.modalities.molecules import columns as molecules_columns
from loopwright.modalities.molecules import describe, numbers
from loopwright.modalities.molecules.crowd import PARALLEL_FROM
from loopwright.registry import build, plugin

MOLECULES = build("modalities", "molecules", {})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("OCC", "CCO"),
        ("C1=CC=CC=C1O", "Oc1ccccc1"),
        ("CC(=O)[O-].[Na+]", "CC(=O)O"),
        ("C[NH3+].[Cl-]", "CN"),
        ("[CH3:1][OH:2]", "CO"),
        ("[H]OC", "CO"),
        ("CN(=O)=O", "C[N+](=O)[O-]"),
    ],
    ids=[
        "another writing order", "Kekulé and aromatic", "a salt and its acid",
        "a hydrochloride and its base", "with and without atom numbers", "drawn hydrogens",
        "two ways to draw nitro",
    ],
)  # fmt: skip
def test_two_ways_to_write_one_molecule_give_one_candidate(one, other):
    assert MOLECULES.parse(one) == MOLECULES.parse(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("C[C@H](N)O", "C[C@@H](N)O"), ("C/C=C/C", "C/C=C\\C"), ("CO", "[13CH3]O"), ("CC", "CCC")],
    ids=["enantiomers", "E and Z", "isotopes", "homologues"],
)
def test_different_molecules_are_different_candidates(one, other):
    assert MOLECULES.parse(one) != MOLECULES.parse(other)


def test_a_mol_block_and_its_smiles_are_one_candidate():
    (table,) = build("readers", "sdf", {}).read(
        RawFile(name="a.sdf", content=plugin("readers", "sdf").examples[0].encode())
    )
    assert MOLECULES.parse(table.rows[0][1][0]) == MOLECULES.parse("CCO")


@pytest.mark.parametrize(
    "text",
    ["C(C)(C)(C)(C)C", "c1cccc1", "C*", "[Xx]", "CC(", "C" * 2_001, "C" * 600, "M  END",
     "CCO CCN", "CCO\nCCN", "CCO\tCCN", "C~C"],
    ids=[
        "five bonds", "no Kekulé form", "an open end", "no element", "half a text",
        "a long text", "too many atoms", "an empty mol block", "two molecules",
        "a text over two lines", "a name behind a tab", "an unknown bond",
    ],
)  # fmt: skip
def test_a_structure_that_cannot_be_is_refused_without_repeating_it(text, caplog, capfd):
    assert MOLECULES.parse("CC").text == "CC"
    with pytest.raises(DataError) as ex:
        MOLECULES.parse(text)
    assert text not in str(ex.value).replace("M  END", "")
    assert not caplog.records and capfd.readouterr() == ("", "")


def test_the_version_of_the_standard_is_named():
    assert MOLECULES.standardiser.startswith("rdkit 20")


def test_molecules_of_one_ring_system_are_one_family_and_chains_are_alone():
    candidates = [MOLECULES.parse(s) for s in ("Cc1ccccc1", "OCc1ccccc1", "CCO", "CCN")]
    family = MOLECULES.describe(candidates, frozenset({"family"})).blocks["family"]
    assert family[0] == family[1] == "c1ccccc1"
    assert family[2] == f"acyclic:{candidates[2].id}" != family[3]


def test_counts_count_what_occurs_more_than_once():
    candidates = [MOLECULES.parse(s) for s in ("CCCCCCCCCC", "CCO")]
    counts = MOLECULES.describe(candidates, frozenset({"counts"})).blocks["counts"]
    assert counts.width == describe.WIDTH * len(describe.FINGERPRINTS)
    assert counts.dense(0, 2).max(1)[0] > counts.dense(0, 2).max(1)[1] >= 1


def test_descriptors_are_those_of_the_molecule_in_standard_deviations():
    vector = MOLECULES.describe([MOLECULES.parse("CCO")], frozenset({"vector"})).blocks["vector"]
    names, centre, spread = zip(*numbers.DESCRIPTORS, strict=True)
    by_name = dict(zip(names, vector[0] * np.array(spread) + np.array(centre), strict=True))
    assert by_name["tpsa"] == pytest.approx(20.23, abs=1e-3)
    assert by_name["NumRings"] == pytest.approx(0, abs=1e-5)


def test_no_descriptor_is_farther_out_than_the_limit():
    large = MOLECULES.parse("C" * 300 + "O")
    vector = MOLECULES.describe([large], frozenset({"vector"})).blocks["vector"]
    assert np.abs(vector).max() == numbers.FARTHEST


def columns(*smiles):
    matter = [MOLECULES.parse(s) for s in smiles]
    return MOLECULES.describe(matter, frozenset({"descriptors"})).blocks["descriptors"]


def test_columns_of_property_models_tell_large_molecules_apart():
    weight = [name for name, _, _ in numbers.DESCRIPTORS].index("amw")
    found = columns("C" * 100, "C" * 300)[:, weight]
    assert found == pytest.approx([100 * 14.027 + 2.016, 300 * 14.027 + 2.016], rel=1e-4)


def test_columns_of_property_models_count_functional_groups():
    groups, variety = molecules_columns.GROUPS, len(molecules_columns.RADII)
    counts = columns("Oc1ccc(C(=O)NCc2ccncc2)cc1")[0, -len(groups) - variety : -variety]
    found = {name: n for name, n in zip(groups, counts, strict=True) if n}
    assert found["phenol"] == found["pyridine"] == found["amide"] == 1 and found["benzene"] == 1
    assert "ester" not in found and "halogen" not in found


def test_a_chain_is_less_varied_than_a_drug():
    chain, drug = columns("C" * 20, "Oc1ccc(C(=O)NCc2ccncc2)cc1")[
        :, -len(molecules_columns.RADII) :
    ]
    assert (chain > 0).all() and (chain < drug / 3).all()


def test_a_process_of_its_own_describes_like_this_one(monkeypatch):
    texts, kinds = ["CCO", "c1ccccc1", "CC(=O)O"], MOLECULES.offers
    here = describe._here(texts, kinds)
    monkeypatch.setattr(describe, "_here", lambda *_: pytest.fail("it fell back to this process"))
    there = describe._elsewhere(texts, kinds)
    assert np.array_equal(there.blocks["vector"], here.blocks["vector"])
    assert there.blocks["family"].tolist() == here.blocks["family"].tolist()
    assert np.array_equal(there.blocks["counts"].values, here.blocks["counts"].values)


def test_where_no_process_can_be_started_this_one_describes(monkeypatch):
    def refuse(*_args, **_more):
        raise OSError("no more processes")

    monkeypatch.setattr(describe, "run_module", refuse)
    assert len(describe._elsewhere(["CCO"], frozenset({"vector"})).blocks["vector"]) == 1


def test_many_processes_give_the_same_bits_as_one(monkeypatch):
    monkeypatch.setattr(describe, "PARALLEL_FROM", 100)
    candidates = [MOLECULES.parse("C" * n + "O") for n in range(1, 12)] * 10
    kinds = MOLECULES.offers
    many = build("modalities", "molecules", {"n_workers": 2}).describe(candidates, kinds).blocks
    one = build("modalities", "molecules", {"n_workers": 1}).describe(candidates, kinds).blocks
    for kind in ("vector", "descriptors", "family"):
        assert np.array_equal(many[kind], one[kind])
    for kind in ("counts", "patterns"):
        for part in ("indptr", "indices", "values"):
            assert np.array_equal(getattr(many[kind], part), getattr(one[kind], part))


@pytest.mark.shared_data
def test_real_molecules_of_a_published_series_all_keep_their_notation(shared_data):
    content = (shared_data / "series" / "d2r.csv.gz").read_bytes()
    (table,) = build("readers", "csv", {}).read(RawFile(name="d2r.csv.gz", content=content))
    for _, cells in list(table)[:400]:
        candidate = MOLECULES.parse(cells["SMILES"])
        assert MOLECULES.parse(candidate.text) == candidate


def test_a_salt_weighs_more_than_its_parent_and_a_text_that_draws_nothing_is_refused():
    assert MOLECULES.g_per_mol("CC(=O)Oc1ccccc1C(=O)O") == pytest.approx(180.16, abs=0.01)
    assert MOLECULES.g_per_mol("CCN.Cl") == pytest.approx(81.54, abs=0.01)
    with pytest.raises(DataError):
        MOLECULES.g_per_mol("C((")


@pytest.mark.slow
def test_a_crowd_is_read_as_each_of_it_alone(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    texts = ["CCO", "[Na+].[O-]C(=O)c1ccccc1", "C((", "OCC", "[Na+].[Cl-]", "[13CH4]"]
    crowd = [f"{'C' * (i % 1500)}O" for i in range(PARALLEL_FROM)] + texts
    strict = build("modalities", "molecules", {"max_smiles_length": 1_490, "accept": ["inorganic"]})
    many = strict.readings(crowd)
    alone = [strict.readings([text])[0] for text in crowd]
    assert [str(a) if isinstance(a, DataError) else a for a in many] == [
        str(a) if isinstance(a, DataError) else a for a in alone
    ]
    assert sum(isinstance(a, DataError) for a in many) > 20


@pytest.mark.parametrize(
    ("one", "other"),
    [("C1=CC=CC=C1O", "Oc1ccccc1"), ("O=C(C)C1=CN=CS1", "CC(=O)c1cncs1"), ("OCC", "CCO")],
)
def test_two_ways_to_write_one_molecule_have_one_sketch(one, other):
    left, right = MOLECULES.sketch([one]), MOLECULES.sketch([other])
    assert np.array_equal(left.dense(0, 1), right.dense(0, 1))


def test_a_sketch_counts_circular_substructures_as_a_description_does():
    texts = ["CC(=O)Nc1ccc(O)cc1", "c1ccc2[nH]ccc2c1", "N#C/C=C/S(=O)(=O)N1CCOCC1", "FC(F)(F)Br"]
    sketch = MOLECULES.sketch(texts)
    whole = MOLECULES.describe([MOLECULES.parse(t) for t in texts], frozenset({"counts"}))
    counts = whole.blocks["counts"].dense(0, 4)
    assert np.array_equal(sketch.dense(0, 4)[:, : describe.WIDTH], counts[:, : describe.WIDTH])
    assert sketch.dense(0, 4)[:, describe.WIDTH :].tolist()[0] == [11.0, 1.0, 1.0]


def test_what_cannot_be_sketched_has_an_empty_row():
    sketch = MOLECULES.sketch(["CCO", "no structure", "", "C" * 2_001, "C1=CC=CC", "CCN"])
    assert (np.diff(sketch.indptr) > 0).tolist() == [True, False, False, False, False, True]


def test_the_interrupt_key_works_after_a_search_for_substructures():
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from loopwright.registry import build\n"
        "one = build('modalities', 'molecules', {'n_workers': 1})\n"
        "asked = [one.parse('CC(=O)Oc1ccccc1C(=O)O')]\n"
        "one.describe(asked, {'descriptors', 'patterns'}), one.alerts(asked)\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGINT), time.sleep(5)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "interrupted\n"
