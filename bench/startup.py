# SPDX-License-Identifier: Apache-2.0
"""How long does it take to say hello? Command line and import, beside a bare Python.

Wall seconds of fresh processes, median of 11, the three taken in turn so that load hits all
alike. The command is the installed ``loopwright`` script beside this Python.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from _common import finish, parser, table

LIMIT_S = 0.5


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--repeats", type=int, default=11)
    args = p.parse_args()
    script = Path(sys.executable).with_name("loopwright")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import loopwright'": [sys.executable, "-c", "import loopwright"],
        "loopwright --help": [str(script), "--help"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():  # once to fill the caches
        _seconds(command)
    for _ in range(args.repeats):
        for name, command in commands.items():
            taken[name].append(_seconds(command))
    median = {name: statistics.median(times) for name, times in taken.items()}
    bare = median["python -c pass"]
    table(
        f"seconds from start to end, median of {args.repeats} (limit {LIMIT_S} s)",
        ("command", "median", "min", "max", "over bare", "within limit"),
        [
            (
                name,
                f"{median[name]:.3f}",
                f"{min(times):.3f}",
                f"{max(times):.3f}",
                f"{median[name] / bare:.1f}x",
                "yes" if median[name] < LIMIT_S else "NO",
            )
            for name, times in taken.items()
        ],
    )
    figures = {
        name: {"median_s": round(median[name], 4), "min_s": round(min(times), 4)}
        for name, times in taken.items()
    }
    finish("startup", {"repeats": args.repeats}, figures, record=not args.no_record)


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
