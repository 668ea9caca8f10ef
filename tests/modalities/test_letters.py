# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import Targets
from loopwright.registry import build


def test_a_letter_outside_the_alphabet_is_refused_by_its_place_and_the_row_is_not_told():
    dna = build("modalities", "letters", {})
    assert dna.parse(" GATTACA\n").text == "GATTACA"
    with pytest.raises(DataError, match="no letter of the alphabet at 2, 4") as refusal:
        dna.parse("GaTBACA")
    assert "GaTBACA" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "  ", "A" * 9], ids=["blank", "spaces", "too long"])
def test_a_row_that_is_blank_or_too_long_is_refused(text):
    dna = build("modalities", "letters", {"max_length": 8})
    assert dna.parse("A" * 8)
    with pytest.raises(DataError, match="no or more than 8 letters"):
        dna.parse(text)


def test_an_alphabet_with_a_letter_twice_is_refused():
    assert build("modalities", "letters", {"letters": "ACGU"})
    with pytest.raises(SpecError, match="twice"):
        build("modalities", "letters", {"letters": "ACGA"})


def test_no_letter_is_an_amino_acid_to_a_model_and_each_is_another_number():
    letters = "".join(chr(c) for c in range(40, 82))
    rows = build("modalities", "letters", {"letters": letters, "max_length": 50})
    (tokens,) = rows.describe([rows.parse(letters)], rows.offers).blocks["tokens"]
    assert tokens[:42].tolist() == list(range(22, 64)) and not tokens[42:].any()


def test_the_sequence_model_learns_from_letters_of_any_alphabet():
    rows = build("modalities", "letters", {"letters": "abcdefgh01", "max_length": 4})
    rng = np.random.default_rng(0)
    known = ["".join(rng.choice(list(rows.letters), 4)) for _ in range(120)]
    worth = np.array([("0" in t[:2]) + 2.0 * (t[3] == "a") for t in known])
    targets = Targets(
        values=worth[:, None],
        bounds=np.zeros((120, 1), np.int8),
        n_replicates=np.ones((120, 1), np.int64),
    )
    features = rows.describe([rows.parse(t) for t in known], rows.offers)
    fitted = build("models", "sequence", {}).fit(features, targets, seed=0)
    asked = rows.describe([rows.parse(t) for t in ("0bca", "bbcb")], rows.offers)
    high, low = fitted.predict(asked).mean[:, 0]
    assert high > 2.0 and low < 0.7
