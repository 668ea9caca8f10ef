# SPDX-License-Identifier: Apache-2.0
"""The BayBE side of ``bench/direct_arylation.py``; runs in BayBE's own environment.

Reads a question (JSON) from the first path, writes the answer to the second. Everything is at
its default: the encoding of substances, the two-phase recommender, the acquisition function, the
Gaussian process.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import torch
from baybe.objectives import SingleTargetObjective
from baybe.parameters import NumericalDiscreteParameter, SubstanceParameter
from baybe.searchspace import SearchSpace
from baybe.targets import NumericalTarget

from baybe import Campaign, active_settings

warnings.filterwarnings("ignore")


def main() -> None:
    ask = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    torch.set_num_threads(1)
    table = pd.DataFrame(ask["rows"])
    parameters = [
        SubstanceParameter(c, data={v: v for v in sorted(table[c].unique())})
        for c in ask["substances"]
    ]
    parameters += [
        NumericalDiscreteParameter(c, values=sorted(table[c].unique())) for c in ask["numbers"]
    ]
    columns = [*ask["substances"], *ask["numbers"]]
    space = SearchSpace.from_dataframe(table[columns], parameters)
    answer = {
        "encoding": str(parameters[0].encoding),
        "n_columns": space.discrete.comp_rep.shape[1],
        "versions": {p: version(p) for p in ("baybe", "botorch", "torch")},
        "runs": {name: [] for name in ask["plans"]},
    }
    for seed in range(ask["seeds"]):
        for name, plan in ask["plans"].items():
            run = _run(space, table[[*columns, "value"]], plan, seed)
            answer["runs"][name].append(run)
            print(f"  baybe, {name}, seed {seed}: {run['seconds']} s", file=sys.stderr, flush=True)
            Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


def _run(space: SearchSpace, table: pd.DataFrame, plan: dict, seed: int) -> dict:
    """Return the rows bought, in order, and the seconds of all recommendations together."""
    active_settings.random_seed = seed
    campaign = Campaign(space, SingleTargetObjective(NumericalTarget("value")))
    columns = [c for c in table.columns if c != "value"]
    place = {key: i for i, key in enumerate(table[columns].itertuples(index=False, name=None))}
    rows, seconds = list(plan["starts"][seed]), 0.0
    campaign.add_measurements(table.loc[rows])
    for _ in range(plan["cycles"]):
        begun = time.perf_counter()
        picks = campaign.recommend(batch_size=plan["batch"])[columns]
        seconds += time.perf_counter() - begun
        new = [place[key] for key in picks.itertuples(index=False, name=None)]
        rows += new
        campaign.add_measurements(table.loc[new])
    return {"rows": rows, "seconds": round(seconds, 1)}


if __name__ == "__main__":
    main()
