# SPDX-License-Identifier: Apache-2.0
"""The lab of an Ehrlich function: letters in, values out; what is infeasible fails."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from loopwright.core.errors import SpecError
from loopwright.core.values import Order, RawFile
from loopwright.data.results import order_rows, to_csv
from loopwright.labs.ehrlich import Options
from loopwright.labs.ehrlich.function import Ehrlich, Shape

__all__ = ["EhrlichLab"]

INFEASIBLE = "cannot be made: two letters stand next to each other that may not"


@frozen(kw_only=True)
class EhrlichLab:
    """Measures sequences by one function, without noise."""

    function: Ehrlich
    letters: str
    seed: int
    is_costly: bool = False

    @staticmethod
    def of(options: Options) -> EhrlichLab:
        """Return the lab of a drawn or a given function.

        Raises:
            SpecError: There can be no such function.
        """
        if len(set(options.letters)) < max(len(options.letters), 2):
            raise _refusal("The alphabet needs two letters at least, each once", "letters")
        function = _given(options) if options.motifs else _drawn(options)
        return EhrlichLab(function=function, letters=options.letters, seed=options.seed)

    @property
    def parent(self) -> str:
        """A feasible sequence to begin with, drawn at random from the seed."""
        return self._text(self.function.start(self.seed))

    @property
    def optimum(self) -> str:
        """A sequence of value 1."""
        return self._text(self.function.optimum())

    def submit(self, order: Order) -> None:
        """Do nothing: the function is always free."""

    def collect(self, order: Order) -> tuple[RawFile, ...]:
        """Return one file: a value for each feasible sequence, a reason for every other."""
        told = {c.id: self._measure(c.text) for c in order.candidates}
        rows = [{**row, **told[row["candidate_id"]]} for row in order_rows(order)]
        return (RawFile(name=f"{order.id}-results.csv", content=to_csv(rows)),)

    def _measure(self, text: str) -> dict[str, str]:
        """Return the cells of one result."""
        if len(text) != self.function.length or set(text) - set(self.letters):
            what = f"not a sequence of {self.function.length} letters of the alphabet"
            return {"status": "failed", "comment": what}
        value = float(self.function.values(_codes([text], self.letters))[0])
        if np.isnan(value):
            return {"status": "failed", "comment": INFEASIBLE}
        return {"status": "ok", "value": f"{value:.10g}"}

    def _text(self, codes: np.typing.NDArray[np.intp]) -> str:
        return "".join(self.letters[c] for c in codes)


def _drawn(options: Options) -> Ehrlich:
    shape = Shape(
        n_letters=len(options.letters),
        length=options.length,
        n_motifs=options.n_motifs,
        motif_length=options.motif_length,
        quantization=options.quantization,
    )
    try:
        return Ehrlich.drawn(shape, options.seed)
    except ValueError as ex:
        raise _refusal(f"There is no such function: {ex}", "length") from ex


def _given(options: Options) -> Ehrlich:
    """Return the function that the options spell out."""
    sizes = {len(m) for m in options.motifs} | {len(s) + 1 for s in options.spacings}
    if len(sizes) != 1 or len(options.motifs) != len(options.spacings):
        raise _refusal("Motifs and spacings do not fit each other", "spacings")
    strange = set("".join((*options.motifs, *options.banned))) - set(options.letters)
    if strange or any(len(pair) != 2 for pair in options.banned):
        raise _refusal("Motifs and banned pairs are not all of the alphabet's letters", "banned")
    steps = np.array(options.spacings, np.intp)
    if (steps < 1).any() or steps.sum(1).max() >= options.length:
        raise _refusal("A motif does not fit into the sequence", "spacings")
    is_banned = np.zeros((len(options.letters),) * 2, bool)
    if options.banned:
        is_banned[tuple(_codes(options.banned, options.letters).T)] = True
    return Ehrlich(
        length=options.length,
        quantization=options.quantization,
        is_banned=is_banned,
        motifs=_codes(options.motifs, options.letters),
        places=np.pad(steps.cumsum(1), ((0, 0), (1, 0))),
    )


def _codes(texts: tuple[str, ...] | list[str], letters: str) -> np.typing.NDArray[np.intp]:
    """Return texts of one length as codes, shape (n, L)."""
    return np.array([[letters.index(c) for c in text] for text in texts], np.intp)


def _refusal(what: str, key: str) -> SpecError:
    return SpecError(
        what,
        where=f"lab.options.{key}",
        remedy="`loopwright explain labs ehrlich` says what the options mean.",
    )
