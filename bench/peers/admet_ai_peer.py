# SPDX-License-Identifier: Apache-2.0
"""ADMET-AI as its own pages call it, run by an interpreter that has it.

Reads a JSON list of SMILES from standard input; opens the models, predicts a few molecules to warm
up, then all of them in one call; writes one JSON object: seconds to import and open, of one
molecule, of all, rows and columns of the answer, version and threads.

Source:
    Swanson et al. (2024), doi:10.1093/bioinformatics/btae416.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from importlib.metadata import version


def main() -> None:
    smiles = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        begun = time.perf_counter()
        import torch
        from admet_ai import ADMETModel

        model = ADMETModel()
        opened = time.perf_counter()
        model.predict(smiles=smiles[:1])
        warm, cpu = time.perf_counter(), time.process_time()
        found = model.predict(smiles=smiles)
        done = time.perf_counter()
    json.dump(
        {
            "open_s": opened - begun,
            "first_s": warm - opened,
            "predict_s": done - warm,
            "predict_cpu_s": time.process_time() - cpu,
            "rows": len(found),
            "columns": len(found.columns),
            "version": version("admet-ai"),
            "threads": torch.get_num_threads(),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
