# SPDX-License-Identifier: Apache-2.0
"""The files inside a zip archive, in memory, within limits. Nothing is written to disk."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.data.text import MAX_BYTES, demand_ratio

__all__ = ["DAMAGED", "METHODS", "MAX_MEMBERS", "demand_size", "leads_out", "members"]

MAX_MEMBERS = 1_000

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How members may be packed; the other methods cannot be stopped in time."""

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    IndexError,
    EOFError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What opening a damaged zip archive raises."""


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
            demand_size(inside, file.name, len(file.content))
            return tuple(RawFile(name=i.filename, content=_content(archive, i)) for i in inside)
    except DataError:
        raise
    except DAMAGED as ex:
        raise DataError(
            f"The archive cannot be unpacked: {str(ex)[:200]}",
            where=file.name,
            remedy="Pack it again, without a password; or give its files one by one.",
        ) from ex


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return a member; never more of it than it says it has."""
    with archive.open(entry) as member:
        content = member.read(entry.file_size)
        if member.read(1):
            raise zipfile.BadZipFile("a member is larger than it says")
        return content


def demand_size(inside: list[zipfile.ZipInfo], name: str, n_packed: int) -> None:
    """Refuse an archive that is empty, or too large unpacked, before anything is unpacked.

    What it says of its members binds it: no more than that is unpacked of any, and what does
    not fit is damaged. Only methods are opened that can be stopped in time.

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
    demand_ratio(size, n_packed, name)
    if any(i.compress_type not in METHODS for i in inside):
        raise DataError(
            "The archive is packed in a way that is not opened",
            where=name,
            remedy="Pack it again with the usual method (deflate).",
        )


def leads_out(path: str) -> bool:
    r"""Return whether a member's path points elsewhere than into its archive.

    Example:
        >>> leads_out("../../a.csv"), leads_out("/etc/a"), leads_out("C:\a"), leads_out("b/a.csv")
        (True, True, True, False)
    """
    parts = path.replace("\\", "/").split("/")
    is_drive = len(parts[0]) == 2 and parts[0].endswith(":")
    return ".." in parts or not parts[0] or is_drive or any(ord(c) < 32 for c in path)


def _is_hidden(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return "__MACOSX" in parts or (parts[-1].startswith(".") and ".." not in parts)
