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

With ``--parquet`` the pool is a Parquet table that is written in pieces and never held; structures
are ZINC250k, and the same with short chains in front of their first methyl group.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rdkit import Chem
from rdkit.Chem import QED, Crippen

from _common import BENCH, environment, finish, load, parser, table
from million_rows import _measured, _structures

SEED = 0
N_JUDGED = 10_000
PIECE = 100_000
"""Rows that are written at once."""


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--measured", type=int, default=3_000)
    p.add_argument("--batch", type=int, default=384)
    p.add_argument("--peers", type=int, nargs="*", default=[], help="sizes of the peers' pools")
    p.add_argument("--limit", type=float, default=600.0, help="seconds for a peer")
    p.add_argument("--parquet", action="store_true", help="the pool is a Parquet table")
    args = p.parse_args()
    print(f"load average {load()} at the start")
    if args.parquet:
        _large(args)
        return
    texts = list(islice(_structures(), args.rows))
    rng = np.random.default_rng(SEED)
    first = min([args.rows, *args.peers])
    known = [texts[i] for i in rng.choice(first, args.measured, replace=False)]
    values = [_truth(text) for text in known]
    with tempfile.TemporaryDirectory() as folder:
        pool = Path(folder) / "pool.csv"
        pool.write_text("smiles\n" + "\n".join(texts) + "\n")
        ours, rows = _ours(pool, known, values, args)
    picks = [texts[row - 2] for row in rows]
    figures: dict[str, Any] = {"loopwright": ours | _judged(picks, rng.choice(texts, N_JUDGED))}
    for name in ("baybe", "botorch"):
        for n in args.peers:
            figures[f"{name} {n}"] = _peer(name, texts[:n], known, values, args)
    _told(figures, args)


def _large(args: Any) -> None:
    """Ask ours alone, of a pool that nobody holds."""
    rng = np.random.default_rng(SEED)
    asked = rng.choice(args.rows, args.measured, replace=False)
    judged = rng.choice(args.rows, min(N_JUDGED, args.rows), replace=False)
    with tempfile.TemporaryDirectory() as folder:
        pool = Path(folder) / "pool.parquet"
        _write(pool, args.rows)
        size_mb = round(pool.stat().st_size / 1e6)
        texts = _rows_at(args.rows, np.union1d(asked, judged))
        known = [texts[row] for row in asked]
        ours, rows = _ours(pool, known, [_truth(text) for text in known], args)
    found = _rows_at(args.rows, np.array(rows) - 1)
    told = _judged(list(found.values()), [texts[row] for row in judged])
    _told({"loopwright": ours | told | {"file_mb": size_mb}}, args)


def _told(figures: dict[str, Any], args: Any) -> None:
    rows = [(name, *(str(f.get(k, "-")) for k in COLUMNS)) for name, f in figures.items()]
    table(f"{args.batch} of {args.rows:,}, {args.measured} measured", ("who", *COLUMNS), rows)
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    finish("million_pool", settings, figures, record=not args.no_record)


# ---- a pool that is not held
def _varied() -> Iterator[str]:
    """Yield millions of SMILES: those of ZINC250k, and chains in front of their methyl groups."""
    plain = list(islice(_structures(), 249_455))
    yield from plain
    methyls = [s for s in plain if s.startswith(("CC", "Cc", "CN", "CO"))]
    for length in range(1, 9):
        for chain in map("".join, product("CNO", repeat=length)):
            if not any(two in chain for two in ("NN", "NO", "ON", "OO")):
                yield from (chain + s for s in methyls)


def _write(path: Path, n_rows: int) -> None:
    """Write names, structures and a number, piece by piece."""
    structures = islice(_varied(), n_rows)
    schema = pa.schema([("name", pa.string()), ("smiles", pa.string()), ("batch", pa.int64())])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, n_rows, PIECE):
            texts = list(islice(structures, PIECE))
            names = [f"Z-{start + i:08d}" for i in range(len(texts))]
            columns = [pa.array(names), pa.array(texts), pa.array([start // PIECE] * len(texts))]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _rows_at(n_rows: int, rows: Any) -> dict[int, str]:
    """Return row, counted from 0 -> its structure."""
    wanted = frozenset(rows.tolist())
    return {i: text for i, text in enumerate(islice(_varied(), n_rows)) if i in wanted}


COLUMNS = ("s", "peak_mb", "ended", "middle_pick", "n_better")


def _truth(text: str) -> float:
    mol = Chem.MolFromSmiles(text)
    return float(4.0 * QED.qed(mol) + 0.3 * Crippen.MolLogP(mol))


def _ours(
    pool: Path, known: Sequence[str], values: Sequence[float], args: Any
) -> tuple[dict[str, Any], list[int]]:
    """Return time and memory of the command, and the rows of its picks."""
    measured, out = pool.with_name("measured.csv"), pool.with_name("picks.csv")
    pairs = (f"{t},{v!r}" for t, v in zip(known, values, strict=True))
    measured.write_text("smiles,score\n" + "\n".join(pairs) + "\n")
    command = [
        str(Path(sys.executable).with_name("loopwright")), "propose", "--pool", str(pool),
        "--measured", str(measured), "--property", "score", "--batch", str(args.batch),
        "--csv", str(out),
    ]  # fmt: skip
    figures = _measured(command, args.rows)
    lines = out.read_text().splitlines()
    place = lines[0].split(",").index("row")
    return figures | {"ended": True}, [int(line.split(",")[place]) for line in lines[1:]]


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
