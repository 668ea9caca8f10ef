# SPDX-License-Identifier: Apache-2.0
"""A parser apart can neither hang, nor fill the memory, nor crash whoever asked it."""

import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.apart import limit_memory, pour_apart, read_apart
from loopwright.data.archive import members
from loopwright.data.parquet_parts import ALL, pour_parquet

FILE = RawFile(name="a.bin", content=b"two words")
GOOD = RawTable(
    columns=("a", "b"),
    rows=((2, ("two", "words")),),
    faults=(Quarantined(row=3, column="a", value="\ud800", reason="why", remedy="how"),),
    sheet="s",
    notes=((1, "title"),),
)


@pytest.fixture
def parser(tmp_path, monkeypatch):
    """Makes a parser in a module of its own, from the lines of its body."""

    def make(body):
        (tmp_path / "foreign_parser.py").write_text(f"def parse(file):\n    {body}\n")
        monkeypatch.syspath_prepend(tmp_path)

        def parse(file):
            raise AssertionError("runs in the other process only")

        parse.__module__ = "foreign_parser"
        return parse

    return make


def test_tables_come_back_as_they_were(parser):
    body = (
        "from loopwright.core.values import Quarantined, RawTable;"
        "q = Quarantined(row=3, column='a', value='\\ud800', reason='why', remedy='how');"
        "return (RawTable(columns=('a', 'b'), rows=((2, tuple(file.content.decode().split())),),"
        "faults=(q,), sheet='s', notes=((1, 'title'),)),)"
    )
    parse = parser(body)
    assert read_apart(parse, FILE) == (GOOD,)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("import os; os._exit(7)", "ended with code 7"),
        ("raise ValueError('no such record')", "no such record"),
        ("x = bytearray(3_000_000_000); return ()", "memory"),
        ("import os; os.kill(os.getpid(), 11)", "ended with code -11"),
    ],
)
def test_whatever_happens_over_there_is_a_refusal_here(parser, body, told):
    with pytest.raises(DataError, match=told) as caught:
        read_apart(parser(body), FILE)
    assert caught.value.where == "a.bin" and caught.value.remedy


def test_an_answer_too_large_to_write_down_is_a_refusal_too(parser):
    body = (
        "from loopwright.core.values import RawTable; "
        "return (RawTable(columns=('a',), rows=((1, ('x' * 90_000_000,)),)),)"
    )
    with pytest.raises(DataError, match="more than 150 MB of memory"):
        read_apart(parser(body), FILE, mb=150)
    (table,) = read_apart(parser(body), FILE, mb=900)
    assert len(table.rows[0][1][0]) == 90_000_000


def test_a_parser_has_one_thread_whatever_is_set_here(parser, monkeypatch):
    """Each thread reserves room of which none need be filled, and all of it counts."""
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    body = (
        "import os, pyarrow; from loopwright.core.values import RawTable; "
        "said = (str(pyarrow.cpu_count()), str(pyarrow.io_thread_count())); "
        "return (RawTable(columns=('cpu', 'io'), rows=((1, said),)),)"
    )
    (table,) = read_apart(parser(body), FILE)
    assert table.rows == ((1, ("1", "1")),)


def test_a_parser_that_hangs_is_ended(parser):
    begun = time.monotonic()
    with pytest.raises(DataError, match="more than"):
        read_apart(parser("import time; time.sleep(600)"), FILE, seconds=1.0)
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_archive_with_files_is_refused(content):
    with pytest.raises(DataError):
        members(RawFile(name="a.zip", content=content))


def test_a_parquet_table_of_any_length_takes_the_memory_of_a_part(tmp_path):
    """90 MB in the file, in 60 MB of memory."""
    path = tmp_path / "long.parquet"
    rng = np.random.default_rng(0)
    schema = pa.schema({"a": pa.string(), "b": pa.string()})
    with pq.ParquetWriter(path, schema) as writer:
        for _ in range(30):
            letters = rng.integers(33, 126, (2, 20_000, 90), np.uint8).view("S90")[..., 0]
            columns = [pa.array(column.astype(str)) for column in letters]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    assert path.stat().st_size > 85e6
    parts = pour_apart(pour_parquet, path, ALL, mb=60)
    assert sum(part.get("n", 0) for part in parts) == 600_000


def test_a_process_that_reads_for_itself_is_not_limited():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit_memory(50)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
