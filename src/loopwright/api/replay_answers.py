# SPDX-License-Identifier: Apache-2.0
"""What a replay showed, as values; how it is said in a line stands with them."""

from __future__ import annotations

from attrs import field, frozen

from loopwright.core.values import Quarantined

__all__ = [
    "HYPERVOLUME",
    "Point",
    "ReplayAnswer",
    "Share",
    "Span",
    "StrategyAnswer",
    "last_line",
    "sought",
]

HYPERVOLUME = "hypervolume"
"""What is looked for where more than one thing is wanted."""


@frozen(kw_only=True)
class Share:
    """A share with its 95 % interval over seeds."""

    mean: float
    low: float | None
    """None, like ``high``, with one seed."""

    high: float | None

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


@frozen(kw_only=True)
class Span:
    """A mean with its 95 % interval over seeds; no interval with one seed."""

    mean: float
    low: float | None
    high: float | None


@frozen(kw_only=True)
class Point:
    """How far a strategy had come after so many measurements."""

    measured: int
    """Of varied costs, the mean over seeds."""

    screened: int
    """Of a cheaper assay, the mean over seeds; 0 where there is none."""

    spent: float
    mean: float
    low: float | None
    high: float | None
    hits: float
    """Mean over seeds of the candidates that reach every threshold; 0 where none is named."""

    best: float
    """Mean over seeds of the best value measured by then, in the property's unit."""


@frozen(kw_only=True)
class StrategyAnswer:
    """One strategy over all seeds."""

    found: Share
    best: Span
    """Best value measured, in the property's unit."""

    regret: float
    """By how much that falls short of the best value of the file, mean over seeds."""

    hits: Span
    """Candidates that reach every threshold; 0 where none is named."""

    screened: float
    """Candidates of which a cheaper assay was bought, mean over seeds."""

    spent: float
    """For assays and screens together, mean over seeds."""

    curve: tuple[Point, ...]
    seconds_per_cycle: float
    peak_mb: float


@frozen(kw_only=True)
class ReplayAnswer:
    """What a replay showed."""

    file: str
    property: str
    """Of the first goal."""

    direction: str
    goals: tuple[str, ...]
    """What is wanted, in words."""

    n_pool: int
    n_measured: int
    top: int
    top_text: str
    """As it is said: ``top 5 %``, ``top 500 within the limits``, or ``hypervolume`` of several
    goals."""

    n_hits: int
    """Candidates of the file that reach every threshold; 0 where none is named."""

    budget: float | None

    screen: str
    """The property of the cheaper assay; blank where there is none."""

    screen_cost: float | None
    """Of one of them."""

    optimum: float
    """The best value of the file, in the property's unit."""

    seeds: int
    quarantined: int
    """Places of the file that were not used."""

    quarantine: tuple[Quarantined, ...]
    barred: tuple[Quarantined, ...]
    """Rows that do not meet a condition on a column."""

    strategies: dict[str, StrategyAnswer]

    stand_ins: dict[str, str] = field(factory=dict)
    """Property -> the column that was taken for it, where none is named so and the name of that
    one, ``Y`` or ``affinity``, does not say of what its values are. ``structure`` likewise, where
    a column without a name holds the structures."""


def sought(answer: ReplayAnswer) -> str:
    """Return what is looked for, as it stands in a sentence."""
    return answer.top_text if answer.top_text == HYPERVOLUME else f"true {answer.top_text}"


def last_line(answer: ReplayAnswer) -> str:
    """Return the outcome in one line."""
    named = answer.strategies.items()
    parts = ", ".join(f"{name} {s.found}" for name, s in named)
    measured = next(iter(answer.strategies.values())).curve[-1].measured
    line = f"{answer.top_text} found with {measured} of {answer.n_pool} measured: {parts}"
    if answer.screen:
        line = f"{answer.top_text} of {answer.n_pool} found: {parts}"
    if answer.budget is not None:
        line += f"; spent: {', '.join(f'{name} {_bill(s)}' for name, s in named)}"
    if answer.n_hits:
        line += f"; hits of {answer.n_hits}: "
        line += ", ".join(f"{name} {s.hits.mean:.1f}" for name, s in named)
    return line


def _bill(found: StrategyAnswer) -> str:
    """Return what was spent, and on what where a cheaper assay was bought."""
    if not found.screened:
        return f"{found.spent:.4g}"
    return f"{found.spent:.4g} ({found.curve[-1].measured} assays, {found.screened:.0f} screens)"
