# SPDX-License-Identifier: Apache-2.0
"""The page that can be mailed: closed to the outside, safe with any text, the same every time."""

import base64
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.reports.page import render
from loopwright.reports.views import (
    Batch,
    Calibration,
    Curve,
    Distances,
    FactRow,
    IntakeFile,
    ModelCard,
    Neighbour,
    Page,
    Parity,
    Pick,
    Provenance,
    QuarantineRow,
    Score,
    ScoreRow,
    Spread,
    Tile,
    Trace,
)

HOSTILE = "<script>alert('1')</script>\"'=cmd|x!A1 & {{ 7*7 }}"
SVG = "<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'><script>bad()</script></svg>"


class Outline(HTMLParser):
    """Collects what a browser would see: elements, attributes and the text between them."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.text += data


def outline(html):
    seen = Outline()
    seen.feed(html)
    return seen


def card(text):
    scores = (Score(name=text, value=0.4, low=0.3, high=0.5),)
    return ModelCard(
        name=text,
        property=text,
        unit=text,
        why=text,
        is_useful=False,
        rows=(
            ScoreRow(label=text, scores=scores),
            ScoreRow(label="mean", scores=scores, is_baseline=True),
        ),
        n=3,
        split_name=text,
        coverage_90=0.9,
        noise_std=0.2,
        warnings=(text,),
        parity=Parity(
            property=text, measured=(1.0,), predicted=(2.0,), bound=(1,), split_name=text
        ),
        calibration=Calibration(
            property=text, nominal=(0.5,), observed=(0.4,), n=9, coverage_90=0.8, split_name=text
        ),
        distances=Distances(property=text, similarity=(0.5,), error=(0.1,), split_name=text),
        spread=Spread(property=text, measured=(1.0,), predicted=(2.0,), measured_label=text),
    )


def pick(text, **changes):
    near = Neighbour(name=text, similarity=0.7, value=text)
    given = Pick(
        rank=1,
        candidate_id=text,
        name=text,
        svg=SVG,
        mean=7.0,
        low=6.0,
        high=8.0,
        reason=text,
        neighbours=(near,),
        status=text,
    )
    return evolve(given, **changes)


def full_page(text="plain"):
    """A page on which every text is ``text``."""
    curve = Curve(label=text, measured=(1, 2), mean=(0.1, 0.5), low=(0.0, 0.4), high=(0.2, 0.6))
    return Page(
        title=text,
        subtitle=text,
        question=text,
        headline=text,
        detail=text,
        tiles=(Tile(label=text, value=text, note=text),),
        traces=(Trace(title=text, y_title=text, curves=(curve,), x_title=text, note=text),),
        batches=(Batch(cycle=1, property=text, unit=text, picks=(pick(text),), note=text),),
        models=(card(text),),
        intake=(IntakeFile(file=text, n_rows=3, n_loaded=1, n_flagged=1, n_quarantined=1),),
        quarantine=(
            QuarantineRow(file=text, row=2, column=text, value=text, reason=text, remedy=text),
        ),
        facts=(
            FactRow(
                number=1, at=text, actor=text, kind=text, summary=text, reason=text, digest="a"
            ),
        ),
        provenance=Provenance(
            head_digest=text, seed=7, versions=((text, text),), inputs=((text, text),)
        ),
        generated_at=text,
    )


def test_a_pick_shows_what_lifts_it_as_bars_from_zero():
    parts = (("value", 1.5), ("doubt", 0.5), ("diversity", -0.5), ("cost", 0.0))
    batch = Batch(cycle=1, property="p", picks=(pick("a", parts=parts, change="It would go."),))
    html = render(Page(title="t", batches=(batch,)))
    assert 'x="25.0%" y="1" width="75.0%"' in html and 'x="0.0%" y="1" width="25.0%"' in html
    assert "+1.50" in html and "It would go." in html
    assert ">cost<" not in html, "it had no say"


def test_the_page_refers_to_nothing_outside_itself():
    html = render(full_page())
    addresses = [v for _, n, v in outline(html).attributes if n in ("src", "href", "xlink:href")]
    assert addresses
    assert all(a.startswith(("#", "data:")) for a in addresses)
    assert not re.search(r"https?:|url\(|@import", html)


def test_the_browser_is_told_to_load_nothing_and_run_nothing():
    seen = outline(render(full_page()))
    (policy,) = [v for t, n, v in seen.attributes if (t, n) == ("meta", "content") and "src" in v]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    assert "script" not in seen.tags


def test_hostile_text_stays_text_wherever_it_stands():
    plain, hostile = outline(render(full_page())), outline(render(full_page(HOSTILE)))
    assert hostile.tags == plain.tags
    assert [(t, n) for t, n, _ in hostile.attributes] == [(t, n) for t, n, _ in plain.attributes]
    assert HOSTILE in hostile.text
    assert "49" not in hostile.text


def test_a_picture_is_shown_as_an_image_so_that_nothing_in_it_can_act():
    html = render(Page(title="t", batches=(Batch(cycle=1, property="p", picks=(pick("a"),)),)))
    (source,) = [v for t, n, v in outline(html).attributes if (t, n) == ("img", "src")]
    kind, code = source.split(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(code).decode() == SVG.partition("\n")[2]
    assert "bad()" not in html


def test_an_empty_page_renders_and_says_what_it_lacks():
    text = outline(render(Page(title="Nothing yet"))).text
    assert "No batch has been ordered yet." in text
    assert "No model has been trained yet." in text
    assert "No file has been read in yet." in text
    assert "Progress" not in text
    assert "Record" not in text


def test_a_page_that_tells_of_no_campaign_leaves_out_what_only_campaigns_have():
    row = QuarantineRow(file="f.csv", row=3, column="c", value="v", reason="why", remedy="how")
    text = outline(render(Page(title="A replay", is_campaign=False, quarantine=(row,)))).text
    assert "Quarantined rows" in text and "f.csv" in text and "yet" not in text
    assert "Picks" not in text and "Models" not in text
    bare = outline(render(Page(title="A replay", is_campaign=False))).text
    assert "Intake" not in bare


@pytest.mark.parametrize("mean", [None, 6.5])
def test_a_scale_is_drawn_where_something_lies_on_it(mean):
    one = evolve(pick("a"), mean=mean, low=mean, high=mean, measured_value=None, measured="")
    html = render(Page(title="t", batches=(Batch(cycle=1, property="p", picks=(one,)),)))
    is_drawn = mean is not None
    assert ("one scale for all" in html) == is_drawn
    assert ('<svg class="scale"' in html) == is_drawn


def test_charts_without_points_are_left_out():
    nothing = Parity(property="p", measured=(), predicted=(), bound=(), split_name="time")
    trace = Trace(title="Empty trace", y_title="y", curves=())
    model = ModelCard(name="m", property="p", is_useful=True, parity=nothing)
    seen = outline(render(Page(title="t", traces=(trace,), models=(model,))))
    assert "figure" not in seen.tags
    assert "beats its baselines" in seen.text


def test_equal_pages_give_equal_bytes():
    assert render(full_page()).encode() == render(full_page()).encode()


def test_the_latest_cycle_comes_first():
    batches = tuple(Batch(cycle=k, property="p", picks=()) for k in (2, 10, 1))
    assert re.findall(r"<h3>Cycle (\d+)", render(Page(title="t", batches=batches))) == [
        "10",
        "2",
        "1",
    ]


def test_all_bars_of_a_property_share_one_scale():
    batches = (
        Batch(cycle=1, property="p", picks=(pick("a", low=0.0, mean=5.0, high=10.0),)),
        Batch(cycle=2, property="p", picks=(pick("b", low=4.0, mean=5.0, high=6.0),)),
    )
    html = render(Page(title="t", batches=batches))
    bars = re.findall(r'"interval" x1="([\d.]+)%" x2="([\d.]+)%" y1="10"', html)
    widths = [float(b) - float(a) for a, b in bars]
    assert widths[1] == pytest.approx(5 * widths[0], abs=0.5)
    assert len(set(re.findall(r'class="mean" cx="([\d.]+%)" cy="10"', html))) == 1


@pytest.mark.parametrize(
    ("is_inside", "words", "others"),
    [(True, "● in domain", "▲ out of domain"), (False, "▲ out of domain", "● in domain")],
    ids=["inside", "outside"],
)
def test_the_domain_is_told_by_words_and_shape_not_only_by_colour(is_inside, words, others):
    batch = Batch(cycle=1, property="p", picks=(pick("a", in_domain=is_inside),))
    text = outline(render(Page(title="t", batches=(batch,)))).text
    assert words in text
    assert others not in text


def test_a_pick_without_a_model_says_so_and_claims_no_domain():
    bare = pick("a", mean=None, low=None, high=None)
    text = outline(
        render(Page(title="t", batches=(Batch(cycle=0, property="p", picks=(bare,)),)))
    ).text
    assert "no prediction" in text
    assert "in domain" not in text


def test_a_result_that_is_a_limit_is_drawn_as_an_arrow():
    def html(**changes):
        batch = Batch(cycle=1, property="p", picks=(pick("a", measured="> 9", **changes),))
        return render(Page(title="t", batches=(batch,)))

    assert 'class="limit"' in html(measured_value=9.0, measured_bound=1)
    assert 'class="limit"' not in html(measured_value=9.0)


def test_a_model_that_loses_to_its_baselines_says_so():
    text = outline(render(Page(title="t", models=(card("m"),)))).text
    assert "does not beat its baselines: not promoted" in text
    assert "0.40 [0.30, 0.50]" in " ".join(text.split())


def test_a_record_that_does_not_verify_warns_the_reader():
    broken = Provenance(is_verified=False)
    assert "does not verify" in render(Page(title="t", provenance=broken))
    assert "does not verify" not in render(Page(title="t", provenance=Provenance(is_verified=True)))


def test_rows_that_vanished_are_refused():
    IntakeFile(file="a.csv", n_rows=3, n_loaded=2, n_quarantined=1)
    with pytest.raises(DataError, match="do not add up"):
        IntakeFile(file="a.csv", n_rows=4, n_loaded=2, n_quarantined=1)


def test_a_prediction_without_its_interval_is_refused():
    with pytest.raises(DataError, match="without its interval"):
        Pick(rank=1, candidate_id="a", mean=7.0)


def test_importing_the_page_loads_no_heavy_library():
    code = (
        "import sys, loopwright.reports.page;"
        "print(*{'altair', 'vl_convert', 'jinja2', 'pandas', 'rdkit'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_page_with_charts_is_made_without_a_data_frame_library():
    code = (
        "import sys; from loopwright.reports.page import render;"
        "from loopwright.reports.views import *;"
        "c = Curve(label='a', measured=(1, 2), mean=(1.0, 2.0));"
        "render(Page(title='t', traces=(Trace(title='t', y_title='y', curves=(c,)),)));"
        "print('altair' in sys.modules, *{'pandas', 'polars', 'rdkit'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
