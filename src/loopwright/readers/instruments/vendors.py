# SPDX-License-Identifier: Apache-2.0
"""Which instrument wrote a file: told from a cheap look at its content, never from its name.

The marks stand in ``vendors.toml``. Looks at the beginning and the end of a text, at the sheet
names and first strings of a workbook, at the names in an archive; unpacks no more than that.
"""

from __future__ import annotations

import io
import re
import tomllib
import zipfile
from functools import cache
from importlib.resources import files
from xml.sax.saxutils import unescape

from attrs import field, frozen

from loopwright.core.values import RawFile
from loopwright.data.archive import DAMAGED, METHODS
from loopwright.data.text import head_of

__all__ = ["Vendor", "container_of", "vendors_of"]

LOOKED_AT = 64_000
"""Bytes of the beginning, and of each part of a workbook, that are looked at."""

TAIL = 2_000
"""Bytes of the end that are looked at."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SHEET = re.compile(r'<(?:\w+:)?sheet [^>]*?name="([^"]*)"')
_STRING = re.compile(r"<(?:\w+:)?t(?: [^>]*)?>([^<]*)</(?:\w+:)?t>")
_PARTS = ("xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml")


def _compiled(marks: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(m, re.MULTILINE) for m in marks)


@frozen(kw_only=True)
class Vendor:
    """A format: what it is called, which parser reads it, how it is known."""

    name: str
    parser: str
    """Module and class below ``allotropy.parsers``, parted by a colon."""

    endings: tuple[str, ...] = field(converter=tuple)
    """Under which the parser accepts it."""

    container: str
    """``text``, ``book``, ``ole``, ``zip``, ``xml`` or ``json``."""

    marks: tuple[re.Pattern[str], ...] = field(converter=_compiled)
    is_sure: bool = True
    """Whether no other reader may be right."""


def vendors_of(file: RawFile) -> tuple[Vendor, ...]:
    """Return the formats that a file may be of, the likeliest first; none for a plain table."""
    container = container_of(file.content)
    look = _look(file, container)
    return tuple(
        v
        for v in _vendors()
        if v.container == container and look and all(m.search(look) for m in v.marks)
    )


def container_of(content: bytes) -> str:
    """Return what holds the content: ``text``, ``book``, ``ole``, ``zip``, ``xml``, ``json``."""
    if content.startswith(_OLE):
        return "ole"
    if content.startswith(b"PK"):
        return "book" if b"[Content_Types].xml" in content else "zip"
    first = head_of(content, 200).lstrip("\ufeff \t\r\n")[:1]
    return {"<": "xml", "{": "json", "[": "text"}.get(first, "text")


@cache
def _vendors() -> tuple[Vendor, ...]:
    """Return every format of the table."""
    text = files("loopwright.readers.instruments").joinpath("vendors.toml").read_text("utf-8")
    return tuple(Vendor(**entry) for entry in tomllib.loads(text)["vendor"])


def _look(file: RawFile, container: str) -> str:
    """Return the text in which marks are searched; blank if there is none."""
    content = file.content
    if container == "ole":
        plain = content[: 8 * LOOKED_AT].decode("latin-1")
        return plain + plain.replace("\0", "")
    if container in {"book", "zip"}:
        return _inside(content, container)
    head = head_of(content, LOOKED_AT).lstrip("\ufeff")
    tail = head_of(content[-TAIL:], TAIL) if len(content) > LOOKED_AT else ""
    return (head + "\n" + tail).replace("\r\n", "\n").replace("\r", "\n")


def _inside(content: bytes, container: str) -> str:
    """Return the names in an archive; of a workbook its sheets, in brackets, and first strings."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(i.compress_type not in METHODS for i in archive.infolist()):
                return ""
            names = archive.namelist()
            if container == "zip":
                return "\n".join(names[:1_000])
            first, *others = (_part(archive, name) for name in _PARTS if name in names)
    except DAMAGED:
        return ""
    sheets = [f"[{unescape(name)}]" for name in _SHEET.findall(first)]
    cells = [unescape(cell).strip() for other in others for cell in _STRING.findall(other)]
    return "\n".join([*sheets, *cells])


def _part(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(LOOKED_AT).decode("utf-8", "replace")
