# SPDX-License-Identifier: Apache-2.0
"""A smooth guess from how alike molecules are; small enough to ship, fast enough for millions."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from loopwright.core.plugin import Plugin

__all__ = ["PLUGIN"]


@frozen(kw_only=True)
class Options:
    """Options of the kernel ridge."""

    max_landmarks: int = field(default=4_000, validator=ge(10))
    """Most training rows that new ones are compared with; every row is learned from."""

    search_rows: int = field(default=800, validator=ge(10))
    """Most rows on which mixture and penalty are searched."""


def _build(options: Options) -> object:
    from loopwright.models.kernel.kernel import KernelRidge

    return KernelRidge(max_landmarks=options.max_landmarks, search_rows=options.search_rows)


PLUGIN = Plugin(
    summary="Kernel ridge on Tanimoto similarity and descriptor distance; numbers and classes.",
    source="doi:10.1016/j.neunet.2005.07.009",
    options=Options,
    build=_build,
)
