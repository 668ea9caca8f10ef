# SPDX-License-Identifier: Apache-2.0
import math
import random

import pytest

from loopwright.core.errors import MismatchError
from loopwright.core.values import Measurement
from loopwright.data.comparison import compare, in_a_line
from loopwright.data.targets import targets


def m(cid, value, relation="=", *, assay="A", kind="pIC50", unit="1", mid="", **more):
    return Measurement(
        measurement_id=mid or f"{cid}{value}{relation}{assay}", campaign_id="c",
        modality="molecules", candidate_id=cid, assay_id=assay, standard_type=kind,
        standard_relation=relation, standard_value=value, standard_units=unit,
        source_sha256="s", source_row=2, **more,
    )  # fmt: skip


def two(shift=0.4):
    """Two assays that share 8 candidates, and a third that shares none with them."""
    noise = [0.1, -0.1, 0.05, -0.05, 0.2, -0.2, 0.0, 0.0]
    return [
        *(m(f"c{i}", 5.0 + i / 4) for i in range(8)),
        *(m(f"c{i}", 5.0 + i / 4 + shift + n, assay="B") for i, n in enumerate(noise)),
        m("d", 6.0, assay="C"), m("e", 6.0),
    ]  # fmt: skip


def test_two_assays_are_compared_on_what_both_have_measured():
    (pair,) = compare(two())
    found = pair.agreement
    assert (pair.one.id, pair.other.id, found.n) == ("A", "B", 8)
    assert found.bias == pytest.approx(0.4) and found.bias_low < 0.4 < found.bias_high
    assert found.sd == pytest.approx(math.sqrt(0.105 / 7))
    assert found.within == (0.25, 0.875, 1.0)
    assert found.spearman > 0.95


def test_neither_order_nor_unit_changes_the_answer():
    rows = two()
    in_nM = [
        m(r.candidate_id, 10 ** (9 - r.standard_value), assay=r.assay_id, kind="IC50", unit="nM")
        for r in rows
    ]
    shuffled = random.Random(1).sample(rows, len(rows))
    assert compare(shuffled) == compare(rows)
    (told,) = compare(in_nM)
    assert told.property == "pIC50" and told.is_log
    assert told.agreement.bias == pytest.approx(0.4)
    (mixed,) = compare([*rows[:8], *in_nM[8:16]])
    assert mixed.agreement.bias == pytest.approx(0.4), "IC50 in nM and pIC50 are one property"


def test_other_quantities_are_compared_as_they_are():
    rows = [m(f"c{i}", 10.0 * i, kind="yield", unit="%") for i in range(4)]
    rows += [m(f"c{i}", 10.0 * i + 5, kind="yield", unit="%", assay="B") for i in range(4)]
    (pair,) = compare(rows)
    assert (pair.unit, pair.is_log, pair.agreement.bias) == ("%", False, 5.0)
    assert pair.agreement.within == ()


def test_limits_are_counted_apart_and_contradictions_named():
    rows = [
        m("a", 5.0), m("a", 6.0, assay="B"),
        m("b", 5.0, "<"), m("b", 4.5, assay="B"),
        m("c", 5.0, "<"), m("c", 6.0, assay="B"),
        m("d", 5.0, "<"), m("d", 5.5, "<", assay="B"),
        m("e", 7.0, ">"), m("e", 6.0, "<", assay="B"),
    ]  # fmt: skip
    (pair,) = compare(rows)
    assert (pair.agreement.n, pair.n_limits, pair.n_contradictory) == (1, 4, 2)
    (only,) = compare([r for r in rows if r.candidate_id in "bcde"])
    assert only.agreement.n == 0 and "2 of these contradict" in in_a_line([only])


def test_replicates_count_as_their_mean_and_what_was_superseded_not_at_all():
    rows = [
        m("a", 5.0), m("a", 6.0), m("a", 9.0, assay="B", mid="old"),
        m("a", 6.0, assay="B", mid="new", supersedes="old"),
        m("a", 1.0, assay="B", status="flagged", mid="f"),
    ]  # fmt: skip
    (pair,) = compare(rows)
    assert pair.agreement.bias == 0.5
    assert compare(rows[2:]) == ()


def test_a_refusal_to_pool_says_how_well_the_two_agree_and_where_to_look():
    with pytest.raises(MismatchError) as ex:
        targets(two(), "pIC50", unit="1")
    assert "A and B share 8 candidates: B lies 0.4 higher on average" in ex.value.what
    assert "25% within 0.3" in ex.value.what
    assert "`loopwright assays`" in ex.value.remedy
    with pytest.raises(MismatchError, match="no two of them measured the same"):
        targets(two()[7:8] + two()[-2:-1], "pIC50", unit="1")


def test_the_pair_with_the_most_shared_candidates_is_told():
    rows = [*two(), m("c0", 5.0, assay="C")]
    assert [(p.one.id, p.other.id) for p in compare(rows)] == [
        ("A", "B"), ("A", "C"), ("B", "C"),
    ]  # fmt: skip
    assert in_a_line(compare(rows)).startswith("A and B share 8")
    assert "share 1 candidate:" in in_a_line(compare(rows)[1:])
