# SPDX-License-Identifier: Apache-2.0
"""Goals as people write them."""

import pytest

from loopwright.api.goals import as_goals, read_goal
from loopwright.core.errors import SpecError
from loopwright.spec.goal import Goal


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("A:max", Goal(property="A")),
        ("A:min", Goal(property="A", direction="minimize")),
        ("pIC50:max>6.5", Goal(property="pIC50", threshold=6.5)),
        ("pIC50 : max >= 6.5", Goal(property="pIC50", threshold=6.5)),
        ("Kd (nM):min<1e-3", Goal(property="Kd (nM)", direction="minimize", threshold=1e-3)),
        ("a:b:min<-2", Goal(property="a:b", direction="minimize", threshold=-2.0)),
        ("logD:match=7.4", Goal(property="logD", match=7.4)),
        ("logD:match=-1+-0.5", Goal(property="logD", match=-1.0, threshold=0.5)),
        ("A:max*2", Goal(property="A", weight=2.0)),
        ("A : min < 3 * 0.5", Goal(property="A", direction="minimize", threshold=3, weight=0.5)),
        ("A:match=2+-1*3", Goal(property="A", match=2.0, threshold=1.0, weight=3.0)),
        ("logD:<3", Goal(property="logD", direction="minimize", threshold=3.0, limit=True)),
        ("a:b : >= -4", Goal(property="a:b", threshold=-4.0, limit=True)),
        ("logD:2+-0.5", Goal(property="logD", match=2.0, threshold=0.5, limit=True)),
    ],
)
def test_a_goal_is_read_as_it_is_written(text, goal):
    assert read_goal(text) == goal


@pytest.mark.parametrize(
    "text",
    ["A", "", ":max", "A:", "A:up", "A:max<6", "A:min>6", "A:max>", "A:max>six", "A:match",
     "A:match=2+-", "A:match=2+--1", "A:max>1>2", "A:max>nan", "A:max>inf",
     "A:<", "A:=3", "A:<3>2", "A:2", "A:2+--1", "A:>six",
     "A:max*", "A:max*0", "A:max*-1", "A:max*two", "A:<3*2"],
)  # fmt: skip
def test_what_is_no_goal_is_refused_with_a_remedy(text):
    with pytest.raises(SpecError) as told:
        read_goal(text)
    assert "max>6.5" in str(told.value.remedy)


def test_goals_are_given_as_texts_or_as_goals_and_never_two_of_one_property():
    assert as_goals(["A:max", Goal(property="B")]) == (Goal(property="A"), Goal(property="B"))
    with pytest.raises(SpecError, match="More than one goal for A"):
        as_goals(("A:max", "A:min"))
    with pytest.raises(SpecError, match="More than one goal for A"):
        as_goals((Goal(property="A"), "A:min"))


def test_limits_stand_behind_what_is_wanted_and_something_is_wanted():
    limit, most = read_goal("B:<3"), read_goal("A:max")
    assert as_goals(["B:<3", "A:max"]) == (most, limit)
    with pytest.raises(SpecError, match="nothing is wanted within them"):
        as_goals(["B:<3", "A:>1"])
