# SPDX-License-Identifier: Apache-2.0
"""Chemprop's message-passing network behind the port of models, trained by a loop of our own.

One network a property. A tenth of the rows is held out; the epoch that is best on them is kept,
and their error is the doubt. A limit costs nothing where the answer lies beyond it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from attrs import frozen
from chemprop import data, models, nn
from rdkit import rdBase

from loopwright.core.values import Dump, Features, FloatArray, Kind, Prediction, Targets
from loopwright.science.intervals import gaussian

__all__ = ["Chemprop", "FittedChemprop"]

LEAST_BATCH = 8
BATCH_ROWS = 64
HELD_OUT = 0.1
FASTEST = 1e-3
"""Largest learning rate; it rises over a tenth of the steps and falls over the others."""

Weights = Mapping[str, npt.NDArray[Any]]
Rows = npt.NDArray[np.intp]


@frozen(kw_only=True, eq=False)
class FittedChemprop:
    """The weights of one network for each property."""

    networks: tuple[Weights, ...]
    width: int
    n_columns: int
    """Columns of ``vector`` beside the graph."""

    centre: FloatArray
    """Of the values, shape (t,); 0 of a class."""

    unit: FloatArray
    """By which they were divided, shape (t,); 1 of a class."""

    spread: FloatArray
    """Error on rows held out, shape (t,)."""

    is_class: npt.NDArray[np.bool_]

    def predict(self, features: Features) -> Prediction:
        """Return the answer for each row, with one doubt for all of them."""
        points = _points(features)
        raw = np.empty((len(features), len(self.networks)))
        for j, weights in enumerate(self.networks):
            network = _network(self.width, self.n_columns)
            network.load_state_dict({k: torch.from_numpy(w.copy()) for k, w in weights.items()})
            raw[:, j] = _said(network, points)
        chance = 1.0 / (1.0 + np.exp(-np.clip(raw, -30.0, 30.0)))
        mean = np.where(self.is_class, chance, self.centre + self.unit * raw)
        doubt = np.where(self.is_class, np.sqrt(chance * (1.0 - chance)), self.spread)
        return gaussian(mean, np.maximum(doubt, 1e-6), np.zeros_like(self.spread))

    def covariance(self, features: Features) -> FloatArray:
        """Return independent doubt."""
        return np.diag(np.square(self.predict(features).std[:, 0]))

    def dump(self) -> Dump:
        """Return the weights of all networks."""
        arrays = {f"{j}.{k}": w for j, ws in enumerate(self.networks) for k, w in ws.items()}
        arrays |= {name: getattr(self, name) for name in _ARRAYS}
        settings = {"n": len(self.networks), "width": self.width, "n_columns": self.n_columns}
        return Dump(arrays=arrays, settings=settings)


_ARRAYS = ("centre", "unit", "spread", "is_class")


@frozen(kw_only=True)
class Chemprop:
    """Learns its own description of a molecule."""

    epochs: int = 40
    width: int = 300
    accepts: frozenset[Kind] = frozenset({"graph", "vector"})

    def fit(self, features: Features, targets: Targets, *, seed: int) -> FittedChemprop:
        """Return the networks; rows are put in an order of their own first."""
        order = np.lexsort((*targets.bounds.T, *targets.values.T, np.array(features.ids)))
        features, targets = features.take(order), targets.take(order)
        vector = features.blocks.get("vector")
        n_columns = vector.shape[1] if isinstance(vector, np.ndarray) else 0
        points = _points(features)
        t = targets.values.shape[1]
        networks, spread = [], np.ones(t)
        centre, unit = np.zeros(t), np.ones(t)
        for j in range(t):
            known = np.flatnonzero(~np.isnan(targets.values[:, j]))
            own, is_class = targets.take(known), targets.is_class(j)
            if not is_class:
                centre[j] = own.values[:, j].mean()
                unit[j] = max(float(own.values[:, j].std()), 1e-6)
            loss = _Loss(own, j, centre=centre[j], unit=unit[j])
            with _seeded(seed + j):
                network = _network(self.width, n_columns)
                weights, error = self._fit(network, [points[i] for i in known], loss, seed + j)
            networks.append(weights)
            spread[j] = 0.5 if is_class else max(error * unit[j], 1e-6)
        return FittedChemprop(
            networks=tuple(networks), width=self.width, n_columns=n_columns, centre=centre,
            unit=unit, spread=spread, is_class=np.array([targets.is_class(j) for j in range(t)]),
        )  # fmt: skip

    def load(self, dump: Dump) -> FittedChemprop:
        """Return the fitted networks of a dump."""
        s = dump.settings
        networks = []
        for j in range(s["n"]):
            start = f"{j}."
            own = {k: a for k, a in dump.arrays.items() if k.startswith(start)}
            networks.append({k.removeprefix(start): a for k, a in own.items()})
        arrays = {name: dump.arrays[name] for name in _ARRAYS}
        return FittedChemprop(
            networks=tuple(networks), width=s["width"], n_columns=s["n_columns"], **arrays
        )

    def _fit(
        self, network: Any, points: list[Any], loss: _Loss, seed: int
    ) -> tuple[Weights, float]:
        """Return the weights of the best epoch, and the root of its loss on rows held out."""
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(points))
        n_out = max(1, round(HELD_OUT * len(points))) if len(points) > 1 else 0
        out, seen = order[:n_out], order[n_out:]
        size = int(np.clip(len(seen) // 20, LEAST_BATCH, BATCH_ROWS))
        steps = self.epochs * -(-len(seen) // size)
        optimiser = torch.optim.Adam(network.parameters())
        pace = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, FASTEST, total_steps=steps + 1, pct_start=0.1
        )
        best, kept = np.inf, _weights(network)
        for _ in range(self.epochs):
            network.train()
            for rows in _batches(rng.permutation(seen), size):
                optimiser.zero_grad()
                loss.of(_answers(network, [points[i] for i in rows]), rows).backward()
                optimiser.step()
                pace.step()
            judged = out if n_out else seen
            said = torch.from_numpy(_said(network, [points[i] for i in judged]))
            error = float(loss.of(said, judged))
            if error < best:
                best, kept = error, _weights(network)
        return kept, float(np.sqrt(best))


class _Loss:
    """What each answer costs: its squared error, one-sided at a limit, or its log loss."""

    def __init__(self, targets: Targets, j: int, *, centre: float, unit: float) -> None:
        self._is_class = targets.is_class(j)
        self._values = torch.from_numpy((targets.values[:, j] - centre) / unit).float()
        self._bounds = torch.from_numpy(targets.bounds[:, j].astype(np.int64))
        self._counted = torch.from_numpy(targets.n_replicates[:, j].astype(np.float32))

    def of(self, said: torch.Tensor, rows: Rows) -> torch.Tensor:
        """Return the mean loss of some rows."""
        values, bounds = self._values[rows], self._bounds[rows]
        counted, said = self._counted[rows], said.float()
        if self._is_class:
            lost = torch.nn.functional.binary_cross_entropy_with_logits(
                said, values, reduction="none"
            )
        else:
            gap = said - values
            is_beyond = ((bounds > 0) & (gap > 0)) | ((bounds < 0) & (gap < 0))
            lost = torch.where(is_beyond, torch.zeros_like(gap), gap**2)
        return (counted * lost).sum() / counted.sum()


def _network(width: int, n_columns: int) -> Any:
    passing = nn.BondMessagePassing(d_h=width)
    head = nn.RegressionFFN(input_dim=width + n_columns, hidden_dim=width)
    return models.MPNN(passing, nn.NormAggregation(), head)


def _points(features: Features) -> list[Any]:
    """Return what the network reads of each row: its molecular graph, and its vector."""
    letters = features.blocks["graph"]
    assert isinstance(letters, np.ndarray), "a graph is written as letters"
    vector = features.blocks.get("vector")
    points = []
    with rdBase.BlockLogs():
        for i, row in enumerate(letters):
            beside = vector[i].astype(float) if isinstance(vector, np.ndarray) else None
            text = row[row > 0].tobytes().decode()
            points.append(data.MoleculeDatapoint.from_smi(text, x_d=beside))
    dataset = data.MoleculeDataset(points)
    return [dataset[i] for i in range(len(points))]


def _answers(network: Any, points: list[Any]) -> torch.Tensor:
    """Return one raw answer for each point, shape (n,)."""
    batch = data.collate_batch(points)
    answers: torch.Tensor = network(batch.bmg, batch.V_d, batch.X_d)[:, 0]
    return answers


def _said(network: Any, points: list[Any]) -> FloatArray:
    """Return the raw answers of a network that learns no more, shape (n,)."""
    network.eval()
    with torch.no_grad():
        parts = [
            _answers(network, [points[i] for i in rows]).double().numpy()
            for rows in _batches(np.arange(len(points)))
        ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _batches(rows: Rows, size: int = BATCH_ROWS) -> Iterator[Rows]:
    return (rows[i : i + size] for i in range(0, len(rows), size))


def _weights(network: Any) -> Weights:
    return {k: w.detach().cpu().numpy().copy() for k, w in network.state_dict().items()}


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Draw first weights from a seed, and leave the generator of others as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
