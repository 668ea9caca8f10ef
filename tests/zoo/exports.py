# SPDX-License-Identifier: Apache-2.0
"""What instruments write, in few words: for tests and for fuzzing."""

import io
import json
import zipfile

from openpyxl import Workbook

NANODROP = (
    "Application:\tRNA\nSerial Number:\t1234\nUser Name:\tAnn\n"
    "Date\tTime\tSample ID\tLocation\tng/µL\tA260/A280\tA260\tA280\n"
    "2026-03-04\t10:00\tS-1\tA\t40.5\t2.07\t1.0\t0.5\n"
)
CELLS = (
    "Sample ID,Cell count,Viable cells,Total (x10^6) cells/mL,Viable (x10^6) cells/mL,"
    "Viability (%),Average diameter (μm),Average viable diameter (μm),Average circularity,"
    "Average viable circularity,Average cells per image,Average background intensity,"
    "Bubble count,Cluster count,Images for analysis,Analysis date/time,Cell type,Dilution,"
    "Minimum Diameter (μm),Maximum Diameter (μm),Analysis by,Comment\n"
    "S-1,100,90,1.5,1.35,90.0,15.4,15.5,0.9,0.91,5,60,0,1,100,"
    "2026-03-04 10:00:00,CHO,1,6,50,Ann,\n"
)
SOFTMAX = (
    "##BLOCKS= 1\n"
    "Plate:\tP-1\t1.3\tPlateFormat\tEndpoint\tAbsorbance\tRaw\tFALSE\t1\t\t\t\t\t\t"
    "1\t450 \t1\t2\t6\t1\t2\n"
    "\tTemperature(C)\t1\t2\t3\t\n"
    "\t21.5\t0.11\t0.12\t0.13\t\n"
    "\t\t0.21\t0.22\t0.23\t\n"
    "~End\n"
    "Original Filename: p; Date Last Saved: 3/4/2026 10:00:00 AM\n"
)


def workbook(title, *rows):
    """A workbook of one sheet."""
    made, content = Workbook(), io.BytesIO()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    made.save(content)
    return content.getvalue()


def packed(**files):
    """A zip archive of name -> text."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(zipfile.ZipInfo(name.replace("_", "."), (2026, 3, 4, 0, 0, 0)), text)
    return content.getvalue()


def quantity(value, unit="mAU"):
    return {"value": value, "unit": unit}


SAMPLE = {"location identifier": "A1", "well plate identifier": "P-1", "sample identifier": "S-1"}
CUBE = {
    "label": "melt",
    "cube-structure": {
        "dimensions": [{"concept": "elapsed time", "unit": "s"}],
        "measures": [{"concept": "resonance", "unit": "RU"}],
    },
    "data": {"dimensions": [[0.0, 1.5]], "measures": [[7.0, None]]},
}
MEASUREMENT = {
    "measurement identifier": "m-1",
    "sample document": SAMPLE,
    "absorbance": quantity(-0.0),
    "melt data cube": CUBE,
    "error aggregate document": {
        "error document": [{"error": "< 80", "error feature": "absorbance"}]
    },
}
CALCULATED = {
    "calculated data name": "Mean",
    "calculated data identifier": "c-1",
    "calculated result": quantity(0.5, "(unitless)"),
    "data source aggregate document": {"data source document": [{"data source identifier": "m-1"}]},
}
DOCUMENT = {
    "$asm.manifest": "plate-reader",
    "plate reader aggregate document": {
        "plate reader document": [
            {"measurement aggregate document": {"measurement document": [MEASUREMENT]}}
        ],
        "calculated data aggregate document": {"calculated data document": [CALCULATED]},
        "data system document": {"ASM converter name": "allotropy_x"},
    },
}
"""An Allotrope document with everything that the reader looks for."""

SEEDS = (
    json.dumps(DOCUMENT).encode(),
    NANODROP.encode(),
    CELLS.encode(),
    SOFTMAX.encode(),
    SOFTMAX.encode("utf-16"),
    b"User: Ann,Path: C,Test run no.: 7\nTest name: ELISA\nWell,Content,Raw\nA01,Sample X1,0.5\n",
    b"* Block Type = 96-Well\n* Chemistry = TAQMAN\n\n[Sample Setup]\nWell\tWell Position\n1\tA1\n",
    b"Run ID,1\n[EXCEPTIONS]\nSource Well,Survey\nA1,5\n[DETAILS]\nSource Well\nB1\n",
    b"=====Data=====\nWell,Result\nA1,0.5\nExported with Kaleido\n",
    b"<FileInformation/><ScreenTapes><Samples><Sample/></Samples></ScreenTapes>",
    b'<Root><PlateDimensions Rows="8"/><Wells><Well RowNo="1"><Samples/></Well></Wells></Root>',
    b'<Workspace version="1" name="FlowJo"><SampleList/></Workspace>',
    b'{"injections": [], "results": [{"values": {"a": 1}}]}',
    b'{"fields": [{"name": "Area"}], "values": {}}',
    workbook("Sheet1", ["Test Name", "Test Date", "Green RFU"], ["S-1", "2026-03-04", 10.5]),
    workbook("Nucleic Acid", ["Date", "Sample Name", "Nucleic Acid(ng/uL)", "A260/A280"],
             ["3/4/2026", "S-1", 40.5, 1.9]),
    packed(a_acaml="<Doc/>"),
    packed(x_summary_csv="Instrument,Plate\n", Result_xml="<a/>", a_zip="PK"),
)  # fmt: skip
"""Files of every container that the reader knows."""
