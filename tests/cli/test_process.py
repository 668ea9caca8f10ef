# SPDX-License-Identifier: Apache-2.0
"""What only a process of its own can show: imports, exit codes, nothing of Python on stderr."""

import os
import subprocess
import sys

import pytest

HEAVY = "rdkit, sklearn, lightgbm, scipy, pandas, torch, pyarrow, sqlalchemy, altair, cryptography"


def python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize(
    "does",
    [
        pytest.param("import loopwright", id="the package"),
        pytest.param("import loopwright.cli.main", id="the command line"),
    ],
)
def test_an_import_brings_in_no_heavy_library(does):
    told = python("-c", f"{does}; import sys; print(*sorted(sys.modules))")
    assert told.returncode == 0
    found = set(told.stdout.split())
    assert not found & set(HEAVY.split(", "))
    assert "loopwright" in found


@pytest.mark.parametrize("command", ["--help", "--version", "propose --help"])
def test_help_brings_in_no_heavy_library(command):
    arguments = command.split()
    told = python("-X", "importtime", "-m", "loopwright.cli.main", *arguments)
    assert told.returncode == 0
    found = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in told.stderr.splitlines()}
    assert "typer" in found and not found & set(HEAVY.split(", "))


def test_an_error_is_a_message_a_place_and_a_remedy_and_no_traceback(tmp_path):
    told = python("-m", "loopwright.cli.main", "status", "-w", str(tmp_path))
    assert told.returncode == 1 and told.stdout == ""
    assert "Traceback" not in told.stderr
    lines = told.stderr.splitlines()
    assert lines[0].startswith("loopwright: This is no workspace")
    assert lines[1].strip() == f"where:  {tmp_path}" and "remedy:" in lines[2]


def test_what_the_machine_refuses_is_a_message_and_no_traceback(tmp_path):
    command = f"ulimit -f 0; {sys.executable} -m loopwright.cli.main explain spec > page.txt"
    told = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert told.returncode == 1
    assert told.stderr.startswith("loopwright: The machine refuses to read or write: File too")
    assert "remedy:" in told.stderr and "Traceback" not in told.stderr


def test_a_reader_that_leaves_early_is_no_error():
    command = f"{sys.executable} -m loopwright.cli.main explain spec | head -n 1"
    told = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert told.stderr == "" and told.stdout
