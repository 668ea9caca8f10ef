# SPDX-License-Identifier: Apache-2.0
"""One folder takes the place of another, so that a process may be killed at any moment.

The new content lies whole beside its place before the old is renamed away; what was begun is
finished by whoever comes next. Nothing is deleted but copies, and what nobody wants kept.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

__all__ = ["carry_over", "kept_place", "lay_beside", "settle", "supersede", "swap", "waiting"]


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


def supersede(folder: Path, part: Path) -> None:
    """Put a whole folder in a place; what lies there is deleted once the new one is in it.

    Args:
        folder: The place; it may be free.
        part: What goes there, and lies beside it.
    """
    if not folder.exists():
        part.rename(folder)
        return
    old = folder.with_name(f".{folder.name}.replaced")
    shutil.rmtree(old, ignore_errors=True)
    swap(folder, part, kept=old)
    shutil.rmtree(old, ignore_errors=True)


def carry_over(folder: Path, part: Path, *, but: Collection[str]) -> None:
    """Bring what else lies in a folder into the one that takes its place; both hold it then.

    Args:
        folder: What will be replaced.
        part: What takes its place.
        but: Names that are not brought.
    """
    for entry in sorted(folder.iterdir()):
        place = part / entry.name
        if entry.name in but or place.exists():
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, place, symlinks=True, copy_function=_linked)
        else:
            _linked(entry, place)


def _linked(source: Path | str, place: Path | str) -> None:
    """Give a file a second name, or copy it where the disk knows no second names."""
    try:
        os.link(source, place, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, place, follow_symlinks=False)
