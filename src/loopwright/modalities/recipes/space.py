# SPDX-License-Identifier: Apache-2.0
"""The space that recipes live in: parameters, limits, and the numbers that stand for a recipe.

A point is one float per parameter: the value itself, or the place of a level in its list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import FloatArray
from loopwright.modalities.recipes import Constraint, Parameter
from loopwright.modalities.recipes.substances import unreadable

__all__ = ["RecipeSpace", "rounded"]

SLACK = 1e-9
"""Relative; rounding of decimal fractions must not break a limit that holds on paper."""


def rounded(value: float) -> float:
    """Return a value with six significant digits, which reads back as itself."""
    return float(f"{value:.6g}") + 0.0


@frozen(kw_only=True, eq=False)
class RecipeSpace:
    """Parameters with their limits, checked."""

    parameters: tuple[Parameter, ...]
    low: FloatArray
    high: FloatArray
    is_level: npt.NDArray[np.bool_]
    is_whole: npt.NDArray[np.bool_]
    coefficients: FloatArray
    """One row per constraint, one column per parameter."""

    at_most: FloatArray

    @staticmethod
    def of(parameters: Sequence[Parameter], constraints: Sequence[Constraint]) -> RecipeSpace:
        """Return the space that the options describe.

        Raises:
            SpecError: Parameters or constraints do not fit together; all faults at once.
        """
        faults = [f for p in parameters for f in _parameter_faults(p)]
        names = [p.name for p in parameters]
        faults += [f"{n!r} comes twice" for n in sorted({n for n in names if names.count(n) > 1})]
        ranged = {p.name for p in parameters if not p.is_choice}
        for c in constraints:
            strange = [n for n in c.coefficients if n not in ranged]
            faults += [f"a constraint names {n!r}, which has no range" for n in strange]
            faults += ["a constraint is empty"] * (not c.coefficients)
            if not all(map(math.isfinite, [*c.coefficients.values(), c.at_most])):
                faults.append("a constraint is not finite")
        if faults:
            raise _spec_error("; ".join(faults))
        space = RecipeSpace(
            parameters=tuple(parameters),
            low=np.array([rounded(p.low or 0.0) for p in parameters]),
            high=np.array(
                [
                    rounded(p.high or 0.0) if not p.levels else len(p.levels) - 1.0
                    for p in parameters
                ]
            ),
            is_level=np.array([p.is_choice for p in parameters]),
            is_whole=np.array([p.kind == "integer" for p in parameters]),
            coefficients=np.array(
                [[c.coefficients.get(n, 0.0) for n in names] for c in constraints]
            ).reshape(-1, len(names)),
            at_most=np.array([c.at_most for c in constraints], np.float64),
        )
        smallest = np.minimum(space.coefficients * space.low, space.coefficients * space.high)
        impossible = np.flatnonzero(smallest.sum(1) > space.at_most + space.slack)
        if impossible.size:
            raise _spec_error(f"no recipe can meet constraint {impossible[0] + 1}")
        return space

    @property
    def slack(self) -> FloatArray:
        """Return how far each limit may be passed by rounding alone."""
        size = np.maximum(np.abs(self.low), np.abs(self.high))
        scale = np.abs(self.coefficients) @ size + np.abs(self.at_most)
        return np.asarray(SLACK * np.maximum(scale, 1.0))

    def is_feasible(self, points: FloatArray) -> npt.NDArray[np.bool_]:
        """Return whether each point keeps within ranges and limits; shape (m, parameters)."""
        within = ((points >= self.low) & (points <= self.high)).all(1)
        limits = points @ self.coefficients.T <= self.at_most + self.slack
        return np.asarray(within & limits.all(1))

    def from_unit(self, unit: FloatArray) -> FloatArray:
        """Return rounded points for numbers between 0 and 1; shape (m, parameters)."""
        n_steps = self.high - self.low + 1.0
        stepped = np.minimum(np.floor(unit * n_steps) + self.low, self.high)
        smooth = self.low + unit * (self.high - self.low)
        return self.settled(np.where(self.is_level | self.is_whole, stepped, smooth))

    def settled(self, points: FloatArray) -> FloatArray:
        """Return points inside the ranges, whole where they must be, with six digits."""
        inside = np.clip(points, self.low, self.high)
        inside = np.where(self.is_level | self.is_whole, np.round(inside), inside)
        flat = [
            rounded(x) if not whole else x + 0.0
            for row in inside
            for x, whole in zip(row.tolist(), (self.is_level | self.is_whole).tolist(), strict=True)
        ]
        return np.array(flat, np.float64).reshape(points.shape)

    def text(self, point: FloatArray) -> str:
        """Return the canonical notation of a point."""
        return ";".join(
            f"{p.name}={self._cell(p, value)}"
            for p, value in zip(self.parameters, point.tolist(), strict=True)
        )

    def point(self, text: str) -> FloatArray:
        """Return the point that a notation describes; the order of its parts does not matter.

        Raises:
            DataError: A parameter is missing, unknown, twice, out of range or not a number, or
                a limit is broken.
        """
        given: dict[str, str] = {}
        for part in text.split(";"):
            name, sign, value = part.partition("=")
            if not part.strip():
                continue
            if not sign or name.strip() in given:
                raise _refusal(f"{part.strip()[:60]!r} is no 'name=value', or comes twice")
            given[name.strip()] = value.strip()
        known = {p.name for p in self.parameters}
        wrong = sorted(known ^ given.keys())
        if wrong:
            missing = ", ".join(n for n in wrong if n in known)
            strange = ", ".join(n[:40] for n in wrong if n not in known)
            raise _refusal(
                f"A recipe lacks {missing or 'nothing'}, and has {strange or 'nothing'}"
                " besides its parameters"
            )
        point = np.array([_number(p, given[p.name]) for p in self.parameters])
        broken = np.flatnonzero(self.coefficients @ point > self.at_most + self.slack)
        if broken.size:
            raise _refusal(f"A recipe breaks constraint {broken[0] + 1}")
        return point

    @staticmethod
    def _cell(parameter: Parameter, value: float) -> str:
        if parameter.is_choice:
            return parameter.levels[int(value)]
        return str(int(value)) if parameter.kind == "integer" else f"{value:.6g}"


def _number(parameter: Parameter, text: str) -> float:
    """Return the number that stands for one value, within its range."""
    if not text:
        raise _refusal(f"{parameter.name} is blank")
    if parameter.is_choice:
        if text not in parameter.levels:
            raise _refusal(
                f"{parameter.name} is {text[:40]!r}, not one of {', '.join(parameter.levels[:20])}"
            )
        return float(parameter.levels.index(text))
    try:
        value = float(text)
    except ValueError as ex:
        raise _refusal(f"{parameter.name} is {text[:40]!r}, which is no number") from ex
    low, high = rounded(parameter.low or 0.0), rounded(parameter.high or 0.0)
    value = value + 0.0 if parameter.kind == "integer" else rounded(value)
    if not low <= value <= high or (parameter.kind == "integer" and value != int(value)):
        kind = "whole number" if parameter.kind == "integer" else "number"
        raise _refusal(f"{parameter.name} is {text[:40]!r}, not a {kind} from {low:g} to {high:g}")
    return value


def _parameter_faults(p: Parameter) -> list[str]:
    """Return what is wrong with one parameter, without regard to the others."""
    faults = []
    if p.name != p.name.strip() or set("=;\n") & set(p.name):
        faults.append(f"the name {p.name!r} holds '=', ';' or blanks around it")
    if p.is_choice:
        bad = [v for v in p.levels if not v or v != v.strip() or set(";\n") & set(v)]
        if not p.levels or bad or len(set(p.levels)) < len(p.levels):
            faults.append(f"{p.name!r} needs distinct levels without ';'")
        if p.low is not None or p.high is not None:
            faults.append(f"{p.name!r} is {p.kind} and has no low and high")
        if p.kind == "substance":
            faults += [f"{p.name!r}: {v[:40]!r} is no structure" for v in unreadable(p.levels)]
        return faults
    if p.levels:
        faults.append(f"{p.name!r} is {p.kind} and has no levels")
    if p.low is None or p.high is None or not -1e15 < p.low < p.high < 1e15:
        faults.append(f"{p.name!r} needs low < high")
    elif p.kind == "integer" and (p.low != int(p.low) or p.high != int(p.high) or p.high >= 1e6):
        faults.append(f"{p.name!r} needs whole numbers below a million as low and high")
    return faults


def _spec_error(what: str) -> SpecError:
    return SpecError(
        f"The recipe options do not describe a space: {what}",
        where="modality.parameters",
        remedy="`loopwright explain modalities recipes` shows a space that is one.",
    )


def _refusal(what: str) -> DataError:
    return DataError(
        what,
        where="recipe",
        remedy="Write 'name=value;name=value' with every parameter once, within its range.",
    )
