# SPDX-License-Identifier: Apache-2.0
"""A kind of matter by its name and what a person says of it on one line."""

from __future__ import annotations

from collections.abc import Sequence

from loopwright.core.errors import SpecError
from loopwright.loop.settings import RECIPES
from loopwright.loop.written import PROTEINS
from loopwright.registry import names
from loopwright.spec.campaign import Choice

__all__ = ["modality_of"]


def modality_of(
    name: str, parent: str = "", settings: Sequence[str] = (), *, first_position: int = 1
) -> Choice:
    """Return the modality of plain files.

    Args:
        name: ``molecules``, ``proteins`` or ``recipes``.
        parent: Of proteins, the sequence that mutations are counted from.
        settings: Of recipes, the columns that make them.
        first_position: The number of the first residue of the parent.

    Raises:
        SpecError: There is no such modality, it has no parent sequence, there is none to count
            positions in, or settings are named of what is no recipe, or none of what is one.
    """
    known = names("modalities")
    if name not in known:
        raise SpecError(
            f"No {name!r} among the modalities",
            where="--modality",
            remedy=f"Choose one of: {', '.join(known)}.",
        )
    if parent and name != PROTEINS:
        raise SpecError(
            "A parent sequence belongs to proteins",
            where="--parent",
            remedy="Add --modality proteins, or leave --parent out.",
        )
    if first_position != 1 and not parent:
        raise SpecError(
            "There is no parent whose first position could have a number",
            where="--first-position",
            remedy="Give --parent SEQUENCE, too, or leave --first-position out.",
        )
    if bool(settings) != (name == RECIPES):
        raise SpecError(
            "Settings belong to recipes" if settings else "Recipes need settings",
            where="--settings",
            remedy="Name the columns of the settings with --modality recipes, and only there.",
        )
    counted = {"first_position": first_position} if first_position != 1 else {}
    return Choice(name=name, options={"parent": parent, **counted} if parent else {})
