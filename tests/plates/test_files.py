# SPDX-License-Identifier: Apache-2.0
"""What people write for plates is read whole or refused with every fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError, SpecError
from loopwright.core.values import RawFile
from loopwright.plates.design import Design, Doses, Sample
from loopwright.plates.files import STOCK_COLUMNS, PlateFile, read_plate_file, read_stocks

PLATES = """
[design]
n_wells = 96
n_positive = 4
edge = "empty"
[design.doses]
highest_M = 1e-5
n_points = 5
[design.positive]
candidate_id = "mol-p"
[[design.references]]
candidate_id = "mol-r"
[ordering]
dead_uL = 15
[transfers]
backfill = true
[worklists.tecan]
source_wells = 384
"""
STOCKS = (
    ",".join(STOCK_COLUMNS) + "\n"
    "S1,A01,mol-a,L1,10,mM,40,uL,15\n"
    "S1,B1,,,0,,60,uL,15\n"
)  # fmt: skip


def _file(text):
    return RawFile(name="plates", content=text.encode())


def test_a_plate_file_says_design_rules_and_options():
    found = read_plate_file(_file(PLATES), seed=9)
    assert found.design == Design(
        n_wells=96,
        n_positive=4,
        positive=Sample(candidate_id="mol-p"),
        references=(Sample(candidate_id="mol-r"),),
        edge="empty",
        doses=Doses(highest_M=1e-5, n_points=5),
        seed=9,
    )
    assert found.ordering.dead_uL == 15.0 and found.transfers.backfill
    assert found.worklists == {"tecan": {"source_wells": 384}}


def test_no_plate_file_means_the_defaults_and_a_stated_seed_counts():
    assert read_plate_file(_file("")) == PlateFile()
    assert read_plate_file(_file("[design]\nseed = 4"), seed=9).design.seed == 4


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("n_wells = 96", "n_wells = 96.0", "96.0 is not of the type int"),
        ("n_wells = 96", "n_wels = 96", "n_wels"),
        ("n_wells = 96", "n_wells = 97", "n_wells is 97"),
        ("backfill = true", "backfill = 1", "1 is not of the type bool"),
        ('edge = "empty"', 'edge = "glue"', "glue"),
        ("[design]", "[design", "no TOML"),
    ],
)
def test_a_plate_file_with_a_fault_is_refused(old, new, words):
    with pytest.raises(SpecError, match=words):
        read_plate_file(_file(PLATES.replace(old, new)))


def test_all_faults_of_a_plate_file_are_told_at_once():
    text = PLATES.replace("backfill = true", "backfill = 1").replace("= 15", '= "x"')
    with pytest.raises(SpecError, match=r"bool.*|float") as told:
        read_plate_file(_file(text))
    assert "backfill" in str(told.value) and "dead_uL" in str(told.value)


def test_stocks_are_read_with_their_units():
    first, solvent = read_stocks(_file(STOCKS))
    assert (first.plate, first.well, first.lot) == ("S1", "A1", "L1")
    assert first.concentration_M == pytest.approx(0.01) and first.usable_nL == 25_000.0
    assert solvent.candidate_id == "" and solvent.concentration_M == 0.0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A01", "A0"),
        ("mM", "mg/mL"),
        ("10,mM", "ten,mM"),
        ("40,uL", "40,mg"),
        ("40,uL", "-1,uL"),
        ("mol-a", ""),
        ("dead_volume", "dead"),
        ("uL,15\n", "uL\n"),
    ],
)
def test_a_stock_that_is_not_usable_is_refused(old, new):
    assert old in STOCKS
    with pytest.raises(DataError):
        read_stocks(_file(STOCKS.replace(old, new)))


def test_an_empty_list_of_stocks_is_refused():
    with pytest.raises(DataError, match="no row"):
        read_stocks(_file(STOCKS.splitlines()[0]))


@given(st.text(max_size=100))
def test_whatever_the_text_it_is_read_or_refused(text):
    for read in (read_plate_file, read_stocks):
        try:
            read(_file(text))
        except (DataError, SpecError):
            continue
