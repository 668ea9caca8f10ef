# SPDX-License-Identifier: Apache-2.0
"""What fuzzing found, each as small as it could be made."""

import io
import json
import time
import zipfile

import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.loop.tabling import read_tables
from loopwright.registry import build, names

RECORDS = '[{"smiles": "CCO", "name": "%s", "%s": "5"}]'
ASM = json.dumps({
    "x aggregate document": {
        "measurement document": {
            "sample identifier": "%s",
            "absorbance": {"value": 1.0, "unit": "mAU"},
            "error aggregate document": {"error document": {"error": "the lamp is off %s"}},
        }
    }
})  # fmt: skip


def texts(tables):
    for _, table in tables:
        yield from table.columns
        yield from (text for _, text in table.notes)
        yield from (cell for _, cells in table.rows for cell in cells)
        yield from (q.value + q.reason for q in table.faults)


@pytest.mark.parametrize("pattern", [RECORDS, ASM], ids=["records", "an Allotrope document"])
@pytest.mark.parametrize(
    ("given", "kept"),
    [("\\ud800", "\ufffd"), ("a\\udc00b", "a\ufffdb"), ("\\ud83e\\uddea", "\U0001f9ea")],
    ids=["the first half", "the second half", "both halves of a pair"],
)
def test_half_a_surrogate_pair_becomes_a_character_that_can_be_written_down(pattern, given, kept):
    file = RawFile(name="a.json", content=(pattern % (given, given)).encode())
    told = [*texts(read_tables(file))]
    assert kept in told and sum(kept in text for text in told) >= 2
    assert all(text.encode() for text in told if text)


def packed(method):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/workbook.xml", '<sheet name="Workbench data"/>' * 20)
    return content.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2], ids=["LZMA", "BZIP2"])
def test_a_look_at_a_workbook_packed_unusually_and_damaged_raises_nothing(method):
    reader = build("readers", "instruments", {})
    usual = RawFile(name="a.xlsx", content=packed(zipfile.ZIP_DEFLATED))
    assert reader.claims(usual) == 1.0, "it is an export of MSD's Workbench"
    whole = packed(method)
    for place in range(len(whole)):
        damaged = whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :]
        file = RawFile(name="a.xlsx", content=damaged)
        assert all(0.0 <= build("readers", n, {}).claims(file) <= 1.0 for n in names("readers"))
    with pytest.raises(DataError, match="packed in a way that is not opened"):
        read_tables(RawFile(name="a.xlsx", content=whole))


def quantities(n):
    return {f"q{i}": {"value": 1.0, "unit": "mAU"} for i in range(n)}


def errors(n):
    listed = [{"error": f"it failed {i}", "error feature": f"q{i}"} for i in range(n)]
    return {"error aggregate document": {"error document": listed}}


def samples(n):
    return [{"sample document": {"sample identifier": f"S{i}"}, **quantities(1)} for i in range(n)]


def chain(n):
    def calculated(k):
        source = {"data source identifier": f"c{k + 1}"}
        return {
            "calculated data name": "Mean",
            "calculated data identifier": f"c{k}",
            "calculated result": {"value": 1.0, "unit": "mAU"},
            "data source aggregate document": {"data source document": [source]},
        }

    return {"calculated data document": [calculated(k) for k in range(n)]}


CROWDS = {
    "as many values as errors in one measurement": lambda n: {
        "measurement document": {"sample document": {"sample identifier": "S"}}
        | quantities(n)
        | errors(n)
    },
    "errors above as many measurements": lambda n: errors(n) | {"measurement document": samples(n)},
    "values calculated from each other": lambda n: {
        "measurement document": samples(1),
        "calculated data aggregate document": chain(n),
    },
    "as many words as values": lambda n: {
        "measurement document": quantities(n)
        | {"custom information document": {f"key {i}": "a word" for i in range(n)}}
    },
}


@pytest.mark.parametrize("name", CROWDS)
def test_an_allotrope_document_takes_no_time_by_the_square_of_its_size(name):
    """2,000 errors beside 2,000 values took 22 s before, and four times that for twice as many."""

    def read(n):
        made = {"x aggregate document": CROWDS[name](n)}
        return read_tables(RawFile(name="a.json", content=json.dumps(made).encode()))

    assert sum(len(table.rows) + len(table.faults) for _, table in read(5)) >= 1
    begun = time.perf_counter()
    try:
        read(5_000)
    except DataError as ex:
        assert "more than" in ex.what and ex.where == "a.json"
    assert time.perf_counter() - begun < 10.0
