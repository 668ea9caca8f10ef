# SPDX-License-Identifier: Apache-2.0
"""What a modality says of the texts and candidates that it was given, beyond who they are."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.values import Candidate

__all__ = ["Alert", "Cut", "Kin", "Part", "Reading"]


@frozen(kw_only=True)
class Reading:
    """A candidate, and what was done to the text that it was read from."""

    candidate: Candidate
    notes: tuple[str, ...] = ()
    """What was changed, or noticed and kept, in plain words: ``salt stripped: mesylate``."""

    doubt: str = ""
    """Why it may not be the compound that was meant; blank if nothing speaks against it."""

    remedy: str = ""
    """What to do about the doubt."""


@frozen(kw_only=True)
class Kin:
    """Different candidates that one compound could be: drawn otherwise, or nearly the same."""

    key: str
    """What they share: for molecules, the first block of the InChIKey."""

    ids: tuple[str, ...]
    what: str
    """How they differ: ``stereo``, ``isotopes``, ``charge``, ``tautomers`` ..."""


@frozen(kw_only=True, order=True)
class Alert:
    """A part of a candidate that is known for trouble."""

    catalogue: str
    """Whose list it stands on: ``PAINS``, ``Brenk``, ``mutagenicity``."""

    name: str
    atoms: tuple[int, ...]
    """Which atoms raise it, as the canonical notation counts them, from 0."""


@frozen(kw_only=True, order=True)
class Cut:
    """A candidate taken apart at one place."""

    core: str
    """What stays, with its open end; two candidates of one core are a matched pair."""

    fragment: str
    """The smaller part, with its open end."""


@frozen(kw_only=True)
class Part:
    """A part of a candidate: of a molecule, a heavy atom."""

    name: str
    """What it is and its place in the canonical notation, from 1: ``N7``."""

    alike: int
    """Parts that symmetry makes equal share this number."""
