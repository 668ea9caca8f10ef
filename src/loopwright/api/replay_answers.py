# SPDX-License-Identifier: Apache-2.0
"""What a replay showed, as values; how it is said in a line stands with them."""

from __future__ import annotations

from attrs import frozen

from loopwright.core.values import Quarantined

__all__ = ["Point", "ReplayAnswer", "Share", "Span", "StrategyAnswer", "last_line"]


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
    mean: float
    low: float | None
    high: float | None
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

    curve: tuple[Point, ...]
    seconds_per_cycle: float
    peak_mb: float


@frozen(kw_only=True)
class ReplayAnswer:
    """What a replay showed."""

    file: str
    property: str
    direction: str
    n_pool: int
    n_measured: int
    top: int
    top_text: str
    """As it is said: ``top 5 %`` or ``top 500``."""

    optimum: float
    """The best value of the file, in the property's unit."""

    seeds: int
    quarantined: int
    """Places of the file that were not used."""

    quarantine: tuple[Quarantined, ...]
    strategies: dict[str, StrategyAnswer]


def last_line(answer: ReplayAnswer) -> str:
    """Return the outcome in one line."""
    parts = [f"{name} {s.found}" for name, s in answer.strategies.items()]
    return (
        f"{answer.top_text} found with {answer.n_measured} of {answer.n_pool} measured: "
        + ", ".join(parts)
    )
