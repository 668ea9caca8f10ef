# SPDX-License-Identifier: Apache-2.0
"""What a person says of single measurements: it counts, or it does not.

Each is a fact with a reason, and a later fact can take it back. The old values stay readable.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from attrs import frozen

from loopwright.api.measured import Looked, by_ids, looked
from loopwright.api.read_out import read_out_after
from loopwright.api.taking import file_called
from loopwright.api.workspace import Workspace, need_reason
from loopwright.core.errors import DataError
from loopwright.core.values import Measurement
from loopwright.loop.facts import Judged
from loopwright.loop.readouts import SIGNAL
from loopwright.loop.rulings import (
    ACCEPT,
    EXCLUDE,
    RECONSIDER,
    Ruling,
    told,
)
from loopwright.loop.run import Campaign, look
from loopwright.loop.standing import Witness, witnesses
from loopwright.loop.view import View

__all__ = ["Verdict", "accept", "exclude", "flagged", "judge", "reconsider"]


@frozen(kw_only=True)
class Verdict:
    """What a person has said of measurements."""

    verdict: str
    measurements: tuple[Looked, ...]
    """As they are now; empty if all were so already, and then nothing was written down."""

    models: tuple[Witness, ...]
    """Models that have learned from one of them."""

    n_flagged: int
    """Flagged measurements that are left to look at."""

    read_out: tuple[Looked, ...] = ()
    """Results that rest upon one of them, as they are now, if they are signals of wells."""


def flagged(workspace: Workspace, *, file: str = "") -> tuple[Looked, ...]:
    """Return every flagged measurement: it is kept, and not learned from until it is accepted.

    Args:
        workspace: Where.
        file: Name or digest of one file; all if blank.
    """
    campaign = workspace.reading()
    view = look(campaign)
    rows = [m for m in view.measurements if m.status == "flagged"]
    return looked(view, _of_file(view, rows, file))


def accept(
    workspace: Workspace,
    ids: Sequence[str] = (),
    *,
    file: str = "",
    reason_like: str = "",
    reason: str,
) -> Verdict:
    """Let flagged measurements count from now on, after a look at them.

    Arguments and errors are those of ``judge``; an excluded measurement may be named, too.
    """
    return judge(workspace, ACCEPT, ids, file=file, reason_like=reason_like, reason=reason)


def exclude(
    workspace: Workspace,
    ids: Sequence[str] = (),
    *,
    file: str = "",
    reason_like: str = "",
    reason: str,
) -> Verdict:
    """Take measurements out of what models learn from; they stay readable.

    Arguments and errors are those of ``judge``.
    """
    return judge(workspace, EXCLUDE, ids, file=file, reason_like=reason_like, reason=reason)


def reconsider(
    workspace: Workspace,
    ids: Sequence[str] = (),
    *,
    file: str = "",
    reason_like: str = "",
    reason: str,
) -> Verdict:
    """Take a verdict back: the measurements are what their files make of them again.

    Arguments and errors are those of ``judge``.
    """
    return judge(workspace, RECONSIDER, ids, file=file, reason_like=reason_like, reason=reason)


def judge(
    workspace: Workspace,
    verdict: str,
    ids: Sequence[str] = (),
    *,
    file: str = "",
    reason_like: str = "",
    reason: str,
) -> Verdict:
    """Give a verdict on measurements; ``accept``, ``exclude`` and ``reconsider`` are its three.

    Args:
        workspace: Where.
        verdict: accept, exclude or reconsider.
        ids: Of measurements.
        file: Instead of ids: those of this file that are flagged (accept), all of them (exclude),
            or all on which somebody has given a verdict (reconsider).
        reason_like: Instead of ids, or with a file: those whose reason holds this text; to
            exclude, flagged ones.
        reason: Why.

    Raises:
        DataError: No reason, nothing chosen, an id that nobody knows; or one that is to count
            has no number.
    """
    need_reason(reason, f"{verdict} a measurement")
    with workspace.writing() as campaign:
        view, record = look(campaign), campaign.record
        chosen = _chosen(campaign, view, verdict, ids, file=file, reason_like=reason_like)
        if chosen:
            ruling = Ruling(
                verdict=verdict,
                by=record.actor,
                reason=reason,
                told={m.measurement_id: told(m) for m in chosen},
            )
            digest = record.put_json(ruling)
            event = Judged(verdict=verdict, n_measurements=len(chosen), ruling_sha256=digest)
            record.add(event, reason=reason)
        plates = read_out_after(campaign, view, chosen, reason=reason)
        view = look(campaign)
        changed = {m.measurement_id for m in chosen}
        now = [m for m in view.measurements if m.measurement_id in changed]
        return Verdict(
            verdict=verdict,
            measurements=looked(view, now),
            models=witnesses(record, changed.union(plates.gone), campaign.spec.goal)
            if changed
            else (),
            read_out=plates.results,
            n_flagged=sum(m.status == "flagged" for m in view.measurements),
        )


# ---- behind it
def _chosen(
    campaign: Campaign,
    view: View,
    verdict: str,
    ids: Sequence[str],
    *,
    file: str,
    reason_like: str,
) -> list[Measurement]:
    """Return the measurements that a verdict changes."""
    judged = campaign.known.judged
    if bool(ids) == bool(file or reason_like):
        raise DataError(
            "Ids, or a file or a piece of the reason: one of the two is needed",
            where="ids",
            remedy="`loopwright flagged` shows the ids, files and reasons.",
        )
    if ids:
        rows = by_ids(view, ids)
        if verdict == ACCEPT:
            _demand_numbers(rows)
    else:
        rows = [m for m in _of_file(view, view.measurements, file) if _is_meant(m, reason_like)]
        rows = _open_to(verdict, rows, is_whole_file=not reason_like)
    match verdict:
        case "accept":
            return [m for m in rows if m.status != "valid"]
        case "exclude":
            return [m for m in rows if m.status != "excluded" or _may_count(m, judged)]
        case _:
            return [m for m in rows if m.measurement_id in judged]


def _open_to(verdict: str, rows: list[Measurement], *, is_whole_file: bool) -> list[Measurement]:
    """Return what a verdict on many at once may touch: flagged ones, or a whole file."""
    replaced = {m.supersedes for m in rows}
    if verdict == ACCEPT:
        return [m for m in rows if m.status == "flagged" and m.standard_value is not None]
    if verdict == EXCLUDE and not is_whole_file:
        return [m for m in rows if m.status == "flagged"]
    return [m for m in rows if m.measurement_id not in replaced]


def _may_count(m: Measurement, judged: Collection[str]) -> bool:
    """Return whether others may rest upon what is excluded: the signal of a control."""
    return m.standard_type == SIGNAL and not m.candidate_id and m.measurement_id not in judged


def _demand_numbers(rows: Sequence[Measurement]) -> None:
    for m in rows:
        if m.standard_value is None:
            raise DataError(
                f"{m.measurement_id} has no number that could count",
                where="ids",
                remedy="State one with `loopwright correct`.",
            )


def _of_file(view: View, rows: Sequence[Measurement], file: str) -> list[Measurement]:
    if not file:
        return list(rows)
    source = file_called(view.state, file).source_sha256
    return [m for m in rows if m.source_sha256 == source]


def _is_meant(m: Measurement, reason_like: str) -> bool:
    return reason_like.lower() in m.status_reason.lower()
