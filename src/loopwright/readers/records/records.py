# SPDX-License-Identifier: Apache-2.0
"""Reads JSON objects as rows; a number keeps the digits that the file wrote."""

from __future__ import annotations

import json
from typing import Any

from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Quarantined, RawFile, RawTable
from loopwright.data.rows import packed
from loopwright.data.text import distinct_names, fault, lines_of, text_of, too_long, writable

__all__ = ["RecordReader"]

MAX_COLUMNS = 1_000
MAX_CELLS = 50_000_000
_WRAPPERS = ("data", "rows", "records", "results", "items", "compounds", "values")


@frozen(kw_only=True)
class RecordReader:
    """The reader of JSON records."""

    suffixes: tuple[str, ...] = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz")

    def claims(self, file: RawFile) -> float:
        """Return one half where the ending says so, a little more where a record begins."""
        start = file.content[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        is_record = start.startswith((b"[{", b'{"')) or (start[:1] == b"[" and b"{" in start[:20])
        is_named = file.name.lower().endswith(self.suffixes)
        return 0.6 if is_record else 0.5 * is_named

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return one row per object: a list counts its objects, JSON Lines its lines."""
        text = text_of(file).lstrip("\ufeff")
        records, faults = _records(text, file.name)
        names = tuple(dict.fromkeys(key for _, record in records for key in record))
        if not records or not names:
            raise _refusal(file.name, "The file holds no JSON objects")
        if len(names) > MAX_COLUMNS or len(names) * len(records) > MAX_CELLS:
            what = f"{len(records)} objects with {len(names)} different keys are no table"
            raise _refusal(file.name, what)
        columns = distinct_names(writable(" ".join(name.split())) for name in names)
        rows: list[tuple[int, tuple[str, ...]]] = []
        for number, record in records:
            cells = tuple(_text(record.get(name)) for name in names)
            if (wrong := too_long(number, cells, columns)) is not None:
                faults.append(wrong)
            else:
                rows.append((number, cells))
        faults.sort(key=lambda q: q.row)
        return (RawTable(columns=columns, rows=packed(rows), faults=tuple(faults)),)


def _records(text: str, name: str) -> tuple[list[tuple[int, dict[str, Any]]], list[Quarantined]]:
    """Return the numbered objects of a text, and what stands between them."""
    found: list[tuple[int, Any]]
    try:
        whole = _parsed(text)
        if isinstance(whole, dict):
            lists = [whole[w] for w in _WRAPPERS if isinstance(whole.get(w), list)]
            whole = lists[0] if lists else [whole]
        if not isinstance(whole, list):
            raise _refusal(name, "The file holds no JSON objects")
        found = list(enumerate(whole, start=1))
    except (ValueError, RecursionError):
        found = [(n, line) for n, line in enumerate(lines_of(text), start=1) if line.strip()]
        if not found or not found[0][1].lstrip().startswith("{"):
            raise _refusal(name, "The file is no JSON, and no JSON on each line") from None
        found = [(n, _or_text(line)) for n, line in found]
    records = [(n, item) for n, item in found if isinstance(item, dict)]
    remedy = "Write each row as one JSON object, and export the file again."
    faults = [
        fault(n, str(item), "no JSON object", remedy)
        for n, item in found
        if not isinstance(item, dict)
    ]
    return records, faults


def _or_text(line: str) -> Any:
    """Return what a line says; its text where that is no JSON."""
    try:
        return _parsed(line)
    except (ValueError, RecursionError):
        return line


def _parsed(text: str) -> Any:
    """Return JSON with its numbers as they were written."""
    return json.loads(
        text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_paired
    )


def _paired(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a key that comes twice keeps both values under two names."""
    names = distinct_names(key for key, _ in pairs)
    return dict(zip(names, (value for _, value in pairs), strict=True))


def _text(value: Any) -> str:
    """Return the text of a value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    return writable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _refusal(name: str, what: str) -> DataError:
    return DataError(
        what, where=name, remedy="Give a list of objects, one a row, or export it as CSV."
    )
