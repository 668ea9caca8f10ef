# SPDX-License-Identifier: Apache-2.0
"""How fast does the ADMET catalogue answer, from a cold start and by the thousand?

The command as a person types it, with intervals, domain, neighbours, computed numbers and alerts:
seconds for one molecule, and rows per second of a file of distinct molecules from ZINC250k, with
the start taken off. ``--peer PYTHON`` runs ADMET-AI on the same molecules, by an interpreter that
has it; its seconds do not hold its start either. Both have all processors. Where others work on the
machine, compare CPU milliseconds, not rows per second.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from _common import BENCH, finish, load, parser, table
from million_rows import _structures

TO_REACH_S, TO_REACH_TIMES = 3.0, 15.0


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--rows", type=int, default=10_000)
    p.add_argument("--peer-rows", type=int, default=1_000, help="of the same molecules, the first")
    p.add_argument("--repeats", type=int, default=5)
    p.add_argument("--peer", default="", help="an interpreter with admet-ai")
    args = p.parse_args()
    print(f"load average {load()} at the start")
    smiles = list(islice(_structures(), args.rows))
    ours = _ours(smiles, args.repeats)
    rows = [("Loopwright", f"{ours['start_s']:.2f}", args.rows, f"{ours['rows_per_s']:.0f}",
             f"{ours['cpu_ms_per_row']:.2f}")]  # fmt: skip
    figures: dict[str, Any] = {"loopwright": ours}
    if args.peer:
        peer = _peer(args.peer, smiles[: args.peer_rows])
        figures |= {"admet-ai": peer, "times": round(ours["rows_per_s"] / peer["rows_per_s"], 2)}
        rows.append((f"admet-ai {peer['version']}", f"{peer['start_s']:.2f}", peer["rows"],
                     f"{peer['rows_per_s']:.1f}", f"{peer['cpu_ms_per_row']:.1f}"))  # fmt: skip
    table(
        f"22 endpoints (to reach: start {TO_REACH_S} s, {TO_REACH_TIMES:.0f} times the peer)",
        ("", "one molecule, s", "rows", "rows/s", "CPU ms/row"),
        rows,
    )
    settings = {"rows": args.rows, "peer_rows": args.peer_rows, "repeats": args.repeats}
    finish("catalogue_speed", settings, figures, record=not args.no_record)


def _ours(smiles: Sequence[str], repeats: int) -> dict[str, Any]:
    """Return seconds of one molecule, and what a row of a file costs beyond the start."""
    with tempfile.TemporaryDirectory() as folder:
        one, many, out = (Path(folder) / n for n in ("one.smi", "many.smi", "out.csv"))
        one.write_text(f"{smiles[0]}\n")
        many.write_text("".join(f"{s}\n" for s in smiles))
        _seconds(one, out)  # fills the caches of the machine
        starts = [_seconds(one, out) for _ in range(repeats)]
        taken, cpu = _seconds(many, out)
        assert sum(1 for _ in out.open()) == len(smiles) + 1, "every row has its line"
    start, start_cpu = (statistics.median(part) for part in zip(*starts, strict=True))
    return {
        "start_s": round(start, 3),
        "start_cpu_s": round(start_cpu, 3),
        "seconds": round(taken, 2),
        "rows_per_s": round(len(smiles) / (taken - start), 1),
        "cpu_ms_per_row": round(1e3 * (cpu - start_cpu) / len(smiles), 3),
    }


def _seconds(source: Path, out: Path) -> tuple[float, float]:
    """Return wall and CPU seconds of one command, its processes included."""
    script = Path(sys.executable).with_name("loopwright")
    command = [script, "predict", "--catalogue", "admet", source, "--out", out]
    before, begun = _cpu(), time.perf_counter()
    subprocess.run(list(map(str, command)), check=True, capture_output=True, env=_free())
    return time.perf_counter() - begun, _cpu() - before


def _free() -> dict[str, str]:
    """Return an environment in which everybody takes as many threads as he likes."""
    return {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peer(python: str, smiles: Sequence[str]) -> dict[str, Any]:
    """Run ADMET-AI on the same molecules."""
    run = subprocess.run(
        [python, str(BENCH / "peers" / "admet_ai_peer.py")],
        input=json.dumps(list(smiles)), capture_output=True, text=True, check=False,
        env=_free(),
    )  # fmt: skip
    if run.returncode:
        raise SystemExit(f"the peer failed:\n{run.stderr[-2000:]}")
    told = json.loads(run.stdout.splitlines()[-1])
    return {
        "version": told["version"],
        "columns": told["columns"],
        "threads": told["threads"],
        "start_s": round(told["open_s"] + told["first_s"], 2),
        "rows": told["rows"],
        "rows_per_s": round(told["rows"] / told["predict_s"], 2),
        "cpu_ms_per_row": round(1e3 * told["predict_cpu_s"] / told["rows"], 1),
    }


if __name__ == "__main__":
    main()
