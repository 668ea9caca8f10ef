# SPDX-License-Identifier: Apache-2.0
"""The next batch from two plain files, without a workspace."""

import csv
import json
import re

import pytest
from attrs import evolve

from loopwright.api.replays import demo_file
from loopwright.loop.expected import Gain


@pytest.fixture
def files(tmp_path):
    """A pool of 128 molecules, of which 80 are measured."""
    header, *rows = demo_file().content.decode().splitlines()
    some = rows[::8]
    measured, pool = tmp_path / "measured.csv", tmp_path / "pool.csv"
    measured.write_text("\n".join([header, *(r for i, r in enumerate(some) if i % 8 < 5), ""]))
    pool.write_text("\n".join(["smiles,name", *(r.rpartition(",")[0] for r in some), ""]))
    return pool, measured


def asked(pool, measured, *more):
    return ("propose", "--pool", pool, "--measured", measured, "--property", "pIC50", *more)


def rows_add_up(rows):
    assert rows["n_used"] + rows["n_left_out"] == rows["n_rows"]
    assert len(rows["left_out"]) == rows["n_left_out"] == sum(rows["why"].values())
    assert all(q["row"] and q["reason"] and q["remedy"] for q in rows["left_out"])


def test_picks_come_from_the_pool_with_prediction_doubt_and_reason(call, files):
    pool, measured = files
    told = call(*asked(pool, measured, "--batch", 4, "--json"))
    assert told.code == 0
    found = told.json
    assert found["pool"]["n_rows"] == 128 and found["pool"]["n_used"] == 48
    assert found["pool"]["why"] == {"it is measured already": 80}
    assert found["n_known"] == found["measured"]["n_used"] == 80
    rows_add_up(found["pool"])
    rows_add_up(found["measured"])
    lines = pool.read_text().splitlines()
    assert [p["rank"] for p in found["picks"]] == [1, 2, 3, 4]
    assert len({p["id"] for p in found["picks"]}) == 4
    for pick in found["picks"]:
        assert lines[pick["row"] - 1].endswith(pick["name"])
        assert pick["name"] not in measured.read_text().replace(",", "\n").splitlines()
        assert pick["low"] < pick["mean"] < pick["high"] and pick["std"] > 0
        assert pick["reason"] and len(pick["neighbours"]) == 3


def test_one_file_may_be_both_what_is_measured_and_the_pool(call, files, tmp_path):
    pool, measured = files
    values = dict(line.split(",")[::2] for line in measured.read_text().splitlines()[1:])
    header, *rows = pool.read_text().splitlines()
    lines = [f"{header},pIC50", *(f"{r},{values.get(r.split(',')[0], '')}" for r in rows), ""]
    both, again = tmp_path / "both.csv", tmp_path / "again.csv"
    both.write_text("\n".join(lines))
    again.write_text("\n".join(["remark," + lines[0], *(f",{r}" for r in lines[1:-1]), ""]))
    found, others = (call(*asked(one, both, "--batch", 4, "--json")).json for one in (both, again))
    assert [p["id"] for p in found["picks"]] == [p["id"] for p in others["picks"]]
    assert found["n_known"] == 80 and all(p["mean"] is not None for p in found["picks"])


@pytest.mark.parametrize(("sign", "direction"), [(">", "maximize"), ("<", "minimize")])
def test_what_is_known_to_be_beyond_the_best_value_is_the_best(call, files, sign, direction):
    pool, measured = files
    told = asked(pool, measured, "--direction", direction, "--batch", 3, "--json")
    before = call(*told).json
    header, *rows = measured.read_text().splitlines()
    limit = 14 if sign == ">" else 1
    rows[1] = rows[1].rpartition(",")[0] + f",{sign}{limit}"
    measured.write_text("\n".join([header, *rows, ""]))
    found = call(*told).json
    assert all("at least" in p["reason"] for p in found["picks"])
    assert all(f"below {sign}{limit}, the best measured" in p["reason"] for p in found["picks"])
    assert found["gain"]["limit"] == f"{sign}{limit}" and not before["gain"]["limit"]
    assert found["gain"]["mean"] < before["gain"]["mean"]
    words = call(*told[:-1]).text
    assert f"expected gain over the best (measured {sign}{limit}): 0 (90 %: 0 to 0)" in words


def test_options_of_a_workspace_and_of_plain_files_are_not_mixed_in_silence(call, files, tmp_path):
    beside = call(*asked(*files, "--lock", "mol-1", "--reason", "in stock"))
    assert beside.code == 2 and "--lock, --reason: goes with a workspace" in _one_line(beside.err)
    alone = call("propose", "-w", tmp_path, "--batch", 8, "--seed", 3, "--json")
    assert alone.code == 2 and "--batch, --seed: goes with --pool" in _one_line(alone.err)


def _one_line(text):
    return " ".join(text.split())


HOPELESS = "No pick has a chance of 1 % to reach every threshold"


def test_a_threshold_out_of_reach_is_told_of_files_and_in_a_campaign_alike(call, files, tmp_path):
    pool, measured = files
    folder = tmp_path / "far"
    assert call("init", folder, "--property", "pIC50", "--from", measured).code == 0
    for file in files:
        assert call("ingest", file, "-w", folder).code == 0
    path = folder / "campaigns" / "far.toml"
    plain = path.read_text()

    def said(bar):
        unit = 'unit = "1"\n'
        path.write_text(plain.replace(unit, f"{unit}threshold = {bar}\n"))
        batch = call("propose", "-w", folder, "--again")
        ask = ("propose", "--pool", pool, "--measured", measured, "--goal", f"pIC50:max>{bar}")
        told = call("propose", "-w", folder, "--json").json["warning"]
        return batch.text, told, call(*ask).text, call(*ask, "--json").json["warning"]

    near, far = said(6.0), said(60.0)
    assert near[1] == near[3] == "" and not any(HOPELESS in text for text in near)
    assert all(HOPELESS in text and "Loosen a threshold" in text for text in far)


def test_what_lifts_a_pick_and_what_would_change_it_stand_in_json_and_csv(call, files, tmp_path):
    told = call(*asked(*files, "--batch", 4, "--csv", tmp_path / "b.csv", "--json")).json
    rows = list(csv.DictReader((tmp_path / "b.csv").read_text().splitlines()))
    for pick, row in zip(told["picks"], rows, strict=True):
        assert float(row["by_value"]) == pick["shares"]["value"]
        assert float(row["by_diversity"]) == pick["shares"]["diversity"] <= 0.0
        assert float(row["drops_out_at"]) == pick["change"]["mean"] <= pick["mean"]
        assert row["successor"] == pick["change"]["successor"]["name"]
        assert row["successor"] not in {p["name"] for p in told["picks"]}


def test_a_value_that_looks_wrong_is_told_and_not_learned_from(call, files):
    pool, measured = files
    header, first, *rest = measured.read_text().splitlines()
    start, _, _ = first.rpartition(",")
    measured.write_text("\n".join([header, f"{start},6500", *rest, ""]))
    told = call(*asked(pool, measured, "--batch", 3, "--json"))
    assert told.code == 3
    (row,) = told.json["measured"]["left_out"]
    assert row["row"] == 2 and row["reason"].startswith("looks impossible")
    assert "--as-written" in row["remedy"]
    assert told.json["n_known"] == 79 and told.json["pool"]["n_used"] == 48
    rows_add_up(told.json["measured"])
    assert "(row 2)" in call(*asked(pool, measured, "--batch", 3)).text
    alone = ("propose", "--pool", pool, "--related", measured, "--property", "pIC50")
    kin = call(*alone, "--batch", 3)
    assert kin.code == 3
    assert "measured.csv: 79 of 80 rows learned from as related; 1 looks" in kin.text
    assert "(row 2)" in kin.text
    anyway = call(*asked(pool, measured, "--batch", 3, "--as-written", "--json"))
    assert anyway.code == 0 and anyway.json["n_known"] == 80


@pytest.mark.parametrize("comma", [True, False], ids=["a comma", "a point"])
def test_prices_and_conditions_are_read_with_a_decimal_comma_as_with_a_point(call, files, comma):
    pool, measured = files
    header, *rows = pool.read_text().splitlines()
    priced = [f"{r.replace(',', ';')};{10 + i % 7}.5" for i, r in enumerate(rows)]
    text = "\n".join([f"{header.replace(',', ';')};price", *priced, ""])
    pool.write_text(text.replace(".5\n", ",50\n") if comma else text)
    more = ("--batch", 3, "--cost", "price", "--budget", 100, "--where", "price<=14.5", "--json")
    told = call(*asked(pool, measured, *more))
    assert told.code == 0
    prices = [10 + (p["row"] - 2) % 7 + 0.5 for p in told.json["picks"]]
    assert told.json["cost"] == pytest.approx(sum(prices)) and max(prices) <= 14.5
    assert told.json["pool"]["why"]["not price <= 14.5"] > 20
    pool.write_text(text.replace(".5\n", " EUR,50\n"))
    refusal = call(*asked(pool, measured, "--cost", "price", "--budget", 9))
    assert "rows that were not used say: no cost: not a number above 0" in refusal.err


@pytest.fixture
def long_file(tmp_path, files):
    """The measured values as one row for each property, as a database exports them."""
    lines = files[1].read_text().splitlines()[1:]
    rows = [line.rsplit(",", 2) for line in lines]
    told = []
    for i, (text, name, value) in enumerate(rows):
        factor, unit = (1e9, "nM") if i % 4 else (1e6, "uM")
        told.append(f"{text},{name},IC50,{factor * 10 ** -float(value):.5g},{unit}")
        told.append(f"{text},{name},logD,{i % 5},")
    path = tmp_path / "long.csv"
    path.write_text("\n".join(["smiles,name,property,value,unit", *told, ""]))
    return path


def test_rows_that_name_their_property_are_asked_for_by_it(call, files, long_file):
    pool, measured = files
    wide = call(*asked(pool, measured, "--batch", 3, "--json")).json
    long = call(*asked(pool, long_file, "--batch", 3, "--json")).json
    assert [p["id"] for p in long["picks"]] == [p["id"] for p in wide["picks"]]
    assert long["measured"]["n_rows"] == 160 and long["n_known"] == 80
    rows_add_up(long["measured"])
    molar = call("propose", "--pool", pool, "--measured", long_file, "--goal", "IC50:min", "--json")
    assert molar.json["unit"] == "nM" and molar.json["n_known"] == 80
    told = call("propose", "--pool", pool, "--measured", long_file, "--property", "Ki")
    assert told.code == 1 and "No row names 'Ki'; the rows name IC50, logD" in told.err
    told = call("propose", "--pool", pool, "--measured", long_file, "--property", "value")
    assert told.code == 1 and "speak of 2 properties" in told.err


def test_a_replay_and_a_model_read_such_rows_too(call, long_file, tmp_path):
    asked = ("--property", "pIC50", "--json")
    told = call("replay", long_file, *asked, "--seeds", 1, "--cycles", 1, "--workers", 1)
    assert told.json["n_pool"] == 80
    both = ("--property", "pIC50,logD", "--quick", "--out", tmp_path / "m", "--json")
    made = call("train", long_file, *both).json["models"]
    assert [(m["property"], m["n_rows"], m["n_used"]) for m in made] == [
        ("pIC50", 160, 80), ("logD", 160, 80),
    ]  # fmt: skip
    told = call("train", long_file, "--property", "value", "--out", tmp_path / "n")
    assert told.code == 1 and "speak of 2 properties" in told.err


def test_the_same_files_and_seed_give_the_same_bytes(call, files):
    first, again = (call(*asked(*files, "--batch", 3, "--seed", 5, "--json")) for _ in range(2))
    assert first.out == again.out


def test_every_row_that_is_not_offered_says_why(call, files, tmp_path):
    pool, measured = files
    lines = pool.read_text().splitlines()
    pool.write_text("\n".join([*lines, lines[-1], "C1CC,broken", ",nothing", ""]))
    measured.write_text(measured.read_text() + "C(C)(C)(C)(C)C,bad,7.0\nCCCCCl,blank,\n")
    told = call(*asked(pool, measured, "--batch", 2, "--json"))
    assert told.code == 3
    found = told.json
    rows_add_up(found["pool"])
    rows_add_up(found["measured"])
    assert {q["row"] for q in found["pool"]["left_out"]} >= {130, 131, 132}
    assert "an earlier row is the same candidate" in found["pool"]["why"]
    assert [q["row"] for q in found["measured"]["left_out"]] == [82, 83]


def test_a_blank_value_is_told_and_is_no_fault(call, files):
    pool, measured = files
    measured.write_text(measured.read_text() + "CCCCCl,blank,\n")
    told = call(*asked(pool, measured, "--batch", 2, "--json"))
    assert told.code == 0
    assert told.json["measured"]["why"] == {"no value": 1}


def test_the_picks_can_be_written_as_a_table_that_holds_no_formula(call, files, tmp_path):
    pool, measured = files
    header, *rows = pool.read_text().splitlines()
    pool.write_text("\n".join([header, *(r.replace(",", ",=") for r in rows), ""]))
    out = tmp_path / "picks.csv"
    assert call(*asked(pool, measured, "--batch", 3, "--csv", out)).code == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 and all(float(r["mean"]) for r in rows)
    assert not any(r["name"].startswith("=") for r in rows)


def test_smaller_is_better_where_that_is_asked_for(call, files):
    def means(direction):
        more = ("--batch", 3, "--cycles-left", 0, "--direction", direction, "--json")
        return [p["mean"] for p in call(*asked(*files, *more)).json["picks"]]

    assert max(means("minimize")) < min(means("maximize"))


def test_more_than_there_is_gives_all_there_is(call, files):
    found = call(*asked(*files, "--batch", 500, "--json")).json
    assert len(found["picks"]) == found["pool"]["n_used"] == 48


def test_proteins_are_proposed_by_mutations_and_impossible_ones_are_told(call, tmp_path):
    letters, parent = "ADFGKLSW", "MQYKLILNGK"
    names = [f"Y3{a}:L5{b}" for a in letters for b in letters.replace("L", "")]
    measured, pool = tmp_path / "measured.csv", tmp_path / "pool.csv"
    values = [letters.index(n[2]) + 0.5 * letters.index(n[-1]) for n in names]
    rows = [f"{n},{v}" for n, v in zip(names, values, strict=True)]
    measured.write_text("\n".join(["mutant,Fitness", *rows[::2], "A3W,1.0", ""]))
    pool.write_text("\n".join(["mutant", *names, "Y3X", "Y99W", ""]))
    told = call(
        *("propose", "--pool", pool, "--measured", measured, "--property", "Fitness"),
        *("--modality", "proteins", "--parent", parent, "--batch", 3, "--json"),
    )
    assert told.code == 3
    found = told.json
    assert found["model"] == "sequence" and found["modality"] == "proteins"
    assert all(len(p["text"]) == len(parent) for p in found["picks"])
    assert found["picks"][0]["mean"] > sum(values) / len(values)
    rows_add_up(found["pool"])
    assert sorted(q["row"] for q in found["pool"]["left_out"])[-2:] == [58, 59]
    assert "has Y at 3, not A" in json.dumps(found["measured"]["left_out"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("--property", "logD"), "logD"),
        (("--structure", "nonsense"), "There is no column 'nonsense'"),
        (("--direction", "up"), "direction"),
        (("--batch", "0"), "batch"),
        (("--modality", "people"), "No 'people' among the modalities"),
        (("--measured", "nowhere.csv"), "cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_reason(call, files, change, why):
    pool, measured = files
    told = call(*asked(pool, measured, *change))
    assert told.code in (1, 2)
    assert why in told.err
    assert not told.out


def test_half_of_the_files_is_a_wrong_use(call, files):
    told = call("propose", "--pool", files[0])
    assert told.code == 2
    assert "--measured" in told.err


def test_a_pool_that_is_all_measured_and_measurements_without_values_are_refused(call, files):
    pool, measured = files
    told = call(*asked(measured, measured))
    assert told.code == 1 and "No row of the pool is left to measure" in told.text
    assert "80 of 80 that can be read are measured already" in told.text
    measured.write_text("smiles,name,pIC50\nCCO,a,\nCCN,b,x\n")
    told = call(*asked(pool, measured))
    assert told.code == 1 and "No candidate has a value" in told.err


def test_rows_outside_of_a_condition_are_told_and_never_picked(call, files):
    pool, measured = files
    header, *rows = pool.read_text().splitlines()
    sizes = [str(300 + 5 * i) for i in range(len(rows))]
    sizes[1::8], sizes[2::64] = [""] * len(sizes[1::8]), ["big"] * len(sizes[2::64])
    lines = [f"{r},{size}" for r, size in zip(rows, sizes, strict=True)]
    pool.write_text("\n".join([f"{header},mw", *lines, ""]))
    told = call(*asked(pool, measured, "--batch", 100, "--where", "mw < 500", "--json"))
    found = told.json
    rows_add_up(found["pool"])
    out = {q["row"]: q for q in found["pool"]["left_out"]}
    for row, size in enumerate(sizes, start=2):
        if size.isdigit() and int(size) < 500:
            assert row not in out or "measured" in out[row]["reason"]
        else:
            reason = "not mw < 500" if size.isdigit() else "no number" if size else "blank"
            assert out[row]["reason"].startswith(reason) and out[row]["value"] == size
    assert {p["row"] for p in found["picks"]} == set(range(2, 130)) - set(out)
    assert told.code == 3, "a cell that is no number is a fault"
    pool.write_text(pool.read_text().replace("big", "700"))
    assert call(*asked(pool, measured, "--batch", 2, "--where", "mw<500", "--json")).code == 0


@pytest.mark.parametrize(
    ("condition", "why"),
    [("mw<500", "no column 'mw'"), ("mw", "is no condition"), ("name=3", "is no condition"),
     ("<3", "is no condition"), ("name<0", "No row of the pool is left")],
)  # fmt: skip
def test_a_condition_that_cannot_be_asked_is_refused(call, files, condition, why):
    told = call(*asked(*files, "--where", condition))
    assert told.code in (1, 2) and why in told.err


def test_a_profile_is_chosen_for_by_weights_and_each_pick_says_how_likely_it_meets_it(
    call, files, tmp_path
):
    pool, measured = files
    header, *rows = measured.read_text().splitlines()
    sizes = [f"{r},{len(r.split(',')[0])}" for r in rows]
    measured.write_text("\n".join([f"{header},size", *sizes, ""]))
    goals = ("--goal", "pIC50:max>7.5*2", "--goal", "size:min<45")
    command = ("propose", "--pool", pool, "--measured", measured, *goals, "--batch", 3)
    told = call(*command, "--csv", tmp_path / "picks.csv", "--json").json
    assert all(0.0 <= p["meets"] <= 1.0 for p in told["picks"])
    assert all("desirability" in p["reason"] for p in told["picks"])
    with (tmp_path / "picks.csv").open(newline="") as file:
        shares = [float(row["meets"]) for row in csv.DictReader(file)]
    assert shares == [p["meets"] for p in told["picks"]]
    assert "meets all" in call(*command).out
    plain = call(*command[:-6], "--goal", "pIC50:max", "--goal", "size:min", "--batch", 3, "--json")
    assert all(p["meets"] is None for p in plain.json["picks"])


def test_a_batch_for_two_goals_says_what_it_gains_and_in_what(call, files, tmp_path):
    pool, measured = files
    header, *rows = measured.read_text().splitlines()
    counts = [f"{r},{r.split(',')[0].lower().count('c')}" for r in rows]
    measured.write_text("\n".join([f"{header},carbons", *counts, ""]))
    goals = ("--goal", "carbons:min", "--goal", "pIC50:max")
    command = ("propose", "--pool", pool, "--measured", measured, *goals, "--batch", 3)
    told = call(*command, "--csv", tmp_path / "picks.csv", "--json").json
    unit = "% of the known hypervolume"
    assert told["gain"]["unit"] == unit
    assert f"{unit} (90 %: " in call(*command).out
    with (tmp_path / "picks.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["by_unit"] for r in rows} == {unit}
    assert {r["drops_out_by"] for r in rows} <= {"carbons", "pIC50"}
    assert [float(r["by_value"]) for r in rows] == [p["shares"]["value"] for p in told["picks"]]


def test_a_gain_where_nothing_measured_is_good_enough_is_told_of_what_is_on_offer():
    """So much of all that could be had, in a sentence; the interval may end above 100."""
    unit = "% of what everything on offer is expected to bring"
    gain = Gain(mean=96.2, low=62.2, high=139.5, left=139.5, cost=3.0, unit=unit)
    assert gain.in_words("1") == (
        "no measured candidate is good enough in every goal yet; of what everything on offer is "
        "expected to bring, this batch brings 96 % (90 %: 62 to 140) for 3"
    )
    none = evolve(gain, mean=0.0, low=0.0, high=0.0, left=0.0)
    assert none.in_words("1") == (
        "no measured candidate is good enough in every goal yet, and with 95 % probability "
        "nothing on offer is, either"
    )
    known = evolve(gain, unit="% of the known hypervolume").in_words("1")
    assert known.startswith("expected gain over what is known: 96 % of the known hypervolume")


def test_thresholds_that_nobody_reaches_yet_are_told_beside_the_gain(call, files):
    pool, measured = files
    header, *rows = measured.read_text().splitlines()
    counts = [f"{r},{r.split(',')[0].lower().count('c')}" for r in rows]
    measured.write_text("\n".join([f"{header},carbons", *counts, ""]))
    goals = ("--goal", "carbons:max>99", "--goal", "pIC50:max")
    told = call("propose", "--pool", pool, "--measured", measured, *goals, "--batch", 3)
    assert told.code == 0
    assert "no measured candidate is good enough in every goal yet" in told.out


def test_the_proposer_can_be_named_and_must_fit_the_goals(call, files):
    told = call(*asked(*files, "--batch", 2, "--proposer", "greedy", "--json")).json
    means = [p["mean"] for p in told["picks"]]
    assert means == sorted(means, reverse=True) and "greedy" in told["picks"][0]["reason"]
    goals = ("--goal", "pIC50:max*2", "--goal", "name:min", "--proposer", "pareto")
    wrong = call("propose", "--pool", files[0], "--measured", files[1], *goals)
    assert wrong.code in (1, 2) and "knows no weights" in wrong.err
    assert "No 'fate'" in call(*asked(*files, "--proposer", "fate")).err


def test_who_failed_or_came_back_with_a_word_is_not_offered_and_is_told(call, files):
    pool, measured = files
    header, *known = measured.read_text().splitlines()
    others = [r for r in pool.read_text().splitlines()[1:] if f"\n{r}," not in measured.read_text()]
    failed, insoluble, blank = others[:3]
    said = [f"{failed},,failed", f"{insoluble},insoluble,", f"{blank},,"]
    measured.write_text("\n".join([f"{header},status", *(f"{r},ok" for r in known), *said, ""]))
    told = call(*asked(pool, measured, "--batch", 45, "--cycles-left", 0, "--json"))
    assert told.code == 3, "a cell is no number"
    found, lines = told.json, pool.read_text().splitlines()
    rows_add_up(found["pool"])
    rows_add_up(found["measured"])
    assert found["n_known"] == 80
    why = {lines[q["row"] - 1]: q["reason"] for q in found["pool"]["left_out"]}
    assert why[failed] == "it failed before"
    assert why[insoluble] == "it came back with something that is no value"
    picked = {lines[p["row"] - 1] for p in found["picks"]}
    assert len(picked) == 45 and not picked & {failed, insoluble} and blank not in why
    assert [p["chance"] for p in found["picks"]] == [None] * 45, "one failure teaches nothing"


def test_a_column_of_status_that_tells_of_no_failure_is_no_matter(call, files):
    pool, measured = files
    plain = call(*asked(pool, measured, "--batch", 3, "--json")).json
    header, *known = measured.read_text().splitlines()
    measured.write_text("\n".join([f"{header},status", *(f"{r},in stock" for r in known), ""]))
    again = call(*asked(pool, measured, "--batch", 3, "--json")).json
    assert again["picks"] == plain["picks"] and again["n_known"] == plain["n_known"]


def test_the_chance_to_succeed_is_learned_from_those_that_failed(call, files):
    """Whoever bears a chlorine fails; the others are measured."""
    pool, measured = files
    header, *rows = demo_file().content.decode().splitlines()
    known = rows[::3]
    cells = [
        f"{r.rpartition(',')[0]},,failed" if "Cl" in r.split(",")[0] else f"{r},ok" for r in known
    ]
    measured.write_text("\n".join([f"{header},status", *cells, ""]))
    found = call(*asked(pool, measured, "--batch", 8, "--json")).json
    n_failed = sum(c.endswith("failed") for c in cells)
    assert n_failed >= 10
    for pick in found["picks"]:
        said = f"chance to succeed {pick['chance']:.2f} (learned from {n_failed} failures)"
        assert said in pick["reason"]
    with_cl = ["Cl" in p["text"] for p in found["picks"]]
    assert sum(with_cl) <= 2


@pytest.mark.slow
def test_a_catalogue_chooses_the_first_batch_by_what_it_foresees(call, files, tmp_path):
    pool, _ = files
    foreseen = tmp_path / "foreseen.csv"
    assert call("predict", "--catalogue", "admet", pool, "--out", foreseen).code == 0
    options = ("--pool", pool, "--related", foreseen, "--property", "solubility", "--batch", 6)
    told = call("propose", *options, "--json")
    assert told.code == 0 and len(told.json["picks"]) == 6
    rows = list(csv.DictReader(foreseen.read_text().splitlines()))
    values = [float(row["solubility"]) for row in rows]
    picked = [values[pick["row"] - 2] for pick in told.json["picks"]]
    assert min(picked) > sorted(values)[len(values) // 2]


def test_a_column_that_is_not_there_is_told_with_those_that_sound_like_it(call, files):
    pool, measured = files
    header, *rows = measured.read_text().splitlines()
    wide = [f"{header},{','.join(f'c{i}' for i in range(30))}", *(r + ",1" * 30 for r in rows)]
    measured.write_text("\n".join(wide))
    told = call("propose", "--pool", pool, "--measured", measured, "--property", "pIC5")
    assert told.code == 1 and "Choose one of: pIC50, " in told.err and "and 13 more" in told.err


@pytest.mark.parametrize(("threshold", "is_warned"), [(">15", True), (">7", False)])
def test_thresholds_that_no_pick_can_reach_are_remarked_upon(call, files, threshold, is_warned):
    pool, measured = files
    command = ("propose", "--pool", pool, "--measured", measured, "--batch", 3)
    command = (*command, "--goal", f"pIC50:max{threshold}")
    told = call(*command, "--json").json
    assert (max(p["meets"] for p in told["picks"]) < 0.01) == is_warned
    assert told["warning"].startswith("No pick has a chance of 1 %") == is_warned
    assert ("Loosen a threshold" in call(*command).out) == is_warned


def test_of_many_reasons_for_leaving_rows_out_none_goes_untold(call, files):
    pool, measured = files
    bad = "CCCCCl,blank,\nC1CC,broken,6\nCCBr,odd,1e400\nCCI,other,nan\nCCCI,words,insoluble\n"
    measured.write_text(measured.read_text() + bad)
    told = call(*asked(pool, measured, "--batch", 2, "--json")).json["measured"]
    text = call(*asked(pool, measured, "--batch", 2)).out
    assert len(told["why"]) > 3
    for one in told["left_out"]:
        assert f"  1 {one['reason']} (row {one['row']})" in text


def test_reasons_that_are_too_many_to_print_are_counted(call, files):
    pool, measured = files
    bad = "".join(f"{'C' * i}Cl,n{i},1{i}e400\n" for i in range(3, 18))
    measured.write_text(measured.read_text() + bad)
    text = call(*asked(pool, measured, "--batch", 2)).out
    assert "80 of 95 rows learned from" in text
    assert "  3 more, for 3 other reasons (--json has all)" in text


def test_a_budget_below_the_cheapest_candidate_says_what_that_costs(call, files):
    pool, measured = files
    header, *rows = pool.read_text().splitlines()
    pool.write_text("\n".join([f"{header},price", *(f"{r},{5 + i}" for i, r in enumerate(rows))]))
    told = call(*asked(pool, measured, "--cost", "price", "--budget", 1, "--json"))
    cheapest = 5 + 5  # the first five rows are measured
    why = f"0 of the budget of 1 is spent, and the cheapest candidate costs {cheapest}"
    assert told.code == 1 and why in told.json["error"]["what"]


def test_a_row_without_a_price_is_told_and_not_offered_and_the_others_are(call, files):
    pool, measured = files
    header, *rows = pool.read_text().splitlines()
    wrong = {5: "", 6: "on request", 7: "-3", 13: "0", 0: "n/a"}  # row 0 is measured
    costs = [f"{r},{wrong.get(i, 10 + i)}" for i, r in enumerate(rows)]
    pool.write_text("\n".join([f"{header},price", *costs, ""]))
    told = call(*asked(pool, measured, "--batch", 3, "--cost", "price", "--json"))
    assert told.code == 3
    rows_add_up(told.json["pool"])
    assert told.json["pool"]["n_used"] == 44
    assert told.json["pool"]["why"]["no cost: the cell is blank"] == 1
    why = {q["row"]: q["reason"] for q in told.json["pool"]["left_out"]}
    assert [why[row] for row in (8, 9, 15)] == ["no cost: not a number above 0"] * 3
    assert why[2] == "it is measured already"
    lines = call(*asked(pool, measured, "--batch", 3, "--cost", "price")).out
    assert "3 no cost: not a number above 0 (row 8, 9, 15)" in lines


@pytest.mark.parametrize(
    ("limit", "size"), [("max_per_family = 1", 400), ("budget = 3", 6), ("", 400)]
)
def test_a_campaign_says_in_the_words_of_files_why_its_batch_is_short(
    call, files, tmp_path, limit, size
):
    folder = tmp_path / "short"
    assert call("init", folder, "--property", "pIC50", "--from", files[1]).code == 0
    for file in files:
        assert call("ingest", file, "-w", folder).code == 0
    spec = folder / "campaigns" / "short.toml"
    plain = re.sub("(?m)^models = .*$", 'models = ["neighbour"]', spec.read_text())

    def proposed(line):
        spec.write_text(plain.replace("batch_size = 24", line))
        told = call("propose", "-w", folder, "--again")
        assert told.code == 0
        return told.out

    assert "instead of" not in proposed("batch_size = 2")
    words = proposed(f"batch_size = {size}\n{limit}")
    option = [f"--{limit.split()[0].replace('_', '-')}", limit.split()[-1]] if limit else []
    why = call(*asked(*files, "--batch", size, *option, "--json")).json["short"]
    assert why and why in words
    batch = call("propose", "-w", folder, "--json").json
    assert batch["short"] == why == call("status", "-w", folder, "--json").json["short"]
    assert why in " ".join(call("status", "-w", folder).out.split())
    assert any(e["what"].endswith(why) for e in told_of(call, folder, batch))
    call("report", "-w", folder, "-o", tmp_path / "page.html")
    assert why in (tmp_path / "page.html").read_text().replace("\u00a0", " ")
    gone = batch["picks"][0]["candidate"]["id"]
    call("drop", gone, "-w", folder, "--reason", "explosive")
    assert call("propose", "-w", folder, "--json").json["short"] == ""


def told_of(call, folder, batch):
    """Return the facts in which the first pick of a batch plays a part."""
    first = batch["picks"][0]["candidate"]["id"]
    return call("why", first, "-w", folder, "--json").json["events"]


@pytest.mark.parametrize("limit", ["--max-per-family", "--budget", ""])
def test_a_batch_that_holds_fewer_than_asked_for_says_why(call, files, limit):
    pool, measured = files
    size = 6 if limit == "--budget" else 400
    more = {"--max-per-family": (limit, 1), "--budget": (limit, 3)}.get(limit, ())
    told = call(*asked(pool, measured, "--batch", size, *more, "--json")).json
    n, why = len(told["picks"]), told["short"]
    assert n < size and why.startswith(f"{n} picks instead of {size}: ")
    ends = {"--max-per-family": "families allows no more", "--budget": "budget allows no more"}
    assert why.endswith(ends.get(limit, "no more are offered"))
    assert why in call(*asked(pool, measured, "--batch", size, *more)).out
    assert call(*asked(pool, measured, "--batch", 2, "--json")).json["short"] == ""


def test_a_nameless_column_stands_for_one_property_only_and_that_is_told(call, files):
    pool, measured = files
    assert call(*asked(pool, measured, "--batch", 2, "--json")).json["stand_ins"] == {}
    measured.write_text(measured.read_text().replace("pIC50", "affinity", 1))
    told = call(*asked(pool, measured, "--batch", 2))
    assert told.code == 0 and "pIC50: no column is named so; read from 'affinity'" in told.out
    files_only = ("propose", "--pool", pool, "--measured", measured, "--batch", 2)
    typo = call(*files_only, "--goal", "affinity:max", "--goal", "solub:<3")
    assert typo.code == 1 and "There is no column 'solub'" in typo.err
    assert "affinity" in typo.err.split("remedy:")[1]
    two = call(*files_only, "--goal", "pIC50:max", "--goal", "solub:<3")
    assert two.code == 1 and "There is no column 'pIC50'" in two.err


@pytest.mark.parametrize(
    ("cell", "why"),
    [("6", "all 80 values are 6, which"), (">10", "all 80 values are limits (>), which")],
    ids=["one value", "limits only"],
)
def test_values_that_do_not_differ_are_told_as_the_reason_why_nothing_is_learned(
    call, files, cell, why
):
    pool, measured = files
    header, *rows = measured.read_text().splitlines()
    alike = [f"{row.rpartition(',')[0]},{cell}" for row in rows]
    measured.write_text("\n".join([header, *alike, ""]))
    told = call(*asked(pool, measured, "--batch", 2))
    assert f"pIC50: no model is of use ({why} nothing can be learned from)" in told.out
    assert "RMSE" not in told.out
    again = ("replay", measured, "--property", "pIC50", "--start", 12, "--batch", 12)
    refusal = call(*again, "--cycles", 1, "--seeds", 1, "--workers", 1)
    if cell == "6":
        assert refusal.code == 1
        assert "All 80 values of 'pIC50' are 6: there is no best" in refusal.err
