# SPDX-License-Identifier: Apache-2.0
"""Catalogues: property models that come with the package.

A catalogue is a folder of property models like any other, beside a list of its endpoints that says
what each one is, where its data come from and what physics allows. Of its training rows it keeps
InChIKeys and values, no structures.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Literal

import cattrs
from attrs import frozen

from loopwright.core.errors import SpecError
from loopwright.core.values import Task

__all__ = ["Endpoint", "catalogue_folder", "endpoints_of", "known_catalogues", "models_at"]


@frozen(kw_only=True)
class Endpoint:
    """What one model of a catalogue predicts."""

    name: str
    data: str
    """Folder of its training data."""

    task: Task
    unit: str = "1"
    better: Literal["higher", "lower", "middle", "depends"]
    species: str
    group: str
    low: float | None = None
    high: float | None = None
    about: str
    source: str


def known_catalogues() -> tuple[str, ...]:
    """Return the names of the catalogues that are here, sorted."""
    home = files("loopwright.catalogue")
    return tuple(sorted(e.name.removesuffix(".toml") for e in home.iterdir() if ".toml" in e.name))


def endpoints_of(name: str) -> tuple[Endpoint, ...]:
    """Return what a catalogue predicts, in its order.

    Raises:
        SpecError: There is no such catalogue.
    """
    _demand(name)
    plain = tomllib.loads((files("loopwright.catalogue") / f"{name}.toml").read_text("utf-8"))
    return tuple(cattrs.structure(plain["endpoint"], list[Endpoint]))


def catalogue_folder(name: str) -> Path:
    """Return the folder of a catalogue's models.

    Raises:
        SpecError: There is no such catalogue.
    """
    _demand(name)
    return Path(str(files("loopwright.catalogue") / name))


def models_at(place: Path | str) -> Path:
    """Return a folder of models; what is no folder may be the name of a catalogue."""
    is_name = not Path(place).exists() and str(place) in known_catalogues()
    return catalogue_folder(str(place)) if is_name else Path(place)


def _demand(name: str) -> None:
    if name not in known_catalogues():
        raise SpecError(
            f"There is no catalogue {name!r}",
            where="--catalogue",
            remedy=f"Choose one of: {', '.join(known_catalogues())}.",
        )
