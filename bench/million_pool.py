# SPDX-License-Identifier: Apache-2.0
"""How long does the choice of 384 from a pool of 1,000,000 take, with 3,000 measured?

Ours is ``loopwright propose`` from two plain files to the batch: reading, training with the choice
between models, calibration, the look at every row of the pool, and explanation. Time is from the
start of the command to its end; memory is the largest sum of resident sizes of the command and all
its children, polled. What is wanted is a number that can be computed (four times QED plus 0.3 times
Crippen's logP), so that the picks can be judged by the truth: how many of 10,000 rows drawn from
the pool are better than the middle one of them.

BayBE and BoTorch (``--peers``) get the same question on the first rows of the pool, more of them
each time, with ECFP described by each, and may take as long as ``--limit`` says.
Both choose by qLogEI, their default. What has not ended is killed, and how far it came is told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from rdkit import Chem
from rdkit.Chem import QED, Crippen

from _common import BENCH, environment, finish, load, parser, table
from million_rows import _measured, _structures

SEED = 0
N_JUDGED = 10_000


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--measured", type=int, default=3_000)
    p.add_argument("--batch", type=int, default=384)
    p.add_argument("--peers", type=int, nargs="*", default=[], help="sizes of the peers' pools")
    p.add_argument("--limit", type=float, default=600.0, help="seconds for a peer")
    args = p.parse_args()
    print(f"load average {load()} at the start")
    texts = list(islice(_structures(), args.rows))
    rng = np.random.default_rng(SEED)
    first = min([args.rows, *args.peers])
    known = [texts[i] for i in rng.choice(first, args.measured, replace=False)]
    values = [_truth(text) for text in known]
    with tempfile.TemporaryDirectory() as folder:
        ours, picks = _ours(Path(folder), texts, known, values, args.batch)
    figures: dict[str, Any] = {"loopwright": ours | _judged(picks, rng.choice(texts, N_JUDGED))}
    for name in ("baybe", "botorch"):
        for n in args.peers:
            figures[f"{name} {n}"] = _peer(name, texts[:n], known, values, args)
    rows = [(name, *(str(f.get(k, "-")) for k in COLUMNS)) for name, f in figures.items()]
    table(f"{args.batch} of {args.rows:,}, {args.measured} measured", ("who", *COLUMNS), rows)
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    finish("million_pool", settings, figures, record=not args.no_record)


COLUMNS = ("s", "peak_mb", "ended", "middle_pick", "n_better")


def _truth(text: str) -> float:
    mol = Chem.MolFromSmiles(text)
    return float(4.0 * QED.qed(mol) + 0.3 * Crippen.MolLogP(mol))


def _ours(
    home: Path, texts: Sequence[str], known: Sequence[str], values: Sequence[float], batch: int
) -> tuple[dict[str, Any], list[str]]:
    """Return time and memory of the command, and the texts of its picks."""
    pool, measured, out = home / "pool.csv", home / "measured.csv", home / "picks.csv"
    pool.write_text("smiles\n" + "\n".join(texts) + "\n")
    pairs = (f"{t},{v!r}" for t, v in zip(known, values, strict=True))
    measured.write_text("smiles,score\n" + "\n".join(pairs) + "\n")
    command = [
        str(Path(sys.executable).with_name("loopwright")), "propose", "--pool", str(pool),
        "--measured", str(measured), "--property", "score", "--batch", str(batch),
        "--csv", str(out),
    ]  # fmt: skip
    figures = _measured(command, len(texts))
    lines = out.read_text().splitlines()
    place = lines[0].split(",").index("row")
    return figures | {"ended": True}, [texts[int(line.split(",")[place]) - 2] for line in lines[1:]]


def _judged(picks: Sequence[str], others: Sequence[str]) -> dict[str, Any]:
    """Return the true worth of the middle pick, and how many of others are better."""
    middle = float(np.median([_truth(text) for text in picks]))
    return {"middle_pick": round(middle, 3), "n_better": sum(_truth(t) > middle for t in others)}


def _peer(
    name: str, texts: Sequence[str], known: Sequence[str], values: Sequence[float], args: Any
) -> dict[str, Any]:
    """Return time and memory of a peer, or how far it came."""
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder) / "question.json", Path(folder) / "told.json"
        question = {"texts": texts, "known": known, "values": values, "batch": args.batch}
        asked.write_text(json.dumps(question))
        python = environment("baybe", "baybe[chem]")
        command = [python, BENCH / "peers" / "pool_peer.py", name, asked, told]
        env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        try:
            run = subprocess.run(command, env=env, timeout=args.limit, check=False)
        except subprocess.TimeoutExpired:
            return json.loads(told.read_text()) | {"ended": False, "s": args.limit}
        return json.loads(told.read_text()) | {"ended": run.returncode == 0}


if __name__ == "__main__":
    main()
