# SPDX-License-Identifier: Apache-2.0
"""How long does it take to take in a CSV of 1,000,000 structures with values?

Ours is ``loopwright ingest`` into a new workspace: every row read, its structure standardised, its
value with qualifier and unit, raw file, tables and fact written. Two peers do what a script
with pandas and RDKit does, in a loop over the rows, and write Parquet:

- ``curated``: the same job for the structure (``Cleanup``, ``FragmentParent``, ``Uncharger``),
  relation and value read;
- ``bare``: only ``MolFromSmiles`` and ``MolToSmiles``; salts, charges, names that clash, doubled
  rows and bad numbers are nobody's concern.

Structures: ZINC250k, and the same with their first methyl group drawn out, so that all differ;
with ``--values 4`` each compound has four rows, as in a table of several assays. Each job runs in
a fresh process; memory is the largest sum of resident sizes of it and all its children, polled.
Peers see the first ``--peer-rows`` rows only, and rows per second are compared.
"""

from __future__ import annotations

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np

from _common import finish, load, parser, shared_file, table

SEED = 20261121
LIMIT_MB = 2_000
TIMES = 3.0
PEERS = ("curated", "bare")


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--values", type=int, default=1, help="rows of each compound")
    p.add_argument("--peer-rows", type=int, default=30_000)
    p.add_argument("--part", help="for the processes that this file starts")
    p.add_argument("--file", type=Path, help="for the same")
    args = p.parse_args()
    if args.part:
        PARTS[args.part](args.file)
        return
    print(f"load average {load()} at the start")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        whole, short = home / "million.csv", home / "peers.csv"
        whole.write_text("".join(_lines(args)))
        with whole.open() as lines:
            short.write_text("".join(islice(lines, args.peer_rows + 1)))
        figures = {"ours": _measured([*_loopwright(home), str(whole)], args.rows)}
        for peer in PEERS:
            command = [sys.executable, __file__, "--part", peer, "--file", str(short)]
            figures[peer] = _measured(command, args.peer_rows)
    ours = figures["ours"]
    table(
        f"{args.rows} rows, {args.values} of each compound (to reach: {TIMES:g}x, {LIMIT_MB} MB)",
        ("", "rows", "s", "rows/s", "ours is", "peak MB"),
        [
            (name, f["rows"], f"{f['s']:.1f}", f"{f['rows_per_s']:.0f}",
             f"{ours['rows_per_s'] / f['rows_per_s']:.1f}x", f"{f['peak_mb']:.0f}")
            for name, f in figures.items()
        ],
    )  # fmt: skip
    settings = {"rows": args.rows, "values": args.values, "peer_rows": args.peer_rows}
    finish("million_rows", settings, figures, record=not args.no_record)


# ---- the file
def _lines(args: argparse.Namespace) -> Iterator[str]:
    """Yield header and rows; one value in ten is a limit."""
    rng = np.random.default_rng(SEED)
    yield "smiles,name,assay,relation,IC50 (nM)\n"
    structures = _structures()
    smiles, number = "", -1
    for row in range(args.rows):
        if row % args.values == 0:
            smiles, number = next(structures), number + 1
        relation = ">" if rng.random() < 0.1 else "="
        value = 10 ** rng.normal(2.5, 1.0)
        yield f"{smiles},Z-{number:07d},A{row % args.values},{relation},{value:.4g}\n"


def _structures() -> Iterator[str]:
    """Yield distinct SMILES without end."""
    packed = shared_file("zinc250k/zinc250k.csv.gz").content
    plain = [s.strip() for s in gzip.decompress(packed).decode().splitlines()[1:]]
    yield from plain
    known = frozenset(plain)
    methyls = [s for s in plain if s.startswith(("CC", "Cc", "CN", "CO"))]
    for length in count(1):
        yield from ("C" * length + s for s in methyls if "C" * length + s not in known)


# ---- the jobs
def _loopwright(home: Path) -> list[str]:
    """Make a workspace; return the command that takes a file into it."""
    script = str(Path(sys.executable).with_name("loopwright"))
    workspace = str(home / "workspace")
    run = subprocess.run(
        [script, "init", workspace, "--property", "pIC50", "--direction", "maximize"],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise SystemExit(run.stderr)
    return [script, "ingest", "-w", workspace]


def _curated(path: Path) -> None:
    from rdkit.Chem.MolStandardize import rdMolStandardize

    uncharger = rdMolStandardize.Uncharger()

    def parent(mol: Any) -> Any:
        return uncharger.uncharge(rdMolStandardize.FragmentParent(rdMolStandardize.Cleanup(mol)))

    _loop(path, parent)


def _bare(path: Path) -> None:
    _loop(path, lambda mol: mol)


def _loop(path: Path, parent: Any) -> None:
    """Do what a script does: read, loop, collect, write."""
    import pandas as pd
    from rdkit import Chem, RDLogger

    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    frame = pd.read_csv(path)
    found = []
    for _, row in frame.iterrows():
        mol = Chem.MolFromSmiles(row["smiles"])
        if mol is None:
            continue
        smiles = Chem.MolToSmiles(parent(mol))
        found.append((smiles, row["name"], row["assay"], row["relation"], float(row["IC50 (nM)"])))
    pd.DataFrame(found).rename(columns=str).to_parquet(path.with_suffix(".parquet"))


PARTS = {"curated": _curated, "bare": _bare}


# ---- the clock
def _measured(command: list[str], rows: int) -> dict[str, float]:
    """Run a command; return seconds, rows per second and peak memory of it and its children."""
    begun, peak = time.perf_counter(), 0.0
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        while process.poll() is None:
            peak = max(peak, sum(_resident_mb(pid) for pid in _tree(process.pid)))
            time.sleep(0.1)
        seconds = time.perf_counter() - begun
        said.seek(0)
        told = said.read().decode(errors="replace")
    print(f"\n$ {Path(command[0]).name} ... ({seconds:.1f} s)\n{told[-1500:]}", flush=True)
    if process.returncode not in {0, 3}:
        raise SystemExit(f"ended with {process.returncode}")
    return {
        "rows": rows,
        "s": round(seconds, 2),
        "rows_per_s": round(rows / seconds, 1),
        "peak_mb": round(peak, 1),
    }


def _tree(pid: int) -> list[int]:
    """Return a process and all that it started."""
    found = [] if _is_newborn(pid) else [pid]
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [p for child in tasks.read_text().split() for p in _tree(int(child))]
        except OSError:
            continue
    return found


def _is_newborn(pid: int) -> bool:
    """Return whether a process still runs on its parent's memory, before it becomes a program."""
    here = Path(f"/proc/{pid}")
    try:
        parent = (here / "stat").read_text().rpartition(")")[2].split()[1]
        same = (here / "cmdline").read_bytes() == Path(f"/proc/{parent}/cmdline").read_bytes()
    except (OSError, IndexError):
        return True
    return same


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
