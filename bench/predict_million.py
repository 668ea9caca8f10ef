# SPDX-License-Identifier: Apache-2.0
"""How long does it take to predict 1,000,000 molecules, and does a killed run end the same?

One property of the ADMET boards (``--board``) is trained with the default settings, or the whole
catalogue is asked (``--catalogue``), with computed numbers and alerts. Then a CSV of
distinct structures is predicted twice by ``loopwright predict``: once in one go, and once killed
(SIGKILL) after about half of its shards and given again. Both files must be equal byte by byte.
Time is from the start of the command to its end, with start-up and joining; memory is the largest
sum of resident sizes of the command and all its children, polled.
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
from million_rows import _measured, _structures

LIMIT_MB = 3_000


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--board", default="lipophilicity_astrazeneca")
    p.add_argument("--catalogue", default="", help="one that comes with the package, as admet")
    args = p.parse_args()
    print(f"load average {load()} at the start")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        trained = {} if args.catalogue else _trained(home, args.board)
        asked = (
            ["--catalogue", args.catalogue] if args.catalogue else ["--model", str(home / "model")]
        )
        source = home / "molecules.csv"
        rows = (f"{s},Z-{i:07d}\n" for i, s in enumerate(islice(_structures(), args.rows)))
        with source.open("w") as file:
            file.write("smiles,name\n")
            file.writelines(rows)
        whole, killed = home / "whole.csv", home / "killed.csv"
        once = _measured(_command(asked, source, whole), args.rows)
        n_done = _killed(asked, source, killed, args.rows)
        again = _measured(_command(asked, source, killed), args.rows - n_done)
        is_equal = whole.read_bytes() == killed.read_bytes()
        n_lines = sum(1 for _ in whole.open("rb"))
    figures = {
        "train": trained,
        "once": once,
        "resumed": {**again, "n_done_before": n_done},
        "is_equal": is_equal,
        "is_complete": n_lines == args.rows + 1,
    }
    settings = {"rows": args.rows, "models": args.catalogue or args.board}
    table(
        f"{args.rows} molecules, {settings['models']} (to reach: {LIMIT_MB} MB, equal bytes)",
        ("", "rows", "s", "rows/s", "peak MB"),
        [
            (name, f["rows"], f"{f['s']:.1f}", f"{f['rows_per_s']:.0f}", f"{f['peak_mb']:.0f}")
            for name, f in (("in one go", once), ("what was left after the kill", again))
        ],
    )
    print(f"equal bytes: {is_equal}; every row there: {figures['is_complete']}")
    finish("predict_million", settings, figures, record=not args.no_record)


def _trained(home: Path, board: str) -> dict[str, float]:
    """Train the model; return rows and seconds."""
    data = home / "train.csv"
    data.write_bytes(shared_file(f"tdc_admet/{board}/train_val.csv").content)
    command = [_script(), "train", str(data), "--property", "Y", "--out", str(home / "model")]
    run = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    if run.returncode not in {0, 3}:
        raise SystemExit(run.stderr)
    told = json.loads(run.stdout)
    return {"rows": told["models"][0]["n_used"], "s": told["seconds"]}


def _script() -> str:
    return str(Path(sys.executable).with_name("loopwright"))


def _command(asked: list[str], source: Path, out: Path) -> list[str]:
    return [_script(), "predict", str(source), *asked, "--out", str(out)]


def _killed(asked: list[str], source: Path, out: Path, rows: int) -> int:
    """Kill a run after half of its rows; return how many rows its shards hold."""
    command = _command(asked, source, out)
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    parts = Path(f"{out}.parts")
    while run.poll() is None and _done(parts) < rows / 2:
        time.sleep(0.2)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    return _done(parts)


def _done(parts: Path) -> int:
    return sum(json.loads(p.read_text())["n_rows"] for p in parts.glob("shard-*.json"))


if __name__ == "__main__":
    main()
