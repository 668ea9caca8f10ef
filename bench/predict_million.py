# SPDX-License-Identifier: Apache-2.0
"""How long does it take to predict 1,000,000 molecules, and does a killed run end the same?

One property of the ADMET boards (``--board``) is trained with the default settings, or the whole
catalogue is asked (``--catalogue``), with computed numbers and alerts. Then a CSV of
distinct structures is predicted twice by ``loopwright predict``: once killed (SIGKILL) after about
half of its shards and given again, and once in one go. Both files must be equal byte by byte; with
``--in-one-go N`` the run that nobody stops has the first N rows only, and the other must begin with
its bytes. Time is from the start of the command to its end, with start-up and joining; memory is
the largest sum of resident sizes of the command and all its children, polled.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from _common import finish, load, parser, shared_file, table
from million_rows import _measured, _resident_mb, _structures, _tree

LIMIT_MB = 3_000


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--board", default="lipophilicity_astrazeneca")
    p.add_argument("--catalogue", default="", help="one that comes with the package, as admet")
    p.add_argument("--in-one-go", type=int, default=0, help="rows that nobody stops; all if 0")
    args = p.parse_args()
    n_straight = args.in_one_go or args.rows
    print(f"load average {load()} at the start")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        trained = {} if args.catalogue else _trained(home, args.board)
        asked = (
            ["--catalogue", args.catalogue] if args.catalogue else ["--model", str(home / "model")]
        )
        source, first = home / "molecules.csv", home / "first.csv"
        _write(source, args.rows)
        _write(first, n_straight)
        whole, killed = home / "whole.csv", home / "killed.csv"
        before = _killed(asked, source, killed, args.rows)
        again = _measured(_command(asked, source, killed), args.rows - before["rows"])
        once = _measured(_command(asked, first, whole), n_straight)
        is_equal = _begins(killed, whole, is_all=n_straight == args.rows)
        n_lines = sum(1 for _ in killed.open("rb"))
    figures = {
        "train": trained,
        "once": once,
        "killed": before,
        "resumed": again,
        "is_equal": is_equal,
        "is_complete": n_lines == args.rows + 1,
    }
    settings = {
        "rows": args.rows,
        "in_one_go": n_straight,
        "models": args.catalogue or args.board,
    }
    table(
        f"{args.rows} molecules, {settings['models']} (to reach: {LIMIT_MB} MB, equal bytes)",
        ("", "rows", "s", "rows/s", "peak MB"),
        [
            (name, f["rows"], f"{f['s']:.1f}", f"{f['rows_per_s']:.0f}", f"{f['peak_mb']:.0f}")
            for name, f in (
                ("until it was killed", before),
                ("the rest", again),
                ("in one go", once),
            )
        ],
    )
    print(f"equal bytes: {is_equal}; every row there: {figures['is_complete']}")
    finish("predict_million", settings, figures, record=not args.no_record)


def _trained(home: Path, board: str) -> dict[str, float]:
    """Train the model; return rows and seconds."""
    data = home / "train.csv"
    data.write_bytes(shared_file(f"tdc_admet/{board}/train_val.csv").content)
    command = [_script(), "train", str(data), "--property", "Y", "--out", str(home / "model")]
    run = subprocess.run(
        [*command, "--quick", "--json"], capture_output=True, text=True, check=False
    )
    if run.returncode not in {0, 3}:
        raise SystemExit(run.stderr)
    told = json.loads(run.stdout)
    return {"rows": told["models"][0]["n_used"], "s": told["seconds"]}


def _script() -> str:
    return str(Path(sys.executable).with_name("loopwright"))


def _command(asked: list[str], source: Path, out: Path) -> list[str]:
    return [_script(), "predict", str(source), *asked, "--out", str(out)]


def _write(path: Path, n_rows: int) -> None:
    """Write a file of the first distinct structures."""
    with path.open("w") as file:
        file.write("smiles,name\n")
        rows = enumerate(islice(_structures(), n_rows))
        file.writelines(f"{s},Z-{i:07d}\n" for i, s in rows)


def _begins(long: Path, short: Path, *, is_all: bool) -> bool:
    """Return whether a file begins with all bytes of another; with ``is_all``, is equal to it."""
    if is_all and long.stat().st_size != short.stat().st_size:
        return False
    with long.open("rb") as one, short.open("rb") as other:
        return all(
            one.read(len(block)) == block for block in iter(lambda: other.read(1 << 20), b"")
        )


def _killed(asked: list[str], source: Path, out: Path, rows: int) -> dict[str, float]:
    """Kill a run after half of its rows; return the rows that its shards hold, time and memory."""
    begun, peak = time.perf_counter(), 0.0
    command = _command(asked, source, out)
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    parts = Path(f"{out}.parts")
    while run.poll() is None and _done(parts) < rows / 2:
        peak = max(peak, sum(_resident_mb(pid) for pid in _tree(run.pid)))
        time.sleep(1.0)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    seconds, n_rows = time.perf_counter() - begun, _done(parts)
    return {
        "rows": n_rows,
        "s": round(seconds, 2),
        "rows_per_s": round(n_rows / seconds, 1),
        "peak_mb": round(peak, 1),
    }


def _done(parts: Path) -> int:
    return sum(json.loads(p.read_text())["n_rows"] for p in parts.glob("shard-*.json"))


if __name__ == "__main__":
    main()
