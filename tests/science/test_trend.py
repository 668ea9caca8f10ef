# SPDX-License-Identifier: Apache-2.0
"""Trend and groups: published values, and what must hold for any numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.science.trend import kruskal_wallis, mann_kendall

TUNA = (2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8)
LIGHTNESS = (44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1)
"""Hollander & Wolfe, Nonparametric Statistical Methods (1973), p. 185 ff."""

CLEARANCE = (
    (2.9, 3.0, 2.5, 2.6, 3.2),
    (3.8, 2.7, 4.0, 2.4),
    (2.8, 3.4, 3.7, 2.2, 2.0),
)
"""Mucociliary efficiency; the same book, p. 115."""

numbers = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30)


def test_the_trend_of_hollander_and_wolfe_is_found():
    trend = mann_kendall(np.array([t for _, t in sorted(zip(LIGHTNESS, TUNA, strict=True))]))
    assert trend.s == 16
    assert (trend.tau, trend.p) == pytest.approx((0.4444, 0.1194), abs=5e-5)


@pytest.mark.parametrize(
    ("n", "s", "one_sided"),
    [(4, 6, 0.042), (5, 10, 0.0083), (6, 15, 0.0014), (8, 16, 0.031), (9, 16, 0.060)],
)
def test_exact_chances_are_those_of_kendalls_table(n, s, one_sided):
    """Kendall, Rank Correlation Methods (1975), appendix table 1."""
    series, left = list(range(n)), (n * (n - 1) // 2 - s) // 2
    while left:  # each exchange of neighbours that rise takes 2 off s
        i = next(k for k in range(n - 1) if series[k] < series[k + 1])
        series[i], series[i + 1], left = series[i + 1], series[i], left - 1
    trend = mann_kendall(np.array(series, float))
    assert trend.s == s and trend.p / 2 == pytest.approx(one_sided, abs=6e-4)


def test_the_groups_of_hollander_and_wolfe_do_not_lie_apart():
    apart = kruskal_wallis([np.array(g) for g in CLEARANCE])
    assert (apart.h, apart.p) == pytest.approx((0.77143, 0.68), abs=5e-4)


def test_groups_with_ties_are_judged_as_by_scipy():
    from scipy.stats import kruskal

    groups = [np.array(g, float) for g in ([1, 1, 2, 3], [2, 2, 3, 5, 5], [5, 6, 6])]
    expected = kruskal(*groups)
    found = kruskal_wallis(groups)
    assert (found.h, found.p) == pytest.approx((expected.statistic, expected.pvalue))


def test_a_long_series_with_ties_is_judged_as_by_its_normal_law():
    rising = np.repeat(np.arange(20.0), 2)
    assert mann_kendall(rising).p < 1e-9 and mann_kendall(np.ones(20)).p == 1.0


@given(values=numbers)
def test_a_series_read_backwards_has_the_opposite_trend(values):
    there, back = mann_kendall(np.array(values)), mann_kendall(np.array(values[::-1]))
    assert there.s == -back.s and there.p == pytest.approx(back.p)
    assert 0 <= there.p <= 1 and -1 <= there.tau <= 1


@given(a=numbers, b=numbers)
def test_the_order_of_groups_does_not_matter(a, b):
    one, other = (kruskal_wallis([np.array(x), np.array(y)]) for x, y in ((a, b), (b, a)))
    assert one.p == pytest.approx(other.p) and 0 <= one.share <= 1


def test_what_cannot_be_tested_is_refused():
    with pytest.raises(DataError, match="2 numbers"):
        mann_kendall(np.array([1.0, 2.0]))
    with pytest.raises(DataError, match="only one"):
        kruskal_wallis([np.array([1.0])])
    with pytest.raises(DataError, match="finite"):
        mann_kendall(np.array([1.0, np.nan, 2.0]))
