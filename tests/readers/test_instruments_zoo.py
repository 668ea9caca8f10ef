# SPDX-License-Identifier: Apache-2.0
"""Real exports of 23 instruments say what their published Allotrope twins say, value by value."""

import csv
import gzip
import json
import math
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loopwright.api.check import check
from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.loop.tabling import read_tables

ABOUT = {"device control aggregate document", "sample document", "data processing document",
         "custom information document"}  # fmt: skip
"""Documents of a twin that say how it was measured, not what."""

NO_RESULT = {"plate well count", "well volume", "compartment temperature"}
PATIENCE_S = 30
"""On a machine that does much else at the same time; alone it takes two."""


@pytest.fixture(scope="module")
def listed(shared_data):
    folder = shared_data / "labdata" / "allotropy"
    with (folder / "manifest.csv").open(newline="") as text:
        rows = list(csv.DictReader(text))
    return [(folder / r["parser"] / r["file"], r["role"]) for r in rows]


def leaves(node, inside=False):
    """Every measured number of a twin, found without the code under test."""
    if isinstance(node, list):
        for one in node:
            yield from leaves(one, inside)
    elif isinstance(node, dict):
        for key, value in node.items():
            is_quantity = isinstance(value, dict) and "value" in value
            if key in ABOUT:
                continue
            if is_quantity and inside and "setting" not in key and key not in NO_RESULT:
                yield value["value"]
            elif key == "data" and "measures" in value:
                yield from (v for measure in value["measures"] for v in measure)
            elif not is_quantity:
                deeper = key in {"measurement document", "processed data aggregate document",
                                 "calculated data document"}  # fmt: skip
                yield from leaves(value, inside or deeper)


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return None


def numbers(tables, notes=True):
    """Every number in the column of values, and in notes on the whole run."""
    found = [number(c["value"]) for _, t in tables for _, c in t]
    if notes:
        told = [text for _, t in tables for _, text in t.notes if text.startswith("of the whole")]
        found += [number(text.split(": ", 1)[1].split("; ")[0].split(" ")[0]) for text in told]
    return Counter(f"{n:.12g}" for n in found if n is not None)


@pytest.mark.shared_data
def test_every_number_of_a_document_is_in_its_table_or_was_none(listed):
    for path, _ in listed:
        if not path.name.endswith(".json.gz"):
            continue
        twin = json.loads(gzip.decompress(path.read_bytes()))
        truth = Counter(
            f"{v:.12g}"
            for v in leaves(twin)
            if isinstance(v, int | float)
            and not math.isnan(v)
            and not (v == 0 and math.copysign(1, v) < 0)
        )
        # what tells two assays apart is a condition, not a value
        made = numbers(read_tables(RawFile(name="x.json.gz", content=path.read_bytes())))
        assert not made - truth, path.name
        lost = truth - made
        assert sum(lost.values()) <= sum("particle size" in str(k) for k in _keys(twin)), path.name


def _keys(node):
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _keys(value)
    elif isinstance(node, list):
        for one in node:
            yield from _keys(one)


@pytest.mark.shared_data
@pytest.mark.slow
def test_an_export_gives_the_same_values_as_its_twin(listed):
    exports = [p for p, role in listed if role == "pair" and not p.name.endswith(".json.gz")]
    files = [RawFile(name=f"{p.stem}.dat", content=p.read_bytes()) for p in exports]
    with ThreadPoolExecutor(2) as pool:  # each waits for a process of its own
        read = list(pool.map(read_tables, files))
    for path, made in zip(exports, read, strict=True):
        twin = path.with_name(path.stem + ".json.gz")
        told = read_tables(RawFile(name="x.json.gz", content=twin.read_bytes()))
        assert {reader for reader, _ in made} == {"instruments"}, path.name
        assert _plain(made) == _plain(told), path.name
    assert len(exports) == 52


def _plain(tables):
    """Rows as sets of what counts; identifiers of a conversion differ from run to run."""
    keep = ("plate", "well", "sample", "sample role", "assay", "property", "value", "unit")
    return Counter(tuple(c[k] for k in keep) for _, t in tables for _, c in t)


@pytest.mark.slow
@pytest.mark.shared_data
def test_whole_documents_load_on_the_road_of_check(listed):
    found = [check(p) for p, _ in listed if p.name.endswith(".json.gz")]
    assert len(found) == 52
    assert all(f.rows_in == f.loaded + f.flagged + f.quarantined for f in found)
    assert sum(f.loaded > 0 for f in found) >= 0.95 * len(found)
    assert sum(f.loaded for f in found) >= 0.95 * sum(f.rows_in for f in found)


@pytest.mark.slow
@pytest.mark.shared_data
def test_malformed_exports_are_refused_with_a_reason_and_in_time(listed):
    malformed = [p for p, role in listed if role.startswith("malformed")]
    for path in malformed:
        begun = time.monotonic()
        with pytest.raises(DataError, match="looks like an export of"):
            check(path)
        assert time.monotonic() - begun < PATIENCE_S
    assert len(malformed) == 6


@pytest.mark.shared_data
def test_flow_cytometry_files_are_refused_by_name(shared_data):
    folder = Path(shared_data / "labdata" / "fcs")
    files = sorted([*folder.glob("*.fcs"), *folder.glob("*.lmd")])
    for path in files:
        with pytest.raises(DataError, match="flow cytometry"):
            check(path)
    assert len(files) >= 6
