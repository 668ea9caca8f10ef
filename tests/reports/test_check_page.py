# SPDX-License-Identifier: Apache-2.0
"""The page of a checked file: nothing but what the JSON says, harmless, and whole by itself."""

import base64
import json
import re
from html.parser import HTMLParser

import cattrs
import pytest

from loopwright.api.check import look_at
from loopwright.api.check_page import write_checked

HOSTILE = "<script>alert('1')</script>=cmd|x & {{ 7*7 }}"
CHAIN = "CCCCCCCC"


def _text(name="cpd", note="seen"):
    """A file with repeats, limits, drift, a cliff, a fault and a blank."""
    rows = ["smiles,name,IC50 (nM),plate,date,note"]
    for n in range(48):
        k, run = n % 12, n // 12
        smiles = CHAIN + "C" * k + ("O" if k > 8 else "N")
        value = {7: ">10000", 5: "7310"}.get(k, f"{3.7 * (k + 1) * (1 + run) ** 2:.4g}")
        rows.append(f'{smiles},"{name} {k}",{value},P{n // 24},2026-01-0{run + 1},"{note}"')
    rows += [f'C((,"{name} 90",5,P1,2026-01-04,x', f'CCO,"{name} 91",,P1,2026-01-04,x']
    return "\n".join(rows) + "\n"


class Seen(HTMLParser):
    """What a browser would see."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.skipped = [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.skipped += tag in {"style", "svg"}

    def handle_endtag(self, tag):
        self.skipped -= tag in {"style", "svg"}

    def handle_data(self, data):
        if not self.skipped and data.strip():
            self.text.append(data)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Returns the page of a file and what ``--json`` says of it."""
    folder = tmp_path_factory.mktemp("page")

    def make(text, name="a.csv"):
        path = folder / name
        path.write_text(text)
        looked = look_at(path)
        page = write_checked(looked, folder / "out.html").read_text(encoding="utf-8")
        return page, json.loads(json.dumps(cattrs.unstructure(looked.found)))

    return make


@pytest.fixture(scope="module")
def plain(made):
    return made(_text())


def _leaves(value):
    match value:
        case dict():
            return [x for v in value.values() for x in _leaves(v)]
        case list():
            return [len(value), *(x for v in value for x in _leaves(v))]
        case _:
            return [value]


def _is_said(token, numbers):
    """Whether a number of the page is one of the JSON, to the digits that are shown."""
    text = token.replace(",", "").replace("\N{MINUS SIGN}", "-")
    value = float(text)
    digits = len(text.partition("e")[0].lstrip("-0.").replace(".", ""))
    return any(
        value == n or f"{n:.{max(digits, 1)}g}" == f"{value:.{max(digits, 1)}g}" for n in numbers
    )


def test_every_number_on_the_page_is_in_the_json(plain):
    page, told = plain
    leaves = _leaves(told)
    numbers = [x for x in leaves if isinstance(x, int | float) and not isinstance(x, bool)]
    numbers += [abs(x) for x in numbers]
    texts = " ".join(x for x in leaves if isinstance(x, str))
    known = set(re.findall(r"\d[\d,.]*(?:e[-+]?\d+)?", texts)) | {"10"}  # log10
    shown = re.findall(r"(?<![\w.])[-−]?\d[\d,.]*(?:e[-+]?\d+)?", " ".join(Seen(page).text))
    odd = [
        t for t in (s.rstrip(".,") for s in shown) if t not in known and not _is_said(t, numbers)
    ]
    assert len(shown) > 100 and odd == []


def test_the_page_shows_every_kind_of_chart_and_the_pairs(plain):
    page, told = plain
    (profile,) = told["profiles"]
    assert profile["cliffs"]["n"] and profile["by_date"] and profile["by_plate"]
    for title in ("How the values lie", "The same candidate twice", "In time", "From plate to"):
        assert title in page
    assert page.count('<img class="structure"') >= 2 and "no picture" not in page


def test_limits_are_drawn_apart_from_values(plain):
    page, told = plain
    saved = re.search(
        r'download="histogram.csv" href="data:text/csv;charset=utf-8;base64,(.*?)"', page
    )
    lines = base64.b64decode(saved[1]).decode().splitlines()
    (limit,) = told["profiles"][0]["limits"]
    assert f"limit,{limit['relation']},{limit['value']},,{limit['n']}" in lines
    bins = sum(int(line.rsplit(",", 1)[1]) for line in lines if line.startswith("bin"))
    assert bins == sum(told["profiles"][0]["histogram"])
    assert "mark-symbol" in page and "limit" in page


def test_every_row_that_was_not_simply_loaded_is_listed(plain):
    page, told = plain
    listed = re.findall(r'<tr><td class="n">(\d+)</td><td>(?:smiles|IC50 \(nM\))', page)
    assert sorted(map(int, listed)) == sorted(r["row"] for r in told["rows"])


def test_the_page_refers_to_nothing_outside_itself_and_runs_nothing(plain):
    page, _ = plain
    assert "default-src 'none'" in page and "<script" not in page
    assert not re.search(r"@import|https?://", page)
    assert all(a.startswith(("data:", "#")) for a in re.findall(r'(?:src|href)="(.*?)"', page))
    assert set(re.findall(r"url\((.*?)\)", page)) <= {"#hatch"}


def test_hostile_cells_stay_text_wherever_they_stand(made, plain):
    page, _ = made(_text(name=HOSTILE, note=HOSTILE))
    hostile = Seen(page)
    assert hostile.tags == Seen(plain[0]).tags
    assert any(HOSTILE in t for t in hostile.text) and "{{ 7*7 }}" in page


def test_equal_files_give_equal_pages(made):
    assert made(_text())[0] == made(_text())[0]


def test_a_file_without_values_has_a_page(made):
    page, told = made("smiles,name\nCCO,a\nCCN,b\n", "b.csv")
    assert told["profiles"] == [] and "Assays" not in page and "Mapping" in page


def test_an_axis_has_room_for_the_longest_name_and_the_heading_shows_all_of_it(made, plain):
    name = "Inhibition of the channel at its plateau by patch clamp IC50"
    page, told = made(_text().replace("IC50", name))
    assert told["profiles"][0]["property"] == name and f"{name} (nM)" in Seen(page).text

    def longest(page):
        return max(map(len, re.findall(r"<text[^>]*>([^<]*)</text>", page)))

    assert longest(page) <= 40 and longest(plain[0]) <= 40
    assert page.count("Inhibition of the channel at it… (nM)") >= 2
