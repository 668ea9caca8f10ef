# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from loopwright.core.counts import Counts
from loopwright.science.reference import CHUNK, FEW, N_DENSE, Reference
from loopwright.science.similarity import tanimoto

WIDTH = 2 * N_DENSE


def _counts(n, seed):
    """Rows in which low columns are common and high ones rare; the first row is empty."""
    rng = np.random.default_rng(seed)
    dense = rng.poisson(2.0 * np.exp(-np.arange(WIDTH) / 40), (n, WIDTH))
    dense += rng.random((n, WIDTH)) < 0.005
    dense[0] = 0
    return Counts.of(*dense.nonzero(), dense[dense > 0], shape=dense.shape)


@pytest.mark.parametrize("n", [1, FEW, FEW + 1, 300], ids="{} new rows".format)
def test_a_reference_finds_the_similarities_that_the_plain_formula_does(n):
    known, new = _counts(CHUNK + 70, seed=1), _counts(n, seed=2)
    found = Reference(known).tanimoto(new)
    assert found.dtype == np.float32
    plain = tanimoto(known, new).T  # of few known rows the product is written out
    np.testing.assert_allclose(found, plain, atol=2e-6)
    assert found[0, 0] == 1.0  # both are empty
    assert found.max() <= 1.0
    assert found.std() > 0.0


def test_a_row_is_as_similar_whichever_rows_are_asked_with_it():
    known, new = _counts(400, seed=1), _counts(300, seed=2)
    reference = Reference(known)
    half = reference.tanimoto(new.take(np.arange(150)))
    np.testing.assert_allclose(reference.tanimoto(new)[:150], half, atol=2e-6)


def test_rows_are_summed_alone_and_empty_ones_are_zero():
    counts = Counts(
        indptr=np.array([0, 0, 2, 2, 5, 5], np.int64),
        indices=np.array([0, 3, 1, 2, 3], np.int32),
        values=np.array([60_000, 60_000, 1, 2, 3], np.uint16),
        width=4,
    )
    assert counts.sums().tolist() == [0.0, 120_000.0, 0.0, 6.0, 0.0]
    assert counts.take(np.array([0, 4])).sums().tolist() == [0.0, 0.0]
    assert len(counts.take(np.array([], np.intp)).sums()) == 0
