# SPDX-License-Identifier: Apache-2.0
"""The one configuration object: a campaign, as its author wrote it.

A spec names plugins; it never imports one. Reading a spec touches no data, no model and no
network, so a wrong file answers at once, with all its faults.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import cattrs
from attrs import asdict, field, fields, frozen
from attrs.validators import ge, gt, in_, le, min_len, optional
from cattrs import AttributeValidationNote, IterableValidationNote
from cattrs.gen import make_dict_structure_fn

from loopwright.core.errors import SpecError
from loopwright.spec.goal import Goal, is_manifold, is_weighted
from loopwright.spec.screen import Screen

__all__ = [
    "CampaignSpec",
    "Choice",
    "Screen",
    "Start",
    "Stop",
    "fit_for",
    "misfit",
    "read",
    "structure",
]


AUTO = "auto"
"""What a campaign file may say for ``models``: try all that fit, take the best."""

DEFAULTS: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "proteins": (("sequence", "gp"), "thompson"),
        "letters": (("sequence",), "thompson"),
        "recipes": (("gp",), "qei"),
    }
)
"""Modality -> models and proposer, where they are others than those of most modalities."""


MANY_GOALS = "pareto"
"""The proposer for several goals, or for a value that is to be matched."""

WEIGHTED_GOALS = "desirability"
"""The proposer for goals that have weights."""

ONE_GOAL = frozenset({"knowledge", "ucb", "ei", "qei", "greedy", "thompson"})
"""Proposers that want the most of one property."""


@frozen(kw_only=True)
class Choice:
    """A plugin by name, with the options that its own class will check."""

    name: str = field(validator=min_len(1))
    options: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Start:
    """The first batch, when nothing is measured yet."""

    design: Literal["random", "diverse"] = field(
        default="diverse", validator=in_(("random", "diverse"))
    )
    """How it is chosen: at random, or as different from each other as possible."""

    size: int = field(default=24, validator=ge(1))
    """How many candidates."""


@frozen(kw_only=True)
class Stop:
    """When the campaign ends; whichever comes first."""

    cycles: int = field(default=7, validator=ge(0))
    """Batches after the start."""

    hits: int | None = field(default=None, validator=optional(ge(1)))
    """Enough candidates at least as good as the goal's threshold."""

    gain: float | None = field(default=None, validator=optional(gt(0.0)))
    """The least gain worth another batch, in the goal's unit: the campaign ends when with 95 %
    probability, by its model, no candidate on offer exceeds the best so far by more. With several
    goals in the unit of the gain: ``pareto`` in per cent of the known hypervolume,
    ``desirability`` in points."""


@frozen(kw_only=True)
class CampaignSpec:
    """Everything that decides what a campaign does; equal specs do equal things."""

    name: str = field(validator=min_len(1))
    """Letters, digits, ``_`` and ``-``."""

    seed: int = field(default=0, validator=ge(0))
    """All randomness comes from here."""

    goals: tuple[Goal, ...] = field(validator=min_len(1))
    """What is wanted, of one property each; the first leads the report."""

    modality: Choice
    """Kind of matter, and its options: ``loopwright list modalities``."""

    generator: Choice = Choice(name="pool")
    """Where candidates come from: ``loopwright list generators``."""

    models: tuple[Choice, ...] = field(
        default=(Choice(name="gp"), Choice(name="boosted")), validator=min_len(1)
    )
    """Models to choose from by cross-validation; ``"auto"`` stands for gp and boosted, of proteins
    for sequence and gp.

    The first is taken unless another is clearly better.
    """

    proposer: Choice = field(default=Choice(name="knowledge"))
    """What to make next: ``loopwright list proposers``; if absent, pareto with several goals or a
    value to match, desirability with weights, else thompson on proteins."""

    lab: Choice = Choice(name="folder")
    """Where candidates are measured: ``loopwright list labs``."""

    start: Start = Start()
    """The first batch; keys below."""

    batch_size: int = field(default=24, validator=ge(1))
    """Candidates in one order."""

    max_per_family: int | None = field(default=None, validator=optional(ge(1)))
    """Most candidates of one family (scaffold) in one batch; no limit if absent."""

    max_per_cluster: int | None = field(default=None, validator=optional(ge(1)))
    """Most candidates of one cluster of similar ones in one batch; no limit if absent."""

    cluster_similarity: float = field(default=0.6, validator=[gt(0.0), le(1.0)])
    """How similar to an earlier pick, 0 to 1, a candidate is of its cluster."""

    repeats: int = field(default=0, validator=ge(0))
    """Measured candidates in each order that are measured once more, beside the batch: the best so
    far, then others at random. They show the noise."""

    controls: tuple[str, ...] = ()
    """Candidates in every order, beside the batch, by id, name or notation; never proposed."""

    shadow: bool = False
    """Whether the loop only proposes and people choose what is ordered (``loopwright choose``); the
    report then says who did better."""

    budget: float | None = field(default=None, validator=optional(gt(0.0)))
    """What all orders together may cost; no limit if absent."""

    cost: float = field(default=1.0, validator=gt(0.0))
    """Cost of making and measuring one candidate, in the unit of the budget."""

    prices: str = ""
    """CSV file with the columns ``candidate`` (an id or a structure) and ``cost``, for candidates
    that do not all cost alike; who is not in it costs ``cost``."""

    related: str = ""
    """File of values of a related series: an earlier campaign's, another species', a cheaper
    assay's. The first batch is chosen by it, and later ones as far as it helps."""

    related_property: str = ""
    """The property in that file; that of the first goal if blank."""

    screen: Screen | None = field(default=None)
    """A cheaper assay; each batch is then spent on both, on whatever brings most for its cost. Keys
    below."""

    stop: Stop = Stop()
    """When the campaign ends; keys below."""

    @name.validator
    def _check_name(self, _: object, value: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", value):
            raise ValueError(f"name {value!r} may hold letters, digits, '_' and '-' only")

    @goals.validator
    def _check_goals(self, _: object, value: tuple[Goal, ...]) -> None:
        twice = sorted(p for p, n in Counter(g.property for g in value).items() if n > 1)
        if twice:
            raise ValueError(f"goals: more than one for {', '.join(twice)}")
        if value[0].limit or any(a.limit and not b.limit for a, b in pairwise(value)):
            raise ValueError("goals: limits stand behind what is wanted; one goal at least is none")

    @proposer.validator
    def _check_proposer(self, _: object, value: Choice) -> None:
        if why := misfit(value.name, self.goals):
            raise ValueError(f"proposer {why}")

    @screen.validator
    def _check_screen(self, _: object, value: Screen | None) -> None:
        if value is None:
            return
        if is_manifold(self.goals):
            raise ValueError("screen: it stands beside one goal, the more or the less the better")
        if value.property == self.goals[0].property:
            raise ValueError(f"screen.property {value.property!r} is the goal's own")
        if self.shadow or self.max_per_family is not None or self.max_per_cluster is not None:
            raise ValueError("screen: it goes neither with shadow nor with a cap on a kind")

    @property
    def units(self) -> Mapping[str, str]:
        """Every property that is measured, the goals' first, with its unit."""
        return {asked.property: asked.unit for asked in (*self.goals, self.screen) if asked}

    @property
    def goal(self) -> Goal:
        """The goal that the campaign works for; of several, the first."""
        return self.goals[0]

    def size_of(self, cycle: int) -> int:
        """Return how many candidates the batch of a cycle is to hold; 0 is the first."""
        return self.start.size if cycle == 0 else self.batch_size

    def as_dict(self) -> dict[str, Any]:
        """Return the whole spec, defaults filled in, as plain values."""
        return asdict(self, value_serializer=lambda _, __, v: list(v) if _is_tuple(v) else v)


def read(path: Path) -> CampaignSpec:
    """Read a campaign file.

    Raises:
        SpecError: The file is not TOML, or not a campaign; the message lists every fault at
            once, each with its key path and, for an unknown key, the nearest known one.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as ex:
        raise SpecError(
            f"Cannot read a campaign: {ex}",
            where=str(path),
            remedy="Mend the file, or write a fresh one with `loopwright init`.",
        ) from ex
    return structure(raw, where=str(path))


def structure(raw: Mapping[str, Any], *, where: str) -> CampaignSpec:
    """Return the spec that plain values describe; raise ``SpecError`` with all faults at once."""
    if raw.get("models") == AUTO:
        raw = {key: value for key, value in raw.items() if key != "models"}
    raw = {**_defaults(raw), **raw}
    try:
        return _converter.structure(raw, CampaignSpec)
    except cattrs.BaseValidationError as ex:
        faults = sorted(_faults(ex))
        raise SpecError(
            f"{len(faults)} fault(s) in the campaign: {'; '.join(faults)}",
            where=where,
            remedy="Correct the named keys; `loopwright explain spec` lists every key.",
        ) from ex


def _defaults(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the models and the proposer of a modality that has its own, or of several goals."""
    modality, goals = raw.get("modality"), raw.get("goals")
    name = modality.get("name") if isinstance(modality, Mapping) else modality
    models, proposer = DEFAULTS.get(str(name), ((), ""))
    found: dict[str, Any] = {"models": list(models), "proposer": proposer} if models else {}
    if isinstance(goals, list) and (len(goals) > 1 or any("match" in g for g in goals)):
        found["proposer"] = MANY_GOALS
    if isinstance(goals, list) and any(g.get("weight", 1.0) != 1.0 for g in goals):
        found["proposer"] = WEIGHTED_GOALS
    return found


def fit_for(goals: Sequence[Goal]) -> str:
    """Return the proposer that goals ask for; blank where one goal leaves it open."""
    if is_weighted(goals):
        return WEIGHTED_GOALS
    return MANY_GOALS if is_manifold(goals) else ""


def misfit(proposer: str, goals: Sequence[Goal]) -> str:
    """Return why a proposer cannot choose for these goals; blank if it can."""
    if is_manifold(goals) and proposer in ONE_GOAL:
        why = "knows one goal, the more or the less the better"
    elif is_weighted(goals) and proposer == MANY_GOALS:
        why = "knows no weights"
    else:
        return ""
    return f"{proposer!r} {why}; take {fit_for(goals)!r}"


def _is_tuple(value: object) -> bool:
    return isinstance(value, tuple)


def _faults(ex: BaseException, path: str = "") -> Iterator[str]:
    """Yield one sentence for each leaf of a cattrs error tree, with its key path."""
    for note in getattr(ex, "__notes__", ()):
        match note:
            case AttributeValidationNote(name=name):
                path = f"{path}.{name}"
            case IterableValidationNote(index=index):
                path = f"{path}[{index}]"
    match ex:
        case cattrs.ForbiddenExtraKeysError(cl=cl, extra_fields=extra):
            known = [f.name for f in fields(cl)]
            for key in extra:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
                yield f"unknown key {f'{path}.{key}'.lstrip('.')!r}, {hint}"
        case BaseExceptionGroup(exceptions=inner):
            for child in inner:
                yield from _faults(child, path)
        case KeyError():
            yield f"missing key {path.lstrip('.')!r}"
        case _:
            text = ex.args[0] if ex.args else type(ex).__name__
            yield f"{path.lstrip('.') or 'campaign'}: {text}"


def _plain_float(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _plain_int(value: Any, _: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _plain_bool(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _plain_str(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _make_converter() -> cattrs.Converter:
    """Return a converter that changes no type in silence."""
    made = cattrs.Converter(forbid_extra_keys=True)
    made.register_structure_hook(float, _plain_float)
    made.register_structure_hook(int, _plain_int)
    made.register_structure_hook(str, _plain_str)
    made.register_structure_hook(bool, _plain_bool)
    choose = make_dict_structure_fn(Choice, made, _cattrs_forbid_extra_keys=True)

    def choice(value: Any, kind: Any) -> Choice:
        """Let ``lab = "folder"`` stand for ``lab = { name = "folder" }``."""
        return choose({"name": value} if isinstance(value, str) else value, kind)

    made.register_structure_hook(Choice, choice)
    return made


_converter = _make_converter()
