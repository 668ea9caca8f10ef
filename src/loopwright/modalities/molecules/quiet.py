# SPDX-License-Identifier: Apache-2.0
"""Lets RDKit work without a word, and without keeping what is not its own.

RDKit 2026.03 leaves its own handler of Ctrl-C behind after a search for substructures
(https://github.com/rdkit/rdkit/issues/9381): the key then does nothing when it is pressed first.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rdkit import rdBase

__all__ = ["quiet"]


@contextmanager
def quiet() -> Iterator[None]:
    """Silence RDKit inside, and give Ctrl-C back to whoever had it; only the main thread can."""
    is_main = threading.current_thread() is threading.main_thread()
    had = signal.getsignal(signal.SIGINT) if is_main else None
    try:
        with rdBase.BlockLogs():
            yield
    finally:
        if had is not None:
            signal.signal(signal.SIGINT, had)
