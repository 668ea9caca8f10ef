# SPDX-License-Identifier: Apache-2.0
"""A checked file as one HTML page."""

from __future__ import annotations

from pathlib import Path

from loopwright.api.check import Looked
from loopwright.api.files import write_page
from loopwright.reports.check_page import CheckPage, pictured, render_check

__all__ = ["write_checked"]


def write_checked(looked: Looked, out: Path) -> Path:
    """Write what a file holds as a page that opens offline, and return where it is.

    Args:
        looked: What ``check.look_at`` found.
        out: The file to write.

    Raises:
        DataError: It cannot be written.
    """
    known = {c.id: c for c in looked.candidates}
    shown = [known[id] for id in pictured(looked.found.profiles)]
    page = CheckPage(found=looked.found, pictures={c.id: looked.modality.depict(c) for c in shown})
    return write_page(render_check(page), out)
