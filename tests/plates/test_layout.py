# SPDX-License-Identifier: Apache-2.0
"""What a layout promises: nothing is lost, controls are spread, the seed decides."""

import math
from collections import Counter

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import RawFile
from loopwright.plates.design import Design, Doses, Sample
from loopwright.plates.layout import Layout, Well, lay_out
from loopwright.plates.tables import layout_csv, read_layout
from loopwright.science.wells import every_well, is_edge, place_of

POSITIVE = Sample(candidate_id="staurosporine", lot="7")
DESIGNS = st.builds(
    Design,
    n_wells=st.sampled_from([96, 384]),
    doses=st.builds(Doses, n_points=st.integers(1, 10), factor=st.sampled_from([2.0, 3.16])),
    n_replicates=st.integers(1, 3),
    n_positive=st.integers(0, 8),
    positive=st.just(POSITIVE),
    n_negative=st.integers(0, 8),
    n_blanks=st.integers(0, 4),
    references=st.sampled_from([(), (Sample(candidate_id="ref", lot="1"),)]),
    edge=st.sampled_from(["use", "empty", "negative", "blank"]),
    seed=st.integers(0, 2**40),
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


def _samples(n):
    return [Sample(candidate_id=f"c{i:03d}", lot=str(i % 3), name=f"C-{i}") for i in range(n)]


def _roles(layout, plate):
    return Counter(w.role for w in layout.on(plate))


@given(design=DESIGNS, n=st.integers(1, 70))
def test_every_sample_stands_at_every_dose_in_every_replicate_once(design, n):
    layout = lay_out(_samples(n), design)
    found = Counter(
        (w.candidate_id, w.lot, w.concentration_M, w.replicate)
        for w in layout.wells
        if w.role == "sample"
    )
    assert set(found.values()) == {1}
    assert found.keys() == {
        (s.candidate_id, s.lot, dose, r)
        for s in _samples(n)
        for dose in design.doses.series()
        for r in range(1, design.n_replicates + 1)
    }


@given(design=DESIGNS, n=st.integers(1, 70))
def test_every_plate_carries_all_controls_references_and_wells(design, n):
    layout = lay_out(_samples(n), design)
    n_edge = sum(is_edge(w, design.n_wells) for w in every_well(design.n_wells))
    for plate in layout.plates:
        roles = _roles(layout, plate)
        more = Counter({design.edge: n_edge} if design.edge in {"negative", "blank"} else {})
        assert roles["positive"] == design.n_positive
        assert roles["negative"] == design.n_negative + more["negative"]
        assert roles["blank"] == design.n_blanks + more["blank"]
        assert roles["reference"] == len(design.references) * design.doses.n_points
        assert roles["sample"] > 0 and sum(roles.values()) == design.n_wells


@given(design=DESIGNS, n=st.integers(1, 40))
def test_a_series_stays_on_one_plate_and_the_seed_alone_decides_where(design, n):
    layout = lay_out(_samples(n), design)
    homes = {}
    for w in layout.wells:
        if w.role == "sample":
            homes.setdefault((w.candidate_id, w.replicate), set()).add(w.plate)
    assert all(len(plates) == 1 for plates in homes.values())
    assert lay_out(_samples(n), evolve(design)) == layout
    assert lay_out(_samples(n), evolve(design, seed=design.seed + 1)).wells != layout.wells


@pytest.mark.parametrize("edge", ["empty", "negative", "blank"])
def test_no_sample_stands_on_an_edge_that_is_not_to_be_used(edge):
    layout = lay_out(_samples(60), Design(n_wells=96, edge=edge))
    assert {w.role for w in layout.wells if is_edge(w.well, 96)} == {edge}
    used = lay_out(_samples(96), Design(n_wells=96))
    assert {w.role for w in used.wells if is_edge(w.well, 96)} == {"sample"}


@pytest.mark.parametrize("seed", range(20))
def test_controls_stand_in_all_four_quarters_of_a_plate_alike(seed):
    design = Design(n_wells=384, n_negative=16, n_positive=16, positive=POSITIVE, seed=seed)
    layout = lay_out(_samples(300), design)
    for role in ("negative", "positive"):
        places = [place_of(w.well, 384) for w in layout.wells if w.role == role]
        assert 7 <= sum(r < 8 for r, _ in places) <= 9
        assert 7 <= sum(c < 12 for _, c in places) <= 9
        assert len({r for r, _ in places}) >= 12


def test_full_plates_are_followed_by_a_plate_with_the_rest():
    layout = lay_out(_samples(100), Design(n_wells=96, n_negative=16))
    assert [_roles(layout, p)["sample"] for p in layout.plates] == [80, 20]
    assert _roles(layout, "P-02")["empty"] == 60


def test_replicates_of_a_sample_go_to_different_plates_where_there_are_several():
    layout = lay_out(_samples(80), Design(n_wells=96, n_negative=16, n_replicates=2))
    assert all(w.replicate == int(w.plate[-1]) for w in layout.wells if w.role == "sample")


def test_a_bad_design_tells_all_its_faults_at_once():
    with pytest.raises(SpecError) as told:
        Design(n_wells=100, n_positive=2, edge="glue", doses=Doses(n_points=3, factor=1.0))
    for word in ("n_wells", "positive", "edge", "doses.factor"):
        assert word in str(told.value)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["volume_uL", "positive_M"])
def test_an_amount_that_is_none_is_refused(name, value):
    assert Design(**{name: 1.0})
    with pytest.raises(SpecError, match=name):
        Design(**{name: value})


@pytest.mark.parametrize(
    ("samples", "changes", "words"),
    [
        ([], {}, "no sample"),
        (_samples(2) * 2, {}, "comes 2 times"),
        ([Sample(candidate_id="")], {}, "no candidate"),
        (_samples(1), {"n_negative": 96}, "wells to use"),
        (_samples(1), {"doses": Doses(n_points=97)}, "one series takes 97"),
        (_samples(1), {"edge": "empty", "n_blanks": 60}, "has 60 wells to use"),
    ],
)
def test_a_layout_that_cannot_be_made_is_refused(samples, changes, words):
    assert lay_out(_samples(1), Design(n_wells=96))
    with pytest.raises(SpecError, match=words):
        lay_out(samples, Design(n_wells=96, **changes))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda wells: wells[:-1], id="one well is missing"),
        pytest.param(lambda wells: wells[::-1], id="wells stand in another order"),
        pytest.param(lambda wells: wells * 2, id="a plate comes twice"),
        pytest.param(
            lambda wells: (*wells[:-1], evolve(wells[-1], plate="other")), id="a well strays"
        ),
    ],
)
def test_a_layout_without_each_well_once_is_refused(change):
    layout = lay_out(_samples(1), Design(n_wells=96))
    assert Layout(n_wells=96, seed=1, wells=layout.wells).on("P-01") == layout.wells
    with pytest.raises(DataError, match="each of its 96 wells once"):
        Layout(n_wells=96, seed=1, wells=change(layout.wells))


def test_a_plate_that_a_layout_does_not_have_is_refused():
    with pytest.raises(DataError, match="no plate 'P-02'"):
        lay_out(_samples(1), Design(n_wells=96)).on("P-02")


def test_a_concentration_of_nothing_is_refused():
    with pytest.raises(DataError, match="but no candidate"):
        Well(plate="P", well="A1", role="sample", concentration_M=1e-6, volume_uL=5.0)


# ---- as a file
@given(design=DESIGNS, lot=TEXT, name=TEXT)
def test_a_layout_survives_being_written_and_read(design, lot, name):
    layout = lay_out([Sample(candidate_id="c", lot=lot, name=name), *_samples(5)], design)
    assert read_layout(RawFile(name="a.csv", content=layout_csv(layout))) == layout


@pytest.mark.parametrize("name", ["=1+1", "+A", "-x", "@SUM(A1)", "\t=1", " =1"])
def test_a_name_that_a_spreadsheet_would_run_is_made_harmless_and_comes_back(name):
    layout = lay_out([Sample(candidate_id="c", name=name)], Design(n_wells=96))
    content = layout_csv(layout)
    assert f"'{name}".encode() in content
    assert read_layout(RawFile(name="a.csv", content=content)) == layout


def _mended(old, new):
    layout = lay_out(_samples(3), Design(n_wells=96, doses=Doses(highest_M=1e-6)))
    content = layout_csv(layout).decode().replace(old, new)
    return layout, RawFile(name="a.csv", content=content.encode())


@pytest.mark.parametrize(
    ("old", "new"), [(",A01,", ",a1,"), (",H12,", ", h012 ,"), ("1e-06,M", "1.0,uM")]
)
def test_wells_and_units_may_be_written_in_other_ways(old, new):
    layout, file = _mended(old, new)
    assert read_layout(file) == layout


def test_rows_in_another_order_and_wells_left_out_give_the_same_layout():
    layout = lay_out(_samples(3), Design(n_wells=96))
    header, *rows = layout_csv(layout).decode().splitlines()
    kept = [r for r in reversed(rows) if ",empty," not in r]
    file = RawFile(name="a.csv", content="\n".join([header, *kept]).encode())
    assert read_layout(file) == layout


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (",A01,", ",A02,", "comes twice"),
        (",H12,", ",I12,", "no well I12"),
        ("1e-06,M", "1e-06,uL", "cannot be converted|no molar|M"),
        ("1e-06,M", "nan,M", "no number"),
        ("1e-06,M", "-1,M", "below 0"),
        (",sample,", ",friend,", "no role"),
        (",96,1,H12", ",96,2,H12", "one whole number"),
        ("plate_id", "plate", "plate_id"),
        ("uL,0\r\n", "uL\r\n", "cells"),
        ("P-01,96", "P-01,97", "no plate of 97"),
    ],
)
def test_a_layout_file_that_does_not_hold_is_refused(old, new, words):
    layout, file = _mended("never", "never")
    assert read_layout(file) == layout
    _, file = _mended(old, new)
    with pytest.raises(DataError, match=words):
        read_layout(file)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_a_layout_is_read_or_refused(content):
    try:
        layout = read_layout(RawFile(name="a.csv", content=content))
    except DataError:
        return
    assert all(isinstance(w, Well) for w in layout.wells)
