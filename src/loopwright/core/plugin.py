# SPDX-License-Identifier: Apache-2.0
"""What a plugin says of itself. Every folder on a shelf holds exactly one, as PLUGIN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen
from attrs.validators import matches_re, min_len

__all__ = ["Plugin"]


@frozen(kw_only=True)
class Plugin:
    """The name plate on a plugin's door."""

    summary: str = field(validator=min_len(10))
    """One line for ``loopwright list``; ends with a full stop."""

    source: str = field(validator=matches_re(r"(doi:10\.|arxiv:|https://|own work).*"))
    """Where the method comes from; printed by ``loopwright cite``."""

    options: type
    """A frozen attrs class: the typed options, each documented under its field."""

    build: Callable[[Any], object]
    """Called with an instance of ``options``; heavy imports happen in here."""

    examples: tuple[str, ...] = ()
    """Sample inputs: printed by ``loopwright explain`` and asked of the plugin by its contract."""

    extra: str = ""
    """The install extra that brings this plugin's libraries; empty when it needs none."""
