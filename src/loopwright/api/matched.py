# SPDX-License-Identifier: Apache-2.0
"""The matched pairs of a model's training rows, computed once and kept beside the model."""

from __future__ import annotations

import json
import time
from pathlib import Path

import cattrs
import numpy as np
from attrs import frozen

from loopwright.api.catalogues import models_at
from loopwright.api.matter import matter
from loopwright.api.model_places import CARD
from loopwright.api.property_folder import Opened, Parcel, open_folder
from loopwright.core.errors import DataError
from loopwright.core.ports import Cutter, Dissector, Modality
from loopwright.core.readings import Cut
from loopwright.core.values import Candidate
from loopwright.training.doubt import to_scale
from loopwright.training.pairs import Exchange, exchanges

__all__ = ["Matched", "PairTable", "chosen", "cutter_of", "pair_table", "pairs"]

KEPT = "pairs.json"
FORMAT = "loopwright pairs 1"


@frozen(kw_only=True)
class PairTable:
    """What exchanging one fragment for another did to a property."""

    property: str
    unit: str
    scale: str
    """``log``: changes are of the decimal logarithm."""

    n_rows: int
    n_limits: int
    """Training rows that are limits; they were taken as their value."""

    exchanges: tuple[Exchange, ...]
    """The strongest first; at least three pairs each."""


@frozen(kw_only=True)
class Matched:
    """The matched pairs of a model."""

    model: str
    tables: tuple[PairTable, ...]
    is_new: bool
    """Whether they were computed now; else they were read from beside the model."""

    seconds: float


def pairs(folder: Path | str, *, property: str = "") -> Matched:
    """Return the matched pairs of the training rows of a model.

    Args:
        folder: What ``train`` wrote. The pairs are kept in it, where it can be written to.
        property: One of the model; all if blank.

    Raises:
        DataError: It is no model, has no such property, or keeps no structures.
        VerificationError: The model is not the one that was written.
    """
    begun, modality = time.monotonic(), matter()
    opened = open_folder(models_at(folder), modality)
    _demand_drawn(opened)
    parcels = chosen(opened, property)
    tables, is_new = pair_table(opened, modality)
    wanted = {p.model.card.property.name for p in parcels}
    return Matched(
        model=str(folder),
        tables=tuple(t for t in tables if t.property in wanted),
        is_new=is_new,
        seconds=round(time.monotonic() - begun, 3),
    )


def chosen(opened: Opened, property: str) -> tuple[Parcel, ...]:
    """Return the models of one property, or all.

    Raises:
        DataError: There is none.
    """
    names = [p.model.card.property.name for p in opened.parcels]
    if property and property not in names:
        raise DataError(
            f"The model does not predict {property!r}",
            where=str(opened.folder),
            remedy=f"Choose one of: {', '.join(names)}.",
        )
    return tuple(p for p, n in zip(opened.parcels, names, strict=True) if property in {"", n})


def pair_table(opened: Opened, modality: Modality) -> tuple[tuple[PairTable, ...], bool]:
    """Return one table for each property, and whether they had to be computed.

    A model without the structures of its training rows has none.
    """
    if not opened.is_drawn:
        return (), False
    kept = _kept(opened)
    if kept is not None:
        return kept, False
    cutter = cutter_of(modality)
    texts = sorted({text for p in opened.parcels for text in p.texts})
    known = [Candidate(id=text, text=text) for text in texts]
    cuts = dict(zip(texts, cutter.cuts(known), strict=True))
    limits = _limits(opened)
    made = tuple(_table(parcel, cuts, n) for parcel, n in zip(opened.parcels, limits, strict=True))
    _keep(opened, made)
    return made, True


def _demand_drawn(opened: Opened) -> None:
    if not opened.is_drawn:
        raise DataError(
            "This model does not hold the structures that it was trained on",
            where=str(opened.folder),
            remedy="Ask a model that `loopwright train` wrote; a catalogue keeps none.",
        )


def cutter_of(modality: Modality) -> Cutter:
    """Return who cuts the matter of property models."""
    assert isinstance(modality, Dissector), "property models are of molecules"
    return modality.cutter


def _table(parcel: Parcel, cuts: dict[str, tuple[Cut, ...]], n_limits: int) -> PairTable:
    card = parcel.model.card
    values = to_scale(np.asarray(parcel.model.values), card.scale)
    return PairTable(
        property=card.property.name,
        unit=card.property.unit,
        scale=card.scale,
        n_rows=len(values),
        n_limits=n_limits,
        exchanges=exchanges([cuts[text] for text in parcel.texts], values),
    )


def _limits(opened: Opened) -> list[int]:
    """Return how many rows of each property are limits, as the card says."""
    card = json.loads((opened.folder / CARD).read_text(encoding="utf-8"))
    return [int(one.get("n_limits", 0)) for one in card["properties"]]


def _kept(opened: Opened) -> tuple[PairTable, ...] | None:
    """Return the tables that stand beside this very model; None if there are none."""
    try:
        found = json.loads((opened.folder / KEPT).read_text(encoding="utf-8"))
        if found["format"] != FORMAT or found["model"] != opened.digest:
            return None
        return cattrs.structure(found["tables"], tuple[PairTable, ...])
    except (OSError, ValueError, KeyError, TypeError, cattrs.BaseValidationError):
        return None


def _keep(opened: Opened, tables: tuple[PairTable, ...]) -> None:
    """Keep the tables for the next time; a folder that cannot be written to stays as it is."""
    content = {"format": FORMAT, "model": opened.digest, "tables": cattrs.unstructure(tables)}
    part = opened.folder / f"{KEPT}.part"
    try:
        part.write_text(json.dumps(content), encoding="utf-8")
        part.replace(opened.folder / KEPT)
    except OSError:
        return
