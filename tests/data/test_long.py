# SPDX-License-Identifier: Apache-2.0
"""Tables whose rows name their property: what is asked for gets a column, and no row is lost."""

import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import RawTable
from loopwright.data.long import said_in, widened

COLUMNS = ("smiles", "Standard Type", "Standard Relation", "Standard Value", "Standard Units")
ROWS = (
    (2, ("CCO", "IC50", ">", "10", "uM")),
    (3, ("CCO", "logD", "", "1.2", "")),
    (4, ("CCN", "ic50", "", "20", "nM")),
    (5, ("CCC", "Ki", "", "", "nM")),
)
TABLE = RawTable(columns=COLUMNS, rows=ROWS)


def column(table, name):
    return [cells[name] for _, cells in table]


@pytest.mark.parametrize("asked", ["IC50", "pIC50"])
def test_each_row_stays_and_says_its_value_in_the_column_of_its_property(asked):
    found = widened(TABLE, [asked])
    assert [number for number, _ in found.rows] == [2, 3, 4, 5]
    assert found.columns == ("smiles", "IC50", "IC50 unit", "IC50 relation")
    assert column(found, "IC50") == ["10", "", "20", ""]
    assert column(found, "IC50 unit") == ["uM", "", "nM", ""]
    assert column(found, "IC50 relation") == [">", "", "", ""]


def test_several_properties_get_a_column_each():
    found = widened(TABLE, ["pIC50", "logD"])
    assert column(found, "logD") == ["", "1.2", "", ""]
    assert column(found, "IC50") == ["10", "", "20", ""]


def test_a_table_is_left_alone_where_nothing_in_it_is_asked_for_or_it_is_wide():
    assert widened(TABLE, ["EC50"]) is TABLE and widened(TABLE, ["smiles"]) is TABLE
    wide = RawTable(columns=("smiles", "pIC50"), rows=((2, ("CCO", "5")),))
    assert widened(wide, ["pIC50"]) is wide and said_in(wide) == {}


def test_values_of_several_properties_are_never_taken_for_one():
    assert said_in(TABLE) == {"IC50": 2, "logD": 1}
    with pytest.raises(DataError, match="speak of 2 properties"):
        widened(TABLE, ["Standard Value"])
    alone = RawTable(columns=COLUMNS, rows=ROWS[:1])
    assert widened(alone, ["Standard Value"]) is alone
