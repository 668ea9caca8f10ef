# SPDX-License-Identifier: Apache-2.0
"""What a file holds, as one page that opens without a network.

It shows what ``check`` found and computes nothing: rows and their fate, columns, assays with
their charts, like candidates with unlike values side by side, every row that was not simply
loaded, and the mapping to copy. All text is escaped; pictures are images, which cannot act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from loopwright.data.checked import Checked
from loopwright.data.cliffs import Cliff
from loopwright.data.profile import Profile
from loopwright.data.survey import Place
from loopwright.reports.page import Figure, figure, image
from loopwright.reports.templates import fill

__all__ = ["CheckPage", "pictured", "render_check"]

MOST_DRAWN = 12
"""Assays that get charts, the largest first; the table names all."""

MOST_CLIFFS = 4
"""Pairs of an assay that are drawn."""

BESIDE = ("check_parts.html.j2", "parts.html.j2", "page.css", "check.css")
FEWEST_VALUES = 5
FEWEST_PAIRS = 3


@frozen(kw_only=True)
class CheckPage:
    """Everything that the page shows; texts may come from strangers."""

    found: Checked
    pictures: Mapping[str, str]
    """Candidate id -> SVG, for those that ``pictured`` names."""


@frozen(kw_only=True)
class PairView:
    """Two like candidates with their pictures as addresses; blank if there is none."""

    cliff: Cliff
    low_image: str
    high_image: str


@frozen(kw_only=True)
class AssayView:
    """An assay with its charts drawn."""

    profile: Profile
    label: str
    figures: tuple[Figure, ...]
    pairs: tuple[PairView, ...]


@frozen(kw_only=True)
class Group:
    """Rows that share a fate and its reason."""

    status: str
    what: str
    remedy: str
    rows: tuple[Place, ...]


def pictured(profiles: Sequence[Profile]) -> tuple[str, ...]:
    """Return the ids of the candidates whose pictures the page shows."""
    cliffs = [c for p in _drawn(profiles) for c in _worst(p)]
    return tuple(dict.fromkeys(e.candidate_id for c in cliffs for e in (c.low, c.high)))


def render_check(page: CheckPage) -> str:
    """Return the page as one self-contained HTML document; equal pages give equal text.

    Args:
        page: Everything to be shown.

    Returns:
        HTML, to be written as UTF-8.
    """
    found = page.found
    drawn = _drawn(found.profiles)
    shares = [found.loaded, found.flagged, found.quarantined]
    values = {
        "page": found,
        "bar": _bar(shares, found.rows_in),
        "assays": [_assay(p, page.pictures) for p in drawn],
        "listed": sorted(found.profiles, key=lambda p: (-p.n, p.label())),
        "read": [c for c in found.columns if c.role != "not read"],
        "unread": [c for c in found.columns if c.role == "not read"],
        "has_sheets": any(c.sheet for c in found.columns),
        "groups": _groups(found.rows),
    }
    return fill("check.html.j2", values, beside=BESIDE)


def _drawn(profiles: Sequence[Profile]) -> list[Profile]:
    """Return the largest assays with enough values for a chart, the largest first."""
    enough = [p for p in profiles if p.n >= FEWEST_VALUES]
    return sorted(enough, key=lambda p: (-p.n, p.label()))[:MOST_DRAWN]


def _worst(found: Profile) -> tuple[Cliff, ...]:
    return found.cliffs.worst[:MOST_CLIFFS] if found.cliffs else ()


def _assay(found: Profile, pictures: Mapping[str, str]) -> AssayView:
    """Draw the charts of an assay that have something to show."""
    from loopwright.reports import profiles

    drawn = []
    if sum(found.histogram) >= FEWEST_VALUES:
        drawn.append(profiles.histogram(found))
    if len(found.pairs) >= FEWEST_PAIRS:
        drawn.append(profiles.replicates(found))
    for view in (found.by_date, found.by_plate):
        if view is not None:
            drawn.append(profiles.drift(found, view))
    return AssayView(
        profile=found,
        label=found.label(),
        figures=tuple(figure(p) for p in drawn),
        pairs=tuple(
            PairView(
                cliff=c,
                low_image=image(pictures.get(c.low.candidate_id, "")),
                high_image=image(pictures.get(c.high.candidate_id, "")),
            )
            for c in _worst(found)
        ),
    )


def _bar(shares: Sequence[int], n: int) -> list[tuple[str, int, str, str]]:
    """Return (fate, rows, start, width) for each part of the bar, in per cent."""
    parts, start = [], 0.0
    for name, count in zip(("loaded", "flagged", "quarantined"), shares, strict=True):
        width = 100 * count / n if n else 0.0
        parts.append((name, count, f"{start:.3f}%", f"{width:.3f}%"))
        start += width
    return parts


def _groups(rows: Sequence[Place]) -> list[Group]:
    """Part the rows by fate and reason: quarantined first, then the largest group first."""
    groups: dict[tuple[str, str, str], list[Place]] = {}
    for row in rows:
        groups.setdefault((row.status, row.what, row.remedy), []).append(row)
    ranked = sorted(groups.items(), key=lambda g: (g[0][0] != "quarantined", -len(g[1])))
    return [
        Group(status=status, what=what, remedy=remedy, rows=tuple(places))
        for (status, what, remedy), places in ranked
    ]
