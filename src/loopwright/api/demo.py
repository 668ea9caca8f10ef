# SPDX-License-Identifier: Apache-2.0
"""The demo: a real campaign, replayed over many seeds, and kept once as a workspace."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from loopwright.api.pages import write_report
from loopwright.api.replay_answers import ReplayAnswer
from loopwright.api.replay_page import headline, traces
from loopwright.api.replays import Question, Watch, demo_file, replay_file
from loopwright.api.verbs import ingest, run_campaign
from loopwright.api.workspace import Workspace, create_workspace
from loopwright.core.values import RawFile
from loopwright.loop.series import read_series
from loopwright.spec.goal import Goal

__all__ = ["demo"]

START = 24

_TOML = """\
# The demo campaign: 1,017 sodium-channel inhibitors, their values hidden in held_back.csv.

name = "sodium_channel"
seed = {seed}
batch_size = 24
modality = "molecules"
generator = "pool"
models = "auto"
proposer = "knowledge"
lab = {{ name = "replay", options.file = "held_back.csv" }}

[[goals]]
property = "pIC50"
direction = "maximize"
threshold = 8.0

[start]
design = "random"
size = 24

[stop]
cycles = 7
"""


def demo(
    folder: Path,
    *,
    seeds: int = 10,
    seed: int = 0,
    n_workers: int = 1,
    watch: Watch = lambda *_: None,
) -> ReplayAnswer:
    """Replay the sodium-channel series, and write report and workspace into a folder.

    Args:
        folder: Is emptied of an earlier demo first.
        seeds: How many repetitions.
        seed: The first of them; the campaign that is kept has it too.
        n_workers: Processes.
        watch: Told of each replay as it ends.

    Returns:
        What the replay showed; ``folder/report.html`` shows it with pictures.
    """
    file = demo_file()
    question = Question(goals=("pIC50:max",), start=START, seeds=seeds, seed=seed)
    answer = replay_file(file, question, n_workers=n_workers, watch=watch)
    workspace = Workspace(root=folder / "campaign")
    if (workspace.root / "held_back.csv").exists():
        shutil.rmtree(workspace.root)
    folder.mkdir(parents=True, exist_ok=True)
    create_workspace(workspace, name="sodium_channel", toml=_TOML.format(seed=seed))
    held_back = read_series(file, (Goal(property="pIC50"),)).held_back
    (workspace.root / "held_back.csv").write_bytes(held_back)
    library = folder / "library.csv"
    library.write_bytes(_without_values(file))
    ingest(workspace, library)
    run_campaign(workspace)
    write_report(
        workspace, folder / "report.html", headline=headline(answer), traces=traces(answer)
    )
    return answer


def _without_values(file: RawFile) -> bytes:
    """Return structures and names only: what a chemist has before anything is measured."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in csv.reader(io.StringIO(file.content.decode())):
        writer.writerow(row[:2])
    return text.getvalue().encode()
