# SPDX-License-Identifier: Apache-2.0
"""What instruments wrote comes out as they wrote it: whose value, how large, and why not."""

import copy
import gzip
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from loopwright.core.errors import DataError, MissingExtraError
from loopwright.core.values import RawFile
from loopwright.readers.instruments.words import plain_unit
from loopwright.registry import build, plugin
from loopwright.science.units import canonical

READER = build("readers", "instruments", {})
EXAMPLE = json.loads(plugin("readers", "instruments").examples[0])


def document(*measurements, calculated=(), converter="own work"):
    """A plate reader's document around measurements that the test gives."""
    made = {"measurement document": list(measurements), "measurement time": "2026-03-04T10:00:00"}
    part = {
        "plate reader document": [{"analyst": "Ann", "measurement aggregate document": made}],
        "data system document": {"ASM converter name": converter, "software name": "Reader 3"},
        "device system document": {"model number": "M-1", "equipment serial number": "77"},
    }
    if calculated:
        part["calculated data aggregate document"] = {"calculated data document": list(calculated)}
    return {"$asm.manifest": "plate-reader", "plate reader aggregate document": part}


def measurement(well="A1", **more):
    sample = {"location identifier": well, "well plate identifier": "P-1"}
    return {"sample document": sample, "measurement identifier": f"m-{well}", **more}


def quantity(value, unit="mAU"):
    return {"value": value, "unit": unit}


def calculated(name, value, *sources, unit="(unitless)", identifier="c-1"):
    listed = [{"data source identifier": s, "data source feature": "absorbance"} for s in sources]
    return {
        "calculated data name": name,
        "calculated data identifier": identifier,
        "calculated result": quantity(value, unit),
        "data source aggregate document": {"data source document": listed},
    }


def errors(*pairs):
    listed = [{"error": error, "error feature": feature} for feature, error in pairs]
    return {"error aggregate document": {"error document": listed}}


def read(made, name="a.json"):
    text = json.dumps(made) if isinstance(made, dict) else made
    content = text if isinstance(text, bytes) else text.encode()
    return READER.read(RawFile(name=name, content=content))


def cells(table):
    return [row for _, row in table]


# ---- documents
def test_a_value_knows_its_well_sample_time_analyst_and_device():
    one = measurement("A01", absorbance=quantity(0.5))
    one["sample document"] |= {"sample identifier": "S-1", "sample role type": "standard"}
    (table,) = read(document(one))
    (row,) = cells(table)
    assert (row["plate"], row["well"], row["sample"]) == ("P-1", "A1", "S-1")
    assert (row["property"], row["value"], row["unit"]) == ("absorbance", "0.5", "mAU")
    assert (row["measured at"], row["measured by"]) == ("2026-03-04T10:00:00", "Ann")
    assert (row["device"], row["sample role"], row["kind"]) == ("M-1 77", "standard", "measured")
    assert "taken for an Allotrope document" in table.notes[0][1]
    assert any("software name: Reader 3" in text for _, text in table.notes)


def test_settings_and_words_are_details_of_a_value_and_no_values():
    control = {"detector gain setting": quantity(5.0, "V"), "detection type": "Absorbance"}
    unread = {"custom information document": {"Shaker": "on", "Lid": quantity(3.0, "mm")}}
    one = measurement(
        absorbance=quantity(0.5),
        **{"device control aggregate document": {"device control document": [control]}},
        **unread,
    )
    (row,) = cells(read(document(one))[0])
    for told in ("detector gain setting: 5.0 V", "Shaker: on", "Lid: 3.0 millimetre"):
        assert told in row["details"]


def test_readings_at_two_wavelengths_are_two_assays():
    def at(wavelength):
        control = {"detector wavelength setting": quantity(wavelength, "nm")}
        listed = {"device control document": [control]}
        return measurement(
            absorbance=quantity(0.5), **{"device control aggregate document": listed}
        )

    rows = cells(read(document(at(450.0), at(540.0)))[0])
    assert [r["assay"] for r in rows] == [
        "detector wavelength setting 450.0 nanometre",
        "detector wavelength setting 540.0 nanometre",
    ]


def test_each_point_of_a_curve_is_a_row_that_says_where_on_the_axis_it_lies():
    melt = cube([[0.0, 1.5]], [7.0, None])
    (curves,) = read(document(measurement(**{"sensorgram data cube": melt})))
    assert curves.sheet == "curves"
    told = [(r["assay"], r["property"], r["value"], r["unit"]) for r in cells(curves)]
    assert told == [
        ("melt; elapsed time 0.0 s", "resonance", "7.0", "RU"),
        ("melt; elapsed time 1.5 s", "resonance", "", "RU"),
    ]


def test_a_calculated_value_belongs_to_what_all_its_sources_have_in_common():
    one, two = (measurement(w, absorbance=quantity(0.5)) for w in ("A1", "A2"))
    for m in (one, two):
        m["sample document"]["sample identifier"] = "S-1"
    third = measurement("B1", absorbance=quantity(0.7))
    mean = calculated("Mean", 0.5, "m-A1", "m-A2")
    double = calculated("Double", 1.0, "c-1", identifier="c-2")
    whole = calculated("R2", 0.99, "m-A1", "m-B1", identifier="c-3")
    (table,) = read(document(one, two, third, calculated=[double, mean, whole]))
    told = {r["property"]: r for r in cells(table) if r["kind"] == "calculated"}
    assert (told["Mean"]["sample"], told["Mean"]["well"], told["Mean"]["plate"]) == (
        "S-1",
        "",
        "P-1",
    )
    assert told["Double"]["sample"] == "S-1", "through the value that it is calculated from"
    assert "R2" not in told, "it is of no sample"
    assert any("R2: 0.99" in text for _, text in table.notes)


def cube(times, values, label="melt"):
    """A curve over time."""
    structure = {
        "dimensions": [{"concept": "elapsed time", "unit": "s"}] * len(times),
        "measures": [{"concept": "resonance", "unit": "RU"}],
    }
    return {
        "label": label,
        "cube-structure": structure,
        "data": {"dimensions": times, "measures": [values]},
    }


def test_a_curve_over_two_axes_is_a_grid():
    made = document(measurement(**{"x data cube": cube([[0, 1], [5, 6, 7]], [1, 2, 3, 4, 5, 6])}))
    told = [(r["assay"].split("; ")[1:], r["value"]) for r in cells(read(made)[0])]
    assert told[1] == (["elapsed time 0 s", "elapsed time 6 s"], "2")
    assert told[5] == (["elapsed time 1 s", "elapsed time 7 s"], "6") and len(told) == 6


def test_a_curve_whose_axis_does_not_fit_is_said_to_be_unreadable():
    whole = document(measurement(**{"x data cube": cube([[0, 1]], [1, 2])}))
    assert len(read(whole)[0].rows) == 2
    cut = document(measurement(**{"x data cube": cube([[0, 1]], [1])}))
    (table,) = read(cut)
    assert not table.rows and "'melt' cannot be read" in table.faults[0].value


# ---- what could not be measured
def test_what_stood_in_place_of_a_number_is_kept_and_never_given_a_unit():
    """The unit of the document need not be that of the report: ``< 80`` was in mg/L."""
    one = measurement(absorbance=quantity(-0.0), **errors(("absorbance", "< 80")))
    (row,) = cells(read(document(one, converter="allotropy_x"))[0])
    assert (row["value"], row["unit"]) == ("< 80", "")
    assert "unit of the document: mAU" in row["details"]
    real = measurement(absorbance=quantity(-0.0))
    (row,) = cells(read(document(real, converter="by hand"))[0])
    assert (row["value"], row["unit"]) == ("-0.0", "mAU"), "a measured zero of another converter"


def test_an_error_speaks_of_the_kind_that_it_names():
    def analyte(kit, value):
        kind = {"custom information document": {"kit": kit}}
        return {"analyte name": "protein", "mass concentration": quantity(value, "g/L"), **kind}

    listed = [analyte("Standard", -0.0), analyte("High", -0.0), analyte("Low", 5.0)]
    one = measurement(
        **{"analyte aggregate document": {"analyte document": listed}},
        **errors(("protein - Standard", "< 4"), ("protein - High", "< 40")),
    )
    rows = cells(read(document(one, converter="allotropy_x"))[0])
    assert [(r["value"], r["status"]) for r in rows] == [("< 4", ""), ("< 40", ""), ("5.0", "")]


def test_an_error_of_the_whole_measurement_stands_beside_each_of_its_values():
    one = measurement(absorbance=quantity(0.5), **errors(("", "the lamp was off")))
    two = measurement("A2", absorbance=quantity(0.6))
    rows = cells(read(document(one, two))[0])
    assert [r["status"] for r in rows] == ["the lamp was off", ""]


def test_an_error_of_a_value_that_is_not_there_is_a_row_without_a_number():
    one = measurement(absorbance=quantity(0.5), **errors(("A260/A280", "N/A")))
    rows = cells(read(document(one))[0])
    assert [(r["property"], r["value"], r["status"]) for r in rows] == [
        ("absorbance", "0.5", ""),
        ("A260/A280", "N/A", ""),
    ]


def test_an_error_without_any_value_is_a_fault():
    (table,) = read(document(measurement(**errors(("", "no plate was found")))))
    assert not table.rows
    assert "no plate was found" in table.faults[0].reason


def test_random_identifiers_are_left_out_so_that_the_same_file_gives_the_same_bytes():
    one = measurement(absorbance=quantity(0.5))
    two = copy.deepcopy(one)
    one["measurement identifier"] = "9b2f6d1e-1d5e-4c6b-9d6c-0d5c2f3a4b5c"
    two["measurement identifier"] = "11111111-2222-4333-8444-555555555555"
    assert read(document(one)) == read(document(two))
    one["sample document"]["sample identifier"] = "6a2f673f-a80a-4bfe-b797-6ec1a26d76f4"
    (row,) = cells(read(document(one))[0])
    assert row["sample"].startswith("6a2f"), "a name that the instrument gave is kept"


# ---- units
@pytest.mark.parametrize(
    ("unit", "kept"),
    [("(unitless)", "1"), ("nm", "nanometre"), ("µm", "micrometre"), ("pg/μL", "pg/uL")],
)
def test_a_length_is_never_taken_for_a_concentration(unit, kept):
    assert plain_unit(unit) == kept == canonical(kept)


@pytest.mark.parametrize(
    "unit",
    ["mAU", "RFU", "RLU", "RU", "#", "cell", "10^6 cells/mL", "mmHg", "pH", "ng/µL", "#/μL"],
)
def test_units_of_instruments_are_known(unit):
    assert canonical(plain_unit(unit))


# ---- refusals
@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(json.dumps(EXAMPLE)[:-30], "damaged", id="cut off"),
        pytest.param('{"a":' * 100_000 + "1" + "}" * 100_000, "too deep", id="nested too deep"),
        pytest.param('{"smell": 1}', "no Allotrope document", id="another JSON"),
        pytest.param(json.dumps(document(measurement())), "no measured value", id="no value"),
        pytest.param(b"FCS3.1    256    1545", "flow cytometry", id="flow cytometry events"),
        pytest.param("just a text", "No mark", id="no instrument"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(content, told):
    assert read(EXAMPLE)[0].rows
    with pytest.raises(DataError, match=told) as caught:
        read(content)
    assert caught.value.where == "a.json" and caught.value.remedy


# ---- exports of the instruments' own software
MADE = runpy.run_path(str(Path(__file__).parents[1] / "zoo" / "exports.py"))
NANODROP, CELLS, SOFTMAX = (MADE[name] for name in ("NANODROP", "CELLS", "SOFTMAX"))
EXPORTS = {
    "Thermo NanoDrop Eight": (NANODROP, ("S-1", "A", "mass concentration", "40.5", "ng/uL")),
    "Beckman Vi-CELL BLU": (CELLS, ("S-1", "", "viability (cell counter)", "90.0", "%")),
    "SoftMax Pro": (SOFTMAX, ("P-1 B3", "B3", "absorbance", "0.23", "mAU")),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_known_by_its_content_whatever_the_file_is_called(name):
    text, (sample, well, kind, value, unit) = EXPORTS[name]
    file = RawFile(name="thursday.dat", content=text.encode())
    assert READER.claims(file) == 1.0
    tables = READER.read(file)
    assert tables[0].notes[0][1] == f"taken for an export of {name}"
    told = {
        (r["sample"], r["well"], r["property"], r["value"], r["unit"])
        for t in tables
        for r in cells(t)
    }
    assert (sample, well, kind, value, unit) in told


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda t: t.encode("utf-16"), id="UTF-16 with its mark"),
        pytest.param(lambda t: t.encode("cp1252"), id="Western"),
        pytest.param(lambda t: gzip.compress(t.encode(), mtime=0), id="packed"),
    ],
)
def test_an_export_says_the_same_in_every_encoding(encode, nanodrop):
    file = RawFile(name="a.txt", content=encode(NANODROP))
    assert READER.claims(file) == 1.0
    assert READER.read(file) == nanodrop


@pytest.fixture(scope="module")
def nanodrop():
    """What the reader makes of the plain export."""
    return READER.read(RawFile(name="a.txt", content=NANODROP.encode()))


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1253"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_an_export_is_known_in_every_encoding_and_by_every_line_end(name, encoding, ending):
    text = EXPORTS[name][0].replace("µ", "u").replace("\n", ending)
    assert READER.claims(RawFile(name="x", content=text.encode(encoding))) == 1.0


def test_an_export_that_is_cut_off_is_refused_by_name():
    file = RawFile(name="a.txt", content=SOFTMAX[:95].encode())
    with pytest.raises(DataError, match="SoftMax Pro"):
        READER.read(file)


def test_without_the_library_an_export_asks_for_it_and_a_document_needs_it_not(monkeypatch):
    file = RawFile(name="a.txt", content=NANODROP.encode())
    assert READER.read(file)
    monkeypatch.setitem(sys.modules, "allotropy", None)
    with pytest.raises(MissingExtraError, match="NanoDrop") as caught:
        READER.read(file)
    assert "loopwright[instruments]" in caught.value.remedy
    assert read(EXAMPLE)[0].rows


@pytest.mark.parametrize(
    "text",
    [
        "smiles,name,pIC50\nCCO,a,5\n",
        "Sample Name,Plate ID,IC50 (nM)\na,P1,5\n",
        "compound,well,plate,value\na,A1,P1,5\n",
        "Date & Time,Sample ID,value\n1,a,5\n",
        "Run ID,compound,IC50\n1,a,5\n",
        "Plate_1,Plate_2\n1,2\n",
        "Well,Row,Signal\nA1,A,5\n",
    ],
)
def test_an_ordinary_table_is_claimed_by_no_instrument(text):
    assert READER.claims(RawFile(name="a.csv", content=NANODROP.encode())) == 1.0
    assert READER.claims(RawFile(name="a.csv", content=text.encode())) < 0.5


def test_looking_at_a_file_loads_no_foreign_parser():
    code = (
        "import sys; from loopwright.core.values import RawFile;"
        "from loopwright.loop.tabling import read_tables;"
        "read_tables(RawFile(name='a.csv', content=b'smiles,pIC50\\nCCO,5\\n'));"
        "print([m for m in ('allotropy', 'pandas', 'pyarrow.parquet', 'openpyxl')"
        " if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "allotropy" not in told.stdout and "pandas" not in told.stdout
