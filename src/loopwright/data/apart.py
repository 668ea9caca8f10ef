# SPDX-License-Identifier: Apache-2.0
"""Runs modules of ours as programs of their own; a foreign binary format within limits.

A workbook can hold a bomb, and a parser can hang; neither may take the campaign with it. The
process that reads one is this module run as a program: file in, tables as JSON out.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import asdict

from loopwright.core.errors import DataError, LoopwrightError
from loopwright.core.values import Quarantined, RawFile, RawTable

__all__ = ["MAX_MB", "MAX_SECONDS", "Apart", "read_apart", "run_module"]

MAX_MB = 2_000
"""Memory that the process may have beyond its libraries, however large the file."""

LEAST_MB = 256
MB_A_MB = 40
"""Memory for each megabyte of the file: a workbook unpacks to 10 times its size, and its cells to
three times that."""

MAX_SECONDS = 120
"""Time after which it is ended."""

Parse = Callable[..., tuple[RawTable, ...]]
"""File, then the texts that it is given, to tables."""

Apart = Callable[..., tuple[RawTable, ...]]
"""Called as ``read_apart`` is: runs a parser, and lets nothing but ``DataError`` out of it."""

_REMEDY = "Save it again, or export the table that is needed as CSV."


def run_module(
    module: str, *arguments: str, given: bytes, seconds: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Return what a module answers as a program: bytes in, bytes out, nothing else shared.

    Unlike a process of ``multiprocessing`` it imports no main module, so that the script of a
    user runs once, guarded or not; and it exchanges no pickles.

    Args:
        module: Its full name; found where this process finds it.
        arguments: Of the command line.
        given: Standard input.
        seconds: Time limit, if any.

    Raises:
        subprocess.TimeoutExpired: It took longer, and was ended.
        OSError: No process can be started.
    """
    path = os.pathsep.join(p for p in sys.path if p)
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=given,
        capture_output=True,
        timeout=seconds,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )


def read_apart(
    parse: Parse,
    file: RawFile,
    *,
    given: tuple[str, ...] = (),
    mb: int | None = None,
    seconds: float = MAX_SECONDS,
) -> tuple[RawTable, ...]:
    """Return what a parser makes of a file, from a process with limits.

    Args:
        parse: A function at the top of a module, so that the process can find it.
        file: What to read.
        given: Texts that the function takes after the file.
        mb: Memory limit beyond the libraries, by the size of the file if not given; has no
            effect where the system knows none.
        seconds: Time limit.

    Raises:
        DataError: The parser refused the file, ran out of memory or time, or died.
    """
    mb = min(MAX_MB, LEAST_MB + MB_A_MB * len(file.content) // 1_000_000) if mb is None else mb
    asked = (parse.__module__, parse.__name__, str(mb), file.name, *given)
    try:
        run = run_module("loopwright.data.apart", *asked, given=file.content, seconds=seconds)
    except subprocess.TimeoutExpired:
        raise DataError(
            f"Reading took more than {seconds:g} s", where=file.name, remedy=_REMEDY
        ) from None
    try:
        said = json.loads(run.stdout)
    except ValueError:
        raise DataError(
            f"The process that read the file ended with code {run.returncode}",
            where=file.name,
            remedy=_REMEDY,
        ) from None
    if "error" in said:
        raise DataError(said["error"], where=said["where"], remedy=said["remedy"])
    return tuple(_table(t) for t in said["tables"])


def _table(plain: dict[str, Any]) -> RawTable:
    from loopwright.data.rows import packed  # loads Arrow, which most predictions do without

    return RawTable(
        columns=tuple(plain["columns"]),
        rows=packed((number, tuple(cells)) for number, cells in plain["rows"]),
        faults=tuple(Quarantined(**q) for q in plain["faults"]),
        sheet=plain["sheet"],
        notes=tuple((number, text) for number, text in plain["notes"]),
    )


def _limit(mb: int) -> None:
    """Let this process have so much memory beyond what it has."""
    with contextlib.suppress(ImportError):  # Windows knows no such limits
        import resource

        held = Path("/proc/self/statm")
        n_pages = int(held.read_text().split()[0]) if held.is_file() else 0
        most = n_pages * resource.getpagesize() + mb * 1_000_000
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _main() -> None:
    """Parse standard input under limits; write tables or an error to standard output."""
    module, name, mb, file_name, *given = sys.argv[1:]
    try:
        home = importlib.import_module(module)
        for library in getattr(home, "LIBRARIES", ()):
            importlib.import_module(library)
        _limit(int(mb))
        parse: Parse = getattr(home, name)
        tables = parse(RawFile(name=file_name, content=sys.stdin.buffer.read()), *given)
        said: dict[str, Any] = {"tables": [asdict(t) for t in tables]}
    except LoopwrightError as ex:
        said = {"error": ex.what, "where": ex.where, "remedy": ex.remedy}
    except MemoryError:
        what = f"Reading takes more than {mb} MB of memory"
        said = {"error": what, "where": file_name, "remedy": _REMEDY}
    except Exception as ex:  # whatever a foreign parser raises is a refusal, never a crash
        what = f"The file is damaged, or not of this format: {str(ex)[:200]}"
        said = {"error": what, "where": file_name, "remedy": _REMEDY}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    _main()
