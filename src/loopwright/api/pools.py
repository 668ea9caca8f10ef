# SPDX-License-Identifier: Apache-2.0
"""A pool by its path: held where it can be, else a library that is read row by row."""

from __future__ import annotations

import hashlib
from pathlib import Path

from loopwright.api.files import read_file
from loopwright.core.values import RawFile
from loopwright.data.streams import format_of, open_stream
from loopwright.loop.library import Library
from loopwright.loop.plain import Ask
from loopwright.registry import build

__all__ = ["pool_at"]

HELD_MB = 100
"""Largest text that is held."""

HELD_PACKED_MB = 20
"""Largest file that is held of those that are packed: Parquet, gzip."""

_PACKED = (b"PAR1", b"\x1f\x8b")


def pool_at(path: Path, ask: Ask) -> RawFile | Library:
    """Return a pool of any size; one above 100 MB (packed, 20 MB) of structures as a library.

    Args:
        path: Where it lies.
        ask: What is wanted of it; where nobody can look it over in passing, it is held.

    Raises:
        DataError: It cannot be read, or must be held and is larger than 2 GB.
    """
    kind = format_of(path, path.name) if path.is_file() and _is_large(path) else "other"
    if kind == "other" or "sketch" not in _offers(ask):
        return read_file(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Library(name=path.name, sha256=digest, stream=open_stream(path, kind))


def _is_large(path: Path) -> bool:
    with path.open("rb") as file:
        is_packed = file.read(4).startswith(_PACKED)
    return path.stat().st_size > 1e6 * (HELD_PACKED_MB if is_packed else HELD_MB)


def _offers(ask: Ask) -> frozenset[str]:
    """Return the kinds in which the asked modality describes; recipes are known later."""
    if ask.settings:
        return frozenset()
    offers: frozenset[str] = build("modalities", ask.modality.name, ask.modality.options).offers
    return offers
