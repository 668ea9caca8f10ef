# SPDX-License-Identifier: Apache-2.0
"""Fuzzes one target with atheris: ``python fuzz/one.py TARGET [options of libFuzzer]``."""

from __future__ import annotations

import resource
import sys

import atheris

with atheris.instrument_imports(include=["loopwright"]):
    from targets import TARGETS, try_any


LIMIT_BYTES = 2_500_000_000


def main() -> None:
    target = sys.argv.pop(1)
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))  # as the process apart has
    run = try_any if target == "any" else TARGETS[target]
    atheris.Setup(sys.argv, run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
