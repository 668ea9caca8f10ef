# SPDX-License-Identifier: Apache-2.0
"""Recipes: settings of a process, some continuous, some whole, some chosen from a list."""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen
from attrs.validators import min_len

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN", "Constraint", "Options", "Parameter"]


@frozen(kw_only=True)
class Parameter:
    """One setting that a recipe states."""

    name: str = field(validator=min_len(1))
    """With the unit in it, ``temperature_C``; no ``=`` and no ``;``."""

    kind: Literal["continuous", "integer", "categorical", "substance"] = "continuous"
    """``substance`` is a choice from a list of structures, compared by their chemistry."""

    low: float | None = None
    """Lowest value; not for a choice from levels."""

    high: float | None = None
    """Highest value; not for a choice from levels."""

    unit: str = ""
    """Shown beside the value."""

    levels: tuple[str, ...] = ()
    """What a categorical parameter may be, or a substance as SMILES; no ``;`` in them."""

    @property
    def is_choice(self) -> bool:
        """Return whether it is chosen from levels."""
        return self.kind in {"categorical", "substance"}


@frozen(kw_only=True)
class Constraint:
    """A linear limit: the sum of coefficient times value is at most ``at_most``."""

    coefficients: dict[str, float]
    """By parameter; continuous and integer ones only."""

    at_most: float


@frozen(kw_only=True)
class Options:
    """Options of the recipe modality. The defaults are an example: a coupling reaction."""

    parameters: tuple[Parameter, ...] = field(
        default=(
            Parameter(name="temperature_C", low=20.0, high=120.0, unit="degC"),
            Parameter(name="time_h", low=0.5, high=24.0, unit="h"),
            Parameter(name="ligand", kind="categorical", levels=("XPhos", "SPhos", "PPh3")),
            Parameter(name="equivalents", low=1.0, high=3.0, unit="eq"),
        ),
        validator=min_len(1),
    )
    """The settings, in the order in which a recipe is written."""

    constraints: tuple[Constraint, ...] = ()
    """Limits that hold between settings."""


def _build(options: Options) -> object:
    from loopwright.modalities.recipes.recipes import Recipes

    return Recipes.of(options)


PLUGIN = Plugin(
    summary="Process settings with ranges, levels and linear limits; can be drawn without a list.",
    source="own work",
    examples=(
        "temperature_C=80;time_h=2;ligand=XPhos;equivalents=1.5",
        "ligand=PPh3; equivalents=1; time_h=0.50; temperature_C=20.0",
        "temperature_C=120;time_h=24;ligand=SPhos;equivalents=3",
    ),
    options=Options,
    build=_build,
)
