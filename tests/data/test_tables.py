# SPDX-License-Identifier: Apache-2.0
import csv
import io

import attrs
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, Measurement, Quarantined
from loopwright.data import tables

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
CANDIDATES = st.lists(
    st.builds(Candidate, id=TEXT.filter(bool), text=TEXT.filter(bool), name=TEXT), max_size=4
)
PLACES = st.lists(
    st.builds(
        Quarantined, row=st.integers(0, 10**9), column=TEXT, value=TEXT, reason=TEXT, remedy=TEXT
    ),
    max_size=4,
)
MEASUREMENTS = st.lists(
    st.builds(
        Measurement,
        measurement_id=TEXT, campaign_id=TEXT, modality=TEXT, candidate_id=TEXT,
        standard_type=TEXT, standard_units=TEXT, source_sha256=TEXT,
        source_row=st.integers(0, 10**9), raw=TEXT,
        standard_value=st.none() | st.floats(allow_nan=False), species=TEXT, cell_line=TEXT,
        target=TEXT, conditions=TEXT, spread=st.none() | st.floats(0, 9),
        spread_kind=st.sampled_from(["", "sd", "sem", "ci95", "range"]), spread_units=TEXT,
        n_runs=st.none() | st.integers(1, 99),
        standard_relation=st.sampled_from(["=", "<", ">", "<=", ">=", "~"]),
        status=st.sampled_from(["valid", "flagged", "excluded"]), supersedes=TEXT,
    ),
    max_size=4,
)  # fmt: skip


@given(MEASUREMENTS)
def test_measurements_survive_being_written_and_read(rows):
    content = tables.write_measurements(rows)
    assert tables.read_measurements(content) == tuple(rows)
    assert tables.write_measurements([attrs.evolve(r) for r in rows]) == content


@given(CANDIDATES)
def test_candidates_survive_being_written_and_read(rows):
    assert tables.read_candidates(tables.write_candidates(rows)) == tuple(rows)


@given(PLACES)
def test_quarantine_survives_being_written_and_read(rows):
    assert tables.read_quarantine(tables.write_quarantine(rows)) == tuple(rows)


@given(PLACES)
def test_no_cell_of_an_exported_quarantine_runs_in_a_spreadsheet(rows):
    text = tables.quarantine_csv([("=a.csv", q) for q in rows])
    exported = list(csv.reader(io.StringIO(text, newline="")))
    told = ["file", "sheet", "row", "column", "value", "reason", "remedy"]
    assert exported[0] == [*told, "corrected", "drop"]
    assert len(exported) == len(rows) + 1
    for line in exported[1:]:
        assert not any(c.lstrip(" ").startswith(("=", "+", "-", "@", "\t")) for c in line)


@pytest.mark.parametrize("content", [b"", b"no table", tables.write_candidates([])])
def test_what_is_no_such_table_is_refused(content):
    assert tables.read_measurements(tables.write_measurements([])) == ()
    with pytest.raises(DataError):
        tables.read_measurements(content)


def test_a_table_from_before_a_column_was_added_is_read_with_its_default():
    row = Measurement(
        measurement_id="m", campaign_id="c", modality="molecules", candidate_id="mol-1",
        name="A", standard_type="p", standard_value=1.0, standard_units="1", source_sha256="s",
        source_row=2,
    )  # fmt: skip
    old = pq.read_table(io.BytesIO(tables.write_measurements([row]))).drop_columns(["name"])
    sink = io.BytesIO()
    pq.write_table(old, sink, store_schema=False)
    assert tables.read_measurements(sink.getvalue()) == (attrs.evolve(row, name=""),)
    with pytest.raises(DataError, match="columns are not those"):
        short = io.BytesIO()
        pq.write_table(old.drop_columns(["candidate_id"]), short, store_schema=False)
        tables.read_measurements(short.getvalue())


def test_a_table_from_before_spread_and_assay_conditions_is_read():
    row = Measurement(
        measurement_id="m", campaign_id="c", modality="molecules", candidate_id="mol-1",
        standard_type="p", standard_value=1.0, standard_units="1", source_sha256="s",
        source_row=2,
    )  # fmt: skip
    new = ["species", "cell_line", "target", "conditions", "spread_kind", "spread_units", "n_runs"]
    old = pq.read_table(io.BytesIO(tables.write_measurements([row]))).drop_columns(new)
    old = old.rename_columns(["sd" if n == "spread" else n for n in old.schema.names])
    sink = io.BytesIO()
    pq.write_table(old, sink, store_schema=False)
    assert tables.read_measurements(sink.getvalue()) == (row,)
