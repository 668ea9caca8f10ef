# SPDX-License-Identifier: Apache-2.0
"""The outer form of property models: one safetensors file, with cards and settings as JSON.

Several models that are asked together are kept together: their training rows stand once in the
file, however many models have seen them. Whole numbers are kept as narrow as they are, and they
and texts (trees) deflated. Nothing in the file is ever executed.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import cattrs
import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Dump, Features
from loopwright.science.ordinal import Borders
from loopwright.science.probability import Calibrator
from loopwright.training.artefact import header_of
from loopwright.training.doubt import Doubt
from loopwright.training.panel import Panel
from loopwright.training.property_model import (
    Asking,
    Base,
    PropertyCard,
    PropertyModel,
    Unseen,
    lifted,
)
from loopwright.training.trial import made

__all__ = ["Unpacked", "pack_properties", "read_cards", "unpack_properties"]

FORMAT = "loopwright properties 1"
LEAST_DEFLATED = 64
LARGEST_ARRAY = 2_000_000_000
"""Bytes that a deflated array may become; more is no model of ours."""

BASE_KEYS = ("factor", "offset", "way", "level", "slope")
"""What is kept of a base beside its model."""

CURVE_KEYS = ("scores", "low", "high")

Arrays = dict[str, npt.NDArray[Any]]


def pack_properties(models: Mapping[str, PropertyModel]) -> bytes:
    """Return the bytes of models by name; equal models give equal bytes."""
    from safetensors.numpy import save

    models = dict(sorted(models.items()))
    known = Features.join([m.known for one in models.values() for m in _with_base(one)])
    place = {candidate: row for row, candidate in enumerate(known.ids)}
    first = np.array(sorted(place.values()), np.intp)
    shared = known.take(first)
    place = {candidate: row for row, candidate in enumerate(shared.ids)}
    arrays: Arrays = {f"rows/{k}": a for k, a in shared.flat().items()}
    headers: dict[str, Any] = {}
    for name, model in models.items():
        headers[name], own = _written(model, place)
        arrays |= {f"{name}/{key}": array for key, array in own.items()}
    kept = dict(_stored(key, arrays[key]) for key in sorted(arrays))
    header = {"format": FORMAT, "models": headers}
    return bytes(save(kept, metadata={"loopwright": json.dumps(header, sort_keys=True)}))


def read_cards(content: bytes) -> dict[str, PropertyCard]:
    """Return the card of each packed model by name.

    Raises:
        DataError: The bytes are no property models of ours.
    """
    models = _header(content)["models"]
    return {n: cattrs.structure(h["card"], PropertyCard) for n, h in models.items()}


@frozen(kw_only=True, eq=False)
class Unpacked:
    """The models of a file."""

    models: dict[str, PropertyModel]
    known: Features
    """Every row that any of them has seen, once."""

    rows: dict[str, npt.NDArray[np.int64]]
    """Places of the training rows of each model among those."""

    def panel(self, names: Sequence[str]) -> Panel:
        """Return models of these names, to be asked together in this order."""
        return Panel([self.models[n] for n in names], self.known, [self.rows[n] for n in names])


def unpack_properties(content: bytes, *, others: Asking | None = None) -> Unpacked:
    """Return the models that ``pack_properties`` wrote; they predict the same bits.

    Args:
        content: The bytes.
        others: The models of other properties that stood below when these were packed; they are
            kept in files of their own.

    Raises:
        DataError: The bytes are no property models of ours, or what stood below is missing.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    headers = _header(content)["models"]
    try:
        arrays = dict(_loaded(key, array) for key, array in load(content).items())
    except SafetensorError as ex:
        raise _not_ours() from ex
    shared = Features.unflat(_below("rows/", arrays))
    return Unpacked(
        models={
            name: _read(h, _below(f"{name}/", arrays), shared, others)
            for name, h in headers.items()
        },
        known=shared,
        rows={n: arrays[f"{n}/known"] for n in headers},
    )


def _written(model: PropertyModel, place: Mapping[str, int]) -> tuple[dict[str, Any], Arrays]:
    """Return the plain settings of a model, and its arrays; rows by their place in the file."""
    arrays: Arrays = {"values": model.values, "known": _places(model.known, place)}
    settings = {}
    for name, part in model.parts.items():
        dump = part.dump()
        own = dict(dump.arrays)
        kinds: list[str] = []
        if "ids" in own:
            features = Features.unflat(own)
            kinds = sorted(features.blocks)
            own = {k: a for k, a in own.items() if k not in features.flat()}
            arrays[f"{name}/rows"] = _places(features, place)
            if n_lifts := _n_lifts(model):
                arrays[f"{name}/lift"] = np.asarray(features.blocks["descriptors"])[:, -n_lifts:]
        settings[name] = {"settings": dict(dump.settings), "kinds": kinds}
        arrays |= {f"{name}/array/{k}": a for k, a in own.items()}
        for key, text in dump.texts.items():
            arrays[f"{name}/text/{key}"] = np.frombuffer(text.encode(), np.uint8)
    if model.calibrator is not None:
        arrays |= {f"curve/{k}": getattr(model.calibrator, k) for k in CURVE_KEYS}
    if model.borders is not None:
        for number, curve in enumerate(model.borders.curves):
            arrays |= {f"borders/{number}/{k}": getattr(curve, k) for k in CURVE_KEYS}
    if (unseen := model.unseen) is not None:
        arrays |= {f"unseen/{k}": getattr(unseen, k) for k in ("said", "bounds", "fold")}
    doubt = model.doubt
    plain = doubt and [list(doubt.weights), doubt.floor, doubt.factor, list(doubt.ends)]
    header = {"card": cattrs.unstructure(model.card), "parts": settings, "doubt": plain}
    if (base := model.base) is not None:
        below, own = _written(base.model, place)
        arrays |= {f"base/{k}": a for k, a in own.items()}
        header["base"] = {**{k: getattr(base, k) for k in BASE_KEYS}, "model": below}
    if model.others is not None:
        header["others"] = list(model.others.kept)
    return header, arrays


def _doubt(
    weights: Sequence[float], floor: float, factor: float, ends: Sequence[float] = ()
) -> Doubt:
    """Return a doubt as it was written; older files know no levels, a constant stands for both."""
    if not ends:
        weights, ends = (weights[0], *weights), (0.0, 1.0)
    low, high = ends
    return Doubt(weights=np.array(weights), ends=(low, high), floor=floor, factor=factor)


def _n_lifts(model: PropertyModel) -> int:
    """Return how many descriptors of a model are what models below say."""
    if model.others is not None:
        return len(model.others.kept)
    return int(model.base is not None and model.base.way == "column")


def _with_base(model: PropertyModel) -> list[PropertyModel]:
    """Return a model, and all below it."""
    return [model, *(_with_base(model.base.model) if model.base else ())]


def _read(
    header: Mapping[str, Any], arrays: Arrays, shared: Features, others: Asking | None
) -> PropertyModel:
    """Return one model of its settings and arrays, of the rows in the file, and of whom it asks."""
    parts = {}
    for name in header["card"]["recipe"]:  # weights stand in this order
        plain = header["parts"][name]
        own = _below(f"{name}/array/", arrays)
        if plain["kinds"]:
            seen = shared.take(arrays[f"{name}/rows"])
            if f"{name}/lift" in arrays:
                seen = lifted(seen, arrays[f"{name}/lift"])
            own |= Features(ids=seen.ids, blocks={k: seen.blocks[k] for k in plain["kinds"]}).flat()
        texts = _below(f"{name}/text/", arrays)
        dump = Dump(
            arrays=own,
            texts={k: a.tobytes().decode() for k, a in texts.items()},
            settings=plain["settings"],
        )
        parts[name] = made(name).load(dump)
    doubt = _doubt(*header["doubt"]) if header["doubt"] else None
    base = None
    if (told := header.get("base")) is not None:
        below = _read(told["model"], _below("base/", arrays), shared, others)
        base = Base(model=below, **{k: told[k] for k in BASE_KEYS})
    curve = _below("curve/", arrays)
    return PropertyModel(
        parts=parts,
        card=cattrs.structure(header["card"], PropertyCard),
        doubt=doubt,
        calibrator=Calibrator(**curve) if curve else None,
        known=shared.take(arrays["known"]),
        values=arrays["values"],
        unseen=Unseen(**unseen) if (unseen := _below("unseen/", arrays)) else None,
        base=base,
        borders=_borders(header, arrays),
        others=_among(header, others),
    )


def _among(header: Mapping[str, Any], others: Asking | None) -> Asking | None:
    """Return the models that a model stands on."""
    names = header.get("others", ())
    if not names:
        return None
    if others is None or not set(names) <= set(others.kept):
        raise _not_ours()
    return others.only(names)


def _borders(header: Mapping[str, Any], arrays: Arrays) -> Borders | None:
    """Return the curves of all borders; None where there are no levels."""
    levels = header["card"]["property"].get("levels", ())
    if not levels:
        return None
    curves = (_below(f"borders/{place}/", arrays) for place in range(len(levels) - 1))
    return Borders(curves=tuple(Calibrator(**curve) for curve in curves))


def _header(content: bytes) -> dict[str, Any]:
    return header_of(content, FORMAT, _not_ours())


def _not_ours() -> DataError:
    return DataError(
        "These bytes are not property models of Loopwright, or not all of them",
        remedy="Give a file that `loopwright train` wrote.",
    )


def _places(features: Features, place: Mapping[str, int]) -> npt.NDArray[np.int64]:
    return np.array([place[i] for i in features.ids], np.int64)


def _stored(key: str, array: npt.NDArray[Any]) -> tuple[str, npt.NDArray[Any]]:
    """Return name and array to keep: deflated unless small, whole numbers narrowed before."""
    kind = array.dtype.name
    if array.size < LEAST_DEFLATED or array.dtype.kind not in "iuf":
        return key, np.ascontiguousarray(array)
    if array.dtype.kind in "iu":
        largest = int(array.max())
        kinds = ("uint8", "uint16", "uint32", "int64")
        kind = next(k for k in kinds if largest <= np.iinfo(k).max)
    packed = zlib.compress(np.ascontiguousarray(array).astype(kind).tobytes(), 9)
    shape = ",".join(map(str, array.shape))
    return f"{key}|{kind}|{array.dtype.name}|{shape}", np.frombuffer(packed, np.uint8)


def _loaded(key: str, array: npt.NDArray[Any]) -> tuple[str, npt.NDArray[Any]]:
    """Return the name and the array that were kept."""
    if "|" not in key:
        return key, array
    name, kind, was, shape = key.rsplit("|", 3)
    inflater = zlib.decompressobj()
    try:
        sizes = tuple(int(n) for n in shape.split(","))
        wanted = math.prod(sizes) * np.dtype(kind).itemsize
        plain = inflater.decompress(array.tobytes(), min(wanted, LARGEST_ARRAY))
        return name, np.frombuffer(plain, kind).astype(was).reshape(sizes)
    except (zlib.error, ValueError, TypeError) as ex:
        raise _not_ours() from ex


def _below(start: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Arrays:
    return {k.removeprefix(start): a for k, a in arrays.items() if k.startswith(start)}
