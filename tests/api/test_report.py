# SPDX-License-Identifier: Apache-2.0
"""The page of a campaign: all that was decided, and nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest

from loopwright.api import batches, pages
from loopwright.loop.run import look


@pytest.fixture
def campaign(bench):
    """A campaign with a model, an answered order, a change by a person and an open batch."""
    rows = [
        f"{c},{4 + 2 * ('Cl' in x.text) + ('Br' in x.text) + len(x.text) / 20:.2f}"
        for c, x in list(bench.known.candidates.items())[::2]
    ]
    bench.readback([*rows, "not a molecule,7"])
    bench.answered(bench.ordered())
    dropped = bench.propose()[0]
    batches.revise(bench.place, "drop", dropped, reason="smells of <sulphur>")
    return bench


def test_a_report_shows_picks_parity_facts_and_reasons(campaign, tmp_path):
    page = pages.write_report(campaign.place, tmp_path / "deep" / "report.html").read_text()
    view = campaign.known
    for candidate in view.state.proposal.candidates:
        assert candidate in page
    for candidate in view.state.orders[0].candidates:
        assert view.candidates[candidate].name in page
    assert "Parity" in page or "parity" in page
    for fact in campaign.place.ledger():
        assert fact.kind in page and fact.digest[:8] in page
    assert "smells of &lt;sulphur&gt;" in page and "smells of <sulphur>" not in page
    assert page.count("<svg") >= len(view.state.proposal.candidates)


class Outside(HTMLParser):
    """Collects what a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        fetched = {"src", "srcset", "data", "poster", "action"} | (
            {"href"} - {tag} if tag in {"link", "image", "use"} else set()
        )
        self.found += [
            v for k, v in attrs if k.split(":")[-1] in fetched and not v.startswith(("data:", "#"))
        ]


def test_a_report_refers_to_nothing_outside_itself(campaign, tmp_path):
    page = pages.write_report(campaign.place, tmp_path / "report.html").read_text()
    reader = Outside()
    reader.feed(page)
    assert reader.found == []
    assert not re.search(r"@import|url\((?!['\"]?(#|data:))", page)
    reader.feed('<script src="https://example.org/x.js"></script>')
    assert reader.found == ["https://example.org/x.js"]


def test_a_report_changes_nothing_and_is_the_same_the_second_time(campaign, tmp_path):
    before = campaign.known.state.digest()
    one, two = (
        pages.write_report(campaign.place, tmp_path / name).read_text() for name in ("1", "2")
    )
    stamp = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?"
    assert re.sub(stamp, "", one) == re.sub(stamp, "", two)
    assert look(campaign.place.reading()).state.digest() == before


def test_a_campaign_that_has_not_begun_has_a_report(empty, tmp_path):
    page = pages.write_report(empty.place, tmp_path / "report.html").read_text()
    assert "none is measured yet" in page
