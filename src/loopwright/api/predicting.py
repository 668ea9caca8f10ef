# SPDX-License-Identifier: Apache-2.0
"""Predict a file of any size: the same rows in the same order, with what models say of each.

The file is cut into shards of a fixed number of rows. Each finished shard is a file of its own
until all are joined, so that a run that was killed goes on where it was and ends with the same
bytes. Memory does not grow with the file.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from attrs import evolve, field, frozen
from attrs.validators import ge

from loopwright import __version__
from loopwright.api.crew import Crew, in_order
from loopwright.api.foretell import Asking, Foreteller, Lines, Share, added_columns, apart
from loopwright.api.read_rows import demand_place, digest_of_file, rows_of, spooled
from loopwright.api.shards import FORMAT, Plan, alone, join, resumed, write_shard
from loopwright.core.errors import DataError
from loopwright.data.streams import Stream
from loopwright.training.property_model import Property

__all__ = ["Foretold", "Ways", "predict"]

SHARD_ROWS = 2_000
FEW_ROWS = 4_000
"""A file of up to so many rows is predicted in this very process."""

Watch = Callable[[int, float, float | None], None]
"""Told of rows done, of the share of the file that is done, and of seconds to go if known."""


@frozen(kw_only=True)
class Ways:
    """How a file is predicted; nothing of it changes a number."""

    structure: str = ""
    """The column of structures; guessed if blank."""

    n_workers: int = field(default=0, validator=ge(0))
    """Processes; 0 takes one for each processor."""

    shard_rows: int = field(default=SHARD_ROWS, validator=ge(1))
    """Rows after which a killed run need not begin again."""

    beside: bool = False
    """Whether computed numbers and structural alerts stand beside the predictions."""

    cluster: str = ""
    """Address of a Ray cluster that predicts instead of processes of this machine."""

    watch: Watch | None = None


@frozen(kw_only=True)
class Foretold:
    """What became of a file."""

    file: str
    out: str
    n_rows: int
    """Rows of the file, and of the answer."""

    n_predicted: int
    n_problems: int
    """Rows that could not be read; ``n_rows = n_predicted + n_problems``."""

    problems: dict[str, int]
    """Problem -> rows that have it, the commonest first."""

    properties: tuple[str, ...]
    added: tuple[str, ...]
    """Columns behind those of the file."""

    structure: str
    """The column that was read as structures."""

    stand_ins: Mapping[str, str]
    """"structure" -> that column, where neither its name nor anybody says that it is."""

    n_resumed: int
    """Rows that an earlier run had finished."""

    seconds: float


def predict(
    file: Path | str,
    models: Sequence[Path],
    *,
    out: Path,
    source: BinaryIO | None = None,
    ways: Ways | None = None,
) -> Foretold:
    """Predict every row of a file and write them to a CSV file.

    Args:
        file: CSV, TSV, SMILES, SDF, Parquet, or any other table that a reader knows.
        models: Folders that ``train`` wrote.
        out: The file that is written; beside it lies a folder of shards while it is not done.
        source: Where the rows come from if not from a file, as standard input; ``file`` is then
            its name, blank if it has none.
        ways: How; the default if not given.

    Raises:
        DataError: The file cannot be read or names no structures, or two models predict
            properties of one name.
        VerificationError: A model does not answer as it did when it was made.
    """
    begun, ways = time.monotonic(), ways or Ways()
    demand_place(out, Path(file) if source is None else None)
    with alone(out) as parts:
        told = _predicted(str(file), models, out, parts, source=source, ways=ways)
    return evolve(told, seconds=round(time.monotonic() - begun, 2))


def _predicted(
    file: str,
    models: Sequence[Path],
    out: Path,
    parts: Path,
    *,
    source: BinaryIO | None,
    ways: Ways,
) -> Foretold:
    """Predict a file, nobody else being at it."""
    path = Path(file) if source is None else spooled(source, parts)
    rows = rows_of(path, file, parts, ways.structure)
    stream = rows.stream
    asking = Asking(
        folders=tuple(str(m) for m in models),
        structure=rows.structure,
        rewrites_structure=stream.structure is not None and "title" in stream.columns,
        beside=ways.beside,
    )
    teller = Foreteller(asking)
    added = added_columns(_once(teller.properties), stream.columns)
    added += apart(teller.added, (*stream.columns, *added), mark="computed")
    added += apart(["problem"], (*stream.columns, *added))
    plan = Plan(
        format=FORMAT,
        version=__version__,
        sha256=digest_of_file(path),
        models=tuple(one.digest for one in teller.opened),
        structure=rows.structure,
        header=(*stream.columns, *added),
        shard_rows=ways.shard_rows,
    )
    done = resumed(parts, plan)
    tally = _work(stream, asking, teller, parts, done=done, ways=ways)
    join(parts, out, plan.header, tally.n_shards)
    told = _told(tally, teller, file=file, out=out, added=tuple(added))
    return evolve(told, structure=rows.column, stand_ins=rows.stand_ins)


def _told(
    tally: _Tally, teller: Foreteller, *, file: str, out: Path, added: tuple[str, ...]
) -> Foretold:
    """Return what became of a file, before anybody looks at the clock."""
    n_problems = tally.problems.total()
    return Foretold(
        file=file or "standard input",
        out=str(out),
        n_rows=tally.n_rows,
        n_predicted=tally.n_rows - n_problems,
        n_problems=n_problems,
        problems=dict(tally.problems.most_common()),
        properties=tuple(one.name for one in teller.properties),
        added=added,
        structure="",
        stand_ins={},
        n_resumed=tally.n_resumed,
        seconds=0.0,
    )


# ---- what is asked
def _once(properties: Sequence[Property]) -> Sequence[Property]:
    """Refuse two models of one name."""
    twice = [name for name, n in Counter(one.name for one in properties).items() if n > 1]
    if twice:
        raise DataError(
            f"Two models predict {', '.join(map(repr, twice))}",
            where="--model",
            remedy="Ask them one after the other, into two files.",
        )
    return properties


# ---- shards
class _Tally:
    """What has been done so far."""

    def __init__(self) -> None:
        self.n_rows = self.n_shards = self.n_resumed = 0
        self.problems: Counter[str] = Counter()

    def add(self, n_rows: int, problems: dict[str, int]) -> None:
        """Count a shard."""
        self.n_rows += n_rows
        self.n_shards += 1
        self.problems.update(problems)


def _work(
    stream: Stream,
    asking: Asking,
    teller: Foreteller,
    parts: Path,
    *,
    done: dict[int, tuple[int, dict[str, int]]],
    ways: Ways,
) -> _Tally:
    """Predict every shard that is not done; count all of them."""
    tally, clock = _Tally(), time.monotonic()
    n_new = 0
    n_all = _count(stream) if ways.watch else 0
    n_workers = _n_workers(stream, ways)
    sizes: dict[int, int] = {}

    def shares() -> Iterator[tuple[int, Share]]:
        rows_left = stream.open_rows()
        batches = iter(lambda: list(islice(rows_left, ways.shard_rows)), [])
        for number, rows in enumerate(batches):
            sizes[number] = len(rows)
            yield number, ([] if number in done else [(list(r.cells), r.problem) for r in rows])

    with Crew(asking, n_workers=n_workers) as crew:
        crew.use(teller)
        for number, lines in _answers(crew, shares(), asking, teller, address=ways.cluster):
            n_rows = sizes.pop(number)
            if number in done:
                tally.n_resumed += n_rows
                tally.add(*done[number])
            else:
                write_shard(parts, number, n_rows, lines)
                tally.add(n_rows, lines.problems)
                n_new += n_rows
            if ways.watch and n_all:
                left = (
                    (time.monotonic() - clock) * (n_all - tally.n_rows) / n_new if n_new else None
                )
                ways.watch(tally.n_rows, tally.n_rows / n_all, left)
    return tally


def _answers(
    crew: Crew,
    shares: Iterator[tuple[int, Share]],
    asking: Asking,
    teller: Foreteller,
    *,
    address: str,
) -> Iterator[tuple[int, Lines]]:
    """Yield what is said of every share, in order, by a crew or by a cluster."""
    if not address:
        return in_order(crew, shares)
    from loopwright.api.cluster import on_cluster

    return on_cluster(asking, [one.digest for one in teller.opened], shares, address=address)


def _count(stream: Stream) -> int:
    return sum(1 for _ in stream.rows_of(()))


def _n_workers(stream: Stream, ways: Ways) -> int:
    """Return how many processes are worth their start; 0 for a small file."""
    few = min(FEW_ROWS, ways.shard_rows) + 1
    n_rows = sum(1 for _ in zip(range(few), stream.open_rows(), strict=False))
    return 0 if n_rows < few else ways.n_workers or os.cpu_count() or 1
