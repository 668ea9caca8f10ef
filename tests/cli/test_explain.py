# SPDX-License-Identifier: Apache-2.0
"""`explain --model` on the command line."""

import pytest
from attrs import fields

from loopwright.api.explaining import Explained
from loopwright.api.how import How
from loopwright.api.matched import Matched
from loopwright.api.property_models import train


@pytest.fixture(scope="module")
def model(tmp_path_factory, series):
    folder = tmp_path_factory.mktemp("model")
    (folder / "a.csv").write_text(series)
    train(folder / "a.csv", ["pIC50"], out=folder / "model", how=How(is_quick=True))
    return folder / "model"


def test_a_structure_is_explained_in_words_as_one_object_and_as_a_page(call, model, tmp_path):
    told = call("explain", "--model", model, "Clc1ccc(C)cc1", "--json")
    assert told.code == 0 and set(told.json) == {f.name for f in fields(Explained)}
    told = call("explain", "--model", model, "Clc1ccc(C)cc1", "--out", tmp_path / "p.html")
    assert told.code == 0 and (tmp_path / "p.html").is_file()
    for words in ("Shapley", "no atoms", "nearest training rows", "the prediction differs by"):
        assert words in told.text


def test_an_unreadable_structure_is_told_and_ends_with_3(call, model):
    told = call("explain", "--model", model, "C1CC", "CCO")
    assert told.code == 3 and "structure 1: A structure cannot be read" in told.text
    assert "2 CCO" in told.text


def test_pairs_are_told_as_a_table_and_as_one_object(call, model):
    told = call("explain", "--model", model, "--pairs")
    assert told.code == 0 and "Br[*:1]" in told.text and "95 % interval" in told.text
    told = call("explain", "--model", model, "--pairs", "--json")
    assert set(told.json) == {f.name for f in fields(Matched)}


@pytest.mark.parametrize(
    "words",
    [("--pairs", "CCO"), (), ("--pairs", "--out", "p.html")],
    ids=["pairs of a structure", "neither", "a page of pairs"],
)
def test_what_cannot_go_together_is_a_fault_of_usage(call, model, words):
    assert call("explain", "--model", model, *words).code == 2


def test_a_file_in_place_of_a_structure_is_told_as_one(call, model, tmp_path):
    (tmp_path / "few.smi").write_text("CCO\n")
    told = call("explain", "--model", model, tmp_path / "few.smi")
    assert told.code == 2 and "is a file" in told.err + told.text


def test_without_a_model_plugins_are_explained_as_before(call):
    assert "Gaussian" in call("explain", "models", "gp").text
    assert call("explain").code == 2 and call("explain", "models", "gp", "--pairs").code == 2


def test_a_catalogue_is_named_like_a_model_but_not_beside_one(call, model):
    asked = ("CCO", "--property", "logD7.4")
    told = call("explain", "--catalogue", "admet", *asked)
    assert told.code == 0 and "nearest training rows" in told.text
    assert call("explain", "--model", "admet", *asked).text == told.text
    assert call("explain", "--catalogue", "admet", "--model", model, "CCO").code == 2
    assert "admet" in call("explain", "--catalogue", "other", "CCO").text
