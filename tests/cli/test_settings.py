# SPDX-License-Identifier: Apache-2.0
"""Replay and propose on tables whose columns are the settings of a reaction."""

from itertools import product

import pytest

BASES = {"CC(=O)[O-].[K+]": 40, "CC(C)(C)C(=O)[O-].[Cs+]": 25, "[OH-].[Na+]": 5, "CCN(CC)CC": 9}
SOLVENTS = {"CC(=O)N(C)C": 30, "CCCC#N": 22, "Cc1ccccc1": 12, "CO": 3}
SETTINGS = ("--settings", "base,solvent,T_C")
ASKED = ("--property", "yield", "--start", 6, "--batch", 4, "--cycles", 3, "--top", 3)
FEW = ("--seeds", 2, "--workers", 1, "--json")


@pytest.fixture
def runs(tmp_path):
    """All 64 reactions of four bases, four solvents and four temperatures."""
    path = tmp_path / "runs.csv"
    lines = [
        f"{b},{s},{t},{BASES[b] + SOLVENTS[s] - (t - 108) ** 2 / 20:.1f}"
        for b, s, t in product(BASES, SOLVENTS, (90, 100, 110, 120))
    ]
    path.write_text("\n".join(["base,solvent,T_C,yield", *lines, ""]))
    return path


def test_the_loop_finds_better_settings_than_chance_does(call, runs):
    told = call("replay", runs, *SETTINGS, *ASKED, "--strategies", "loop,random", *FEW)
    assert (told.code, told.json["n_pool"], told.json["n_measured"]) == (0, 64, 18)
    loop, chance = (told.json["strategies"][name] for name in ("loop", "random"))
    assert loop["best"]["mean"] > chance["best"]["mean"]
    assert loop["found"]["mean"] > chance["found"]["mean"]


def test_settings_mean_recipes_with_or_without_saying_so(call, runs):
    asked = ("replay", runs, *SETTINGS, *ASKED, "--strategies", "random", *FEW)
    one, two = call(*asked).json, call(*asked, "--modality", "recipes").json
    for found in (one, two):
        for strategy in found["strategies"].values():
            strategy["seconds_per_cycle"] = strategy["peak_mb"] = 0
    assert one == two


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--settings", "base,pressure"), "There is no column 'pressure'"),
        (("--settings", "base", "--modality", "proteins"), "Settings belong to recipes"),
        (("--modality", "recipes"), "Recipes need settings"),
    ],
    ids=["no such column", "settings of proteins", "no settings"],
)
def test_settings_that_cannot_be_are_refused(call, runs, more, why):
    told = call("replay", runs, *ASKED, *more, "--json")
    assert told.code == 1 and why in told.json["error"]["what"]
    assert told.json["error"]["where"] == "--settings" and told.json["error"]["remedy"]


def test_a_run_with_a_blank_setting_is_told_and_the_others_replayed(call, runs):
    runs.write_text(runs.read_text() + "CCN(CC)CC,,90,50\n")
    told = call("replay", runs, *SETTINGS, *ASKED, "--strategies", "random", *FEW)
    assert (told.code, told.json["n_pool"]) == (3, 64)
    assert [(q["row"], q["reason"]) for q in told.json["quarantine"]] == [(66, "solvent is blank")]


def test_the_next_runs_are_chosen_from_what_is_not_measured(call, runs, tmp_path):
    head, *rows = runs.read_text().splitlines()
    measured, pool = tmp_path / "measured.csv", tmp_path / "pool.csv"
    measured.write_text("\n".join([head, *rows[::3], ""]))
    offered = [row.rpartition(",")[0] for row in rows]
    pool.write_text("\n".join([head.rpartition(",")[0], *offered, "CO,CO,hot", ",CO,90", ""]))
    told = call(
        *("propose", "--pool", pool, "--measured", measured, "--property", "yield"),
        *(*SETTINGS, "--batch", 4, "--json"),
    )
    assert told.code == 3
    found = told.json
    assert found["modality"] == "recipes" and found["pool"]["n_used"] == 64 - len(rows[::3])
    reasons = {q["row"]: q["reason"] for q in found["pool"]["left_out"]}
    assert reasons[66] == "T_C is 'hot', which is no number"
    assert reasons[67] == "base is blank"
    for pick in found["picks"]:
        base, solvent, temperature = offered[pick["row"] - 2].split(",")
        assert pick["text"] == f"base={base};solvent={solvent};T_C={temperature}"


def test_a_level_that_only_the_pool_has_can_be_chosen(call, runs, tmp_path):
    head, *rows = runs.read_text().splitlines()
    measured, pool = tmp_path / "measured.csv", tmp_path / "pool.csv"
    measured.write_text("\n".join([head, *(r for r in rows if ",CO," not in r), ""]))
    pool.write_text("\n".join([head, *(r for r in rows if ",CO," in r), ""]))
    told = call(
        *("propose", "--pool", pool, "--measured", measured, "--property", "yield"),
        *(*SETTINGS, "--batch", 3, "--json"),
    )
    assert told.code == 0 and len(told.json["picks"]) == 3


def test_the_table_of_picks_shows_all_their_settings(call, runs, tmp_path):
    header, *rows = runs.read_text().splitlines()
    measured, pool = tmp_path / "measured.csv", tmp_path / "pool.csv"
    measured.write_text("\n".join([header, *rows[::3], ""]))
    pool.write_text("\n".join([header, *rows, ""]))
    order = ("propose", "--pool", pool, "--measured", measured, "--property", "yield")
    more = (*SETTINGS, "--batch", 3)
    picks = call(*order, *more, "--json").json["picks"]
    text = call(*order, *more).out
    assert all(part in text for p in picks for part in p["text"].split(";"))
