# SPDX-License-Identifier: Apache-2.0
"""A pool that is too large to be held gives the picks of one that is held, and tells every row."""

from collections import Counter
from itertools import product

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rdkit import Chem, rdBase

from loopwright.api import pools
from loopwright.api.plain import Wanted, propose_from_files
from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.loop import first_look, library
from loopwright.loop.library import Library

ENDS = ("C", "CC", "CCC", "O", "CO", "F", "Cl", "Br", "N", "N#C", "FC(F)(F)", "NC(=O)", "OC(=O)")
TEXTS = sorted({f"{a}c1c{m}c(cc1){b}" for a, b, m in product(ENDS, ENDS, ("c", "n"))})
KNOWN = TEXTS[::9]
BROKEN = {5: "no structure", 50: "c1ccccc1(", 60: ""}
ROWS = [
    (f"n{i}", BROKEN.get(i, text), str(100 + i % 40) if i % 30 else "unknown", str(1 + i % 3))
    for i, text in enumerate(TEXTS)
]
COLUMNS = ("name", "smiles", "mw", "price")
MEASURED = RawFile(
    name="m.csv",
    content="\n".join(["smiles,up", *(f"{t},{t.count('C'):.2f}" for t in KNOWN)]).encode(),
)
WANTED = Wanted(goals=("up:max",), batch=5)


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Make a pool of these few large."""
    for name, value in (("LARGE", 120), ("KEPT", 110), ("SKETCHED", 50), ("SKETCHED_ROWS", 20)):
        monkeypatch.setattr(first_look, name, value)
    monkeypatch.setattr(library, "BLOCK", 70)


@pytest.fixture
def pool(tmp_path):
    """Writes rows as CSV or Parquet; returns where."""

    def write(ending, rows=tuple(ROWS)):
        path = tmp_path / f"pool.{ending}"
        if ending == "csv":
            path.write_text("\n".join(map(",".join, [COLUMNS, *rows])) + "\n")
        else:
            columns = zip(*rows, strict=True)
            pq.write_table(pa.table(dict(zip(COLUMNS, map(list, columns), strict=True))), path)
        return path

    return write


def _held(path):
    return RawFile(name=path.name, content=path.read_bytes())


@pytest.fixture
def read_row_by_row(monkeypatch):
    """Let every file be too large to be held; tells which were read so."""
    monkeypatch.setattr(pools, "HELD_MB", 0)
    monkeypatch.setattr(pools, "HELD_PACKED_MB", 0)
    opened = []

    def noted(**options):
        opened.append(options["name"])
        return Library(**options)

    monkeypatch.setattr(pools, "Library", noted)
    return opened


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("options", [{}, {"where": ("mw<130",), "cost": "price", "budget": 9.0}])
def test_a_library_gives_the_batch_of_a_table(pool, read_row_by_row, ending, options):
    wanted = Wanted(goals=("up:max",), batch=5, **options)
    path = pool(ending)
    held = propose_from_files(_held(path), MEASURED, wanted)
    assert not read_row_by_row
    found = propose_from_files(path, MEASURED, wanted)
    assert read_row_by_row == [path.name]
    assert found == held
    assert found.pool.n_rows == len(ROWS) and found.pool.n_passed_over > 100 and found.picks
    assert found.pool.n_used + found.pool.n_left_out + found.pool.n_passed_over == len(ROWS)
    assert {q.value for q in found.pool.left_out} >= {"no structure", "c1ccccc1("}
    assert bool(options) == any(why.startswith("not mw < 130") for why in found.pool.why)


def test_a_csv_and_a_parquet_table_of_the_same_rows_give_the_same_picks(pool, read_row_by_row):
    by_csv, by_parquet = (
        propose_from_files(pool(ending), MEASURED, WANTED) for ending in ("csv", "parquet")
    )
    assert [p.id for p in by_csv.picks] == [p.id for p in by_parquet.picks]
    assert [p.name for p in by_csv.picks] == [p.name for p in by_parquet.picks]
    assert [p.row - 1 for p in by_csv.picks] == [p.row for p in by_parquet.picks]
    assert all(TEXTS[p.row - 2] == ROWS[p.row - 2][1] for p in by_csv.picks)
    assert len(read_row_by_row) == 2


def test_of_many_rows_for_one_reason_a_few_are_listed_and_all_are_counted(
    pool, read_row_by_row, monkeypatch
):
    monkeypatch.setattr(library, "LISTED", 3)
    monkeypatch.setattr(library, "CLOSELY", 1)
    wanted = Wanted(goals=("up:max",), batch=5, where=("mw<130",))
    path = pool("csv")
    held = propose_from_files(_held(path), MEASURED, wanted).pool
    found = propose_from_files(path, MEASURED, wanted)
    assert read_row_by_row and found.has_faults
    told = found.pool
    assert told.n_used + told.n_left_out + told.n_passed_over == told.n_rows == held.n_rows
    assert told.n_left_out == sum(told.why.values()) == held.n_left_out > len(told.left_out)
    listed = Counter(q.reason for q in told.left_out)
    assert listed["not mw < 130"] == 3 < told.why["not mw < 130"] == held.why["not mw < 130"]
    assert told.why[library.BLANK] == 1 and library.BLANK not in listed


def test_a_library_of_few_rows_is_read_in_full(pool, read_row_by_row):
    path = pool("parquet", ROWS[:100])
    assert propose_from_files(path, MEASURED, WANTED) == propose_from_files(
        _held(path), MEASURED, WANTED
    )
    assert read_row_by_row


def test_rows_that_cannot_be_cut_are_told_with_their_number(pool, read_row_by_row):
    path = pool("csv")
    lines = path.read_text().splitlines()
    lines[8] += ",and,more"
    path.write_text("\n".join(lines) + "\n")
    told = propose_from_files(path, MEASURED, WANTED).pool
    assert [q.row for q in told.left_out if "cells, its header" in q.reason] == [9]
    assert told.n_used + told.n_left_out + told.n_passed_over == told.n_rows == len(ROWS)


def test_an_sdf_library_is_looked_over_as_one_of_smiles(tmp_path, read_row_by_row):
    with rdBase.BlockLogs():
        read = [(text, mol) for text in TEXTS if (mol := Chem.MolFromSmiles(text)) is not None]
    path, plain = tmp_path / "pool.sdf", tmp_path / "pool.smi"
    path.write_text("".join(f"{Chem.MolToMolBlock(mol)}\n$$$$\n" for _, mol in read))
    plain.write_text("".join(f"{text}\n" for text, _ in read))
    found, by_smiles = (propose_from_files(p, MEASURED, WANTED) for p in (path, plain))
    assert found.pool.n_passed_over == len(read) - first_look.KEPT == by_smiles.pool.n_passed_over
    assert len({p.row for p in found.picks} & {p.row for p in by_smiles.picks}) >= 4
    assert len(read_row_by_row) == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"where": ("weight<5",)}, "no column 'weight'"),
        ({"cost": "weight"}, "no column 'weight'"),
    ],
)
def test_a_column_that_is_not_there_is_named(pool, read_row_by_row, options, told):
    with pytest.raises(DataError, match=told):
        propose_from_files(pool("parquet"), MEASURED, Wanted(goals=("up:max",), batch=5, **options))
    assert read_row_by_row


def test_a_library_without_rows_or_without_structures_is_refused(tmp_path, read_row_by_row):
    for name, columns in (("a", {"smiles": pa.array([], "string")}), ("b", {"x": ["1", "2"]})):
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table(columns), path)
        with pytest.raises(DataError):
            propose_from_files(path, MEASURED, WANTED)
    assert len(read_row_by_row) == 2


def test_a_file_that_changes_between_the_readings_is_refused(pool, read_row_by_row, monkeypatch):
    path, look = pool("csv"), first_look.Looker.over

    def meddled(looker, blocks):
        found = look(looker, blocks)
        path.write_text(path.read_text() + "z,CCO,1,1\n")
        return found

    assert propose_from_files(path, MEASURED, WANTED).picks
    monkeypatch.setattr(first_look.Looker, "over", meddled)
    with pytest.raises(DataError, match="changed while it was read"):
        propose_from_files(path, MEASURED, WANTED)


def test_what_nobody_can_look_over_in_passing_is_held(tmp_path, read_row_by_row):
    sequences = ["ACDEFG", "ACDEFH", "ACDEFK", "ACDEFL", "ACDEFM", "ACDEFN"]
    path = tmp_path / "pool.csv"
    path.write_text("\n".join(["sequence", *sequences]) + "\n")
    measured = RawFile(name="m.csv", content=b"sequence,up\nACDEFW,1\nACDEFY,2\nACDEFV,3\n")
    wanted = Wanted(goals=("up:max",), batch=2, modality="proteins")
    assert len(propose_from_files(path, measured, wanted).picks) == 2
    assert not read_row_by_row
