# SPDX-License-Identifier: Apache-2.0
"""What is fuzzed: every reader of the shelf, archives, and the guess of what columns mean.

Only ``DataError`` may leave a reader, and nothing its look at a file. Those that parse foreign
formats do so in a process apart, where whatever a parser raises is a refusal; here their parsers
run in this process, so that what is looked for is a crash, a hang, or a table that breaks its own
rules.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

from attrs import evolve

from loopwright.core.errors import DataError, LoopwrightError
from loopwright.core.values import RawFile, RawTable
from loopwright.loop.tabling import guessed, read_tables
from loopwright.registry import build, names, plugin

__all__ = ["TARGETS", "seeds", "seeds_in", "try_any"]

ZOO = Path(__file__).resolve().parent.parent / "tests" / "zoo"


def _here(
    parse: Callable[..., tuple[RawTable, ...]],
    file: RawFile,
    *,
    given: tuple[str, ...] = (),
    mb: int | None = None,
) -> tuple[RawTable, ...]:
    """Run a foreign parser in this process, with the same outcome as in one of its own."""
    try:
        return parse(file, *given)
    except LoopwrightError:
        raise
    except Exception as ex:
        raise DataError(f"The file is damaged: {ex}", where=file.name, remedy="none") from ex


def _reader(name: str) -> Callable[[bytes], None]:
    reader = build("readers", name, {})
    if hasattr(reader, "apart"):
        reader = evolve(reader, apart=_here)

    def run(content: bytes) -> None:
        for ending in ("", reader.suffixes[0]):
            assert 0.0 <= reader.claims(RawFile(name=f"x{ending}", content=content)) <= 1.0
        try:
            tables = reader.read(RawFile(name=f"x{reader.suffixes[0]}", content=content))
        except DataError as ex:
            assert ex.what and ex.where and ex.remedy
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
        _hold_text(table)
        try:
            mapping = guessed(table)
            mapping.demand(table.columns, where="here")
        except DataError:
            continue


def _hold_text(table: RawTable) -> None:
    """Ask that all of it can be written down: half of a surrogate pair cannot."""
    said = [*table.columns, table.sheet, *(text for _, text in table.notes)]
    said += [cell for _, cells in table.rows for cell in cells]
    said += [t for q in table.faults for t in (q.value, q.reason, q.remedy, q.column, q.sheet)]
    for text in said:
        text.encode("utf-8")


TARGETS: dict[str, Callable[[bytes], None]] = {
    **{name: _reader(name) for name in names("readers")},
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
        suffixes = build("readers", name, {}).suffixes if _is_reader(name) else (".zip",)
        of_it = [c for n, c in animals.items() if n.lower().endswith(tuple(suffixes))]
        if _is_reader(name):
            of_it += [example.encode() for example in plugin("readers", name).examples]
        if name == "instruments":
            of_it += runpy.run_path(str(ZOO / "exports.py"))["SEEDS"]
        found += [bytes([place]) + c if target == "any" else c for c in of_it]
    return found


def seeds_in(folder: Path, target: str) -> list[bytes]:
    """Return the files below a folder that a target reads; none for ``any``."""
    if target == "any":
        return []
    inside = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    files = [RawFile(name=p.name, content=p.read_bytes()) for p in inside]
    if not _is_reader(target):
        return [f.content for f in files if f.name.lower().endswith(".zip")]
    reader = build("readers", target, {})
    return [f.content for f in files if reader.claims(f) > 0]


def _is_reader(name: str) -> bool:
    """Return whether a target is a reader of the shelf."""
    return name in names("readers")
