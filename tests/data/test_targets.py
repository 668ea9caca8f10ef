# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import MismatchError
from loopwright.core.values import Measurement
from loopwright.data.intake import COPIED
from loopwright.data.targets import replicate_std, targets


def m(cid, value, relation="=", *, mid="", unit="1", assay="A", version="", **more):
    return Measurement(
        measurement_id=mid or f"{cid}{value}{relation}", campaign_id="c", modality="molecules",
        candidate_id=cid, assay_id=assay, assay_version=version, standard_type="pIC50",
        standard_relation=relation, standard_value=value, standard_units=unit,
        source_sha256="s", source_row=2, **more,
    )  # fmt: skip


def rows(*measurements, **asked):
    ids, found = targets(measurements, "pIC50", unit="1", **asked)
    return [
        (i, v, b, n)
        for i, v, b, n in zip(
            ids, found.values[:, 0].tolist(), found.bounds[:, 0].tolist(),
            found.n_replicates[:, 0].tolist(), strict=True,
        )
    ]  # fmt: skip


def test_replicates_become_their_mean_with_their_number():
    assert rows(m("b", 5.0), m("a", 6.0), m("a", 7.0)) == [("a", 6.5, 0, 2), ("b", 5.0, 0, 1)]


def test_about_counts_as_equal():
    assert rows(m("a", 6.0), m("a", 7.0, "~")) == [("a", 6.5, 0, 2)]


@pytest.mark.parametrize(("relation", "bound"), [("<", -1), ("<=", -1), (">", 1), (">=", 1)])
def test_a_limit_stays_a_limit(relation, bound):
    assert rows(m("a", 5.0, relation)) == [("a", 5.0, bound, 1)]


def test_of_several_limits_the_tightest_stays():
    assert rows(m("a", 5.0, "<"), m("a", 4.0, "<")) == [("a", 4.0, -1, 1)]
    assert rows(m("a", 5.0, ">"), m("a", 4.0, ">")) == [("a", 5.0, 1, 1)]


def test_limits_on_both_sides_stay_two_rows():
    assert rows(m("a", 5.0, "<"), m("a", 4.0, ">")) == [("a", 5.0, -1, 1), ("a", 4.0, 1, 1)]


def test_an_exact_value_goes_before_limits_even_where_they_contradict_it():
    assert rows(m("a", 6.0), m("a", 5.0, ">")) == [("a", 6.0, 0, 1)]
    assert rows(m("a", 6.0), m("a", 5.0, "<")) == [("a", 6.0, 0, 1)]


def test_only_valid_measurements_with_a_number_count():
    bad = [m("a", 9.0, status="flagged"), m("a", 9.0, status="excluded"), m("a", None)]
    assert rows(m("a", 5.0), *bad) == [("a", 5.0, 0, 1)]


def test_a_superseded_measurement_counts_no_more():
    old, new = m("a", 5.0, mid="old"), m("a", 6.0, mid="new", supersedes="old")
    assert rows(old) == [("a", 5.0, 0, 1)]
    assert rows(old, new) == rows(new, old) == [("a", 6.0, 0, 1)]


def test_a_copied_row_is_no_replicate():
    copied = m("a", 5.0, mid="x", status_reason=f"{COPIED}2")
    assert rows(m("a", 5.0), copied, m("a", 8.0)) == [("a", 6.5, 0, 2)]
    assert rows(copied) == [("a", 5.0, 0, 1)]


def test_units_are_converted_and_scales_never_mixed():
    mixed = [m("a", 1.0, unit="uM"), m("a", 3000.0, unit="nM")]
    ids, found = targets(mixed, "pIC50", unit="nM")
    assert ids == ("a",) and found.values[0, 0] == 2000.0
    with pytest.raises(MismatchError, match="log scale"):
        targets([*mixed, m("b", 6.0)], "pIC50", unit="nM")


def test_assays_are_not_pooled_unless_a_person_says_why():
    two = [m("a", 5.0), m("b", 6.0, assay="B"), m("c", 6.0, assay="B", version="2")]
    with pytest.raises(MismatchError, match="B: 1, B@2: 1") as ex:
        rows(*two)
    assert "A: 1" in ex.value.what and "pool_reason" in ex.value.remedy
    assert len(rows(*two, pool_reason="same protocol, says R. Miller")) == 3
    assert rows(*two, assays=("A",)) == [("a", 5.0, 0, 1)]
    assert rows(*two, assays=("B@2",)) == [("c", 6.0, 0, 1)]
    with pytest.raises(MismatchError):
        rows(*two, assays=("B",))


def test_an_assay_that_does_not_occur_is_refused():
    assert rows(m("a", 5.0), assays=("A",))
    with pytest.raises(MismatchError, match="'Z'"):
        rows(m("a", 5.0), assays=("Z",))


def test_nothing_measured_gives_no_rows():
    ids, found = targets([], "pIC50", unit="1")
    assert ids == () and found.values.shape == found.bounds.shape == (0, 1)
    assert math.isnan(replicate_std([m("a", 5.0), m("b", 6.0)], "pIC50", "1"))


MEASURED = st.lists(
    st.builds(
        m, st.sampled_from("abc"), st.floats(3, 9),
        st.sampled_from(["=", "~", "<", ">", "<=", ">="]), mid=st.uuids().map(str),
    ),
    max_size=12,
)  # fmt: skip


@given(MEASURED, st.randoms(use_true_random=False))
def test_the_order_of_measurements_does_not_matter(measured, random):
    shuffled = random.sample(measured, len(measured))
    assert rows(*measured) == rows(*shuffled)
    one, other = (replicate_std(x, "pIC50", "1") for x in (measured, shuffled))
    assert one == other or (math.isnan(one) and math.isnan(other))


def test_the_noise_of_replicates_is_pooled_over_candidates():
    rng = np.random.default_rng(0)
    measured = [
        m(f"c{i}", float(6 + i / 100 + rng.normal(0, 0.3)), mid=f"{i}-{j}")
        for i in range(300)
        for j in range(3)
    ]
    assert replicate_std(measured, "pIC50", "1") == pytest.approx(0.3, rel=0.05)
    exact = [m("a", 5.0), m("a", 6.0), m("b", 7.0, ">"), m("b", 9.0, ">")]
    assert replicate_std(exact, "pIC50", "1") == pytest.approx(math.sqrt(0.5))


def test_a_reported_mean_counts_as_its_runs():
    assert rows(m("a", 6.0, n_runs=3), m("a", 8.0)) == [("a", 6.5, 0, 4)]
    assert rows(m("a", 5.0, "<", n_runs=3)) == [("a", 5.0, -1, 1)]


def test_stated_spread_and_repeated_rows_give_the_noise_of_the_runs_themselves():
    rng = np.random.default_rng(5)
    runs = rng.normal(6.0, 0.3, (40, 3, 4))
    plain = [
        m(f"c{i}", float(v), mid=f"{i}{j}{k}")
        for i, c in enumerate(runs) for j, r in enumerate(c) for k, v in enumerate(r)
    ]  # fmt: skip
    truth = replicate_std(plain, "pIC50", "1")
    for kind, share in (("sd", 1.0), ("sem", 0.5)):
        means = [
            m(f"c{i}", float(r.mean()), mid=f"{i}{j}", n_runs=4, spread_kind=kind,
              spread=float(r.std(ddof=1)) * share, spread_units="1")
            for i, c in enumerate(runs) for j, r in enumerate(c)
        ]  # fmt: skip
        assert replicate_std(means, "pIC50", "1") == pytest.approx(truth, rel=1e-9)


@pytest.mark.parametrize(
    "said",
    [{"spread_kind": "ci95"}, {"spread_kind": ""}, {"spread_units": "nM"}, {"n_runs": None}],
    ids=["half an interval", "no kind", "another scale", "no number of runs"],
)
def test_a_spread_that_does_not_tell_the_noise_is_left_alone(said):
    stated = {"spread": 0.2, "spread_kind": "sd", "spread_units": "1", "n_runs": 3}
    assert replicate_std([m("a", 6.0, **stated)], "pIC50", "1") == pytest.approx(0.2)
    assert math.isnan(replicate_std([m("a", 6.0, **stated | said)], "pIC50", "1"))
