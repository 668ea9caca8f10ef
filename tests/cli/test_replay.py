# SPDX-License-Identifier: Apache-2.0
"""The question that every new user asks first: what would the loop have saved?"""

import gzip
from itertools import product

import numpy as np
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
        keys = {"measured", "screened", "spent", "mean", "low", "high", "hits", "best"}
        assert all(p.keys() == keys for p in strategy["curve"])
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


def test_a_replay_says_which_column_it_took_where_none_is_named_so(call, tmp_path, series):
    asked = ("--property", "pIC50", *PLAN, "--strategies", "random")
    path, page = tmp_path / "past.csv", tmp_path / "page.html"

    def told(header, *more):
        path.write_text("\n".join([header, *series.splitlines()[1:]]) + "\n")
        return call("replay", path, *asked, *more)

    assert told("smiles,name,pIC50", "--json").json["stand_ins"] == {}
    lines = told("smiles,name,affinity", "--report", page).out
    assert "pIC50: no column is named so; read from 'affinity'" in lines
    assert "read from 'affinity'" in page.read_text().replace("\u00a0", " ").replace("&#39;", "'")
    assert told(",label,pIC50", "--json").json["stand_ins"] == {"structure": "column 1"}
    named = told(",label,pIC50", "--structure", "column 1", "--json")
    assert named.json["stand_ins"] == {}


def test_a_first_column_without_a_name_that_counts_rows_takes_no_part(call, tmp_path, series):
    header, *rows = series.splitlines()
    counted = [f",{header}", *(f"{i},{row}" for i, row in enumerate(rows))]

    def told(lines):
        path = tmp_path / "past.csv"
        path.write_text("\n".join(lines) + "\n")
        asked = ("--property", "pIC50", *PLAN, "--strategies", "random", "--json")
        found = call("replay", path, *asked)
        return {k: [p["mean"] for p in s["curve"]] for k, s in found.json["strategies"].items()}

    assert told(counted) == told([header, *rows])


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


def test_strategies_share_the_start_of_a_seed_and_diverse_spreads_its_own(call, data):
    asked = ("--strategies", "random,greedy,diverse", "--cost", "price", "--json")
    header, *rows = data.read_text().splitlines()
    data.write_text("\n".join([f"{header},price", *(f"{r},{1 + i}" for i, r in enumerate(rows))]))
    found = call("replay", data, "--property", "pIC50", *PLAN, *asked).json["strategies"]
    spent = {name: s["curve"][0]["spent"] for name, s in found.items()}
    assert spent["random"] == spent["greedy"] != spent["diverse"]


def test_a_replay_writes_a_page_with_its_curves(call, data, tmp_path):
    page = tmp_path / "pages" / "replay.html"
    asked = ("--strategies", "random,diverse", "--report", page)
    assert call("replay", data, "--property", "pIC50", *PLAN, *asked).code == 0
    text = page.read_text()
    assert "Replay of data.csv" in text and "diverse" in text and "random" in text
    assert " yet." not in text and "<h2>Models</h2>" not in text


# ---- proteins
PARENT = "MQYKLILNGK"
LETTERS = "ADFGKLSW"


@pytest.fixture(scope="module")
def variants():
    """All 512 variants at three sites of a parent: (mutations, sequence, fitness)."""
    rng, rows = np.random.default_rng(3), []
    alone, pairs = rng.normal(0, 1, (3, 8)), rng.normal(0, 0.7, (3, 8, 8))
    for a, b, c in product(range(8), repeat=3):
        worth = alone[0, a] + alone[1, b] + alone[2, c]
        worth += pairs[0, a, b] + pairs[1, b, c] + pairs[2, a, c]
        residues = list(PARENT)
        for place, letter in zip((2, 4, 7), (a, b, c), strict=True):
            residues[place] = LETTERS[letter]
        mutations = ":".join(
            f"{old}{i}{new}"
            for i, (old, new) in enumerate(zip(PARENT, residues, strict=True), 1)
            if old != new
        )
        rows.append((mutations or "WT", "".join(residues), f"{np.exp(worth):.4f}"))
    return rows


BUYS_VARIANTS = ("--property", "Fitness", "--start", 24, "--batch", 24, "--cycles", 3)
ASKED = (*BUYS_VARIANTS, "--seeds", 2, "--workers", 1, "--json")


def test_the_loop_finds_more_of_the_best_variants_than_chance_does(call, tmp_path, variants):
    path = tmp_path / "library.csv"
    path.write_text("\n".join(["variant,Fitness", *(f"{v[1]},{v[2]}" for v in variants), ""]))
    told = call("replay", path, "--modality", "proteins", "--sequence", "variant", *ASKED)
    assert told.code == 0 and told.json["n_pool"] == 512
    loop, chance = (told.json["strategies"][name] for name in ("loop", "random"))
    assert loop["found"]["mean"] > 1.5 * chance["found"]["mean"]
    assert loop["best"]["mean"] >= chance["best"]["mean"]
    best = [p["best"] for p in loop["curve"]]
    assert best == sorted(best) and best[-1] == loop["best"]["mean"] <= told.json["optimum"]
    assert loop["regret"] == pytest.approx(told.json["optimum"] - best[-1], abs=1e-5)


def test_mutations_of_a_parent_replay_as_their_sequences_do(call, tmp_path, variants):
    found = []
    for column, parent in ((0, ("--parent", PARENT)), (1, ())):
        path = tmp_path / f"{column}.csv"
        path.write_text(
            "\n".join(["mutant,Fitness", *(f"{v[column]},{v[2]}" for v in variants), ""])
        )
        few = ("--strategies", "loop,random", "--seeds", 1, "--cycles", 1)
        found.append(call("replay", path, "--sequence", "mutant", *parent, *ASKED, *few).json)
    curves = [[[p["mean"] for p in s["curve"]] for s in f["strategies"].values()] for f in found]
    assert curves[0] == curves[1]


def test_impossible_mutants_are_told_and_the_others_replayed(call, tmp_path, variants):
    path = tmp_path / "library.csv"
    bad = ["A1C,1.0", "M1Z,1.0", "M99C,1.0", "MQXK,1.0"]
    rows = [f"{v[0]},{v[2]}" for v in variants]
    path.write_text("\n".join(["mutant,Fitness", *rows[:100], *bad, *rows[100:], ""]))
    few = ("--strategies", "random", "--seeds", 1)
    told = call("replay", path, "--sequence", "mutant", "--parent", PARENT, *ASKED, *few)
    assert told.code == 3 and told.json["n_pool"] == 512
    reasons = [q["reason"] for q in told.json["quarantine"]]
    assert [q["row"] for q in told.json["quarantine"]] == [102, 103, 104, 105]
    assert "the parent has M at 1, not A" in reasons[0]
    assert "no amino acid" in reasons[1] and "outside the parent" in reasons[2]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--modality", "protein"), "No 'protein' among the modalities"),
        (("--parent", "MQYK"), "A parent sequence belongs to proteins"),
        (("--modality", "proteins", "--parent", "MXK"), "'X' (any residue)"),
        (("--sequence", "mutant"), "no parent to count it from"),
        (("--sequence", "mutant"), "on plain files give --parent"),
        (("--sequence", "sequenz"), "There is no column 'sequenz'"),
    ],
)
def test_a_replay_of_proteins_that_cannot_be_says_why(call, tmp_path, variants, options, why):
    path = tmp_path / "library.csv"
    path.write_text("\n".join(["mutant,Fitness", *(f"{v[0]},{v[2]}" for v in variants[8:]), ""]))
    told = call("replay", path, "--property", "Fitness", *options)
    assert told.code != 0
    assert why in told.err


def test_a_variant_whose_letters_spell_mean_is_a_variant(call, tmp_path):
    path = tmp_path / "library.csv"
    names = ["MEAN", *(f"{a}{b}AA" for a in LETTERS for b in LETTERS)]
    path.write_text("\n".join(["Variants,Fitness", *(f"{n},{i}" for i, n in enumerate(names)), ""]))
    few = ("--strategies", "random", "--seeds", 1, "--workers", 1, "--cycles", 1, "--json")
    told = call("replay", path, "--modality", "proteins", "--property", "Fitness", *few)
    assert (told.code, told.json["n_pool"]) == (0, 65)
    path.write_text(path.read_text() + "Mean,32\n")
    assert call("replay", path, "--modality", "proteins", "--property", "Fitness", *few).code == 3
