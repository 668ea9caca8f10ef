# SPDX-License-Identifier: Apache-2.0
"""Property models from a file: what is learned, what is told, what is kept."""

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from loopwright.api import property_models
from loopwright.api.comparing import compare
from loopwright.api.evaluating import evaluate
from loopwright.api.files import read_file
from loopwright.api.how import How
from loopwright.api.learnable import Asked, read_learnable
from loopwright.api.matter import matter
from loopwright.api.property_folder import digest_of, open_folder
from loopwright.api.property_models import train
from loopwright.api.property_names import property_names
from loopwright.core.errors import (
    DataError,
    MismatchError,
    NotReadyError,
    SpecError,
    VerificationError,
)
from loopwright.training.property import KINDS

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS[:4] for b in ENDS[4:])


def number(smiles):
    return 5 + smiles.count("Cl") + 2 * smiles.count("Br") + len(smiles) / 20


def table(path, rows, header="smiles,name,logD"):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One number and one class, learned from a file with every kind of row."""
    folder = tmp_path_factory.mktemp("made")
    rows = [
        f"{s},cpd {i},{number(s):.3f},{'active' if 'Br' in s or 'Cl' in s else 'inactive'}"
        for i, s in enumerate(LIBRARY)
    ]
    rows += ["C1CC,bad,5,active", "CCOC,blank,,", f"{LIBRARY[0]},again,9,inactive"]
    rows += ["CCCCCCO,limit,>7,active", "CCCCCCN,odd,five,active"]
    file = table(folder / "data.csv", rows, "smiles,name,logD,is_hit")
    return train(file, ["logD", "is_hit"], out=folder / "model", how=How())


def test_every_row_is_used_or_told_with_its_reason_and_the_two_add_up(made):
    number_, class_ = made.models
    for one in made.models:
        assert one.n_rows == 53
        assert one.n_rows == one.n_used + len({q.row for q in one.left_out})
    assert {q.row: q.reason for q in number_.left_out}.keys() == {50, 51, 54}
    assert "read" in next(q.reason for q in number_.left_out if q.row == 50)
    assert {q.row for q in class_.left_out} == {50, 51}
    assert all(q.remedy for q in (*number_.left_out, *class_.left_out))


def test_words_of_a_class_are_told_from_numbers(made):
    assert [m.task for m in made.models] == ["regression", "classification"]


@pytest.mark.parametrize(
    ("yes", "no"), [("ja", "Nein"), ("actif", "inactif"), ("Sí", "no"), ("positivo", "negativo")]
)
def test_words_of_a_class_are_known_in_the_languages_of_the_headers(tmp_path, yes, no):
    rows = [f"{s},x,{yes if 'Br' in s else no}" for s in LIBRARY]
    file = read_file(table(tmp_path / "a.csv", rows))
    (one,) = read_learnable(file, Asked(properties=("logD",)), matter())
    assert one.task == "classification" and one.n_used == len(LIBRARY)
    assert one.targets.values.sum() == sum("Br" in s for s in LIBRARY)


def test_rows_of_one_structure_are_averaged_and_told_and_a_limit_stays_one(tmp_path):
    rows = ["CCO,a,1", "OCC,b,3", "CCN,c,>5", "CCC,d,2"]
    (one,) = read_learnable(
        read_file(table(tmp_path / "a.csv", rows)), Asked(properties=("logD",)), matter()
    )
    values = {
        c.text: (float(v), int(b))
        for c, v, b in zip(
            one.candidates, one.targets.values[:, 0], one.targets.bounds[:, 0], strict=True
        )
    }
    assert values == {"CCO": (2.0, 0), "CCN": (5.0, 1), "CCC": (2.0, 0)}
    assert one.n_repeats == 1 and one.n_used == 4


def test_one_row_in_another_quantity_is_told_and_the_others_are_learned_from(tmp_path):
    rows = [f"{s},{i + 1},nM" for i, s in enumerate(LIBRARY[:6])]
    rows[2] = rows[2].replace(",nM", ",uM")
    rows += [f"{LIBRARY[7]},4,ug/mL"]
    file = table(tmp_path / "a.csv", rows, "smiles,IC50,unit")
    (one,) = read_learnable(read_file(file), Asked(properties=("IC50",)), matter())
    assert one.unit == "nM" and one.n_used == 6 and one.targets.values.max() == 3000.0
    assert [(q.row, q.reason) for q in one.left_out] == [
        (8, "it is in 'ug/mL', and the others are in 'nM'")
    ]
    half = table(tmp_path / "b.csv", [*rows[:2], *rows[-1:] * 3], "smiles,IC50,unit")
    with pytest.raises(MismatchError, match="measurements of 'IC50' are in"):
        read_learnable(read_file(half), Asked(properties=("IC50",), units={"IC50": "nM"}), matter())


def test_a_number_larger_than_anything_is_left_out_and_the_rest_is_learned_from(tmp_path):
    rows = ["CCO,a,1", "CCN,b,1e100", "CCC,c,3e12"]
    (one,) = read_learnable(
        read_file(table(tmp_path / "a.csv", rows)), Asked(properties=("logD",)), matter()
    )
    assert one.targets.values[:, 0].max() == 3e12 and one.n_used == 2
    assert [(q.row, q.column) for q in one.left_out] == [(3, "logD")]
    assert "larger than anything measured" in one.left_out[0].reason


@pytest.mark.parametrize(
    ("again", "n"),
    [
        (("1", "2", "3"), 0),
        (("1.5", "2.5", "3"), 0),
        (("4", "2", "3"), 1),
        ((">4", "<0", "3"), 2),
        ((">0.5", "<2", ">3"), 0),
        (("100", "200", "300"), 3),
    ],
    ids=["the same", "near", "far", "beyond a limit", "within limits", "another unit"],
)
def test_structures_whose_numbers_lie_apart_are_counted(tmp_path, again, n):
    rows = ["CCO,a,1", "CCN,b,2", "CCC,c,3", "CCS,d,0", "CCF,e,4"]
    rows += [f"{s},x,{v}" for s, v in zip(("OCC", "NCC", "C(C)C"), again, strict=True)]
    (one,) = read_learnable(
        read_file(table(tmp_path / "a.csv", rows)), Asked(properties=("logD",)), matter()
    )
    assert (one.n_repeats, one.n_disagree) == (3, n)


def test_amounts_that_span_decades_are_compared_as_logarithms(tmp_path):
    rows = [f"{'C' * n}O,x,{10 ** (n % 5)}" for n in range(1, 21)]
    rows += ["OC,x,11", "OCCCC,x,9500", "OCC,x,9500"]
    asked = Asked(properties=("logD",))
    (one,) = read_learnable(read_file(table(tmp_path / "a.csv", rows)), asked, matter())
    assert (one.n_repeats, one.n_disagree) == (3, 1)


def test_rows_of_one_structure_that_disagree_on_a_class_become_a_share(tmp_path):
    rows = ["CCO,a,yes", "OCC,b,no", "CCN,c,yes"]
    (one,) = read_learnable(
        read_file(table(tmp_path / "a.csv", rows)), Asked(properties=("logD",)), matter()
    )
    assert sorted(one.targets.values[:, 0]) == [0.5, 1.0] and one.n_disagree == 1


def test_the_scores_stand_beside_baselines_with_intervals(made):
    for one in made.models:
        names = [s.model for s in one.scores]
        assert names[0] == "auto" and {"mean", "neighbour"} <= set(names)
        for scores in one.scores:
            assert all(e.low <= e.high for e in scores.values.values())
    assert 0.5 < made.models[0].coverage <= 1.0 and made.models[1].coverage is None


def test_the_folder_answers_as_the_model_did_and_says_so_in_its_card(made, tmp_path):
    opened = open_folder(Path(made.out), matter())
    card = json.loads((opened.folder / "card.json").read_text())
    assert card["data"]["sha256"] == made.sha256
    assert [p["property"] for p in card["properties"]] == ["logD", "is_hit"]
    said = opened.parcels[0].model.predict(
        matter().describe([matter().parse("Brc1ccc(C)cc1")], KINDS)
    )
    assert said.low[0, 0] <= said.mean[0, 0] <= said.high[0, 0]
    page = (opened.folder / "README.md").read_text()
    assert page.startswith("---\nlibrary_name: loopwright\n")
    for words in (
        made.sha256,
        "Goodness of fit",
        "applicability domain",
        "Golden",
        "Limits of use",
    ):
        assert words in page


def test_the_card_has_one_table_and_one_picture_of_everything_that_was_asked(made, tmp_path):
    folder = Path(made.out)
    page = (folder / "README.md").read_text()
    for words in ("| scaffold families | auto |", "| clusters of similarity 0.6 | neighbour |"):
        assert page.count(words) == 2  # one table for each of two properties
    assert "![logD: scores by what was held out](evaluation-1.svg)" in page
    for name in ("evaluation-1.svg", "evaluation-2.svg"):
        svg = ET.fromstring((folder / name).read_text())
        assert svg.tag.endswith("svg")
        assert not any("href" in a for part in svg.iter() for a in part.attrib)
        assert name in json.loads((folder / "card.json").read_text())["files"]


def test_a_quick_training_asks_nothing_further_and_a_budget_names_what_it_left_out(tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},x,{number(s)}" for s in LIBRARY])
    quick = train(file, ["logD"], out=tmp_path / "q", how=How(is_quick=True)).models[0]
    assert quick.evaluation is None and not (tmp_path / "q" / "evaluation-1.svg").exists()
    short = train(file, ["logD"], out=tmp_path / "s", how=How(budget_s=0.0)).models[0]
    assert len(short.evaluation.parted) == 1
    assert short.budget.asked_s == 0.0 < short.budget.took_s and short.budget.is_short
    assert short.budget.left_out == (
        "boosted", "error by distance", "activity cliffs", "learning curve",
        "clusters of similarity 0.6",
    )  # fmt: skip
    page = (tmp_path / "s" / "README.md").read_text()
    assert "activity cliffs: no time" in page and "fewer than ten rows" not in page
    assert short.coverage is not None


def test_a_budget_that_is_kept_leaves_nothing_out_and_changes_nothing(tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},x,{number(s)}" for s in LIBRARY])
    plain = train(file, ["logD"], out=tmp_path / "p", how=How()).models[0]
    kept = train(file, ["logD"], out=tmp_path / "k", how=How(budget_s=600.0)).models[0]
    assert plain.budget is None
    assert kept.budget.left_out == () and not kept.budget.is_short
    assert kept.scores == plain.scores and kept.recipe == plain.recipe
    assert kept.evaluation.missing == plain.evaluation.missing
    first, second = ((tmp_path / n / "models.safetensors").read_bytes() for n in ("p", "k"))
    assert first == second


@pytest.mark.parametrize("bounds", [(5.0, 1.0), (1.0, 1.0), (float("nan"), 1.0)])
def test_bounds_with_nothing_between_them_are_refused(bounds):
    with pytest.raises(SpecError, match="Nothing lies between"):
        How(low=bounds[0], high=bounds[1])


def test_values_beyond_the_bounds_are_counted_and_many_are_refused(tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},x,{number(s)}" for s in LIBRARY])
    top = sorted({number(s) for s in LIBRARY})[-2]
    how = How(is_quick=True, model="kernel", high=top)
    found = train(file, ["logD"], out=tmp_path / "m", how=how).models[0]
    assert found.n_beyond == sum(number(s) > top for s in LIBRARY) > 0
    with pytest.raises(DataError, match="48 of 48 measured structures of 'logD' lie beyond"):
        train(file, ["logD"], out=tmp_path / "n", how=How(is_quick=True, low=100.0))
    assert not (tmp_path / "n").exists()


def test_two_columns_of_one_name_are_refused_and_replicates_that_say_so_are_averaged(tmp_path):
    rows = ["CCO,a,1,3", "CCN,b,2,4"]
    with pytest.raises(DataError, match="Two columns are called 'logD'") as caught:
        file = read_file(table(tmp_path / "a.csv", rows, "smiles,name,logD,logD"))
        read_learnable(file, Asked(properties=("logD",)), matter())
    assert "'logD rep1' and 'logD rep2'" in caught.value.remedy
    file = read_file(table(tmp_path / "b.csv", rows, "smiles,name,logD rep1,logD rep2"))
    (one,) = read_learnable(file, Asked(properties=("logD",)), matter())
    assert sorted(one.targets.values[:, 0]) == [2.0, 3.0]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("logD", ("logD",)),
        (" a,b , logD", ("a", "b", "logD")),
        ("  log D (pH 7.4), a/b=\u00b5 ", ("log D (pH 7.4), a/b=\u00b5",)),
        ("logD,log D (pH 7.4),a/b=\u00b5,a", ("logD", "log D (pH 7.4), a/b=\u00b5", "a")),
        ("log D (pH 7.4), a/b", ("log D (pH 7.4)", "a/b")),
        (",", ()),
    ],
)
def test_a_column_whose_name_holds_a_comma_is_one_property(tmp_path, text, names):
    head = 'smiles,"  log D (pH 7.4), a/b=\u00b5 ",logD,a,b'
    file = table(tmp_path / "a.csv", ["CCO,1,2,3,4"], head)
    assert property_names(file, text) == names
    assert property_names(tmp_path, "a, b") == property_names(tmp_path / "none", "a,b")


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("low", "medium", "high"), "--task ordinal --levels high,low,medium"),
        (("weak", "strong"), "Write 'strong' and 'weak' as 0 and 1"),
        (tuple(f"word {'abcdefghijklmnop'[i]}" for i in range(16)), "Write a number"),
    ],
    ids=["levels", "a class", "anything"],
)
def test_a_file_of_words_is_told_with_one_of_them_and_what_can_be_done(tmp_path, words, remedy):
    rows = [f"{s},x,{words[i % len(words)]}" for i, s in enumerate(LIBRARY)]
    file = table(tmp_path / "a.csv", rows)
    for ask in (
        lambda: train(file, ["logD"], out=tmp_path / "m", how=How()),
        lambda: evaluate(file, file, "logD", how=How()),
        lambda: compare(file, "logD", ("kernel", "mean"), how=How()),
    ):
        with pytest.raises(DataError, match="0 of 48 rows have") as caught:
            ask()
        assert f"row 2: {words[0]!r} is not a number" in caught.value.what
        assert remedy in caught.value.remedy and caught.value.where == "logD"


def test_a_column_of_ranges_is_told_as_such_and_a_few_ranges_are_learned_from(tmp_path):
    def rows(n):
        return [f"{s},x,{f'{i}-{i + 3}' if i < n else i}" for i, s in enumerate(LIBRARY)]

    file = table(tmp_path / "a.csv", rows(40))
    with pytest.raises(NotReadyError) as caught:
        train(file, ["logD"], out=tmp_path / "m", how=How(is_quick=True))
    assert "40 of 48 rows state a range of 'logD', such as row 2" in caught.value.what
    assert "8 measured values are left" in caught.value.what
    assert "middle of each range" in caught.value.remedy
    few = table(tmp_path / "b.csv", rows(4))
    assert train(few, ["logD"], out=tmp_path / "m", how=How(is_quick=True)).models[0].n_used == 48


def test_a_column_that_holds_no_structures_is_told_with_a_cell_of_it(tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},cpd,1" for s in LIBRARY])
    with pytest.raises(DataError, match="row 2, 'cpd': A structure cannot be read") as caught:
        train(file, ["logD"], out=tmp_path / "m", how=How(structure="name"))
    assert caught.value.where == "name" and "--structure" in caught.value.remedy


def test_two_recipes_are_compared_on_one_file(tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},x,{number(s)}" for s in LIBRARY])
    found = compare(file, "logD", ("kernel", "mean"), how=How(), n_repeats=2)
    assert found.contest.n_splits == 6 and "kernel is better" in found.contest.verdict
    with pytest.raises(SpecError, match="newest fifth"):
        compare(file, "logD", ("kernel", "mean"), how=How(split="time"))


def test_a_model_that_answers_otherwise_or_was_touched_is_refused(made, tmp_path):
    folder = Path(made.out)
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert open_folder(copy, matter()).parcels
    card = json.loads((copy / "card.json").read_text())
    card["properties"][0]["goldens"][0]["mean"] += 0.5
    (copy / "card.json").write_text(json.dumps(card))
    with pytest.raises(VerificationError, match="does not predict here"):
        open_folder(copy, matter())
    card = json.loads((folder / "card.json").read_text()) | {"format": "loopwright models 1"}
    (copy / "card.json").write_text(json.dumps(card))
    with pytest.raises(DataError, match=r"is written as .loopwright models 1"):
        open_folder(copy, matter())
    (copy / "card.json").write_bytes((folder / "card.json").read_bytes())
    (copy / "rows.json").write_text("{}")
    with pytest.raises(VerificationError, match="not the one"):
        open_folder(copy, matter())
    with pytest.raises(DataError, match="no model"):
        open_folder(tmp_path / "nowhere", matter())


def test_the_same_file_and_seed_give_the_same_model(tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},x{i},{number(s)}" for i, s in enumerate(LIBRARY)])
    for name in ("one", "two"):
        train(file, ["logD"], out=tmp_path / name, how=How(seed=3, is_quick=True))
    first, second = ((tmp_path / n / "models.safetensors").read_bytes() for n in ("one", "two"))
    assert first == second


def test_a_folder_of_something_else_is_never_replaced(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    file = table(tmp_path / "a.csv", [f"{s},x,{number(s)}" for s in LIBRARY])
    with pytest.raises(DataError, match="no model"):
        train(file, ["logD"], out=tmp_path / "mine", how=How())
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_card_of_somebody_else_is_no_model_and_nor_is_the_folder_we_stand_in(
    tmp_path, monkeypatch
):
    file = table(tmp_path / "a.csv", [f"{s},x,{number(s)}" for s in LIBRARY])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.json").write_text('{"to": "my aunt"}')
    with pytest.raises(DataError, match="no model"):
        train(file, ["logD"], out=tmp_path / "mine", how=How(is_quick=True))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(DataError, match="runs in"):
        train(file, ["logD"], out=Path(), how=How(is_quick=True))
    found = train(file, ["logD"], out=Path("below"), how=How(is_quick=True))
    assert found.replaced is None and (tmp_path / "here" / "below" / "card.json").is_file()


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_model_that_is_replaced_is_named_and_what_else_lies_there_stays(tmp_path):
    first = table(tmp_path / "a.csv", [f"{s},x,{number(s)}" for s in LIBRARY])
    second = table(tmp_path / "b.csv", [f"{s},x,{len(s)}" for s in LIBRARY])
    out = tmp_path / "m"
    old = train(first, ["logD"], out=out, how=How())
    assert old.replaced is None and (out / "evaluation-1.svg").is_file()
    (out / "notes").mkdir()
    (out / "notes" / "day.txt").write_text("years of work")
    (out / "script.sh").write_text("loopwright train")
    (tmp_path / "link").symlink_to(out)
    new = train(second, ["logD"], out=tmp_path / "link", how=How(is_quick=True))
    assert new.replaced.properties == ("logD",)
    assert (new.replaced.file, new.replaced.sha256) == ("a.csv", old.sha256)
    assert set(contents(out)) == {
        "README.md", "card.json", "models.safetensors", "rows.json",
        "notes/day.txt", "script.sh",
    }  # fmt: skip
    assert (out / "notes" / "day.txt").read_text() == "years of work"
    assert json.loads((out / "card.json").read_text())["data"]["file"] == "b.csv"
    assert {p.name for p in tmp_path.iterdir()} == {"a.csv", "b.csv", "m", "link"}


@pytest.mark.parametrize("n_steps", range(5))
def test_killed_before_any_rename_one_whole_model_is_left_and_the_same_command_ends_it(
    made, tmp_path, monkeypatch, n_steps
):
    class Killed(BaseException):
        """What nobody catches, as a kill."""

    rows = [f"{s},{number(s)},{int('Br' in s)}" for s in LIBRARY]
    file = table(tmp_path / "a.csv", rows, "smiles,logD,is_hit")
    out = tmp_path / "m"
    shutil.copytree(made.out, out)
    (out / "mine.txt").write_text("years of work")
    rename, write, done = Path.rename, Path.write_text, []

    def once(plain):
        def stepped(self, *rest, **kw):
            if len(done) == n_steps:
                raise Killed
            done.append(self)
            return plain(self, *rest, **kw)

        return stepped

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", once(rename))
        patch.setattr(Path, "write_text", once(write))
        with pytest.raises(Killed):
            train(file, ["logD", "is_hit"], out=out, how=How(is_quick=True))
    if n_steps == 4:
        with pytest.raises(NotReadyError, match="cut short"):
            open_folder(out, matter())
    else:
        assert open_folder(out, matter()).digest == digest_of(Path(made.out))
        assert (out / "mine.txt").is_file()
    found = train(file, ["logD", "is_hit"], out=out, how=How(is_quick=True))
    assert found.replaced.file == ("a.csv" if n_steps == 4 else "data.csv")
    assert open_folder(out, matter()).digest != digest_of(Path(made.out))
    assert (out / "mine.txt").read_text() == "years of work"
    assert {p.name for p in tmp_path.iterdir()} == {"a.csv", "m"}


@pytest.mark.parametrize("split", ["cluster", "random", "time"])
def test_each_split_names_what_it_holds_out(split, tmp_path):
    rows = [f"{s},x,{number(s)},2026-01-{1 + i // 2:02d}" for i, s in enumerate(LIBRARY)]
    file = table(tmp_path / "a.csv", rows, "smiles,name,logD,date")
    found = train(file, ["logD"], out=tmp_path / "m", how=How(split=split)).models[0]
    words = {"cluster": "clusters", "random": "flatters", "time": "newest fifth"}
    assert words[split] in found.split
    assert found.scores[0].n == (10 if split == "time" else 48)
    assert found.why.startswith("on scaffold families, ") == (split == "time")


def test_a_split_by_time_without_days_is_refused(tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},x,{number(s)}" for s in LIBRARY])
    with pytest.raises(DataError, match="no day"):
        train(file, ["logD"], out=tmp_path / "m", how=How(split="time"))


def test_a_property_that_no_column_holds_is_refused_with_those_there_are(tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},x,{number(s)}" for s in LIBRARY])
    with pytest.raises(DataError, match=r"logP.*logD"):
        train(file, ["logP"], out=tmp_path / "m", how=How())
    with pytest.raises(DataError, match="'nope'"):
        train(file, ["logD"], out=tmp_path / "m", how=How(structure="nope"))
    with pytest.raises(SpecError, match="split"):
        How(split="lucky")
    with pytest.raises(SpecError, match="model"):
        How(model="magic")


def test_assays_are_pooled_with_a_reason_only(tmp_path):
    rows = [f"{s},{number(s)},{'rat' if i % 2 else 'human'}" for i, s in enumerate(LIBRARY)]
    file = read_file(table(tmp_path / "a.csv", rows, "smiles,logD,species"))
    with pytest.raises(MismatchError, match=r"2 assays.*--pool"):
        read_learnable(file, Asked(properties=("logD",)), matter())
    (one,) = read_learnable(file, Asked(properties=("logD",), pool="same method"), matter())
    assert one.n_used == 48


def test_a_column_in_molar_units_is_learned_in_them_when_it_is_named(tmp_path):
    rows = [f"CC{'C' * i}O,{10 * (i + 1)}" for i in range(4)]
    file = read_file(table(tmp_path / "a.csv", rows, "smiles,IC50 (nM)"))
    (one,) = read_learnable(file, Asked(properties=("IC50 (nM)",)), matter())
    assert sorted(one.targets.values[:, 0]) == [10, 20, 30, 40] and one.unit == "nM"
    (p,) = read_learnable(file, Asked(properties=("pIC50",)), matter())
    assert np.allclose(sorted(p.targets.values[:, 0]), sorted(9 - np.log10([10, 20, 30, 40])))


def test_an_sdf_with_a_field_is_learned_from_as_a_table_is(tmp_path):
    blocks = [
        Chem.MolToMolBlock(Chem.MolFromSmiles(s)) + f"> <logD>\n{number(s)}\n\n$$$$\n"
        for s in LIBRARY
    ]
    (tmp_path / "a.sdf").write_text("".join(blocks))
    (one,) = read_learnable(read_file(tmp_path / "a.sdf"), Asked(properties=("logD",)), matter())
    assert one.n_used == 48 and {c.text for c in one.candidates} >= {"Cc1ccc(Br)cc1"}


# ---- evaluate
@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judged")
    rows = [f"{s},x,{number(s)}" for s in LIBRARY]
    seen = table(folder / "a.csv", rows[:40])
    new = table(folder / "b.csv", [*rows[40:], rows[0], "C1CC,bad,4", rows[-1]])
    return evaluate(seen, new, "logD", how=How())


def test_every_row_of_the_test_file_is_scored_or_told(judged):
    assert judged.n_test == 10 and judged.n_left_out == 1
    assert [q.row for q in judged.left_out] == [11]
    assert [s.n for s in judged.scores] == [10, 10, 10]


def test_all_metrics_of_the_boards_stand_there_with_intervals_and_baselines(judged):
    assert [s.model for s in judged.scores] == ["auto", "mean", "neighbour"]
    for name in ("rmse", "mae", "r2", "spearman", "pearson", "kendall"):
        for scores in judged.scores:
            assert scores.values[name].low <= scores.values[name].high
    assert judged.scores[0].values["coverage"].value == judged.coverage


def test_leaked_structures_are_told_by_row_and_the_score_without_them_stands_beside(judged):
    assert judged.n_leaked == 1 and judged.leaked == (10,)
    assert judged.without_leaks.n == 9


def test_a_class_is_judged_by_the_scores_of_classes(tmp_path):
    rows = [f"{s},x,{int('Br' in s or 'Cl' in s)}" for s in LIBRARY]
    seen, new = table(tmp_path / "a.csv", rows[::2]), table(tmp_path / "b.csv", rows[1::2])
    found = evaluate(seen, new, "logD", how=How())
    names = {"auroc", "auprc", "mcc", "accuracy", "f1", "log_loss", "brier", "ece"}
    assert found.task == "classification" and set(found.scores[0].values) == names
    assert found.coverage is None and found.n_leaked == 0


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Five columns; only the first can be learned from."""
    folder = tmp_path_factory.mktemp("mixed")
    rows = [
        f"{s},{number(s):.2f},{number(s) if i < 5 else ''},1,,{'odd' if i else 5}"
        for i, s in enumerate(LIBRARY)
    ]
    rows += [f"{'C' * n}c1ccccc1,,,,{n / 9:.2f}," for n in range(90, 104)]
    return table(folder / "a.csv", rows, "smiles,logD,few,one,series,odd")


def test_what_cannot_be_trained_is_left_out_and_told_and_the_others_are_trained(mixed, tmp_path):
    out = tmp_path / "m"
    told = train(mixed, ["few", "logD", "one", "odd"], out=out, how=How(is_quick=True))
    assert [m.property for m in told.models] == ["logD"]
    why = {one.property: one.why for one in told.untrained}
    assert why["few"] == "5 rows with a value of 'few' are too few to train on"
    assert why["one"] == "Nearly all rows of 'one' are of one class"
    assert "'odd' is not a number" in why["odd"] and not told.is_whole
    for one in told.untrained:
        assert one.remedy and one.n_rows == one.n_used + len({q.row for q in one.left_out})
    card = json.loads((out / "card.json").read_text())
    assert [one["property"] for one in card["untrained"]] == ["few", "one", "odd"]
    assert f"- not trained: few. {why['few']}" in (out / "README.md").read_text()
    kept = open_folder(out, matter()).parcels
    assert [one.model.card.property.name for one in kept] == ["logD"]


def test_a_property_of_one_family_is_left_out_like_one_of_few_rows(mixed, tmp_path):
    told = train(mixed, ["logD", "series"], out=tmp_path / "m", how=How(is_quick=True))
    assert [m.property for m in told.models] == ["logD"] and not told.is_whole
    assert told.untrained[0].why == "14 rows are too alike to hold any of them out"


def test_a_single_property_that_cannot_be_trained_is_refused_before_anything_is_learned(
    mixed, tmp_path, monkeypatch
):
    described = []
    monkeypatch.setattr(property_models, "_described", lambda *_: described.append(1))
    with pytest.raises(NotReadyError, match=r"^5 rows with a value of 'few'"):
        train(mixed, ["few"], out=tmp_path / "m", how=How())
    with pytest.raises(NotReadyError, match="None of 2 properties can be trained") as refused:
        train(mixed, ["few", "one"], out=tmp_path / "m", how=How())
    assert "few: 5 rows" in refused.value.what and "one: Nearly all" in refused.value.what
    with pytest.raises(DataError, match="No column holds 'gone'"):
        train(mixed, ["logD", "gone"], out=tmp_path / "m", how=How())
    assert not described and not (tmp_path / "m").exists()


def test_a_folder_that_lacks_a_file_says_which_and_what_to_do(made, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(made.out, folder)
    (folder / "rows.json").unlink()
    with pytest.raises(DataError, match=r"lacks rows\.json, which its card names") as told:
        open_folder(folder, matter())
    assert "Copy the whole folder again" in told.value.remedy


def test_a_number_beside_levels_in_words_is_told_to_be_none_of_them(tmp_path):
    file = table(tmp_path / "a.csv", [f"{s},x,{number(s)}" for s in LIBRARY])
    with pytest.raises(DataError, match="is no level; there are low, mid, high") as told:
        how = How(task="ordinal", levels=("low", "mid", "high"))
        train(file, ["logD"], out=tmp_path / "m", how=how)
    assert "without --task ordinal" in told.value.remedy
