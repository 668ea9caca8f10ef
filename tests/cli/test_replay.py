# SPDX-License-Identifier: Apache-2.0
"""The question that every new user asks first: what would the loop have saved?"""

import gzip

import pytest

BUYS = ("--start", "6", "--batch", "6", "--cycles", "2", "--top", "5")
PLAN = (*BUYS, "--seeds", "2", "--workers", "1")


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_a_replay_prints_one_object_with_pool_top_and_every_curve(call, tmp_path, series, ending):
    path = tmp_path / f"past{ending}"
    path.write_bytes(gzip.compress(series.encode()) if ending.endswith("gz") else series.encode())
    told = call(
        *("replay", path, "--property", "pIC50", *PLAN, "--strategies", "greedy,random", "--json")
    )
    assert told.code == 0
    found = told.json
    assert (found["n_pool"], found["n_measured"], found["top"]) == (48, 18, 5)
    assert not found["quarantined"]
    assert list(found["strategies"]) == ["greedy", "random"]
    for strategy in found["strategies"].values():
        assert strategy["found"].keys() == {"mean", "low", "high"}
        assert [p["measured"] for p in strategy["curve"]] == [6, 12, 18]
        assert all(p.keys() == {"measured", "mean", "low", "high"} for p in strategy["curve"])
        shares = [p["mean"] for p in strategy["curve"]]
        assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1
        assert strategy["curve"][-1]["mean"] == strategy["found"]["mean"]
        assert strategy["seconds_per_cycle"] > 0 and strategy["peak_mb"] > 0
    starts = [s["curve"][0]["mean"] for s in found["strategies"].values()]
    assert starts[0] == starts[1], "all strategies share their start"


def test_a_replay_with_the_same_seed_finds_the_same_and_with_another_does_not(call, data):
    def curve(seed):
        asked = ("--strategies", "random", "--seed", seed, "--json")
        found = call("replay", data, "--property", "pIC50", *PLAN, "--top", 24, *asked).json
        return [p["mean"] for p in found["strategies"]["random"]["curve"]]

    assert curve(3) == curve(3)
    assert curve(3) != curve(11)


def test_the_last_line_of_a_replay_says_it_all(call, data):
    told = call("replay", data, "--property", "pIC50", *PLAN, "--strategies", "random")
    last = told.out.splitlines()[-1]
    assert last.startswith("top 5 found with 18 of 48 measured: random 0.")


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (("--strategies", "random,astrology"), "Unknown strategies: astrology"),
        (("--strategies", ","), "Unknown strategies: none given"),
        (("--property", "pKd"), "There is no column 'pKd'"),
        (("--structure", "mol"), "There is no column 'mol'"),
        (("--start", "40"), "do not fit 48 candidates"),
        (("--top", "500"), "do not fit 48 candidates"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, tuple) else None,
)
def test_a_replay_that_cannot_be_is_refused_with_its_remedy(call, data, more, what):
    told = call("replay", data, "--property", "pIC50", *PLAN, *more, "--json")
    assert told.code == 1 and what in told.json["error"]["what"]
    assert told.json["error"]["remedy"] and told.json["error"]["where"]


@pytest.mark.parametrize("option", ["--cycles", "--seeds", "--top"])
def test_a_plan_that_is_out_of_range_is_a_misspelt_command(call, data, option):
    assert call("replay", data, "--property", "pIC50", *PLAN, option, "-1").code == 2


def test_rows_that_a_replay_does_not_use_are_named_and_it_ends_with_three(call, tmp_path, series):
    path = tmp_path / "past.csv"
    path.write_text(series + "not a molecule,odd,6.0\nCCO,none,NaN\n")
    told = call("replay", path, "--property", "pIC50", *PLAN, "--strategies", "random", "--json")
    assert told.code == 3 and told.json["n_pool"] == 48
    assert told.json["quarantined"] == 2 == len(told.json["quarantine"])


def test_a_series_of_a_few_rows_is_refused(call, tmp_path, series):
    path = tmp_path / "past.csv"
    path.write_text("\n".join(series.splitlines()[:9]) + "\n")
    told = call("replay", path, "--property", "pIC50", *PLAN, "--json")
    assert told.code == 1 and "8 candidates have a value" in told.json["error"]["what"]


def test_a_replay_writes_a_page_with_its_curves(call, data, tmp_path):
    page = tmp_path / "pages" / "replay.html"
    asked = ("--strategies", "random,diverse", "--report", page)
    assert call("replay", data, "--property", "pIC50", *PLAN, *asked).code == 0
    text = page.read_text()
    assert "Replay of data.csv" in text and "diverse" in text and "random" in text
