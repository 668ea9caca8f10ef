# SPDX-License-Identifier: Apache-2.0
"""Fuzzes every reader for a while, from the animals of the zoo: ``make fuzz SECONDS=600``.

Ends with 1 if an input crashed a reader, let another error than ``DataError`` leave it, broke a
promise, or took more than ten seconds. The input is kept beside this file, in ``found/``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from targets import TARGETS, seeds, seeds_in

HERE = Path(__file__).resolve().parent
TIMEOUT_S = 10
MEMORY_MB = 3_000
LONGEST = 40_000
"""Bytes of an input."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="in all, shared by the targets")
    parser.add_argument("--target", action="append", choices=[*TARGETS, "any"])
    parser.add_argument("--seeds", type=Path, help="a folder of more files to begin with")
    args = parser.parse_args()
    chosen = args.target or [*TARGETS]
    is_good = [fuzz(name, max(args.seconds // len(chosen), 1), args.seeds) for name in chosen]
    sys.exit(0 if all(is_good) else 1)


def fuzz(target: str, seconds: int, more: Path | None = None) -> bool:
    """Fuzz one target; print how many inputs were tried and whether one was found."""
    kept = HERE / "found"
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        begin = seeds(target) + (seeds_in(more, target) if more else [])
        for number, seed in enumerate(begin):
            if len(seed) <= LONGEST:
                (Path(folder) / f"{number:03d}").write_bytes(seed)
        run = subprocess.run(
            [
                sys.executable, str(HERE / "one.py"), target, folder,
                f"-max_total_time={seconds}", f"-timeout={TIMEOUT_S}", f"-max_len={LONGEST}",
                f"-dict={HERE / 'words.dict'}",
                f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={kept}/{target}-",
                "-print_final_stats=1", "-seed=1",
            ],
            cwd=HERE,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )  # fmt: skip
    said = run.stdout + run.stderr
    tried = re.search(r"number_of_executed_units:\s*(\d+)", said)
    slowest = re.search(r"slowest_unit_time_sec:\s*(\d+)", said)
    n, worst = (found[1] if found else "?" for found in (tried, slowest))
    verdict = "ok" if run.returncode == 0 else f"FOUND: ended with {run.returncode}"
    rate = f"{int(n) / seconds:.0f}/s" if n.isdigit() else "?"
    print(
        f"{target:12} {seconds:6} s {n:>10} inputs ({rate}), slowest {worst} s: {verdict}",
        flush=True,
    )
    if run.returncode:
        print(said[-3000:])
    return run.returncode == 0


if __name__ == "__main__":
    main()
