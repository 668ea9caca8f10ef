# SPDX-License-Identifier: Apache-2.0
"""Keeps libraries that nobody asks out of a program of ours, so that it starts in time.

LightGBM loads scikit-learn and pandas, if they are there, to serve those who call it through
them: a second of the two that one molecule takes. Only for processes that are ours alone; in
somebody else's it would change what LightGBM can do for him.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

__all__ = ["UNASKED", "unseen"]

UNASKED = ("sklearn", "pandas")
"""What no prediction needs."""


@contextmanager
def unseen(*names: str) -> Iterator[None]:
    """Let imports of these libraries fail as if they were not installed; loaded ones stay.

    Example:
        >>> with unseen("this_library"):
        ...     import this_library
        Traceback (most recent call last):
        ...
        ModuleNotFoundError: import of this_library halted; None in sys.modules
    """
    hidden = [name for name in names if name not in sys.modules]
    modules = cast("dict[str, Any]", sys.modules)
    modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            modules.pop(name, None)
