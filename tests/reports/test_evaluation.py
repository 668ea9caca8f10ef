# SPDX-License-Identifier: Apache-2.0
"""What the card says of a learning curve, in words and in a picture: they agree."""

import pytest

from loopwright.reports.evaluation import evaluation_picture, evaluation_rows, evaluation_text


def estimate(value, low, high):
    return {"value": value, "low": low, "high": high}


def card(errors, twice=None, sizes=(20, 40, 80, 160)):
    """The entry of one property whose learning curve has these errors."""
    steps = [
        {"n_rows": n, "error": estimate(e, 0.9 * e, 1.1 * e)}
        for n, e in zip(sizes, errors, strict=False)
    ]
    values = {"rmse": steps[-1]["error"]}
    scores = [{"model": "auto", "n": 200, "values": values}]
    curve = {"measure": "RMSE", "steps": steps, "baselines": {"mean": 1.0}, "twice": twice}
    found = {
        "parted": [{"split": "scaffold families", "scores": scores}],
        "cliffs": None,
        "curve": curve,
        "missing": [],
    }
    return {"property": "logD", "task": "regression", "unit": "1", "evaluation": found}


def further(low, high, *, is_clear):
    return {
        "n_rows": 320,
        "error": estimate(0.4, low, high),
        "change": estimate(-0.2, low / 0.5 - 1, high / 0.5 - 1),
        "is_clear": is_clear,
    }


ERRORS = (0.9, 0.8, 0.6, 0.5)


def said(one):
    return next(iter(evaluation_text(one)))


@pytest.mark.parametrize(
    ("is_clear", "high", "words"),
    [(True, 0.45, "20 % less (10 % to 30 %)."), (False, 0.6, "it may as well stay what it is.")],
)
def test_a_point_that_is_drawn_stands_in_the_words_and_in_the_table_with_its_interval(
    is_clear, high, words
):
    one = card(ERRORS, further(0.35, high, is_clear=is_clear))
    text = said(one).replace("\N{NO-BREAK SPACE}", " ")
    assert f"from 0.5 to about 0.4 (0.35 to {high}, 95 %)" in text and text.endswith(words)
    assert "cannot be told" not in text
    row = evaluation_rows(one)[-1]
    assert row.held_out.endswith("with 320 rows (extrapolated)")
    assert row.values["rmse"] == estimate(0.4, 0.35, high)
    assert "320" in evaluation_picture(one).svg


@pytest.mark.parametrize(
    ("errors", "sizes", "why"),
    [
        (ERRORS[:1], (160,), "the rows are too few for a learning curve."),
        (ERRORS[:2], (80, 160), "too few for more than two steps"),
        ((0.9, 0.0, 0.6), (40, 80, 160), "has no error at all"),
        (ERRORS, (90, 90, 90, 90), "have learned from as many rows"),
    ],
    ids=("one step", "two steps", "a step without an error", "steps that do not grow"),
)
def test_where_no_point_is_drawn_the_words_say_why(errors, sizes, why):
    one = card(errors, sizes=sizes)
    assert said(one).startswith("What twice the rows would bring cannot be told: ")
    assert why in said(one)
    assert not any("extrapolated" in row.held_out for row in evaluation_rows(one))
    picture = evaluation_picture(one)
    is_drawn = len(errors) > 1
    assert ("Rows learned from" in picture.svg) == is_drawn
    assert ("error against the rows" in picture.caption) == is_drawn
