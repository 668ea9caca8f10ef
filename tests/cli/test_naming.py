# SPDX-License-Identifier: Apache-2.0
"""Candidates in a table show what tells them apart."""

import csv

from loopwright.cli.naming import labels

HEAD, TAIL = "MQYKLILNGKTLKGETTTEAVDAATAEKVFKQYANDNG", "EWTYDDATKTFTVTE"


def test_a_recipe_shows_every_setting_that_is_not_the_same_in_all():
    recipes = [f"base=O=C([O-])C(C)(C)C.[{m}];ligand={'P' * 60};T_C={t}" for m, t in ("K1", "N2")]
    told = labels(recipes, ["run 1", ""], is_recipe=True)
    assert told.each == (
        "run 1\nbase=O=C([O-])C(C)(C)C.[K]\nT_C=1",
        "base=O=C([O-])C(C)(C)C.[N]\nT_C=2",
    )
    assert told.shared == f"the same in all: ligand={'P' * 60}"


def test_a_recipe_that_is_alone_shows_every_setting():
    told = labels(["a=1;b=2"], [""], is_recipe=True)
    assert told.each == ("a=1\nb=2",) and not told.shared


def test_variants_show_the_positions_in_which_they_differ_from_one_another_and_from_neighbours():
    told = labels(
        [f"{HEAD}LA{TAIL}", f"{HEAD}VA{TAIL}"], ["", ""], beside=[f"{HEAD}LD{TAIL[:-1]}K"]
    )
    assert told.each == ("39L 40A 55E", "39V 40A 55E") and "differ" in told.shared


def test_variants_show_their_mutations_where_all_of_them_can_be_told_so():
    variants = [f"{HEAD}LA{TAIL}", f"{HEAD}VD{TAIL}"]
    told = labels(variants, ["", ""], mutations=["V39L:D40A", "WT"])
    assert told.each == ("V39L:D40A", "WT") and told.shared == "mutations of the parent"
    assert labels(variants, ["", ""], mutations=["V39L:D40A", ""]).each == ("39L 40A", "39V 40D")


def test_sequences_of_several_lengths_show_what_lies_between_the_ends_they_share():
    told = labels([f"{HEAD}AAD{TAIL}", f"{HEAD}C{TAIL}"], ["", ""])
    assert told.each == ("AAD", "C")
    assert told.shared == "the first 38 and the last 15 letters are the same in all"


def test_names_and_long_structures_are_shown_whole():
    smiles = "CN([C@H](CN1CC[C@@H](C1)O)c2ccccc2)C(=O)CNc3ccc(cc3)C#N"
    assert labels([smiles, smiles], ["cpd1", ""]).each == ("cpd1", smiles)
    assert labels([], []).each == ()


def test_a_batch_of_a_campaign_shows_positions_above_the_sequences(call, tmp_path):
    place = tmp_path / "variants"
    call("init", place, "--property", "Fitness", "--modality", "proteins")
    made = [f"{HEAD}{a}{b}{TAIL}" for a in "ACDEF" for b in "GHIKL"]
    (tmp_path / "all.csv").write_text(
        "\n".join(["sequence,Fitness", *(f"{s},{i if i < 12 else ''}" for i, s in enumerate(made))])
    )
    assert call("ingest", tmp_path / "all.csv", "-w", place).code == 0
    picks = call("propose", "-w", place, "--json").json["picks"]
    text = call("propose", "-w", place).out
    for pick in picks:
        variant = pick["candidate"]["text"]
        assert f"39{variant[38]} 40{variant[39]}\n" in text and f"{variant}\n" in text


PARENT = f"{HEAD}VD{TAIL}"


def _counted_from_227(tmp_path):
    rows = [f"V265{a}:D266{b}" for a in "ACEFG" for b in "GHIKL"]
    file = tmp_path / "variants.csv"
    values = ["" if i % 2 else f"{i}" for i in range(len(rows))]
    lines = [f"{r},{v}" for r, v in zip(rows, values, strict=True)]
    file.write_text("\n".join(["mutant,Fitness", *lines, ""]))
    return file, rows


def _campaign(call, tmp_path):
    """Return the folder of a campaign that has taken variants in, and their mutations."""
    place, (file, rows) = tmp_path / "fc", _counted_from_227(tmp_path)
    call("init", place, "--property", "Fitness", "--modality", "proteins")
    toml = place / "campaigns" / "fc.toml"
    options = f'{{ parent = "{PARENT.lower()}*", first_position = 227 }}'
    choice = f'modality = {{ name = "proteins", options = {options} }}'
    toml.write_text(toml.read_text().replace('modality = "proteins"', choice))
    assert call("ingest", file, "-w", place).code == 0
    return place, rows


def test_a_batch_of_a_campaign_shows_mutations_as_its_own_file_counts_them(call, tmp_path):
    place, rows = _campaign(call, tmp_path)
    picks = call("propose", "-w", place, "--json").json["picks"]
    assert {p["mutations"] for p in picks} <= set(rows) and len(picks) == 12
    table = tmp_path / "picks.csv"
    text = call("propose", "-w", place, "--csv", table).out
    assert "mutations of the parent" in text and all(p["mutations"] in text for p in picks)
    assert table.read_text().splitlines()[1].endswith(picks[0]["mutations"])


def test_an_order_names_mutations_and_comes_home_by_them_or_by_id(call, tmp_path):
    place, rows = _campaign(call, tmp_path)
    picks = call("propose", "-w", place, "--json").json["picks"]
    told_near = [near for pick in picks for near in pick["neighbours"]]
    assert call("plate", "-w", place).code == 0
    (order,) = (place / "orders").glob("*.csv")
    with order.open(newline="") as file:
        sheet = list(csv.DictReader(file))
    assert {r["mutations"] for r in sheet} <= set(rows) and len(sheet) == 12
    told = call("why", sheet[0]["candidate_id"], "-w", place)
    assert f"mutations of the parent: {sheet[0]['mutations']}" in told.out
    assert all(near["mutations"] in rows for near in told_near) and told_near
    sheet = [{**row, "name": row["mutations"], "Sample": row["mutations"]} for row in sheet]
    for i, who in enumerate([[*sheet[0]][:-1], ["mutations"], ["name"], ["Sample"]]):
        part, columns = sheet[3 * i : 3 * i + 3], dict.fromkeys([*who, "property", "value"])
        with (tmp_path / f"results{i}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, [*columns], extrasaction="ignore")
            writer.writeheader()
            writer.writerows({**row, "value": i + 0.5} for row in part)
        told = call("readback", tmp_path / f"results{i}.csv", "-w", place, "--json")
        assert (told.code, told.json["loaded"], len(told.json["answered"])) == (0, 3, 3), told.err


def test_plain_files_show_mutations_as_they_count_them(call, tmp_path):
    file, rows = _counted_from_227(tmp_path)
    asked = (
        "propose", "--pool", file, "--measured", file, "--sequence", "mutant",
        "--property", "Fitness", "--parent", PARENT, "--batch", 3,
    )  # fmt: skip
    told = call(*asked, "--first-position", 227, "--csv", tmp_path / "picks.csv", "--json")
    assert told.code == 0 and {p["mutations"] for p in told.json["picks"]} <= set(rows)
    assert (tmp_path / "picks.csv").read_text().splitlines()[0].endswith("mutations")
    refused = call(*asked)
    assert refused.code == 1 and "position 265 is outside the parent" in refused.err
    lone = call(*asked[:-4], "--batch", 3, "--first-position", 227)
    assert lone.code == 1 and "no parent whose first position" in lone.err
