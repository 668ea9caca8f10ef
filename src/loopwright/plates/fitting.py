# SPDX-License-Identifier: Apache-2.0
"""Fits many curves, on as many processes as there are processors; the answer is the same on one.

A process gets plain JSON and answers with plain JSON. Knows no plate.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import cattrs
from attrs import field, frozen

from loopwright.data.apart import run_module
from loopwright.science.curves import Curve, fit_curve
from loopwright.science.logistic import Bounds

__all__ = ["Task", "fit_curves"]

PARALLEL_FROM = 24
"""Fewer curves than this are fitted faster in this very process."""


@frozen(kw_only=True)
class Task:
    """One curve to be fitted; see ``science.curves.fit_curve``."""

    concentration_molar: tuple[float, ...]
    response_percent: tuple[float, ...]
    names: tuple[str, ...]
    direction: Literal["rising", "falling"] = "rising"
    bounds: Bounds = field(factory=Bounds)


def fit_curves(tasks: Sequence[Task], *, n_workers: int = 0) -> list[Curve]:
    """Return one curve for each task, in their order.

    Args:
        tasks: What to fit.
        n_workers: At most so many processes; 0 for one per processor.
    """
    n_cpu = os.cpu_count() or 1
    n_processes = min(n_workers or n_cpu, n_cpu)
    if len(tasks) < PARALLEL_FROM or n_processes < 2:
        return _here(tasks)
    shares = [tasks[i::n_processes] for i in range(n_processes)]
    with ThreadPoolExecutor(n_processes) as threads:
        parts = list(threads.map(_elsewhere, shares))
    found: list[Any] = [None] * len(tasks)
    for i, part in enumerate(parts):
        found[i::n_processes] = part
    return found


def _here(tasks: Sequence[Task]) -> list[Curve]:
    """Fit in this process."""
    return [
        fit_curve(
            t.concentration_molar,
            t.response_percent,
            names=t.names,
            direction=t.direction,
            bounds=t.bounds,
        )
        for t in tasks
    ]


def _elsewhere(tasks: Sequence[Task]) -> list[Curve]:
    """Fit in a process of its own; where none can be started, or it fails, in this one."""
    asked = json.dumps(cattrs.unstructure(list(tasks))).encode()
    try:
        run = run_module("loopwright.plates.fitting", given=asked)
    except OSError:
        return _here(tasks)
    if run.returncode:
        return _here(tasks)
    return cattrs.structure(json.loads(run.stdout), list[Curve])


def _main() -> None:
    """Fit what standard input asks for; answer on standard output."""
    tasks = cattrs.structure(json.loads(sys.stdin.buffer.read()), list[Task])
    sys.stdout.write(json.dumps(cattrs.unstructure(_here(tasks))))


if __name__ == "__main__":
    _main()
