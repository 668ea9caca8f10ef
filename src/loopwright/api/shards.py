# SPDX-License-Identifier: Apache-2.0
"""Finished shards of a file that is predicted: each a file of its own until all are joined."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import asdict, frozen

from loopwright.api.foretell import Lines, csv_line
from loopwright.core.errors import BusyError, DataError

__all__ = ["FORMAT", "Plan", "alone", "join", "resumed", "write_shard", "writing"]

FORMAT, PLAN = "loopwright shards 2", "plan.json"


@frozen(kw_only=True)
class Plan:
    """What a run does; an earlier run with the same plan has done a part of it."""

    format: str
    version: str
    """Of the package: another one may answer otherwise."""

    sha256: str
    models: tuple[str, ...]
    structure: int
    header: tuple[str, ...]
    shard_rows: int


@contextmanager
def alone(out: Path) -> Iterator[Path]:
    """Yield the folder of the shards of an answer; nobody else writes it meanwhile.

    It is cleared up when the answer is there, or nothing was begun; else it stays for the next run.

    Raises:
        BusyError: Another process writes the same answer.
        DataError: There is no room, or no permission to write.
    """
    from filelock import FileLock, Timeout

    parts = out.with_name(f"{out.name}.parts")
    with writing(parts):
        parts.mkdir(exist_ok=True)
        lock = FileLock(parts / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as ex:
            raise BusyError(
                "Another process is writing this answer",
                where=str(out),
                remedy="Wait until it has ended, or name another file.",
            ) from ex
    is_done = False
    try:
        yield parts
        is_done = True
    finally:
        if is_done or not (parts / PLAN).exists():
            shutil.rmtree(parts)
        lock.release()


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Say what to do where a place cannot be written to."""
    try:
        yield
    except OSError as ex:
        raise DataError(
            f"Nothing can be written there: {ex.strerror}",
            where=str(place),
            remedy="Make room, or see that you may write there; the same command then goes on "
            "behind the last finished shard.",
        ) from ex


def resumed(parts: Path, plan: Plan) -> dict[int, tuple[int, dict[str, int]]]:
    """Return rows and problems of each shard that an earlier run of this plan has finished.

    One that is not what its note says (a damaged disk, a hand) is done anew.
    """
    path = parts / PLAN
    told = json.dumps(asdict(plan), sort_keys=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != told:
        for old in parts.glob("shard-*"):
            old.unlink()
        _write(path, told.encode())
        return {}
    done = {}
    for note in parts.glob("shard-*.json"):
        plain = json.loads(note.read_text(encoding="utf-8"))
        shard = note.with_suffix(".csv")
        if shard.is_file() and hashlib.sha256(shard.read_bytes()).hexdigest() == plain["sha256"]:
            done[int(note.stem.removeprefix("shard-"))] = (plain["n_rows"], plain["problems"])
    return done


def write_shard(parts: Path, number: int, n_rows: int, lines: Lines) -> None:
    """Write a finished shard; its note comes last and says that it is whole."""
    text = lines.text.encode("utf-8", "surrogateescape")
    _write(parts / f"shard-{number:06d}.csv", text)
    digest = hashlib.sha256(text).hexdigest()
    note = {"n_rows": n_rows, "problems": lines.problems, "sha256": digest}
    _write(parts / f"shard-{number:06d}.json", json.dumps(note).encode())


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(f"{path.name}.tmp")
    with writing(path.parent):
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


def join(parts: Path, out: Path, header: Sequence[str], n_shards: int) -> None:
    """Put the shards behind each other under their header."""
    whole = parts / "whole.csv"
    with writing(out):
        with whole.open("wb") as file:
            file.write(csv_line(header).encode("utf-8", "surrogateescape"))
            for number in range(n_shards):
                with (parts / f"shard-{number:06d}.csv").open("rb") as shard:
                    shutil.copyfileobj(shard, file, 1_000_000)
        whole.replace(out)
