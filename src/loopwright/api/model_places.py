# SPDX-License-Identifier: Apache-2.0
"""Where a model may be written: on free ground, or over one that knows nothing more.

It reads cards, and opens no model.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import frozen

from loopwright.api.replacing import waiting
from loopwright.core.errors import DataError

__all__ = [
    "CARD", "FORMAT_NAME", "Replaced", "card_at", "demand_free", "demand_kept", "replaced_of",
]  # fmt: skip

CARD = "card.json"
FORMAT_NAME = "loopwright models"


@frozen(kw_only=True)
class Replaced:
    """The earlier model that a new one has replaced."""

    properties: tuple[str, ...]
    file: str
    """What it was trained on."""

    sha256: str
    """Of that file."""


def demand_free(folder: Path) -> None:
    """Refuse a place that holds something else, that we stand in, or that nobody can write to.

    Raises:
        DataError: It does.
    """
    if folder.exists() and card_at(folder) is None and not _is_empty(folder):
        raise DataError(
            "The folder holds something that is no model",
            where=str(folder),
            remedy="Give a folder that does not exist yet.",
        )
    if Path.cwd().is_relative_to(folder.resolve()):
        raise DataError(
            "The folder is the one that the command runs in, and cannot be replaced",
            where=str(folder),
            remedy="Give a folder that does not exist yet, such as one below it.",
        )
    above = next(one for one in folder.resolve().parents if one.exists())
    if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
        raise DataError(
            f"Nothing can be written to {above}",
            where=str(folder),
            remedy="Give a folder in a place that you may write to.",
        )


def demand_kept(
    folder: Path, properties: Collection[str], reasons: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Refuse a place whose model knows a property that the new one will not: it would be gone.

    Args:
        folder: Where the new model goes.
        properties: What it will know.
        reasons: Property -> why it cannot be trained, of those that were asked for.

    Raises:
        DataError: The model there knows another property; or as ``demand_free``.
    """
    demand_free(folder)
    folder = folder.resolve()
    card = card_at(folder if folder.exists() else waiting(folder))
    known = () if card is None else replaced_of(card).properties
    gone = [name for name in known if name not in properties]
    if gone:
        why = "".join(f". {name}: {reasons[name]}" for name in gone if name in reasons)
        raise DataError(
            f"The folder holds a model of {', '.join(gone)}, which would be gone: this training "
            f"makes none{why}",
            where=str(folder),
            remedy="Give another folder, or take this one away first"
            + ("." if reasons else "; or train all properties of it again, named in --property."),
        )


def card_at(folder: Path) -> dict[str, Any] | None:
    """Return the card of a model in a folder, whatever version wrote it; None without one."""
    try:
        card = json.loads((folder / CARD).read_bytes())
    except (OSError, ValueError):
        return None
    is_ours = isinstance(card, dict) and str(card.get("format")).startswith(FORMAT_NAME)
    return card if is_ours else None


def replaced_of(card: Mapping[str, Any]) -> Replaced:
    """Return what a card says of the model that is replaced."""
    data = card.get("data", {})
    return Replaced(
        properties=tuple(str(one.get("property", "")) for one in card.get("properties", ())),
        file=str(data.get("file", "")),
        sha256=str(data.get("sha256", "")),
    )


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
