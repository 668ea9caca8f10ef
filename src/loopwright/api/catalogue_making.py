# SPDX-License-Identifier: Apache-2.0
"""The one way in which catalogues are made: by the recipe that everybody has."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cattrs
from attrs import evolve

from loopwright import __version__
from loopwright.api.catalogues import Endpoint, endpoints_of
from loopwright.api.files import read_file
from loopwright.api.learnable import Asked, Learnable, read_learnable
from loopwright.api.matter import matter
from loopwright.api.property_folder import Parcel, goldens_of, write_folder
from loopwright.api.property_models import learned_of
from loopwright.core.ports import Modality
from loopwright.core.values import RawFile
from loopwright.loop.tabling import standardiser_of
from loopwright.reports.model_card import model_card
from loopwright.training.property import KINDS, learn_property
from loopwright.training.property_model import Property, PropertyModel

__all__ = ["make_catalogue"]

LICENCE = "CC BY 4.0"
GOLDENS = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "CN1CCC[C@H]1c1cccnc1",
    "CCO",
    "CC(C)NCC(O)COc1cccc2ccccc12",
)
"""Aspirin, caffeine, ibuprofen, nicotine, ethanol, propranolol: predicted again when opened."""


def make_catalogue(
    name: str,
    data: Path,
    *,
    out: Path,
    called: Callable[[Sequence[str]], Sequence[str]],
    seed: int = 0,
    watch: Callable[[str], None] | None = None,
) -> None:
    """Train every endpoint of a catalogue by the recipe that everybody has, and write the folder.

    Args:
        name: The catalogue.
        data: Holds a folder for each endpoint with ``train_val.csv``: columns ``Drug`` and ``Y``.
        out: The folder that is written.
        called: Returns what training structures are called in the folder, which draws none.
        seed: Of folds, fits and resamples.
        watch: Told of each endpoint when it is done.

    Raises:
        SpecError: There is no such catalogue.
        DataError: A file is missing or cannot be read, or ``out`` is taken.
    """
    begun, modality = time.monotonic(), matter()
    goldens = [modality.parse(text) for text in GOLDENS]
    described = modality.describe(goldens, KINDS)
    parcels: list[Parcel] = []
    properties: list[dict[str, Any]] = []
    digests: list[str] = []
    for endpoint in endpoints_of(name):
        raw = read_file(data / endpoint.data / "train_val.csv")
        found, model = _learned(raw, endpoint, modality, seed=seed)
        told = cattrs.unstructure(learned_of(evolve(found, property=endpoint.name), model))
        n_out = len({(q["sheet"], q["row"]) for q in told.pop("left_out")})
        examples = goldens_of(model, described, [c.text for c in goldens])
        facts = {"unit": endpoint.unit, "n_left_out": n_out, "endpoint": endpoint}
        properties.append({**told, **cattrs.unstructure({**facts, "goldens": examples})})
        kept = evolve(model, card=evolve(model.card, seconds=0.0))
        keys = tuple(called([c.text for c in found.candidates]))
        parcels.append(Parcel(model=kept, texts=keys, names=("",) * len(keys)))
        digests.append(hashlib.sha256(raw.content).hexdigest())
        if watch:
            watch(f"{endpoint.name}: {model.card.n_rows} structures, {model.card.seconds:.0f} s")
    card = {
        "loopwright": __version__,
        "standardiser": standardiser_of(modality),
        "data": {
            "file": "train_val.csv of each data set",
            "sha256": hashlib.sha256(" ".join(digests).encode()).hexdigest(),
            "licence": LICENCE,
        },
        "rows_are_drawn": False,
        "seed": seed,
        "asked": {"model": "auto", "split": "scaffold", "task": "as the endpoints say"},
        "seconds": round(time.monotonic() - begun, 1),
        "properties": properties,
    }
    write_folder(out, parcels, card, model_card(card))


def _learned(
    raw: RawFile, endpoint: Endpoint, modality: Modality, *, seed: int
) -> tuple[Learnable, PropertyModel]:
    """Return what a file holds of an endpoint, and the model of it."""
    asked = Asked(properties=("Y",), structure="Drug", task=endpoint.task)
    (found,) = read_learnable(raw, asked, modality)
    about = Property(
        name=endpoint.name,
        unit=endpoint.unit,
        task=endpoint.task,
        low=endpoint.low,
        high=endpoint.high,
    )
    features = modality.describe(found.candidates, KINDS)
    return found, learn_property(features, found.targets, about=about, seed=seed)
