# SPDX-License-Identifier: Apache-2.0
"""The plugins of one campaign, built and known to fit together, and what they have described."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import cast

import numpy as np
from attrs import evolve, frozen

from loopwright.core.errors import MismatchError, SpecError
from loopwright.core.ports import Generator, Lab, Modality, Model, Proposer
from loopwright.core.values import Candidate, Features, Kind, RawFile, Targets
from loopwright.loop.prices import read_prices
from loopwright.loop.related import RELATED, SCREENED, read_related
from loopwright.loop.studied import Studied
from loopwright.registry import build
from loopwright.spec.campaign import CampaignSpec
from loopwright.training.related import Related
from loopwright.training.train import BASELINES

__all__ = ["Bank", "Tools", "beside", "equip"]


class Bank:
    """Features of every candidate that was ever asked for; a cache."""

    def __init__(self, modality: Modality, kinds: frozenset[Kind]) -> None:
        self._modality = modality
        self.kinds = kinds
        self._rows: dict[str, int] = {}
        self._features: Features | None = None

    def deposit(self, features: Features) -> None:
        """Take in features that were computed elsewhere; the bank must be empty."""
        assert self._features is None, "a bank is filled once"
        assert self.kinds <= features.blocks.keys(), "what models accept was not described"
        blocks = {k: b for k, b in features.blocks.items() if k in self.kinds}
        self._features = Features(ids=features.ids, blocks=blocks)
        self._rows = {candidate: row for row, candidate in enumerate(features.ids)}

    def glance(self, candidates: Sequence[Candidate]) -> Features:
        """Return the same as ``describe`` and keep nothing of what is new."""
        if all(c.id in self._rows for c in candidates):
            return self.describe(candidates)
        return self._modality.describe(candidates, self.kinds)

    def describe(self, candidates: Sequence[Candidate]) -> Features:
        """Return one row per candidate, in the given order; describes only what is new."""
        new = [c for c in {c.id: c for c in candidates}.values() if c.id not in self._rows]
        if new or self._features is None:
            fresh = self._modality.describe(new, self.kinds)
            parts = [fresh] if self._features is None else [self._features, fresh]
            self._features = Features.join(parts)
            self._rows |= {c.id: len(self._rows) + i for i, c in enumerate(new)}
        return self._features.take(np.array([self._rows[c.id] for c in candidates], np.intp))


@frozen(kw_only=True, eq=False)
class Tools:
    """What a campaign works with."""

    modality: Modality
    generator: Generator
    models: Mapping[str, Model]
    baselines: Mapping[str, Model]
    proposer: Proposer
    unguided: Mapping[str, Proposer]
    """``random`` and ``diverse``: for the start, and for when no model is of use."""

    lab: Lab
    prices: Mapping[str, float]
    """Candidate id -> what it costs, where that is not the spec's ``cost``."""

    related: Callable[[], Studied] | None
    """Reads what is known of a related series; its model stands among ``models``."""

    offered: Bank
    """What models see of any candidate."""

    families: Bank
    """The family of each, where the modality knows any; asked of candidates that are measured."""

    def described(self, candidates: Sequence[Candidate]) -> Features:
        """Return what models see of candidates, and their families."""
        seen, kin = self.offered.describe(candidates), self.families.describe(candidates)
        return Features(ids=seen.ids, blocks={**seen.blocks, **kin.blocks})

    @property
    def own(self) -> Mapping[str, Model]:
        """The models that learn from values of a goal alone; others know of the first one only."""
        return {n: model for n, model in self.models.items() if n not in {RELATED, SCREENED}}


def equip(spec: CampaignSpec, *, root: Path) -> Tools:
    """Build the plugins that a spec names, and refuse those that cannot meet.

    Args:
        spec: Names them.
        root: The folder that relative paths in the spec start from.

    Raises:
        MismatchError: A model or generator accepts nothing that the modality offers.
        UnknownPluginError, SpecError, MissingExtraError: As ``registry.build``.
    """
    chosen = spec.modality
    modality: Modality = build("modalities", chosen.name, chosen.options, root=root)
    generator: Generator = build("generators", spec.generator.name, spec.generator.options)
    models: dict[str, Model] = {c.name: build("models", c.name, c.options) for c in spec.models}
    if not generator.accepts <= modality.offers:
        raise MismatchError(
            f"Generator {spec.generator.name!r} needs {sorted(generator.accepts)}, but "
            f"{spec.modality.name!r} offers {sorted(modality.offers)}",
            where="generator.name",
            remedy="Choose another generator; `loopwright list generators` shows them.",
        )
    kinds = _shared_kinds(spec, modality, models)
    tools = Tools(
        modality=modality,
        generator=generator,
        models=models,
        baselines={name: build("models", name, {}) for name in BASELINES},
        proposer=build("proposers", spec.proposer.name, spec.proposer.options),
        unguided={name: build("proposers", name, {}) for name in ("random", "diverse")},
        lab=build("labs", spec.lab.name, spec.lab.options, root=root),
        prices=read_prices(root / spec.prices, modality) if spec.prices else {},
        related=None,
        offered=Bank(modality, kinds),
        families=Bank(modality, modality.offers & {"family"}),
    )
    tools = _on_screens(tools) if spec.screen else tools
    return beside(tools, cache(partial(_related, spec, root))) if spec.related else tools


def beside(tools: Tools, related: Callable[[], Studied]) -> Tools:
    """Return tools that can learn on top of a related series; the first model serves for both.

    The series is read when a model is fitted, so that a report of a campaign needs it no more.
    """

    def series() -> tuple[Features, Targets]:
        read = related()
        return tools.modality.describe(read.candidates, tools.offered.kinds), read.targets

    below = Related(model=next(iter(tools.own.values())), series=cache(series))
    return evolve(tools, related=related, models={RELATED: cast("Model", below), **tools.models})


def _on_screens(tools: Tools) -> Tools:
    """Return tools that can learn on top of screens; what was screened is given to who learns."""

    def series() -> tuple[Features, Targets]:
        raise AssertionError("it is the campaign that knows what was screened")

    below = Related(model=next(iter(tools.own.values())), series=series)
    return evolve(tools, models={SCREENED: cast("Model", below), **tools.models})


def _related(spec: CampaignSpec, root: Path) -> Studied:
    """Read the related series that a spec names."""
    path = root / spec.related
    try:
        file = RawFile(name=spec.related, content=path.read_bytes())
    except OSError as ex:
        raise SpecError(
            f"The related series cannot be read: {ex.strerror}",
            where="related",
            remedy=f"Put the file at {spec.related}, from the folder of the campaign file.",
        ) from ex
    return read_related(file, spec.goal, spec.modality, property=spec.related_property, root=root)


def _shared_kinds(
    spec: CampaignSpec, modality: Modality, models: Mapping[str, Model]
) -> frozenset[Kind]:
    """Return every kind that some model uses; refuse a model that can use none."""
    for name, model in models.items():
        if not model.accepts & modality.offers:
            raise MismatchError(
                f"Model {name!r} accepts {sorted(model.accepts)}, but "
                f"{spec.modality.name!r} offers {sorted(modality.offers)}",
                where="models",
                remedy="Choose another model; `loopwright list models` shows what each accepts.",
            )
    accepted = frozenset().union(*(m.accepts for m in models.values()))
    return accepted & modality.offers
