# SPDX-License-Identifier: Apache-2.0
import pytest

from loopwright.core.errors import DataError
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.mappings import Mappings, mappings_from_toml, mappings_to_toml

ONE = ColumnMapping(
    structure="s",
    stated={"pH": "7.4"},
    values=(ValueColumn(column="a b", property="p", unit="1", replicate_columns=("c",)),),
)
OTHER = ColumnMapping(name="n", values=(ValueColumn(column="v", property="q", unit="nM"),))


@pytest.mark.parametrize(
    "by_sheet",
    [{"": ONE}, {"Sheet 1": ONE, "x.y/ä": OTHER}, {"a": ONE, "": OTHER}],
    ids=["for all sheets", "for each sheet", "for one sheet and the rest"],
)
def test_mappings_survive_being_written_and_read(by_sheet):
    book = Mappings(by_sheet=by_sheet)
    assert mappings_from_toml(mappings_to_toml(book)) == book


def test_a_sheet_has_its_own_mapping_else_that_for_the_rest_else_none():
    book = Mappings(by_sheet={"a": ONE, "": OTHER})
    assert (book.of("a"), book.of("b")) == (ONE, OTHER)
    assert Mappings(by_sheet={"a": ONE}).of("b") is None


@pytest.mark.parametrize(
    "text",
    ['name = "n"\n[sheets.a]\nname = "m"', "[sheets]", "[sheets.a]\nnam = 5", "[sheets\n"],
    ids=["a key beside the sheets", "no sheet", "an unknown key", "no TOML"],
)
def test_mappings_that_cannot_be_used_are_refused(text):
    assert mappings_from_toml('[sheets.a]\nname = "m"').of("a")
    with pytest.raises(DataError) as ex:
        mappings_from_toml(text)
    assert ex.value.remedy
