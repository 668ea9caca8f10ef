# SPDX-License-Identifier: Apache-2.0
"""The BoTorch side of ``bench/goals.py``; runs in its own environment, imports nothing of ours.

Reads a question (arrays) from the first path, writes the answer (JSON) to the second. One exact
Gaussian process per goal with a Tanimoto kernel on the same counts as ours, noise and scale by
marginal likelihood; qLogNEHVI with 128 Sobol draws, chosen one by one over the pool. So that it
ends, the pool is cut to the candidates that lead for one of 64 weightings of the goals.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import ModelListGP, SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.optim import optimize_acqf_discrete
from gpytorch.kernels import Kernel, ScaleKernel
from gpytorch.mlls import ExactMarginalLogLikelihood, SumMarginalLogLikelihood

warnings.filterwarnings("ignore")


class Tanimoto(Kernel):
    """Sum of minima over sum of maxima, of non-negative counts."""

    def forward(self, x1, x2, diag=False, **_):
        """Return the similarities of two sets of rows."""
        if diag:
            return torch.ones(x1.shape[:-1], dtype=x1.dtype)
        total = x1.sum(-1)[..., :, None] + x2.sum(-1)[..., None, :]
        apart = torch.cdist(x1, x2, p=1.0)
        return (total - apart) / (total + apart).clamp_min(1e-9)


def main() -> None:
    ask = np.load(sys.argv[1])
    torch.set_num_threads(int(ask["threads"]))
    torch.manual_seed(0)
    counts = torch.tensor(ask["counts"], dtype=torch.double)
    worths = torch.tensor(ask["worths"], dtype=torch.double)
    runs = [_run(ask, counts, worths, start) for start in ask["starts"]]
    answer = {
        "runs": runs,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10, 1),
        "versions": {p: version(p) for p in ("botorch", "gpytorch", "torch")},
    }
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


def _run(ask, counts, worths, start) -> dict:
    """Return the rows bought, in order, with the seconds of each batch."""
    rows, seconds = [int(i) for i in start], []
    for cycle in range(int(ask["cycles"])):
        begun = time.perf_counter()
        rows += _batch(ask, counts, worths, rows)
        seconds.append(time.perf_counter() - begun)
        print(f"  qLogNEHVI: batch {cycle + 1}, {seconds[-1]:.0f} s", file=sys.stderr, flush=True)
    return {"rows": rows, "seconds": seconds}


def _batch(ask, counts, worths, rows: list[int]) -> list[int]:
    x, y = counts[rows], worths[rows]
    models = [
        SingleTaskGP(
            x, y[:, [j]], covar_module=ScaleKernel(Tanimoto()), outcome_transform=Standardize(1)
        )
        for j in range(y.shape[1])
    ]
    model = ModelListGP(*models)
    fit_gpytorch_mll(SumMarginalLogLikelihood(model.likelihood, model, ExactMarginalLogLikelihood))
    left = np.setdiff1d(np.arange(len(counts)), rows)
    left = left[_leaders(model, counts[left], int(ask["kept"]))]
    gain = qLogNoisyExpectedHypervolumeImprovement(
        model=model,
        ref_point=y.min(dim=0).values - 1e-6,
        X_baseline=x,
        prune_baseline=True,
    )
    picks, _ = optimize_acqf_discrete(gain, q=int(ask["batch"]), choices=counts[left], unique=True)
    taken: list[int] = []
    for pick in picks:
        same = np.flatnonzero((counts[left] == pick).all(dim=1).numpy())
        taken.append(next(int(left[i]) for i in same if int(left[i]) not in taken))
    return taken


def _leaders(model, counts, kept: int) -> np.ndarray:
    with torch.no_grad():
        said = model.posterior(counts)
        hope = (said.mean + 1.5 * said.variance.sqrt()).numpy()
    hope = (hope - hope.max(axis=0)) / hope.std(axis=0)
    best = np.full(len(hope), len(hope))
    for weights in np.random.default_rng(0).dirichlet(np.ones(hope.shape[1]), size=64):
        order = np.argsort(-(weights * hope).min(axis=1), kind="stable")
        best[order] = np.minimum(best[order], np.arange(len(order)))
    return np.argsort(best, kind="stable")[:kept]


if __name__ == "__main__":
    main()
