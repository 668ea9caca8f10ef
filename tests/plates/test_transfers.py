# SPDX-License-Identifier: Apache-2.0
"""What arrives is what was asked for, or nothing moves at all."""

import csv
import io

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError, MismatchError
from loopwright.core.liquids import Transfer, VolumeRange
from loopwright.plates.design import Design, Doses, Sample
from loopwright.plates.layout import lay_out
from loopwright.plates.orders import order_list, orders_csv
from loopwright.plates.transfers import Stock, arrivals, plan

ACOUSTIC = VolumeRange(lowest_nL=2.5, highest_nL=10_000.0, step_nL=2.5)
PIPETTE = VolumeRange(lowest_nL=500.0, highest_nL=1_000_000.0, step_nL=10.0)
SAMPLES = [Sample(candidate_id=f"c{i}", lot="L1") for i in range(5)]
REFERENCE = Sample(candidate_id="ref", lot="R")
POSITIVE = Sample(candidate_id="pos")
DESIGN = Design(
    n_wells=384,
    doses=Doses(highest_M=1e-5, factor=3.0, n_points=6),
    n_negative=8,
    n_positive=8,
    positive=POSITIVE,
    references=(REFERENCE,),
    n_blanks=4,
)
LAYOUT = lay_out(SAMPLES, DESIGN)


def _stocks(volume_uL=40.0, *, strengths=(1e-2, 2.5e-4)):
    """Each compound at each strength, and two wells of solvent."""
    held = [(s, m) for s in (*SAMPLES, REFERENCE, POSITIVE) for m in strengths]
    wells = [
        Stock(
            plate="S1",
            well=f"{'ABCDEFGHIJKLMNOP'[i % 16]}{i // 16 + 1}",
            candidate_id=s.candidate_id,
            lot=s.lot,
            concentration_M=m,
            volume_uL=volume_uL,
            dead_uL=15.0,
        )
        for i, (s, m) in enumerate(held)
    ]
    return [
        *wells,
        *(Stock(plate="S2", well=w, volume_uL=60.0, dead_uL=15.0) for w in ["A1", "B1"]),
    ]


def _found(transfers, stocks):
    nothing = arrivals([], stocks).get(("", ""))
    found = arrivals(transfers, stocks)
    return {w: found.get((w.plate, w.well), nothing) for w in LAYOUT.wells}


def test_every_well_reaches_its_concentration_and_holds_nothing_else():
    stocks = _stocks()
    for well, arrival in _found(plan(LAYOUT, stocks, ACOUSTIC), stocks).items():
        key = (well.candidate_id, well.lot)
        if well.concentration_M == 0.0:
            assert arrival is None
        else:
            assert set(arrival.amounts_nmol) == {key}
            reached = arrival.concentration_M(key, well.volume_uL)
            assert reached == pytest.approx(well.concentration_M, rel=0.1)


def test_filled_up_wells_hold_one_volume_and_blanks_hold_none():
    stocks = _stocks()
    found = _found(plan(LAYOUT, stocks, ACOUSTIC, backfill=True), stocks)
    volumes = {w.role: set() for w in LAYOUT.wells}
    for well, arrival in found.items():
        volumes[well.role].add(arrival.volume_nL if arrival else 0.0)
    common = volumes["sample"]
    assert len(common) == 1 and min(common) > 0.0
    assert volumes["negative"] == volumes["positive"] == volumes["reference"] == common
    assert volumes["blank"] == volumes["empty"] == {0.0}


def test_a_pipette_is_never_asked_for_a_sliver_of_solvent():
    design = evolve(DESIGN, volume_uL=100.0, doses=Doses(highest_M=2e-5, factor=1.2, n_points=3))
    layout = lay_out(SAMPLES, design)
    stocks = [evolve(s, volume_uL=1500.0) for s in _stocks(strengths=(1e-3,))]
    transfers = plan(layout, stocks, PIPETTE, backfill=True)
    assert all(PIPETTE.holds(t.volume_nL) for t in transfers)
    assert len({round(a.volume_nL, 6) for a in arrivals(transfers, stocks).values()}) == 1


@given(
    highest_M=st.floats(1e-7, 1e-4),
    factor=st.floats(1.5, 10.0),
    n_points=st.integers(1, 8),
    limits=st.sampled_from([ACOUSTIC, PIPETTE]),
    backfill=st.booleans(),
)
def test_a_plan_keeps_every_promise_or_is_refused(highest_M, factor, n_points, limits, backfill):
    doses = Doses(highest_M=highest_M, factor=factor, n_points=n_points)
    layout = lay_out(SAMPLES, evolve(DESIGN, doses=doses))
    stocks = _stocks(60.0, strengths=(1e-2, 1e-3, 1e-4, 1e-5))
    try:
        transfers = plan(layout, stocks, limits, backfill=backfill)
    except MismatchError:
        return
    found = arrivals(transfers, stocks)
    assert all(limits.holds(t.volume_nL) for t in transfers)
    for w in layout.wells:
        if w.concentration_M:
            reached = found[w.plate, w.well].concentration_M((w.candidate_id, w.lot), w.volume_uL)
            assert reached == pytest.approx(w.concentration_M, rel=0.1 + 1e-9)
            assert found[w.plate, w.well].volume_nL <= 0.05 * 1000 * w.volume_uL + 1e-6


def test_least_solvent_is_taken_where_several_stocks_would_do():
    layout = lay_out(SAMPLES[:1], Design(n_wells=96, doses=Doses(highest_M=1e-5)))
    (transfer,) = plan(layout, _stocks(strengths=(1e-3, 1e-2)), ACOUSTIC)
    assert transfer.volume_nL == 50.0


def test_a_second_source_well_is_used_when_the_first_runs_dry():
    layout = lay_out(SAMPLES[:1], Design(n_wells=96, n_replicates=6))
    first, *rest = [s for s in _stocks(15.1, strengths=(1e-2,)) if s.candidate_id == "c0"]
    stocks = [first, *rest, evolve(first, well="P24", volume_uL=16.0)]
    taken = [t.source_well for t in plan(layout, stocks, ACOUSTIC)]
    assert sorted(taken) == ["A1"] * 2 + ["P24"] * 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s[2:], "no source well holds c0, lot L1"),
        (lambda s: [evolve(x, lot="other") for x in s], "no source well holds c0, lot L1"),
        (lambda s: [evolve(x, volume_uL=15.05) for x in s], r"c0, lot L1 is short of [0-9.]+ uL"),
        (lambda s: s[:-2], "solvent is short of"),
        (lambda s: [*s, s[0]], "Two stocks stand in one source well"),
    ],
)
def test_stocks_that_do_not_suffice_are_refused_by_name(change, words):
    assert plan(LAYOUT, _stocks(), ACOUSTIC, backfill=True)
    with pytest.raises(MismatchError, match=words):
        plan(LAYOUT, change(_stocks()), ACOUSTIC, backfill=True)


def test_a_concentration_out_of_reach_names_the_dilution_that_would_reach_it():
    layout = lay_out(SAMPLES[:1], evolve(DESIGN, references=(), n_positive=0))
    with pytest.raises(MismatchError) as told:
        plan(layout, _stocks(strengths=(1e-2,)), ACOUSTIC)
    assert "c0, lot L1 at 0.04115 uM needs 0.2058 nL of 10 mM" in str(told.value)
    assert "2.5 to 10000 nL in steps of 2.5 nL" in str(told.value)
    assert "an intermediate dilution of 0.0823 mM would do" in str(told.value)
    doses = Doses(highest_M=4.115e-8)
    layout = lay_out(SAMPLES[:1], evolve(DESIGN, doses=doses, references=(), n_positive=0))
    assert plan(layout, _stocks(strengths=(8.23e-5,)), ACOUSTIC)


def test_too_much_solvent_is_refused():
    stocks = _stocks(60.0, strengths=(1e-4, 1e-5))
    with pytest.raises(MismatchError, match="5 % of the well"):
        plan(LAYOUT, stocks, ACOUSTIC)
    assert plan(LAYOUT, _stocks(60.0, strengths=(1e-3, 1e-4)), ACOUSTIC)


@pytest.mark.parametrize(
    "changes",
    [
        {"concentration_M": 0.0},
        {"concentration_M": float("nan")},
        {"volume_uL": -1.0},
        {"candidate_id": ""},
    ],
)
def test_a_stock_that_is_none_is_refused(changes):
    stock = _stocks()[0]
    with pytest.raises(DataError, match="no usable concentration"):
        evolve(stock, **changes)


def test_a_transfer_out_of_nowhere_or_of_too_much_is_found():
    stocks = _stocks()
    transfers = plan(LAYOUT, stocks, ACOUSTIC)
    assert arrivals(transfers, stocks)
    for bad in (evolve(transfers[0], source_well="P24"), evolve(transfers[0], volume_nL=1e6)):
        with pytest.raises(DataError, match="cannot be taken from S1"):
            arrivals([bad, *transfers[1:]], stocks)


@pytest.mark.parametrize(
    "changes",
    [
        {"source_plate": "=cmd"},
        {"source_plate": "a;b"},
        {"destination_plate": " P"},
        {"destination_plate": "x" * 33},
        {"source_well": "A01"},
        {"destination_well": "1A"},
        {"volume_nL": 0.0},
        {"volume_nL": float("inf")},
    ],
)
def test_a_transfer_that_no_instrument_could_read_is_refused(changes):
    good = Transfer(
        source_plate="S 1",
        source_well="A1",
        destination_plate="P-01",
        destination_well="AF48",
        volume_nL=2.5,
    )
    with pytest.raises(DataError):
        evolve(good, **changes)


# ---- what must be ordered
def test_the_order_list_covers_what_the_plan_takes_from_each_compound_and_lot():
    stocks = _stocks(strengths=(1e-2, 2.5e-4))
    found = arrivals(plan(LAYOUT, stocks, ACOUSTIC), stocks)
    moved = {}
    for arrival in found.values():
        for key, amount in arrival.amounts_nmol.items():
            moved[key] = moved.get(key, 0.0) + amount
    lines = order_list(LAYOUT, stock_M=1e-2, dead_uL=15.0)
    assert [(x.candidate_id, x.lot) for x in lines] == sorted(moved)
    for line in lines:
        assert line.amount_nmol == pytest.approx(moved[line.candidate_id, line.lot], rel=0.1)
        assert line.volume_uL == pytest.approx(15.0 + 1.1 * line.amount_nmol / 10.0)
    assert sum(x.n_wells for x in lines) == sum(w.concentration_M > 0 for w in LAYOUT.wells)


def test_an_order_list_states_units_and_runs_in_no_spreadsheet():
    layout = lay_out([Sample(candidate_id="c", lot="-1", name="=x")], Design(n_wells=96))
    (row,) = csv.DictReader(io.StringIO(orders_csv(order_list(layout, stock_M=0.01)).decode()))
    assert (row["lot"], row["name"]) == ("-1", "'=x")
    assert (row["amount_unit"], row["stock_unit"], row["volume_unit"]) == ("nmol", "M", "uL")
    assert float(row["amount"]) == pytest.approx(0.5)


@pytest.mark.parametrize("given_", [{"stock_M": 0.0}, {"dead_uL": -1.0}, {"reserve": -0.1}])
def test_a_stock_that_cannot_be_ordered_is_refused(given_):
    with pytest.raises(DataError, match="cannot be ordered"):
        order_list(LAYOUT, **{"stock_M": 0.01, **given_})


def test_a_range_whose_lowest_volume_is_no_whole_number_of_steps_still_fills_up():
    odd = VolumeRange(lowest_nL=505.0, highest_nL=1e6, step_nL=10.0)
    doses = Doses(highest_M=2e-5, factor=1.1, n_points=3)
    layout = lay_out(SAMPLES, evolve(DESIGN, volume_uL=100.0, doses=doses))
    stocks = [evolve(s, volume_uL=1500.0) for s in _stocks(strengths=(1e-3,))]
    transfers = plan(layout, stocks, odd, backfill=True)
    assert all(odd.holds(t.volume_nL) for t in transfers)
