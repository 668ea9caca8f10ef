# SPDX-License-Identifier: Apache-2.0
"""Reads structures as a program of its own: texts in, readings out, over standard streams."""

from __future__ import annotations

import json
import sys

from loopwright.modalities.molecules.crowd import packed
from loopwright.modalities.molecules.molecules import Molecules

__all__: list[str] = []

if __name__ == "__main__":
    options, texts = json.loads(sys.stdin.buffer.read())
    answers = Molecules(**options, n_workers=1).readings(texts)
    sys.stdout.buffer.write(json.dumps([packed(a) for a in answers]).encode())
