# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501
"""The animals of the zoo that no text editor can show: made here, byte for byte alike each time."""

import datetime
import decimal
import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

HEADER = ["Compound", "SMILES", "IC50 (nM)"]
ETHANOL, PHENOL, TOLUENE = ["ethanol", "CCO"], ["phenol", "Oc1ccccc1"], ["toluene", "Cc1ccccc1"]
TEXT = "smiles,name,pIC50\nCCO,ethanol,4.1\nOc1ccccc1,phenol,>5\n"
STAMP = (2026, 3, 4, 0, 0, 0)


def book(change=lambda made: None, **sheets):
    """A workbook of rows; a cell may be (value, number format)."""
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for r, row in enumerate(rows, start=1):
            for c, cell in enumerate(row, start=1):
                value, shown = cell if isinstance(cell, tuple) else (cell, "General")
                place = sheet.cell(row=r, column=c, value=value)
                place.number_format = shown
    change(made)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def packed(files):
    """A zip archive of path -> content."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(zipfile.ZipInfo(name, STAMP), text)
    return content.getvalue()


def parquet(**columns):
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


def with_sheet_xml(xml, **extra):
    """A workbook whose first sheet is given as XML, as other programs write it."""
    plain, content = book(S=[["x"]]), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(content, "w") as new:
        for entry in old.infolist():
            data = xml.encode() if entry.filename.endswith("sheet1.xml") else old.read(entry)
            new.writestr(zipfile.ZipInfo(entry.filename, STAMP), extra.get(entry.filename, data))
    return content.getvalue()


def sheet_xml(*rows):
    """Rows of (attributes of the cell, inside of the cell) as a sheet."""
    lines = []
    for r, row in enumerate(rows, start=1):
        cells = "".join(
            f'<c r="{chr(65 + c)}{r}" {how}>{what}</c>' for c, (how, what) in enumerate(row)
        )
        lines.append(f'<row r="{r}">{cells}</row>')
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def inline(text):
    return 't="inlineStr"', f"<is><t>{text}</t></is>"


def _hide_sheet(made):
    made["old"].sheet_state = "hidden"
    made["secret"].sheet_state = "veryHidden"


def _hide_rows(made):
    made["S"].row_dimensions[3].hidden = True
    made["S"].column_dimensions["D"].hidden = True


def _merge(*ranges):
    def change(made):
        for sheet in made.worksheets:
            for cells in ranges:
                sheet.merge_cells(cells)

    return change


def _chart_sheet(made):
    made.create_chartsheet("Chart")


DAY = datetime.date(2026, 3, 4)
BUILT = {
    "utf16.csv": ("\ufeff" + TEXT).encode("utf-16-le"),
    "utf16_big_no_mark.txt": "smiles\tname\tIC50 (µM)\nCCO\tethanol\t12\nOc1ccccc1\tphénol\t>3\n".encode(
        "utf-16-be"
    ),
    "semicolons.csv.gz": gzip.compress(
        b"smiles;name;pIC50\nCCO;ethanol;4,1\nOc1ccccc1;phenol;5,25\n", mtime=0
    ),
    "gzipped_called.csv": gzip.compress(TEXT.encode(), mtime=0),
    "records.sdf.gz": gzip.compress((Path(__file__).parent / "files/plain.sdf").read_bytes(), mtime=0),
    "several.zip": packed({
        "compounds.csv": "Compound,SMILES\nethanol,CCO\nphenol,Oc1ccccc1\n",
        "run1/results.tsv": "Compound\tIC50 (nM)\nethanol\t10\nphenol\t>1000\n",
        "readme.pdf": b"%PDF-1.4 \x00\x01\x02",
        "__MACOSX/run1/._results.tsv": b"\x00\x05\x16\x07",
        "run1/.DS_Store": b"\x00\x00\x00\x01Bud1",
    }),
    "folders.zip": packed({
        "a/data.csv": "smiles,pIC50\nCCO,4.1\n",
        "b/data.csv": "smiles,pIC50\nOc1ccccc1,5.2\n",
        "c/note.md": "nothing",
    }),
    "zip_in_zip.zip": packed({
        "good.csv": "smiles,pIC50\nCCO,4.1\n",
        "inner.zip": packed({"x.csv": "smiles,pIC50\nCCO,9\n"}),
    }),
    "typed.parquet": parquet(
        smiles=pa.array(["CCO", "Oc1ccccc1", None]).dictionary_encode(),
        name=["ethanol", "phenol", "nobody"],
        pIC50=pa.array([decimal.Decimal("4.10"), decimal.Decimal("5.25"), None], pa.decimal128(6, 2)),
        n=pa.array([1, None, 3], pa.int16()),
        day=[DAY, None, DAY],
        ok=[True, None, False],
    ),
    "narrow_floats.parquet": parquet(
        smiles=["CCO", "Oc1ccccc1"],
        pIC50=pa.array([4.1, 5.25], pa.float32()),
        logD=pa.array([1.5, float("nan")]),
    ),
    "lists.parquet": parquet(
        smiles=["CCO", "Oc1ccccc1"], pIC50=[[4.1, 4.2], [5.25]], note=[{"a": 1}, {"a": 2}]
    ),
    "hidden_sheets.xlsx": book(
        _hide_sheet,
        Results=[HEADER, [*ETHANOL, 10]],
        old=[HEADER, [*PHENOL, 20]],
        secret=[HEADER, [*TOLUENE, 30]],
    ),
    "hidden_rows.xlsx": book(
        _hide_rows, S=[[*HEADER, "Lot"], [*ETHANOL, 10, "a"], [*PHENOL, 20, "b"], [*TOLUENE, 30, "c"]]
    ),
    "formulas_computed.xlsx": with_sheet_xml(
        sheet_xml(
            [inline("Compound"), inline("SMILES"), inline("IC50 (nM)")],
            [inline("ethanol"), inline("CCO"), ("", "<f>5*2</f><v>10</v>")],
            [inline("phenol"), inline("Oc1ccccc1"), ('t="str"', '<f>">"&amp;1000</f><v>&gt;1000</v>')],
            [inline("toluene"), inline("Cc1ccccc1"), ('t="e"', "<f>1/0</f><v>#DIV/0!</v>")],
        )
    ),
    "formulas_never_computed.xlsx": book(S=[HEADER, [*ETHANOL, 10], [*PHENOL, "=C2*2"]]),
    "error_cells.xlsx": book(
        S=[HEADER, [*ETHANOL, "#N/A"], [*PHENOL, "#VALUE!"], [*TOLUENE, 7], ["#REF!", "Nc1ccccc1", 5]]
    ),
    "dates_as_numbers.xlsx": book(
        S=[
            [*HEADER, "Run date"],
            [*ETHANOL, 10, (46085, "yyyy-mm-dd")],
            [*PHENOL, (datetime.datetime(2026, 3, 1), "d-mmm"), (46086, "General")],
        ]
    ),
    "percent_formats.xlsx": book(
        S=[["Compound", "SMILES", "Inhibition (%)"], [*ETHANOL, (0.5, "0%")], [*PHENOL, 12.5]]
    ),
    "qualifier_formats.xlsx": book(S=[HEADER, [*ETHANOL, (1000, '">"0')], [*PHENOL, (20, "0.00E+00")]]),
    "numbers_as_text.xlsx": book(S=[HEADER, [*ETHANOL, "10"], [*PHENOL, "> 1000"], [*TOLUENE, " 7.50 "]]),
    "names_merged_down.xlsx": book(
        _merge("A2:A3", "B2:B3"),
        S=[HEADER, [*ETHANOL, 10], [None, None, 12], [*PHENOL, 20]],
    ),
    "values_merged_down.xlsx": book(
        _merge("A2:A3", "B2:B3", "C2:C3"),
        S=[HEADER, [*ETHANOL, 11], [None, None, None], [*PHENOL, 20]],
    ),
    "header_of_two_rows.xlsx": book(
        _merge("A1:A2", "B1:B2", "C1:D1", "E1:F1"),
        S=[
            ["Compound", "SMILES", "EGFR", None, "HER2", None],
            [None, None, "IC50 (nM)", "n", "IC50 (nM)", "n"],
            [*ETHANOL, 10, 2, 500, 2],
            [*PHENOL, ">1000", 3, 30, 1],
        ],
    ),
    "units_below.xlsx": book(
        S=[["Compound", "SMILES", "IC50"], [None, None, "(nM)"], [*ETHANOL, 10], [*PHENOL, 20]]
    ),
    "stacked.xlsx": book(
        S=[
            ["EGFR"], HEADER, [*ETHANOL, 10], [], ["HER2"], ["Compound", "SMILES", "Kd (uM)"],
            [*PHENOL, 2], [*TOLUENE, ">30"],
        ]
    ),
    "many_sheets.xlsx": book(
        _chart_sheet,
        Cover=[["Report R-17"], ["by", "Ann"]],
        Results=[["Report R-17"], [], HEADER, [*ETHANOL, 10], [*PHENOL, 20]],
        Empty=[],
        Legend=[["n.d.", "not determined"], ["*", "mean of two"]],
    ),
    "far_down.xlsx": book(
        S=[*[["Example CRO", None, "Study 12"]] * 1, *[[]] * 9, ["Client:", "Example Bio"],
           [None, None, *HEADER], [None, None, *ETHANOL, 10], [], [None, None, *PHENOL, 20],
           [None, None, "Mean", None, 15]]
    ),
    "ids_are_numbers.xlsx": book(S=[["ID", "SMILES", "pIC50"], [1001, "CCO", 4.1], [1002.0, "Oc1ccccc1", 5.2]]),
    "one_name_two_structures.xlsx": book(
        C=[["Compound", "SMILES"], ETHANOL, ["ethanol", "Cc1ccccc1"], PHENOL],
        R=[["Compound", "IC50 (nM)"], ["ethanol", 10], ["phenol", 20]],
    ),
    "on_its_side.xlsx": book(
        S=[["Compound", "ethanol", "phenol"], ["SMILES", "CCO", "Oc1ccccc1"], ["IC50 (nM)", 10, ">1000"]]
    ),
    "line_break_in_header.xlsx": book(S=[["Compound\nID", "SMILES", "IC50\n(nM)"], [*ETHANOL, 10], [*PHENOL, 20]]),
    "xlsx_called.csv": book(S=[HEADER, [*ETHANOL, 10]]),
    "xlsx_called.xls": book(S=[HEADER, [*ETHANOL, 10]]),
    "header_only.xlsx": book(S=[HEADER]),
    "empty.xlsx": book(S=[]),
    "true_and_false.xlsx": book(S=[[*HEADER, "Active"], [*ETHANOL, 10, True], [*PHENOL, 20, False]]),
}  # fmt: skip
"""File name -> content."""
