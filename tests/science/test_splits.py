# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.science.splits import family_folds, similarity_families

FAMILIES = st.lists(st.sampled_from("abcdefghij"), min_size=2, max_size=60).filter(
    lambda f: len(set(f)) >= 2
)
SEED = st.integers(0, 1000)


def _folds(families, seed, n_folds=5):
    return family_folds(families, n_folds=n_folds, rng=np.random.default_rng(seed))


@given(FAMILIES, SEED, st.integers(2, 8))
def test_no_family_straddles_a_fold(families, seed, n_folds):
    fold = _folds(families, seed, n_folds)
    for name in set(families):
        assert len({int(f) for f, x in zip(fold, families, strict=True) if x == name}) == 1


@given(FAMILIES, SEED, st.integers(2, 8))
def test_every_fold_has_a_row_and_there_are_as_many_as_asked_for_or_as_families(
    families, seed, n_folds
):
    fold = _folds(families, seed, n_folds)
    assert set(fold.tolist()) == set(range(min(n_folds, len(set(families)))))


@given(FAMILIES, SEED, st.randoms(use_true_random=False))
def test_folds_do_not_depend_on_the_order_of_the_rows(families, seed, random):
    order = random.sample(range(len(families)), len(families))
    mixed = _folds([families[i] for i in order], seed)
    assert np.array_equal(mixed, _folds(families, seed)[order])


@given(FAMILIES, SEED)
def test_no_fold_is_larger_than_the_smallest_by_more_than_the_largest_family(families, seed):
    filled = np.bincount(_folds(families, seed))
    assert filled.max() - filled.min() <= max(families.count(x) for x in families)


def test_families_of_one_row_are_dealt_evenly_and_by_chance():
    families = [f"f{i}" for i in range(50)]
    assert (np.bincount(_folds(families, 1)) == 10).all()
    assert np.array_equal(_folds(families, 1), _folds(families, 1))
    assert not np.array_equal(_folds(families, 1), _folds(families, 2))


def test_a_single_family_cannot_be_split():
    assert _folds(["a", "b"], 0).tolist() in ([0, 1], [1, 0])
    with pytest.raises(DataError, match="3 rows of 1 family"):
        _folds(["a", "a", "a"], 0)


@given(st.integers(1, 25), SEED, st.floats(0.1, 0.9))
def test_every_row_is_as_near_to_the_leader_of_its_family_as_asked_and_leaders_are_apart(
    n, seed, threshold
):
    alike = np.random.default_rng(seed).random((n, n), np.float32)
    alike = np.maximum(alike, alike.T)
    np.fill_diagonal(alike, 1.0)
    labels = similarity_families(alike, threshold=threshold)
    leader = {name: labels.index(name) for name in labels}
    assert all(alike[row, leader[name]] >= threshold for row, name in enumerate(labels))
    first = sorted(leader.values())
    assert all(alike[b, a] < threshold for i, b in enumerate(first) for a in first[:i])


def test_rows_that_are_all_alike_are_one_family_and_rows_apart_are_one_each():
    assert len(set(similarity_families(np.ones((6, 6), np.float32), threshold=0.5))) == 1
    assert len(set(similarity_families(np.eye(6, dtype=np.float32), threshold=0.5))) == 6
