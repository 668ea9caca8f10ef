# SPDX-License-Identifier: Apache-2.0
"""Workbooks: what a person sees in a cell is what is read."""

import datetime
import io
import zipfile

import pytest
from openpyxl import Workbook

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.registry import build


def book(**sheets):
    """The bytes of a workbook; each sheet is a list of rows of values or (value, format)."""
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for r, row in enumerate(rows, start=1):
            for c, cell in enumerate(row, start=1):
                value, number_format = cell if isinstance(cell, tuple) else (cell, "General")
                place = sheet.cell(row=r, column=c, value=value)
                place.number_format = number_format
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def read(content, name="a.xlsx"):
    return build("readers", "xlsx", {}).read(RawFile(name=name, content=content))


HEADER = ["smiles", "name", "value"]


def cell(value, number_format="General"):
    """The text that is read of one cell."""
    (table,) = read(book(only=[HEADER, ["CCO", "a", (value, number_format)], ["CCN", "b", 1]]))
    return table.rows[0][1][2]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (5, "General", "5"),
        (0.1 + 0.2, "General", "0.3"),
        (1e-9, "General", "1e-09"),
        ("007", "General", "007"),
        (">10 uM", "General", ">10 uM"),
        (0.503, "0.0%", "50.3%"),
        (10, '">"0', ">10"),
        (10, "\\<0.0", "<10"),
        (10, ">0", ">10"),
        (10, '"≥ "0', "≥10"),
        (37, '"ca. "0', "ca.37"),
        (35, '0" uM"', "35 uM"),
        (1234.5, "#,##0.00", "1234.5"),
        (5, "[Red]0.0;[Blue]-0.0", "5"),
        (5.5, "0.00_);(0.00)", "5.5"),
        (1.5e-9, "0.00E+00", "1.5e-09"),
        (31, '[>15]"<"0;0', '31 (shown as [>15]"<"0;0)'),
        (41, "0.00,", "41 (shown as 0.00,)"),
        (44, ";;;", "44 (shown as ;;;)"),
        (True, "General", "TRUE"),
        (datetime.datetime(2026, 3, 4), "yyyy-mm-dd", "2026-03-04"),
        (datetime.datetime(2026, 3, 4, 5, 6), "yyyy-mm-dd hh:mm", "2026-03-04 05:06:00"),
        ("=1+1", "General", "=1+1"),
        ("#N/A", "General", "#N/A"),
    ],
)
def test_a_cell_is_read_as_a_person_sees_it(value, number_format, text):
    assert cell(value, number_format) == text


def test_every_sheet_is_a_table_with_rows_as_excel_counts_them():
    content = book(
        Compounds=[["Export of 3 March"], [], ["Name", "SMILES"], ["a", "CCO"], [], ["b", "CCN"]],
        Results=[["Name", "IC50 (nM)"], ["a", 5.5], ["b", ">10"]],
        Empty=[],
    )
    compounds, results = read(content)
    assert (compounds.sheet, results.sheet) == ("Compounds", "Results")
    assert compounds.columns == ("Name", "SMILES")
    assert compounds.rows == ((4, ("a", "CCO")), (6, ("b", "CCN")))
    assert results.rows == ((2, ("a", "5.5")), (3, ("b", ">10")))


def test_a_title_above_the_header_is_kept_as_a_note():
    rows = [["Assay", "P53"], ["Date", "3 March"], HEADER, ["CCO", "a", 5], ["CCN", "b", 6]]
    (table,) = read(book(only=rows))
    assert table.columns == tuple(HEADER)
    assert table.notes == ((1, "Assay P53"), (2, "Date 3 March"))
    assert [n for n, _ in table.rows] == [4, 5]


def test_a_cell_beyond_the_header_gets_a_column_of_its_own():
    (table,) = read(book(only=[HEADER, ["CCO", "a", 5, "see notebook 12"]]))
    assert table.columns == (*HEADER, "column 4")
    assert table.rows[0][1][3] == "see notebook 12"


def test_a_sheet_without_a_header_does_not_take_the_others_with_it():
    numbers, good = read(book(calc=[[3, 1], [2, 4]], only=[HEADER, ["CCO", "a", 5]]))
    assert not numbers.rows and [q.row for q in numbers.faults] == [1, 2]
    assert good.rows == ((2, ("CCO", "a", "5")),)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"smiles,name\nCCO,a\n", b"\0" * 100])
def test_what_is_no_workbook_is_refused(content):
    assert read(book(only=[HEADER, ["CCO", "a", 5]]))
    with pytest.raises(DataError):
        read(content)


def test_a_workbook_without_rows_is_refused():
    with pytest.raises(DataError, match="header with rows"):
        read(book(only=[HEADER]))


def test_a_damaged_workbook_is_refused():
    whole = book(only=[HEADER, ["CCO", "a", 5]])
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(packed, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item, b"<broken" if "sheet1" in item.filename else content)
    with pytest.raises(DataError, match="damaged"):
        read(packed.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"")
        for i in range(3):
            archive.writestr(f"xl/{i}", b"0" * 90_000_000)
    with pytest.raises(DataError, match="unpacks to"):
        read(packed.getvalue())
