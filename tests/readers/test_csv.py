# SPDX-License-Identifier: Apache-2.0
import csv
import gzip
import io
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.registry import build

CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8).filter(
    lambda t: t.strip("\ufeff") == t
)


def read(content, **options):
    raw = content if isinstance(content, bytes) else content.encode()
    return build("readers", "csv", options).read(RawFile(name="a.csv", content=raw))[0]


@example([["MEAN", "0", "0"], ["x", "1", "2"]], ",")
@given(
    st.lists(st.lists(CELL.filter(str.strip), min_size=3, max_size=3), min_size=1, max_size=6),
    st.sampled_from([",", ";", "\t", "|"]),
)
def test_what_the_standard_library_writes_comes_back_letter_for_letter(rows, delimiter):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    table = read(text.getvalue(), delimiter=delimiter)
    # A line that says "mean", or rules one off, is no row: it is put aside with its reason.
    assert all(q.reason.endswith((", not a row", ", not a measurement")) for q in table.faults)
    aside = {q.row for q in table.faults}
    kept = [row for number, row in enumerate(rows, start=2) if number not in aside]
    assert [list(cells) for _, cells in table.rows] == kept


def test_cells_stay_the_text_they_were():
    table = read("id,v,w\n007,1E5, x \n1/2,0.10,TRUE\n")
    assert [cells for _, cells in table.rows] == [("007", "1E5", " x "), ("1/2", "0.10", "TRUE")]


@pytest.mark.parametrize(
    "delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"]
)
def test_the_separator_is_found(delimiter):
    table = read(f"smiles{delimiter}v\nCC(=O)O{delimiter}1\nCCO{delimiter}2\n")
    assert table.columns == ("smiles", "v")


def test_a_decimal_comma_does_not_pass_for_a_separator():
    assert read("a;b\n1,5;2,5\n3,5;4,5\n").columns == ("a", "b")
    assert read("a,b\n1,5\n3,5\n").rows[0][1] == ("1", "5")


def test_the_separator_line_of_a_spreadsheet_is_obeyed_and_counted():
    table = read("sep=;\na;b\n1;2\n")
    assert table.columns == ("a", "b") and table.rows == ((3, ("1", "2")),)


def test_rows_are_numbered_as_a_person_counts_them():
    table = read('a,b\n1,2\n\n"x\ny",3\n4,5\n')
    assert table.rows == ((2, ("1", "2")), (4, ("x\ny", "3")), (5, ("4", "5")))


def test_rows_with_too_many_or_too_few_cells_become_faults_and_the_others_are_read():
    table = read("a,b\n1,2\n1\n1,2,3\n3,4\n")
    assert [n for n, _ in table.rows] == [2, 5]
    assert [f.row for f in table.faults] == [3, 4]
    assert all(f.reason and f.remedy for f in table.faults)


def test_an_open_quotation_mark_costs_its_own_line_and_no_other():
    table = read('a,b\n1,2\n"open,2\n3,4\n5,6\n')
    assert [n for n, _ in table.rows] == [2, 4, 5]
    assert [f.row for f in table.faults] == [3]


def test_a_row_may_open_and_close_quotation_marks_over_many_lines():
    table = read('a,b,c\n"1\n""x""\n",2,"3\n\n4"\n5,6,7\n')
    assert table.rows == ((2, ('1\n"x"\n', "2", "3\n\n4")), (3, ("5", "6", "7")))


def test_open_quotation_marks_in_great_number_cost_no_great_time():
    block = '"a,1\n' + '""\n' * 900 + "x,1\n" * 100
    start = time.perf_counter()
    table = read("a,b\n" + block * 300)
    assert len(table.rows) >= 300 * 100 and time.perf_counter() - start < 5.0


@pytest.mark.parametrize(
    "bad",
    ["x" * 100_001 + ",1", "x" * 1_000_000, '"' + "x" * 1_000_000 + '",1', "a\0b,1"],
    ids=["a long cell", "a long line", "a long quoted cell", "a NUL character"],
)
def test_what_is_too_long_or_holds_nul_becomes_a_fault(bad):
    table = read(f"a,b\n1,2\n{bad}\n3,4\n")
    assert [n for n, _ in table.rows] == [2, 4]
    assert [f.row for f in table.faults] == [3]
    assert len(table.faults[0].value) <= 200


def test_a_cell_of_the_greatest_length_is_still_read():
    assert read("a,b\n" + "x" * 100_000 + ",1\n").rows[0][1][0] == "x" * 100_000


def test_blank_and_repeated_column_names_are_told_apart():
    assert read("id,,v,v\n1,2,3,4\n").columns == ("id", "column 2", "v", "v #2")


@pytest.mark.parametrize(
    "content", ["CCO,5.1\nCCN,6.2\n", "1,2\n3,4\n", ",,\n1,2,3\n", "a,b\n", "a,b"]
)
def test_a_file_without_header_or_rows_is_refused(content):
    assert read("id,v\nCCO,5.1\n").rows
    with pytest.raises(DataError):
        read(content)


def test_an_ordered_axis_in_the_header_is_no_missing_header():
    assert read("id,400,410.5,420\nx,1,2,3\n").columns[1] == "400"


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04" + bytes(range(32)) * 20, b"%PDF-1.4\n" + b"\x01\x02\0\x05" * 50]
)
def test_a_file_that_is_no_text_is_refused(content):
    with pytest.raises(DataError, match="not text"):
        read(content)


def test_a_bomb_is_refused_within_two_seconds():
    part = gzip.compress(b"a,b\n" * 5_000_000, 1)
    bomb = part * 50
    assert len(bomb) < 6_000_000
    start = time.perf_counter()
    with pytest.raises(DataError, match="larger than"):
        read(bomb)
    assert time.perf_counter() - start < 2.0


def test_several_packed_members_are_read_as_one_file():
    assert read(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")) == read("a,b\n1,2\n3,4\n")


def test_a_byte_that_is_no_utf_8_is_read_as_western_text():
    assert read("name,v\ncafé µM,1\n".encode("latin-1")).rows[0][1][0] == "café µM"


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("path", "n_rows"),
    [
        ("messy/chembl_ache_mouse_ic50_export.csv", 692),
        ("messy/chembl_human_liver_clh_export.csv", 770),
        ("series/maoa_human_ic50_chembl_export.csv.gz", 5391),
        ("series/tyk2.csv.gz", 9997),
        ("series/d2r.csv.gz", 2502),
    ],
)
def test_real_exports_are_read_as_the_standard_library_reads_them(shared_data, path, n_rows):
    content = (shared_data / path).read_bytes()
    table = read(content)
    assert len(table.rows) == n_rows and not table.faults
    text = (gzip.decompress(content) if path.endswith("gz") else content).decode("utf-8-sig")
    delimiter = ";" if "chembl" in path else ","
    expected = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    assert list(table.columns) == expected[0]
    assert [list(cells) for _, cells in table.rows] == expected[1:]
