# SPDX-License-Identifier: Apache-2.0
"""How many experiments would the loop have saved on a past project?

A finished series is hidden and bought back batch by batch: the very loop that runs a real
campaign, with the ``replay`` lab. Strategies differ in their model and proposer only.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen
from threadpoolctl import threadpool_limits

from loopwright.core.errors import SpecError
from loopwright.ledger.ledger import Ledger
from loopwright.ledger.signing import SigningKey
from loopwright.loop.reached import Reached, reach
from loopwright.loop.record import Record
from loopwright.loop.related import RELATED
from loopwright.loop.run import Campaign, advance, look, open_campaign
from loopwright.loop.series import Series
from loopwright.loop.state import Done, State
from loopwright.loop.studied import Studied
from loopwright.loop.tools import beside
from loopwright.spec.campaign import (
    DEFAULTS,
    CampaignSpec,
    Choice,
    Start,
    Stop,
    fit_for,
)
from loopwright.spec.goal import Goal
from loopwright.store.store import MemoryStore

__all__ = [
    "ASSAY",
    "FUNNEL",
    "STRATEGIES",
    "Plan",
    "Replayed",
    "in_memory",
    "of_modality",
    "replay",
]

STRATEGIES: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "loop": (("gp", "boosted"), "knowledge"),
        RELATED: (("gp", "boosted"), "knowledge"),
        "assay": (("gp", "boosted"), "knowledge"),
        "funnel": (("gp", "boosted"), "knowledge"),
        "pareto": (("gp",), "pareto"),
        "desirability": (("gp",), "desirability"),
        "greedy": (("gp",), "greedy"),
        "knowledge": (("gp",), "knowledge"),
        "ucb": (("gp",), "ucb"),
        "ei": (("gp",), "ei"),
        "qei": (("gp",), "qei"),
        "thompson": (("gp",), "thompson"),
        "boosted": (("boosted",), "greedy"),
        "random": (("mean",), "random"),
        "diverse": (("mean",), "diverse"),
    }
)
"""Models to choose from, and the proposer. ``loop`` is what a campaign does by default, and
``related`` the same with a related series, by which it also starts. Where there is a screen,
``loop`` chooses of whom which of both assays is bought, ``assay`` knows the costly one only, and
``funnel`` screens first: everybody, or as many as half of the budget pays for."""

FIRST_CHOICE, ASSAY, FUNNEL = "loop", "assay", "funnel"
DEFAULT = (FIRST_CHOICE, RELATED, ASSAY, FUNNEL)


def of_modality(strategy: str, modality: str, goals: Sequence[Goal]) -> tuple[tuple[str, ...], str]:
    """Return the models and the proposer of a strategy for a kind of matter and its goals.

    Where a modality has defaults of its own, ``loop`` is these, and its first model stands in for
    ``gp`` in all other strategies. For several goals, or a value to match, ``loop`` chooses by
    ``pareto``, for goals with weights by ``desirability``.
    """
    models, proposer = STRATEGIES[strategy]
    own = DEFAULTS.get(modality)
    if own is not None and strategy in DEFAULT:
        models, proposer = own
    elif own is not None:
        models = tuple(own[0][0] if m == "gp" else m for m in models)
    if strategy in DEFAULT:
        proposer = fit_for(goals) or proposer
    return models, proposer


_NOW = "2000-01-01T00:00:00Z"
"""A replay happens at no particular time, so that equal replays have equal facts."""


@frozen(kw_only=True)
class Plan:
    """How much is bought, and when."""

    start: int
    batch: int
    cycles: int
    top: int
    """How many of the best candidates are looked for."""

    budget: float | None = None
    """What all batches together may cost; no limit if None."""

    @property
    def n_measured(self) -> int:
        """Candidates measured in all."""
        return self.start + self.batch * self.cycles


@frozen(kw_only=True)
class Replayed:
    """One strategy on one seed."""

    strategy: str
    seed: int
    measured: tuple[int, ...]
    """Candidates measured after each batch."""

    screened: tuple[int, ...]
    """Candidates screened by then."""

    spent: tuple[float, ...]
    """What both cost together by then."""

    found: tuple[float, ...]
    """Share of the true top found by then; of several goals, of the hypervolume."""

    hits: tuple[int, ...]
    """Candidates found by then that reach every threshold; 0 where none is named."""

    best: tuple[float, ...]
    """Best value measured by then of the first goal, in its unit."""

    seconds: tuple[float, ...]
    """Of each cycle."""

    peak_mb: float
    """Largest memory of the process so far."""


def replay(
    series: Series,
    plan: Plan,
    strategies: Sequence[str],
    seeds: Sequence[int],
    *,
    n_workers: int = 1,
    watch: Callable[[Replayed], None] = lambda _: None,
) -> list[Replayed]:
    """Replay every strategy on every seed.

    Args:
        series: The finished project.
        plan: What is bought.
        strategies: Names from ``STRATEGIES``.
        seeds: Each draws its own start; all strategies share it.
        n_workers: Processes; the result does not depend on it.
        watch: Told of each replay as it ends, in whatever order.

    Returns:
        One entry per strategy and seed, in the order asked for.
    """
    jobs = [(strategy, seed) for seed in seeds for strategy in strategies]
    done: dict[tuple[str, int], Replayed] = {}
    with tempfile.TemporaryDirectory() as folder:
        held_back = Path(folder) / "held_back.csv"
        held_back.write_bytes(series.held_back)
        for result in _results(series, plan, jobs, held_back, n_workers):
            done[result.strategy, result.seed] = result
            watch(result)
    return [done[strategy, seed] for strategy in strategies for seed in seeds]


def _results(
    series: Series,
    plan: Plan,
    jobs: Sequence[tuple[str, int]],
    held_back: Path,
    n_workers: int,
) -> Iterator[Replayed]:
    if n_workers <= 1:
        yield from (_replay_one(series, plan, *job, held_back) for job in jobs)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(
        n_workers, mp_context=context, initializer=_share, initargs=(series, plan, held_back)
    ) as pool:
        for future in as_completed([pool.submit(_replay_shared, *job) for job in jobs]):
            yield future.result()


_shared: list[tuple[Series, Plan, Path]] = []
"""What every job of a worker process has in common; empty in the parent."""


def _share(series: Series, plan: Plan, held_back: Path) -> None:
    _shared.append((series, plan, held_back))


def _replay_shared(strategy: str, seed: int) -> Replayed:
    series, plan, held_back = _shared[0]
    return _replay_one(series, plan, strategy, seed, held_back)


def _replay_one(series: Series, plan: Plan, strategy: str, seed: int, held_back: Path) -> Replayed:
    """Run one campaign from its random start to its end."""
    campaign = _campaign(series, plan, strategy, seed, held_back)
    n_first = len(_first(series, plan, strategy, seed))
    reached: list[tuple[Reached, int]] = []
    seconds: list[float] = []
    begun = time.perf_counter()
    # One thread: the workers share the cores, and sums keep one order on every machine.
    with threadpool_limits(limits=1):
        n_files = len(campaign.record.state.files)
        while isinstance(after := advance(campaign), State):
            if len(after.files) > n_files and not (after.outstanding or after.screens_out):
                n_files = len(after.files)
                bought = look(campaign).measured
                n_screened = n_first + len(after.screened)
                reached.append((reach(series, bought, plan.top), n_screened))
                seconds.append(round(time.perf_counter() - begun, 4))
                begun = time.perf_counter()
    assert isinstance(after, Done), after
    if not reached:
        raise SpecError(
            f"Nothing was bought: {after.why}",
            where="--budget",
            remedy="Raise the budget above the cost of the cheapest candidate.",
        )
    return Replayed(
        strategy=strategy,
        seed=seed,
        measured=tuple(r.measured for r, _ in reached),
        screened=tuple(n for _, n in reached),
        spent=tuple(r.spent + _price(series, n) for r, n in reached),
        found=tuple(r.found for r, _ in reached),
        hits=tuple(r.hits for r, _ in reached),
        best=tuple(r.best for r, _ in reached),
        seconds=tuple(seconds),
        peak_mb=_peak_mb(),
    )


def _campaign(series: Series, plan: Plan, strategy: str, seed: int, held_back: Path) -> Campaign:
    """Return a campaign in memory whose catalogue is the series and whose lab hides its values."""
    models, proposer = of_modality(strategy, series.modality.name, series.goals)
    first = _first(series, plan, strategy, seed)
    spec = CampaignSpec(
        name="replay",
        seed=seed,
        goals=series.goals,
        modality=series.modality,
        models=tuple(Choice(name=m) for m in models),
        proposer=Choice(name=proposer),
        lab=Choice(name="replay", options={"file": str(held_back)}),
        start=Start(design="random", size=plan.start),
        batch_size=plan.batch,
        budget=None if plan.budget is None else plan.budget - _price(series, len(first)),
        screen=series.screen if strategy == FIRST_CHOICE else None,
        stop=Stop(cycles=plan.cycles),
    )
    related = series.related if strategy == RELATED else None
    related = _funnelled(series.screened, first) if len(first) and series.screened else related
    campaign = in_memory(spec, root=held_back.parent, prices=series.prices, related=related)
    campaign.record.add(series.catalogue(campaign.record))
    campaign.tools.offered.deposit(series.features)
    return evolve(campaign, is_told=False)


def _first(series: Series, plan: Plan, strategy: str, seed: int) -> npt.NDArray[np.intp]:
    """Return which of the screened values are bought before anything else: those of a funnel."""
    if strategy != FUNNEL or series.screen is None or series.screened is None:
        return np.empty(0, np.intp)
    n = len(series.screened.candidates)
    paid = n if plan.budget is None else int(plan.budget / 2 / series.screen.cost)
    return np.sort(np.random.default_rng([seed, n]).permutation(n)[:paid])


def _funnelled(screened: Studied, rows: npt.NDArray[np.intp]) -> Studied:
    """Return what was screened of some."""
    some = [screened.candidates[row] for row in rows]
    return evolve(screened, candidates=some, targets=screened.targets.take(rows))


def _price(series: Series, n_screens: int) -> float:
    """Return what screens cost."""
    return n_screens * series.screen.cost if series.screen else 0.0


def in_memory(
    spec: CampaignSpec,
    *,
    root: Path,
    prices: Mapping[str, float] = MappingProxyType({}),
    related: Studied | None = None,
) -> Campaign:
    """Return a campaign that leaves nothing behind; it happens at no particular time.

    Args:
        spec: What is wanted.
        root: The folder that relative paths in it start from.
        prices: Candidate id -> cost, where that is not the spec's.
        related: What is known of a related series.
    """
    key = SigningKey.ephemeral()
    ledger = Ledger.create("sqlite://", key, actor=spec.name, at=_NOW)
    record = Record(ledger, MemoryStore(), spec.name, actor=spec.name, now=lambda: _NOW)
    campaign = open_campaign(spec, record, root=root)
    tools = evolve(campaign.tools, prices=prices) if prices else campaign.tools
    return evolve(campaign, tools=beside(tools, lambda: related) if related else tools)


def _peak_mb() -> float:
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)
