# SPDX-License-Identifier: Apache-2.0
"""Why a property model says what it says of a structure.

Beside the prediction: what each atom adds, the training rows it leans on, like rows that came out
otherwise, and what exchanges of one fragment did elsewhere and would do here.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from attrs import evolve, frozen
from threadpoolctl import threadpool_limits

from loopwright.api.catalogues import models_at
from loopwright.api.matched import chosen, cutter_of, pair_table
from loopwright.api.matter import matter
from loopwright.api.property_folder import Parcel, open_folder
from loopwright.core.errors import DataError, NotReadyError
from loopwright.core.ports import Cutter, Dissector, Modality
from loopwright.core.readings import Cut, Part
from loopwright.core.values import Candidate, Features, FloatArray, Kind, Relation
from loopwright.training.attribution import METHOD, Trials, plan, shares_of
from loopwright.training.doubt import to_scale
from loopwright.training.pairs import Exchange, reversed_exchange
from loopwright.training.property import kinds_of
from loopwright.training.property_model import PropertyModel
from loopwright.training.unseen import outside, relations_of

__all__ = ["Analogue", "Atom", "Explained", "Explanation", "Like", "Shared", "Unread", "explain"]

N_NEAREST, N_OTHERWISE = 5, 3
N_LOOKED = 200
"""Nearest rows among which one that came out otherwise is looked for."""

N_TRIED = 36
"""Analogues that are made of a structure, by the strongest exchanges first."""

N_ANALOGUES = 5


@frozen(kw_only=True)
class Atom:
    """What one atom adds to the prediction."""

    name: str
    value: float
    std_error: float
    """By how much another seed may differ."""


@frozen(kw_only=True)
class Shared:
    """The prediction as a sum over atoms."""

    method: str
    seed: int
    n_orders: int
    scale: str
    """``log``: everything here is a decimal logarithm."""

    reference: float
    """The prediction of no atoms at all."""

    atoms: tuple[Atom, ...]
    """In the order of the canonical notation."""

    total: float
    """Reference and all atoms; the prediction, if the sum holds."""

    difference: float
    """The prediction minus ``total``: what rounding leaves."""


@frozen(kw_only=True)
class Like:
    """A training row beside the structure."""

    name: str
    """What its owner calls it; of a model that keeps no structures, its InChIKey."""

    text: str
    """Its structure; blank of a model that keeps none."""

    value: float
    relation: Relation
    similarity: float
    common: tuple[int, ...]
    """Atoms of the structure, from 1, whose surroundings the row has, too."""

    change: str
    """The exchange that leads from the structure to it; blank if one cut does not."""


@frozen(kw_only=True)
class Analogue:
    """The structure with one fragment exchanged as training rows had it."""

    text: str
    exchange: Exchange
    mean: float
    low: float
    high: float
    is_in_domain: bool


@frozen(kw_only=True)
class Explanation:
    """One structure and one property."""

    row: int
    """Which of the structures that were asked about, from 1."""

    text: str
    property: str
    unit: str
    task: str
    mean: float
    """The prediction; of a class, its probability."""

    low: float
    high: float
    is_in_domain: bool
    domain_similarity: float
    shared: Shared
    nearest: tuple[Like, ...]
    otherwise: tuple[Like, ...]
    """The most similar rows with a value outside the interval; of a class, of the other class."""

    exchanges: tuple[Exchange, ...]
    """Those that can be made of this structure, the strongest first."""

    analogues: tuple[Analogue, ...]
    """The exchanges whose prediction moves most, largest first."""

    seconds: float


@frozen(kw_only=True)
class Unread:
    """A structure that could not be explained."""

    row: int
    problem: str
    remedy: str


@frozen(kw_only=True)
class Explained:
    """All structures."""

    model: str
    answers: tuple[Explanation, ...]
    problems: tuple[Unread, ...]
    seconds: float


@frozen(kw_only=True, eq=False)
class _Asked:
    """A structure and what every property needs of it."""

    row: int
    candidate: Candidate
    kinds: frozenset[Kind]
    cuts: tuple[Cut, ...]
    parts: tuple[Part, ...]
    trials: Trials
    features: Features
    incomplete: Features


def explain(
    folder: Path | str, structures: Sequence[str], *, property: str = "", seed: int = 0
) -> Explained:
    """Return why a model predicts what it predicts; unreadable structures say so.

    Args:
        folder: What ``train`` wrote, or the name of a catalogue.
        structures: SMILES or mol blocks.
        property: One of the model; all if blank.
        seed: Draws the orders in which atoms are put in.

    Raises:
        DataError: It is no model, or has no such property.
        NotReadyError: The model answers with levels.
        VerificationError: The model is not the one that was written.
    """
    begun, modality = time.monotonic(), matter(n_workers=1)
    answers: list[Explanation] = []
    problems: list[Unread] = []
    with threadpool_limits(limits=1):
        opened = open_folder(models_at(folder), modality)
        parcels = chosen(opened, property)
        _demand_parts(parcels)
        kinds = kinds_of(name for p in parcels for name in p.model.asked) - {"family"}
        tables = {t.property: t.exchanges for t in pair_table(opened, modality)[0]}
        for row, text in enumerate(structures, start=1):
            try:
                asked = _asked(row, modality.parse(text), modality, kinds, seed=seed)
            except DataError as ex:
                problems.append(Unread(row=row, problem=ex.what, remedy=ex.remedy))
                continue
            for parcel in parcels:
                known = tables.get(parcel.model.card.property.name)
                answers.append(_explanation(asked, parcel, known, modality, seed=seed))
    return Explained(
        model=str(folder),
        answers=tuple(answers),
        problems=tuple(problems),
        seconds=round(time.monotonic() - begun, 3),
    )


def _demand_parts(parcels: Sequence[Parcel]) -> None:
    """Refuse levels."""
    levels = [p.model.card.property.name for p in parcels if p.model.borders is not None]
    if levels:
        raise NotReadyError(
            f"{levels[0]!r} has levels, and a level is no sum of what atoms add",
            remedy="Train it with --task regression to have it explained.",
        )


def _asked(
    row: int, candidate: Candidate, modality: Modality, kinds: frozenset[Kind], *, seed: int
) -> _Asked:
    assert isinstance(modality, Dissector), "property models are of molecules"
    parts = modality.anatomy.parts(candidate)
    trials = plan([p.alike for p in parts], seed=seed)
    incomplete = modality.anatomy.describe_parts(candidate, trials.present, kinds)
    # Models below know the whole candidate by its id, and say what they said before they did.
    ids = tuple(candidate.id if all(some) else "" for some in trials.present.tolist())
    return _Asked(
        row=row,
        candidate=candidate,
        kinds=kinds,
        cuts=modality.cutter.cuts((candidate,))[0],
        parts=parts,
        trials=trials,
        features=modality.describe([candidate], kinds),
        incomplete=evolve(incomplete, ids=ids),
    )


def _explanation(
    asked: _Asked,
    parcel: Parcel,
    known: Sequence[Exchange] | None,
    modality: Modality,
    *,
    seed: int,
) -> Explanation:
    """Explain one prediction; nothing is known of exchanges where no structures are kept."""
    begun, model = time.monotonic(), parcel.model
    about = model.card.property
    rows, alike = model.nearest(asked.features, k=N_LOOKED)
    said = model.predict_near(asked.features, alike[:, 0])
    mean, low, high = (float(v[0, 0]) for v in (said.mean, said.low, said.high))
    near = list(zip(rows[0].tolist(), alike[0].tolist(), strict=True))
    if about.task == "classification":
        other = [n for n in near if (model.values[n[0]] >= 0.5) != (mean >= 0.5)]
    else:
        other = [n for n, out in zip(near, outside(model, rows[0], low, high), strict=True) if out]
    made = _applicable(asked.cuts, known or ())

    def likes(rows: Sequence[tuple[int, float]]) -> tuple[Like, ...]:
        found = tuple(_named(parcel, one) for one in rows)
        if known is None:
            return found
        cutter = cutter_of(modality)
        return tuple(
            _drawn(like, parcel.names[row], asked, cutter)
            for like, (row, _) in zip(found, rows, strict=True)
        )

    return Explanation(
        row=asked.row,
        text=asked.candidate.text,
        property=about.name,
        unit=about.unit,
        task=about.task,
        mean=mean,
        low=low,
        high=high,
        is_in_domain=bool(said.in_domain[0]),
        domain_similarity=model.card.domain_similarity,
        shared=_shared(asked, model, mean, seed=seed),
        nearest=likes(near[:N_NEAREST]),
        otherwise=likes(other[:N_OTHERWISE]),
        exchanges=tuple(exchange for exchange, _ in made),
        analogues=_analogues(asked, model, made, modality, mean=mean),
        seconds=round(time.monotonic() - begun, 3),
    )


def _shared(asked: _Asked, model: PropertyModel, mean: float, *, seed: int) -> Shared:
    """Part the prediction among the atoms, on the scale that was learned."""
    scale = model.card.scale

    def ask(_: object) -> FloatArray:
        unlike = np.zeros(len(asked.incomplete))  # it widens the interval, not the answer
        return to_scale(model.predict_near(asked.incomplete, unlike).mean[:, 0], scale)

    shares = shares_of(asked.trials, ask)
    total = shares.reference + float(shares.values.sum())
    return Shared(
        method=METHOD,
        seed=seed,
        n_orders=len(asked.trials.orders),
        scale=scale,
        reference=shares.reference,
        atoms=tuple(
            Atom(name=part.name, value=float(value), std_error=float(error))
            for part, value, error in zip(asked.parts, shares.values, shares.std_error, strict=True)
        ),
        total=total,
        difference=float(to_scale(np.array([mean]), scale)[0]) - total,
    )


def _named(parcel: Parcel, near: tuple[int, float]) -> Like:
    """Return a training row by what it is called where its structure is not kept."""
    row, similarity = near
    return Like(
        name=parcel.texts[row],
        text="",
        value=float(parcel.model.values[row]),
        relation=relations_of(parcel.model)[row],
        similarity=float(np.clip(similarity, 0.0, 1.0)),
        common=(),
        change="",
    )


def _drawn(like: Like, name: str, asked: _Asked, cutter: Cutter) -> Like:
    """Return a training row with its structure, and how that differs from the one asked about."""
    other = Candidate(id=like.name, text=like.name)
    theirs = {cut.core: cut.fragment for cut in cutter.cuts((other,))[0]}
    shared = [cut for cut in asked.cuts if theirs.get(cut.core, cut.fragment) != cut.fragment]
    best = min(shared, key=lambda c: (-len(c.core), c.core), default=None)
    return evolve(
        like,
        name=name,
        text=other.text,
        common=tuple(atom + 1 for atom in cutter.common(asked.candidate, other)),
        change=f"{best.fragment}>>{theirs[best.core]}" if best else "",
    )


def _applicable(
    cuts: Sequence[Cut], known: Sequence[Exchange]
) -> list[tuple[Exchange, tuple[Cut, ...]]]:
    """Return the exchanges whose fragment the structure has, with where."""
    places: dict[str, tuple[Cut, ...]] = {}
    for cut in cuts:
        places[cut.fragment] = (*places.get(cut.fragment, ()), cut)
    both = (way for one in known for way in (one, reversed_exchange(one)))
    return [(way, places[way.before]) for way in both if way.before in places]


def _analogues(
    asked: _Asked,
    model: PropertyModel,
    made: Sequence[tuple[Exchange, tuple[Cut, ...]]],
    modality: Modality,
    *,
    mean: float,
) -> tuple[Analogue, ...]:
    """Exchange fragments of the structure and predict what comes out."""
    cutter = cutter_of(modality)
    found: dict[str, tuple[Candidate, Exchange]] = {}
    everywhere = ((exchange, cut) for exchange, places in made for cut in places)
    for exchange, cut in everywhere:
        try:
            new = cutter.joined(Cut(core=cut.core, fragment=exchange.after))
        except DataError:
            continue  # the valence of this place does not allow it
        if new.id != asked.candidate.id:
            found.setdefault(new.id, (new, exchange))
        if len(found) == N_TRIED:
            break
    if not found:
        return ()
    said = model.predict(modality.describe([c for c, _ in found.values()], asked.kinds))
    ranked = np.argsort(-np.abs(said.mean[:, 0] - mean), kind="stable")[:N_ANALOGUES]
    both = list(found.values())
    return tuple(
        Analogue(
            text=both[i][0].text,
            exchange=both[i][1],
            mean=float(said.mean[i, 0]),
            low=float(said.low[i, 0]),
            high=float(said.high[i, 0]),
            is_in_domain=bool(said.in_domain is not None and said.in_domain[i]),
        )
        for i in ranked.tolist()
    )
