# SPDX-License-Identifier: Apache-2.0
"""Ehrlich functions: a hidden task of sequence design with a known optimum of 1."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN", "Options"]


@frozen(kw_only=True)
class Options:
    """Options of the Ehrlich function: drawn from a seed, or given whole."""

    letters: str = "ACDEFGHIKLMNPQRSTVWY"
    """The alphabet, each letter once."""

    length: int = field(default=32, validator=ge(1))
    """Letters of a sequence."""

    n_motifs: int = field(default=4, validator=ge(1))
    """Hidden motifs; the value is the product of how far each is there."""

    motif_length: int = field(default=4, validator=ge(2))
    """Letters of a motif."""

    quantization: int = field(default=4, validator=ge(1))
    """Steps in which a motif counts; it divides the motif's length."""

    seed: int = field(default=0, validator=ge(0))
    """Draws motifs, distances and banned transitions, unless they are given."""

    motifs: tuple[str, ...] = ()
    """The motifs, where the function is given and not drawn."""

    spacings: tuple[tuple[int, ...], ...] = ()
    """For each given motif the steps from letter to letter, one fewer than it has letters."""

    banned: tuple[str, ...] = ()
    """Pairs of letters that may not stand next to each other in this order, as ``AC``; where the
    function is given."""


def _build(options: Options) -> object:
    from loopwright.labs.ehrlich.lab import EhrlichLab

    return EhrlichLab.of(options)


PLUGIN = Plugin(
    summary="Ehrlich functions: sequence design with hidden motifs and a known optimum of 1.",
    source="arxiv:2407.00236",
    options=Options,
    build=_build,
)
