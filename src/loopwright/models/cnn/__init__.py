# SPDX-License-Identifier: Apache-2.0
"""A convolutional network on letters: for thousands of aligned sequences, and people with time."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the convolutional network."""

    members: int = field(default=5, validator=ge(2))
    """Networks that are asked together; each keeps another part of the rows for its judgement."""

    epochs: int = field(default=60, validator=ge(1))
    """Passes over the rows; the one that is best on the rows kept apart stays."""

    width: int = field(default=32, validator=ge(4))
    """Numbers that a letter and its neighbours are summed up in."""


def _build(options: Options) -> object:
    from loopwright.models.cnn.network import Cnn

    return Cnn(members=options.members, epochs=options.epochs, width=options.width)


PLUGIN = Plugin(
    summary="Ensemble of small convolutional networks on one-hot letters of aligned sequences.",
    source="doi:10.1101/2021.11.09.467890",
    options=Options,
    build=_build,
    extra="deep",
)
