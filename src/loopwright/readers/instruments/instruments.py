# SPDX-License-Identifier: Apache-2.0
"""Reads what an instrument wrote: an Allotrope document, or what ``allotropy`` makes of an export.

Foreign parsers run in a process of their own; which one is asked is told from the content.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
import re
import zipfile
from pathlib import PurePath
from typing import Any

from attrs import frozen

from loopwright.core.errors import DataError, MissingExtraError
from loopwright.core.values import RawFile, RawTable
from loopwright.data.apart import Apart, read_apart
from loopwright.data.archive import demand_size
from loopwright.data.text import head_of, text_of
from loopwright.readers.instruments.asm import tables_of
from loopwright.readers.instruments.vendors import Vendor, container_of, vendors_of

__all__ = ["InstrumentReader"]

LARGE = 8_000_000
"""Bytes of an Allotrope document beyond which it is parsed in a process of its own."""

PARSER_MB = 1_000
"""Memory that a parser may take beyond what it takes to load it."""

LIBRARIES = ("pandas", "allotropy.allotrope.converter", "allotropy.named_file_contents")
MAX_TRIED = 3
"""Parsers that are tried on one file."""

_ASM = re.compile(r'"(?:\$asm\.|[\w -]+ aggregate document")')
_STRUCTURES = re.compile(r"smiles|inchi|M  END", re.IGNORECASE)
_FLOW = b"FCS"
_REMEDY = "Export it again, or export a table of results as CSV."


@frozen(kw_only=True)
class InstrumentReader:
    """The reader of instrument files."""

    suffixes: tuple[str, ...] = (
        ".json", ".json.gz", ".asm", ".blr", ".bme", ".rslt", ".wsp", ".fcs", ".lmd", ".xls",
    )  # fmt: skip
    apart: Apart = read_apart
    """Where a foreign parser runs."""

    def claims(self, file: RawFile) -> float:
        """Return 1 for a format that is known by its marks, less where another may be right."""
        if _is_asm(file) or _is_flow(file):
            return 1.0
        if _STRUCTURES.search(head_of(file.content, 2_000)):
            return 0.0
        vendors = vendors_of(file)
        if vendors:
            return 1.0 if vendors[0].is_sure else 0.3
        return 0.5 if file.name.lower().endswith(self.suffixes) else 0.0

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return one row for each measured value, and one for each point of a curve.

        A value that the instrument could not give keeps what stands in its place.
        """
        if _is_flow(file):
            raise DataError(
                f"These are flow cytometry events ({file.content[:6].decode('ascii', 'replace')}), "
                "not measurements of candidates",
                where=file.name,
                remedy="Gate them, and export the statistics of each sample as CSV.",
            )
        if container_of(file.content) == "json" and not vendors_of(file):
            is_large = len(file.content) > LARGE
            return self.apart(read_document, file) if is_large else read_document(file)
        return _read_export(file, self.apart)


def read_document(file: RawFile) -> tuple[RawTable, ...]:
    """Return the tables of an Allotrope document."""
    text = text_of(file).lstrip("\ufeff")
    try:
        document = json.loads(text)
        return tables_of(document, where=file.name, taken_for="taken for an Allotrope document")
    except RecursionError as ex:
        raise _refusal(file, "The JSON is nested too deep") from ex
    except ValueError as ex:
        if isinstance(ex, DataError):
            raise
        raise _refusal(file, f"The JSON is damaged: {str(ex)[:200]}") from ex


def _read_export(file: RawFile, apart: Apart) -> tuple[RawTable, ...]:
    """Try the formats that the marks allow, in order; the first refusal counts."""
    first: dict[str, Vendor] = {}
    for vendor in vendors_of(file):
        first.setdefault(vendor.parser, vendor)
    vendors = list(first.values())
    if not vendors:
        text_of(file)  # says if it is empty, damaged or packed badly
        raise _refusal(file, "No mark of an instrument's export is found in it")
    if importlib.util.find_spec("allotropy") is None:
        raise MissingExtraError(
            f"This is an export of {vendors[0].name}, which is read by 'allotropy'",
            where=file.name,
            remedy="Run: pip install 'loopwright[instruments]'",
        )
    if vendors[0].container in {"book", "zip"}:
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            demand_size(archive.infolist(), file.name, len(file.content))
    refusal: DataError | None = None
    for vendor in vendors[:MAX_TRIED]:
        try:
            return apart(read_export, file, given=(vendor.name, vendor.parser), mb=PARSER_MB)
        except DataError as ex:
            what = f"It looks like an export of {vendor.name}, but: {ex.what}"
            refusal = refusal or DataError(what, where=ex.where, remedy=_REMEDY)
    assert refusal is not None
    raise refusal


def read_export(file: RawFile, name: str, parser: str) -> tuple[RawTable, ...]:
    """Return the tables of an export; runs in the process apart.

    Args:
        file: The export.
        name: What its format is called.
        parser: Module and class that read it, below ``allotropy.parsers``.
    """
    from allotropy.allotrope.converter import unstructure
    from allotropy.named_file_contents import NamedFileContents

    vendor = next(v for v in vendors_of(file) if v.parser == parser)
    module, _, kind = parser.partition(":")
    found = getattr(importlib.import_module(f"allotropy.parsers.{module}"), kind)
    content = NamedFileContents(io.BytesIO(_plain(file, vendor)), _named(file, vendor))
    document: Any = unstructure(found().to_allotrope(content))
    return tables_of(document, where=file.name, taken_for=f"taken for an export of {name}")


def _plain(file: RawFile, vendor: Vendor) -> bytes:
    """Return the content as the parsers expect it: text in UTF-8, whatever it came in."""
    if vendor.container not in {"text", "xml", "json"}:
        return file.content
    try:
        file.content.decode("utf-8")
    except UnicodeDecodeError:
        return text_of(file).encode("utf-8")
    return file.content


def _named(file: RawFile, vendor: Vendor) -> str:
    """Return the file's name under an ending that the parser accepts."""
    path = PurePath(file.name)
    if path.suffix[1:].lower() in vendor.endings:
        return path.name
    return f"{path.stem}.{vendor.endings[0]}"


def _is_asm(file: RawFile) -> bool:
    return container_of(file.content) == "json" and bool(_ASM.search(head_of(file.content, 8_000)))


def _is_flow(file: RawFile) -> bool:
    return file.content[:3] == _FLOW and file.content[3:6] in {b"2.0", b"3.0", b"3.1", b"3.2"}


def _refusal(file: RawFile, what: str) -> DataError:
    return DataError(what, where=file.name, remedy=_REMEDY)
