# SPDX-License-Identifier: Apache-2.0
"""What goes into an order beside the batch: controls, and what is measured once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import numpy as np

from loopwright.core.errors import DataError, NotReadyError
from loopwright.loop.prices import cost_of
from loopwright.loop.view import View

__all__ = ["again_of", "controls_among", "controls_of"]


def controls_of(view: View) -> tuple[str, ...]:
    """Return the ids of the controls of the campaign file, in its order.

    Raises:
        NotReadyError: The workspace does not hold one of them.
        DataError: One is no id, no name and no notation.
    """
    found = [view.find(text).id for text in view.spec.controls]
    for text, control in zip(view.spec.controls, found, strict=True):
        if control not in view.candidates:
            raise NotReadyError(
                f"The control {text!r} is not in the workspace",
                where="controls",
                remedy="Ingest a file that names it, with or without values.",
            )
    return tuple(dict.fromkeys(found))


def controls_among(view: View, again: Collection[str]) -> frozenset[str]:
    """Return which of those that an order holds beside its batch the campaign file calls controls.

    The file may have changed since: what it calls so now and nobody knows is none of them.
    """
    found = set()
    for text in view.spec.controls if again else ():
        try:
            found.add(view.find(text).id)
        except DataError:
            continue
    return frozenset(found) & frozenset(again)


def again_of(view: View, batch: Collection[str], screens: Collection[str] = ()) -> tuple[str, ...]:
    """Return controls and repeats for an order, as far as the budget reaches beyond the batch."""
    controls = [c for c in controls_of(view) if c not in batch]
    wanted = [*controls, *_repeats(view, {*batch, *controls})]
    spec, prices = view.spec, view.tools.prices
    if spec.budget is None:
        return tuple(wanted)
    cost = cost_of(spec, prices, batch, n_screens=len(screens))
    left = spec.budget - view.state.spent - cost
    taken: list[str] = []
    for candidate in wanted:
        if cost_of(spec, prices, [*taken, candidate]) <= left:
            taken.append(candidate)
    return tuple(taken)


def _repeats(view: View, others: Collection[str]) -> list[str]:
    """Return whom to measure once more: the best of those repeated least, then a random few.

    Candidates of earlier orders go before those that came with data from elsewhere.
    """
    exact = view.data.targets.bounds[:, 0] == 0
    measured = {c for c, is_value in zip(view.data.ids, exact, strict=True) if is_value}
    ordered = {c for o in view.state.orders for c in o.candidates}
    known = (measured & ordered or measured) - set(others)
    pool = [c.id for c in view.best_first if c.id in known]
    if not view.spec.repeats or not pool:
        return []
    times = Counter(c for o in view.state.orders for c in o.again)
    best = min(pool, key=lambda c: times[c])
    rest = [c for c in pool if c != best]
    rng = np.random.default_rng([view.spec.seed, len(view.state.orders), 2])
    n = min(view.spec.repeats - 1, len(rest))
    return [best, *(rest[i] for i in rng.permutation(len(rest))[:n])]
