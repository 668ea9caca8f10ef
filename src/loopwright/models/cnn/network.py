# SPDX-License-Identifier: Apache-2.0
"""Convolutions over letters behind the port of models: what a letter is worth beside others.

A few networks a property, each judged on another part of the rows, which also says when it has
learned enough. Their disagreement, beside their error on those rows, is the doubt. A limit costs
nothing where the answer lies beyond it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from attrs import field, frozen
from torch import nn

from loopwright.core.values import Dump, Features, FloatArray, Kind, Prediction, Targets
from loopwright.science.intervals import gaussian

__all__ = ["Cnn", "FittedCnn"]

SPAN = 5
"""Letters that a convolution sees at once."""

PLACE_NUMBERS = 8
"""Numbers of each place that are told apart by where it is."""

HIDDEN = 64
DROPPED = 0.2
DECAY = 1e-2
FASTEST = 5e-3
"""Largest learning rate; it rises over a tenth of the steps and falls over the others."""

LEAST_BATCH, MOST_BATCH = 16, 128
ASKED_ROWS = 1_024
FARTHEST = 30.0
"""Logits are cut there."""

Weights = Mapping[str, npt.NDArray[Any]]
Rows = npt.NDArray[np.intp]
Tokens = npt.NDArray[np.uint8]


@frozen(kw_only=True, eq=False)
class Letters:
    """Which places and letters the networks see: those that vary, with their neighbours."""

    places: npt.NDArray[np.intp]
    """Columns of the tokens, ascending."""

    codes: npt.NDArray[np.uint8]
    """Tokens that stand in them; a token that never did is no letter to the networks."""

    @staticmethod
    def of(tokens: Tokens) -> Letters:
        """Return the letters of training rows, shape (n, L)."""
        varies = (tokens != tokens[:1]).any(0)
        near = np.convolve(varies, np.ones(SPAN), "same")[: len(varies)] > 0.5
        places = np.flatnonzero(near) if near.any() else np.arange(1)
        return Letters(places=places, codes=np.unique(tokens[:, places]))

    def one_hot(self, tokens: Tokens) -> torch.Tensor:
        """Return what the networks read of rows, shape (n, places, codes)."""
        return torch.from_numpy((tokens[:, self.places, None] == self.codes).astype(np.float32))


class Layer(nn.Module):  # type: ignore[misc]
    """What each member makes of the last axis of its own numbers."""

    def __init__(self, members: int, n_in: int, n_out: int) -> None:
        super().__init__()
        reach = n_in**-0.5
        self.weight = nn.Parameter(torch.empty(members, n_in, n_out).uniform_(-reach, reach))
        self.bias = nn.Parameter(torch.zeros(members, 1, n_out))

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        """Return shape (members, ..., n_out) of shape (members, ..., n_in)."""
        said = torch.baddbmm(self.bias, h.flatten(1, -2), self.weight)
        return said.reshape(*h.shape[:-1], said.shape[-1])


class Networks(nn.Module):  # type: ignore[misc]
    """Members side by side; each has two convolutions, then places, and what is found anywhere.

    A convolution is a product of each place and its neighbours: at these sizes that is several
    times as fast on a processor as the library's own.
    """

    def __init__(self, letters: Letters, *, members: int, width: int) -> None:
        super().__init__()
        n_codes, n_places = len(letters.codes), len(letters.places)
        self.members = members
        self.first = Layer(members, SPAN * n_codes, width)
        self.second = Layer(members, SPAN * width, width)
        self.placed = Layer(members, width, PLACE_NUMBERS)
        self.hidden = Layer(members, PLACE_NUMBERS * n_places + 2 * width, HIDDEN)
        self.last = Layer(members, HIDDEN, 1)
        self.alone = Layer(members, n_codes * n_places, 1)
        self.drop = nn.Dropout(DROPPED)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the raw answer of each member for each row (n, places, codes), (n, members)."""
        x = x.expand(self.members, *x.shape)
        h = nn.functional.gelu(self.first(_with_neighbours(x)))
        h = h + nn.functional.gelu(self.second(_with_neighbours(h)))
        told = torch.cat([self.placed(h).flatten(2), h.amax(2), h.mean(2)], 2)
        deep = self.last(nn.functional.gelu(self.hidden(self.drop(told))))
        return (deep + self.alone(x.flatten(2)))[:, :, 0].T


def _with_neighbours(h: torch.Tensor) -> torch.Tensor:
    """Return each place with those beside it, shape (members, n, places, SPAN * numbers)."""
    half, n_places = SPAN // 2, h.shape[2]
    wide = nn.functional.pad(h, (0, 0, half, half))
    return torch.cat([wide[:, :, i : i + n_places] for i in range(SPAN)], 3)


@frozen(kw_only=True, eq=False)
class FittedCnn:
    """The weights of some networks for each property."""

    letters: Letters
    networks: tuple[Weights, ...]
    """Of all members, for each property."""

    members: int
    width: int
    centre: FloatArray
    """Of the values, shape (t,); 0 of a class."""

    unit: FloatArray
    """Their standard deviation, shape (t,); 1 of a class."""

    error: FloatArray
    """Of a member on rows kept apart, in the property's unit, shape (t,)."""

    is_class: npt.NDArray[np.bool_]

    def predict(self, features: Features) -> Prediction:
        """Return the members' mean; their spread and their error together are the doubt."""
        each = [self._each(features, j) for j in range(len(self.networks))]
        mean = np.stack([said.mean(0) for said in each], axis=1)
        spread = np.stack([said.std(0, ddof=1) for said in each], axis=1)
        own = np.where(self.is_class, np.sqrt(mean * (1.0 - mean) * self.is_class), self.error)
        doubt = np.sqrt(np.square(spread) + np.square(own))
        return gaussian(mean, np.maximum(doubt, 1e-6), np.zeros(len(self.networks)))

    def covariance(self, features: Features) -> FloatArray:
        """Return the joint doubt: where members are wrong together, and each row's own error."""
        said = self._each(features, 0)
        away = said - said.mean(0)
        joint = away.T @ away / (len(said) - 1)
        joint[np.diag_indices_from(joint)] = np.square(self.predict(features).std[:, 0])
        return np.asarray(joint)

    def dump(self) -> Dump:
        """Return the weights of all networks, and what they see."""
        arrays = {f"{j}.{k}": w for j, ws in enumerate(self.networks) for k, w in ws.items()}
        arrays |= {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {"places": self.letters.places, "codes": self.letters.codes}
        settings = {"n": len(self.networks), "members": self.members, "width": self.width}
        return Dump(arrays=arrays, settings=settings)

    def _each(self, features: Features, j: int) -> FloatArray:
        """Return what each member says of a property, in its unit, shape (members, n)."""
        weights = {k: torch.from_numpy(w.copy()) for k, w in self.networks[j].items()}
        networks = Networks(self.letters, members=self.members, width=self.width)
        networks.load_state_dict(weights)
        raw = _said(networks, self.letters, _tokens(features)).T
        if self.is_class[j]:
            return np.asarray(1.0 / (1.0 + np.exp(-np.clip(raw, -FARTHEST, FARTHEST))))
        return np.asarray(self.centre[j] + self.unit[j] * raw)


_ARRAYS = ("centre", "unit", "error", "is_class")


@frozen(kw_only=True)
class Cnn:
    """Learns which letters, in which company, a value comes with."""

    members: int = 5
    epochs: int = 60
    width: int = 32
    accepts: frozenset[Kind] = field(default=frozenset({"tokens"}), init=False)

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedCnn:
        """Return the networks; rows are put in an order of their own first."""
        order = np.lexsort((*targets.bounds.T, *targets.values.T, np.array(features.ids)))
        tokens, targets = _tokens(features)[order], targets.take(order)
        letters, t = Letters.of(tokens), targets.values.shape[1]
        networks, error = [], np.ones(t)
        centre, unit = np.zeros(t), np.ones(t)
        for j in range(t):
            known = np.flatnonzero(~np.isnan(targets.values[:, j]))
            own = targets.take(known)
            if not own.is_class(j):
                centre[j] = own.values[:, j].mean()
                unit[j] = float(own.values[:, j].std())
            loss = Loss(own, j, centre=centre[j], unit=unit[j] or 1.0)
            weights, lost = self._fit(letters, letters.one_hot(tokens[known]), loss, seed + j)
            networks.append(weights)
            error[j] = unit[j] * max(float(np.sqrt(lost.mean())), 1e-6)
        return FittedCnn(
            letters=letters, networks=tuple(networks), members=self.members, width=self.width,
            centre=centre, unit=unit, error=error,
            is_class=np.array([targets.is_class(j) for j in range(t)]),
        )  # fmt: skip

    def load(self, dump: Dump) -> FittedCnn:
        """Return the fitted networks of a dump."""
        arrays, settings = dump.arrays, dump.settings

        def weights(start: str) -> Weights:
            return {k.removeprefix(start): a for k, a in arrays.items() if k.startswith(start)}

        return FittedCnn(
            letters=Letters(places=arrays["places"], codes=arrays["codes"]),
            networks=tuple(weights(f"{j}.") for j in range(settings["n"])),
            members=settings["members"],
            width=settings["width"],
            **{name: arrays[name] for name in _ARRAYS},
        )

    def _fit(
        self, letters: Letters, x: torch.Tensor, loss: Loss, seed: int
    ) -> tuple[Weights, FloatArray]:
        """Return each member's weights after its best pass, and its loss on rows kept apart."""
        rng, n = np.random.default_rng(seed), len(x)
        apart = rng.permutation(n)[:, None] % self.members == np.arange(self.members)
        if n < 2 * self.members:
            apart, learned = np.ones_like(apart), np.ones_like(apart)
        else:
            learned = ~apart
        with _seeded(seed):
            networks = Networks(letters, members=self.members, width=self.width)
            size = int(np.clip(n // 20, LEAST_BATCH, MOST_BATCH))
            optimiser = torch.optim.AdamW(networks.parameters(), weight_decay=DECAY)
            pace = torch.optim.lr_scheduler.OneCycleLR(
                optimiser, FASTEST, total_steps=self.epochs * -(-n // size) + 1, pct_start=0.1
            )
            kept, best = _weights(networks), np.full(self.members, np.inf)
            for _ in range(self.epochs):
                networks.train()
                for rows in _batches(rng.permutation(n), size):
                    optimiser.zero_grad()
                    loss.of(networks(x[rows]), rows, learned).sum().backward()
                    optimiser.step()
                    pace.step()
                lost = loss.of(torch.from_numpy(_asked(networks, x)), np.arange(n), apart).numpy()
                _keep(kept, _weights(networks), lost < best)
                best = np.minimum(best, lost)
        return kept, best.astype(float)


class Loss:
    """What each answer costs: its squared error, one-sided at a limit, or its log loss."""

    def __init__(self, targets: Targets, j: int, *, centre: float, unit: float) -> None:
        self._is_class = targets.is_class(j)
        values = (targets.values[:, [j]] - centre) / unit
        self._values = torch.from_numpy(values).float()
        self._bounds = torch.from_numpy(targets.bounds[:, [j]].astype(np.int64))
        self._counted = torch.from_numpy(targets.n_replicates[:, [j]].astype(np.float32))

    def of(self, said: torch.Tensor, rows: Rows, counts: npt.NDArray[np.bool_]) -> torch.Tensor:
        """Return the mean loss of each member over the rows that count for it, shape (members,).

        Args:
            said: Raw answers, shape (m, members).
            rows: To which of the training rows, shape (m,).
            counts: Which training rows count for whom, shape (n, members).
        """
        values, bounds = self._values[rows].expand_as(said), self._bounds[rows]
        if self._is_class:
            lost = nn.functional.binary_cross_entropy_with_logits(said, values, reduction="none")
        else:
            gap = said - values
            is_beyond = ((bounds > 0) & (gap > 0)) | ((bounds < 0) & (gap < 0))
            lost = torch.where(is_beyond, torch.zeros_like(gap), gap**2)
        counted = self._counted[rows] * torch.from_numpy(counts[rows])
        return (counted * lost).sum(0) / counted.sum(0).clamp(min=1e-9)


def _tokens(features: Features) -> Tokens:
    tokens = features.blocks["tokens"]
    assert isinstance(tokens, np.ndarray), "tokens are a table"
    return tokens


def _said(networks: Networks, letters: Letters, tokens: Tokens) -> FloatArray:
    """Return the raw answers of networks that learn no more, shape (n, members)."""
    parts = [
        _asked(networks, letters.one_hot(tokens[rows]))
        for rows in _batches(np.arange(len(tokens)), ASKED_ROWS)
    ]
    return np.concatenate(parts).astype(float) if parts else np.zeros((0, networks.members))


def _asked(networks: Networks, x: torch.Tensor) -> npt.NDArray[np.float32]:
    """Return the raw answers to what networks read, shape (n, members)."""
    networks.eval()
    with torch.no_grad():
        said: npt.NDArray[np.float32] = networks(x).numpy()
    return said


def _keep(kept: Weights, now: Weights, is_better: npt.NDArray[np.bool_]) -> None:
    """Write the weights of those members that have become better."""
    for name, weights in kept.items():
        weights[is_better] = now[name][is_better]


def _batches(rows: Rows, size: int) -> Iterator[Rows]:
    return (rows[i : i + size] for i in range(0, len(rows), size))


def _weights(networks: Networks) -> Weights:
    return {k: w.detach().cpu().numpy().copy() for k, w in networks.state_dict().items()}


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Draw first weights from a seed, and leave the generator of others as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
