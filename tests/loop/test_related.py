# SPDX-License-Identifier: Apache-2.0
"""What is known of a related series chooses the first batch, and later ones as far as it helps."""

from itertools import product

import numpy as np
import pytest
from attrs import evolve

from loopwright.api.plain import Wanted, propose_from_files
from loopwright.api.replays import Question, replay_file
from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import RawFile
from loopwright.loop.tools import equip
from loopwright.registry import build
from loopwright.spec.campaign import CampaignSpec, Choice
from loopwright.spec.goal import Goal

ENDS = ("C", "CC", "CCC", "O", "OC", "F", "Cl", "Br", "N", "C#N", "C(F)(F)F", "C(N)=O", "C(=O)O")
MOLECULES = build("modalities", "molecules", {})
DRAWN = (f"c1({a})c{m}c({b})cc1" for a, b, m in product(ENDS, ENDS, ("c", "n")))
TEXTS = sorted({MOLECULES.parse(text).text for text in DRAWN})


def _worth(text):
    return text.count("C") + 2.0 * text.count("F") - text.count("n")


def _file(name, texts, column="y", scale=1.0):
    rows = [f"{t},{scale * _worth(t):.2f}" for t in texts]
    return RawFile(name=name, content="\n".join([f"smiles,{column}", *rows]).encode())


POOL = RawFile(name="pool.csv", content="\n".join(["smiles", *TEXTS[1::2]]).encode())
OLD = _file("old.csv", TEXTS[::2], scale=0.5)


def _mean_worth(batch):
    return np.mean([_worth(p.text) for p in batch.picks])


def test_before_anything_is_measured_the_related_series_chooses():
    batch = propose_from_files(POOL, None, Wanted(goals=("y:max",), batch=8, related=OLD))
    assert len(batch.picks) == 8 and batch.model == "" and batch.measured.n_rows == 0
    assert batch.picks[0].reason.startswith("knowledge on old.csv, sha256 ")
    assert _mean_worth(batch) > np.quantile([_worth(t) for t in TEXTS[1::2]], 0.9)


def test_who_stands_in_the_related_series_is_still_offered():
    pool = RawFile(name="pool.csv", content="\n".join(["smiles", *TEXTS[::2]]).encode())
    batch = propose_from_files(pool, None, Wanted(goals=("y:max",), batch=4, related=OLD))
    assert batch.pool.n_used == len(TEXTS[::2])


def test_later_the_related_series_is_learned_from_where_it_helps_and_that_is_said():
    measured = _file("m.csv", TEXTS[1:60:4])
    wanted = Wanted(goals=("y:max",), batch=6, related=OLD)
    beside = propose_from_files(POOL, measured, wanted)
    assert beside.model == "related" and "against gp" in beside.why
    assert "what is related helps: RMSE" in beside.why


def test_a_few_own_values_do_not_take_the_related_series_away():
    measured = _file("m.csv", TEXTS[1:8:2])
    batch = propose_from_files(
        POOL, measured, Wanted(goals=("y:max",), batch=8, related=OLD, as_written=True)
    )
    assert "old.csv" in batch.picks[0].reason
    assert "4 own values are too few to learn from" in batch.picks[0].reason
    assert _mean_worth(batch) > np.quantile([_worth(t) for t in TEXTS[1::2]], 0.9)


def test_it_is_said_that_a_series_of_noise_does_not_help():
    rng = np.random.default_rng(0)
    rows = [f"{t},{rng.normal():.2f}" for t in TEXTS[::2]]
    noise = RawFile(name="noise.csv", content="\n".join(["smiles,y", *rows]).encode())
    wanted = Wanted(goals=("y:max",), batch=6, related=noise, as_written=True)
    batch = propose_from_files(POOL, _file("m.csv", TEXTS[1:60:4]), wanted)
    assert "what is related neither helps nor hurts" in batch.why


def test_the_property_of_the_related_series_may_have_another_name():
    other = _file("old.csv", TEXTS[::2], column="elsewhere")
    measured = _file("m.csv", TEXTS[1:60:4])
    wanted = Wanted(goals=("y:max",), batch=3, related=other, related_property="elsewhere")
    assert propose_from_files(POOL, measured, wanted).model == "related"
    with pytest.raises(DataError, match="There is no column 'y'"):
        propose_from_files(POOL, measured, Wanted(goals=("y:max",), related=other))


def test_a_related_value_that_looks_wrong_is_held_back_and_told_with_its_row_and_file():
    lines = OLD.content.decode().splitlines()
    lines[5] = f"{lines[5].rpartition(',')[0]},90000"
    wrong = RawFile(name="wrong.csv", content="\n".join(lines).encode())
    asked = Wanted(goals=("y:max",), batch=8, related=wrong)
    batch = propose_from_files(POOL, None, asked)
    assert batch.related.file == "wrong.csv" and batch.has_faults
    (row,) = batch.related.left_out
    assert row.row == 6 and row.reason.startswith("looks ") and "--as-written" in row.remedy
    assert batch.related.n_used == batch.related.n_rows - 1 == len(lines) - 2
    assert _mean_worth(batch) > np.quantile([_worth(t) for t in TEXTS[1::2]], 0.9)
    anyway = propose_from_files(POOL, None, evolve(asked, as_written=True))
    assert anyway.related.n_left_out == 0 and not anyway.has_faults
    assert _mean_worth(anyway) < _mean_worth(batch)
    plain = propose_from_files(POOL, _file("m.csv", TEXTS[1:60:4]), Wanted(goals=("y:max",)))
    assert plain.related is None


def test_a_related_series_of_a_few_values_is_refused():
    few = _file("few.csv", TEXTS[:6])
    with pytest.raises(DataError, match="6 candidates have a value of 'y'"):
        propose_from_files(POOL, None, Wanted(goals=("y:max",), related=few))


def test_without_values_and_without_a_related_series_nothing_is_chosen():
    with pytest.raises(SpecError, match="no related series is given"):
        propose_from_files(POOL, None, Wanted(goals=("y:max",)))


def test_a_replay_says_whether_the_related_series_would_have_helped():
    asked = Question(
        goals=("y:max",), start=12, batch=8, cycles=2, seeds=3, related=OLD,
        strategies=("loop", "related"),
    )  # fmt: skip
    found = replay_file(_file("y.csv", TEXTS[1::2]), asked).strategies
    first = {name: answer.curve[0].mean for name, answer in found.items()}
    assert first["related"] > first["loop"] + 0.2


def test_the_strategy_needs_the_file():
    with pytest.raises(SpecError, match="needs a related series"):
        Question(goals=("y:max",), strategies=("related",))


def test_a_campaign_file_may_name_the_related_series(tmp_path):
    (tmp_path / "old.csv").write_bytes(OLD.content)
    spec = CampaignSpec(
        name="c", goals=(Goal(property="y"),), modality=Choice(name="molecules"),
        related="old.csv",
    )  # fmt: skip
    tools = equip(spec, root=tmp_path)
    less = Goal(property="y", direction="minimize", threshold=2.0)
    assert equip(evolve(spec, goals=(less,)), root=tmp_path).related().goal.worth(1.0) == -1.0
    assert "related" not in tools.own and tools.own.keys() < tools.models.keys()
    assert next(iter(tools.models)) == "related" and len(tools.related().candidates) == len(
        TEXTS[::2]
    )
    gone = equip(spec, root=tmp_path / "elsewhere")
    with pytest.raises(SpecError, match="cannot be read"):
        gone.related()
