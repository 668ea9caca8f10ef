# SPDX-License-Identifier: Apache-2.0
"""Damaged files: only ``DataError`` leaves a reader, and none takes long. A bounded look.

``make fuzz`` looks for longer, led by coverage.
"""

import importlib.util
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

FUZZ = Path(__file__).parents[2] / "fuzz"
MADE = runpy.run_path(str(FUZZ / "targets.py"))
TARGETS = MADE["TARGETS"]
SEEDS = {name: [s for s in MADE["seeds"](name) if len(s) < 20_000] for name in TARGETS}
PIECES = st.sampled_from(
    [b'"', b'""', b",", b";", b"\t", b"\n", b"\r", b"\0", b"#", b"\xff", b"\xef\xbb\xbf", b"$$$$\n",
     b"M  END\n", b"Mean,", b"nM", b"smiles,", b"<td>", b"</table>", b"{", b"]", b" " * 300,
     b"9" * 400, b">", "µM".encode(), b"=", b"|", b"\n\n\n", b"\\ud800", b"1e999", b"null"]
)  # fmt: skip


@st.composite
def damaged(draw, name):
    """A seed of a target, with pieces cut out, put in, doubled or overwritten."""
    content = draw(st.sampled_from(SEEDS[name]))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content)))
        to = min(len(content), at + draw(st.integers(0, 40)))
        piece = draw(st.one_of(PIECES, st.binary(max_size=4), st.just(content[at:to] * 2)))
        content = content[:at] + piece + content[to:]
    return content


@pytest.mark.parametrize("name", TARGETS)
def test_only_a_refusal_leaves_a_reader_whatever_the_bytes(name):
    is_slow = name in {"xlsx", "parquet", "zip", "instruments"}

    @settings(max_examples=25 if is_slow else 60)
    @given(content=damaged(name))
    def run(content):
        begun = time.perf_counter()
        TARGETS[name](content)
        assert time.perf_counter() - begun < 10.0

    run()


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_a_short_run_led_by_coverage_finds_nothing():
    command = [sys.executable, str(FUZZ / "run.py"), "--target", "any", "--seconds", "5"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert told.returncode == 0 and " inputs" in told.stdout, told.stdout + told.stderr
