# SPDX-License-Identifier: Apache-2.0
"""What is predicted for a candidate, what is measured nearby, and why it was picked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from loopwright.core.values import Candidate, Prediction, Slate
from loopwright.loop.view import View
from loopwright.science.similarity import nearest

__all__ = ["Near", "Pick", "explain"]

N_NEIGHBOURS = 3


@frozen(kw_only=True)
class Near:
    """A measured candidate close to a pick."""

    candidate: Candidate
    similarity: float
    value: float
    """In the goal's unit."""

    bound: int
    """0 measured, -1 the truth lies below ``value``, +1 above it."""


@frozen(kw_only=True)
class Pick:
    """One candidate, with all that was thought of it at that moment."""

    candidate: Candidate
    rank: int
    """1 is the most wanted."""

    reason: str
    mean: float | None = None
    """In the goal's unit; None where no model had a say, as for the next four."""

    std: float | None = None
    low: float | None = None
    high: float | None = None
    in_domain: bool | None = None
    neighbours: tuple[Near, ...] = ()


def explain(
    view: View, batch: Sequence[Candidate], *, why: str, offered: Slate | None = None
) -> list[Pick]:
    """Return one pick for each candidate, in the given order.

    Args:
        view: The campaign as it stands.
        batch: Candidates to speak of.
        why: How the batch came about; part of each reason.
        offered: What the batch was chosen from, for ranks; None if a person chose.
    """
    if not batch:
        return []
    features = view.tools.offered.describe(batch)
    near = _neighbours(view, batch)
    said = view.trained.predict(features) if view.trained else None
    return [
        Pick(
            candidate=candidate,
            rank=i + 1,
            reason=why
            if said is None
            else _reason(view, said, i, candidate.id, why=why, offered=offered),
            neighbours=near[i],
            mean=None if said is None else float(said.mean[i, 0]),
            std=None if said is None else float(said.std[i, 0]),
            low=None if said is None else float(said.low[i, 0]),
            high=None if said is None else float(said.high[i, 0]),
            in_domain=None if said is None else bool(said.in_domain[i]),
        )
        for i, candidate in enumerate(batch)
    ]


def _neighbours(view: View, batch: Sequence[Candidate]) -> list[tuple[Near, ...]]:
    """Return the nearest measured candidates of each, most similar first."""
    data = view.data
    if not data.ids:
        return [()] * len(batch)
    measured = view.tools.offered.describe(view.named(data.ids))
    rows, alike = nearest(view.tools.offered.describe(batch), measured, k=N_NEIGHBOURS)
    return [
        tuple(
            Near(
                candidate=view.candidates[data.ids[row]],
                similarity=round(float(similarity), 4),
                value=float(data.targets.values[row, 0]),
                bound=int(data.targets.bounds[row, 0]),
            )
            for row, similarity in zip(rows[i], alike[i], strict=True)
        )
        for i in range(len(batch))
    ]


def _reason(
    view: View, said: Prediction, i: int, candidate_id: str, *, why: str, offered: Slate | None
) -> str:
    """Say in one sentence whether value or doubt brought this candidate in."""
    mean, std = view.data.sign * float(said.mean[i, 0]), float(said.std[i, 0])
    if offered is not None and candidate_id in offered.features.ids:
        row = offered.features.ids.index(candidate_id)
        mean, std = float(offered.mean[row]), float(offered.std[row])
    gain = mean - view.data.best
    edge = "" if said.in_domain[i] else "; far from all that is measured"
    if offered is None or not len(offered.mean):
        return f"{why}{edge}"
    by_value = 1 + int(np.sum(offered.mean > mean))
    by_doubt = 1 + int(np.sum(offered.std > std))
    led = "for its value" if by_value <= by_doubt else "for what it can teach"
    against = f"{abs(gain):.2g} {'above' if gain > 0 else 'below'} the best measured"
    return (
        f"{why}: {led}; {by_value} of {len(offered.mean)} by predicted value ({against}), "
        f"{by_doubt} by doubt{edge}"
    )
