# SPDX-License-Identifier: Apache-2.0
import numpy as np
from scipy.sparse import csr_array

from loopwright.science.blame import blame
from loopwright.science.liabilities import LIABILITIES, more_of, motifs


def occasions(n, guilty, *, per_row=4, n_causes=30, seed=0):
    rng = np.random.default_rng(seed)
    there = np.zeros((n, n_causes))
    for row in there:
        row[rng.choice(n_causes, per_row, replace=False)] = 1.0
    return csr_array(there), there[:, guilty].any(1)


def test_the_guilty_are_found_among_many_that_were_there_with_them():
    causes, happened = occasions(150, [3, 7, 20])
    guilt = blame(causes, happened, prior=np.full(30, 0.1))
    assert set(np.flatnonzero(guilt > 0.5)) == {3, 7, 20}
    assert np.delete(guilt, [3, 7, 20]).max() < 0.1


def test_where_nothing_was_seen_the_prior_stands():
    prior = np.linspace(0.1, 0.9, 30)
    assert np.allclose(blame(csr_array((0, 30)), np.zeros(0, bool), prior=prior), prior)


def test_a_cause_that_was_there_alone_when_it_happened_is_guilty_and_one_when_not_is_free():
    causes = csr_array(np.eye(3))
    guilt = blame(causes, np.array([True, False, True]), prior=np.full(3, 0.3))
    assert guilt[0] > 0.6 and guilt[2] > 0.6 and guilt[1] < 0.2


def test_the_order_of_the_occasions_does_not_matter():
    causes, happened = occasions(80, [1, 2])
    order = np.random.default_rng(1).permutation(80)
    prior = np.full(30, 0.1)
    there = blame(causes, happened, prior=prior)
    assert np.allclose(there, blame(causes[order], happened[order], prior=prior))


def test_a_motif_is_counted_at_every_place_and_only_a_new_one_is_more():
    (sugar,) = motifs(["n_glycosylation"], generator="mutate")
    assert [m.start() for m in sugar.finditer("NNSTNPSNAT")] == [0, 1, 7]
    assert more_of("ANASNAT", [sugar], "ANASNGG") and not more_of("NASAAAA", [sugar], "ANASNGG")


def test_every_named_liability_is_a_pattern_that_finds_its_textbook_case():
    cases = {
        "n_glycosylation": "NGT",
        "deamidation": "NG",
        "isomerisation": "DG",
        "acid_cleavage": "DP",
        "cysteine": "C",
    }
    assert cases.keys() == LIABILITIES.keys()
    for name, text in cases.items():
        assert more_of(f"AA{text}AA", motifs([name], generator="mutate"), "AAAAAA")
        assert not more_of("AAEEQQ", motifs([name], generator="mutate"), "AAAAAA")
