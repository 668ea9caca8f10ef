# SPDX-License-Identifier: Apache-2.0
"""What every lab promises, asked of each one on the shelf, and what is special to each."""

import csv
import io
import itertools

import numpy as np
import pytest
from attrs import evolve
from scipy.optimize import minimize

from loopwright.core.errors import DataError
from loopwright.core.ports import Lab
from loopwright.core.values import Candidate, Order
from loopwright.data.results import RESULT_COLUMNS, order_rows, to_csv
from loopwright.labs.reactor.reactor import LIGAND_ACTIVITY, true_yield_percent
from loopwright.registry import build, names

NAMES = names("labs")
RECIPES = [
    "temperature_C=80;time_h=2;equivalents=1.2;ligand=XPhos",
    "temperature_C=100;time_h=6;equivalents=1.5;ligand=SPhos",
    "temperature_C=60;time_h=12;equivalents=2;ligand=PPh3",
    "temperature_C=90;time_h=1;equivalents=1;ligand=XPhos",
]
CANDIDATES = tuple(Candidate(id=f"r{i}", text=t, name=f"R-{i}") for i, t in enumerate(RECIPES))
ORDER = Order(id="toy-001-000", candidates=CANDIDATES[:3], properties=("yield",), units=("%",))


def _table(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def _answers(order, values):
    rows = order_rows(order)
    return [{**r, "value": str(v), "status": "ok"} for r, v in zip(rows, values, strict=True)]


@pytest.fixture
def bench(tmp_path):
    """A folder lab, with its two folders."""
    given = {"orders": "out", "results": "in"}
    return build("labs", "folder", given, root=tmp_path), tmp_path / "out", tmp_path / "in"


@pytest.fixture
def held_back(tmp_path):
    """A file with answers to all recipes but the third, the first measured twice."""
    everything = evolve(ORDER, id="long-ago", candidates=(*CANDIDATES[:2], CANDIDATES[3]))
    rows = _answers(everything, [71.0, 52.0, 33.0])
    other = {**rows[0], "property": "purity", "value": "99"}
    path = tmp_path / "held_back.csv"
    path.write_bytes(to_csv([*rows, {**rows[0], "value": "73.0"}, other]))
    return path


@pytest.fixture(params=NAMES)
def lab(request, tmp_path, held_back):
    """Each lab, at a point where it can answer ``ORDER``."""
    given = {"file": str(held_back)} if request.param == "replay" else {}
    made = build("labs", request.param, given, root=tmp_path)
    if request.param == "folder":
        made.submit(ORDER)
        (tmp_path / "results" / "a.csv").write_bytes(to_csv(_answers(ORDER, [1.0, 2.0, 3.0])))
    return made


def _everything_below(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# ---- asked of every lab
def test_a_lab_fits_its_socket_and_says_whether_it_spends(lab):
    assert isinstance(lab, Lab)
    assert isinstance(lab.is_costly, bool)


def test_handing_an_order_over_again_changes_nothing(lab, tmp_path):
    lab.submit(ORDER)
    files, answer = _everything_below(tmp_path), lab.collect(ORDER)
    for _ in range(3):
        lab.submit(ORDER)
    assert _everything_below(tmp_path) == files
    assert lab.collect(ORDER) == answer


def test_the_same_file_comes_with_the_same_bytes_at_each_call(lab):
    lab.submit(ORDER)
    first = lab.collect(ORDER)
    assert first and lab.collect(ORDER) == first


def test_asking_a_lab_changes_nothing_on_disk(lab, tmp_path):
    lab.submit(ORDER)
    files = _everything_below(tmp_path)
    lab.collect(ORDER)
    assert _everything_below(tmp_path) == files


def test_results_speak_of_ordered_candidates_and_properties_only(lab):
    lab.submit(ORDER)
    rows = [row for file in lab.collect(ORDER) for row in _table(file.content)]
    assert {row["candidate_id"] for row in rows} == {c.id for c in ORDER.candidates}
    assert {row["property"] for row in rows} == {"yield"}
    assert {row["order_id"] for row in rows} == {ORDER.id}
    assert all(row.keys() == set(RESULT_COLUMNS) for row in rows)


# ---- the folder
def test_a_bench_has_no_result_before_people_put_one_there(bench):
    lab, _, results = bench
    assert lab.collect(ORDER) == ()
    lab.submit(ORDER)
    assert lab.collect(ORDER) == ()
    (results / "plate 1.csv").write_bytes(b"x")
    assert [(f.name, f.content) for f in lab.collect(ORDER)] == [("plate 1.csv", b"x")]


@pytest.mark.parametrize(
    "name",
    [
        "a.csv.part",
        "a.csv.tmp",
        "a.csv.crdownload",
        ".a.csv.swp",
        ".DS_Store",
        "~$a.xlsx",
        "a.CSV.TMP",
    ],
)
def test_a_file_that_somebody_is_still_writing_is_left_alone(bench, name):
    lab, _, results = bench
    lab.submit(ORDER)
    (results / name).write_bytes(b"half")
    (results / "whole.csv").write_bytes(b"whole")
    assert [f.name for f in lab.collect(ORDER)] == ["whole.csv"]


def test_a_folder_among_the_results_is_no_result(bench):
    lab, _, results = bench
    lab.submit(ORDER)
    (results / "old").mkdir()
    assert lab.collect(ORDER) == ()


def test_result_files_come_by_name_whatever_the_order_they_were_written_in(bench):
    lab, _, results = bench
    lab.submit(ORDER)
    for name in ("c.csv", "a.csv", "b.csv"):
        (results / name).write_bytes(name.encode())
    assert [f.name for f in lab.collect(ORDER)] == ["a.csv", "b.csv", "c.csv"]


def test_an_order_file_lists_every_candidate_with_each_property_its_unit_and_blank_results(bench):
    lab, orders, _ = bench
    two = evolve(ORDER, properties=("yield", "purity"), units=("%", "%"))
    lab.submit(two)
    rows = _table((orders / f"{ORDER.id}.csv").read_bytes())
    expected = list(itertools.product(ORDER.candidates, two.properties))
    assert [(r["candidate_id"], r["structure"], r["name"], r["property"]) for r in rows] == [
        (c.id, c.text, c.name, p) for c, p in expected
    ]
    assert all(r["value"] == r["relation"] == r["status"] == "" for r in rows)
    assert {r["unit"] for r in rows} == {"%"}


def test_an_order_file_appears_whole_and_alone(bench):
    lab, orders, _ = bench
    lab.submit(ORDER)
    assert [p.name for p in orders.iterdir()] == [f"{ORDER.id}.csv"]


def test_a_draft_left_by_a_crash_does_not_keep_an_order_from_going_out(bench):
    lab, orders, _ = bench
    orders.mkdir()
    (orders / f"{ORDER.id}.csv.tmp").write_bytes(b"order_id,cand")
    lab.submit(ORDER)
    assert len(_table((orders / f"{ORDER.id}.csv").read_bytes())) == 3


def test_an_order_file_in_which_people_wrote_is_not_written_over(bench):
    lab, orders, _ = bench
    lab.submit(ORDER)
    (orders / f"{ORDER.id}.csv").write_bytes(b"notes of the bench")
    lab.submit(ORDER)
    assert (orders / f"{ORDER.id}.csv").read_bytes() == b"notes of the bench"


# ---- the replay
def test_a_replay_answers_with_every_replicate_of_the_property_that_was_ordered(held_back):
    lab = build("labs", "replay", {"file": str(held_back)})
    rows = _table(lab.collect(ORDER)[0].content)
    assert [(r["candidate_id"], r["value"]) for r in rows[:3]] == [
        ("r0", "71.0"),
        ("r0", "73.0"),
        ("r1", "52.0"),
    ]


def test_a_candidate_that_a_replay_does_not_know_comes_back_as_failed(held_back):
    lab = build("labs", "replay", {"file": str(held_back)})
    told = {r["candidate_id"]: r for r in _table(lab.collect(ORDER)[0].content)}
    assert told["r2"]["status"] == "failed" and told["r2"]["value"] == ""
    assert told["r1"]["status"] == "ok"


@pytest.mark.parametrize(
    "content",
    [None, b"name,value\na,1\n", b"candidate_id,value\nr0,1\n", b"\xff\xfe\x00\x00candidate_id"],
    ids=["no file", "no candidate_id", "no property", "no text"],
)
def test_a_replay_without_a_usable_file_is_refused_at_the_first_order(held_back, content):
    assert build("labs", "replay", {"file": str(held_back)}).collect(ORDER)
    if content is None:
        held_back.unlink()
    else:
        held_back.write_bytes(content)
    with pytest.raises(DataError, match="held_back"):
        build("labs", "replay", {"file": str(held_back)}).collect(ORDER)


def test_columns_that_no_result_file_has_do_not_stop_a_replay(held_back):
    plain = build("labs", "replay", {"file": str(held_back)}).collect(ORDER)
    lines = held_back.read_text().splitlines()
    held_back.write_text(
        "\n".join(f"{line},{'extra' if i == 0 else i}" for i, line in enumerate(lines))
    )
    assert build("labs", "replay", {"file": str(held_back)}).collect(ORDER) == plain


# ---- the reactor
def test_the_reactor_without_noise_tells_the_true_yield():
    rows = _table(build("labs", "reactor", {}).collect(ORDER)[0].content)
    truth = [
        true_yield_percent(80, 2, 1.2, "XPhos"),
        true_yield_percent(100, 6, 1.5, "SPhos"),
        true_yield_percent(60, 12, 2.0, "PPh3"),
    ]
    assert [float(r["value"]) for r in rows] == pytest.approx(truth, abs=1e-4)
    assert all(r["unit"] == "%" for r in rows)


def test_the_noise_of_the_reactor_is_the_same_again_and_another_for_another_order():
    def values(order_id, noise=5.0):
        lab = build("labs", "reactor", {"noise_percent": noise})
        content = lab.collect(evolve(ORDER, id=order_id))[0].content
        return [float(r["value"]) for r in _table(content)]

    assert values("one") == values("one")
    assert values("one") != values("two")
    assert values("one", 0.0) == values("two", 0.0)


def test_the_noise_of_the_reactor_has_the_stated_size_and_no_bias():
    lab = build("labs", "reactor", {"noise_percent": 2.0})
    truth = true_yield_percent(80, 2, 1.2, "XPhos")
    single = evolve(ORDER, candidates=CANDIDATES[:1])
    seen = [
        float(_table(lab.collect(evolve(single, id=f"o{i}"))[0].content)[0]["value"]) - truth
        for i in range(800)
    ]
    assert np.std(seen) == pytest.approx(2.0, rel=0.1)
    assert np.mean(seen) == pytest.approx(0.0, abs=0.25)


def test_a_yield_lies_between_nothing_and_everything_whatever_the_noise():
    lab = build("labs", "reactor", {"noise_percent": 300.0})
    for i in range(30):
        rows = _table(lab.collect(evolve(ORDER, id=f"o{i}"))[0].content)
        assert all(0.0 <= float(r["value"]) <= 100.0 for r in rows)


def test_the_best_yield_of_the_reactor_is_the_same_by_grid_and_by_descent():
    grid = itertools.product(
        np.linspace(40, 120, 33), np.linspace(0.5, 24, 48), np.linspace(1, 3, 9)
    )
    points = {p: true_yield_percent(*p, "XPhos") for p in grid}
    start = max(points, key=points.get)
    found = minimize(
        lambda p: -true_yield_percent(*p, "XPhos"),
        start,
        bounds=[(40, 120), (0.5, 24), (1, 3)],
        method="L-BFGS-B",
    )
    assert -found.fun == pytest.approx(points[start], abs=0.5)
    assert -found.fun >= points[start] - 1e-9
    assert 60.0 < -found.fun < 100.0


def test_a_more_active_ligand_has_the_better_best_yield():
    times = np.geomspace(0.1, 100, 200)
    best = {x: max(true_yield_percent(80, t, 1.2, x) for t in times) for x in LIGAND_ACTIVITY}
    assert sorted(best, key=best.get) == sorted(LIGAND_ACTIVITY, key=LIGAND_ACTIVITY.get)


@pytest.mark.parametrize(
    "text",
    [
        "CCO",
        "temperature_C=80",
        RECIPES[0].replace("XPhos", "NoPhos"),
        RECIPES[0].replace("80", "hot"),
    ],
)
def test_a_recipe_that_the_reactor_cannot_run_is_refused(text):
    lab = build("labs", "reactor", {})
    assert lab.collect(ORDER)
    with pytest.raises(DataError, match="odd"):
        lab.collect(evolve(ORDER, candidates=(Candidate(id="odd", text=text),)))
