# SPDX-License-Identifier: Apache-2.0
"""Runs modules of ours as programs of their own; a foreign binary format within limits.

A workbook can hold a bomb, and a parser can hang; neither may take the campaign with it. The
process that reads one is this module run as a program: file in, tables as JSON out; or, of a file
that is larger than memory, its place in, and one part of it after the other out.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from threading import Timer
from typing import Any

from attrs import asdict

from loopwright.core.errors import DataError, LoopwrightError
from loopwright.core.values import Quarantined, RawFile, RawTable

__all__ = [
    "LEAST_MB", "MAX_MB", "MAX_SECONDS", "MB_A_MB", "Apart", "Pour", "limit_memory", "pour_apart",
    "read_apart", "run_module",
]  # fmt: skip

MAX_MB = 2_000
"""Memory that the process may have beyond its libraries, however large the file."""

LEAST_MB = 256
MB_A_MB = 40
"""Memory for each megabyte of the file: a workbook unpacks to 10 times its size, and its cells to
three times that."""

POUR_MB = 1_000
"""The same of a process that hands out a file in parts."""

MAX_SECONDS = 120
"""Time after which it is ended; of a file in parts, for each of them."""

Parse = Callable[..., tuple[RawTable, ...]]
"""File, then the texts that it is given, to tables."""

Pour = Callable[..., Iterator[Any]]
"""Where a file lies, then texts, to parts of it that JSON can hold."""

Apart = Callable[..., tuple[RawTable, ...]]
"""Called as ``read_apart`` is: runs a parser, and lets nothing but ``DataError`` out of it."""

_IS_APART = "LOOPWRIGHT_APART"
"""Set where a process reads for another one; only such a process is limited."""

_FRUGAL = {
    _IS_APART: "1",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "ARROW_IO_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
}
"""What keeps a process from reserving room that it never fills, and all of which counts: that of
further threads, and a gigabyte that Arrow's own allocator takes at once."""

_HERE = "loopwright.data.apart"
_END = {"end": True}
_REMEDY = "Save it again, or export the table that is needed as CSV."


def run_module(
    module: str,
    *arguments: str,
    given: bytes,
    seconds: float | None = None,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Return what a module answers as a program: bytes in, bytes out, nothing else shared.

    Unlike a process of ``multiprocessing`` it imports no main module, so that the script of a
    user runs once, guarded or not; and it exchanges no pickles.

    Args:
        module: Its full name; found where this process finds it.
        arguments: Of the command line.
        given: Standard input.
        seconds: Time limit, if any.
        env: Its environment; ours, so that it finds what we find, if None.

    Raises:
        subprocess.TimeoutExpired: It took longer, and was ended.
        OSError: No process can be started.
    """
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=given,
        capture_output=True,
        timeout=seconds,
        env=_surroundings() if env is None else env,
        check=False,
    )


def _surroundings() -> dict[str, str]:
    """Return the environment in which a process finds what this one finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


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
    asked = (parse.__module__, parse.__name__, "parse", str(mb), file.name, *given)
    try:
        run = run_module(
            _HERE, *asked, given=file.content, seconds=seconds, env=_surroundings() | _FRUGAL
        )
    except subprocess.TimeoutExpired:
        raise _too_slow(seconds, file.name) from None
    said = _said(run.stdout, run.returncode, file.name)
    return tuple(_table(t) for t in said["tables"])


def pour_apart(
    pour: Pour, path: Path, *given: str, mb: int = POUR_MB, seconds: float = MAX_SECONDS
) -> Generator[Any, None, None]:
    """Yield one part of a file after the other, from a process with limits.

    It works ahead by no more than a pipe holds, and is ended when nobody asks any more.

    Args:
        pour: A function at the top of a module, so that the process can find it.
        path: Where the file lies.
        given: Texts that the function takes after the path.
        mb: Memory limit beyond the libraries; has no effect where the system knows none.
        seconds: Time limit of each part.

    Raises:
        DataError: The function refused the file, ran out of memory or time, or died.
    """
    asked = (pour.__module__, pour.__name__, "pour", str(mb), str(path), *given)
    process = subprocess.Popen(
        [sys.executable, "-m", _HERE, *asked],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_surroundings() | _FRUGAL,
    )
    try:
        while (said := _next(process, path.name, seconds)) != _END:
            yield said["part"]
    finally:
        process.kill()
        process.communicate()


def _next(process: subprocess.Popen[bytes], name: str, seconds: float) -> dict[str, Any]:
    """Return what a process says next; refuse one that says nothing in time."""
    assert process.stdout is not None, "it was asked to talk"
    end = time.monotonic() + seconds
    watch = Timer(seconds, process.kill)
    watch.start()
    try:
        line = process.stdout.readline()
    finally:
        watch.cancel()
    if line.endswith(b"\n"):
        return _said(line, 0, name)
    code = process.wait()
    raise _too_slow(seconds, name) if time.monotonic() >= end else _death(code, name)


def _said(content: bytes, code: int, name: str) -> dict[str, Any]:
    """Return what a process said; raise what it refused, or that it said nothing."""
    try:
        said: dict[str, Any] = json.loads(content)
    except ValueError:
        raise _death(code, name) from None
    if "error" in said:
        raise DataError(said["error"], where=said["where"], remedy=said["remedy"])
    return said


def _too_slow(seconds: float, name: str) -> DataError:
    return DataError(f"Reading took more than {seconds:g} s", where=name, remedy=_REMEDY)


def _death(code: int, name: str) -> DataError:
    what = f"The process that read the file ended with code {code}"
    return DataError(what, where=name, remedy=_REMEDY)


def _table(plain: dict[str, Any]) -> RawTable:
    from loopwright.data.rows import packed  # loads Arrow, which most predictions do without

    return RawTable(
        columns=tuple(plain["columns"]),
        rows=packed((number, tuple(cells)) for number, cells in plain["rows"]),
        faults=tuple(Quarantined(**q) for q in plain["faults"]),
        sheet=plain["sheet"],
        notes=tuple((number, text) for number, text in plain["notes"]),
        read_as=plain["read_as"],
    )


def limit_memory(mb: int) -> None:
    """Let this process have so much memory beyond what it has, and no more than was let before.

    A process that reads for itself is left as it is: whoever parses in place would be limited for
    all that follows.
    """
    if _IS_APART not in os.environ:
        return
    with contextlib.suppress(ImportError):  # Windows knows no such limits
        import resource

        held = Path("/proc/self/statm")
        n_pages = int(held.read_text().split()[0]) if held.is_file() else 0
        most = n_pages * resource.getpagesize() + mb * 1_000_000
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _answers(
    module: str, function: str, how: str, mb: str, file: str, *given: str
) -> Iterator[dict[str, Any]]:
    """Yield tables, or the parts of a file; whatever goes wrong is the last that is said."""
    name = Path(file).name
    try:
        home = importlib.import_module(module)
        for library in getattr(home, "LIBRARIES", ()):
            importlib.import_module(library)
        limit_memory(int(mb))
        work = getattr(home, function)
        if how == "pour":
            yield from ({"part": part} for part in work(Path(file), *given))
            yield _END
        else:
            tables = work(RawFile(name=file, content=sys.stdin.buffer.read()), *given)
            yield {"tables": [asdict(t) for t in tables]}
    except LoopwrightError as ex:
        yield {"error": ex.what, "where": ex.where, "remedy": ex.remedy}
    except MemoryError:
        yield _too_much(mb, file)
    except Exception as ex:  # whatever a foreign parser raises is a refusal, never a crash
        what = f"The file is damaged, or not of this format: {str(ex)[:200]}"
        yield {"error": what, "where": name, "remedy": _REMEDY}


def _too_much(mb: str, file: str) -> dict[str, Any]:
    what = f"Reading takes more than {mb} MB of memory"
    return {"error": what, "where": Path(file).name, "remedy": _REMEDY}


def _main() -> None:
    """Do what the command line asks for, under limits; answer on standard output."""
    for said in _answers(*sys.argv[1:]):
        try:
            line = json.dumps(said)
        except MemoryError:
            del said
            line = json.dumps(_too_much(*sys.argv[4:6]))
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
