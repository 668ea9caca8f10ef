# SPDX-License-Identifier: Apache-2.0
"""The BayBE side of ``bench/baybe.py``; runs in BayBE's own environment, imports nothing of ours.

Reads a question (JSON) from the first path, writes the answer to the second. BayBE 0.15 has no
telemetry. Everything is at its default but the encoding: Campaign with the two-phase
recommender, BoTorch's qLogEI over the discrete space, its default Gaussian process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import torch
from baybe.objectives import SingleTargetObjective
from baybe.parameters import SubstanceParameter
from baybe.searchspace import SearchSpace
from baybe.targets import NumericalTarget

from baybe import Campaign, active_settings

warnings.filterwarnings("ignore")


def main() -> None:
    ask = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    torch.set_num_threads(ask["threads"])
    labels = [f"m{i:06d}" for i in range(len(ask["smiles"]))]
    begun = time.perf_counter()
    parameter = SubstanceParameter(
        "molecule",
        data=dict(zip(labels, ask["smiles"], strict=True)),
        encoding=ask["encoding"],
    )
    space = SearchSpace.from_product([parameter])
    n_columns = space.discrete.comp_rep.shape[1]
    s_describe = time.perf_counter() - begun
    print(f"  baybe: {n_columns} columns in {s_describe:.0f} s", file=sys.stderr, flush=True)
    _warm_up(ask["encoding"])
    runs = [_run(ask, space, labels, seed) for seed in range(len(ask["starts"]))]
    answer = {
        "runs": runs,
        "s_describe": round(s_describe, 2),
        "n_columns": n_columns,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10, 1),
        "versions": {p: version(p) for p in ("baybe", "botorch", "torch", "scikit-fingerprints")},
    }
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


def _warm_up(encoding: str) -> None:
    """Recommend one of ten alkanes, so that no later batch pays for imports."""
    alkanes = {f"m{i:06d}": "C" * (i + 1) for i in range(10)}
    space = SearchSpace.from_product(
        [SubstanceParameter("molecule", data=alkanes, encoding=encoding)]
    )
    ask = {"starts": [[0, 1, 2]], "worth": list(range(10)), "cycles": 1, "batch": 1}
    ask["name"] = "warm-up"
    _run(ask, space, list(alkanes), 0)


def _run(ask: dict, space: SearchSpace, labels: list[str], seed: int) -> dict:
    """Return the rows bought, in order, with the seconds of each batch (measuring excluded)."""
    active_settings.random_seed = seed
    name = ask.get("name", f"seed {seed}")
    # Objective maximises "value"; the caller has already signed the values.
    objective = SingleTargetObjective(NumericalTarget("value"))
    campaign = Campaign(space, objective)
    rows = list(ask["starts"][seed])
    _tell(campaign, ask, labels, rows)
    seconds, cpu_seconds = [], []
    for cycle in range(ask["cycles"]):
        begun, cpu_begun = time.perf_counter(), time.process_time()
        picks = campaign.recommend(batch_size=ask["batch"])["molecule"]
        seconds.append(round(time.perf_counter() - begun, 2))
        cpu_seconds.append(round(time.process_time() - cpu_begun, 2))
        new = [int(label[1:]) for label in picks]
        rows += new
        print(f"  baybe, {name}, batch {cycle + 1}: {seconds[-1]} s", file=sys.stderr, flush=True)
        _tell(campaign, ask, labels, new)
    return {"rows": rows, "seconds": seconds, "cpu_seconds": cpu_seconds}


def _tell(campaign: Campaign, ask: dict, labels: list[str], rows: list[int]) -> None:
    told = {"molecule": [labels[i] for i in rows], "value": [ask["worth"][i] for i in rows]}
    campaign.add_measurements(pd.DataFrame(told))


if __name__ == "__main__":
    main()
