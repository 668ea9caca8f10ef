# SPDX-License-Identifier: Apache-2.0
"""Profiles and concerns: what was put into the values is found, and nothing else."""

import math

import numpy as np
import pytest

from loopwright.core.values import Candidate, Measurement
from loopwright.data.cliffs import Compared, compare
from loopwright.data.intake import COPIED
from loopwright.data.survey import survey
from loopwright.registry import build

MOLECULES, RECIPES = (build("modalities", name, {}) for name in ("molecules", "recipes"))


def _row(n, subject, value, **changes):
    given = {
        "measurement_id": f"m{n}",
        "campaign_id": "c",
        "modality": "molecules",
        "candidate_id": "",
        "name": subject,
        "standard_type": "IC50",
        "standard_value": value,
        "standard_units": "nM",
        "source_sha256": "0",
        "source_row": n + 2,
    }
    return Measurement(**{**given, **changes})


def _rows(values, **changes):
    return [_row(n, f"s{n}", float(v), **changes) for n, v in enumerate(values)]


def _kinds(rows):
    return [(c.level, c.kind) for c in survey(rows, (), RECIPES).concerns]


def _profile(rows):
    (found,) = survey(rows, (), RECIPES).profiles
    return found


def _spread(n, seed=0, decades=1.5):
    return 10 ** np.random.default_rng(seed).normal(2, decades / 3, n)


def _drifting(per_run, shift=0.0, noise=0.1, n_runs=8):
    """Eight plates; ``shift`` log10 units are added from the first to the last."""
    rng, rows = np.random.default_rng(3), []
    for run in range(n_runs):
        for k, level in enumerate(per_run(run)):
            value = 10 ** (level[1] + shift * run / (n_runs - 1) + rng.normal(0, noise))
            rows.append(
                _row(
                    run * 100 + k,
                    level[0],
                    value,
                    plate_id=f"P{run % 4}",
                    measured_at=f"2026-01-{run + 1:02d}",
                )
            )
    return rows


def _references(run):
    return [(f"ref{k}", 1.0 + k / 2) for k in range(4)]


def test_noise_is_a_factor_where_values_span_decades():
    rng = np.random.default_rng(1)
    true = rng.uniform(0, 4, 400)
    rows = [
        _row(2 * i + j, f"s{i}", float(10 ** (t + rng.normal(0, 0.2))))
        for i, t in enumerate(true)
        for j in (0, 1)
    ]
    found = _profile(rows)
    assert found.scale == "log" and found.noise == pytest.approx(0.2, rel=0.1)
    assert found.replicate_fold == pytest.approx(10**found.noise)
    assert (found.n_replicated, len(found.pairs)) == (400, 400)
    assert found.pairs[0].first_row == 2 and found.pairs[0].second_row == 3


def test_a_row_that_repeats_another_is_no_replicate():
    rows = [_row(0, "a", 5.0), _row(1, "a", 5.0, status_reason=f"{COPIED}2"), _row(2, "b", 7.0)]
    found = _profile(rows)
    assert (found.n_copies, found.n_replicated, found.noise) == (1, 0, None)


def test_limits_are_counted_where_they_sit_and_are_no_values():
    rows = _rows(_spread(12)) + [
        _row(20 + i, f"l{i}", 10_000.0, standard_relation=">") for i in range(7)
    ]
    found = _profile(rows)
    assert [(x.relation, x.value, x.n) for x in found.limits] == [(">", 10_000.0, 7)]
    assert found.n_censored == 7 and sum(found.histogram) == 12 and found.high < 10_000
    assert ("note", "censored") in _kinds(rows)


def test_percentiles_are_those_of_numpy():
    values = _spread(57)
    found = _profile(_rows(values))
    assert dict(found.percentiles)[75] == pytest.approx(float(np.percentile(values, 75)))


def test_two_units_in_one_column_are_suspected_and_a_broad_assay_is_not():
    narrow = _spread(40, decades=1.0)
    assert ("look", "units") in _kinds(_rows([*narrow, *(narrow / 1000)]))
    assert not {"units"} & {k for _, k in _kinds(_rows(10 ** np.linspace(-1, 5, 80)))}


def test_one_candidate_in_two_units_is_serious():
    rows = [*_rows(_spread(20)), _row(30, "x", 5.0), _row(31, "x", 5000.0)]
    assert _profile(rows).n_thousand_apart == 1
    assert ("serious", "units") in _kinds(rows)


def test_an_assay_that_moves_is_found_by_candidates_that_were_measured_again():
    rows = _drifting(_references, shift=0.8)
    drift = _profile(rows).by_date
    assert drift.is_matched and drift.by == "day" and drift.p_trend < 0.01
    assert drift.tau > 0.8 and drift.last_less_first == pytest.approx(0.8, abs=0.25)
    assert ("serious", "drift-date") in _kinds(rows)
    assert not {"drift-date", "drift-plate"} & {k for _, k in _kinds(_drifting(_references))}


def test_better_candidates_are_not_called_a_drift_of_the_assay():
    def improving(run):
        return [(f"s{run}-{k}", 1.0 + 0.4 * run) for k in range(5)] + [("ref", 2.0)]

    rows = [m for m in _drifting(improving) if m.name != "ref"]
    assert _profile(rows).by_date.is_matched is False
    assert ("look", "drift-date") in _kinds(rows)
    matched = _profile(_drifting(improving)).by_date
    assert matched.is_matched and abs(matched.last_less_first) < 0.5
    assert ("serious", "drift-date") not in _kinds(_drifting(improving))


def test_plates_that_differ_are_found_without_a_trend():
    rng = np.random.default_rng(4)
    rows = [
        _row(
            p * 50 + k, f"s{p}-{k}", float(10 ** (rng.normal(1, 0.2) + (p == 2))), plate_id=f"P{p}"
        )
        for p in range(5)
        for k in range(20)
    ]
    found = _profile(rows).by_plate
    assert [r.label for r in found.runs] == [f"P{p}" for p in range(5)]
    assert found.p_between < 1e-6 and found.share_between > 0.14
    assert ("look", "drift-plate") in _kinds(rows)


def test_dates_that_could_be_two_days_are_told_and_left_out():
    rows = [_row(n, "a", 5.0 + n, measured_at="3/4/2026") for n in range(4)]
    assert _profile(rows).by_date is None and _profile(rows).n_undated == 4
    assert ("look", "dates") in _kinds(rows)


def test_many_days_are_put_together_by_month():
    rows = [
        _row(n, f"s{n}", 5.0 + n, measured_at=f"2026-{1 + n // 28:02d}-{1 + n % 28:02d}")
        for n in range(100)
    ]
    found = _profile(rows).by_date
    assert (found.by, len(found.runs)) == ("month", 4)


def test_a_value_that_stands_for_nothing_measured_is_seen_as_a_heap():
    rows = _rows([*_spread(20), *[10_000.0] * 10])
    assert [(h.value, h.n) for h in _profile(rows).heaps] == [(10_000.0, 10)]
    assert ("look", "heaping") in _kinds(rows)


def test_rounding_is_measured_on_scales_that_have_equal_steps():
    assert _profile(_rows(np.round(_spread(30) % 9, 1), standard_units="%")).step == 0.1
    assert _profile(_rows(_spread(30) % 9 + math.pi, standard_units="%")).step is None


PEPTIDES = ["CCCCCCCCCC(=O)NC(C)C", "CCCCCCCCCCC(=O)NC(C)C", "c1ccccc1", "CCO", "CCN"]


def _cliff_rows(candidates, far):
    values = (1.0, far, 10.0, 20.0, 900.0)
    return [
        _row(n, c.name, v, candidate_id=c.id)
        for n, (c, v) in enumerate(zip(candidates, values, strict=True))
    ]


def test_like_candidates_with_unlike_values_are_named_with_rows_and_similarity():
    made = [MOLECULES.parse(s, f"cpd {n}") for n, s in enumerate(PEPTIDES)]
    (found,) = survey(_cliff_rows(made, 500.0), made, MOLECULES).profiles
    (worst,) = found.cliffs.worst
    assert (worst.low.name, worst.high.name) == ("cpd 0", "cpd 1")
    assert (worst.low.rows, worst.high.rows) == (("2",), ("3",))
    assert worst.similarity >= 0.9 and worst.difference == pytest.approx(math.log10(500))
    assert (found.cliffs.n_compared, found.cliffs.n_candidates) == (5, 5)
    (none,) = survey(_cliff_rows(made, 50.0), made, MOLECULES).profiles
    assert none.cliffs.n == 0


def test_a_difference_within_noise_is_no_cliff():
    made = [MOLECULES.parse(s, f"cpd {n}") for n, s in enumerate(PEPTIDES)]
    rows = _cliff_rows(made, 500.0)
    rows += [
        _row(50 + n, made[4].name, v, candidate_id=made[4].id) for n, v in enumerate((0.1, 9e5))
    ]
    (found,) = survey(rows, made, MOLECULES).profiles
    assert found.cliffs.n == 0 and found.cliffs.difference > math.log10(500)


def test_of_too_many_candidates_the_lowest_and_highest_are_compared_and_it_says_so():
    made = [MOLECULES.parse("C" * (n + 30), f"cpd {n}") for n in range(30)]
    values = [1e4 * (2 - n / 100) if n % 2 else 1 + n / 100 for n in range(30)]
    rows = [_row(n, c.name, values[n], candidate_id=c.id) for n, c in enumerate(made)]
    assay = Compared(rows=rows, at=math.log10, back=float, is_log=True, noise=None)
    (found,) = compare([assay], made, MOLECULES, most=10)
    assert (found.n_compared, found.n_candidates) == (10, 30)
    places = {n for c in found.worst for e in (c.low, c.high) for n in map(int, e.rows)}
    assert places and places <= set(range(2, 12))


def test_matter_without_counts_is_not_compared():
    rows = _rows(_spread(12))
    assert _profile(rows).cliffs is None
    assert survey(rows, [Candidate(id="x", text="a=1")], RECIPES).profiles[0].cliffs is None


def test_the_most_serious_comes_first_and_each_has_a_remedy():
    rows = [*_rows(_spread(20)), _row(30, "x", 5.0), _row(31, "x", 5000.0)]
    found = survey(rows, (), RECIPES).concerns
    order = [("serious", "look", "note").index(c.level) for c in found]
    assert order == sorted(order) and len(order) > 0
    assert all(c.what and c.remedy.endswith(".") for c in found)
