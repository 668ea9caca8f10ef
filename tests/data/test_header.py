# SPDX-License-Identifier: Apache-2.0
"""The header is found below titles, and never where there is none."""

import pytest

from loopwright.data.header import header_at

TABLE = [["id", "smiles", "IC50"], ["a", "CCO", "5"], ["b", "CCN", ">10 uM"]]


@pytest.mark.parametrize("above", [[], [["Report"]], [["Assay", "P53"], ["Date"], ["by", "Ann"]]])
def test_titles_may_stand_above_a_header(above):
    assert header_at([*above, *TABLE]) == len(above)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="nothing"),
        pytest.param([["a", "b"], ["c", "d"], ["e", "f"]], id="texts only"),
        pytest.param([["1", "2"], ["3", "4"]], id="values only"),
        pytest.param([["x"], ["y"], ["z"]], id="one column"),
        pytest.param([["a", "b"], ["c", "d", "e"], ["f", "g", "h"]], id="a short header"),
        pytest.param([["", "1", "2"], ["A", "0.1", "0.2"], ["B", "0.3", "0.4"]], id="a plate"),
    ],
)
def test_the_first_row_is_taken_unless_another_is_plainly_the_header(rows):
    assert header_at(rows) == 0
