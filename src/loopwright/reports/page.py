# SPDX-License-Identifier: Apache-2.0
"""A campaign as one page that can be mailed, printed and read without a network.

The page holds everything it shows: style, charts, pictures and the data behind the charts. It
runs no script and asks for nothing from outside; a content security policy says so to the
browser. All text is escaped, and pictures of candidates are shown as images, which cannot act.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from loopwright.reports.front_view import Front
from loopwright.reports.templates import fill
from loopwright.reports.views import Batch, ModelCard, Page, Pick
from loopwright.reports.wording import decimals, digits_of, fixed

if TYPE_CHECKING:
    from loopwright.reports.drawing import Picture

__all__ = ["Figure", "figure", "image", "render"]

NAMESPACES = (
    ' xmlns="http://www.w3.org/2000/svg"',
    ' xmlns:xlink="http://www.w3.org/1999/xlink"',
)
"""Needed in an SVG file, not inside HTML; without them the page names no address at all."""


def render(page: Page) -> str:
    """Return the page as one self-contained HTML document.

    Equal pages give equal text. Parts that are empty are left out, or say why in one line.

    Args:
        page: Everything to be shown; texts may come from strangers.

    Returns:
        HTML, to be written as UTF-8.
    """
    values = {
        "page": page,
        "traces": [figure(p) for p in _traces(page)],
        "batches": _batches(page.batches),
        "models": [_model(card) for card in page.models],
    }
    return fill("page.html.j2", values, beside=("parts.html.j2", "page.css"))


# ---- charts
@frozen(kw_only=True)
class Figure:
    """A chart in the form in which the page takes it in."""

    name: str
    title: str
    caption: str
    drawing: Any
    """The SVG, marked as safe: ``drawing.picture`` made it and escaped every text in it."""

    data: str
    """The numbers behind it, as a ``data:`` address that can be saved."""


def figure(picture: Picture) -> Figure:
    """Return the picture with its drawing ready to stand inside HTML."""
    from markupsafe import Markup

    drawing = picture.svg
    for namespace in NAMESPACES:
        drawing = drawing.replace(namespace, "", 1)
    return Figure(
        name=picture.name,
        title=picture.title,
        caption=picture.caption,
        drawing=Markup(drawing),
        data=_data_address("text/csv;charset=utf-8", picture.csv),
    )


def _data_address(kind: str, text: str) -> str:
    """Return the text as an address that carries its own content."""
    return f"data:{kind};base64,{base64.b64encode(text.encode()).decode()}"


def _traces(page: Page) -> Iterable[Picture]:
    """Draw the traces that have something to show, and the fronts."""
    from loopwright.reports import charts
    from loopwright.reports.front import front

    for one in page.traces:
        if isinstance(one, Front):
            yield front(one)
        elif any(c.mean for c in one.curves):
            yield charts.trace(one)


# ---- models
@frozen(kw_only=True)
class ModelView:
    """A model card with its charts drawn and its scores set out in columns."""

    card: ModelCard
    columns: tuple[tuple[str, int], ...]
    """(name of a score, decimals it is shown with)."""

    figures: tuple[Figure, ...]


def _model(card: ModelCard) -> ModelView:
    """Draw the charts of a card that have something to show, and choose its columns."""
    from loopwright.reports import charts, trust

    pictures = []
    if card.parity and card.parity.measured:
        pictures.append(charts.parity(card.parity))
    if card.calibration and card.calibration.nominal:
        pictures.append(trust.calibration(card.calibration))
    if card.distances and card.distances.error:
        pictures.append(trust.distances(card.distances))
    if card.spread and (card.spread.measured or card.spread.predicted):
        pictures.append(trust.spread(card.spread))
    return ModelView(card=card, columns=_columns(card), figures=tuple(figure(p) for p in pictures))


def _columns(card: ModelCard) -> tuple[tuple[str, int], ...]:
    """Return each score's name, in order of appearance, with the decimals of its largest value."""
    largest: dict[str, float] = {}
    for score in (s for row in card.rows for s in row.scores):
        largest[score.name] = max(largest.get(score.name, 0.0), abs(score.value))
    return tuple((name, digits_of(value)) for name, value in largest.items())


# ---- picks
@frozen(kw_only=True)
class Ruler:
    """A scale on which every pick of one property is drawn, so that bars can be compared."""

    low: float
    high: float
    digits: int

    def at(self, value: float) -> str:
        """Return where the value lies between both ends, in per cent with one decimal."""
        place = (value - self.low) / (self.high - self.low)
        return f"{100 * min(1.0, max(0.0, place)):.1f}%"


@frozen(kw_only=True)
class Bar:
    """One part of what a pick owes its place to, as a bar from zero."""

    name: str
    amount: str
    start: str
    """In per cent of the width, as is ``width``."""

    width: str
    is_against: bool
    """Whether it speaks against the pick."""


@frozen(kw_only=True)
class PickView:
    """A pick with its picture as an address, and its reasons as bars."""

    pick: Pick
    image: str
    bars: tuple[Bar, ...]


@frozen(kw_only=True)
class BatchView:
    """A batch with the scale that it shares with the other batches of its property."""

    batch: Batch
    ruler: Ruler
    picks: tuple[PickView, ...]

    @property
    def is_drawn(self) -> bool:
        """Whether any pick has something to draw on the scale."""
        return any(p.mean is not None or p.measured_value is not None for p in self.batch.picks)


def _batches(batches: Sequence[Batch]) -> list[BatchView]:
    """Return the latest cycle first, each property with one scale over all its batches."""
    rulers = {
        name: _ruler([b for b in batches if (b.property, b.unit) == name])
        for name in {(b.property, b.unit) for b in batches}
    }
    ordered = sorted(batches, key=lambda b: -b.cycle)
    return [
        BatchView(
            batch=b,
            ruler=rulers[b.property, b.unit],
            picks=tuple(
                PickView(pick=p, image=image(p.svg), bars=_bars(p, _reach(b))) for p in b.picks
            ),
        )
        for b in ordered
    ]


def _reach(batch: Batch) -> Ruler:
    """Return the scale that holds every part of every pick of a batch, and zero."""
    amounts = [0.0, *(amount for p in batch.picks for _, amount in p.parts)]
    low, high = min(amounts), max(amounts)
    return Ruler(low=low, high=high if high > low else low + 1.0, digits=decimals([low, high]))


def _bars(pick: Pick, reach: Ruler) -> tuple[Bar, ...]:
    """Return the parts that are not nothing; the cost only where it had a say."""
    span = reach.high - reach.low
    return tuple(
        Bar(
            name=name,
            amount=_signed(amount, reach.digits),
            start=reach.at(min(amount, 0.0)),
            width=f"{100 * abs(amount) / span:.1f}%",
            is_against=amount < 0,
        )
        for name, amount in pick.parts
        if name != "cost" or amount
    )


def _signed(amount: float, digits: int) -> str:
    """Return the amount with its sign; none where nothing is left of it."""
    left = round(amount, digits) + 0.0
    return f"{'+' if left > 0 else ''}{fixed(left, digits)}"


def _ruler(batches: Sequence[Batch]) -> Ruler:
    """Return the scale that holds every interval, result and threshold of the batches."""
    shown = [b.threshold for b in batches]
    for pick in (p for b in batches for p in b.picks):
        shown += [pick.mean, pick.low, pick.high, pick.measured_value]
    known = [v for v in shown if v is not None] or [0.0, 1.0]
    low, high = min(known), max(known)
    air = 0.04 * (high - low) or 0.5
    return Ruler(low=low - air, high=high + air, digits=decimals([low, high]))


def image(svg: str) -> str:
    """Return a picture as an address for an image, where nothing in it can act; empty for none."""
    start = svg.find("<svg")
    return _data_address("image/svg+xml", svg[start:]) if start >= 0 else ""
