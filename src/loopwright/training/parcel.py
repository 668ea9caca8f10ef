# SPDX-License-Identifier: Apache-2.0
"""The outer form of a property model: one safetensors file with its card as JSON inside.

Arrays stay arrays, trees LightGBM's own text; nothing in it is ever executed. Of the training rows
it keeps what neighbours and domain need: how they are compared, what they are called, their values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import cattrs
import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Dump, Features
from loopwright.science.probability import Calibrator
from loopwright.training.doubt import Doubt
from loopwright.training.property import PropertyCard, PropertyModel
from loopwright.training.trial import made

__all__ = ["Parcel", "pack_property", "unpack_property"]

FORMAT = "loopwright property model 1"
COMPARED = ("counts", "patterns", "vector")
"""Kinds by which rows are compared; the first that there is."""


@frozen(kw_only=True, eq=False)
class Parcel:
    """A property model, and who its training rows are."""

    model: PropertyModel
    texts: tuple[str, ...]
    """Canonical notation of each training row, length n."""

    names: tuple[str, ...]
    """What its owner calls it; blank if nothing. Length n."""


def pack_property(parcel: Parcel) -> bytes:
    """Return the bytes of a property model; equal models give equal bytes."""
    from safetensors.numpy import save

    model = parcel.model
    dumps = {name: part.dump() for name, part in model.parts.items()}
    arrays: dict[str, npt.NDArray[Any]] = {
        f"part.{name}.{key}": array
        for name, dump in dumps.items()
        for key, array in dump.arrays.items()
    }
    arrays |= {f"known.{key}": array for key, array in _compared(model.known).flat().items()}
    arrays |= {"values": model.values}
    arrays |= {"texts": _lines(parcel.texts), "names": _lines(parcel.names)}
    header: dict[str, Any] = {
        "format": FORMAT,
        "card": cattrs.unstructure(model.card),
        "parts": {n: {"texts": d.texts, "settings": d.settings} for n, d in dumps.items()},
    }
    if model.doubt is not None:
        arrays["doubt.weights"] = model.doubt.weights
        header["doubt"] = {"floor": model.doubt.floor, "factor": model.doubt.factor}
    if model.calibrator is not None:
        curves = model.calibrator
        arrays |= {"calibrator.scores": curves.scores, "calibrator.low": curves.low}
        arrays["calibrator.high"] = curves.high
    ordered = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
    return bytes(save(ordered, metadata={"loopwright": json.dumps(header, sort_keys=True)}))


def unpack_property(content: bytes, *, where: str) -> Parcel:
    """Return the model that ``pack_property`` wrote; it predicts the same bits.

    Args:
        content: The bytes.
        where: The file, for the message.

    Raises:
        DataError: The bytes are no property model.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        header = _header(content)
        arrays = load(content)
        return _parcel(header, arrays)
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as ex:
        if isinstance(ex, DataError):
            raise
        raise DataError(
            "These bytes are no property model, or not all of one",
            where=where,
            remedy="Copy the model again, or train it with `loopwright train`.",
        ) from ex


def _parcel(header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Parcel:
    if header["format"] != FORMAT:
        raise DataError(
            f"Unknown model format {header['format']!r}",
            remedy=f"Use a version of Loopwright that reads it; this one reads {FORMAT!r}.",
        )
    card = cattrs.structure(header["card"], PropertyCard)
    dumps = {
        name: Dump(arrays=_under(f"part.{name}.", arrays), **part)
        for name, part in header["parts"].items()
    }
    curves = _under("calibrator.", arrays)
    doubt = header.get("doubt")
    return Parcel(
        model=PropertyModel(
            parts={name: made(name).load(dumps[name]) for name in card.recipe},
            card=card,
            doubt=Doubt(weights=arrays["doubt.weights"], **doubt) if doubt else None,
            calibrator=Calibrator(**curves) if curves else None,
            known=Features.unflat(_under("known.", arrays)),
            values=arrays["values"],
        ),
        texts=_unlined(arrays["texts"]),
        names=_unlined(arrays["names"]),
    )


def _header(content: bytes) -> dict[str, Any]:
    """Return our part of the safetensors header, which is a length and then JSON."""
    size = int.from_bytes(content[:8], "little")
    return dict(json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["loopwright"]))


def _compared(known: Features) -> Features:
    """Return the rows with the one block by which they are compared."""
    kind = next(k for k in COMPARED if k in known.blocks)
    return Features(ids=known.ids, blocks={k: b for k, b in known.blocks.items() if k == kind})


def _lines(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return texts as bytes, one in each line."""
    joined = "\n".join(" ".join(t.split()) for t in texts)
    return np.frombuffer(joined.encode("utf-8", "replace"), np.uint8).copy()


def _unlined(lines: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(lines.tobytes().decode().split("\n"))


def _under(start: str, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    return {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
