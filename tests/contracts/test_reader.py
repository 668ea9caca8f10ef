# SPDX-License-Identifier: Apache-2.0
"""What every reader promises, asked of each one on the shelf."""

import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from loopwright.core.errors import DataError
from loopwright.core.ports import Reader
from loopwright.core.values import RawFile
from loopwright.registry import build, names, plugin

BUILT = {n: build("readers", n, {}) for n in names("readers")}
TEXT = [n for n in names("readers") if plugin("readers", n).examples]
EXAMPLES = [(n, e) for n in TEXT for e in plugin("readers", n).examples]
ROWS = [["smiles", "name", "pIC50"], ["CCO", "ethanol", "4.1"], ["CCN", "007", ">5"]]


def _workbook():
    made, content = Workbook(), io.BytesIO()
    for row in ROWS:
        made.active.append(row)
    made.save(content)
    return content.getvalue()


def _parquet():
    content = io.BytesIO()
    names_, *rows = ROWS
    pq.write_table(pa.table(dict(zip(names_, zip(*rows, strict=True), strict=True))), content)
    return content.getvalue()


BINARY = {"xlsx": _workbook(), "parquet": _parquet()}
"""Files of the formats that no text on a name plate can show."""

FILES = [*((n, e.encode()) for n, e in EXAMPLES), *BINARY.items()]


def _read(name, content):
    (table,) = BUILT[name].read(RawFile(name=f"x.{name}", content=content))
    return table


@pytest.mark.parametrize("name", names("readers"))
def test_a_reader_fits_its_socket_and_names_its_endings(name):
    reader = BUILT[name]
    assert isinstance(reader, Reader)
    assert reader.suffixes and all(s == s.lower() and s[0] == "." for s in reader.suffixes)
    assert plugin("readers", name).examples or name in BINARY


@pytest.mark.parametrize(("name", "content"), FILES)
def test_a_reader_claims_its_own_files_before_all_others_and_no_file_beyond_1(name, content):
    file = RawFile(name=f"x{BUILT[name].suffixes[0]}", content=content)
    claims = {n: reader.claims(file) for n, reader in BUILT.items()}
    assert all(0 <= claim <= 1 for claim in claims.values())
    assert [n for n, claim in claims.items() if claim == max(claims.values())] == [name]


@pytest.mark.parametrize("name", names("readers"))
@given(content=st.binary(max_size=300))
def test_a_reader_looks_at_any_bytes_without_an_error(name, content):
    assert 0 <= BUILT[name].claims(RawFile(name="x", content=content)) <= 1


@pytest.mark.parametrize(("name", "content"), FILES)
def test_a_reader_gives_one_text_per_column_in_every_row(name, content):
    table = _read(name, content)
    assert table.rows and not table.faults
    assert len(set(table.columns)) == len(table.columns)
    assert all(len(cells) == len(table.columns) for _, cells in table.rows)
    numbers = [n for n, _ in table.rows]
    assert numbers == sorted(set(numbers)) and numbers[0] >= 1


@pytest.mark.parametrize("encode", [lambda b: b, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_reader_reads_the_same_table_from_every_encoding(name, example, encoding, encode):
    assert _read(name, encode(example.encode(encoding))) == _read(name, example.encode())


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_reader_does_not_care_how_lines_end(name, example, ending):
    assert _read(name, example.replace("\n", ending).encode()) == _read(name, example.encode())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="no bytes"),
        pytest.param(b"  \n\n", id="blanks"),
        pytest.param(b"\0" * 50, id="zeros"),
        pytest.param(b"\xef\xbb\xbf", id="a byte order mark alone"),
        pytest.param(gzip.compress(b"", mtime=0), id="a packed nothing"),
    ],
)
@pytest.mark.parametrize("name", names("readers"))
def test_a_file_without_content_is_refused(name, content):
    assert _read(name, dict(FILES)[name]).rows
    with pytest.raises(DataError):
        _read(name, content)


@pytest.mark.parametrize("name", TEXT)
def test_a_file_that_is_cut_off_in_its_packing_is_refused(name):
    packed = gzip.compress(plugin("readers", name).examples[0].encode())
    assert _read(name, packed).rows
    with pytest.raises(DataError, match="damaged"):
        _read(name, packed[:-12])


@pytest.mark.parametrize("name", names("readers"))
@given(
    content=st.binary(max_size=300)
    | st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace"))
)
def test_whatever_the_bytes_a_reader_returns_a_table_or_a_data_error(name, content):
    try:
        table = _read(name, content)
    except DataError:
        return
    assert all(len(cells) == len(table.columns) for _, cells in table.rows)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
@given(data=st.data())
def test_a_file_with_damage_anywhere_is_read_or_refused(name, example, data):
    content = bytearray(example.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + 1] = data.draw(st.binary(max_size=3))
        if not content:
            break
    try:
        table = _read(name, bytes(content))
    except DataError:
        return
    assert all(len(cells) == len(table.columns) for _, cells in table.rows)


@pytest.mark.parametrize("name", BINARY)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_binary_file_with_damage_anywhere_is_read_or_refused(name, data):
    """Fewer examples than for text: each is read by a process of its own."""
    content = bytearray(BINARY[name])
    place = data.draw(st.integers(0, len(content) - 1))
    content[place : place + 1] = data.draw(st.binary(max_size=3))
    try:
        table = _read(name, bytes(content))
    except DataError:
        return
    assert all(len(cells) == len(table.columns) for _, cells in table.rows)
