# SPDX-License-Identifier: Apache-2.0
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.core.counts import Counts
from loopwright.core.errors import DataError
from loopwright.core.values import Features
from loopwright.science.similarity import (
    BLOCK_ROWS,
    MANY,
    agreement,
    nearest,
    similarity,
    squared_distance,
    tanimoto,
)

WIDTH = 12
ROWS = st.lists(
    st.dictionaries(st.integers(0, WIDTH - 1), st.integers(1, 400), max_size=WIDTH),
    min_size=1,
    max_size=8,
)


def _counts(rows, width=WIDTH):
    entries = [sorted(row.items()) for row in rows]
    flat = [pair for row in entries for pair in row]
    return Counts(
        indptr=np.cumsum([0, *map(len, entries)]).astype(np.int64),
        indices=np.array([i for i, _ in flat], np.int32),
        values=np.array([v for _, v in flat], np.uint16),
        width=width,
    )


def _features(**blocks):
    n = len(next(iter(blocks.values())))
    return Features(ids=tuple(f"c{i}" for i in range(n)), blocks=blocks)


def _naive(a, b):
    """Tanimoto of square roots, written out."""
    u, v = ({k: n**0.5 for k, n in row.items()} for row in (a, b))
    shared = sum(u[k] * v[k] for k in u.keys() & v.keys())
    union = sum(x * x for x in u.values()) + sum(x * x for x in v.values()) - shared
    return shared / union if union else 1.0


@given(ROWS, ROWS)
def test_tanimoto_is_the_one_of_plain_python(one, other):
    naive = [[_naive(a, b) for b in other] for a in one]
    np.testing.assert_allclose(tanimoto(_counts(one), _counts(other)), naive, atol=2e-6)


@given(ROWS)
def test_equal_rows_are_one_and_no_rows_are_more_alike_than_that(rows):
    alike = tanimoto(_counts(rows), _counts(rows))
    np.testing.assert_allclose(alike.diagonal(), 1.0, atol=2e-6)
    assert alike.min() >= 0.0 and alike.max() <= 1.0


@given(ROWS, ROWS)
def test_likeness_is_mutual(one, other):
    forth, back = tanimoto(_counts(one), _counts(other)), tanimoto(_counts(other), _counts(one))
    np.testing.assert_allclose(forth, back.T, atol=2e-6)


@given(ROWS)
def test_tanimoto_of_square_roots_is_a_kernel(rows):
    """No combination of candidates has negative variance."""
    alike = tanimoto(_counts(rows), _counts(rows)).astype(float)
    assert np.linalg.eigvalsh((alike + alike.T) / 2).min() > -1e-5


def test_ones_and_zeros_have_the_textbook_tanimoto():
    one, other = Counter([0, 1, 2]), Counter([1, 2, 3, 4])
    assert tanimoto(_counts([one]), _counts([other]))[0, 0] == pytest.approx(2 / 5)


def test_rows_without_entries_are_equal_to_each_other_and_unlike_all_else():
    alike = tanimoto(_counts([{}, {1: 2}]), _counts([{}, {1: 2}]))
    np.testing.assert_allclose(alike, np.eye(2), atol=1e-6)


def test_counts_of_different_widths_are_refused():
    assert tanimoto(_counts([{1: 1}]), _counts([{1: 1}])).shape == (1, 1)
    with pytest.raises(DataError, match=r"12 columns.*13"):
        tanimoto(_counts([{1: 1}]), _counts([{1: 1}], width=13))


def test_no_rows_have_no_likeness():
    assert tanimoto(_counts([]), _counts([{1: 1}])).shape == (0, 1)
    assert tanimoto(_counts([{1: 1}]), _counts([])).shape == (1, 0)


@settings(max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 6), st.integers(0, 999))
def test_squared_distances_are_those_of_plain_numpy_and_never_negative(n, m, d, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.random((n, d), np.float32), rng.random((m, d), np.float32)
    plain = ((a[:, None] - b[None, :]) ** 2).sum(axis=2)
    np.testing.assert_allclose(squared_distance(a, b), plain, atol=1e-5)
    assert (squared_distance(a, a) >= 0).all()


def test_a_tenth_of_each_axis_apart_is_a_likeness_of_0_94_in_any_number_of_dimensions():
    for d in (1, 3, 20):
        one = _features(vector=np.full((1, d), 0.5, np.float32))
        other = _features(vector=np.full((1, d), 0.6, np.float32))
        assert similarity(one, other)[0, 0] == pytest.approx(np.exp(-0.06), abs=1e-4)


def test_counts_are_preferred_where_both_have_them():
    both = _features(counts=_counts([{1: 1}, {2: 1}]), vector=np.zeros((2, 3), np.float32))
    alone = _features(vector=np.zeros((2, 3), np.float32))
    np.testing.assert_allclose(similarity(both, both), np.eye(2), atol=1e-6)
    np.testing.assert_allclose(similarity(both, alone), np.ones((2, 2)), atol=1e-6)


def test_features_without_a_common_kind_are_refused():
    one, other = _features(counts=_counts([{1: 1}])), _features(vector=np.zeros((1, 2), np.float32))
    assert similarity(one, one).shape == (1, 1)
    with pytest.raises(DataError, match="No common representation"):
        similarity(one, other)


@settings(max_examples=40)
@given(ROWS, ROWS, st.integers(1, 10))
def test_the_nearest_rows_are_the_most_similar_ones_best_first(one, other, k):
    a, b = _features(counts=_counts(one)), _features(counts=_counts(other))
    rows, alike = nearest(a, b, k=k)
    assert rows.shape == alike.shape == (len(one), min(k, len(other)))
    everything = np.sort(similarity(a, b), axis=1)[:, ::-1]
    np.testing.assert_allclose(alike, everything[:, : alike.shape[1]], atol=1e-6)
    assert all(len(set(r)) == len(r) for r in rows.tolist())


def test_of_equally_near_rows_the_earlier_is_named_first():
    a, b = _features(counts=_counts([{1: 3}])), _features(counts=_counts([{2: 1}, {1: 3}, {1: 3}]))
    assert nearest(a, b, k=3)[0].tolist() == [[1, 2, 0]]


def test_of_many_rows_the_nearest_are_those_of_a_full_comparison_twins_included():
    rng = np.random.default_rng(4)
    rows = [{int(c): 1 for c in rng.choice(WIDTH, 4, replace=False)} for _ in range(MANY + 90)]
    many, some = _counts(rows), _counts(rows[:70])  # 495 kinds of rows: many are equally near
    found, alike = nearest(_features(counts=some), _features(counts=many), k=9)
    everything = np.concatenate([tanimoto(some, _counts(rows[i : i + 100]))
                                 for i in range(0, len(rows), 100)], axis=1)  # fmt: skip
    order = np.argsort(-np.round(everything, 5), axis=1, kind="stable")[:, :9]
    np.testing.assert_array_equal(found, order)
    np.testing.assert_allclose(alike, np.take_along_axis(everything, order, axis=1), atol=1e-6)


def test_many_rows_of_another_width_are_refused_like_few():
    many = _features(counts=_counts([{1: 1}] * (MANY + 1), width=13))
    with pytest.raises(DataError, match="cannot be compared"):
        nearest(_features(counts=_counts([{1: 1}])), many, k=1)


def test_blocks_of_rows_change_nothing():
    rng = np.random.default_rng(0)
    rows = [{int(rng.integers(WIDTH)): int(rng.integers(1, 9))} for _ in range(BLOCK_ROWS + 7)]
    many, few = _counts(rows), _counts(rows[:5])
    last = np.arange(BLOCK_ROWS - 3, BLOCK_ROWS + 7)
    np.testing.assert_array_equal(tanimoto(many, few)[last], tanimoto(many.take(last), few))
    found, _ = nearest(_features(counts=many), _features(counts=few), k=2)
    part, _ = nearest(_features(counts=many.take(last)), _features(counts=few), k=2)
    np.testing.assert_array_equal(found[last], part)


def test_the_nearest_row_is_the_first_of_the_nearest_three_whatever_is_asked_for():
    rng = np.random.default_rng(3)
    table = np.repeat(rng.random((20, 3)).astype(np.float32), 2, axis=0)  # every row has a twin
    rows = Features(ids=tuple(map(str, range(40))), blocks={"vector": table})
    one, three = nearest(rows, rows, k=1), nearest(rows, rows, k=3)
    assert np.array_equal(one[0][:, 0], three[0][:, 0])
    assert np.array_equal(one[1][:, 0], three[1][:, 0])


# ---- sequences
def _letters(*texts):
    return np.array([[ord(c) for c in text] for text in texts], np.uint8)


def test_sequences_agree_at_the_share_of_positions_that_vary_in_the_library():
    library = _letters("AAAAAA", "AACAAA", "AAADAA")
    assert agreement(library, library).tolist() == [
        [1.0, 0.5, 0.5],
        [0.5, 1.0, 0.0],
        [0.5, 0.0, 1.0],
    ]


def test_a_departure_from_what_all_of_the_library_share_counts_as_much():
    library = _letters("AAAA", "ACAA")
    assert agreement(_letters("AAAA", "WAAA", "WAAW"), library)[:, 0].tolist() == [1.0, 0.0, 0.0]
    wider = _letters("AAAA", "ACAA", "AACA", "AAAC")
    assert agreement(_letters("WAAA"), wider)[0, 0] == pytest.approx(2 / 3)


def test_the_agreement_of_two_sequences_does_not_depend_on_who_else_is_asked():
    rng = np.random.default_rng(2)
    a, b = rng.integers(1, 5, (30, 8), np.uint8), rng.integers(1, 5, (9, 8), np.uint8)
    together = agreement(a, b)
    assert all(np.array_equal(agreement(a[i : i + 1], b)[0], together[i]) for i in range(30))
    assert together.min() >= 0.0 and together.max() <= 1.0
