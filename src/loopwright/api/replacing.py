# SPDX-License-Identifier: Apache-2.0
"""One folder takes the place of another, so that a process may be killed at any moment.

The new content lies whole beside its place before the old is renamed away; what was begun is
finished by whoever comes next. Nothing is deleted but copies.
"""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["kept_place", "lay_beside", "settle", "swap", "waiting"]


def waiting(folder: Path) -> Path:
    """Return where a whole copy lies that is about to take the place of a folder."""
    return folder.with_name(f"{folder.name}.promoted")


def kept_place(folder: Path) -> Path:
    """Return where the content of a folder is kept when it is replaced: the first free number."""
    n = 1
    while (found := folder.with_name(f"{folder.name}.previous-{n}")).exists():
        n += 1
    return found


def settle(folder: Path) -> bool:
    """Finish a replacement that was cut short between its renames; return whether there was one."""
    copy = waiting(folder)
    if not copy.is_dir():
        return False
    if folder.exists():
        shutil.rmtree(copy)
        return False
    copy.rename(folder)
    return True


def lay_beside(folder: Path, new: Path) -> Path:
    """Copy the folder ``new`` beside the one that it will replace; return where it lies."""
    part = folder.with_name(f"{folder.name}.promoted.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(new, part)
    return part


def swap(folder: Path, part: Path, *, kept: Path) -> None:
    """Put a whole copy in the place of a folder, whose content is kept.

    Args:
        folder: What is replaced.
        part: What ``lay_beside`` returned.
        kept: What ``kept_place`` returned.
    """
    copy = waiting(folder)
    part.rename(copy)
    folder.rename(kept)
    copy.rename(folder)
