# SPDX-License-Identifier: Apache-2.0
"""Embeddings of a protein language model, where the extra ``language`` is installed.

No real weights are at hand: the tests write a tiny random model of the ESM family, in the layout in
which ESM-2 is published, through the library that reads it.
"""

import json
import shutil
import socket

import numpy as np
import pytest

from loopwright.core.errors import DataError, MissingExtraError, SpecError
from loopwright.modalities.proteins import language
from loopwright.registry import build

pytestmark = pytest.mark.filterwarnings("ignore")

TOKENS = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO.-", "<null_1>", "<mask>"]
"""The vocabulary that ESM-2 is published with."""

WIDTH = 16
TEXTS = ("MQYKLILNGK", "MQYKLIWNGK", "GATTACA", "EVQLVESGG:DIQMTQSPS")


@pytest.fixture(scope="module")
def model():
    """The network that the weights are written from."""
    torch = pytest.importorskip("torch", reason="the extra `language` is not installed")
    transformers = pytest.importorskip(
        "transformers", reason="the extra `language` is not installed"
    )
    torch.manual_seed(5)
    config = transformers.EsmConfig(
        vocab_size=len(TOKENS), hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, pad_token_id=1, mask_token_id=32, max_position_embeddings=64,
        position_embedding_type="rotary", token_dropout=True, initializer_range=0.5,
    )  # fmt: skip
    return transformers.EsmForMaskedLM(config).eval()


@pytest.fixture(scope="module")
def weights(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("esm")
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(TOKENS))
    return folder


@pytest.fixture
def proteins(weights):
    return build("modalities", "proteins", {"embeddings": str(weights), "max_length": 100})


def _vectors(modality, texts):
    candidates = [modality.parse(t) for t in texts]
    return modality.describe(candidates, frozenset({"vector"})).blocks["vector"]


def test_a_chain_is_the_mean_of_the_last_layer_over_its_residues(proteins, model):
    import torch

    ids = torch.tensor([[0, *(TOKENS.index(c) for c in TEXTS[0]), 2]])
    with torch.no_grad():
        layer = model.esm(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
    (vector,) = _vectors(proteins, TEXTS[:1])
    assert vector.dtype == np.float32 and vector.shape == (WIDTH,)
    assert np.allclose(vector, layer[0, 1:-1].mean(0).numpy(), atol=2e-5)


def test_the_numbers_are_the_same_again_alone_and_after_forgetting(proteins):
    together = _vectors(proteins, TEXTS)
    language._embedded.cache_clear()
    language._network.cache_clear()
    alone = np.concatenate([_vectors(proteins, [t]) for t in reversed(TEXTS)])[::-1]
    assert np.array_equal(together, alone)
    assert len({v.tobytes() for v in together}) == len(TEXTS)


def test_each_named_chain_has_its_own_numbers_and_a_shared_one_is_read_once(weights):
    given = {"embeddings": str(weights), "chains": ["H", "L"]}
    pairs = build("modalities", "proteins", given)
    language._embedded.cache_clear()
    one, other = _vectors(pairs, ["EVQLVE:DIQM", "EVQLV:DIQM"])
    assert one.shape == (2 * WIDTH,)
    assert np.array_equal(one[WIDTH:], other[WIDTH:]) and not np.array_equal(one, other)
    assert language._embedded.cache_info().misses == 3


def test_chains_without_names_are_averaged_over_all_their_residues(proteins):
    heavy, light, both = _vectors(proteins, ["EVQLVE", "DIQM", "EVQLVE:DIQM"])
    assert np.allclose(both, (6 * heavy + 4 * light) / 10, atol=1e-5)


def test_no_candidates_have_no_rows_and_letters_need_no_weights(proteins):
    language._network.cache_clear()
    assert proteins.describe([], frozenset({"vector"})).blocks["vector"].shape == (0, WIDTH)
    proteins.describe([proteins.parse(TEXTS[0])], frozenset({"tokens"}))
    assert language._network.cache_info().misses == 0


def test_nothing_is_asked_of_any_network(proteins, monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    language._embedded.cache_clear()
    language._network.cache_clear()
    assert np.isfinite(_vectors(proteins, TEXTS)).all()


def test_a_model_of_vectors_learns_from_them(proteins):
    from loopwright.core.values import Targets

    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("ACDEFGHIKLMNPQRSTVWY"), 12)) for _ in range(80)]
    features = proteins.describe([proteins.parse(t) for t in texts], frozenset({"vector"}))
    values = (features.blocks["vector"] @ rng.normal(size=WIDTH))[:, None].astype(float)
    targets = Targets(
        values=values, bounds=np.zeros((80, 1), np.int8), n_replicates=np.ones((80, 1), int)
    )
    fitted = build("models", "linear", {}).fit(
        features.take(np.arange(60)), targets.take(np.arange(60)), seed=0
    )
    said = fitted.predict(features.take(np.arange(60, 80))).mean[:, 0]
    assert np.corrcoef(said, values[60:, 0])[0, 1] > 0.8


def test_a_relative_folder_starts_at_the_workspace(weights):
    given = {"embeddings": weights.name}
    there = build("modalities", "proteins", given, root=weights.parent)
    assert _vectors(there, TEXTS[:1]).shape == (1, WIDTH)


# ---- what cannot be
@pytest.fixture
def folder(weights, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(weights, tmp_path / "copy")


def _refused(folder):
    with pytest.raises(SpecError) as caught:
        build("modalities", "proteins", {"embeddings": str(folder)})
    assert caught.value.where == "modality.options.embeddings" and "ESM-2" in caught.value.remedy
    return caught.value.what


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    assert "There is no folder" in _refused(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("config.json", "config.json is missing"),
        ("vocab.txt", "vocab.txt is missing"),
        ("model.safetensors", "There is no model.safetensors"),
    ],
)
def test_a_folder_that_lacks_a_file_is_refused(folder, file, why):
    build("modalities", "proteins", {"embeddings": str(folder)})
    (folder / file).rename(folder / "pytorch_model.bin")
    language._vocabulary.cache_clear()
    assert why in _refused(folder)


def test_pickled_weights_are_named_as_what_they_are(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "only pickled weights" in _refused(folder)


@pytest.mark.parametrize(
    "change", [{"model_type": "bert"}, {"is_folding_model": True}, {"hidden_size": "many"}]
)
def test_another_kind_of_model_is_refused(folder, change):
    plain = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**plain, **change}))
    assert "no language model of the ESM family" in _refused(folder)


def test_weights_of_which_parts_are_missing_are_refused_and_not_made_up(folder):
    from safetensors.numpy import load_file, save_file

    path = folder / "model.safetensors"
    kept = {k: v for k, v in load_file(path).items() if "layer.1.attention" not in k}
    save_file(kept, path, metadata={"format": "pt"})
    spoilt = build("modalities", "proteins", {"embeddings": str(folder)})
    with pytest.raises(SpecError, match="parts of the network are not among the weights"):
        _vectors(spoilt, TEXTS[:1])


def test_weights_that_are_no_weights_are_refused(folder):
    (folder / "model.safetensors").write_bytes(b"\x80\x04no such thing")
    spoilt = build("modalities", "proteins", {"embeddings": str(folder)})
    with pytest.raises(SpecError, match="cannot be read"):
        _vectors(spoilt, TEXTS[:1])


def test_a_chain_that_the_model_cannot_read_whole_is_refused(proteins):
    assert proteins.parse("A" * 60)
    with pytest.raises(DataError, match="the language model reads 60"):
        proteins.parse("A" * 61)


def test_without_its_library_it_says_what_to_install(weights, monkeypatch):
    monkeypatch.setattr(language, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="torch") as caught:
        build("modalities", "proteins", {"embeddings": str(weights)})
    assert "loopwright[language]" in caught.value.remedy
