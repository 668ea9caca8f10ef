# SPDX-License-Identifier: Apache-2.0
"""One model in the place of another: decided by evidence, written down, never half done."""

import json
import math
import shutil
from pathlib import Path

import pytest

from loopwright.api import promoting
from loopwright.api.how import How
from loopwright.api.matter import matter
from loopwright.api.promoting import decisions, promote
from loopwright.api.property_folder import open_folder
from loopwright.api.property_models import train
from loopwright.api.workspace import Workspace, create_workspace
from loopwright.core.errors import (
    DataError,
    MismatchError,
    NotReadyError,
    SpecError,
    VerificationError,
)

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
CORES = (
    "{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1", "{}c1csc({})c1", "{}C1CCN({})C1",
    "{}c1cnc({})nc1", "{}c1coc({})c1",
)  # fmt: skip
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS[:3] for b in ENDS[3:])
TOML = """
name = "small"
modality = "molecules"
goals = [{ property = "logD" }]
"""


def made(folder, name, *, model, column="logD"):
    """Train one kind of model on the library."""
    worth = {
        s: 5 + s.count("Cl") + 2 * s.count("Br") + len(s) / 20 + 0.5 * math.sin(7.3 * i)
        for i, s in enumerate(LIBRARY)
    }
    file = folder / f"{name}.csv"
    file.write_text("\n".join([f"smiles,{column}", *(f"{s},{v}" for s, v in worth.items())]) + "\n")
    out = folder / name
    train(file, [column], out=out, how=How(is_quick=True, model=model))
    return out


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Models of one table: a poor one, a good one, one of no use, one of something else."""
    folder = tmp_path_factory.mktemp("shelf")
    made(folder, "poor", model="mean")
    made(folder, "good", model="linear")
    made(folder, "useless", model="neighbour")
    made(folder, "other", model="mean", column="logP")
    return folder


@pytest.fixture
def place(tmp_path, shelf):
    """A copy of the models that a test may spoil."""
    shutil.copytree(shelf, tmp_path / "models")
    return tmp_path / "models"


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_a_better_model_takes_the_place_and_the_old_one_is_kept(place):
    good, poor = contents(place / "good"), contents(place / "poor")
    found = promote(place / "good", over=place / "poor")
    assert found.is_promoted and found.kept == "poor.previous-1"
    assert contents(place / "poor") == good == contents(place / "good")
    assert contents(place / found.kept) == poor
    assert open_folder(place / "poor", matter()).digest == found.new_digest
    assert open_folder(place / found.kept, matter()).digest == found.old_digest


def test_the_decision_and_its_evidence_are_written_down(place):
    found = promote(place / "good", over=place / "poor", margin=0.05)
    (line,) = (place / "poor.promotions.jsonl").read_text().splitlines()
    told = json.loads(line)
    assert told["is_promoted"] is True and told["margin"] == 0.05 and told["at"]
    (one,) = told["weighed"]
    assert one["n_both"] == len(LIBRARY) == one["n_rows"]
    change = one["difference"]["change"]
    assert change["low"] <= change["value"] <= change["high"] < 0
    assert one["difference"]["new"] < one["difference"]["old"]
    assert decisions(place / "poor") == (found,)


def test_an_equal_model_is_refused_and_nothing_is_moved(place):
    shutil.copytree(place / "good", place / "twin")
    before = contents(place / "good")
    found = promote(place / "twin", over=place / "good")
    assert not found.is_promoted and found.kept == "" and "must be smaller" in found.reason
    assert contents(place / "good") == before
    assert not list(place.glob("good.previous*")) and not list(place.glob("*.part"))
    again = promote(place / "twin", over=place / "good")
    assert (found.n_before, again.n_before) == (0, 1)
    assert decisions(place / "good") == (found, again)


def test_a_model_that_does_not_beat_its_baselines_is_refused_whatever_it_is_better_than(place):
    before = contents(place / "poor")
    found = promote(place / "useless", over=place / "poor")
    (one,) = found.weighed
    assert one.is_better and not one.is_useful
    assert not found.is_promoted and "does not beat both baselines" in found.reason
    assert contents(place / "poor") == before and decisions(place / "poor") == (found,)


def test_a_property_that_the_new_model_does_not_predict_is_refused(place):
    with pytest.raises(MismatchError, match="does not predict 'logD'"):
        promote(place / "other", over=place / "poor")
    assert decisions(place / "poor") == ()


@pytest.mark.parametrize("margin", [-0.1, 1.0, float("nan")])
def test_a_margin_that_is_none_is_refused(place, margin):
    with pytest.raises(SpecError, match="no margin"):
        promote(place / "good", over=place / "poor", margin=margin)


def test_a_model_over_itself_or_over_nothing_is_refused(place):
    with pytest.raises(SpecError, match="apart"):
        promote(place / "good", over=place / "good")
    with pytest.raises(DataError, match="There is no model"):
        promote(place / "good", over=place / "nowhere")
    with pytest.raises(DataError, match="no such folder"):
        promote(place / "good", over=place / "no" / "where")


def test_a_catalogue_that_keeps_no_structures_is_not_replaced(place):
    card = json.loads((place / "poor" / "card.json").read_text())
    (place / "poor" / "card.json").write_text(json.dumps({**card, "rows_are_drawn": False}))
    with pytest.raises(DataError, match="does not hold the structures"):
        promote(place / "good", over=place / "poor")


def test_a_model_that_changes_while_it_is_weighed_is_not_promoted(place, monkeypatch):
    def changed(over, new):
        card = json.loads((new / "card.json").read_text())
        (new / "card.json").write_text(json.dumps({**card, "seed": 9}))
        return lay_beside(over, new)

    lay_beside, before = promoting.lay_beside, contents(place / "poor")
    monkeypatch.setattr(promoting, "lay_beside", changed)
    with pytest.raises(VerificationError, match="was changed"):
        promote(place / "good", over=place / "poor")
    assert contents(place / "poor") == before and decisions(place / "poor") == ()


@pytest.mark.parametrize("n_renames", range(4))
def test_killed_before_any_rename_no_model_is_lost_and_the_same_command_ends_it(
    place, monkeypatch, n_renames
):
    class Killed(BaseException):
        """What nobody catches, as a kill."""

    good, poor = contents(place / "good"), contents(place / "poor")
    rename, done = Path.rename, []

    def once(self, target):
        if len(done) == n_renames:
            raise Killed
        done.append(self)
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", once)
        try:
            promote(place / "good", over=place / "poor")
        except Killed:
            assert n_renames < 3
    lying = [contents(p) for p in place.iterdir() if p.is_dir()]
    assert poor in lying
    if n_renames == 2:
        with pytest.raises(NotReadyError, match="cut short"):
            open_folder(place / "poor", matter())
    else:
        assert contents(place / "poor") == (poor if n_renames < 2 else good)
    promote(place / "good", over=place / "poor")
    assert contents(place / "poor") == good
    assert contents(place / "poor.previous-1") == poor
    left = {p.name for p in place.iterdir()} - {".poor.lock"}
    assert not [n for n in left if n.endswith((".part", ".promoted"))]


def test_after_a_kill_between_the_renames_the_decision_stands_once(place):
    first = promote(place / "good", over=place / "poor")
    (place / "poor").rename(place / "poor.promoted")
    assert promote(place / "good", over=place / "poor") == first
    assert decisions(place / "poor") == (first,)


def test_damaged_decisions_are_told_and_not_written_over(place):
    file = place / "poor.promotions.jsonl"
    file.write_text('{"new": 1\n')
    with pytest.raises(DataError, match="cannot be read"):
        promote(place / "good", over=place / "poor")
    assert file.read_text() == '{"new": 1\n'


def test_in_a_workspace_each_decision_is_a_fact_with_its_evidence(place, tmp_path):
    workspace = Workspace(root=tmp_path / "mine")
    create_workspace(workspace, name="small", toml=TOML)
    shutil.copytree(place / "good", place / "twin")
    refused = promote(place / "twin", over=place / "good", workspace=workspace)
    found = promote(place / "good", over=place / "poor", workspace=workspace)
    facts = [f for f in workspace.ledger() if f.kind == "model.weighed"]
    assert [f.body["is_promoted"] for f in facts] == [False, True]
    for fact, decision in zip(facts, (refused, found), strict=True):
        assert fact.reason == decision.reason
        kept = json.loads(workspace.store().get(fact.body["evidence_sha256"]))
        assert kept["weighed"][0]["difference"] and kept["old_digest"] == decision.old_digest
    assert workspace.ledger().verify(workspace.store()).ok


def test_without_its_fact_nothing_is_moved(place, tmp_path):
    before = contents(place / "poor")
    with pytest.raises(NotReadyError, match="no workspace"):
        promote(place / "good", over=place / "poor", workspace=Workspace(root=tmp_path))
    assert contents(place / "poor") == before and decisions(place / "poor") == ()
