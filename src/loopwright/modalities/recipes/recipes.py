# SPDX-License-Identifier: Apache-2.0
"""The recipe modality: reads, describes, draws at random and varies recipes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from html import escape

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import DataError
from loopwright.core.values import Block, Candidate, Features, FloatArray, Kind
from loopwright.modalities.recipes import Options, Parameter
from loopwright.modalities.recipes.space import RecipeSpace
from loopwright.modalities.recipes.substances import chemistry

__all__ = ["Recipes"]

MAX_TEXT = 10_000
STEPS = (0.01, 0.3)
"""Smallest and largest standard deviation of a neighbour's change, as a part of the range.

Near ones refine what is already good, far ones leave its surroundings.
"""

LEVELS_APART = 2.0
"""Mean squared distance of two levels, as ``_places`` places them."""

RANGE_APART = 1.0 / 6.0
"""The same of two numbers drawn from 0..1."""

BATCH = 4_096
MAX_TRIES = 1_000_000


@frozen(kw_only=True, eq=False)
class Recipes:
    """The modality of recipes."""

    space: RecipeSpace
    places: tuple[FloatArray, ...]
    """For each parameter, one row for each of its levels; empty where it has a range."""

    offers: frozenset[Kind] = frozenset({"vector", "settings", "space"})

    @staticmethod
    def of(options: Options) -> Recipes:
        """Return the modality of a space; raise ``SpecError`` if the options describe none."""
        space = RecipeSpace.of(options.parameters, options.constraints)
        return Recipes(space=space, places=tuple(map(_places, options.parameters)))

    def parse(self, text: str, name: str = "") -> Candidate:
        """Return the canonical candidate of ``name=value;name=value``.

        Raises:
            DataError: A parameter is missing, unknown, twice, out of range or no number, or a
                limit is broken.
        """
        if len(text) > MAX_TEXT:
            raise DataError(
                f"A recipe text is longer than {MAX_TEXT} characters",
                where="recipe",
                remedy="Write 'name=value;name=value'.",
            )
        return self._candidate(self.space.point(text), name)

    def describe(self, candidates: Sequence[Candidate], kinds: frozenset[Kind]) -> Features:
        """Return where recipes lie.

        ``vector``: ranges scaled to 0..1 and the places of levels, shape (n, d). ``settings``: the
        same one by one, shape (n, k, w); two recipes drawn at random are at a mean squared
        distance of about 1 in each.
        """
        space = self.space
        points = np.array([space.point(c.text) for c in candidates]).reshape(
            len(candidates), len(space.parameters)
        )
        width = np.where(space.is_level, 1.0, space.high - space.low)
        scaled = (points - space.low) / width
        columns = [
            place[points[:, i].astype(int)] if place.size else scaled[:, [i]]
            for i, place in enumerate(self.places)
        ]
        blocks: dict[Kind, Block] = {}
        if "vector" in kinds:
            blocks["vector"] = np.hstack(columns).astype(np.float32)
        if "settings" in kinds:
            blocks["settings"] = _one_by_one(columns, [place.size > 0 for place in self.places])
        return Features(ids=tuple(c.id for c in candidates), blocks=blocks)

    def depict(self, candidate: Candidate) -> str:
        """Return the settings as a small table."""
        lines = [part.partition("=") for part in candidate.text.split(";")]
        height = 18 * len(lines) + 10
        rows = "".join(
            f'<text x="8" y="{18 * i + 20}">{escape(name)}</text>'
            f'<text x="212" y="{18 * i + 20}" text-anchor="end">{escape(value)}</text>'
            for i, (name, _, value) in enumerate(lines)
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="220" height="{height}" '
            f'viewBox="0 0 220 {height}" font-family="sans-serif" font-size="12" '
            f'fill="currentColor">{rows}</svg>'
        )

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Candidate, ...]:
        """Return n distinct feasible recipes; fewer only where the space holds fewer.

        Points are uniform over the ranges, and those that break a limit are drawn again.

        Raises:
            DataError: Not one of a million draws keeps the limits.
        """
        width = len(self.space.parameters)
        found = self._collect(
            n, lambda size: self.space.from_unit(rng.random((size, width))), frozenset()
        )
        if n and not found:
            raise DataError(
                f"Not one of {MAX_TRIES} random recipes keeps the constraints",
                where="modality.constraints",
                remedy="Widen the constraints, or narrow the ranges to where they can hold.",
            )
        return found

    def near(self, candidate: Candidate, n: int, rng: np.random.Generator) -> tuple[Candidate, ...]:
        """Return up to n distinct feasible neighbours of one recipe, never the recipe itself.

        About half of its settings change: by a hundredth to a third of their range, or to
        another level.
        """
        start = self.space.point(candidate.text)
        return self._collect(
            n, lambda size: self._moved(start, size, rng), frozenset({candidate.id})
        )

    def _moved(self, start: FloatArray, size: int, rng: np.random.Generator) -> FloatArray:
        """Return points around one; each parameter moves with even odds, at least one does."""
        space = self.space
        width = len(space.parameters)
        moves = rng.random((size, width)) < 0.5
        moves[np.arange(size), rng.integers(width, size=size)] = True
        step = np.exp(rng.uniform(np.log(STEPS[0]), np.log(STEPS[1]), (size, 1)))
        shift = rng.normal(0.0, 1.0, (size, width)) * step * (space.high - space.low)
        whole = np.where(np.abs(shift) < 1.0, np.sign(shift), shift)
        flipped = space.from_unit(rng.random((size, width)))
        moved = start + np.where(space.is_whole, whole, shift)
        return space.settled(np.where(moves, np.where(space.is_level, flipped, moved), start))

    def _collect(
        self, n: int, points: Callable[[int], FloatArray], without: frozenset[str]
    ) -> tuple[Candidate, ...]:
        """Return the first n distinct feasible candidates among random points."""
        found: dict[str, Candidate] = {}
        n_tried = n_fruitless = 0
        while len(found) < n and n_tried < MAX_TRIES and n_fruitless < 20:
            size = min(BATCH, max(64, 2 * n)) if n_tried < BATCH else BATCH
            some = points(size)
            n_tried += size
            n_before = len(found)
            for point in some[self.space.is_feasible(some)]:
                candidate = self._candidate(point, "")
                if candidate.id not in without and len(found) < n:
                    found.setdefault(candidate.id, candidate)
            n_fruitless = n_fruitless + 1 if found and len(found) == n_before else 0
        return tuple(found.values())

    def _candidate(self, point: FloatArray, name: str) -> Candidate:
        text = self.space.text(point)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return Candidate(id=f"R-{digest}", text=text, name=name)


def _one_by_one(columns: Sequence[FloatArray], is_level: Sequence[bool]) -> npt.NDArray[np.float32]:
    """Return coordinates side by side, shape (n, k, w), alike in scale; w is the widest setting."""
    n, w = len(columns[0]), max(c.shape[1] for c in columns)
    out = np.zeros((n, len(columns), w), np.float32)
    for i, column in enumerate(columns):
        apart = LEVELS_APART if is_level[i] else RANGE_APART
        out[:, i, : column.shape[1]] = column / np.sqrt(apart)
    return out


def _places(parameter: Parameter) -> FloatArray:
    """Return where the levels of a parameter lie, one row each; substances also by chemistry.

    Two levels are as far apart on average whether they are substances or not.
    """
    apart = np.eye(len(parameter.levels))
    if parameter.kind != "substance":
        return apart
    names, like = np.sqrt(1.0 / 3.0) * apart, np.sqrt(2.0 / 3.0) * chemistry(parameter.levels)
    return np.hstack([names, like])
