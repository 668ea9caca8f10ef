# SPDX-License-Identifier: Apache-2.0
"""Reads many structures at once: the same readings as one by one, spread over processes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeAlias

from loopwright.core.errors import DataError
from loopwright.core.readings import Reading
from loopwright.core.values import Candidate
from loopwright.data.apart import run_module

__all__ = ["packed", "read_texts"]

PARALLEL_FROM = 4_000
"""Fewer texts than this are read faster in this very process."""

SHARE = 50_000
"""Texts that one process reads before it ends."""

ReadOne: TypeAlias = Callable[[str], Reading]
Answer: TypeAlias = Reading | DataError


def read_texts(
    texts: Sequence[str], read: ReadOne, options: Mapping[str, Any], *, n_workers: int = 0
) -> tuple[Answer, ...]:
    """Return for each text its reading, or why it is refused.

    Args:
        texts: SMILES or mol blocks.
        read: Reads one of them, as a modality of these options does.
        options: Of the modality, as plain JSON values.
        n_workers: At most so many processes; 0 for one per processor.
    """
    n_cpu = os.cpu_count() or 1
    n_processes = min(n_workers or n_cpu, n_cpu)
    if len(texts) < PARALLEL_FROM or n_processes == 1:
        return tuple(_here(texts, read))
    size = min(SHARE, -(-len(texts) // n_processes))
    shares = [texts[i : i + size] for i in range(0, len(texts), size)]
    with ThreadPoolExecutor(n_processes) as threads:
        parts = threads.map(partial(_elsewhere, read=read, options=options), shares)
        return tuple(answer for part in parts for answer in part)


def _here(texts: Sequence[str], read: ReadOne) -> list[Answer]:
    return [_answer(text, read) for text in texts]


def _answer(text: str, read: ReadOne) -> Answer:
    try:
        return read(text)
    except DataError as ex:
        return ex


def _elsewhere(texts: Sequence[str], read: ReadOne, options: Mapping[str, Any]) -> list[Answer]:
    """Read in a process of its own; where none can be started, or it fails, in this one."""
    asked = json.dumps([dict(options), list(texts)]).encode()
    try:
        run = run_module("loopwright.modalities.molecules.crowd_apart", given=asked)
    except OSError:
        return _here(texts, read)
    if run.returncode:
        return _here(texts, read)
    told = json.loads(run.stdout)
    return [_unpacked(plain, text) for plain, text in zip(told, texts, strict=True)]


def packed(answer: Answer) -> list[Any]:
    """Return an answer as plain JSON values."""
    if isinstance(answer, DataError):
        return [answer.what, answer.where, answer.remedy]
    made = answer.candidate
    return [made.id, made.text, list(answer.notes), answer.doubt, answer.remedy]


def _unpacked(plain: Sequence[Any], text: str) -> Answer:
    """Return an answer; a canonical text that is the one asked for is kept once."""
    if len(plain) == 3:
        what, where, remedy = plain
        return DataError(what, where=where, remedy=remedy)
    id_, canonical, notes, doubt, remedy = plain
    candidate = Candidate(id=id_, text=text if canonical == text else canonical)
    return Reading(candidate=candidate, notes=tuple(notes), doubt=doubt, remedy=remedy)
