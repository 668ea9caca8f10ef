# SPDX-License-Identifier: Apache-2.0
"""Finished shards of a file that is predicted: each a file of its own until all are joined."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from attrs import asdict, frozen

from loopwright.api.foretell import Lines, csv_line

__all__ = ["FORMAT", "PLAN", "Plan", "join", "resumed", "write_shard"]

FORMAT, PLAN = "loopwright shards 1", "plan.json"


@frozen(kw_only=True)
class Plan:
    """What a run does; an earlier run with the same plan has done a part of it."""

    format: str
    sha256: str
    models: tuple[str, ...]
    structure: int
    header: tuple[str, ...]
    shard_rows: int


def resumed(parts: Path, plan: Plan) -> dict[int, tuple[int, dict[str, int]]]:
    """Return rows and problems of each shard that an earlier run of this plan has finished."""
    path = parts / PLAN
    told = json.dumps(asdict(plan), sort_keys=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != told:
        for old in parts.glob("shard-*"):
            old.unlink()
        _write(path, told.encode())
        return {}
    done = {}
    for note in parts.glob("shard-*.json"):
        if note.with_suffix(".csv").is_file():
            plain = json.loads(note.read_text(encoding="utf-8"))
            done[int(note.stem.removeprefix("shard-"))] = (plain["n_rows"], plain["problems"])
    return done


def write_shard(parts: Path, number: int, n_rows: int, lines: Lines) -> None:
    """Write a finished shard; its note comes last and says that it is whole."""
    text = lines.text.encode("utf-8", "surrogateescape")
    _write(parts / f"shard-{number:06d}.csv", text)
    note = json.dumps({"n_rows": n_rows, "problems": lines.problems})
    _write(parts / f"shard-{number:06d}.json", note.encode())


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(f"{path.name}.tmp")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def join(parts: Path, out: Path, header: Sequence[str], n_shards: int) -> None:
    """Put the shards behind each other under their header, and clear up."""
    whole = parts / "whole.csv"
    with whole.open("wb") as file:
        file.write(csv_line(header).encode("utf-8", "surrogateescape"))
        for number in range(n_shards):
            with (parts / f"shard-{number:06d}.csv").open("rb") as shard:
                shutil.copyfileobj(shard, file, 1_000_000)
    whole.replace(out)
    shutil.rmtree(parts)
