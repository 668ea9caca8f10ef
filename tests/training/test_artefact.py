# SPDX-License-Identifier: Apache-2.0
import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from loopwright.core.errors import DataError
from loopwright.registry import build
from loopwright.training.artefact import pack, read_card, unpack

SHELF = {name: build("models", name, {}) for name in ("gp", "boosted", "mean", "neighbour")}

PLAIN = {"F64", "F32", "I64", "I32", "I8", "U16", "U8", "BOOL"}


@pytest.fixture(scope="module", params=sorted(SHELF))
def one(request, table, trained):
    """A trained model of each kind."""
    return trained(table(40, families=8), **{request.param: SHELF[request.param]})


@pytest.fixture(scope="module")
def packed(table, trained):
    return pack(trained(table(30), mean=SHELF["mean"]))


def _header(content):
    size = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def test_an_unpacked_model_predicts_the_same_bits_and_carries_the_same_card(one, table):
    back, new = unpack(pack(one), SHELF), table(25, seed=3).features
    assert back.card == one.card == read_card(pack(one))
    for name in ("mean", "std", "noise_std", "low", "high", "in_domain"):
        assert np.array_equal(getattr(back.predict(new), name), getattr(one.predict(new), name))
    assert np.array_equal(back.fitted.covariance(new), one.fitted.covariance(new))


def test_an_unpacked_model_carries_the_rows_it_was_trained_on(one):
    back = unpack(pack(one), SHELF)
    assert back.features.ids == one.features.ids
    assert np.array_equal(back.targets.values, one.targets.values)
    assert np.array_equal(back.targets.bounds, one.targets.bounds)
    assert np.array_equal(back.held_out.mean, one.held_out.mean)
    assert np.array_equal(back.held_out.std, one.held_out.std)


def test_equal_models_are_equal_bytes_and_packing_again_changes_nothing(one):
    assert pack(unpack(pack(one), SHELF)) == pack(one)


def test_a_packed_model_is_json_and_plain_arrays_and_nothing_else(one):
    """Every byte belongs to the header or to an array of numbers: nothing could be executed."""
    header, body = _header(pack(one))
    ours = json.loads(header.pop("__metadata__")["loopwright"])
    assert ours.keys() == {"format", "card", "texts", "settings"}
    assert {e["dtype"] for e in header.values()} <= PLAIN
    spans = sorted(tuple(e["data_offsets"]) for e in header.values())
    assert spans[0][0] == 0 and spans[-1][1] == len(body)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))


def test_scores_that_are_no_numbers_survive_packing(table, trained):
    """A rank correlation of no measured rows is NaN."""
    data = table(10)
    data.targets.bounds[:] = 1
    result = trained(data, mean=SHELF["mean"])
    back = unpack(pack(result), SHELF)
    assert np.isnan(result.card.scores[0].spearman.value)
    assert np.isnan(back.card.scores[0].spearman.value)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_model_are_refused(content):
    for read in (read_card, lambda c: unpack(c, SHELF)):
        with pytest.raises(DataError):
            read(content)


@given(st.data())
def test_a_model_that_was_cut_off_is_refused(packed, data):
    end = data.draw(st.integers(0, len(packed) - 1))
    assert unpack(packed, SHELF).card.model == "mean"
    with pytest.raises(DataError):
        unpack(packed[:end], SHELF)


@pytest.mark.parametrize(
    "metadata",
    [None, {"other": "x"}, {"loopwright": "no json"}, {"loopwright": "[]"}, {"loopwright": "7"}],
    ids=["no metadata", "other metadata", "no json", "a list", "a number"],
)
def test_a_safetensors_file_of_somebody_else_is_refused(packed, metadata):
    assert read_card(packed)
    with pytest.raises(DataError):
        read_card(save({"weights": np.zeros(3)}, metadata=metadata))


def test_a_header_that_is_nested_without_end_is_refused():
    text = b"[" * 200_000
    with pytest.raises(DataError):
        read_card(len(text).to_bytes(8, "little") + text)


def test_a_model_of_a_later_format_is_refused_with_its_name(packed):
    header, body = _header(packed)
    inner = json.loads(header["__metadata__"]["loopwright"])
    inner["format"] = "loopwright model 99"
    header["__metadata__"]["loopwright"] = json.dumps(inner)
    text = json.dumps(header).encode()
    with pytest.raises(DataError, match="'loopwright model 99'"):
        unpack(len(text).to_bytes(8, "little") + text + body, SHELF)
