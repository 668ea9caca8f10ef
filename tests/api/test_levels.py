# SPDX-License-Identifier: Apache-2.0
"""Levels in an order, from a file to predictions: what is read, told, kept and refused."""

import csv
import json
from pathlib import Path

import pytest

from loopwright.api.comparing import compare
from loopwright.api.evaluating import evaluate
from loopwright.api.explaining import explain
from loopwright.api.files import read_file
from loopwright.api.how import How
from loopwright.api.learnable import Asked, read_learnable
from loopwright.api.matter import matter
from loopwright.api.predicting import predict
from loopwright.api.property_folder import open_folder
from loopwright.api.property_models import train
from loopwright.api.tuning import tune
from loopwright.core.errors import DataError, NotReadyError, SpecError, VerificationError

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "S")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS for b in ENDS[3:])
WORDS = ("low", "medium", "high")
ORDINAL = How(task="ordinal", is_quick=True)
IN_WORDS = How(task="ordinal", levels=WORDS, is_quick=True)


def place(smiles):
    return 2 if "Br" in smiles else 1 if "Cl" in smiles else 0


def table(path, rows, header="smiles,name,harm"):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def in_words(path, *more):
    return table(path, [*(f"{s},c{i},{WORDS[place(s)]}" for i, s in enumerate(LIBRARY)), *more])


def in_numbers(path, *more):
    return table(path, [*(f"{s},c{i},{1 + place(s)}.0" for i, s in enumerate(LIBRARY)), *more])


def learnable(file, **asked):
    asked = Asked(properties=("harm",), task="ordinal", **asked)
    return read_learnable(read_file(file), asked, matter())[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("levels")
    return train(in_words(folder / "a.csv"), ["harm"], out=folder / "m", how=IN_WORDS)


def test_words_are_read_in_the_order_in_which_they_are_named(tmp_path):
    one = learnable(in_words(tmp_path / "a.csv", "CCO,x, HIGH "), levels=WORDS)
    place_of = {c.text: v for c, v in zip(one.candidates, one.targets.values[:, 0], strict=True)}
    assert one.levels == WORDS and place_of["CCO"] == 2 and not one.left_out
    assert {place_of[c.text] for c in one.candidates if "Br" in c.text} == {2}


def test_whole_numbers_are_levels_without_being_named_and_may_have_gaps(tmp_path):
    rows = [f"{s},x,{(1, 2, 5)[place(s)]}" for s in LIBRARY]
    one = learnable(table(tmp_path / "a.csv", rows))
    assert one.levels == ("1", "2", "5") and set(one.targets.values[:, 0]) == {0, 1, 2}


def test_whole_numbers_stay_a_number_unless_levels_are_asked_for(tmp_path):
    file = read_file(in_numbers(tmp_path / "a.csv"))
    (one,) = read_learnable(file, Asked(properties=("harm",)), matter())
    assert one.task == "regression" and one.levels == ()


@pytest.mark.parametrize("words", [True, False], ids=["words", "numbers"])
def test_a_cell_that_is_no_level_is_left_out_with_its_row_and_reason(tmp_path, words):
    write, levels = (in_words, WORDS) if words else (in_numbers, ("1", "2", "3"))
    odd = ["CCO,x,7", "CCCO,x,>2", "CCN,x,1.5", "CCCN,x,huge", "CCS,x,"]
    one = learnable(write(tmp_path / "a.csv", *odd), levels=levels)
    n = len(LIBRARY)
    assert one.n_used == n and {q.row for q in one.left_out} == set(range(n + 2, n + 7))
    assert one.n_rows == one.n_used + len({q.row for q in one.left_out})
    assert all(q.reason and q.remedy for q in one.left_out)
    if words:
        told = {q.value: q.reason for q in one.left_out}
        assert told["huge"] == f"'huge' is no level; there are {', '.join(WORDS)}"


def test_structures_whose_rows_disagree_are_counted_and_lie_between(tmp_path):
    more = (f"{LIBRARY[0]},again,{WORDS[1 - place(LIBRARY[0])]}",)
    one = learnable(in_words(tmp_path / "a.csv", *more), levels=WORDS)
    assert one.n_disagree == 1 and 0.5 in one.targets.values[:, 0]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (("low", "medium", "high"), "there are 0"),
        (("1", "2", "2.5"), r"2\.5 is none"),
        (("1", "2", "1"), "there are 2"),
        (tuple(map(str, range(11))), "there are 11"),
    ],
    ids=["words that nobody ordered", "a fraction", "two levels", "eleven levels"],
)
def test_what_is_no_order_of_levels_is_refused_with_what_to_do(tmp_path, cells, told):
    rows = [f"{s},x,{cells[i % len(cells)]}" for i, s in enumerate(LIBRARY)]
    with pytest.raises(DataError, match=told) as caught:
        learnable(table(tmp_path / "a.csv", rows))
    assert "--levels low,medium,high" in caught.value.remedy


@pytest.mark.parametrize(
    "how",
    [
        {"levels": WORDS},
        {"levels": WORDS, "task": "classification"},
        {"levels": ("a", "b"), "task": "ordinal"},
        {"levels": ("a", "b", "A"), "task": "ordinal"},
        {"levels": ("1", "2", "2.0"), "task": "ordinal"},
    ],
    ids=["no task", "a class", "two", "one twice", "one number twice"],
)
def test_levels_that_cannot_be_are_refused_before_anything_is_read(how):
    with pytest.raises(SpecError):
        How(**how)
    assert How(levels=WORDS, task="ordinal").levels == WORDS


def test_an_answer_is_a_level_with_its_range_and_a_probability_of_each(made, tmp_path):
    (tmp_path / "b.csv").write_text("smiles\nClc1ccc(C)cc1\nC1CC\n")
    told = predict(tmp_path / "b.csv", [Path(made.out)], out=tmp_path / "o.csv")
    with (tmp_path / "o.csv").open() as file:
        first, second = csv.DictReader(file)
    assert list(first)[1:] == [
        "harm", "harm_low", "harm_high", "harm_probability_low", "harm_probability_medium",
        "harm_probability_high", "harm_in_domain", "harm_nearest", "harm_nearest_value",
        "harm_nearest_similarity", "problem",
    ]  # fmt: skip
    assert first["harm"] == "medium" and first["harm_nearest_value"] in WORDS
    assert {first["harm_low"], first["harm_high"]} <= set(WORDS)
    assert sum(float(first[f"harm_probability_{w}"]) for w in WORDS) == pytest.approx(1, abs=1e-4)
    assert second["problem"] and not second["harm"] and told.n_problems == 1


def test_the_card_names_levels_and_scores_and_its_goldens_are_asked_again(made, tmp_path):
    folder, copy = Path(made.out), tmp_path / "copy"
    page = (folder / "README.md").read_text()
    assert "A level of low, medium, high, the lowest first" in page and "kappa" in page
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert open_folder(copy, matter()).parcels[0].model.borders is not None
    card = json.loads((copy / "card.json").read_text())
    golden = card["properties"][0]["goldens"][0]["levels"]
    golden[0], golden[2] = golden[2], golden[0]
    (copy / "card.json").write_text(json.dumps(card))
    with pytest.raises(VerificationError, match="does not predict here"):
        open_folder(copy, matter())


def test_levels_are_judged_on_another_file_beside_median_and_neighbour(tmp_path):
    lines = in_words(tmp_path / "all.csv").read_text().splitlines()
    seen = table(tmp_path / "a.csv", lines[1::2])
    new = table(tmp_path / "b.csv", [*lines[2::2], "CCO,x,enormous"])
    found = evaluate(seen, new, "harm", how=IN_WORDS)
    assert found.task == "ordinal" and found.coverage > 0.8 and len(found.left_out) == 1
    assert [s.model for s in found.scores] == ["auto", "mean", "neighbour"]
    assert set(found.scores[0].values) == {"mae", "kappa", "accuracy", "coverage"}
    assert found.scores[0].values["mae"].value < found.scores[1].values["mae"].value


def test_two_recipes_are_compared_on_levels(tmp_path):
    how = How(task="ordinal", levels=WORDS)
    found = compare(in_words(tmp_path / "a.csv"), "harm", ("kernel", "mean"), how=how, n_repeats=2)
    assert found.contest.measure == "RMSE in levels" and "kernel is better" in found.contest.verdict


def test_whole_evaluation_and_a_split_by_time_are_told_of_levels_too(tmp_path):
    rows = [f"{s},x,{1 + place(s)},2026-01-{1 + i % 28:02d}" for i, s in enumerate(sorted(LIBRARY))]
    file = table(tmp_path / "a.csv", rows, "smiles,name,harm,date")
    how = How(task="ordinal", split="time")
    (one,) = train(file, ["harm"], out=tmp_path / "m", how=how).models
    assert "newest fifth" in one.split and one.evaluation.curve is not None
    assert "| kappa |" in (tmp_path / "m" / "README.md").read_text()
    assert (tmp_path / "m" / "evaluation-1.svg").is_file()


def test_what_levels_cannot_have_is_refused_with_what_to_do(made, tmp_path):
    file = in_words(tmp_path / "a.csv")
    with pytest.raises(SpecError, match="on top of another"):
        tune(file, "harm", onto="admet:logD7.4", out=tmp_path / "m", how=IN_WORDS)
    with pytest.raises(NotReadyError, match="levels") as caught:
        explain(Path(made.out), ["CCO"])
    assert "--task regression" in caught.value.remedy


def test_numbers_of_a_level_and_a_number_are_learned_from_one_file(tmp_path):
    rows = [f"{s},x,{1 + place(s)}" for s in LIBRARY]
    file = table(tmp_path / "a.csv", rows)
    assert train(file, ["harm"], out=tmp_path / "m", how=ORDINAL).models[0].levels == (
        "1", "2", "3",
    )  # fmt: skip
