# SPDX-License-Identifier: Apache-2.0
"""Candidates of two chains: however they are written, neither chain bleeds into the other."""

import numpy as np
import pytest

from loopwright.core.errors import DataError, SpecError
from loopwright.registry import build
from loopwright.science.chained import PAIR, chain_named

HEAVY = "EVQLVESGGGLVQPGGSLRLSCAASWGQGTLVTVSS"
LIGHT = "DIQMTQSPSSLSASVGDRVTITCFGQGTKVEIK"
PARENT = f"{HEAVY}:{LIGHT}"


@pytest.fixture(scope="module")
def pairs():
    return build("modalities", "proteins", {"parent": PARENT, "max_length": 40})


@pytest.fixture(scope="module")
def free():
    """Pairs of no parent."""
    return build("modalities", "proteins", {"chains": ["H", "L"], "max_length": 40})


def told(call, text):
    with pytest.raises(DataError) as refused:
        call(text)
    return refused.value


# ---- notations
@pytest.mark.parametrize(
    "text",
    [
        PARENT,
        PARENT.lower(),
        f"{HEAVY}*:{LIGHT}*",
        f"{HEAVY}/{LIGHT}",
        f"{HEAVY}|{LIGHT}",
        f">one\n{HEAVY[:20]}\n{HEAVY[20:]}\n>two\n{LIGHT}\n",
        f">x VL\n{LIGHT}\n>x VH\n{HEAVY}*\n",
        f">light chain of H. sapiens\n{LIGHT}\n>other\n{HEAVY}\n",
        f"heavy={HEAVY};light={LIGHT}",
        f"vl_sequence={LIGHT};vh_sequence={HEAVY}",
        f"LC= {LIGHT} ;HC={HEAVY}*",
    ],
)
def test_one_pair_is_one_candidate_however_it_is_written(free, text):
    assert free.parse(text).text == PARENT
    assert free.parse(text).id == free.parse(PARENT).id


@pytest.mark.parametrize(
    "text",
    [
        "H:V2A;L:I2F", "H:V2A:L:I2F", "VH:V2A,VL:I2F", "L:I2F H:V2A", "heavy V2A; light I2F",
        "heavy=V2A;light=I2F", f"heavy=V2A;light={LIGHT[0]}F{LIGHT[2:]}", "h:v2a,l:i2f",
    ],
)  # fmt: skip
def test_a_variant_is_told_by_its_chains(pairs, text):
    assert pairs.parse(text).text == f"EA{HEAVY[2:]}:DF{LIGHT[2:]}"


def test_the_name_of_a_chain_holds_up_to_the_next_name(pairs):
    assert pairs.parse("H:E1A;V2A;L:D1A").text == pairs.parse("H:E1A;H:V2A;L:D1A").text
    assert pairs.parse("heavy=WT;light=D1A").text == pairs.parse("H:WT;L:D1A").text
    assert pairs.parse("WT").text == PARENT


def test_without_a_name_mutations_count_through_both_chains(pairs):
    assert pairs.parse(f"D{len(HEAVY) + 1}A").text == pairs.parse("L:D1A").text


def test_other_chains_than_those_of_an_antibody_have_names_of_their_own():
    receptor = build("modalities", "proteins", {"chains": ["alpha", "beta"], "parent": "MKA:MQY"})
    assert receptor.parse("beta=MQW;alpha=MKA").text == receptor.parse("beta:Y3W").text


@pytest.mark.parametrize(
    ("label", "chain"),
    [
        ("H", "H"), ("vh_protein_sequence", "H"), ("Heavy Chain", "H"), ("IGHV", "H"),
        ("light", "L"), ("sequence_alignment_aa_light", "L"), ("1N8Z_1|Chain A[auth L]", "L"),
        ("kappa light chain, H. sapiens", "L"), ("heavy and light", ""), ("name", ""),
    ],
)  # fmt: skip
def test_a_label_means_the_chain_that_it_names(label, chain):
    assert chain_named(label, PAIR) == chain


# ---- what cannot be
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAVY, "the text has 1"),
        (f"{PARENT}:{LIGHT}", "the text has 3"),
        (f"{HEAVY}:", "blank: L"),
        (f"heavy={HEAVY};light=", "The chain L is blank"),
        (f"heavy={HEAVY};light=nan", "The chain L is blank"),
        (f"heavy=;light={LIGHT}", "The chain H is blank"),
        (f"heavy={HEAVY};name=x", "not one for each of the chains H, L"),
        (f"heavy={HEAVY};VH={HEAVY}", "not one for each of the chains H, L"),
        (f">VH\n{HEAVY}\n>heavy\n{HEAVY}", "The chain H is given twice"),
        (f"{LIGHT}:{HEAVY}", "J segment of a light one"),
        (f"heavy={LIGHT};light={HEAVY}", "J segment of a light one"),
        (f"EVX{HEAVY}:{LIGHT}", "'X' (any residue) at 3 of H"),
        (f"{HEAVY}:D-Q{LIGHT}", "'-' (a gap) at 2 of L"),
        (f"EV*Q:{LIGHT}", "'*' (a stop) at 3 of H"),
        (f"heavy={PARENT};light={LIGHT}", "holds a break"),
        ("H:V2A;L:V2A", "the parent has I at 2 of L, not V"),
        ("H:V99A", "position 99 is outside the parent of H"),
        ("H:V2A;H:V2F", "position 2 of H is mutated twice"),
        ("V2A;L:I2F", "V2A: its chain is not named"),
        ("H:S52aT", "S52aT: is no substitution"),
        ("K:V2A;L:I2F", "K: is no substitution"),
        (f"{'ACGT' * 9}:{LIGHT}", "letters of DNA"),
        (f"{'A' * 41}:{LIGHT}", "more than 40"),
        ("trastuzumab", "the text has 1"),
    ],
)
def test_an_impossible_pair_is_refused_with_chain_and_place(pairs, text, why):
    refused = told(pairs.parse, text)
    assert why in refused.what and refused.remedy
    assert HEAVY not in str(refused) and LIGHT not in str(refused)


def test_faults_of_both_chains_are_told_at_once(pairs):
    what = told(pairs.parse, "H:A1V;L:K2A;L:T5A").what
    assert "H, not A" in what and "at 2 of L, not K" in what and "T5A:" not in what


def test_chains_without_names_ask_for_them():
    refused = told(build("modalities", "proteins", {}).parse, f"heavy={HEAVY};light={LIGHT}")
    assert "none is named" in refused.what and 'chains = ["H", "L"]' in refused.remedy


@pytest.mark.parametrize("chains", [["H", "h"], ["H", ""], ["H", "chain 2"]])
def test_chains_need_names_of_their_own(chains):
    with pytest.raises(SpecError, match="a name of its own"):
        build("modalities", "proteins", {"chains": chains})


# ---- numbers and pictures
@pytest.mark.parametrize("kind", ["tokens", "vector"])
def test_a_residue_more_in_one_chain_moves_nothing_of_the_other(free, kind):
    shorter, longer = free.parse("EVQ:DIQM"), free.parse("EVQL:DIQM")
    one, other = free.describe([shorter, longer], frozenset({kind})).blocks[kind]
    half = len(one) // 2 + (kind == "tokens")
    assert not np.array_equal(one[:half], other[:half])
    assert np.array_equal(one[half:], other[half:])


def test_each_chain_has_columns_of_its_own_with_a_break_between():
    small = build("modalities", "proteins", {"chains": ["H", "L"], "max_length": 3})
    tokens = small.describe([small.parse("AC:Y")], frozenset({"tokens"})).blocks["tokens"]
    assert tokens.tolist() == [[1, 2, 0, 21, 20, 0, 0]]


def test_swapping_residues_between_chains_changes_the_profile(free):
    both = [free.parse("EVQ:DIQ"), free.parse("DIQ:EVQ")]
    one, other = free.describe(both, frozenset({"vector"})).blocks["vector"]
    assert np.array_equal(one[: len(one) // 2], other[len(one) // 2 :])
    assert not np.array_equal(one, other)


def test_a_picture_names_the_chains_and_the_mutations(pairs):
    drawn = pairs.depict(pairs.parse("H:V2A;L:I2F"))
    assert ">H:V2A;L:I2F<" in drawn and drawn.count("underline") == 2
    assert f"chain H, {len(HEAVY)} residues" in drawn and f"chain L, {len(LIGHT)}" in drawn
    assert ">WT<" in pairs.depict(pairs.parse("WT"))
