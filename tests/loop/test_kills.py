# SPDX-License-Identifier: Apache-2.0
"""Whatever is killed at whatever time ends where an unbroken campaign ends."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock

from loopwright.api import verbs
from loopwright.api.workspace import Workspace
from loopwright.core.errors import BusyError

KILLED = Path(__file__).with_name("killed.py")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Runs an experiment of killed.py; each only once."""
    known = {}

    def run(**how):
        key = json.dumps(how)
        if key not in known:
            folder = tmp_path_factory.mktemp("killed")
            command = [sys.executable, str(KILLED), str(folder), key]
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, env=os.environ | ONE_THREAD
            )
            assert done.returncode == 0, done.stderr
            known[key] = json.loads(done.stdout)
        return known[key]

    return run


AT_EVERY_BOUNDARY = {"lab": "reactor", "how": "every boundary"}
WITH_PEOPLE = {"lab": "folder", "how": "middle turn"}
AT_RANDOM_TIMES = {"lab": "reactor", "how": "random times", "n_kills": 200}
SET_RIGHT = {"lab": "folder", "how": "people set right"}
TWO_AT_ONCE = {"lab": "reactor", "how": "together"}

EXPERIMENTS = pytest.mark.parametrize(
    "how",
    [
        pytest.param(AT_EVERY_BOUNDARY, id="killed at every boundary"),
        pytest.param(WITH_PEOPLE, id="killed after every fact and hand-over, people at the bench"),
        pytest.param(AT_RANDOM_TIMES, id="killed at 200 random times"),
        pytest.param(TWO_AT_ONCE, id="run by two processes at once"),
    ],
)


@pytest.mark.slow
def test_boundaries_are_every_artefact_every_side_of_every_fact_and_every_hand_over(experiment):
    told = experiment(**AT_EVERY_BOUNDARY)
    kinds = {kind for kind, _ in told["unbroken"]["facts"]}
    assert kinds == {
        "campaign.configured",
        "batch.proposed",
        "batch.ordered",
        "file.ingested",
        "model.trained",
    }
    wanted = {f"{side} {kind}" for side in ("before", "after") for kind in kinds}
    assert wanted | {"after artefact", "after hand-over"} == set(told["events"])
    assert len(told["killed"]) == len(told["events"]) > 25


@pytest.mark.slow
def test_two_hundred_kills_at_random_times_are_two_hundred(experiment):
    killed = experiment(**AT_RANDOM_TIMES)["killed"]
    n_kills = [int(k["at"].split()[0]) for k in killed]
    assert sum(n_kills) == 200
    assert len(n_kills) > 3, "no campaign ever came to its end between kills"


@pytest.mark.slow
def test_whoever_is_killed_while_setting_a_file_right_ends_where_nobody_was_killed(experiment):
    told = experiment(**SET_RIGHT)
    kinds = {kind for kind, _ in told["unbroken"]["facts"]}
    assert {"file.ingested", "measurement.judged", "measurement.corrected"} <= kinds
    assert len(told["killed"]) == 1 + 2 * len(told["unbroken"]["facts"]) > 20
    assert len(told["unbroken"]["measurements"]) == 7, "six rows, one of them corrected"
    for killed in told["killed"]:
        for what in ("state", "facts", "measurements", "values"):
            assert killed[what] == told["unbroken"][what], killed["at"]
        assert killed["ok"]


@pytest.mark.slow
@EXPERIMENTS
def test_a_killed_campaign_ends_in_the_state_of_an_unbroken_one(experiment, how):
    told = experiment(**how)
    assert told["killed"]
    for killed in told["killed"]:
        assert killed["state"] == told["unbroken"]["state"], killed["at"]


@pytest.mark.slow
@EXPERIMENTS
def test_a_killed_campaign_writes_the_same_facts_once(experiment, how):
    told = experiment(**how)
    for killed in told["killed"]:
        assert killed["facts"] == told["unbroken"]["facts"], killed["at"]


@pytest.mark.slow
@EXPERIMENTS
def test_no_measurement_is_lost_or_doubled_by_a_kill(experiment, how):
    told = experiment(**how)
    whole = told["unbroken"]
    assert len(whole["measurements"]) >= 9
    for killed in told["killed"]:
        assert max(Counter(killed["measurements"]).values()) == 1, killed["at"]
        assert killed["measurements"] == whole["measurements"], killed["at"]
        assert killed["values"] == whole["values"], killed["at"]


@pytest.mark.slow
@EXPERIMENTS
def test_no_order_is_handed_over_twice_with_different_content(experiment, how):
    told = experiment(**how)
    for killed in (told["unbroken"], *told["killed"]):
        ids = [order for order, _ in killed["orders"]]
        assert len(set(ids)) == len(ids) == 2
        assert killed["orders"] == told["unbroken"]["orders"]
        files = [line.split()[0] for line in killed["handed_over"]]
        assert len(set(files)) == len(files) == (2 if how["lab"] == "folder" else 0)
        assert killed["handed_over"] == told["unbroken"]["handed_over"]


@pytest.mark.slow
@EXPERIMENTS
def test_the_record_of_a_killed_campaign_verifies(experiment, how):
    assert all(killed["ok"] for killed in experiment(**how)["killed"])


@pytest.mark.slow
def test_who_finds_the_workspace_held_for_too_long_is_told_so(recipes):
    place = recipes()
    with FileLock(place.root / ".lock"), pytest.raises(BusyError) as told:
        verbs.run_campaign(place)
    assert str(place.root) in told.value.where and "Wait" in told.value.remedy
    verbs.run_campaign(place)
    assert verbs.status(place).n_measured > 0


def test_who_only_looks_waits_for_nobody(recipes):
    place = recipes()
    with FileLock(place.root / ".lock"):
        assert verbs.status(Workspace(root=place.root)).n_measured == 0
