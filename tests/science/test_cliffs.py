# SPDX-License-Identifier: Apache-2.0
"""Cliffs: the index as published, and a fast search that finds what a slow one finds."""

import csv
import gzip
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.counts import Counts
from loopwright.registry import build
from loopwright.science.cliffs import find_cliffs, sali, usual_difference
from loopwright.science.similarity import tanimoto


def _counts(table):
    table = np.asarray(table, np.uint16)
    rows = [np.flatnonzero(r) for r in table]
    return Counts(
        indptr=np.cumsum([0, *map(len, rows)]).astype(np.int64),
        indices=np.concatenate(rows).astype(np.int32),
        values=np.concatenate([t[r] for t, r in zip(table, rows, strict=True)]),
        width=table.shape[1],
    )


def test_the_index_is_difference_over_distance_and_stays_finite():
    assert sali(3.0, 0.5) == 6.0 and sali(1.0, 0.0) == 1.0
    assert sali(2.0, 1.0) == pytest.approx(200.0)


def test_the_usual_difference_is_that_of_all_pairs():
    values = np.random.default_rng(1).normal(size=60)
    pairs = np.abs(values[:, None] - values[None, :])[np.triu_indices(60, 1)]
    assert usual_difference(values) == pytest.approx(pairs.mean() + 2 * pairs.std())


@given(seed=st.integers(0, 10_000), similarity=st.sampled_from((0.5, 0.7, 0.9)))
def test_no_pair_is_missed_by_comparing_only_rows_of_like_size(seed, similarity):
    rng = np.random.default_rng(seed)
    counts = _counts(rng.poisson(1.2, (40, 6)) + (rng.random((40, 6)) < 0.2))
    values, bounds = rng.normal(size=40), rng.integers(-1, 2, 40).astype(np.int8)
    n, edges = find_cliffs(
        counts, values, bounds, difference=0.8, similarity=similarity, at_most=10_000
    )
    alike = tanimoto(counts, counts)
    expected = {
        (i, j)
        for i in range(40)
        for j in range(40)
        if values[j] - values[i] >= 0.8
        and bounds[i] <= 0 <= bounds[j]
        and alike[i, j] >= similarity - 1e-5
    }
    assert n == len(edges) and {(e.low, e.high) for e in edges} == expected
    assert [e.sali for e in edges] == sorted((e.sali for e in edges), reverse=True)


def test_a_limit_is_a_cliff_only_where_it_leaves_no_doubt():
    counts, values = _counts([[5, 5], [5, 5]]), np.array([0.0, 3.0])
    for bounds, n in (((0, 0), 1), ((0, 1), 1), ((-1, 0), 1), ((1, 0), 0), ((0, -1), 0)):
        found, _ = find_cliffs(counts, values, np.array(bounds, np.int8), difference=2.0)
        assert found == n, bounds


@pytest.mark.shared_data
def test_cliffs_of_thrombin_are_those_of_a_published_benchmark(shared_data):
    """van Tilborg et al. (2022), doi:10.1021/acs.jcim.2c01073: molecules marked by them."""
    path = shared_data / "series" / "moleculeace" / "CHEMBL204_Ki.csv.gz"
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))[:900]
    modality = build("modalities", "molecules", {})
    counts = modality.describe(
        [modality.parse(r["smiles"]) for r in rows], frozenset({"counts"})
    ).blocks["counts"]
    values = np.array([float(r["y [pEC50/pKi]"]) for r in rows])
    n, edges = find_cliffs(counts, values, np.zeros(len(rows), np.int8), difference=2.0)
    marked = [rows[i]["cliff_mol"] == "1" for e in edges for i in (e.low, e.high)]
    assert n >= 10 and np.mean(marked) >= 0.95
    assert np.mean([r["cliff_mol"] == "1" for r in rows]) < 0.5, "the marks say something"
