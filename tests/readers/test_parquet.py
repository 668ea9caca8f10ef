# SPDX-License-Identifier: Apache-2.0
"""Parquet tables: typed cells become text, and no digit is lost."""

import datetime
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.registry import build


def packed(**columns):
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


def read(content):
    return build("readers", "parquet", {}).read(RawFile(name="a.parquet", content=content))


def test_typed_cells_become_text():
    (table,) = read(
        packed(
            smiles=["CCO", None],
            value=[0.1 + 0.2, float("nan")],
            n=[7, None],
            day=[datetime.date(2026, 3, 4), None],
            ok=[True, False],
        )
    )
    assert table.columns == ("smiles", "value", "n", "day", "ok")
    assert table.rows[0] == (1, ("CCO", "0.30000000000000004", "7", "2026-03-04", "TRUE"))
    assert table.rows[1] == (2, ("", "nan", "", "", "FALSE"))


def test_many_honest_cells_in_few_bytes_are_read():
    n = 300_000
    content = packed(well=["A1", "A2", "A3"] * (n // 3), value=[0.5, 1.5, 2.5] * (n // 3))
    assert len(content) < 100_000
    (table,) = read(content)
    assert len(table.rows) == n


def test_two_columns_of_one_name_are_told_apart():
    content = io.BytesIO()
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["x", "x"])
    pq.write_table(table, content)
    assert read(content.getvalue())[0].columns == ("x", "x #2")


@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1", b"PAR1 nothing PAR1", packed(x=["a"])[:-20], packed(x=pa.array([], "string"))],
)
def test_what_is_no_table_with_rows_is_refused(content):
    assert read(packed(x=["a"]))
    with pytest.raises(DataError):
        read(content)
