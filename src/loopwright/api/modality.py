# SPDX-License-Identifier: Apache-2.0
"""A kind of matter by its name and what a person says of it on one line."""

from __future__ import annotations

from loopwright.core.errors import SpecError
from loopwright.loop.series import PROTEINS
from loopwright.registry import names
from loopwright.spec.campaign import Choice

__all__ = ["modality_of"]


def modality_of(name: str, parent: str = "") -> Choice:
    """Return the modality of plain files.

    Args:
        name: ``molecules`` or ``proteins``.
        parent: Of proteins, the sequence that mutations are counted from.

    Raises:
        SpecError: There is no such modality, or it has no parent sequence.
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
    return Choice(name=name, options={"parent": parent} if parent else {})
