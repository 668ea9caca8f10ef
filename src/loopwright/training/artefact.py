# SPDX-License-Identifier: Apache-2.0
"""The outer form of a trained model: one safetensors file with its card as JSON inside.

Arrays stay arrays; texts, settings and card stand in the header. Nothing in it is ever executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import cattrs
import numpy as np
import numpy.typing as npt

from loopwright.core.errors import DataError
from loopwright.core.ports import Model
from loopwright.core.values import Dump, Features, Targets
from loopwright.training.train import Card, Trained
from loopwright.training.validate import HeldOut

__all__ = ["header_of", "pack", "read_card", "unpack"]

FORMAT = "loopwright model 1"

Arrays = Mapping[str, npt.NDArray[Any]]


def pack(trained: Trained) -> bytes:
    """Return the bytes of a trained model; equal models give equal bytes."""
    from safetensors.numpy import save

    dump = trained.fitted.dump()
    arrays = {
        **_prefixed("fitted", dump.arrays),
        **_prefixed("features", trained.features.flat()),
        "targets.values": trained.targets.values,
        "targets.bounds": trained.targets.bounds,
        "targets.n_replicates": trained.targets.n_replicates,
        "held_out.mean": trained.held_out.mean,
        "held_out.std": trained.held_out.std,
        "held_out.similarity": trained.held_out.similarity,
    }
    header = {
        "format": FORMAT,
        "card": cattrs.unstructure(trained.card),
        "texts": dump.texts,
        "settings": dump.settings,
    }
    ordered = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
    return bytes(save(ordered, metadata={"loopwright": json.dumps(header, sort_keys=True)}))


def read_card(content: bytes) -> Card:
    """Return the card of a packed model."""
    return cattrs.structure(_header(content)["card"], Card)


def unpack(content: bytes, models: Mapping[str, Model]) -> Trained:
    """Return the trained model that ``pack`` wrote.

    Args:
        content: The bytes.
        models: By name; holds at least the one that the card names.

    Raises:
        DataError: The bytes are no model of ours.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    header = _header(content)
    try:
        arrays = load(content)
    except SafetensorError as ex:
        raise _not_ours() from ex
    card = cattrs.structure(header["card"], Card)
    dump = Dump(
        arrays=_without_prefix("fitted", arrays),
        texts=header["texts"],
        settings=header["settings"],
    )
    return Trained(
        fitted=models[card.model].load(dump),
        card=card,
        features=Features.unflat(_without_prefix("features", arrays)),
        targets=Targets(
            values=arrays["targets.values"],
            bounds=arrays["targets.bounds"],
            n_replicates=arrays["targets.n_replicates"],
        ),
        held_out=HeldOut(
            mean=arrays["held_out.mean"],
            std=arrays["held_out.std"],
            similarity=arrays["held_out.similarity"],
        ),
    )


def header_of(content: bytes, wanted: str, refusal: DataError) -> dict[str, Any]:
    """Return our part of a safetensors header, which is a length and then JSON.

    Args:
        content: The file.
        wanted: The format that it must name.
        refusal: Raised where the bytes are no file of ours.

    Raises:
        DataError: They are none, or of another format.
    """
    try:
        size = int.from_bytes(content[:8], "little")
        ours = dict(json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["loopwright"]))
    except (ValueError, KeyError, TypeError, RecursionError) as ex:
        raise refusal from ex
    if ours.get("format") != wanted:
        raise DataError(
            f"Unknown model format {ours.get('format')!r}",
            remedy=f"Use a version of Loopwright that reads it; this one reads {wanted!r}.",
        )
    return ours


def _header(content: bytes) -> dict[str, Any]:
    return header_of(content, FORMAT, _not_ours())


def _not_ours() -> DataError:
    return DataError(
        "These bytes are not a Loopwright model, or not all of one",
        remedy="Give a model that `loopwright train` or `propose` wrote.",
    )


def _prefixed(prefix: str, arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def _without_prefix(prefix: str, arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    start = f"{prefix}."
    return {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
