# SPDX-License-Identifier: Apache-2.0
"""Candidates in a table: their names, or else what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from attrs import frozen

__all__ = ["Labels", "labels"]

LONG = 24
"""Letters that are read at a glance; no more positions than that are told, either."""


@frozen(kw_only=True)
class Labels:
    """What stands for each candidate, and what all of them share."""

    each: tuple[str, ...]
    shared: str
    """A line above the table; blank if there is nothing to say once."""


def labels(
    texts: Sequence[str],
    names: Sequence[str],
    *,
    is_recipe: bool = False,
    beside: Sequence[str] = (),
    mutations: Sequence[str] = (),
) -> Labels:
    """Return names where there are names, and otherwise notations without what they share.

    Args:
        texts: Their notations.
        names: Their names; blank where one has none.
        is_recipe: Whether they are recipes, whose settings stand below the name.
        beside: Notations of others that sequences are told apart from, too.
        mutations: How each sequence differs from its parent, where all of them can be told so.
    """
    if texts and is_recipe:
        told = _of_recipes([_settings(t) for t in texts])
        each = ("\n".join(filter(None, both)) for both in zip(names, told.each, strict=True))
        return Labels(each=tuple(each), shared=told.shared)
    if not texts or all(names):
        return Labels(each=tuple(names), shared="")
    told = Labels(each=tuple(texts), shared="")
    if mutations and all(mutations):
        told = Labels(each=tuple(mutations), shared="mutations of the parent")
    elif all(_is_sequence(t) for t in texts):
        told = _of_sequences(texts, beside)
    each = (name or text for name, text in zip(names, told.each, strict=True))
    return Labels(each=tuple(each), shared=told.shared)


def _settings(text: str) -> dict[str, str]:
    """Return the settings of a recipe by name."""
    parts = (part.partition("=") for part in text.split(";"))
    return {name: value for name, _, value in parts}


def _of_recipes(recipes: Sequence[dict[str, str]]) -> Labels:
    """Return the settings in which recipes differ, a line each."""
    first, *rest = recipes
    shared = {k: v for k, v in first.items() if rest and all(r.get(k) == v for r in rest)}
    each = ("\n".join(f"{k}={v}" for k, v in r.items() if k not in shared) for r in recipes)
    told = "; ".join(f"{k}={v}" for k, v in shared.items())
    return Labels(each=tuple(each), shared=f"the same in all: {told}" if told else "")


def _is_sequence(text: str) -> bool:
    return len(text) > LONG and text.isalpha() and text.isupper()


def _of_sequences(texts: Sequence[str], beside: Sequence[str]) -> Labels:
    """Return where sequences differ from one another."""
    every = [*texts, *beside]
    if len({len(t) for t in every}) == 1:
        places = [i for i, letters in enumerate(zip(*every, strict=True)) if len({*letters}) > 1]
        if 0 < len(places) <= LONG:
            each = tuple(" ".join(f"{i + 1}{t[i]}" for i in places) for t in texts)
            return Labels(each=each, shared="sequences by the positions in which they differ")
    return _between(texts)


def _between(texts: Sequence[str]) -> Labels:
    """Return sequences without the ends that all of them share."""
    if len(texts) == 1:
        return Labels(each=tuple(texts), shared="")
    n_head = _n_alike(texts)
    n_tail = _n_alike([t[n_head:][::-1] for t in texts])
    each = tuple(t[n_head : len(t) - n_tail] or "(nothing more)" for t in texts)
    if n_head + n_tail == 0:
        return Labels(each=each, shared="")
    told = f"the first {n_head} and the last {n_tail} letters are the same in all"
    return Labels(each=each, shared=told)


def _n_alike(texts: Sequence[str]) -> int:
    """Return how many letters at the start are the same in all."""
    columns = zip(*texts, strict=False)
    return sum(1 for _ in takewhile(lambda letters: len({*letters}) == 1, columns))
