# SPDX-License-Identifier: Apache-2.0
"""The sheet for the bench: it shows every well as it is laid out, and any text harmlessly."""

import re
from html.parser import HTMLParser

import pytest

from loopwright.core.liquids import VolumeRange
from loopwright.plates.design import Design, Doses, Sample
from loopwright.plates.layout import lay_out
from loopwright.plates.orders import order_list
from loopwright.plates.transfers import Stock, plan
from loopwright.reports.sheet import Sheet, render_sheet

HOSTILE = "<script>alert('1')</script>\"'=cmd|x!A1 & {{ 7*7 }}"
ACOUSTIC = VolumeRange(lowest_nL=2.5, highest_nL=10_000.0, step_nL=2.5)


class Seen(HTMLParser):
    """What a browser would see."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.roles = [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "rect":
            self.roles.append(dict(attrs)["class"])

    def handle_data(self, data):
        self.text += data


def _sheet(text="plain", n_wells=96, **changes):
    samples = [Sample(candidate_id=f"c{i}-{text}", lot=text, name=text) for i in range(4)]
    design = Design(
        n_wells=n_wells,
        doses=Doses(highest_M=1e-5, factor=2.0, n_points=3),
        n_negative=4,
        n_positive=2,
        positive=samples[0],
        references=(samples[1],),
        n_blanks=1,
        edge="empty",
        seed=5,
    )
    layout = lay_out(samples, design, stem="NAV")
    stocks = [
        Stock(
            plate="SRC",
            well=f"{'ABCD'[i]}{i + 9}",
            candidate_id=s.candidate_id,
            lot=s.lot,
            concentration_M=1e-2,
            volume_uL=40.0,
            dead_uL=15.0,
        )
        for i, s in enumerate(samples)
    ]
    given = {
        "orders": order_list(layout, stock_M=1e-2, dead_uL=15.0),
        "transfers": plan(layout, stocks, ACOUSTIC),
        "stocks": tuple(stocks),
    }
    return Sheet(title=text, subtitle=text, made_at=text, layout=layout, **{**given, **changes})


@pytest.mark.parametrize("n_wells", [96, 384, 1536])
def test_every_well_is_drawn_in_its_role_plate_by_plate_row_by_row(n_wells):
    sheet = _sheet(n_wells=n_wells)
    html = render_sheet(sheet)
    drawn = re.findall(r"<g><title>(\w+), (\w+)", html)
    assert drawn == [(w.well, w.role) for w in sheet.layout.wells]
    assert html.count('class="barcode"') == len(sheet.layout.plates)


def test_the_number_in_a_well_is_that_of_the_list_of_compounds():
    sheet = _sheet()
    text = render_sheet(sheet)
    listed = dict(re.findall(r'<td class="n">(\d+)</td><td><code>(.*?)</code>', text))
    drawn = re.findall(r"<title>\w+, sample, (.*?), .*?class=\"label\".*?>(\d+)<", text)
    assert len(drawn) == 12
    assert all(listed[label] == candidate_id for candidate_id, label in drawn)


def test_a_sheet_states_what_to_order_and_what_to_fill_in():
    text = Seen(render_sheet(_sheet())).text
    assert "Amount (nmol)" in text and "Fill with at least (µL)" in text
    assert "c0-plain, lot plain, 10 mM" in text
    assert "Seed of the layout" in text and "NAV-01" in text


def test_parts_that_are_not_given_are_left_out():
    text = Seen(render_sheet(_sheet(orders=(), transfers=(), stocks=()))).text
    assert "Compounds by candidate and lot" in text
    assert "Amount (nmol)" not in text and "Source wells" not in text


def test_hostile_text_stays_text_wherever_it_stands():
    plain, hostile = Seen(render_sheet(_sheet())), Seen(render_sheet(_sheet(HOSTILE)))
    assert hostile.tags == plain.tags and "script" not in hostile.tags
    assert HOSTILE in hostile.text


def test_a_sheet_refers_to_nothing_outside_itself_and_runs_nothing():
    html = render_sheet(_sheet())
    assert "default-src 'none'" in html
    assert not re.search(r"(src|href)=|url\(|@import|https?://", html)


def test_equal_sheets_give_equal_bytes():
    assert render_sheet(_sheet()) == render_sheet(_sheet())


def test_a_layout_alone_makes_a_sheet():
    layout = lay_out([Sample(candidate_id="c")], Design(n_wells=96))
    seen = Seen(render_sheet(Sheet(title="one", layout=layout)))
    assert seen.roles.count("sample") == 1 + 1  # the well and the legend
