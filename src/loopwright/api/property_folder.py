# SPDX-License-Identifier: Apache-2.0
"""A folder that holds property models: written whole, read back only if it is what was written.

``card.json`` names every file with its digest and says what a few training structures were
predicted to be. Who opens the folder predicts them again; a model that answers otherwise (another
standardiser, another library, a damaged file) is refused, because its scores no longer hold.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cattrs
import numpy as np
from attrs import frozen

from loopwright.api.model_places import (
    CARD,
    FORMAT_NAME,
    Replaced,
    card_at,
    demand_free,
    replaced_of,
)
from loopwright.api.replacing import carry_over, settle, supersede, waiting
from loopwright.core.errors import DataError, NotReadyError, VerificationError
from loopwright.core.ports import Modality
from loopwright.core.values import Features
from loopwright.training.others import File, Others
from loopwright.training.panel import Panel
from loopwright.training.property import kinds_of
from loopwright.training.property_file import pack_properties, unpack_properties
from loopwright.training.property_model import PropertyModel

__all__ = [
    "MODELS", "Golden", "Opened", "Parcel", "digest_of", "goldens_of", "open_folder",
    "write_folder",
]  # fmt: skip

PAGE, MODELS, ROWS = "README.md", "models.safetensors", "rows.json"
OTHERS = ("others.safetensors", "beside.safetensors")
"""Models of other properties that a model stands on; many folders have none, or one file."""

FORMAT = f"{FORMAT_NAME} 2"
"""Of the files, and of how rows are described for the models in them."""

N_GOLDEN = 6
CLOSE = 2e-3
"""Share of a prediction's size that two machines may differ by: another processor sums otherwise,
and a calibrated probability can be steep in its score."""


@frozen(kw_only=True)
class Golden:
    """What one structure was predicted to be when the model was made."""

    text: str
    mean: float
    low: float
    high: float
    levels: tuple[float, ...] = ()
    """Of an ordinal property the probability of each level."""

    @property
    def numbers(self) -> tuple[float, ...]:
        """Return what must be said again; a level follows from the probabilities."""
        return self.levels or (self.mean, self.low, self.high)


@frozen(kw_only=True, eq=False)
class Parcel:
    """A property model, and who its training rows are."""

    model: PropertyModel
    texts: tuple[str, ...]
    """Canonical notation of each row of ``model.known``, length n."""

    names: tuple[str, ...]
    """What its owner calls it; blank if nothing. Length n."""


@frozen(kw_only=True, eq=False)
class Opened:
    """The models of one folder."""

    folder: Path
    digest: str
    """Of its card, which names the digests of all else."""

    parcels: tuple[Parcel, ...]
    panel: Panel
    """Their models, to be asked together."""

    file: File
    """The same models as they stand in the folder, for a model above to ask."""

    is_drawn: bool = True
    """Whether it holds the structures of its training rows, and not only what they are called."""


def goldens_of(model: PropertyModel, features: Features, texts: Sequence[str]) -> list[Golden]:
    """Return predictions of a few rows, spread over all.

    Args:
        model: What predicts.
        features: n rows, as they would be described anew.
        texts: Their canonical notation, length n.
    """
    rows = np.unique(np.linspace(0, len(texts) - 1, N_GOLDEN).astype(np.intp))
    said = model.predict(features.take(rows))
    columns = (said.mean[:, 0], said.low[:, 0], said.high[:, 0])
    chances = np.empty((len(rows), 0)) if said.levels is None else said.levels
    return [
        Golden(
            text=texts[row], mean=float(m), low=float(low), high=float(high), levels=tuple(of_level)
        )
        for row, m, low, high, of_level in zip(rows, *columns, chances.tolist(), strict=True)
    ]


def write_folder(
    folder: Path,
    parcels: Sequence[Parcel],
    card: Mapping[str, Any],
    page: str,
    *,
    pictures: Mapping[str, str] = MappingProxyType({}),
) -> Replaced | None:
    """Write a folder beside its place, then put it there; an older model in it is replaced.

    Args:
        folder: Where it goes; what else lies in it stays there.
        parcels: The models, in the order of the properties of the card.
        card: What ``card.json`` says beside format and digests, as plain JSON values.
        page: The card as Markdown.
        pictures: File name -> SVG document, as the page refers to them.

    Returns:
        The model that was replaced; None if there was none.

    Raises:
        DataError: The place is taken by something that is no model.
    """
    folder = folder.resolve()
    settle(folder)
    demand_free(folder)
    fresh = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    rows = {
        i: [text, name]
        for one in parcels
        for i, text, name in zip(one.model.known.ids, one.texts, one.names, strict=True)
    }
    others = next((o for p in parcels if (o := p.model.asking) is not None), None)
    below = () if others is None else others.contents
    contents = {
        MODELS: pack_properties({f"p{i}": one.model for i, one in enumerate(parcels)}),
        ROWS: json.dumps(rows, sort_keys=True).encode(),
        **{name: svg.encode() for name, svg in pictures.items()},
        **dict(zip(OTHERS[: len(below)], below, strict=True)),
    }
    for name, content in contents.items():
        (fresh / name).write_bytes(content)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    whole = {"format": FORMAT, "files": digests, **card}
    text = json.dumps(_plain(whole), indent=1, ensure_ascii=False)
    (fresh / CARD).write_text(text + "\n", encoding="utf-8")
    (fresh / PAGE).write_text(page, encoding="utf-8")
    old = card_at(folder)
    if old is not None:
        carry_over(folder, fresh, but={CARD, PAGE, MODELS, ROWS, *OTHERS, *old.get("files", ())})
    supersede(folder, fresh)
    return None if old is None else replaced_of(old)


def digest_of(folder: Path) -> str:
    """Return the digest of a folder's card, which names the digests of all else.

    Raises:
        DataError: There is no card.
    """
    return hashlib.sha256(_read(folder / CARD)).hexdigest()


def open_folder(folder: Path, modality: Modality) -> Opened:
    """Return the models of a folder, once they have answered as they did when they were made.

    Args:
        folder: What ``write_folder`` wrote.
        modality: Reads and describes the golden structures.

    Raises:
        DataError: It is no such folder, or of an unknown format.
        VerificationError: A file is not the one that was written, or a model answers otherwise.
    """
    content = _read(folder / CARD)
    try:
        card = json.loads(content)
        found = card["format"]
        named = (MODELS, ROWS, *(name for name in OTHERS if name in card["files"]))
        digests = {name: str(card["files"][name]) for name in named}
        goldens = [cattrs.structure(one["goldens"], list[Golden]) for one in card["properties"]]
    except (ValueError, KeyError, TypeError, AttributeError) as ex:
        raise _no_model(folder) from ex
    if found != FORMAT:
        raise DataError(
            f"The model is written as {str(found)!r}, and this version reads {FORMAT!r}",
            where=str(folder),
            remedy="Train it again with this version, or install the one that its card names.",
        )
    below = [_verified(folder / name, digests[name]) for name in OTHERS if name in digests]
    others = Others.of(*below) if below else None
    packed = _verified(folder / MODELS, digests[MODELS])
    unpacked = unpack_properties(packed, others=others)
    rows = json.loads(_verified(folder / ROWS, digests[ROWS]))
    names = [f"p{i}" for i in range(len(goldens))]
    if set(unpacked.models) != set(names):
        raise _no_model(folder)
    ordered, panel = [unpacked.models[name] for name in names], unpacked.panel(names)
    _demand_golden(panel, ordered, goldens, modality, where=str(folder))
    return Opened(
        folder=folder,
        digest=hashlib.sha256(content).hexdigest(),
        parcels=tuple(_parcel(model, rows) for model in ordered),
        panel=panel,
        file=File(content=packed, unpacked=unpacked),
        is_drawn=bool(card.get("rows_are_drawn", True)),
    )


def _verified(path: Path, digest: str) -> bytes:
    """Return the bytes of a file that are those that were written."""
    if not path.exists():
        raise DataError(
            f"The folder lacks {path.name}, which its card names",
            where=str(path.parent),
            remedy="Copy the whole folder again, or train the model again.",
        )
    content = _read(path)
    if hashlib.sha256(content).hexdigest() != digest:
        raise VerificationError(
            "The model is not the one that its card describes",
            where=str(path),
            remedy="Copy the whole folder again, or train the model again.",
        )
    return content


def _parcel(model: PropertyModel, rows: Mapping[str, Sequence[str]]) -> Parcel:
    texts, names = zip(*(rows[key] for key in model.known.ids), strict=True)
    return Parcel(model=model, texts=texts, names=names)


def _demand_golden(
    panel: Panel,
    models: Sequence[PropertyModel],
    goldens: Sequence[Sequence[Golden]],
    modality: Modality,
    *,
    where: str,
) -> None:
    """Refuse models that do not answer as they did when they were made; all are asked at once."""
    place = {text: row for row, text in enumerate({g.text: None for one in goldens for g in one})}
    candidates = [modality.parse(text) for text in place]
    kinds = kinds_of(name for model in models for name in model.asked) - {"family"}
    answers = panel.answers(modality.describe(candidates, kinds))
    for model, told, answer in zip(models, goldens, answers, strict=True):
        rows, said = [place[g.text] for g in told], answer.prediction
        numbers = (
            np.hstack([said.mean, said.low, said.high]) if said.levels is None else said.levels
        )
        found = numbers[rows]
        wanted = np.array([g.numbers for g in told])
        if not np.allclose(found, wanted, rtol=CLOSE, atol=CLOSE * float(np.abs(wanted).max())):
            raise VerificationError(
                f"The model of {model.card.property.name!r} does not predict here what it "
                f"predicted when it was made: off by up to {np.abs(found - wanted).max():.3g}",
                where=where,
                remedy="Train it again here, or install the versions that its card names.",
            )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as ex:
        if not path.parent.exists() and waiting(path.parent).is_dir():
            raise NotReadyError(
                "A replacement was cut short before the new model was in its place",
                where=str(path.parent),
                remedy=f"Give the command again, or rename {waiting(path.parent).name} to this.",
            ) from ex
        raise DataError(
            f"There is no model: {ex.strerror}",
            where=str(path),
            remedy="Give the folder that `loopwright train --out` wrote.",
        ) from ex


def _no_model(folder: Path) -> DataError:
    return DataError(
        "The folder holds no model that this version reads",
        where=str(folder),
        remedy="Give the folder that `loopwright train --out` wrote, whole and unchanged.",
    )


def _plain(value: Any) -> Any:
    """Return plain JSON values; what JSON cannot say (NaN) becomes null."""
    match cattrs.unstructure(value):
        case float() as number:
            return number if np.isfinite(number) else None
        case dict() as found:
            return {str(k): _plain(v) for k, v in found.items()}
        case list() | tuple() as found:
            return [_plain(v) for v in found]
        case other:
            return other
