# SPDX-License-Identifier: Apache-2.0
"""Matched pairs: known changes of a table made by hand."""

import numpy as np
import pytest
from scipy.stats import t

from loopwright.core.readings import Cut
from loopwright.training.pairs import exchanges, reversed_exchange


def cut(core, fragment):
    return (Cut(core=core, fragment=fragment),)


CUTS = [cut(core, f) for core in ("a*", "b*", "c*") for f in ("C*", "F*")]
VALUES = np.array([1.0, 2.0, 5.0, 6.2, 3.0, 3.8])


def test_the_mean_change_of_three_pairs_is_found_with_its_interval():
    (one,) = exchanges(CUTS, VALUES)
    assert (one.before, one.after, one.n) == ("C*", "F*", 3)
    assert one.mean == pytest.approx(1.0)
    scatter = np.var([1.0, 1.2, 0.8], ddof=1)  # there is no other exchange to draw it towards
    half = t.ppf(0.975, 5) * np.sqrt(scatter / 3)
    assert (one.low, one.high) == pytest.approx((1.0 - half, 1.0 + half))
    assert one.strength == pytest.approx(1.0 / half)


def test_two_pairs_are_too_few():
    assert exchanges(CUTS[:4], VALUES[:4]) == ()


def test_the_order_of_the_rows_does_not_matter():
    order = np.array([5, 2, 0, 3, 1, 4])
    assert exchanges([CUTS[i] for i in order], VALUES[order])[0] == exchanges(CUTS, VALUES)[0]


def test_pairs_that_agree_by_luck_do_not_pass_an_effect_that_is_well_shown():
    rng = np.random.default_rng(0)
    cuts, values = list(CUTS), [1.0, 1.3, 5.0, 5.3, 3.0, 3.3]
    for i in range(20):
        base = float(rng.normal())
        cuts += [cut(f"k{i}*", "N*"), cut(f"k{i}*", "O*")]
        values += [base, base + 2.0 + float(rng.normal(scale=0.8))]
    first, second = exchanges(cuts, np.array(values))
    assert (first.before, second.before) == ("N*", "C*")
    assert second.high - second.low > 0.5  # not nought, as three equal changes would have it


def test_an_exchange_read_backwards_changes_sign():
    (one,) = exchanges(CUTS, VALUES)
    back = reversed_exchange(one)
    assert (back.before, back.mean, back.low, back.high) == ("F*", -one.mean, -one.high, -one.low)
    assert reversed_exchange(back) == one
