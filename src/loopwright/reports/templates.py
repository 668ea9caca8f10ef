# SPDX-License-Identifier: Apache-2.0
"""The templates of this room, ready to be filled. Every text that is put in is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from loopwright.reports.wording import fixed, glued, share, short, with_unit

__all__ = ["fill"]


def fill(name: str, values: Mapping[str, Any], *, beside: tuple[str, ...] = ()) -> str:
    """Return a template of this room with its values put in.

    Args:
        name: Its file.
        values: By the names that the template uses; one that is missing is an error.
        beside: Files that it includes or imports.
    """
    import jinja2

    room = files("loopwright.reports")
    sources = {n: room.joinpath(n).read_text(encoding="utf-8") for n in (name, *beside)}
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(sources),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"fixed": fixed, "glued": glued, "share": share, "short": short}
    environment.globals |= {"with_unit": with_unit}
    return environment.get_template(name).render(values)
