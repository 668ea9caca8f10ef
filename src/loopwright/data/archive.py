# SPDX-License-Identifier: Apache-2.0
"""The files inside a zip archive, in memory, within limits. Nothing is written to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.data.text import MAX_BYTES

__all__ = ["MAX_MEMBERS", "demand_size", "members"]

MAX_MEMBERS = 1_000

_REFUSED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    ValueError,
    OSError,
)


def members(file: RawFile) -> tuple[RawFile, ...]:
    """Return every file of an archive that is no folder and not hidden, by its path in there.

    Raises:
        DataError: It is no zip archive, is empty, packed with a password, or larger unpacked
            than a file may be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            inside = [
                i for i in archive.infolist() if not i.is_dir() and not _is_hidden(i.filename)
            ]
            demand_size(inside, file.name)
            return tuple(RawFile(name=i.filename, content=archive.read(i)) for i in inside)
    except DataError:
        raise
    except _REFUSED as ex:
        raise DataError(
            f"The archive cannot be unpacked: {str(ex)[:200]}",
            where=file.name,
            remedy="Pack it again, without a password; or give its files one by one.",
        ) from ex


def demand_size(inside: list[zipfile.ZipInfo], name: str) -> None:
    """Refuse an archive that is empty, or too large unpacked, before anything is unpacked.

    Raises:
        DataError: It is.
    """
    size = sum(i.file_size for i in inside)
    if not inside:
        raise DataError("The archive is empty", where=name, remedy="Pack the files again.")
    if size > MAX_BYTES or len(inside) > MAX_MEMBERS:
        raise DataError(
            f"The archive unpacks to {size // 1_000_000} MB in {len(inside)} files",
            where=name,
            remedy=f"Stay below {MAX_BYTES // 1_000_000} MB and {MAX_MEMBERS} files.",
        )


def _is_hidden(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return "__MACOSX" in parts or parts[-1].startswith(".")
