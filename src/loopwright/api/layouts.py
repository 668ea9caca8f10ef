# SPDX-License-Identifier: Apache-2.0
"""A layout becomes a fact, whether it was made here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from loopwright.api.files import read_file
from loopwright.api.workspace import Workspace
from loopwright.core.errors import DataError, NotReadyError
from loopwright.core.values import Candidate, RawFile
from loopwright.loop.exchange import is_as_read
from loopwright.loop.laying import lay
from loopwright.loop.run import Campaign, look
from loopwright.loop.tabling import only_table
from loopwright.loop.view import View
from loopwright.plates.files import PlateFile, read_plate_file
from loopwright.plates.foreign import layout_from
from loopwright.plates.layout import Layout
from loopwright.plates.tables import LAYOUT_COLUMNS, read_layout

if TYPE_CHECKING:
    from loopwright.loop.facts import Ordered
    from loopwright.loop.state import State

__all__ = ["LaidOut", "as_fact", "order_meant", "take_layout"]


@frozen(kw_only=True)
class LaidOut:
    """An order on plates."""

    order_id: str
    plates: tuple[str, ...]
    n_samples: int
    n_wells_used: int
    n_transfers: int
    """0 where no stocks were given."""

    files: tuple[str, ...]

    is_new: bool = True
    """False where these very plates were laid out so before; then no fact was added."""

    read_before: tuple[str, ...] = ()
    """Files that were read by another layout of these plates; read them back again."""


def take_layout(
    workspace: Workspace,
    path: Path | str,
    *,
    plate_file: Path | None = None,
    n_wells: int | None = None,
    order_id: str = "",
    reason: str = "",
) -> LaidOut:
    """Take in a layout that was made elsewhere: a table of plate, well and what is in it.

    Args:
        workspace: Where the campaign is.
        path: Any table that a reader knows.
        plate_file: How the plates are read out; the defaults, if None.
        n_wells: Format of the plates; the smallest that fits, if None.
        order_id: The order that the plates belong to, if any.
        reason: Why plates are laid out anew; needed only if they were laid out otherwise.

    Raises:
        DataError: The table is no layout, names a compound that the campaign does not know, or
            lays plates out anew without a reason.
        NotReadyError: There is no such order.
    """
    file = read_file(path)
    with workspace.writing() as campaign:
        view = look(campaign)
        if order_id:
            order_meant(view.state, order_id)
        table = only_table(file)
        if set(LAYOUT_COLUMNS) <= set(table.columns):
            layout = read_layout(file)
            _demand_known(layout, view, file.name)
        else:
            layout = layout_from(
                table, lambda text: _who(view, text), where=file.name, n_wells=n_wells
            )
        given = read_file(plate_file) if plate_file else RawFile(name="plates", content=b"")
        rules = read_plate_file(given, seed=view.spec.seed)
        return as_fact(
            campaign,
            layout,
            LaidOut(
                order_id=order_id,
                plates=layout.plates,
                n_samples=len({w.candidate_id for w in layout.wells if w.role == "sample"}),
                n_wells_used=sum(w.role != "empty" for w in layout.wells),
                n_transfers=0,
                files=(),
            ),
            rules=rules,
            file=file.name,
            reason=reason,
        )


def as_fact(
    campaign: Campaign,
    layout: Layout,
    answer: LaidOut,
    *,
    rules: PlateFile,
    reason: str,
    file: str = "",
    write: Callable[[], object] = lambda: None,
) -> LaidOut:
    """Write files, then the fact; say which files were read by another layout."""
    view = look(campaign)
    event = lay(
        view,
        campaign.record,
        layout,
        rules,
        order_id=answer.order_id,
        file=file,
        reason=reason,
    )
    write()
    if event is None:
        return evolve(answer, is_new=False)
    campaign.record.add(event, reason=reason)
    after = look(campaign)
    stale = tuple(f.file for f in after.state.files if not is_as_read(after, f))
    return evolve(answer, read_before=stale)


def order_meant(state: State, order_id: str) -> Ordered:
    """Return the order that is meant."""
    found = [o for o in state.orders if not order_id or o.order_id == order_id]
    if not found:
        raise NotReadyError(
            f"There is no order {order_id!r}" if order_id else "Nothing has been ordered yet",
            where="orders",
            remedy="Release a batch with `loopwright plate`, or name an order that there is.",
        )
    return found[-1]


def _who(view: View, text: str) -> Candidate:
    """Return the candidate that a cell of a layout means."""
    found = view.find(text)
    if found.id not in view.candidates:
        raise DataError(
            f"the campaign knows no compound {text[:60]!r}",
            where="layout",
            remedy="Ingest a file with its structure first.",
        )
    return view.candidates[found.id]


def _demand_known(layout: Layout, view: View, where: str) -> None:
    """Refuse a layout whose samples the campaign does not know."""
    unknown = {
        w.candidate_id
        for w in layout.wells
        if w.role == "sample" and w.candidate_id not in view.candidates
    }
    if unknown:
        raise DataError(
            f"The campaign knows no candidates {', '.join(sorted(unknown)[:6])}",
            where=where,
            remedy="Ingest a file with their structures first.",
        )
