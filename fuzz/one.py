# SPDX-License-Identifier: Apache-2.0
"""Fuzzes one target with atheris: ``python fuzz/one.py TARGET [options of libFuzzer]``."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["loopwright"]):
    from targets import TARGETS, try_any


def main() -> None:
    target = sys.argv.pop(1)
    run = try_any if target == "any" else TARGETS[target]
    atheris.Setup(sys.argv, run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
