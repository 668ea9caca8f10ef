# SPDX-License-Identifier: Apache-2.0
"""Each worklist, carried out in PyLabRobot's simulator: what really arrives in each well.

The files are read here by the rules of their instruments, not by our own readers.
"""

import asyncio
import csv
import io

import pytest
from pylabrobot.liquid_handling import LiquidHandler
from pylabrobot.liquid_handling.backends import LiquidHandlerChatterboxBackend
from pylabrobot.resources import (
    Coordinate,
    Deck,
    Plate,
    Tip,
    TipRack,
    TipSpot,
    Well,
    create_ordered_items_2d,
    set_tip_tracking,
    set_volume_tracking,
)
from pylabrobot.resources.errors import TooLittleLiquidError

from loopwright.plates.design import Design, Doses, Sample
from loopwright.plates.layout import lay_out
from loopwright.plates.transfers import Stock, arrivals, plan
from loopwright.registry import build, names
from loopwright.science.wells import every_well, shape_of

SAMPLES = [Sample(candidate_id=f"c{i}", lot="1") for i in range(12)]
DOSES = {
    "echo": Doses(highest_M=1e-5, factor=2.0, n_points=5),
    "hamilton": Doses(highest_M=4e-5, factor=1.5, n_points=2),
    "tecan": Doses(highest_M=4e-5, factor=1.5, n_points=2),
    "opentrons": Doses(highest_M=4e-5, factor=1.5, n_points=2),
}
N_WELLS = {"echo": 1536, "hamilton": 384, "tecan": 96, "opentrons": 384}
OPTIONS = {"tecan": {"source_wells": 384, "destination_wells": 96}}
BIG = 1_000_000.0


def _plate(name, n_wells):
    rows, columns = shape_of(n_wells)
    pitch = 9.0 * 8 / rows
    return Plate(
        name,
        size_x=127.76,
        size_y=85.48,
        size_z=14.0,
        ordered_items=create_ordered_items_2d(
            Well,
            num_items_x=columns,
            num_items_y=rows,
            dx=pitch,
            dy=pitch,
            dz=1.0,
            item_dx=pitch,
            item_dy=pitch,
            size_x=pitch - 0.5,
            size_y=pitch - 0.5,
            size_z=11.0,
            max_volume=BIG,
        ),
    )


def _rack():
    def tip(name):
        return Tip(
            has_filter=False,
            total_tip_length=50.0,
            maximal_volume=BIG,
            fitting_depth=8.0,
            name=name,
        )

    spots = create_ordered_items_2d(
        TipSpot,
        num_items_x=1,
        num_items_y=1,
        dx=9.0,
        dy=9.0,
        dz=0.0,
        item_dx=9.0,
        item_dy=9.0,
        size_x=9.0,
        size_y=9.0,
        make_tip=tip,
    )
    return TipRack("tips", size_x=127.76, size_y=85.48, size_z=60.0, ordered_items=spots)


class Bench:
    """A deck with plates, on which moves are carried out one after the other."""

    def __init__(self, plates):
        self.plates = plates
        self.deck = Deck(size_x=3000.0, size_y=600.0, size_z=300.0)
        self.rack = _rack()
        for i, part in enumerate([self.rack, *plates.values()]):
            self.deck.assign_child_resource(part, location=Coordinate(150.0 * i, 0.0, 0.0))

    def carry_out(self, moves):
        """Move (from plate, from well, to plate, to well, uL); wells by name or index."""
        asyncio.run(self._carry_out(moves))

    async def _carry_out(self, moves):
        handler = LiquidHandler(backend=LiquidHandlerChatterboxBackend(), deck=self.deck)
        await handler.setup()
        self.rack.fill()
        await handler.pick_up_tips(self.rack["A1"])
        for source, start, target, end, volume in moves:
            await handler.aspirate([self.plates[source].get_item(start)], vols=[volume])
            await handler.dispense([self.plates[target].get_item(end)], vols=[volume])
        await handler.stop()

    def volume_uL(self, plate, index):
        """What is in the well of this number, from 0, counted down the columns."""
        return self.plates[plate].get_item(index).tracker.get_used_volume()


@pytest.fixture(autouse=True)
def tracking():
    """PyLabRobot keeps account of every volume."""
    set_volume_tracking(True)
    set_tip_tracking(True)
    yield
    set_volume_tracking(False)
    set_tip_tracking(False)


def _rows(file):
    return csv.DictReader(io.StringIO(file.content.decode()))


def _echo_moves(file):
    for r in _rows(file):
        volume = float(r["Transfer Volume"]) / 1000
        yield (
            r["Source Plate Barcode"],
            r["Source Well"],
            r["Destination Plate Barcode"],
            r["Destination Well"],
            volume,
        )


def _hamilton_moves(file):
    for r in _rows(file):
        volume = float(r["Transfer Volume"])
        yield (
            r["Source Plate Name"],
            r["Source Well"],
            r["Destination Plate Name"],
            r["Destination Well"],
            volume,
        )


def _tecan_moves(file):
    records = [line.split(";") for line in file.content.decode().splitlines()]
    assert [r[0] for r in records] == ["A", "D", "W"] * (len(records) // 3)
    for a, d in zip(records[0::3], records[1::3], strict=True):
        assert len(a) == len(d) == 11 and a[6] == d[6]
        yield a[1], int(a[4]) - 1, d[1], int(d[4]) - 1, float(a[6])


def _opentrons_moves(file):
    """By deck slot, from the first eight columns alone, as the protocol does."""
    lines = file.content.decode().splitlines()[1:]
    for _, s_slot, s_well, _, _, d_slot, d_well, volume in (x.split(",")[:8] for x in lines):
        yield f"slot {s_slot}", s_well, f"slot {d_slot}", d_well, float(volume)


MOVES = {
    "echo": _echo_moves,
    "hamilton": _hamilton_moves,
    "tecan": _tecan_moves,
    "opentrons": _opentrons_moves,
}


def _world(name):
    """A layout over two plates or more, its stocks and its planned transfers."""
    design = Design(
        n_wells=N_WELLS[name],
        volume_uL=100.0,
        doses=DOSES[name],
        n_replicates=4 if name == "tecan" else 2,
        n_negative=8,
        n_blanks=2,
        edge="empty",
        seed=3,
    )
    layout = lay_out(SAMPLES, design)
    strengths = (1e-2, 1e-3) if name == "echo" else (1e-3,)
    held = [(s, m) for m in strengths for s in SAMPLES]
    stocks = [
        Stock(
            plate="SRC-1",
            well=every_well(384)[25 * i],
            candidate_id=s.candidate_id,
            lot=s.lot,
            concentration_M=m,
            volume_uL=70.0,
            dead_uL=10.0,
        )
        for i, (s, m) in enumerate(held[:15])
    ]
    stocks += [
        Stock(
            plate="SRC-2",
            well=every_well(384)[-1 - i],
            candidate_id=s.candidate_id,
            lot=s.lot,
            concentration_M=m,
            volume_uL=70.0,
            dead_uL=10.0,
        )
        for i, (s, m) in enumerate(held[15:])
    ]
    stocks += [Stock(plate="SRC-2", well=w, volume_uL=500.0) for w in ("C3", "D4")]
    worklist = build("worklists", name, OPTIONS.get(name, {}))
    return layout, stocks, worklist, plan(layout, stocks, worklist.limits, backfill=True)


def _bench(name, layout, stocks, transfers):
    """A bench with the stocks in place; an Opentrons robot knows its plates by slot."""
    wanted = dict.fromkeys(p for t in transfers for p in (t.source_plate, t.destination_plate))
    known = {p: f"slot {i + 1}" if name == "opentrons" else p for i, p in enumerate(wanted)}
    is_source = {s.plate for s in stocks}
    bench = Bench(
        {known[p]: _plate(known[p], 384 if p in is_source else layout.n_wells) for p in wanted}
    )
    for s in stocks:
        if s.plate in known:
            well = bench.plates[known[s.plate]].get_item(s.well)
            well.tracker.set_volume(s.usable_nL / 1000.0)
    return bench, known


@pytest.mark.parametrize("name", names("worklists"))
def test_a_worklist_that_is_carried_out_brings_every_well_its_volume(name, capsys):
    layout, stocks, worklist, transfers = _world(name)
    bench, known = _bench(name, layout, stocks, transfers)
    bench.carry_out(MOVES[name](worklist.write(transfers)))
    told = capsys.readouterr().out
    assert "Aspirating" in told and "Dispensing" in told
    expected = arrivals(transfers, stocks)
    rows, columns = shape_of(layout.n_wells)
    assert len(layout.plates) >= 1 and len(expected) > 50
    for i, well in enumerate(layout.wells):
        row, column = divmod(i % layout.n_wells, columns)
        arrival = expected.get((well.plate, well.well))
        volume = bench.volume_uL(known[well.plate], column * rows + row)
        assert volume == pytest.approx(arrival.volume_nL / 1000 if arrival else 0.0, abs=1e-6)


@pytest.mark.parametrize("name", names("worklists"))
def test_no_more_is_taken_from_a_source_well_than_it_can_give(name):
    layout, stocks, worklist, transfers = _world(name)
    bench, known = _bench(name, layout, stocks, transfers)
    bench.carry_out(MOVES[name](worklist.write(transfers)))
    for s in stocks:
        left = bench.plates[known[s.plate]].get_item(s.well).tracker.get_used_volume()
        taken = sum(
            t.volume_nL for t in transfers if (t.source_plate, t.source_well) == (s.plate, s.well)
        )
        assert left == pytest.approx((s.usable_nL - taken) / 1000.0, abs=1e-6)
        assert left >= -1e-6


def test_the_simulator_would_notice_a_stock_that_runs_dry():
    layout, stocks, worklist, transfers = _world("hamilton")
    bench, known = _bench("hamilton", layout, stocks, transfers)
    first = transfers[0]
    bench.plates[known[first.source_plate]].get_item(first.source_well).tracker.set_volume(0.1)
    with pytest.raises(TooLittleLiquidError):
        bench.carry_out(MOVES["hamilton"](worklist.write(transfers)))
