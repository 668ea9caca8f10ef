# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from loopwright.core.errors import DataError, SpecError
from loopwright.core.past import Past
from loopwright.registry import build

PROTEINS = build("modalities", "proteins", {})
PARENT = "MQYKLNGK"


def offered(seed=0, **options):
    library = build("generators", "site_library", {"parent": PARENT, **options})
    found = library.offer(PROTEINS, [], Past(), np.random.default_rng(seed))
    return [c.text for c in found]


def test_every_combination_is_offered_once_and_nothing_else():
    texts = offered(sites=["Q2QA", "K4KRE"])
    assert texts == [f"M{a}Y{b}LNGK" for a in "QA" for b in "KRE"]


def test_a_star_allows_every_letter_and_the_first_position_may_have_another_number():
    texts = offered(sites=["Q42*"], first_position=41)
    assert len(texts) == 20 and {t[1] for t in texts} == set(PROTEINS.letters)
    assert {t[0] + t[2:] for t in texts} == {"MYKLNGK"}


@pytest.mark.parametrize("most", [50, 300], ids=["much too large", "a little too large"])
def test_a_library_that_is_too_large_is_sampled_without_repeats_and_evenly(most):
    texts = offered(sites=["M1*", "Q2*"] if most > 100 else ["M1*", "Q2*", "Y3*"], most=most)
    assert len(set(texts)) == len(texts) == most
    assert {t[0] for t in texts} == set(PROTEINS.letters) or most == 50
    assert offered(1, sites=["M1*", "Q2*"], most=most) != texts


def test_eight_full_sites_are_sampled_although_nobody_could_list_them():
    sites = [f"{c}{i}*" for i, c in enumerate(PARENT, 1)] * 1
    texts = offered(sites=sites, most=40)
    assert len(set(texts)) == 40 and all(len(t) == 8 for t in texts)


def test_a_library_that_no_number_of_150_bits_could_count_varies_at_every_site_alike():
    parent = "MQYKLILNGKTLKGETTTEAVDAATAEKVFKQYANDNGVDGEWTYDDATKTFTVTE"
    sites = [f"{c}{i}*" for i, c in enumerate(parent, 1)]
    texts = offered(parent=parent, sites=sites, most=300)
    assert min(len(set(letters)) for letters in zip(*texts, strict=True)) == 20


def test_a_library_without_a_parent_asks_for_one_and_wt_is_that_of_the_modality():
    proteins = build("modalities", "proteins", {"parent": PARENT})
    library = build("generators", "site_library", {"parent": "WT", "sites": ["Q2QA"]})
    found = library.offer(proteins, [], Past(), np.random.default_rng(0))
    assert [c.text for c in found] == [PARENT, "MAYKLNGK"]
    with pytest.raises(DataError, match="No parent is given") as told:
        offered(parent=" ", sites=["Q2QA"])
    assert told.value.where == "generator.options.parent" and "WT" in told.value.remedy


def test_no_offer_has_a_motif_to_avoid_more_often_than_the_parent():
    free = offered(sites=["K4NK", "K8SK"])
    kept = offered(sites=["K4NK", "K8SK"], avoid=["n_glycosylation", "deamidation"])
    assert any("NG" in t for t in kept), "the parent's own motif stays"
    assert len(free) == 4 and kept == ["MQYNLNGK", "MQYKLNGK"], "NGS would be a new one"
    assert len(offered(sites=["L5NK"], avoid=["N[GN]"])) == 1 < len(offered(sites=["L5NK"]))


@pytest.mark.parametrize(
    ("sites", "told"),
    [
        (["A2QE"], "no A at 2"),
        (["Q9QE"], "no Q at 9"),
        (["Q2QE", "Q2*"], "twice"),
        (["Q2QZ"], "no letter"),
        (["Q2NNK"], "codons such as NNK"),
        (["Q"], "no site"),
        ([], "no site is given"),
    ],
)
def test_a_site_that_cannot_be_is_refused(sites, told):
    assert offered(sites=["Q2QE"])
    with pytest.raises(DataError, match=told):
        offered(sites=sites)


def test_a_library_of_which_nothing_is_left_says_which_motifs_refused_it():
    with pytest.raises(DataError) as refused:
        offered(sites=["L5LC", "K8KC"], avoid=["cysteine", "deamidation", "L"])
    assert "Each of 3 new sequences was refused" in refused.value.what
    assert "cysteine (3)" in refused.value.what and "deamidation" not in refused.value.what
    assert "`avoid`" in refused.value.remedy
    assert len(offered(sites=["L5LC", "K8KC"], avoid=["deamidation"])) == 4


def test_a_motif_that_is_no_pattern_is_refused():
    with pytest.raises(SpecError, match="neither a name nor a pattern"):
        build("generators", "site_library", {"avoid": ["N["]})


# ---- chains
PAIRS = build("modalities", "proteins", {"chains": ["H", "L"]})


def of_a_pair(sites, **options):
    given = {"parent": "EVQN:DIQ", "sites": sites, **options}
    library = build("generators", "site_library", given)
    return [c.text for c in library.offer(PAIRS, [], Past(), np.random.default_rng(0))]


def test_sites_are_counted_in_the_chain_that_they_name():
    assert of_a_pair(["H:V2VA", "L:I2IF"]) == ["EVQN:DIQ", "EVQN:DFQ", "EAQN:DIQ", "EAQN:DFQ"]


def test_no_motif_reaches_from_one_chain_into_the_next():
    given = {"avoid": ["deamidation", "N.{0,1}G"]}
    assert of_a_pair(["L:D1DG"], **given) == ["EVQN:DIQ", "EVQN:GIQ"]
    assert of_a_pair(["H:E1EN", "H:V2VG"], **given) == ["EVQN:DIQ", "EGQN:DIQ", "NVQN:DIQ"]


def test_a_motif_that_one_chain_loses_does_not_pay_for_one_in_the_other():
    given = {"parent": "NGQ:DIQ", "avoid": ["deamidation"]}
    texts = of_a_pair(["H:G2GA", "L:D1DN", "L:I2IG"], **given)
    assert "NAQ:DIQ" in texts and not any(t.endswith("NGQ") for t in texts)


@pytest.mark.parametrize("site", ["V2VA", "K:V2VA", "L:V2VA", "H:V9VA"])
def test_a_site_of_no_chain_of_the_pair_is_refused(site):
    assert of_a_pair(["H:V2VA"])
    with pytest.raises(DataError, match=r"the chains of the parent are H, L|the parent has no"):
        of_a_pair([site])
