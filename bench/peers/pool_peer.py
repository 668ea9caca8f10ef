# SPDX-License-Identifier: Apache-2.0
"""The other side of ``bench/million_pool.py``; runs in BayBE's environment.

Arguments: baybe or botorch, the question (JSON), and where to tell after each stage how long it
took, so that a run that is ended has said how far it came.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

warnings.filterwarnings("ignore")


def main() -> None:
    name, asked, told = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    ask = json.loads(asked.read_text(encoding="utf-8"))
    stages: dict[str, object] = {}
    told.write_text(json.dumps(stages))
    begun = time.perf_counter()

    def tell(stage: str, **more: object) -> None:
        seconds = round(time.perf_counter() - begun, 1)
        peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10, 1)
        stages.update({f"s_{stage}": seconds, "s": seconds, "peak_mb": peak, **more})
        told.write_text(json.dumps(stages))

    tell("start")
    {"baybe": _baybe, "botorch": _botorch}[name](ask, tell)


def _baybe(ask, tell) -> None:
    from baybe.objectives import SingleTargetObjective
    from baybe.parameters import SubstanceParameter
    from baybe.searchspace import SearchSpace
    from baybe.targets import NumericalTarget

    from baybe import Campaign

    texts = list(dict.fromkeys([*ask["texts"], *ask["known"]]))
    label = {text: f"m{i:07d}" for i, text in enumerate(texts)}
    parameter = SubstanceParameter("molecule", data={label[t]: t for t in texts}, encoding="ECFP")
    space = SearchSpace.from_product([parameter])
    tell("described")
    campaign = Campaign(space, SingleTargetObjective(NumericalTarget("value")))
    rows = {"molecule": [label[t] for t in ask["known"]], "value": ask["values"]}
    campaign.add_measurements(pd.DataFrame(rows))
    tell("measured")
    campaign.recommend(1)
    tell("one_pick")
    campaign.recommend(ask["batch"])
    tell("batch")


def _botorch(ask, tell) -> None:
    from botorch.acquisition import qLogExpectedImprovement
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.optim import optimize_acqf_discrete
    from gpytorch.mlls import ExactMarginalLogLikelihood

    count = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)

    def described(texts: list[str]) -> torch.Tensor:
        rows = [count.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(t)) for t in texts]
        return torch.tensor(np.array(rows), dtype=torch.double)

    known = set(ask["known"])
    pool = described([t for t in ask["texts"] if t not in known])
    x = described(ask["known"])
    y = torch.tensor(ask["values"], dtype=torch.double)[:, None]
    tell("described")
    model = SingleTaskGP(x, y)
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    tell("fitted")
    gain = qLogExpectedImprovement(model, best_f=y.max())
    optimize_acqf_discrete(gain, q=1, choices=pool, max_batch_size=512)
    tell("one_pick")
    optimize_acqf_discrete(gain, q=ask["batch"], choices=pool, max_batch_size=512)
    tell("batch")


if __name__ == "__main__":
    main()
