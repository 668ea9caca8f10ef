# SPDX-License-Identifier: Apache-2.0
"""Why a model says what it says, from a folder that ``train`` wrote."""

import json
import re
from pathlib import Path

import cattrs
import pytest
from attrs import evolve

from loopwright.api.explain_page import write_explained
from loopwright.api.explaining import explain
from loopwright.api.how import How
from loopwright.api.matched import pairs
from loopwright.api.predicting import predict
from loopwright.api.property_models import train
from loopwright.core.errors import DataError

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "C#N")
CORES = ("{}c1ccc({})cc1", "{}c1ccnc({})c1", "{}C1CCC({})CC1")
LIBRARY = tuple(core.format(a, b) for core in CORES for a in ENDS[:4] for b in ENDS[4:])
QUERY = "Clc1ccc(CC)cc1"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A number, a number that is learned as its logarithm, and a class."""
    folder = tmp_path_factory.mktemp("explained")
    rows = ["smiles,name,logD,ratio,is_hit"]
    for i, s in enumerate(LIBRARY):
        value = 5 + s.count("Cl") + 2 * s.count("Br") + len(s) / 20
        rows.append(f"{s},cpd {i},{value:.3f},{10 ** (value - 5):.4g},{int(value > 6)}")
    (folder / "a.csv").write_text("\n".join(rows) + "\n")
    train(
        folder / "a.csv", ["logD", "ratio", "is_hit"], out=folder / "model", how=How(is_quick=True)
    )
    return folder / "model"


@pytest.fixture(scope="module")
def found(model):
    return explain(model, [QUERY, "C1CC", "Cc1ccc(C)cc1"])


def test_a_limit_keeps_its_sign_and_contradicts_nothing_that_respects_it(tmp_path):
    rows = [f"{s},{'>4' if i % 3 == 0 else 5 + len(s) / 20}" for i, s in enumerate(LIBRARY)]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,pIC50", *rows]) + "\n")
    train(tmp_path / "a.csv", ["pIC50"], out=tmp_path / "m", how=How(is_quick=True))
    (one,) = explain(tmp_path / "m", [LIBRARY[0]]).answers
    assert one.low > 4, "the limit lies outside of the interval, and does not contradict it"
    assert (one.nearest[0].value, one.nearest[0].relation) == (4.0, ">")
    assert any(row.relation == "=" for row in one.nearest)
    assert not [row for row in one.otherwise if row.relation == ">"]
    write_explained(explain(tmp_path / "m", [LIBRARY[0]]), tmp_path / "why.html")
    assert "&gt;4<" in (tmp_path / "why.html").read_text()
    predict(tmp_path / "a.csv", [tmp_path / "m"], out=tmp_path / "o.csv")
    told = [line.split(",")[-3] for line in (tmp_path / "o.csv").read_text().splitlines()[1:]]
    assert told[0] == ">4" and told[1] == f"{5 + len(LIBRARY[1]) / 20:.6g}"


def test_every_structure_is_answered_for_every_property_or_says_why_not(found):
    asked = [(a.row, a.property) for a in found.answers]
    assert asked == [(r, p) for r in (1, 3) for p in ("logD", "ratio", "is_hit")]
    assert [p.row for p in found.problems] == [2] and found.problems[0].remedy


def test_atoms_and_reference_add_up_to_the_prediction(found):
    assert [a.shared.scale for a in found.answers[:3]] == ["plain", "log", "plain"]
    for one in found.answers:
        total = one.shared.reference + sum(a.value for a in one.shared.atoms)
        assert one.shared.total == pytest.approx(total, abs=1e-12)
        assert abs(one.shared.difference) < 2e-5
        prediction = 10**one.shared.total if one.shared.scale == "log" else one.shared.total
        assert prediction == pytest.approx(one.mean, rel=1e-4)


def test_the_chlorine_that_raises_the_number_is_the_atom_that_counts_most(found):
    best = max(found.answers[0].shared.atoms, key=lambda a: a.value)
    assert best.name.startswith("Cl")


def test_symmetric_atoms_add_the_same(found):
    for one in found.answers[3:]:
        value = {a.name: a.value for a in one.shared.atoms}
        assert value["C1"] == value["C6"] and value["C3"] == value["C8"]
        assert value["C1"] != value["C3"]


def test_the_same_seed_gives_the_same_bits_and_another_seed_nearly_the_same(model, found):
    def bare(one):
        return evolve(one, seconds=0.0)

    again, other = explain(model, [QUERY]), explain(model, [QUERY], seed=5)
    assert [bare(a) for a in again.answers] == [bare(a) for a in found.answers[:3]]
    for one, another in zip(again.answers, other.answers, strict=True):
        assert one.shared.atoms != another.shared.atoms
        assert one.mean == another.mean and abs(another.shared.difference) < 2e-5


def test_like_rows_have_their_values_and_those_that_came_out_otherwise_lie_outside(found):
    for one in found.answers:
        alike = [n.similarity for n in one.nearest]
        assert len(alike) == 5 and alike == sorted(alike, reverse=True)
        for row in one.otherwise:
            if one.task == "classification":
                assert (row.value >= 0.5) != (one.mean >= 0.5)
            else:
                assert not one.low <= row.value <= one.high
    assert any(one.otherwise for one in found.answers)
    changes = {n.change for n in found.answers[0].nearest}
    assert changes & {"CC[*:1]>>C[*:1]", "Cl[*:1]>>Br[*:1]"}


def test_exchanges_that_can_be_made_are_told_with_what_they_would_do(found):
    one = found.answers[0]
    known = {(e.before, e.after): e for e in one.exchanges}
    assert known["Cl[*:1]", "Br[*:1]"].mean == pytest.approx(1.0, abs=0.01)
    assert {e.before for e in one.exchanges} <= {"Cl[*:1]", "CC[*:1]", "C[*:1]"}
    made = {a.text: a for a in one.analogues}
    assert made["CCc1ccc(Br)cc1"].mean > one.mean
    far = [abs(a.mean - one.mean) for a in one.analogues]
    assert far == sorted(far, reverse=True)


def test_pairs_are_computed_once_and_a_model_made_anew_has_new_ones(model):
    kept = model / "pairs.json"
    kept.unlink(missing_ok=True)
    first, second = pairs(model), pairs(model)
    assert first.is_new and not second.is_new and first.tables == second.tables
    content = json.loads(kept.read_text())
    kept.write_text(json.dumps({**content, "model": "another"}))
    assert pairs(model).is_new
    kept.write_text("[")
    assert pairs(model).is_new
    (log,) = pairs(model, property="ratio").tables
    assert log.scale == "log" and log.n_rows == len(LIBRARY)


def test_a_property_that_is_not_there_is_refused_and_the_others_are_named(model):
    with pytest.raises(DataError, match="logD, ratio, is_hit"):
        explain(model, ["CCO"], property="pIC50")
    with pytest.raises(DataError, match="no model"):
        pairs(Path(model.parent))


def test_an_explanation_is_plain_json(found):
    told = json.loads(json.dumps(cattrs.unstructure(found)))
    assert told["answers"][0]["shared"]["method"].startswith("Shapley")


def test_the_page_stands_alone_and_says_in_words_what_it_shows_in_colours(found, tmp_path):
    odd = evolve(found, model="/home/somebody/<script>alert(1)")
    page = write_explained(odd, tmp_path / "page.html").read_text()
    assert "<script" not in page and "model &lt;script" in page and "somebody" not in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert page.count("Atoms by contribution: Cl") >= 1
    assert "sum over 9 atoms" in page and "Structure 2" in page and "image/svg+xml" in page
    assert page == write_explained(odd, tmp_path / "again.html").read_text()
    with pytest.raises(DataError, match="cannot be written"):
        write_explained(found, tmp_path / "none" / "page.html")


@pytest.fixture(scope="module")
def of_the_catalogue():
    return explain("admet", ["CC(=O)Oc1ccccc1C(=O)O"], property="logD7.4")


def test_a_catalogue_is_explained_without_the_structures_that_it_does_not_keep(of_the_catalogue):
    (one,) = of_the_catalogue.answers
    total = one.shared.reference + sum(a.value for a in one.shared.atoms)
    assert total == pytest.approx(one.mean, abs=1e-4)
    assert all(re.fullmatch("[A-Z]{14}-[A-Z]{10}-[A-Z]", row.name) for row in one.nearest)
    assert not any(row.text or row.change for row in (*one.nearest, *one.otherwise))
    assert not one.exchanges and not one.analogues


def test_the_page_of_a_catalogue_shows_one_picture_and_says_why(of_the_catalogue, tmp_path):
    page = write_explained(of_the_catalogue, tmp_path / "page.html").read_text()
    assert page.count("<img") == 1 and "keeps InChIKeys, no structures" in page


@pytest.mark.filterwarnings("ignore")
def test_a_network_that_reads_the_graph_is_asked_of_the_atoms_that_remain(tmp_path):
    pytest.importorskip("chemprop", reason="the extra `deep` is not installed")
    rows = [f"{s},{s.count('Cl')}" for s in LIBRARY]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,n", *rows]) + "\n")
    train(tmp_path / "a.csv", ["n"], out=tmp_path / "m", how=How(is_quick=True, model="chemprop"))
    (one,) = explain(tmp_path / "m", [QUERY]).answers
    assert one.shared.total == pytest.approx(one.mean, abs=2e-5)
    assert one.analogues and len(one.shared.atoms) == 9
