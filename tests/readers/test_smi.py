# SPDX-License-Identifier: Apache-2.0
import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.registry import build


def read(text):
    return build("readers", "smi", {}).read(RawFile(name="a.smi", content=text.encode()))[0]


def test_structure_and_name_are_parted_at_the_first_blank_or_tab():
    table = read("CCO ethanol\nCC\tmy ethane\n\nC\n")
    assert table.columns == ("smiles", "name")
    assert table.rows == ((1, ("CCO", "ethanol")), (2, ("CC", "my ethane")), (4, ("C", "")))


def test_a_header_is_known_by_its_first_word_and_may_name_more_columns():
    table = read("smiles\tname\tpIC50\nCCO\tspirit of wine\t5.1\nCC\tethane\n")
    assert table.columns == ("smiles", "name", "pIC50")
    assert table.rows == ((2, ("CCO", "spirit of wine", "5.1")), (3, ("CC", "ethane", "")))


def test_an_extension_in_bars_stays_with_its_structure():
    assert read("C[C@H](O)N |o1:1| one\n").rows[0][1] == ("C[C@H](O)N |o1:1|", "one")


def test_a_line_without_end_becomes_a_fault():
    table = read("CC ethane\n" + "C" * 1_000_000 + "\nC methane\n")
    assert [n for n, _ in table.rows] == [1, 3] and [f.row for f in table.faults] == [2]


def test_a_header_alone_is_refused():
    assert read("smiles\nCC\n").rows
    with pytest.raises(DataError):
        read("smiles name\n")
