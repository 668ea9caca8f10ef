# SPDX-License-Identifier: Apache-2.0
"""What a protein language model makes of a chain: its last layer, averaged over the residues.

Weights are read from a folder of this machine, in the layout of Hugging Face (ESM-2 and its kin);
nothing is downloaded, no pickle is opened and no code of the folder is run. Each chain is read
alone, so that no row depends on others, and kept: a light chain that all share is read once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from loopwright.core.errors import MissingExtraError, SpecError
from loopwright.science.amino_acids import LETTERS
from loopwright.science.chained import CHAIN

__all__ = ["LanguageModel"]

EXTRA = "language"
LIBRARIES = ("torch", "transformers")
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
FIRST, LAST = "<cls>", "<eos>"
SPARE = 4
"""Places of the model that no residue takes: first and last, and the two before position 0."""

KEPT_CHAINS = 50_000
"""Chains whose numbers are kept in memory: 64 MB at 320 numbers each, 256 MB at 1,280."""

_UNUSED = ("position_ids", "inv_freq", "contact_head", "pooler")
"""Parts that are computed, or that a mean over residues does not need."""

Vector = npt.NDArray[np.float32]


@frozen(kw_only=True)
class LanguageModel:
    """A folder with the weights of a model of the ESM family."""

    folder: str
    width: int
    """Numbers that a residue, and so a chain, is summed up in."""

    longest: int
    """Most residues of a chain that it reads."""

    @staticmethod
    def of(folder: Path) -> LanguageModel:
        """Return the model in a folder, by its plain files; its weights are not read yet.

        Raises:
            SpecError: The folder is missing, or holds no such model.
            MissingExtraError: The libraries are not installed.
        """
        config = _config(folder)
        _vocabulary(str(folder))
        for library in LIBRARIES:
            if find_spec(library) is None:
                raise MissingExtraError(
                    f"Embeddings need the library {library!r}",
                    where="modality.options.embeddings",
                    remedy=f"Run: pip install 'loopwright[{EXTRA}]'",
                )
        return LanguageModel(
            folder=str(folder),
            width=int(config["hidden_size"]),
            longest=int(config["max_position_embeddings"]) - SPARE,
        )

    def rows(self, sequences: Sequence[str], *, n_chains: int) -> Vector:
        """Return the numbers of each sequence, shape (n, n_chains * width).

        Args:
            sequences: Chains joined by a break.
            n_chains: How many of them stand side by side, each with its own numbers; 0 to average
                over the residues of all chains, however many there are.
        """
        out = np.empty((len(sequences), max(n_chains, 1) * self.width), np.float32)
        for row, sequence in enumerate(sequences):
            chains = sequence.split(CHAIN)
            each = np.stack([_embedded(self.folder, chain) for chain in chains])
            lengths = np.array([len(chain) for chain in chains], float)
            out[row] = each.ravel() if n_chains else lengths @ each / lengths.sum()
        return out


@lru_cache(maxsize=KEPT_CHAINS)
def _embedded(folder: str, chain: str) -> Vector:
    """Return the mean of the last layer over the residues of a chain, rounded, shape (width,)."""
    import torch

    network, code = _network(folder), _vocabulary(folder)
    ids = torch.tensor([[code[FIRST], *(code[c] for c in chain), code[LAST]]])
    with torch.no_grad():
        said = network(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
    mean: Vector = np.round(said[0, 1:-1].double().mean(0).numpy(), 5).astype(np.float32)
    mean.flags.writeable = False
    return mean


@lru_cache(maxsize=1)
def _network(folder: str) -> Any:
    """Return the network of a folder, ready to be asked.

    Raises:
        SpecError: The weights are no such model's: some of its parts are missing.
    """
    from safetensors import SafetensorError
    from transformers import EsmModel

    with _quiet():
        try:
            network, told = EsmModel.from_pretrained(
                folder,
                local_files_only=True,
                use_safetensors=True,
                add_pooling_layer=False,
                output_loading_info=True,
            )
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as ex:
            raise _refusal(f"The weights cannot be read: {type(ex).__name__}") from ex
    missing = [k for k in told["missing_keys"] if not any(part in k for part in _UNUSED)]
    if missing or told["mismatched_keys"]:
        n = len(missing) + len(told["mismatched_keys"])
        raise _refusal(f"{n} parts of the network are not among the weights")
    return network.float().eval()


@lru_cache(maxsize=4)
def _vocabulary(folder: str) -> dict[str, int]:
    """Return the number of each token; refuse a vocabulary that lacks an amino acid."""
    path = Path(folder) / "vocab.txt"
    tokens = path.read_text(encoding="utf-8").split() if path.is_file() else []
    code = {token: i for i, token in enumerate(tokens)}
    if lacking := [t for t in (FIRST, LAST, *LETTERS) if t not in code]:
        raise _refusal(f"vocab.txt is missing, or lacks {', '.join(lacking[:5])}")
    return code


def _config(folder: Path) -> dict[str, Any]:
    """Return the plain description of a model; refuse a folder that holds no such model."""
    if not folder.is_dir():
        raise _refusal(f"There is no folder {folder}")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as ex:
        raise _refusal("config.json is missing, or is no JSON") from ex
    sizes = ("hidden_size", "max_position_embeddings")
    is_model = isinstance(config, dict) and all(isinstance(config.get(k), int) for k in sizes)
    if not is_model or config.get("model_type") != "esm" or config.get("is_folding_model"):
        raise _refusal("config.json describes no language model of the ESM family")
    if not any((folder / name).is_file() for name in WEIGHTS):
        pickled = (folder / "pytorch_model.bin").is_file()
        raise _refusal(f"There is no {WEIGHTS[0]}{', only pickled weights' * pickled}")
    return dict(config)


def _refusal(what: str) -> SpecError:
    return SpecError(
        what,
        where="modality.options.embeddings",
        remedy="Give a folder with config.json, vocab.txt and model.safetensors, as those of ESM-2 "
        "are published; pickled weights are never opened.",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's bars and reports off the terminal."""
    from transformers.utils import logging

    level, shows = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shows:
            logging.enable_progress_bar()
