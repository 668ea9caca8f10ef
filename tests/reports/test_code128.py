# SPDX-License-Identifier: Apache-2.0
"""Bars and gaps of Code 128, against published values."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.reports.code128 import QUIET, bars, code128_path

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=48)


def symbols(text):
    """The symbols of a text as widths, start and stop included."""
    told = "".join(map(str, bars(text)))
    return [*(told[i : i + 6] for i in range(0, len(told) - 7, 6)), told[-7:]]


def test_the_published_example_has_its_published_check_symbol():
    """'Wikipedia' in code set B: start 211214, check value 88 (421211), stop 2331112."""
    found = symbols("Wikipedia")
    assert found[0] == "211214" and found[-1] == "2331112" and found[-2] == "421211"
    assert len(found) == 9 + 3


def test_known_characters_have_their_published_widths():
    """ISO/IEC 15417, table 1: space 212222, 0 123122, A 111323, a 121124, - 122132."""
    wanted = {" ": "212222", "0": "123122", "A": "111323", "a": "121124", "-": "122132"}
    assert {c: symbols(c)[1] for c in wanted} == wanted


def test_every_symbol_is_eleven_modules_wide_and_no_two_are_alike():
    each = [symbols(chr(c))[1] for c in range(32, 127)]
    assert len(set(each)) == 95
    assert all(sum(map(int, s)) == 11 for s in each)
    assert all(sum(int(s[i]) for i in (0, 2, 4)) % 2 == 0 for s in each), "even parity of bars"


@given(PRINTABLE)
def test_texts_that_differ_have_bars_that_differ_and_whole_symbols(text):
    assert sum(bars(text)) == 11 * (len(text) + 2) + 13
    assert bars(text) != bars(text + "x") and len(bars(text)) % 2 == 1


@given(PRINTABLE)
def test_the_drawing_shows_each_bar_at_its_place_between_quiet_zones(text):
    path, width = code128_path(text, 40)
    drawn = [(int(x), int(w)) for x, w in re.findall(r"M(\d+),0h(\d+)v40h-\d+z", path)]
    widths = bars(text)
    assert [w for _, w in drawn] == list(widths[::2])
    gaps = [b - a - w for (a, w), (b, _) in pairwise(drawn)]
    assert gaps == list(widths[1::2])
    assert drawn[0][0] == QUIET and width == sum(drawn[-1]) + QUIET


@pytest.mark.parametrize("text", ["", "Plättchen", "a\tb", "x" * 49])
def test_a_text_that_has_no_code_gets_no_bars(text):
    assert bars(text) == () and code128_path(text, 40) == ("", 0)
