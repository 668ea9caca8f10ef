# SPDX-License-Identifier: Apache-2.0
"""What is fuzzed: every reader of the shelf, archives, and the guess of what columns mean.

Only ``DataError`` may leave a reader. The two that parse binary formats do so in a process apart,
where whatever a foreign parser raises is a refusal; here their parsers run in this process, so that
what is looked for is a crash, a hang, or a table that breaks its own rules.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile, RawTable
from loopwright.loop.tabling import guessed, read_tables
from loopwright.registry import build, names, plugin

__all__ = ["TARGETS", "seeds", "try_any"]

ZOO = Path(__file__).resolve().parent.parent / "tests" / "zoo"


def _text(name: str) -> Callable[[bytes], None]:
    reader = build("readers", name, {})

    def run(content: bytes) -> None:
        try:
            tables = reader.read(RawFile(name=f"x{reader.suffixes[0]}", content=content))
        except DataError:
            return
        _hold(tables)

    return run


def _binary(name: str) -> Callable[[bytes], None]:
    from loopwright.readers.parquet.parquet import read_parquet
    from loopwright.readers.xlsx.xlsx import read_workbook

    parse = {"xlsx": read_workbook, "parquet": read_parquet}[name]

    def run(content: bytes) -> None:
        try:
            tables = parse(RawFile(name=f"x.{name}", content=content))
        except Exception:  # as the process apart does
            return
        _hold(tables)

    return run


def _archive(content: bytes) -> None:
    try:
        tables = read_tables(RawFile(name="x.zip", content=content))
    except DataError:
        return
    _hold(tuple(table for _, table in tables))


def _hold(tables: tuple[RawTable, ...]) -> None:
    """Ask of tables what every reader promises, and what they seem to mean."""
    assert tables
    for table in tables:
        assert len(set(table.columns)) == len(table.columns)
        assert all(len(cells) == len(table.columns) for _, cells in table.rows)
        numbers = [n for n, _ in table.rows]
        assert numbers == sorted(set(numbers))
        assert not {q.row for q in table.faults} & set(numbers)
        assert all(q.reason and q.remedy and len(q.value) <= 200 for q in table.faults)
        try:
            mapping = guessed(table)
            mapping.demand(table.columns, where="here")
        except DataError:
            continue


TARGETS: dict[str, Callable[[bytes], None]] = {
    **{n: _text(n) for n in names("readers") if plugin("readers", n).examples},
    **{n: _binary(n) for n in ("xlsx", "parquet")},
    "zip": _archive,
}
"""Name -> what is done with each input."""


def try_any(content: bytes) -> None:
    """Give an input to the target that its first byte names."""
    if content:
        [*TARGETS.values()][content[0] % len(TARGETS)](content[1:])


def seeds(target: str) -> list[bytes]:
    """Return the animals that a target reads; those of ``any`` with its byte in front."""
    built = runpy.run_path(str(ZOO / "build.py"))["BUILT"]
    animals = {p.name: p.read_bytes() for p in sorted((ZOO / "files").iterdir())} | built
    found = []
    for place, name in enumerate(TARGETS):
        if target not in {name, "any"}:
            continue
        suffixes = (".zip",) if name == "zip" else build("readers", name, {}).suffixes
        of_it = [c for n, c in animals.items() if n.lower().endswith(tuple(suffixes))]
        if plugin_has(name):
            of_it += [example.encode() for example in plugin("readers", name).examples]
        found += [bytes([place]) + c if target == "any" else c for c in of_it]
    return found


def plugin_has(name: str) -> bool:
    """Return whether a target is a reader of the shelf."""
    return name in names("readers")
