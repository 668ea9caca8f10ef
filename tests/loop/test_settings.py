# SPDX-License-Identifier: Apache-2.0
"""Tables whose columns are settings become a space of recipes."""

import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile, RawTable
from loopwright.loop.series import read_series
from loopwright.loop.settings import recipes_of
from loopwright.spec.goal import Goal


def table(text):
    head, *rows = [tuple(line.split(",")) for line in text.strip().splitlines()]
    return RawTable(columns=head, rows=tuple(enumerate(rows, 2)))


def parameters(*texts, settings):
    return recipes_of([table(t) for t in texts], settings).options["parameters"]


def test_numbers_span_a_range_and_words_make_levels():
    found = parameters("T,acid\n20,TFA\n80,AcOH\n,TFA\n5e1,", settings=["T", "acid"])
    assert found == [
        {"name": "T", "low": 20.0, "high": 80.0},
        {"name": "acid", "kind": "categorical", "levels": ["AcOH", "TFA"]},
    ]


def test_levels_that_are_all_structures_are_substances_and_one_name_among_them_ends_that():
    (solvent,) = parameters("s\nCO\nCC#N\n[K+].[OH-]", settings=["s"])
    assert solvent["kind"] == "substance"
    (mixed,) = parameters("s\nCO\nCC#N\nDMAc", settings=["s"])
    assert mixed["kind"] == "categorical"


def test_two_tables_span_one_space():
    found = parameters("T,s\n20,CO\n30,CO", "s,T\nCC#N,90\nCO,10", settings=["T", "s"])
    assert (found[0]["low"], found[0]["high"]) == (10.0, 90.0)
    assert found[1]["levels"] == ["CC#N", "CO"]


def test_a_word_in_a_column_of_numbers_does_not_make_the_numbers_levels():
    (found,) = parameters("T\n20\n30\n40\nhot\ninf", settings=["T"])
    assert found == {"name": "T", "low": 20.0, "high": 40.0}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (["T", "pressure"], "There is no column 'pressure'"),
        (["T", "base"], "'base' has 1 different value"),
        (["T", "empty"], "'empty' has 0 different values"),
        (["T", "pH"], "'pH' has 1 different value"),
    ],
    ids=["no such column", "one level", "no level", "one number"],
)
def test_settings_of_which_nothing_can_be_learned_are_refused(settings, why):
    rows = "T,base,empty,pH\n20,KOAc,,7\n30,KOAc,,7.0"
    assert parameters(rows, settings=["T"])
    with pytest.raises(DataError, match=why) as refused:
        parameters(rows, settings=settings)
    assert refused.value.where == "--settings" and refused.value.remedy


def test_rows_that_state_a_setting_badly_are_put_aside_with_their_reason():
    rows = [f"{20 + i % 7},{'CO' if i % 2 else 'CC#N'},{i}" for i in range(14)]
    bad = [",CO,50", "30,,51", "hot,CO,52"]
    text = "\n".join(["T,solvent,yield", *rows, *bad, ""])
    file = RawFile(name="runs.csv", content=text.encode())
    series = read_series(file, (Goal(property="yield"),), settings=("T", "solvent"))
    assert len(series.ids) == 14 and series.n_rows == 17
    assert [(q.row, q.reason) for q in series.quarantine] == [
        (16, "T is blank"),
        (17, "solvent is blank"),
        (18, "T is 'hot', which is no number"),
    ]


def test_the_same_settings_twice_are_two_measurements_of_one_recipe():
    rows = [f"{20 + i},CO,{i}" for i in range(12)] + ["20.0,CO,4", "25,CC#N,1"]
    file = RawFile(name="runs.csv", content="\n".join(["T,s,yield", *rows, ""]).encode())
    series = read_series(file, (Goal(property="yield"),), settings=("T", "s"))
    assert len(series.ids) == 13
    assert series.values[0, 0] == pytest.approx(2.0)
