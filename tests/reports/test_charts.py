# SPDX-License-Identifier: Apache-2.0
"""The charts: each has a title, its data beside it, and tells limits from values."""

import csv
import io
import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.reports import charts, trust
from loopwright.reports.drawing import spread_out, table
from loopwright.reports.front import front
from loopwright.reports.front_view import Front
from loopwright.reports.views import (
    Calibration,
    Curve,
    Distances,
    Parity,
    Score,
    ScoreRow,
    Spread,
    Trace,
)

LOOP = Curve(
    label="loop", measured=(8, 16, 24), mean=(0.2, 0.5, 0.9), low=(0.1, 0.4, 0.8), high=(0.3,) * 3
)
RANDOM = Curve(label="random", measured=(8, 24), mean=(0.1, 0.2), is_baseline=True)
TRACE = Trace(title="Found", y_title="Share", curves=(LOOP, RANDOM), is_share=True, note="20 seeds")
PARITY = Parity(
    property="IC50",
    unit="nM",
    measured=(1.0, 2.0, 3.0, 4.0, 4.0),
    predicted=(1.1, 2.2, 2.7, 3.9, 3.5),
    low=(0.5,) * 5,
    high=(4.5,) * 5,
    bound=(-1, 0, 0, 1, 1),
    split_name="scaffold",
    scores=(Score(name="MAE", value=0.41, low=0.36, high=0.47),),
    baselines=(ScoreRow(label="mean", scores=(Score(name="MAE", value=0.8),), is_baseline=True),),
)
CALIBRATION = Calibration(
    property="IC50",
    nominal=(0.5, 0.9),
    observed=(0.4, 0.88),
    n=190,
    coverage_90=0.88,
    split_name="time",
)
DISTANCES = Distances(
    property="IC50",
    unit="nM",
    similarity=tuple(k / 40 for k in range(40)),
    error=tuple(1 - k / 50 for k in range(40)),
    edge=0.3,
    split_name="cluster",
)
SPREAD = Spread(property="IC50", unit="nM", measured=(1.0, 2.0), predicted=(1.5, 1.6, 1.7))
ALL = {
    "trace": (charts.trace, TRACE, 5),
    "parity": (charts.parity, PARITY, 5),
    "calibration": (trust.calibration, CALIBRATION, 2),
    "distances": (trust.distances, DISTANCES, 40),
    "spread": (trust.spread, SPREAD, 5),
}
every_chart = pytest.mark.parametrize(("draw", "view", "n_points"), ALL.values(), ids=ALL.keys())


def marks(svg, name):
    """Count the marks of the layers called ``name``."""
    root = ET.fromstring(svg)
    return sum(
        len(group)
        for group in root.iter()
        if re.search(rf"\b{name}_\d+_marks", group.get("class", ""))
    )


@every_chart
def test_every_chart_has_a_title_and_speaks_to_screen_readers(draw, view, n_points):
    picture = draw(view)
    root = ET.fromstring(picture.svg)
    assert root[0].text == picture.title
    assert root.get("role") == "img"
    assert root.get("aria-label").startswith(picture.title)
    assert picture.caption


@every_chart
def test_the_data_of_every_chart_has_one_row_per_point(draw, view, n_points):
    header, *rows = csv.reader(io.StringIO(draw(view).csv))
    assert len(rows) == n_points
    assert {len(r) for r in rows} == {len(header)}


@every_chart
def test_equal_values_give_equal_drawings(draw, view, n_points):
    assert draw(view) == draw(view)


@every_chart
def test_a_drawing_has_no_ids_and_no_addresses_so_that_many_fit_on_one_page(draw, view, n_points):
    svg = draw(view).svg
    assert ' id="' not in svg
    assert not re.search(r'(href|src)="|url\(', svg)


@pytest.mark.parametrize("name", ["parity", "distances", "spread"])
def test_the_unit_stands_in_the_axis_title(name):
    draw, view, _ = ALL[name]
    assert "IC50 (nM)" in draw(view).svg


@pytest.mark.parametrize("name", ["parity", "calibration", "distances"])
def test_a_caption_states_the_number_of_rows_and_the_split(name):
    draw, view, _ = ALL[name]
    assert re.search(rf"n = \d+, split by {view.split_name}\.", draw(view).caption)


def test_censored_points_are_drawn_as_arrows_and_counted():
    picture = charts.parity(PARITY)
    assert marks(picture.svg, "limit_below") == 1
    assert marks(picture.svg, "limit_above") == 2
    assert marks(picture.svg, "value") == 2
    assert marks(picture.svg, "interval") == 5
    assert "Arrows: 3 limits" in picture.caption


def test_without_censored_points_there_are_no_arrows():
    plain = Parity(property="p", measured=(1.0,), predicted=(1.0,), bound=(0,), split_name="time")
    picture = charts.parity(plain)
    assert marks(picture.svg, "limit_below") + marks(picture.svg, "limit_above") == 0
    assert "Arrows" not in picture.caption


def test_a_score_never_stands_without_its_interval_and_its_baseline():
    assert "MAE 0.41 [0.36, 0.47] (mean 0.80)" in charts.parity(PARITY).caption


def test_the_loop_is_drawn_stronger_than_its_baselines_and_each_is_named_at_its_end():
    svg = charts.trace(TRACE).svg
    widths = {
        m[0]: float(m[1]) for m in re.findall(r'stroke="(#\w+)" stroke-width="([\d.]+)"', svg)
    }
    assert widths["#0b5cad"] > widths["#6b7684"]
    assert "loop  90" in svg
    assert "random  20" in svg


def test_few_rows_get_no_mean_line_over_distance():
    few = Distances(property="p", similarity=(0.1, 0.2), error=(1.0, 2.0), split_name="time")
    assert marks(trust.distances(few).svg, "mean") == 0
    assert marks(trust.distances(DISTANCES).svg, "mean") > 0


def test_a_lone_point_can_be_drawn():
    lone = Curve(label="loop", measured=(8,), mean=(7.0,))
    assert "loop" in charts.trace(Trace(title="t", y_title="y", curves=(lone,))).svg


def test_text_that_a_spreadsheet_would_run_is_defused_and_numbers_are_not():
    assert table(("a", "b"), [("=1+1", -2.5)]) == "a,b\n'=1+1,-2.5\n"


def test_columns_of_different_length_are_refused():
    with pytest.raises(DataError, match="different lengths"):
        Curve(label="loop", measured=(8, 16), mean=(7.0,))


def test_a_value_that_cannot_be_drawn_is_refused():
    with pytest.raises(DataError, match="not finite"):
        Spread(property="p", measured=(float("nan"),), predicted=())


@given(st.lists(st.floats(-100, 100), max_size=12))
def test_labels_are_moved_apart_and_keep_their_order(heights):
    placed = spread_out(heights, gap=2.0)
    order = sorted(range(len(heights)), key=lambda i: (heights[i], i))
    moved = [placed[i] for i in order]
    assert all(b - a >= 2.0 - 1e-6 for a, b in itertools.pairwise(moved))


def test_labels_that_are_clear_of_each_other_stay_where_they_are():
    assert spread_out([3.0, 9.0, 6.0], gap=2.0) == [3.0, 9.0, 6.0]


def test_a_front_shows_every_point_and_joins_those_that_nobody_beats():
    view = Front(
        x_title="pIC50",
        y_title="logD",
        names=("a", "=b", "c"),
        measured=((6.0, 2.0), (5.0, 1.0), (5.0, 3.0)),
        is_on_front=(True, True, False),
        proposed=((6.5, 1.5),),
    )
    drawn = front(view)
    assert drawn.csv.splitlines()[0] == "name,pIC50,logD,on the front"
    assert drawn.csv.splitlines()[2].startswith("'=b,5")
    assert "3 measured; 2 of them" in drawn.caption and "Diamonds" in drawn.caption
    assert drawn.svg.count("<path") > 4
    assert "Diamonds" not in front(evolve(view, proposed=())).caption


def test_an_axis_of_few_cycles_names_each_once():
    curve = Curve(label="loop less people", measured=(1, 2, 3), mean=(0.4, 0.2, 0.3))
    drawn = charts.trace(Trace(title="Lead", y_title="", x_title="Cycle", curves=(curve,))).svg
    root = ET.fromstring(drawn)
    texts = [e.text for e in root.iter() if e.tag.endswith("text") and e.text in {"1", "2", "3"}]
    assert sorted(texts) == ["1", "2", "3"]
