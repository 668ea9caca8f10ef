# SPDX-License-Identifier: Apache-2.0
"""Runs in an environment of its own that has pytorch-holo; speaks JSON on standard output.

``functions`` writes Ehrlich functions out whole, with sequences and their values; ``genetic`` lets
holo's own genetic algorithm search one of them. Nothing of Loopwright is imported here.
"""

from __future__ import annotations

import argparse
import json
import math

import torch
from holo.optim import DiscreteEvolution
from holo.test_functions.closed_form import Ehrlich

PARTICLES, SURVIVAL = 1_000, 0.05


def function_of(shape: str, seed: int) -> Ehrlich:
    """Return the function of ``letters,length,motifs,motif_length,quantization`` and a seed."""
    v, length, c, k, q = (int(x) for x in shape.split(","))
    return Ehrlich(
        num_states=v, dim=length, num_motifs=c, motif_length=k, quantization=q, random_seed=seed
    )


def sequences_of(f: Ehrlich, n: int, seed: int) -> torch.Tensor:
    """Return some feasible sequences, mutants of the optimum, and draws at random."""
    torch.manual_seed(seed)
    drawn = f.initial_solution(max(n // 3, 2))
    mutants = f.optimal_solution().repeat(n // 3, 1)
    places = torch.rand(mutants.shape) < torch.rand(len(mutants), 1) * 0.3
    mutants = torch.where(places, torch.randint(f.num_states, mutants.shape), mutants)
    runs = f.optimal_solution().repeat(n // 3, 1).roll(1, dims=1)
    return torch.cat([drawn, mutants, runs[:1], f.random_solution(2), f.optimal_solution()[None]])


def written(f: Ehrlich, shape: str, seed: int, n: int) -> dict[str, object]:
    """Return a function and what it says of some sequences; None where it is infeasible."""
    rows = sequences_of(f, n, seed)
    values = [None if math.isinf(v) else v for v in f(rows).tolist()]
    return {
        "shape": [int(x) for x in shape.split(",")],
        "seed": seed,
        "motifs": [m.tolist() for m in f.motifs],
        "spacings": [s.tolist() for s in f.spacings],
        "banned": (f.transition_matrix == 0).nonzero().tolist(),
        "start": f.initial_solution().tolist(),
        "sequences": rows.tolist(),
        "values": values,
    }


def genetic(f: Ehrlich, n_evaluations: int) -> list[tuple[int, float]]:
    """Return (evaluations, best value) after each generation, until the optimum or the end."""
    best = torch.nn.Parameter(f.initial_solution().float(), requires_grad=False)
    search = DiscreteEvolution(
        [best], vocab=list(range(f.num_states)), mutation_prob=1.1 / f.dim,
        recombine_prob=0.5, num_particles=PARTICLES, survival_quantile=SURVIVAL,
    )  # fmt: skip
    trace: list[tuple[int, float]] = []
    while not trace or (trace[-1][1] < 1.0 and trace[-1][0] < n_evaluations):
        loss = search.step(lambda particles: -f(particles[0]))
        value = max(-float(loss), trace[-1][1] if trace else 0.0)
        trace.append((PARTICLES * (len(trace) + 1), value))
    return trace


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("what", choices=["functions", "genetic"])
    p.add_argument("--shapes", nargs="+", required=True)
    p.add_argument("--seeds", type=int, nargs="+", required=True)
    p.add_argument("--n", type=int, default=300, help="sequences, or evaluations")
    args = p.parse_args()
    torch.set_num_threads(1)
    told: list[object] = []
    for shape in args.shapes:
        for seed in args.seeds:
            f = function_of(shape, seed)
            if args.what == "functions":
                told.append(written(f, shape, seed, args.n))
            else:
                torch.manual_seed(seed)
                told.append({"shape": shape, "seed": seed, "trace": genetic(f, args.n)})
    print(json.dumps(told))


if __name__ == "__main__":
    main()
