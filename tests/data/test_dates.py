# SPDX-License-Identifier: Apache-2.0
"""Dates are read strictly: what could be two days is none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.data.dates import read_dates

DAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04", "2026/3/4", "20260304", "2026-03-04T10:30:00Z", "2026-03-04 10:30",
        "4 Mar 2026", "04-Mar-2026", "March 4, 2026", "4. March 2026", "4.3.2026", "04.03.2026",
    ],
)  # fmt: skip
def test_one_meaning_is_read(text):
    assert read_dates([text]).days == {text: DAY}


@pytest.mark.parametrize("text", ["yesterday", "46085", "2026-13-04", "31.2.2026", "4 Ju 2026"])
def test_what_is_no_day_is_not_read(text):
    found = read_dates([text])
    assert found.days == {} and found.unread == (text,) and not found.is_ambiguous


def test_a_column_tells_which_number_is_the_month():
    assert read_dates(["3/4/2026"]).is_ambiguous
    assert read_dates(["3/4/2026", "3/25/2026"]).days["3/4/2026"] == DAY
    assert read_dates(["4/3/2026", "25/3/2026"]).days["4/3/2026"] == DAY
    both = read_dates(["3/25/2026", "25/3/2026", "2026-03-04"])
    assert both.is_ambiguous and both.days == {"2026-03-04": DAY}


@given(days=st.lists(st.dates(date(1950, 1, 1), date(2099, 12, 31)), min_size=1))
def test_iso_dates_always_come_back(days):
    assert set(read_dates(d.isoformat() for d in days).days.values()) == set(days)
