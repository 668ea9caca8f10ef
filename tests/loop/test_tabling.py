# SPDX-License-Identifier: Apache-2.0
"""Files of many tables: all rows are accounted for, and names lead across sheets."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.data.whose import Register
from loopwright.loop.tabling import guessed, only_table, read_tables, take_tables
from loopwright.registry import build, plugin

MOLECULES = build("modalities", "molecules", {})


def book(**sheets):
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    made.save(content)
    return RawFile(name="a.xlsx", content=content.getvalue())


def archive(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, text in files.items():
            made.writestr(name.replace("_", "."), text)
    return RawFile(name="a.zip", content=content.getvalue())


def take(file):
    return take_tables(file, guessed, "molecules", MOLECULES, campaign="c", register=Register())[1]


RESULTS = [["name", "IC50 (nM)"], ["a", 5], ["b", ">10"], ["nobody", 7]]
COMPOUNDS = [["name", "smiles"], ["a", "CCO"], ["b", "CCN"]]


def test_a_sheet_of_results_finds_its_structures_in_another_sheet_wherever_that_stands():
    for sheets in ({"R": RESULTS, "C": COMPOUNDS}, {"C": COMPOUNDS, "R": RESULTS}):
        intake = take(book(**sheets))
        by_name = {c.name: c.id for c in intake.candidates}
        told = {
            m.candidate_id: (m.standard_relation, m.standard_value) for m in intake.measurements
        }
        assert told == {by_name["a"]: ("=", 5.0), by_name["b"]: (">", 10.0)}
        assert {m.source_sheet for m in intake.measurements} == {"R"}
        assert [(q.sheet, q.row) for q in intake.quarantine] == [("R", 4)]
        assert intake.n_rows == 5


def test_a_name_that_two_structures_bear_leads_to_neither():
    twice = [["name", "smiles"], ["a", "CCO"], ["a", "CCN"], ["b", "CCC"]]
    intake = take(book(C=twice, R=RESULTS))
    assert [m.standard_value for m in intake.measurements] == [10.0]


def test_the_same_cells_on_two_sheets_are_two_measurements():
    rows = [["smiles", "IC50 (nM)"], ["CCO", 5]]
    intake = take(book(run1=rows, run2=rows))
    assert len({m.measurement_id for m in intake.measurements}) == 2


def test_a_sheet_without_meaning_is_quarantined_row_by_row():
    intake = take(book(C=COMPOUNDS, Plan=[["week", "who"], ["1", "Ann"], ["2", "Bob"]]))
    assert (intake.n_rows, intake.n_quarantined) == (4, 2)
    assert {(q.sheet, q.row) for q in intake.quarantine} == {("Plan", 2), ("Plan", 3)}
    with pytest.raises(DataError, match="names a candidate"):
        take(book(Plan=[["week", "who"], ["1", "Ann"]]))


def test_an_archive_is_read_member_by_member_and_a_strange_one_is_named():
    intake = take(
        archive(c_csv="smiles,name\nCCO,a\nCCN,b\n", r_csv="name,IC50 (nM)\na,5\n", x_pdf="%PDF")
    )
    assert [m.source_sheet for m in intake.measurements] == ["r.csv"]
    assert [(q.sheet, q.row) for q in intake.quarantine] == [("x.pdf", 0)]
    assert intake.n_rows == 4 and intake.n_quarantined == 1
    with pytest.raises(DataError, match="pdf"):
        take(archive(x_pdf="%PDF"))


def test_one_table_is_asked_for_and_several_are_refused_by_name():
    assert only_table(book(C=COMPOUNDS)).rows
    with pytest.raises(DataError, match="C, R"):
        only_table(book(C=COMPOUNDS, R=RESULTS))


DOCUMENT = plugin("readers", "instruments").examples[0]


@pytest.mark.parametrize(
    ("name", "content", "reader"),
    [
        pytest.param("a.csv", b"smiles,pIC50\nCCO,5\n", "csv", id="a table"),
        pytest.param("a.dat", b"smiles\tpIC50\nCCO\t5\nCCN\t6\n", "csv", id="an unknown ending"),
        pytest.param("a.xls", b"smiles\tpIC50\nCCO\t5\nCCN\t6\n", "csv", id="text called xls"),
        pytest.param("a.csv", book(C=COMPOUNDS).content, "xlsx", id="a workbook called csv"),
        pytest.param("a.txt", DOCUMENT.encode(), "instruments", id="a document called txt"),
        pytest.param("a.json", DOCUMENT.encode(), "instruments", id="a document"),
        pytest.param("a.smi", b"CCO a\nCCN b\n", "smi", id="lines of SMILES"),
    ],
)
def test_the_reader_is_picked_by_what_is_in_the_file(name, content, reader):
    tables = read_tables(RawFile(name=name, content=content))
    assert {found for found, _ in tables} == {reader}
    assert all(table.rows for _, table in tables)


def test_a_file_that_nobody_knows_is_refused_with_all_endings():
    with pytest.raises(DataError, match=r"No reader knows the ending '\.pdf'") as caught:
        read_tables(RawFile(name="a.pdf", content=b"%PDF-1.7 and so on"))
    assert ".csv" in caught.value.remedy and ".json" in caught.value.remedy


def test_instrument_files_in_an_archive_are_read_among_the_others():
    file = archive(c_csv="smiles,name\nCCO,a\nCCN,b\n", r_json=DOCUMENT)
    nobody_to_ask = Register(is_open=True)
    taken, intake = take_tables(
        file, guessed, "molecules", MOLECULES, campaign="c", register=nobody_to_ask
    )
    assert [one.reader for one in taken] == ["csv", "instruments"]
    (m,) = intake.measurements
    assert (m.source_sheet, m.standard_type, m.standard_value) == ("r.json", "absorbance", 0.5)
    assert (m.plate_id, m.well, m.sample_id) == ("P-1", "A1", "S-1")


def test_wells_of_a_plate_drawn_in_a_workbook_are_taken_one_by_one():
    rows = [["", *range(1, 13)], *([letter, *range(12)] for letter in "ABCDEFGH")]
    file = book(Layout=[["name", "smiles"], ["a", "CCO"]], Read=rows)
    ((_, compounds), (_, plate)) = read_tables(file)
    assert compounds.sheet == "Layout" and plate.sheet == "Read"
    told = {cells["well"]: cells["value"] for _, cells in plate}
    assert len(told) == 96 and told["H12"] == "11"
