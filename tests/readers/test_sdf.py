# SPDX-License-Identifier: Apache-2.0
import time

import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.registry import build, plugin

ONE = plugin("readers", "sdf").examples[0]
V3000 = """
  x

  0  0  0  0  0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 1 0 0 0 0
M  V30 BEGIN ATOM
M  V30 1 C 0 0 0 0
M  V30 END ATOM
M  V30 END CTAB
M  END
> <a>
1

$$$$
"""


def read(text):
    return build("readers", "sdf", {}).read(RawFile(name="a.sdf", content=text.encode()))[0]


def test_structure_title_and_fields_become_columns():
    table = read(ONE)
    assert table.columns == ("structure", "title", "pIC50")
    _, cells = table.rows[0]
    assert cells[0].endswith("M  END\n") and cells[1:] == ("ethanol", ">4.1")


def test_fields_of_all_records_become_columns_and_absent_ones_are_blank():
    other = ONE.replace("<pIC50>", "<yield>  (2)")
    table = read(ONE + other)
    assert table.columns == ("structure", "title", "pIC50", "yield")
    assert [c[2:] for _, c in table.rows] == [(">4.1", ""), ("", ">4.1")]


def test_a_field_of_several_lines_keeps_them_and_an_empty_one_is_blank():
    table = read(ONE.replace(">4.1\n", "two\nlines\n\n> <empty>\n"))
    assert table.rows[0][1][2:] == ("two\nlines", "")


def test_a_field_that_comes_twice_loses_neither_text():
    table = read(ONE.replace("\n\n$$$$", "\n\n> <pIC50>\n5.0\n\n$$$$"))
    assert table.columns[2:] == ("pIC50", "pIC50 #2") and table.rows[0][1][2:] == (">4.1", "5.0")


def test_a_field_named_structure_does_not_hide_the_structure():
    table = read(ONE.replace("<pIC50>", "<structure>"))
    assert table.columns == ("structure", "title", "structure #2")


def test_a_line_full_of_brackets_costs_no_great_time():
    start = time.perf_counter()
    table = read(ONE.replace(">4.1", "><" + "<" * 90_000))
    assert len(table.rows[0][1][2]) == 90_002 and time.perf_counter() - start < 2.0


def test_extended_mol_blocks_are_read():
    assert read(V3000).rows[0][1][1:] == ("1",)


def test_the_last_record_needs_no_end_mark_and_rows_count_records():
    table = read(ONE + V3000.replace("$$$$\n", ""))
    assert [n for n, _ in table.rows] == [1, 2]


@pytest.mark.parametrize(
    "broken",
    [
        ONE.replace("M  END\n", ""),
        ONE.replace("    1.5000    0.0000    0.0000 C   0  0\n", ""),
        ONE.replace("V2000", "     "),
        "garbage\n$$$$\n",
        "$$$$\n",
        ONE.replace(">4.1", "x" * 1_000_000),
    ],
    ids=["no end", "a lost atom", "no version", "garbage", "nothing", "a field without end"],
)
def test_a_broken_record_becomes_a_fault_and_the_others_are_read(broken):
    table = read(ONE + broken + ONE)
    assert [n for n, _ in table.rows] == [1, 3]
    assert [f.row for f in table.faults] == [2]


def test_a_file_without_a_single_mol_block_is_refused():
    with pytest.raises(DataError, match="mol block"):
        read("smiles,name\nCC,ethane\n")


def test_a_file_of_a_thousand_different_fields_is_refused():
    with pytest.raises(DataError, match="no table"):
        read("".join(ONE.replace("pIC50", f"f{i}") for i in range(1_001)))


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "n_rows", "n_faults"),
    [
        ("solubility_train.sdf", 1025, 0),
        ("solubility_test.sdf", 257, 0),
        ("tubb3_chembl_observations.sdf", 10, 0),
        ("tubb3_chembl_observations_last_broken.sdf", 9, 1),
    ],
)
def test_real_files_give_every_record_as_row_or_fault(shared_data, name, n_rows, n_faults):
    content = (shared_data / "messy" / name).read_bytes()
    (table,) = build("readers", "sdf", {}).read(RawFile(name=name, content=content))
    assert (len(table.rows), len(table.faults)) == (n_rows, n_faults)
