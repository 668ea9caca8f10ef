# SPDX-License-Identifier: Apache-2.0
"""Boosted trees, several times over resampled data, so that they can disagree."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge, gt, le

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the boosted trees."""

    n_bags: int = field(default=4, validator=ge(2))
    """Ensembles, each on its own share of the rows; their disagreement is the doubt."""

    n_trees: int = field(default=80, validator=ge(1))
    """Trees in each ensemble."""

    learning_rate: float = field(default=0.12, validator=[gt(0.0), le(1.0)])
    """Share of the error that one tree may take away."""

    is_wide: bool = False
    """Whether trees see patterns and descriptors, most columns of them, instead of counts."""


def _build(options: Options) -> object:
    from loopwright.models.boosted.boosted import NARROW, WIDE, Boosted

    return Boosted(
        n_bags=options.n_bags,
        n_trees=options.n_trees,
        learning_rate=options.learning_rate,
        is_wide=options.is_wide,
        accepts=WIDE if options.is_wide else NARROW,
    )


PLUGIN = Plugin(
    summary="Gradient-boosted trees (LightGBM) in bags, of a number or a class.",
    source="https://papers.nips.cc/paper/6907-lightgbm-a-highly-efficient-gradient-boosting-decision-tree",
    options=Options,
    build=_build,
)
