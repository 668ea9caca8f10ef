# SPDX-License-Identifier: Apache-2.0
"""A network that passes messages along bonds: for thousands of rows and for people with time."""

from __future__ import annotations

import sys

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the message-passing network."""

    epochs: int = field(default=40, validator=ge(1))
    """Passes over the rows; the one that is best on rows held out is kept."""

    width: int = field(default=300, validator=ge(8))
    """Numbers that an atom, and the whole molecule, is summed up in."""


def _build(options: Options) -> object:
    for name in ("sklearn", "pandas"):
        if sys.modules.get(name, sys) is None:
            del sys.modules[name]  # hidden for a light start; Chemprop needs both
    from loopwright.models.chemprop.network import Chemprop

    return Chemprop(epochs=options.epochs, width=options.width)


PLUGIN = Plugin(
    summary="Message-passing network on the molecular graph (Chemprop), descriptors beside it.",
    source="doi:10.1021/acs.jcim.3c01250",
    options=Options,
    build=_build,
    extra="deep",
)
