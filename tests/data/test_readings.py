# SPDX-License-Identifier: Apache-2.0
import pytest

from loopwright.core.errors import DataError
from loopwright.core.readings import Reading
from loopwright.core.values import Candidate
from loopwright.data.readings import Readings
from loopwright.data.rows import CHUNK


def answer(i):
    if i % 10 == 3:
        return DataError(f"refused {i % 2}", where="structure", remedy="Draw it again.")
    text = f"C{i}" if i % 3 else f"canonical {i}"
    notes = ("salt stripped",) if i % 5 == 0 else ()
    return Reading(
        candidate=Candidate(id=f"M-{i}", text=text), notes=notes, doubt="odd" * (i % 7 == 0)
    )


def same(one, other):
    if isinstance(one, DataError):
        return (one.what, one.where, one.remedy) == (other.what, other.where, other.remedy)
    return one == other


@pytest.mark.parametrize("n", [5, CHUNK + 3])
def test_every_text_has_the_answer_that_was_put_and_no_other_text_has_one(n):
    texts = [f"C{i}" for i in range(n)]
    kept = Readings()
    kept.put(texts, [answer(i) for i in range(n)])
    for i in (*range(4), n // 2, n - 1):
        assert same(kept.get(f"C{i}"), answer(i))
        assert f"C{i}" in kept
    assert kept.get(f"C{n}") is None
    assert "" not in kept


def test_joined_readings_know_what_each_part_knew():
    small, large = Readings(), Readings()
    small.put(["x"], [answer(1)])
    large.put([f"C{i}" for i in range(CHUNK)], [answer(i) for i in range(CHUNK)])
    both = Readings.join([small, large])
    assert both.get("x") == answer(1)
    assert both.get("C20") == answer(20)
