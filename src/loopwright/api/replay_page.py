# SPDX-License-Identifier: Apache-2.0
"""What a replay showed, as a page: a headline, the curves, and what was not used."""

from __future__ import annotations

from loopwright.api.pages import provenance
from loopwright.api.replay_answers import ReplayAnswer, sought
from loopwright.api.workspace import utc_now
from loopwright.loop.columns import in_words
from loopwright.loop.series import Series
from loopwright.reports import views

__all__ = ["headline", "page_of", "traces"]


def traces(answer: ReplayAnswer) -> tuple[views.Trace, ...]:
    """Return the optimisation trace of all strategies, with their bands."""
    curves = tuple(
        views.Curve(
            label=name,
            measured=tuple(p.measured for p in s.curve),
            mean=tuple(p.mean for p in s.curve),
            low=tuple(p.low for p in s.curve if p.low is not None),
            high=tuple(p.high for p in s.curve if p.high is not None),
            is_baseline=name in {"random", "diverse"},
        )
        for name, s in answer.strategies.items()
    )
    return (
        views.Trace(
            title=f"Share of the {sought(answer)} found",
            y_title="Share found",
            curves=curves,
            is_share=True,
            note=(
                f"Mean of {answer.seeds} replays, each from a start of its own; "
                "bands: 95 % interval of that mean."
            ),
        ),
    )


def headline(answer: ReplayAnswer) -> str:
    """Return the outcome as a sentence for a meeting."""
    named = list(answer.strategies.items())
    first, others = named[0], named[1:]
    rest = ", ".join(f"{name} {100 * s.found.mean:.0f} %" for name, s in others)
    whose = "The loop" if first[0] == "loop" else f"The strategy '{first[0]}'"
    return (
        f"{whose} found {100 * first[1].found.mean:.0f} % of the {sought(answer)} by "
        f"measuring {first[1].curve[-1].measured} of {answer.n_pool} candidates"
        f"{f' and screening {first[1].screened:.0f}' if first[1].screened else ''}"
        f"{f' ({rest})' if rest else ''}."
    )


def page_of(answer: ReplayAnswer, series: Series, seed: int) -> views.Page:
    """Return the page that shows a replay."""
    return views.Page(
        title=f"Replay of {answer.file}",
        is_campaign=False,
        subtitle="; ".join(answer.goals),
        question="How many experiments would the loop have saved on this project?",
        headline=headline(answer),
        detail=". ".join(in_words(answer.stand_ins)),
        traces=traces(answer),
        quarantine=tuple(
            views.QuarantineRow(
                file=answer.file,
                row=q.row,
                column=q.column,
                value=q.value,
                reason=q.reason,
                remedy=q.remedy,
            )
            for q in answer.quarantine
        ),
        provenance=provenance(seed=seed, inputs=((answer.file, series.sha256),)),
        generated_at=utc_now(),
    )
