# SPDX-License-Identifier: Apache-2.0
"""How long, and with how much memory, is a file refused that is made to do harm?

Each file is read by ``check`` in a process of its own that has read a harmless file of the same
format before: time is that of the call alone, memory the growth of the peak over it, of the process
and of the one apart that parses binary formats. The process may grow by 1 GB, so that what is
wanted is seen; the tests allow 256 MB. Linux counts what the caller holds into the peak of a
process that it starts, so that growth apart shows only beyond that; there the limit itself, 256 MB
beyond the libraries for a small file, is what holds.
"""

from __future__ import annotations

import runpy
import tempfile
from pathlib import Path

from _common import BENCH, finish, load, parser, table

BOMBS = runpy.run_path(str(BENCH.parent / "tests" / "zoo" / "bombs.py"))


def main() -> None:
    p = parser(__doc__)
    args = p.parse_args()
    print(f"load average {load()} at the start")
    with tempfile.TemporaryDirectory() as folder:
        rows = [BOMBS["guarded"](Path(folder), name, mb=1_000) for name in BOMBS["BOMBS"]]
    table(
        "What became of files that are made to do harm (to reach: 2 s and 256 MB)",
        ("file", "bytes", "s", "MB", "MB apart", "what became of it"),
        [
            (
                r["name"],
                r["bytes"],
                f"{r['seconds']:.2f}",
                f"{r['own_mb']:.0f}",
                f"{r['apart_mb']:.0f}",
                (r["refused"] or f"{r['rows']} {r['what']}")[:90],
            )
            for r in rows
        ],
    )
    finish("bombs", {}, {"files": rows}, record=not args.no_record)


if __name__ == "__main__":
    main()
