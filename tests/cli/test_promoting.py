# SPDX-License-Identifier: Apache-2.0
"""`promote` on the command line: exit codes, one object, a fact where one is wanted."""

import pytest
from attrs import fields

from loopwright.api.how import How
from loopwright.api.promoting import Promotion
from loopwright.api.property_models import train
from loopwright.api.workspace import Workspace


@pytest.fixture
def models(data, tmp_path):
    """Two equal models."""
    for name in ("old", "new"):
        how = How(is_quick=True, model="neighbour", split="random")
        train(data, ["pIC50"], out=tmp_path / name, how=how)
    return tmp_path


def test_what_is_not_better_is_told_with_its_reason_and_ends_with_4(call, models, folder):
    told = call("promote", models / "new", "--over", models / "old", "-w", folder, "--by", "Ada")
    assert told.code == 4
    assert "48 rows of the old model = 48 that both learned + 0 new to the new one" in told.text
    assert "does not beat both baselines" in told.text and "NOT promoted" in told.text
    (fact,) = [f for f in Workspace(root=folder).ledger() if f.kind == "model.weighed"]
    assert fact.actor == "Ada" and fact.body["is_promoted"] is False
    assert call("verify", "-w", folder).code == 0
    assert call("status", "-w", folder).code == 0


def test_promote_tells_one_object(call, models):
    told = call("promote", models / "new", "--over", models / "old", "--json")
    assert told.code == 4 and set(told.json) == {f.name for f in fields(Promotion)}


@pytest.mark.parametrize(
    ("arguments", "code"), [(("--margin", "2"), 2), ((), 1)], ids=["no margin", "no model"]
)
def test_what_cannot_be_weighed_is_an_error(call, tmp_path, arguments, code):
    told = call("promote", tmp_path / "a", "--over", tmp_path / "b", *arguments)
    assert told.code == code and "promoted" not in told.out
