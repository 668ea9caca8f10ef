# SPDX-License-Identifier: Apache-2.0
"""Laying plates out, as a fact: from now on a barcode and a well say what was measured.

A barcode has one layout at a time; another one takes its place for a reason that is recorded.
"""

from __future__ import annotations

from collections import defaultdict

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.loop.facts import Laid
from loopwright.loop.record import Record
from loopwright.loop.view import View
from loopwright.plates.files import PlateFile
from loopwright.plates.layout import Layout
from loopwright.plates.tables import layout_csv

__all__ = ["lay"]


def lay(
    view: View,
    record: Record,
    layout: Layout,
    rules: PlateFile,
    *,
    order_id: str = "",
    file: str = "",
    reason: str = "",
) -> Laid | None:
    """Return the fact that a layout holds; None where it holds already. Keeps its artefacts.

    Args:
        view: The campaign.
        record: Keeps the artefacts.
        layout: Every well of every plate.
        rules: The plate file that goes with it.
        order_id: The order that it lays out; blank if it belongs to none.
        file: Where it was taken from, if it was made elsewhere.
        reason: Why it takes the place of others; needed only if it does.

    Raises:
        DataError: A barcode differs from another only by case, or a layout that holds would be
            replaced without a reason.
    """
    _demand_distinct([*view.state.plates, *layout.plates])
    event = Laid(
        plates=layout.plates,
        layout_sha256=record.put(layout_csv(layout)),
        design_sha256=record.put_json(rules),
        n_wells=layout.n_wells,
        seed=layout.seed,
        order_id=order_id,
        file=file,
    )
    held = view.state.plates
    before = {b: held[b] for b in layout.plates if b in held}
    if not file:
        before |= {b: laid for b, laid in held.items() if laid.order_id == order_id}
    if set(before) == set(layout.plates) and all(
        (laid.version, laid.order_id) == (event.version, order_id) for laid in before.values()
    ):
        return None
    if before and not reason.strip():
        raise DataError(
            f"{', '.join(before)} would be laid out anew",
            where="--reason",
            remedy="Say why, if the plates on the bench are no longer those that were laid out; "
            "it is recorded.",
        )
    return evolve(event, replaces=tuple(before))


def _demand_distinct(barcodes: list[str]) -> None:
    """Refuse barcodes that files could not tell apart."""
    folded: defaultdict[str, set[str]] = defaultdict(set)
    for barcode in barcodes:
        folded[barcode.strip().casefold()].add(barcode)
    alike = [sorted(group) for group in folded.values() if len(group) > 1]
    if alike or "" in folded:
        raise DataError(
            f"Barcodes that differ only by case or blanks: {', '.join(alike[0])}"
            if alike
            else "A plate has no barcode",
            where="plate",
            remedy="Give each plate a barcode of its own.",
        )
