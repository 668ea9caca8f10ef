# SPDX-License-Identifier: Apache-2.0
"""What is special to proteins: notations, impossible mutations, chains, profiles."""

import numpy as np
import pytest

from loopwright.core.errors import DataError, SpecError
from loopwright.registry import build
from loopwright.science.amino_acids import LETTERS, Z_SCALES, distances

GB1 = "MQYKLILNGKTLKGETTTEAVDAATAEKVFKQYANDNGVDGEWTYDDATKTFTVTE"


WILD = ("_wt", "p.=", "p.(=)", "p.Val39=", "V39=")
"""What MaveDB and HGVS call the parent."""


@pytest.fixture(scope="module")
def gb1():
    return build("modalities", "proteins", {"parent": GB1})


def told(call, text):
    with pytest.raises(DataError) as refused:
        call(text)
    return refused.value


# ---- notations
@pytest.mark.parametrize(
    "text",
    [
        *("V39F:D40W", "D40W:V39F", "v39f,d40w", "V39F D40W", "V39F/D40W", "V39F_D40W"),
        *("p.V39F;D40W", "p.V39F;p.D40W", "p.[Val39Phe;Asp40Trp]", "p.(Val39Phe);p.(Asp40Trp)"),
        *("Val39Phe:Asp40Trp", "NP_003997.1:p.[Val39Phe;Asp40Trp;Gly41=]", "V39F:D40W:G41="),
    ],
)
def test_one_variant_is_one_candidate_however_it_is_written(gb1, text):
    sequence = GB1[:38] + "FW" + GB1[40:]
    assert gb1.parse(text) == gb1.parse(sequence)
    assert gb1.parse(text).text == sequence


@pytest.mark.parametrize(
    "text", ["WT", "wt", "wild-type", "V39V", GB1.lower(), f">gb1\n{GB1}*\n", *WILD]
)
def test_the_parent_can_be_named_mutated_to_itself_or_written_out(gb1, text):
    assert gb1.parse(text).text == GB1


def test_lines_of_a_record_are_put_together_and_its_header_is_no_sequence(gb1):
    wrapped = "\r\n".join([">ACDE some protein", GB1[:30], GB1[30:]])
    assert gb1.parse(wrapped).text == GB1


def test_blocks_of_ten_are_one_sequence_and_other_blanks_are_told(gb1):
    blocks = " ".join(GB1[i : i + 10] for i in range(0, len(GB1), 10))
    assert gb1.parse(blocks).text == gb1.parse(f">gb1\n{blocks[:32]}\n{blocks[32:]}").text == GB1
    assert "' ' (a blank) at 5" in told(gb1.parse, "MQYK LILNGK").what


def test_positions_are_counted_from_where_the_modality_says():
    late = build("modalities", "proteins", {"parent": "VDGV", "first_position": 38})
    assert late.parse("V38F:V41A").text == "FDGA"
    assert "38 to 41" in told(late.parse, "V4A").remedy


def test_chains_are_kept_apart_and_records_are_chains(gb1):
    pair = gb1.parse("EVQLVESGG:DIQMTQSPS")
    assert gb1.parse(">H\nEVQLVESGG\n>L\nDIQMTQSPS") == pair
    assert pair.id != gb1.parse("EVQLVESGGDIQMTQSPS").id
    assert pair.id != gb1.parse("DIQMTQSPS:EVQLVESGG").id


def test_mutations_of_a_paired_parent_count_through_its_chains():
    pair = build("modalities", "proteins", {"parent": "EVQ:DIQ"})
    assert pair.parse("E1A:D4K").text == "AVQ:KIQ"


# ---- what cannot be
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A39F", "the parent has V at 39, not A"),
        ("V39F:E99K", "position 99 is outside the parent"),
        ("M0A", "position 0 is outside the parent"),
        ("V39F:V39L", "position 39 is mutated twice"),
        ("V39B", "'B' (D or N) is no amino acid"),
        ("X39F", "'X' (any residue) is no amino acid"),
        ("V39del", "only substitutions are read"),
        ("V39*", "only substitutions are read"),
        ("p.Val39Ter", "only substitutions are read"),
        ("p.Val39_Asp40insGly", "D40insGly: only substitutions are read"),
        ("p.Val39delinsGlyAla", "only substitutions are read"),
        ("p.Ala39Phe", "the parent has V at 39, not A"),
        ("p.Val39Xaa", "'X' (any residue) is no amino acid"),
        ("ACDXF", "'X' (any residue) at 4"),
        ("MQ-K", "'-' (a gap) at 3"),
        ("MQ*K", "'*' (a stop) at 3"),
        ("MQ1K", "'1' at 3"),
        ("ACD::EFG", "blank"),
        ("MQ\u00dfK", "no plain letters"),
    ],
)
def test_an_impossible_protein_is_refused_with_letter_and_place(gb1, text, why):
    assert gb1.parse("V39F").text != GB1
    refused = told(gb1.parse, text)
    assert why in refused.what
    assert refused.remedy


def test_all_faults_of_a_mutant_are_told_at_once(gb1):
    what = told(gb1.parse, "A39F:V54A:K999R:D40B").what
    assert all(part in what for part in ("A39F:", "K999R:", "D40B:"))
    assert "V54A:" not in what


def test_a_refusal_does_not_repeat_the_sequence(gb1):
    secret = "MKTAYIAKQRQISFVKSHFSRQ"
    refused = told(gb1.parse, secret + "X")
    assert secret not in str(refused) and GB1 not in str(told(gb1.parse, "A39F"))


def test_a_mutation_without_a_parent_asks_for_one():
    assert "no parent" in told(build("modalities", "proteins", {}).parse, "A23G").what


def test_a_parent_that_is_no_sequence_is_refused_when_the_modality_is_built():
    with pytest.raises(SpecError, match="'X'"):
        build("modalities", "proteins", {"parent": "MXK"})


def test_a_sequence_longer_than_the_limit_is_refused_and_one_of_its_length_is_not():
    short = build("modalities", "proteins", {"max_length": 5})
    assert short.parse("ACDEF").text == "ACDEF"
    assert "more than 5" in told(short.parse, "ACDEFG").what


# ---- numbers
def test_tokens_are_the_letters_in_order_and_nothing_behind_the_end():
    short = build("modalities", "proteins", {"max_length": 6})
    tokens = short.describe([short.parse("ACY:A")], frozenset({"tokens"})).blocks["tokens"]
    assert tokens.tolist() == [[1, 2, 20, 21, 1, 0]]
    assert tokens.dtype == np.uint8


def test_a_profile_tells_every_position_of_a_short_sequence_apart(gb1):
    candidates = [gb1.parse(t) for t in ("VDGV", "DVGV", "VDVG", "GDVV")]
    vectors = gb1.describe(candidates, frozenset({"vector"})).blocks["vector"]
    assert len({v.tobytes() for v in vectors}) == 4
    assert np.allclose(vectors[:, 80:], vectors[0, 80:])


def test_published_scales_put_like_residues_near_each_other():
    apart = distances()
    assert Z_SCALES.shape == (20, 5)
    assert Z_SCALES[LETTERS.index("A")].tolist() == [0.24, -2.32, 0.60, -0.14, 1.30]
    assert Z_SCALES[LETTERS.index("V")].tolist() == [-2.59, -2.64, -1.54, -0.85, -0.02]
    assert Z_SCALES[LETTERS.index("W")].tolist() == [-4.36, 3.94, 0.59, 3.44, -1.59]

    def between(a, b):
        return apart[LETTERS.index(a), LETTERS.index(b)]

    for near, far in [("IL", "ID"), ("DE", "DW"), ("FY", "FG"), ("ST", "SW"), ("IV", "IK")]:
        assert between(*near) < between(*far)


# ---- pictures
def test_a_picture_marks_what_the_parent_has_not(gb1):
    assert gb1.depict(gb1.parse("V39F")).count("underline") == 1
    assert "underline" not in gb1.depict(gb1.parse("WT"))


def test_a_picture_of_a_long_sequence_counts_what_it_leaves_out():
    long = build("modalities", "proteins", {"max_length": 2_000})
    assert "and 712 more" in long.depict(long.parse("A" * 1_000))
