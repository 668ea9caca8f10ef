# SPDX-License-Identifier: Apache-2.0
"""The standardiser on molecules whose parents are published, and the laws that it keeps."""

import csv
import gzip
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem, rdBase

from loopwright.core.errors import DataError, SpecError
from loopwright.modalities.molecules import DOUBT_WORDS
from loopwright.modalities.molecules.doubts import DOUBTS
from loopwright.modalities.molecules.parts import METALS, counterions, solvents
from loopwright.modalities.molecules.standardise import _in_full, is_ordinary
from loopwright.registry import build, plugin

MOLECULES = build("modalities", "molecules", {})
IMATINIB = "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"
ATORVASTATIN = (
    "CC(C)c1c(C(=O)Nc2ccccc2)c(-c2ccccc2)c(-c2ccc(F)cc2)n1CC[C@@H](O)C[C@@H](O)CC(=O)[O-]"
)


def inchi_key(smiles):
    return Chem.MolToInchiKey(Chem.MolFromSmiles(smiles))


def read(text, molecules=MOLECULES):
    """The one reading of a text; its refusal is raised."""
    (found,) = molecules.readings([text])
    if isinstance(found, DataError):
        raise found
    return found


@pytest.mark.parametrize(
    ("drawn", "parent_key", "notes"),
    [
        (f"{IMATINIB}.CS(=O)(=O)O", "KTUFNOKKBVMGRW-UHFFFAOYSA-N", ["salt stripped: mesylate"]),
        (f"{ATORVASTATIN}.{ATORVASTATIN}.[Ca+2]", "XUKUURHRXDUEBC-KAYWLYCHSA-N",
         ["salt stripped: calcium", "2 equal parts counted once", "charge neutralised"]),
        ("[Na+].[O-]C(=O)c1ccccc1", "WPYMKLBDIGXBTP-UHFFFAOYSA-N",
         ["salt stripped: sodium", "charge neutralised"]),
        ("[Na]OC(=O)c1ccccc1", "WPYMKLBDIGXBTP-UHFFFAOYSA-N",
         ["metal bond opened: sodium", "salt stripped: sodium", "charge neutralised"]),
        ("CN1CCCN=C1/C=C/c1cccs1.OC(=O)c1cc2ccccc2c(Cc2c(O)c(cc3ccccc23)C(=O)O)c1O",
         "YSAUAVHXTIETRK-AATRIKPKSA-N", ["salt stripped: pamoate"]),
        ("CN(C)C(=N)NC(=N)N.Cl", "XZWYZXLIPXDOLR-UHFFFAOYSA-N", ["salt stripped: chloride"]),
        ("CNCCC(c1ccccc1)Oc1ccc(C(F)(F)F)cc1.Cl.O", "RTHCYVBBDHJXIQ-UHFFFAOYSA-N",
         ["salt stripped: chloride", "solvent stripped: water"]),
    ],
    ids=["imatinib mesylate", "atorvastatin calcium", "sodium benzoate", "drawn with a bond",
         "pyrantel pamoate, whose salt is the larger part", "metformin hydrochloride",
         "fluoxetine hydrochloride hydrate"],
)  # fmt: skip
def test_the_parent_of_a_known_salt_is_the_published_one_and_every_change_is_named(
    drawn, parent_key, notes
):
    found = read(drawn)
    assert inchi_key(found.candidate.text) == parent_key
    assert sorted(found.notes) == sorted(notes)
    assert found.doubt == ""


@pytest.mark.parametrize(
    ("drawn", "kept", "notes"),
    [
        ("C[N+](C)(C)CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]", ()),
        ("CN(=O)=O", "C[N+](=O)[O-]", ()),
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O", ("charge neutralised",)),
        ("C[N+](C)(C)C", "C[N+](C)(C)C", ("charge kept: no proton can take it off",)),
        ("CC([2H])O", "[2H]C(C)O", ("isotope label kept",)),
        ("C/C=C/C", "C/C=C/C", ()),
        ("C[C@H](F)Cl", "C[C@H](F)Cl", ()),
        ("C[C@H](F)Cl |a:1|", "C[C@H](F)Cl", ()),
        ("Oc1ccccn1", "Oc1ccccn1", ()),
        ("O=c1cccc[nH]1", "O=c1cccc[nH]1", ()),
    ],
    ids=["a zwitterion without protons to move", "a nitro group", "an amino acid", "a cation",
         "deuterium", "E", "R or S", "a centre drawn as absolute", "one tautomer", "the other"],
)  # fmt: skip
def test_what_belongs_to_the_compound_is_kept(drawn, kept, notes):
    found = read(drawn)
    assert (found.candidate.text, found.notes, found.doubt) == (kept, notes, "")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("CCCCCCCCCCO.NCCCCc1ccccc1", "mixture"),
        ("C[C@H](O)c1ccccc1.C[C@@H](O)c1ccccc1", "mixture"),
        ("CCCCCCCC(=O)O.OCC(O)CO", "mixture"),
        ("C1CNCCN1.OC(=O)CC(O)(CC(=O)O)C(=O)O", "mixture"),
        ("[Na+].[Cl-]", "inorganic"),
        ("O", "inorganic"),
        ("N.N.Cl[Pt]Cl", "inorganic"),
        ("[CH-]1C=CC=C1.[CH-]1C=CC=C1.[Fe+2]", "metal"),
        ("CC[Hg]Cl", "metal"),
        ("[Li+].[CH2-]CCC", "metal"),
        ("CC1(C)CCCC(C)(C)N1[O]", "radical"),
        ("C", "tiny"),
        ("C" * 151, "large"),
        ("C[C@H](O)[C@@H](F)Cl |&1:1,3|", "relative"),
    ],
    ids=["two compounds", "both enantiomers", "an acid beside a polyol", "two counterions",
         "a mineral salt", "water", "cisplatin", "ferrocene", "a mercury compound",
         "butyllithium", "TEMPO", "methane", "a long chain", "a racemate of two centres"],
)  # fmt: skip
def test_what_may_not_be_the_compound_is_doubted_and_a_person_can_accept_it(text, word):
    found = read(text)
    assert found.doubt == DOUBTS[word].what and repr(word) in found.remedy
    willing = read(text, build("modalities", "molecules", {"accept": [word]}))
    assert (willing.candidate, willing.doubt) == (found.candidate, "")
    assert f"accepted: {DOUBTS[word].what}" in willing.notes


def test_what_is_doubted_is_kept_whole():
    assert MOLECULES.parse("[Na+].[Cl-]").text == "[Cl-].[Na+]"
    assert MOLECULES.parse("OCCCCCCCCCC.NCCCCc1ccccc1").text.count(".") == 1
    assert "Fe" in MOLECULES.parse("[CH-]1C=CC=C1.[CH-]1C=CC=C1.[Fe+2]").text


def test_an_unknown_doubt_cannot_be_accepted():
    assert tuple(DOUBTS) == DOUBT_WORDS
    with pytest.raises(SpecError):
        build("modalities", "molecules", {"accept": ["anything"]})


def test_a_racemate_is_not_called_by_the_name_of_one_enantiomer():
    racemate = read("C[C@H](F)Cl |&1:1|")
    assert racemate.candidate == MOLECULES.parse("CC(F)Cl") != MOLECULES.parse("C[C@H](F)Cl")
    assert racemate.notes == ("drawn as a racemate: stereo left open at 1 centre",)
    either = read("C[C@H](F)Cl |o1:1|")
    assert either.candidate == racemate.candidate and either.notes != racemate.notes


BLOCK = """
  test

  2  1  0  0  0  0            999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.0000    0.0000    0.0000 {symbol:<3} 0  0
  1  2  {bond}  0
{more}M  END
"""
POLYMER = "M  STY  1   1 SRU\nM  SAL   1  1   2\nM  SBL   1  1   1\nM  SMT   1 n\n"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (BLOCK.format(symbol="O", bond=1, more=POLYMER), "polymer"),
        ("CCO |Sg:n:1:n:ht|", "polymer"),
        (BLOCK.format(symbol="R#", bond=1, more="M  RGP  1   2   1\n"), "open end"),
        (BLOCK.format(symbol="O", bond=1, more="M  APO  1   1   1\n"), "attachment point"),
        (BLOCK.format(symbol="L", bond=1, more="M  ALS   2  2 F N   O   \n"), "unknown atom"),
        (BLOCK.format(symbol="O", bond=6, more=""), "query"),
        ("C*", "open end"),
    ],
    ids=["a polymer's mol block", "a polymer's SMILES", "an R group", "an attachment point",
         "a list of atoms", "a bond that is single or aromatic", "a dummy atom"],
)  # fmt: skip
def test_what_stands_for_many_compounds_is_refused(text, what):
    assert MOLECULES.parse(BLOCK.format(symbol="O", bond=1, more="")).text == "CO"
    with pytest.raises(DataError, match=what):
        MOLECULES.parse(text)


PIECES = st.sampled_from(
    ["CCN", "c1ccccc1O", "OC(=O)c1ccncc1", "[Na+]", "Cl", "[Cl-]", "O", "CCO", "CS(=O)(=O)O",
     "[K+]", "C[NH+](C)C", "[O-]C(=O)C", "C[C@H](N)C(=O)O", "[2H]O[2H]", "[Fe+2]", "[13CH3]N",
     "[O]", "O=S(=O)([O-])[O-]", "F[P-](F)(F)(F)(F)F", "CCCCCCCCCCCCN", "[C-]#N", "C[Si](C)C",
     "[H+]"]
)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_parts_does_not_matter_and_a_parent_is_its_own_parent(parts, random):
    (once,) = MOLECULES.readings([".".join(parts)])
    random.shuffle(parts)
    if isinstance(once, DataError):  # an ion that has no neutral form, in any order
        with pytest.raises(DataError, match=once.what):
            read(".".join(parts))
        return
    again = read(".".join(parts))
    assert again.candidate == once.candidate and again.doubt == once.doubt
    assert sorted(again.notes) == sorted(once.notes)
    parent = read(once.candidate.text)
    assert (parent.candidate, parent.doubt) == (once.candidate, once.doubt)
    assert not [n for n in parent.notes if not n.endswith(("kept", "take it off"))]


ATOMS = st.sampled_from(
    ["C", "N", "O", "c1ccccc1", "C(=O)", "C1CC1", "[C@H](F)", "[C@@](F)(Cl)", "S", "Cl", "Br", "B",
     "[nH]", "c1cc[nH]c1", "[Si]", "[NH+]", "[O-]", "[13C]", "[CH]", "[N]", "P", "C#N", "I",
     "/C=C/", "[Cu]", "[CH2:3]", "."]
)  # fmt: skip


@given(st.lists(ATOMS, min_size=1, max_size=6))
def test_the_short_way_and_the_long_way_give_one_answer(pieces):
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles("".join(pieces))
        if mol is None:
            return
        smiles = Chem.MolToSmiles(mol)
        if is_ordinary(smiles):
            found = _in_full(mol, smiles)
            assert (found.smiles, found.notes, found.doubts) == (smiles, (), ())


def test_the_short_way_is_taken_by_ordinary_molecules_and_by_no_others():
    assert all(map(is_ordinary, ["CC", "c1cc[nH]c1", "C[C@H](F)Cl", "BrC#CI", "OB(O)c1ccccc1"]))
    assert not any(map(is_ordinary, ["C", "C.C", "C[O-]", "[13CH4]", "Cl", "BrCl", "C#N", "C" * 151,
                                     "[CH2]C", "C[Hg]C", "[CH3:1]C", "C*"]))  # fmt: skip


BOMBS = {
    "a million atoms": "C" * 1_000_000,
    "a million branches": "C(" * 1_000_000,
    "deep nesting": "C(" * 660 + "C" + ")" * 660,
    "a thousand parts": "C." * 999 + "C",
    "many rings": "C1CC1" * 400,
    "brackets": "[" * 2_000,
    "a lie about its atoms": BLOCK.format(symbol="O", bond=1, more="").replace("  2  1", "999999"),
    "a long mol block": "\n\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\n"
    "M  V30 COUNTS 200000 0 0 0 0\nM  V30 BEGIN ATOM\n"
    + "".join(f"M  V30 {i} C 0 0 0 0\n" for i in range(200_000))
    + "M  V30 END ATOM\nM  V30 END CTAB\nM  END\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_two_seconds_and_little_memory(name):
    MOLECULES.parse("CCO.Cl")
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(DataError) as ex:
        MOLECULES.parse(BOMBS[name])
    assert time.perf_counter() - start < 2
    assert tracemalloc.get_traced_memory()[1] < 256_000_000
    tracemalloc.stop()
    assert ex.value.what and ex.value.remedy and len(str(ex.value)) < 500


def test_a_text_that_would_grow_too_long_to_be_read_back_is_refused():
    small = build("modalities", "molecules", {"max_smiles_length": 10})
    assert small.parse("CCCO").text == "CCCO"
    with pytest.raises(DataError, match="10 characters"):
        small.parse("[Fe]CCCC")


def test_every_listed_part_is_what_its_name_says_and_listed_once():
    assert counterions()["CS(=O)(=O)O"] == "mesylate" and solvents()["O"] == "water"
    assert not solvents().keys() & counterions().keys()
    assert {"Na", "Fe", "Pt"} <= METALS and not {"B", "Si", "As", "Te", "C"} & METALS
    for smiles, name in {**counterions(), **solvents()}.items():
        (told, *_) = read(f"{smiles}.{IMATINIB}").notes
        assert told.endswith(f" stripped: {name}")


def test_the_version_is_part_of_what_is_recorded():
    assert MOLECULES.standardiser.endswith("molecules 2")
    assert plugin("modalities", "molecules").options().accept == ()


@pytest.mark.shared_data
def test_no_candidate_of_a_neutral_molecule_without_salt_has_changed(shared_data):
    """Such a molecule's candidate is RDKit's canonical SMILES and nothing else, as ever."""
    with gzip.open(shared_data / "zinc250k" / "zinc250k.csv.gz", "rt") as file:
        texts = [row["smiles"].strip() for row in csv.DictReader(file)][::500]
    neutral = [t for t in texts if not set(t) & set("+.") and "-]" not in t]
    assert len(neutral) > 300
    for text in neutral:
        found = read(text)
        assert (found.notes, found.doubt) == ((), "")
        canonical = Chem.CanonSmiles(text)
        assert found.candidate.text == Chem.CanonSmiles(canonical)
