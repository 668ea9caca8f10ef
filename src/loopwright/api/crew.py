# SPDX-License-Identifier: Apache-2.0
"""Processes that predict shares of rows; one that dies takes no row with it.

They exchange messages of JSON, no pickles, and end by themselves when this process does. Small
files are predicted in this very process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from threading import local
from types import TracebackType
from typing import Any

from attrs import asdict

from loopwright.api.foretell import Asking, Foreteller, Lines, Share, receive, send
from loopwright.core.errors import DataError

__all__ = ["Crew", "in_order"]

DIED = "reading this structure ended the process that read it"
MOST_DEATHS = 60
"""After so many the fault is not in the structures."""


class Crew:
    """Some workers; each thread that asks has one of its own."""

    def __init__(self, asking: Asking, *, n_workers: int) -> None:
        """Start nobody yet.

        Args:
            asking: What is asked of every row.
            n_workers: Processes; 0 for none, then this process answers.
        """
        self._asking, self._n = asking, n_workers
        self._mine = local()
        self._all: list[subprocess.Popen[bytes]] = []
        self._here: Foreteller | None = None
        self._threads = ThreadPoolExecutor(max(1, n_workers))
        self._n_deaths = 0
        self._is_over = False

    def __enter__(self) -> Crew:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        ex: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every worker."""
        self._is_over = ex is not None
        self._threads.shutdown(wait=ex is None, cancel_futures=True)
        for process in self._all:
            _end(process)

    @property
    def n_ahead(self) -> int:
        """Return how many shares may be under way or waiting, so that memory stays bounded."""
        return self._n + 1

    def use(self, teller: Foreteller) -> None:
        """Let models that this process has opened answer where there are no workers."""
        self._here = teller

    def submit(self, share: Share) -> Future[Lines]:
        """Return what will be said of a share of rows; of none, nothing."""
        if not share:
            nothing: Future[Lines] = Future()
            nothing.set_result(Lines(text="", problems={}))
            return nothing
        return self._threads.submit(self._lines, share)

    def _lines(self, share: Share) -> Lines:
        if not self._n and self._here is not None:
            return self._here.lines(share)
        told = self._ask(share)
        if told is not None:
            return told
        if len(share) == 1:
            (cells, _), *_ = share
            return self._ask([(cells, DIED)]) or self._lines(share)
        half = len(share) // 2
        first, second = self._lines(share[:half]), self._lines(share[half:])
        counts = dict(first.problems)
        for problem, n in second.problems.items():
            counts[problem] = counts.get(problem, 0) + n
        return Lines(text=first.text + second.text, problems=counts)

    def _ask(self, share: Share) -> Lines | None:
        """Return what this thread's worker says; None if it died, and was replaced."""
        if self._is_over:
            raise CancelledError
        process: subprocess.Popen[bytes] | None = getattr(self._mine, "process", None)
        if process is None or process.poll() is not None:
            process = self._mine.process = self._started()
        assert process.stdin is not None and process.stdout is not None, "both are pipes"
        try:
            send(process.stdin, share)
            said: Any = receive(process.stdout)
        except BrokenPipeError:
            said = receive(process.stdout)
        if said is None:
            _end(process)
            self._n_deaths += 1
            if self._n_deaths > MOST_DEATHS:
                raise DataError(
                    "The processes that predict end again and again",
                    remedy="Run `loopwright doctor`, and look at the memory of this machine.",
                )
            return None
        if "error" in said:
            raise DataError(said["error"], where=said["where"], remedy=said["remedy"])
        return Lines(text=said["text"], problems=said["problems"])

    def _started(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(p for p in sys.path if p)
        one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "loopwright.api.foretell", json.dumps(asdict(self._asking))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **one, "PYTHONPATH": path},
        )
        self._all.append(process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a worker; what it was not told any more is of no interest."""
    process.kill()
    process.wait()
    for pipe in filter(None, (process.stdin, process.stdout)):
        with suppress(BrokenPipeError):
            pipe.close()


def in_order(crew: Crew, shares: Iterable[tuple[int, Share]]) -> Iterator[tuple[int, Lines]]:
    """Yield (number, lines) of every share, in order; few are held at once."""
    waiting: deque[tuple[int, Future[Lines]]] = deque()
    for number, share in shares:
        waiting.append((number, crew.submit(share)))
        while len(waiting) > crew.n_ahead:
            first, future = waiting.popleft()
            yield first, future.result()
    for number, future in waiting:
        yield number, future.result()
