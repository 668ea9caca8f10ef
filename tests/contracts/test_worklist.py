# SPDX-License-Identifier: Apache-2.0
"""What every worklist promises, asked of each one on the shelf, and what is special to each."""

import csv
import io

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.core.liquids import Transfer, VolumeRange
from loopwright.core.ports import Worklist
from loopwright.core.values import RawFile
from loopwright.registry import build, names
from loopwright.science.wells import every_well

NAMES = names("worklists")
BUILT = {n: build("worklists", n, {}) for n in NAMES}
each = pytest.mark.parametrize("name", NAMES)
ONE = Transfer(
    source_plate="S1",
    source_well="B1",
    destination_plate="P-01",
    destination_well="P24",
    volume_nL=1500.0,
)
PLATES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9 ._-]{0,30}[A-Za-z0-9])?", fullmatch=True)
WELLS = st.sampled_from(every_well(384))


@st.composite
def _transfers(draw, limits):
    """Up to ten transfers between few plates, at volumes that the instrument can move."""
    plates = draw(st.lists(PLATES, min_size=2, max_size=5, unique=True))
    lowest = -int(-limits.lowest_nL // limits.step_nL)
    return [
        Transfer(
            source_plate=draw(st.sampled_from(plates)),
            source_well=draw(WELLS),
            destination_plate=draw(st.sampled_from(plates)),
            destination_well=draw(WELLS),
            volume_nL=limits.step_nL
            * draw(st.integers(lowest, int(limits.highest_nL // limits.step_nL))),
        )
        for _ in range(draw(st.integers(1, 10)))
    ]


def _file(content):
    return RawFile(name="a.txt", content=content)


@each
def test_a_worklist_fits_its_socket_and_says_what_its_instrument_can_move(name):
    assert isinstance(BUILT[name], Worklist)
    assert isinstance(BUILT[name].limits, VolumeRange)


@each
@given(data=st.data())
def test_what_was_written_is_read_again_to_the_last_digit_and_in_order(name, data):
    worklist = BUILT[name]
    transfers = data.draw(_transfers(worklist.limits))
    file = worklist.write(transfers)
    assert worklist.read(file) == tuple(transfers)
    assert worklist.write([evolve(t) for t in transfers]) == file


@each
def test_a_volume_that_the_instrument_cannot_move_is_refused(name):
    worklist = BUILT[name]
    limits = worklist.limits
    assert worklist.write([ONE])
    for volume in (
        limits.lowest_nL - limits.step_nL / 2,
        limits.highest_nL + limits.step_nL,
        ONE.volume_nL + limits.step_nL / 3,
    ):
        with pytest.raises(DataError, match="cannot be moved at once"):
            worklist.write([ONE, evolve(ONE, volume_nL=volume)])


@each
def test_no_transfers_make_no_file(name):
    with pytest.raises(DataError, match="no transfer"):
        BUILT[name].write([])


@each
def test_a_file_of_another_instrument_is_refused(name):
    assert BUILT[name].read(BUILT[name].write([ONE])) == (ONE,)
    others = [BUILT[n].write([ONE]) for n in NAMES if n != name]
    for file in others:
        with pytest.raises(DataError):
            BUILT[name].read(file)


@each
def test_a_well_that_no_plate_has_is_refused(name):
    content = BUILT[name].write([ONE]).content
    worse = content.replace(b"P24", b"24P").replace(b";384;", b";385;")
    assert worse != content
    with pytest.raises(DataError, match="no well"):
        BUILT[name].read(_file(worse))


@each
def test_no_line_of_a_worklist_runs_in_a_spreadsheet(name):
    text = BUILT[name].write([ONE]).content.decode()
    cells = [c for row in csv.reader(io.StringIO(text)) for c in row]
    assert cells and not any(c.startswith(("=", "+", "-", "@", "\t")) for c in cells)


@each
@given(data=st.data())
def test_a_file_with_damage_anywhere_is_read_or_refused(name, data):
    content = bytearray(BUILT[name].write([ONE, evolve(ONE, source_well="A2")]).content)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + 1] = data.draw(st.binary(max_size=3))
        if not content:
            break
    try:
        found = BUILT[name].read(_file(bytes(content)))
    except DataError:
        return
    assert all(isinstance(t, Transfer) for t in found)


@each
@given(
    content=st.binary(max_size=200)
    | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
)
def test_whatever_the_bytes_a_worklist_returns_transfers_or_a_data_error(name, content):
    try:
        found = BUILT[name].read(_file(content))
    except DataError:
        return
    assert all(isinstance(t, Transfer) for t in found)


# ---- the words of each instrument
def test_an_echo_pick_list_has_the_columns_of_its_software_and_nanolitres():
    droplet = evolve(ONE, volume_nL=2.5)
    assert BUILT["echo"].write([droplet]).content.decode().splitlines() == [
        "Source Plate Barcode,Source Well,Destination Plate Barcode,Destination Well,"
        "Transfer Volume",
        "S1,B1,P-01,P24,2.5",
    ]
    typed = build("worklists", "echo", {"source_plate_type": "384PP_DMSO2"})
    assert (
        typed.write([droplet]).content.decode().splitlines()[1] == "S1,B1,P-01,P24,2.5,384PP_DMSO2"
    )
    assert typed.read(typed.write([droplet])) == (droplet,)


def test_a_hamilton_worklist_counts_in_microlitres():
    assert BUILT["hamilton"].write([ONE]).content.decode().splitlines() == [
        "Source Plate Name,Source Well,Destination Plate Name,Destination Well,Transfer Volume",
        "S1,B1,P-01,P24,1.5",
    ]


def test_a_tecan_worklist_numbers_wells_down_the_columns():
    assert BUILT["tecan"].write([ONE]).content.decode().splitlines() == [
        "A;S1;;;2;;1.50;;;;",
        "D;P-01;;;384;;1.50;;;;",
        "W;",
    ]
    other = build(
        "worklists",
        "tecan",
        {"source_wells": 96, "by_barcode": True, "liquid_class": "DMSO", "destination_wells": 1536},
    )
    lines = other.write([evolve(ONE, source_well="B2")]).content.decode().splitlines()
    assert lines[:2] == ["A;;S1;;10;;1.50;DMSO;;;", f"D;;P-01;;{23 * 32 + 16};;1.50;DMSO;;;"]


@pytest.mark.parametrize(
    "text",
    [
        "A;S;;;1;;1.0\nW;\nD;P;;;1;;1.0",
        "A;S;;;1;;1.0\nD;P;;;1;;2.0\nW;",
        "A;S;;;1;;1.0",
        "D;P;;;1;;1.0",
        "A;S;;;A1;;1.0\nD;P;;;1;;1.0",
        "X;\nA;S;;;1;;1.0\nD;P;;;1;;1.0",
        "W;",
    ],
)
def test_a_tecan_worklist_that_moves_liquid_nowhere_is_refused(text):
    good = "C;by hand\nA;S;;;1;;1.0\nD;P;;;2;;1.0\nW;\nB;"
    assert BUILT["tecan"].read(_file(good.encode()))[0].destination_well == "B1"
    with pytest.raises(DataError):
        BUILT["tecan"].read(_file(text.encode()))


def test_an_opentrons_file_gives_each_plate_a_slot_and_keeps_its_barcode():
    back = evolve(ONE, destination_plate="P-02", destination_well="A1")
    text = BUILT["opentrons"].write([ONE, back]).content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(r["Source Slot"], r["Dest Slot"]) for r in rows] == [("1", "2"), ("1", "3")]
    assert [r["Dest Plate Barcode"] for r in rows] == ["P-01", "P-02"]
    assert rows[0]["Volume (in ul)"] == "1.5"


def test_more_plates_than_a_deck_holds_are_refused():
    many = [evolve(ONE, destination_plate=f"P{i}") for i in range(10)]
    assert BUILT["opentrons"].write(many[:9])
    with pytest.raises(DataError, match="11 plates do not fit"):
        BUILT["opentrons"].write(many)
