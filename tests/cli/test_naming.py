# SPDX-License-Identifier: Apache-2.0
"""Candidates in a table show what tells them apart."""

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


def test_variants_of_a_parent_show_their_mutations():
    told = labels([f"{HEAD}LA{TAIL}", f"{HEAD}VD{TAIL}"], ["", ""], parent=f"{HEAD}VD{TAIL}")
    assert told.each == ("V39L D40A", "the parent")


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
