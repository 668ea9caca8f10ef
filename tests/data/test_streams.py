# SPDX-License-Identifier: Apache-2.0
"""A Parquet table row by row: the cells of its reader, within limits, whatever the file does."""

import os
import signal
import time
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.data import apart
from loopwright.data.apart import pour_apart
from loopwright.data.parquet_parts import pour_parquet
from loopwright.data.streams import LONG, format_of, open_stream
from loopwright.data.text import MAX_CELL
from loopwright.registry import build

TYPED = {
    "smiles": ["CCO", None, "CC"],
    "value": [0.1 + 0.2, float("nan"), 1e300],
    "single": pa.array([0.1, None, 2.5], pa.float32()),
    "ok": [True, False, None],
    "many": [[1, 2], None, []],
    " two  words": ["a", "b", "c"],
}


@pytest.fixture
def written(tmp_path):
    """Writes columns, some rows to a group; returns where."""

    def write(columns, **options):
        path = tmp_path / "t.parquet"
        pq.write_table(pa.table(columns), path, **options)
        return path

    return write


def test_the_cells_of_a_stream_are_those_of_the_reader(written):
    path = written(TYPED, row_group_size=2)
    (table,) = build("readers", "parquet", {}).read(
        RawFile(name=path.name, content=path.read_bytes())
    )
    stream = open_stream(path, format_of(path, path.name))
    rows = [row.cells for row in stream.open_rows()]
    assert rows == [cells for _, cells in table.rows] and len(rows) == 3
    assert stream.columns[-1] == " two  words" and table.columns[-1] == "two words"
    assert stream.head(2).rows == tuple(table.rows[:2])
    assert [row.cells for row in stream.rows_of([3, 0])] == [(c[3], c[0]) for c in rows]
    assert [row.cells for row in stream.rows_of([])] == [()] * 3


def test_columns_of_one_name_are_told_apart_by_their_place(tmp_path):
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["x", "x"])
    pq.write_table(table, tmp_path / "t")
    assert format_of(tmp_path / "t", "t") == "parquet"
    stream = open_stream(tmp_path / "t", "parquet")
    assert [row.cells for row in stream.rows_of([1])] == [("b",)]
    assert [row.cells for row in stream.open_rows()] == [("a", "b")]


def test_a_giant_cell_is_a_row_with_a_problem_and_the_rest_is_read(written):
    texts = ["C"] * 30_000
    texts[12_345] = "C" * 20_000_000
    rows = list(open_stream(written({"smiles": texts}), "parquet").open_rows())
    assert len(rows) == 30_000
    assert [i for i, row in enumerate(rows) if row.problem] == [12_345]
    assert rows[12_345].problem == LONG and len(rows[12_345].cells[0]) == MAX_CELL


def test_rows_of_much_text_come_whole_in_several_parts(written):
    texts = [str(i % 10) * 9_000 for i in range(3_000)]
    path = written({"smiles": texts})
    parts = list(pour_apart(pour_parquet, path, "all"))[1:]
    assert len(parts) > 2 and max(sum(map(len, p["cells"][0])) for p in parts) <= 8_100_000
    assert [cell for part in parts for cell in part["cells"][0]] == texts


def test_a_table_without_rows_is_a_stream_without_rows(written):
    stream = open_stream(written({"smiles": pa.array([], "string")}), "parquet")
    assert stream.columns == ("smiles",) and not list(stream.open_rows())


def test_damage_in_the_middle_is_told_where_it_is_met_and_nothing_before_is_lost(written):
    texts = [f"{'C' * (i % 50)}N{i}" for i in range(60_000)]
    path = written({"smiles": texts}, row_group_size=20_000, compression="snappy")
    content = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(2).column(0).data_page_offset
    content[start : start + 400] = b"\xff" * 400
    path.write_bytes(content)
    seen = []
    with pytest.raises(DataError, match=r"damaged|ended with code") as ex:
        seen.extend(row.cells[0] for row in open_stream(path, "parquet").open_rows())
    assert ex.value.where == path.name
    assert seen == texts[: len(seen)] and 20_000 <= len(seen) <= 40_000


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 nothing PAR1", b"text"])
def test_what_is_no_table_is_refused(tmp_path, content):
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(DataError):
        open_stream(tmp_path / "a.parquet", "parquet")


def test_the_same_over_and_over_again_is_refused_before_it_is_unpacked(written):
    path = written({"smiles": pa.array(["C"]).take(pa.array([0] * 3_000_000))})
    assert path.stat().st_size < 100_000
    with pytest.raises(DataError, match="the same over again"):
        open_stream(path, "parquet")


def test_a_process_that_is_killed_is_a_refusal_here(written, monkeypatch):
    path = written({"smiles": [f"{'C' * (i % 90)}N{i}" for i in range(200_000)]})
    started = []
    popen = apart.subprocess.Popen

    def noted(*args, **options):
        started.append(popen(*args, **options))
        return started[-1]

    monkeypatch.setattr(apart.subprocess, "Popen", noted)
    rows = open_stream(path, "parquet").open_rows()
    assert len(list(islice(rows, 5))) == 5
    os.kill(started[-1].pid, signal.SIGKILL)
    with pytest.raises(DataError, match="ended with code"):
        list(rows)
    assert all(process.poll() is not None for process in started)


def test_who_stops_asking_ends_the_process(written):
    path = written({"smiles": [f"{'C' * (i % 90)}N{i}" for i in range(200_000)]})
    parts = pour_apart(pour_parquet, path, "all")
    next(parts)
    process = parts.gi_frame.f_locals["process"]
    assert process.poll() is None
    parts.close()
    assert process.poll() is not None


def test_a_part_that_takes_too_long_is_refused(tmp_path, monkeypatch):
    body = "import time\ndef pour(path):\n    yield 1\n    time.sleep(600)\n    yield 2\n"
    (tmp_path / "slow_pour.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)

    def pour(path):
        raise AssertionError("runs in the other process only")

    pour.__module__ = "slow_pour"
    parts = pour_apart(pour, tmp_path / "x", seconds=5.0)
    begun = time.monotonic()
    assert next(parts) == 1
    with pytest.raises(DataError, match="more than 5 s"):
        next(parts)
    assert time.monotonic() - begun < 60


def test_the_memory_of_the_process_is_limited(written):
    path = written({"smiles": [os.urandom(200_000).hex() for _ in range(300)]}, compression="none")
    assert len(list(pour_apart(pour_parquet, path, "all"))) > 1
    with pytest.raises(DataError, match=r"memory|MB"):
        list(pour_apart(pour_parquet, path, "all", mb=50))
