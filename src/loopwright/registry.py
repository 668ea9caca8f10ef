# SPDX-License-Identifier: Apache-2.0
"""Finds a plugin by shelf and name. It knows no plugin itself.

The name of a built-in plugin is the name of its folder; a third party's is the name of its
entry point in the group ``loopwright.<shelf>``. Only the plugin that is asked for is imported,
and nothing is skipped in silence.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import cattrs
from attrs import evolve, fields
from cattrs.v import format_exception, transform_error

from loopwright.core.errors import MissingExtraError, SpecError, UnknownPluginError
from loopwright.core.plugin import Plugin

__all__ = ["SHELVES", "Shelf", "build", "names", "options", "plugin"]

Shelf: TypeAlias = Literal[
    "readers", "modalities", "generators", "models", "proposers", "labs", "worklists"
]
SHELVES: tuple[Shelf, ...] = get_args(Shelf)

_WORDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def names(shelf: Shelf) -> tuple[str, ...]:
    """Return every name on a shelf, sorted; imports no plugin."""
    package = importlib.import_module(f"loopwright.{shelf}")
    built_in = {m.name for m in pkgutil.iter_modules(package.__path__) if m.ispkg}
    return tuple(sorted(built_in | _foreign(shelf).keys()))


def plugin(shelf: Shelf, name: str) -> Plugin:
    """Return one plugin's name plate.

    Raises:
        UnknownPluginError: No plugin has this name; the remedy offers the nearest.
    """
    known = names(shelf)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Choose one of: {', '.join(known)}."
        raise UnknownPluginError(
            f"No {name!r} among the {shelf}", where=f"{shelf}.{name}", remedy=hint
        )
    foreign = _foreign(shelf)
    found = (
        foreign[name].load()
        if name in foreign
        else importlib.import_module(f"loopwright.{shelf}.{name}").PLUGIN
    )
    assert isinstance(found, Plugin), f"{shelf}/{name} exposes {type(found)} as PLUGIN"
    return found


def options(shelf: Shelf, name: str, given: Mapping[str, Any]) -> Any:
    """Return a plugin's options, checked and typed; builds nothing.

    Raises:
        UnknownPluginError: No plugin has this name.
        SpecError: An option is unknown or of the wrong type; all faults are told at once.
    """
    plate = plugin(shelf, name)
    try:
        return _converter.structure(dict(given), plate.options)
    except (cattrs.BaseValidationError, ValueError, TypeError) as ex:
        faults = transform_error(ex, path="options", format_exception=_say)
        raise SpecError(
            f"Bad options for {name!r}: {'; '.join(faults)}",
            where=f"{shelf}.{name}",
            remedy=f"`loopwright explain {shelf} {name}` lists the options.",
        ) from ex


def build(shelf: Shelf, name: str, given: Mapping[str, Any], *, root: Path | None = None) -> Any:
    """Return a working plugin, its options checked.

    Args:
        shelf: Where to look.
        name: The plugin.
        given: Its options, as plain values.
        root: The folder that relative paths among the options start from.

    Raises:
        UnknownPluginError: No plugin has this name.
        SpecError: An option is unknown or of the wrong type.
        MissingExtraError: The plugin's library is not installed.
    """
    typed = options(shelf, name, given)
    if root is not None:
        typed = evolve(typed, **_rooted(typed, root))
    plate = plugin(shelf, name)
    try:
        return plate.build(typed)
    except ModuleNotFoundError as ex:
        raise MissingExtraError(
            f"{name!r} needs the library {ex.name!r}",
            where=f"{shelf}.{name}",
            remedy=f"Run: pip install 'loopwright[{plate.extra}]'",
        ) from ex


def _rooted(typed: Any, root: Path) -> dict[str, Path]:
    """Return those options that are paths, relative ones below ``root``."""
    values = {f.name: getattr(typed, f.name) for f in fields(type(typed))}
    return {name: root / value for name, value in values.items() if isinstance(value, Path)}


def _foreign(shelf: Shelf) -> dict[str, Any]:
    return {e.name: e for e in _installed(f"loopwright.{shelf}", tuple(sys.path))}


@lru_cache(maxsize=64)
def _installed(group: str, path: tuple[str, ...]) -> EntryPoints:
    """Return the entry points of a group; asking the disk takes 10 ms, so once for each path."""
    return entry_points(group=group)


def _say(ex: BaseException, kind: type[Any] | None) -> str:
    """Return a fault in the words of the check that found it."""
    words = isinstance(ex, ValueError | TypeError) and ex.args
    return str(ex.args[0]) if words else format_exception(ex, kind)


def _plain(value: Any, kind: type[Any]) -> Any:
    """Return a value of its own type; a whole number also passes as a number."""
    allowed = (int, float) if kind is float else kind
    if not isinstance(value, allowed) or isinstance(value, bool) != (kind is bool):
        raise TypeError(f"{value!r} is not {_WORDS[kind]}")
    return kind(value)


def _number_or_text(value: Any, _: type[Any]) -> int | str:
    """Return a whole number or a text, as it was given."""
    return int(_plain(value, int)) if isinstance(value, int) else str(_plain(value, str))


def _make_converter() -> cattrs.Converter:
    """Return a converter that changes no type in silence."""
    made = cattrs.Converter(forbid_extra_keys=True)
    for kind in _WORDS:
        made.register_structure_hook(kind, _plain)
    made.register_structure_hook(int | str, _number_or_text)
    return made


_converter = _make_converter()
