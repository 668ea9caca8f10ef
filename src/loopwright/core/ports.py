# SPDX-License-Identifier: Apache-2.0
"""The sockets of the house: what a plugin must be able to do.

Each port is a small Protocol in the words of the trade. A plugin need not inherit from it.
Whoever adds a method to a port breaks every plugin there is: think twice. The sentences
here are what the contract tests ask of every plugin on a shelf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from loopwright.core.counts import Counts
from loopwright.core.errors import DataError
from loopwright.core.liquids import Transfer, VolumeRange
from loopwright.core.past import Past
from loopwright.core.readings import Alert, Cut, Kin, Part, Reading
from loopwright.core.slate import Slate
from loopwright.core.values import (
    Candidate,
    Dump,
    Features,
    FloatArray,
    Kind,
    Order,
    Prediction,
    RawFile,
    RawTable,
    Targets,
)

__all__ = [
    "Anatomy",
    "Calculator",
    "Curator",
    "Cutter",
    "Dissector",
    "FittedModel",
    "Generator",
    "Lab",
    "Modality",
    "Model",
    "Pool",
    "Pooling",
    "Proposer",
    "Reader",
    "Space",
    "Spelled",
    "Warner",
    "Weigher",
    "Worklist",
]


@runtime_checkable
class Reader(Protocol):
    """A file format (csv, sdf ...)."""

    suffixes: tuple[str, ...]
    """File endings it answers to, lower case, with the dot."""

    def claims(self, file: RawFile) -> float:
        """Return how sure it is, from 0 to 1, that the file is of its format; by a cheap look.

        0 means that it is not; up to 0.5, that the ending says so; 1, that the content does.
        """
        ...

    def read(self, file: RawFile) -> tuple[RawTable, ...]:
        """Return every table of the file, one at least, and every row of it as text.

        A place that is no row becomes a fault, never silence.

        Raises:
            DataError: The file as a whole is not of this format, or is empty.
        """
        ...


@runtime_checkable
class Modality(Protocol):
    """A kind of matter (molecules, recipes ...): how it is written, told apart and described."""

    offers: frozenset[Kind]

    def parse(self, text: str, name: str = "") -> Candidate:
        """Return the canonical candidate of ``text``; raise ``DataError`` if there is none.

        Parsing the canonical text again gives the same candidate.
        """
        ...

    def describe(self, candidates: Sequence[Candidate], kinds: frozenset[Kind]) -> Features:
        """Return one row for each candidate, in the given order, with one block per kind."""
        ...

    def depict(self, candidate: Candidate) -> str:
        """Return a picture of the candidate as an SVG element for a page."""
        ...


@runtime_checkable
class Space(Protocol):
    """A modality that can be drawn from without a list; it offers the kind ``space``."""

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Candidate, ...]:
        """Return n feasible candidates, spread over the space."""
        ...

    def near(self, candidate: Candidate, n: int, rng: np.random.Generator) -> tuple[Candidate, ...]:
        """Return up to n feasible neighbours of one candidate."""
        ...


@runtime_checkable
class Spelled(Protocol):
    """A modality whose matter is a row of letters; it offers the kind ``tokens``."""

    letters: str
    """Every letter that may stand in a row, each once."""
    chains: tuple[str, ...]
    """Names of the chains that each row has, if any; between two stands what is no letter."""


@runtime_checkable
class Weigher(Protocol):
    """A modality that knows what a mole of its matter weighs."""

    def g_per_mol(self, text: str) -> float:
        """Return the molar mass of what ``text`` draws, in g/mol, > 0.

        As it is drawn: with its salt and solvent. Raises ``DataError`` if it cannot be read.
        """
        ...


@runtime_checkable
class Curator(Protocol):
    """A modality that tells what it did to a text; it offers the kind ``curation``."""

    standardiser: str
    """What writes the canonical notation, with its version: another may write another one."""

    def readings(self, texts: Sequence[str]) -> tuple[Reading | DataError, ...]:
        """Return for each text what ``parse`` returns, with every change and doubt.

        What ``parse`` raises is returned in its place. How many are asked at once does not matter,
        and reading a canonical text again notes no change.
        """
        ...

    def doubts(self, candidates: Sequence[Candidate]) -> tuple[str, ...]:
        """Return what speaks against each as matter to make and measure; blank if nothing does."""
        ...

    def kin(
        self, candidates: Sequence[Candidate], others: Sequence[Candidate] = ()
    ) -> tuple[Kin, ...]:
        """Return groups of different candidates that could be one compound drawn otherwise.

        Each group holds one of ``candidates`` at least; ``others`` are compared with them. No
        candidate is in two groups, and the order of the candidates does not matter.
        """
        ...


@runtime_checkable
class Sketcher(Protocol):
    """A modality with a first look at millions of texts; it offers the kind ``sketch``."""

    def sketch(self, texts: Sequence[str]) -> Counts:
        """Return a few counts of each text as it stands; an empty row if it cannot be read."""
        ...


@runtime_checkable
class Warner(Protocol):
    """A modality that knows which parts of its matter mean trouble."""

    def alerts(self, candidates: Sequence[Candidate]) -> tuple[tuple[Alert, ...], ...]:
        """Return for each candidate the parts that stand on a list of alerts, sorted."""
        ...


class Anatomy(Protocol):
    """Who knows the parts of a candidate (the atoms of a molecule) and can leave some out."""

    def parts(self, candidate: Candidate) -> tuple[Part, ...]:
        """Return the parts, as the canonical notation counts them."""
        ...

    def describe_parts(
        self, candidate: Candidate, present: npt.NDArray[np.bool_], kinds: frozenset[Kind]
    ) -> Features:
        """Return one row for each row of ``present`` (m, parts): what these parts alone amount to.

        Where all parts are present the row is that of ``Modality.describe``.
        """
        ...

    def depict_parts(
        self, candidate: Candidate, colours: Sequence[str], notes: Sequence[str]
    ) -> str:
        """Return a picture as SVG, each part on its colour (``#e57300``) with its note.

        A blank colour or note is none.
        """
        ...


class Cutter(Protocol):
    """Who can take candidates apart at one place, and put parts together."""

    def cuts(self, candidates: Sequence[Candidate]) -> tuple[tuple[Cut, ...], ...]:
        """Return the cuts of each candidate, sorted; equal ones once."""
        ...

    def joined(self, cut: Cut) -> Candidate:
        """Return the candidate whose cut this is; raise ``DataError`` if there can be none."""
        ...

    def common(self, candidate: Candidate, other: Candidate) -> tuple[int, ...]:
        """Return the parts of a candidate that have, with their neighbours, a counterpart."""
        ...


@runtime_checkable
class Dissector(Protocol):
    """A modality whose matter has parts."""

    anatomy: Anatomy
    cutter: Cutter


@runtime_checkable
class Calculator(Protocol):
    """A modality that can compute what needs no model (sizes, counts, surfaces)."""

    computed_names: tuple[str, ...]

    def computed(self, candidates: Sequence[Candidate]) -> tuple[Mapping[str, float], ...]:
        """Return for each candidate one number for each of ``computed_names``, in that order."""
        ...


@runtime_checkable
class Generator(Protocol):
    """A source of candidates: a catalogue (pool), a space (box), an evolving or learned one."""

    accepts: frozenset[Kind]
    """Kinds that the modality must offer, all of them; empty if any modality will do."""

    def offer(
        self,
        modality: Modality,
        catalogue: Sequence[Candidate],
        past: Past,
        rng: np.random.Generator,
    ) -> tuple[Candidate, ...]:
        """Return distinct candidates to choose from; the loop takes out those already ordered.

        ``catalogue`` are the candidates that the workspace holds, ``past`` says who was measured
        and who failed. An empty answer ends the campaign.
        """
        ...


@runtime_checkable
class FittedModel(Protocol):
    """A model that has seen data. A part of it never changes after fitting."""

    def predict(self, features: Features) -> Prediction:
        """Return a prediction for each row; no row depends on which others are asked with it."""
        ...

    def covariance(self, features: Features) -> FloatArray:
        """Return the joint covariance of the true values of the first property, shape (m, m).

        Its diagonal is the square of ``predict(features).std[:, 0]``.
        """
        ...

    def dump(self) -> Dump:
        """Return its outer form; ``Model.load`` of it predicts the same bits."""
        ...


@runtime_checkable
class Model(Protocol):
    """A way to learn properties from features (gp, boosted ...)."""

    accepts: frozenset[Kind]
    """It uses those of these kinds that the modality offers; one is enough."""

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedModel:
        """Return a fitted model; leave ``self`` as it was. Row i of one is row i of the other.

        The order of the rows does not matter; equal arguments give equal bits.
        """
        ...

    def load(self, dump: Dump) -> FittedModel:
        """Return the fitted model that ``dump`` describes; execute nothing of it."""
        ...


@runtime_checkable
class Pool(Protocol):
    """Fitted models of one name that are asked together: their answers, with shared work."""

    def means(self, features: Features, alike: npt.NDArray[np.float32]) -> FloatArray:
        """Return the mean that each model states of each row, shape (n, models).

        Args:
            features: n rows.
            alike: Similarity of their patterns to each known row, shape (n, m).
        """
        ...


@runtime_checkable
class Pooling(Protocol):
    """A model whose fitted ones can be pooled; who cannot is asked one by one."""

    def pool(self, fitted: Sequence[FittedModel], known: Sequence[str]) -> Pool:
        """Return the pool of fitted models of this name, each of one property.

        Args:
            fitted: In the order in which the pool answers.
            known: Ids of the m rows that new ones will have been compared with; whatever row a
                model compares new ones with is among them.
        """
        ...


@runtime_checkable
class Proposer(Protocol):
    """A way to choose what to make next (random, ucb ...)."""

    is_guided: bool
    """Whether it needs a model's predictions; if so, the loop trains one first.

    One that also says ``hedges`` is asked although no model has beaten its baselines yet.
    """

    def propose(
        self, slate: Slate, batch_size: int, rng: np.random.Generator
    ) -> npt.NDArray[np.intp]:
        """Return ``batch_size`` distinct rows (all, if there are fewer), most wanted first."""
        ...


@runtime_checkable
class Lab(Protocol):
    """A place where candidates are measured: a bench, a simulator, a replayed data set.

    A lab is told, then asked. What comes back is a file, so that every number traces to one.
    """

    is_costly: bool
    """Whether an order spends money or material, so that a person must release it."""

    def submit(self, order: Order) -> None:
        """Hand an order over. Handing the same order over again changes nothing."""
        ...

    def collect(self, order: Order) -> tuple[RawFile, ...]:
        """Return every result file that is there by now; none while all is still in work.

        Files keep their bytes: the same file comes again at each call, and the loop knows it.
        """
        ...


@runtime_checkable
class Worklist(Protocol):
    """A file by which an instrument moves liquid (echo, hamilton ...)."""

    limits: VolumeRange
    """What the instrument can move in one transfer."""

    def write(self, transfers: Sequence[Transfer]) -> RawFile:
        """Return the file; equal transfers give equal bytes.

        Raises:
            DataError: There is no transfer, or one is beyond the instrument or its format.
        """
        ...

    def read(self, file: RawFile) -> tuple[Transfer, ...]:
        """Return the transfers of a file, in order; of a written one, those it was written from.

        Raises:
            DataError: The file is not of this format, or a line of it is not usable.
        """
        ...
