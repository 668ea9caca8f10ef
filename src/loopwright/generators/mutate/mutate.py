# SPDX-License-Identifier: Apache-2.0
"""The generator that evolves sequences: from what was measured to sequences worth a trial.

It holds no state: everything is learned anew from the past, so a campaign that was stopped goes
on as if it had not been.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import numpy as np
from attrs import field, frozen

from loopwright.core.past import Past
from loopwright.core.ports import Modality, Spelled
from loopwright.core.values import Candidate, FloatArray, Kind
from loopwright.generators.mutate import Options
from loopwright.generators.mutate.chain import Codes, Mask, neighbour_risk
from loopwright.generators.mutate.design import SAFE, Designer
from loopwright.generators.mutate.positions import may_vary
from loopwright.generators.mutate.study import Evidence, study
from loopwright.science.chained import CHAIN
from loopwright.science.liabilities import all_refused, more_of, motifs

__all__ = ["Mutate"]


@frozen(kw_only=True)
class Mutate:
    """Designs sequences from the best measured one."""

    options: Options
    avoided: tuple[re.Pattern[str], ...] = ()
    accepts: frozenset[Kind] = field(default=frozenset({"tokens"}), init=False)

    @staticmethod
    def of(options: Options) -> Mutate:
        """Return the generator; raise ``SpecError`` if a motif to avoid is no pattern."""
        return Mutate(options=options, avoided=motifs(options.avoid, generator="mutate"))

    def offer(
        self,
        modality: Modality,
        catalogue: Sequence[Candidate],
        past: Past,
        rng: np.random.Generator,
    ) -> tuple[Candidate, ...]:
        """Return the parents that are not measured yet, then new sequences of their length.

        Raises:
            DataError: A parent is no candidate of the modality, or a position none of any; or
                every new design holds motifs to avoid.
        """
        parents = [modality.parse(text) for text in self.options.parents] or list(catalogue)
        if not parents and not past.measured:
            return tuple(self._draws(modality, rng))
        known = {c.id for c in (*past.measured, *past.failed)}
        found = {c.id: c for c in parents if c.id not in known} if self.options.parents else {}
        focus = past.best[0] if past.measured else parents[0]
        spelled = cast("Spelled", modality)
        task = _Task.of(focus, past, spelled.letters)
        longest = max(parents, key=lambda p: len(p.text), default=focus)
        may_change = may_vary(
            self.options.positions,
            [focus.text, *(p.text for p in parents if self.options.parents), longest.text],
            spelled,
            first=self.options.first_position,
        )
        is_like = _likeness(focus, spelled.letters)
        kin = [p.text for p in parents if is_like(p)] or [focus.text]
        refused: list[tuple[str, ...]] = []
        for text in self._designs(task, may_change, kin, rng, refused=refused):
            if len(found) >= self.options.n_offers:
                break
            candidate = modality.parse(text)
            if candidate.id not in known:
                found.setdefault(candidate.id, candidate)
        if refused and not found:
            raise all_refused(refused)
        return tuple(found.values())

    def _draws(self, modality: Modality, rng: np.random.Generator) -> Iterator[Candidate]:
        """Yield sequences of random letters."""
        spelled = cast("Spelled", modality)
        letters = [c for c in spelled.letters if c not in self.options.without]
        n_chains = max(len(spelled.chains), 1)
        rows = rng.choice(letters, (self.options.n_offers, n_chains, self.options.length))
        texts = (CHAIN.join(map("".join, row)) for row in rows)
        yield from {c.id: c for c in map(modality.parse, texts)}.values()

    def _designs(
        self,
        task: _Task,
        is_given: Mask,
        parents: Sequence[str],
        rng: np.random.Generator,
        *,
        refused: list[tuple[str, ...]],
    ) -> Iterator[str]:
        """Yield sequences that keep all limits, the safer ones first; list why others were not."""
        focus = study(
            Evidence(
                rows=task.rows,
                worth=task.worth,
                n_letters=len(task.letters),
                tolerance=self.options.tolerance,
            )
        )
        is_letter = np.array([c in task.alphabet for c in task.letters])
        may_put = is_letter & ~np.isin(list(task.letters), list(self.options.without))
        may_change = is_letter[focus.row] & is_given
        if not may_change.any():
            return
        designer = Designer(
            focus=focus,
            risk=neighbour_risk(task.rows, task.failed, len(task.letters)),
            may_change=may_change,
            letters=may_put.astype(float),
            may_move=self.options.moves,
        )
        for safest in SAFE:
            for row in designer.rows(2 * self.options.n_offers, rng, safest=safest):
                text = "".join(task.letters[c] for c in row)
                nearest = self._nearest(text, parents)
                if nearest is None:
                    continue
                if more := more_of(text, self.avoided, nearest):
                    refused.append(tuple(self.options.avoid[i] for i in more))
                else:
                    yield text

    def _nearest(self, text: str, parents: Sequence[str]) -> str | None:
        """Return the parent that a sequence is nearest to; None if it is too far from any."""
        if not self.avoided and not self.options.max_changes:
            return text
        changes = [sum(a != b for a, b in zip(text, p, strict=True)) for p in parents]
        nearest = int(np.argmin(changes))
        is_near = changes[nearest] <= (self.options.max_changes or len(text))
        return parents[nearest] if is_near else None


@frozen(kw_only=True, eq=False)
class _Task:
    """The past of sequences as long as the best one, as codes."""

    alphabet: str
    letters: str
    """The alphabet, then what else stands in the best one (a chain break) and never changes."""

    rows: Codes
    worth: FloatArray
    failed: Codes

    @staticmethod
    def of(focus: Candidate, past: Past, alphabet: str) -> _Task:
        """Return the task; what has another length or other breaks says nothing."""
        others = "".join(sorted(set(focus.text) - set(alphabet)))
        is_like = _likeness(focus, alphabet)
        kept = [i for i, c in enumerate(past.measured) if is_like(c)]
        worth = past.worth[kept] if kept else np.ones(1)
        texts = [past.measured[i].text for i in kept] or [focus.text]
        return _Task(
            alphabet=alphabet,
            letters=alphabet + others,
            rows=_codes(texts, alphabet + others, len(focus.text)),
            worth=_positive(worth),
            failed=_codes(
                [c.text for c in past.failed if is_like(c)], alphabet + others, len(focus.text)
            ),
        )


def _likeness(focus: Candidate, alphabet: str) -> Callable[[Candidate], bool]:
    """Return what asks whether a candidate has the length of the best one, and its breaks."""
    fixed = [(i, c) for i, c in enumerate(focus.text) if c not in alphabet]

    def is_like(one: Candidate) -> bool:
        return len(one.text) == len(focus.text) and all(one.text[i] == c for i, c in fixed)

    return is_like


def _positive(worth: FloatArray) -> FloatArray:
    """Return values from 0 to 1, as shares of the best; counted from the worst if any is below 0.

    Where all values are positive their ratios stay what they are.
    """
    above = worth - min(float(worth.min()), 0.0)
    return np.asarray(above / max(float(above.max()), 1e-300))


def _codes(texts: Sequence[str], letters: str, length: int) -> Codes:
    """Return sequences as numbers of their letters, shape (n, L)."""
    code = np.zeros(128, np.intp)
    code[np.frombuffer(letters.encode(), np.uint8)] = np.arange(len(letters))
    raw = np.frombuffer("".join(texts).encode(), np.uint8)
    return np.asarray(code[raw].reshape(len(texts), length))
