# SPDX-License-Identifier: Apache-2.0
"""What a person gives as a path: a file of data, a mapping that he wrote, or where a page goes."""

from __future__ import annotations

from pathlib import Path

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.data.mappings import Mappings, mappings_from_toml

__all__ = ["read_file", "read_mapping", "write_page"]

MAX_FILE_MB = 2_000


def read_file(path: Path | str) -> RawFile:
    """Return a file's bytes.

    Args:
        path: A path, or its text.

    Raises:
        DataError: It is not there, is a folder, or is larger than 2 GB.
    """
    path = Path(path)
    try:
        size_mb = path.stat().st_size / 1e6
        if size_mb > MAX_FILE_MB:
            raise DataError(
                f"The file has {size_mb:.0f} MB; the limit is {MAX_FILE_MB}",
                where=str(path),
                remedy="Split it.",
            )
        return RawFile(name=path.name, content=path.read_bytes())
    except OSError as ex:
        raise DataError(
            f"The file cannot be read: {ex.strerror}", where=str(path), remedy="Check the path."
        ) from ex


def read_mapping(path: Path) -> Mappings:
    """Return the mapping, or those of single sheets, that a person wrote into a file.

    Raises:
        DataError: It cannot be read, or is no mapping.
    """
    try:
        text = read_file(path).content.decode("utf-8-sig")
    except UnicodeDecodeError as ex:
        raise DataError(
            f"The mapping is no UTF-8 text: {ex.reason}",
            where=str(path),
            remedy="Save it as UTF-8.",
        ) from ex
    return mappings_from_toml(text, where=str(path))


def write_page(text: str, out: Path) -> Path:
    """Write a page, and return where.

    Raises:
        DataError: It cannot be written.
    """
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as ex:
        raise DataError(
            f"The page cannot be written: {ex.strerror}",
            where=str(out),
            remedy="Name a file in a folder that is there and that you may write to.",
        ) from ex
    return out
