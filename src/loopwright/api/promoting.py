# SPDX-License-Identifier: Apache-2.0
"""A new version of a model replaces the old one only if it is better on the old one's own rows.

Each decision is written down with its evidence before anything is moved, refusals too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cattrs
from attrs import frozen

from loopwright import __version__
from loopwright.api.matter import matter
from loopwright.api.property_folder import Opened, Parcel, open_folder
from loopwright.api.replacing import kept_place, lay_beside, settle, swap
from loopwright.api.workspace import WAIT_S, Workspace, utc_now
from loopwright.core.errors import BusyError, DataError, MismatchError, SpecError, VerificationError
from loopwright.core.ports import Modality
from loopwright.core.values import Features
from loopwright.loop.facts import ModelWeighed
from loopwright.training.families import SPLITS, SplitName, regrouped, told_of
from loopwright.training.promotion import Weighed, weigh
from loopwright.training.property import kinds_of
from loopwright.training.property_model import PropertyModel

__all__ = ["MARGIN", "Promotion", "decisions", "promote"]

MARGIN = 0.01
"""Share of the old loss by which the new one must be smaller, where nobody says otherwise."""


@frozen(kw_only=True)
class Promotion:
    """One decision, with its evidence."""

    new: str
    over: str
    new_digest: str
    """SHA-256 of the new model's card, which names the digests of all its files."""

    old_digest: str
    margin: float
    is_promoted: bool
    reason: str
    weighed: tuple[Weighed, ...]
    """Every property of the old model; all must pass."""

    n_before: int
    """Decisions over this very old model before: who tries often wins by luck."""

    kept: str
    """Where the old model lies now; blank if it stays in its place."""

    at: str
    loopwright: str


def promote(
    new: Path, *, over: Path, margin: float = MARGIN, workspace: Workspace | None = None
) -> Promotion:
    """Put a new model in the place of an old one if it is better; write down what was decided.

    Args:
        new: A folder that ``train`` wrote; it stays as it is.
        over: The folder whose place it takes, which is kept as ``OVER.previous-N``.
        margin: Share of the old loss by which the new one must be smaller, from 0 to 1.
        workspace: Where the decision becomes a fact, too; nowhere if not given.

    Raises:
        SpecError: The margin is none, or the two folders are not apart.
        DataError: One of them is no model that holds its training structures.
        MismatchError: A property is missing, of another unit or task, or was held out otherwise.
        NotReadyError: A model does not say what it predicted for rows that it had not seen.
        BusyError: Another promotion over the same model is going on.
    """
    new, over = new.resolve(), over.resolve()
    _demand_sense(new, over, margin)
    modality = matter()
    with _alone(over):
        was_cut_short = settle(over)
        fresh = open_folder(new, modality)
        before = decisions(over)
        if was_cut_short and before and before[-1].new_digest == fresh.digest:
            return before[-1]
        found = _decided(fresh, open_folder(over, modality), before, margin, modality)
        part = lay_beside(over, new) if found.is_promoted else None
        if part is not None and open_folder(part, modality).digest != fresh.digest:
            raise VerificationError(
                "The new model was changed while it was weighed",
                where=str(new),
                remedy="Promote it again when nobody writes to it.",
            )
        if workspace is not None:
            _write_fact(workspace, found)
        _write_down(over, (*before, found))
        if part is not None:
            swap(over, part, kept=over.with_name(found.kept))
        return found


def decisions(over: Path) -> tuple[Promotion, ...]:
    """Return what was decided over a model, oldest first.

    Raises:
        DataError: The file of decisions is damaged.
    """
    file = _file(over)
    if not file.exists():
        return ()
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return tuple(cattrs.structure(json.loads(line), Promotion) for line in lines)
    except (ValueError, KeyError, TypeError, cattrs.BaseValidationError) as ex:
        raise DataError(
            "The decisions over this model cannot be read",
            where=str(file),
            remedy="Restore the file from a copy, or rename it; the next decision begins anew.",
        ) from ex


# ---- deciding
def _decided(
    new: Opened, old: Opened, before: tuple[Promotion, ...], margin: float, modality: Modality
) -> Promotion:
    """Weigh every property of the old model, and decide."""
    models = {p.model.card.property.name: p.model for p in new.parcels}
    pairs = [(p, _counterpart(p.model, models, new)) for p in _drawn(old)]
    weighed = tuple(
        weigh(parcel.model, model, _described(parcel, model, modality), margin=margin)
        for parcel, model in pairs
    )
    failed = [one for one in weighed if not one.is_passed]
    return Promotion(
        new=new.folder.name,
        over=old.folder.name,
        new_digest=new.digest,
        old_digest=old.digest,
        margin=margin,
        is_promoted=not failed,
        reason="; ".join(f"{one.property}: {one.reason}" for one in failed or weighed),
        weighed=weighed,
        n_before=sum(one.old_digest == old.digest for one in before),
        kept="" if failed else kept_place(old.folder).name,
        at=utc_now(),
        loopwright=__version__,
    )


def _counterpart(
    old: PropertyModel, models: dict[str, PropertyModel], new: Opened
) -> PropertyModel:
    """Return the new model of a property."""
    name = old.card.property.name
    if name not in models:
        raise MismatchError(
            f"The new model does not predict {name!r}, and the old one does",
            where=str(new.folder),
            remedy=f"Train it on {name!r}, too; it predicts: {', '.join(models)}.",
        )
    return models[name]


def _drawn(old: Opened) -> tuple[Parcel, ...]:
    """Return the models of a folder that holds its training structures."""
    if not old.is_drawn:
        raise DataError(
            "The old model does not hold the structures that it was trained on",
            where=str(old.folder),
            remedy="Promote over a model that `loopwright train` wrote; a catalogue keeps none.",
        )
    return old.parcels


def _described(parcel: Parcel, new: PropertyModel, modality: Modality) -> Features:
    """Return an old model's rows as the new one reads them, with the families held out."""
    candidates = [modality.parse(text) for text in parcel.texts]
    rows = modality.describe(candidates, kinds_of(new.asked))
    told = parcel.model.card.split
    split: SplitName = next((s for s in SPLITS if told_of(s) == told), "cluster")
    return regrouped(rows, split)


def _demand_sense(new: Path, over: Path, margin: float) -> None:
    """Refuse a margin that is none, and folders that are not apart."""
    if not 0.0 <= margin < 1.0:
        raise SpecError(
            f"{margin:g} is no margin", where="--margin", remedy="Give a share from 0 to below 1."
        )
    if new == over or new in over.parents or over in new.parents:
        raise SpecError(
            "The new and the old model are not two folders apart",
            where=str(new),
            remedy="Train the new model into a folder of its own.",
        )


# ---- writing down
@contextmanager
def _alone(over: Path) -> Iterator[None]:
    """Let one promotion over a model go on at a time."""
    from filelock import FileLock, Timeout

    if not over.parent.is_dir():
        raise DataError("There is no such folder", where=str(over), remedy="Give one with a model.")
    try:
        with FileLock(over.with_name(f".{over.name}.lock"), timeout=WAIT_S):
            yield
    except Timeout as ex:
        raise BusyError(
            "Another promotion over this model is going on",
            where=str(over),
            remedy="Wait until it has ended, then try again.",
        ) from ex


def _file(over: Path) -> Path:
    return over.with_name(f"{over.name}.promotions.jsonl")


def _write_down(over: Path, found: tuple[Promotion, ...]) -> None:
    """Write all decisions over a model, one a line; the file is whole at any moment."""
    file = _file(over)
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as lines:
        for one in found:
            lines.write(json.dumps(cattrs.unstructure(one), ensure_ascii=False) + "\n")
        lines.flush()
        os.fsync(lines.fileno())
    part.replace(file)


def _write_fact(workspace: Workspace, found: Promotion) -> None:
    """Write a decision into the ledger, its evidence into the store."""
    with workspace.writing() as campaign:
        record = campaign.record
        digest = record.put_json(found)
        _ = record.state
        record.add(
            ModelWeighed(
                over=found.over,
                new=found.new,
                old_digest=found.old_digest,
                new_digest=found.new_digest,
                margin=found.margin,
                is_promoted=found.is_promoted,
                evidence_sha256=digest,
            ),
            reason=found.reason,
        )
