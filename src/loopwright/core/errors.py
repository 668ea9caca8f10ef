# SPDX-License-Identifier: Apache-2.0
"""Every error this package raises, sorted by what its reader must do.

    LoopwrightError
    ├── SpecError            the campaign file is wrong        -> edit the file
    ├── UnknownPluginError   no such model, lab, reader ...    -> pick a listed name
    ├── MissingExtraError    a plugin's library is absent      -> pip install loopwright[extra]
    ├── MismatchError        two parts cannot work together    -> change one of the two
    ├── DataError            a file or table is not usable     -> mend the named place
    ├── NotReadyError        asked too early                   -> do the named step first
    ├── BusyError            another process holds the lock    -> wait, or end that process
    └── VerificationError    the record does not verify        -> stop; restore a verified copy

Nothing outside this module derives from ``LoopwrightError``.
"""

from __future__ import annotations

from functools import partial

__all__ = [
    "BusyError",
    "DataError",
    "LoopwrightError",
    "MismatchError",
    "MissingExtraError",
    "NotReadyError",
    "SpecError",
    "UnknownPluginError",
    "VerificationError",
]


class LoopwrightError(Exception):
    """Base of all errors: what went wrong, where, and the remedy.

    Args:
        what: One sentence, no full stop, naming the offending value.
        where: File, key path, row or step; empty when there is no place to point at.
        remedy: One imperative sentence that the reader can act on.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __reduce__(self) -> tuple[partial[LoopwrightError], tuple[str]]:
        """Let an error travel between processes whole."""
        return partial(type(self), where=self.where, remedy=self.remedy), (self.what,)

    def __str__(self) -> str:
        place = f" (at {self.where})" if self.where else ""
        return f"{self.what}{place}. {self.remedy}"


class SpecError(LoopwrightError):
    """The campaign file does not describe a campaign."""


class UnknownPluginError(LoopwrightError):
    """A plugin was asked for by a name that no shelf holds."""


class MissingExtraError(LoopwrightError, ImportError):
    """A plugin exists, but the library it stands on is not installed."""


class MismatchError(LoopwrightError):
    """Two parts of a campaign cannot work together."""


class DataError(LoopwrightError, ValueError):
    """A file, table or value breaks the contract of the function it was given to."""


class NotReadyError(LoopwrightError):
    """A step was asked for before the step it depends on."""


class BusyError(LoopwrightError):
    """Another process is writing to this workspace."""


class VerificationError(LoopwrightError):
    """The ledger or the store does not verify: something is missing, altered or out of order."""
