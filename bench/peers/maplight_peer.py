# SPDX-License-Identifier: Apache-2.0
"""The MapLight recipe as its paper states it, run by an interpreter that has catboost.

Counts of Morgan environments and of Avalon patterns, the extended reduced graph, 200 RDKit
descriptors; CatBoost as it comes; one fit a seed. Reads one JSON object from standard input
(train, test: SMILES; y; task; is_log; seeds; threads) and writes one to standard output
(predictions of each seed, seconds).

Source:
    Notwell & Wood (2023), arXiv:2310.00174.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor
from rdkit import Chem, RDLogger
from rdkit.Avalon import pyAvalonTools
from rdkit.Chem import Descriptors, rdFingerprintGenerator, rdReducedGraphs

N_DESCRIPTORS = 200


def _row(smiles: str, morgan: object) -> np.ndarray:
    mol = Chem.MolFromSmiles(smiles) or Chem.MolFromSmiles("C")  # as ours: no row is left out
    avalon = np.zeros(1024)
    for column, count in (
        pyAvalonTools.GetAvalonCountFP(mol, nBits=1024).GetNonzeroElements().items()
    ):
        avalon[column] = count
    descriptors = [f(mol) for _, f in Descriptors.descList[:N_DESCRIPTORS]]
    return np.concatenate([
        morgan.GetCountFingerprintAsNumPy(mol), avalon,
        rdReducedGraphs.GetErGFingerprint(mol), np.nan_to_num(np.clip(descriptors, -1e9, 1e9)),
    ])  # fmt: skip


def _table(smiles: list[str]) -> np.ndarray:
    morgan = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    return np.array([_row(s, morgan) for s in smiles], np.float32)


def main() -> None:
    RDLogger.DisableLog("rdApp.*")
    asked = json.load(sys.stdin)
    begun, cpu = time.perf_counter(), time.process_time()
    train, test = _table(asked["train"]), _table(asked["test"])
    featured = time.perf_counter()
    y = np.array(asked["y"])
    answers = []
    for seed in asked["seeds"]:
        settings = {
            "random_seed": seed,
            "verbose": 0,
            "allow_writing_files": False,
            "thread_count": asked["threads"],
        }
        if asked["task"] == "classification":
            model = CatBoostClassifier(**settings).fit(train, y)
            answers.append(model.predict_proba(test)[:, 1].tolist())
        else:
            goal = np.log10(y) if asked["is_log"] else y
            said = CatBoostRegressor(**settings).fit(train, goal).predict(test)
            answers.append((10**said if asked["is_log"] else said).tolist())
    done = time.perf_counter()
    spent = {"feature_s": featured - begun, "fit_s": done - featured}
    spent["cpu_s"] = time.process_time() - cpu
    json.dump({"predictions": answers, **spent}, sys.stdout)


if __name__ == "__main__":
    main()
