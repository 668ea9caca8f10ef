# SPDX-License-Identifier: Apache-2.0
"""What is on the shelves: list, explain, cite; and whether this machine is fit (doctor)."""

from __future__ import annotations

import ast
import difflib
import inspect
import os
import sqlite3
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from attrs import NOTHING, Factory, fields, frozen

from loopwright.core.errors import UnknownPluginError
from loopwright.registry import SHELVES, Shelf, names, plugin
from loopwright.spec import campaign as spec_module
from loopwright.spec import goal as goal_module

__all__ = ["Check", "Option", "Plate", "cite", "doctor", "explain_plugin", "explain_spec", "plates"]

_NEEDED = ("numpy", "scipy", "rdkit", "lightgbm", "pyarrow", "sqlalchemy", "cryptography")


@frozen(kw_only=True)
class Option:
    """One option or key: its type, its default, what it means."""

    name: str
    type: str
    default: str
    """Blank when it must be given."""

    text: str


@frozen(kw_only=True)
class Plate:
    """A plugin as its name plate tells it."""

    shelf: str
    name: str
    summary: str
    source: str
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()


@frozen(kw_only=True)
class Check:
    """One thing that the doctor looked at."""

    what: str
    ok: bool
    found: str
    remedy: str = ""


def plates(shelf: str = "") -> tuple[Plate, ...]:
    """Return all plugins, or those of one shelf, without their options."""
    chosen = SHELVES if not shelf else (_shelf(shelf),)
    return tuple(_plate(s, n) for s in chosen for n in names(s))


def explain_plugin(shelf: str, name: str) -> Plate:
    """Return one plugin with every option.

    Raises:
        UnknownPluginError: There is no such shelf or plugin.
    """
    return _plate(_shelf(shelf), name, with_options=True)


def explain_spec() -> dict[str, tuple[Option, ...]]:
    """Return every key of a campaign file, by table."""
    tables = {
        "campaign": spec_module.CampaignSpec,
        "goals": goal_module.Goal,
        "start": spec_module.Start,
        "screen": spec_module.Screen,
        "stop": spec_module.Stop,
    }
    return {name: _options(cls) for name, cls in tables.items()}


def cite(spec: spec_module.CampaignSpec) -> tuple[Plate, ...]:
    """Return the sources of exactly the methods that a campaign uses."""
    used: list[tuple[Shelf, str]] = [
        ("modalities", spec.modality.name),
        ("generators", spec.generator.name),
        *(("models", m.name) for m in spec.models),
        ("proposers", spec.proposer.name),
        ("labs", spec.lab.name),
    ]
    return tuple(_plate(shelf, name) for shelf, name in used)


def doctor() -> tuple[Check, ...]:
    """Look at what the package needs of this machine; changes nothing and calls nobody."""
    checks = [
        Check(
            what="Python",
            ok=sys.version_info >= (3, 11),
            found=sys.version.split()[0],
            remedy="Install Python 3.11 or newer.",
        ),
        Check(
            what="SQLite",
            ok=sqlite3.sqlite_version_info >= (3, 31),
            found=f"{sqlite3.sqlite_version}, rollback journal",
            remedy="Use a Python that links SQLite 3.31 or newer.",
        ),
        Check(what="cores", ok=True, found=str(os.cpu_count())),
    ]
    checks += [_library(name) for name in _NEEDED]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        path.touch(mode=0o600)
        private = (path.stat().st_mode & 0o077) == 0
    checks.append(
        Check(
            what="private files",
            ok=private,
            found="kept" if private else "not kept",
            remedy="Put workspaces on a file system that keeps permissions.",
        )
    )
    return tuple(checks)


def _library(name: str) -> Check:
    try:
        return Check(what=name, ok=True, found=version(name))
    except PackageNotFoundError:
        return Check(what=name, ok=False, found="absent", remedy=f"Run: pip install {name}")


def _shelf(text: str) -> Shelf:
    for shelf in SHELVES:
        if shelf == text:
            return shelf
    near = difflib.get_close_matches(text, SHELVES, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Choose one of: {', '.join(SHELVES)}."
    raise UnknownPluginError(f"There is no shelf {text!r}", where="shelf", remedy=hint)


def _plate(shelf: Shelf, name: str, *, with_options: bool = False) -> Plate:
    found = plugin(shelf, name)
    return Plate(
        shelf=shelf,
        name=name,
        summary=found.summary,
        source=found.source,
        options=_options(found.options) if with_options else (),
        examples=found.examples if with_options else (),
    )


def _options(cls: type) -> tuple[Option, ...]:
    """Return the fields of an attrs class with the docstrings that stand under them."""
    texts = _field_docs(cls)
    return tuple(
        Option(
            name=f.name,
            type=getattr(f.type, "__name__", str(f.type)),
            default=_default(f.default),
            text=texts.get(f.name, ""),
        )
        for f in fields(cls)
        if not f.name.startswith("_")
    )


def _default(default: object) -> str:
    if default is NOTHING:
        return ""
    if isinstance(default, Factory):  # type: ignore[arg-type]
        return "computed"
    return repr(default)


def _field_docs(cls: type) -> dict[str, str]:
    """Return the string that stands under each field in the source."""
    tree = ast.parse(inspect.getsource(cls).lstrip()).body[0]
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for before, after in zip(tree.body, tree.body[1:], strict=False):
        match before, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = " ".join(text.split())
            case _:
                continue
    return found
