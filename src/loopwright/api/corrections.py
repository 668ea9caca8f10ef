# SPDX-License-Identifier: Apache-2.0
"""A value stated anew, and what has been learned from values that count no longer."""

from __future__ import annotations

from attrs import frozen

from loopwright.api.measured import Looked, by_ids, looked, said
from loopwright.api.read_out import read_out_after
from loopwright.api.workspace import Workspace, need_reason
from loopwright.core.errors import DataError, MismatchError
from loopwright.core.values import Measurement, Relation
from loopwright.data.numbers import read_number, read_relation
from loopwright.loop.facts import Corrected
from loopwright.loop.rulings import Correction, Ruling, correction_id, told
from loopwright.loop.run import Campaign, look
from loopwright.loop.standing import Witness, changed_since, witnesses
from loopwright.loop.view import View
from loopwright.science.units import canonical, convert, flip, is_molar, to_p

__all__ = ["Amended", "correct", "warning"]


@frozen(kw_only=True)
class Amended:
    """A value that was stated anew."""

    old: Looked
    new: Looked
    models: tuple[Witness, ...]
    """Models that have learned from the old value, and what they proposed."""

    next: str
    """What follows for the campaign, in words."""

    read_out: tuple[Looked, ...] = ()
    """Results that rest upon the value, as they are now, if it is the signal of a well."""


def correct(
    workspace: Workspace,
    target: str,
    *,
    value: str,
    relation: str = "",
    unit: str = "",
    property: str = "",
    reason: str,
) -> Amended:
    """State a value anew: a new measurement supersedes the old one, which stays readable.

    Args:
        workspace: Where.
        target: Id of a measurement; or a candidate with one measurement of the property.
        value: The value; may carry relation and unit, as a cell does (``> 10 uM``).
        relation: If not in ``value``; ``=`` if nowhere.
        unit: If not in ``value``; the unit of the old measurement if nowhere.
        property: Which, where a candidate is named; the goal's if blank.
        reason: Why.

    Raises:
        DataError: No such measurement or several, one that is corrected already, a value that
            cannot be read or that is the same, or no reason.
    """
    need_reason(reason, "correct a value")
    with workspace.writing() as campaign:
        before = look(campaign)
        old = _target(before, target, property or before.spec.goal.property)
        text = " ".join(filter(None, (relation, value, unit)))
        new = _new_value(old, value, relation=relation, unit=unit, text=text)
        record = campaign.record
        ruling = Ruling(
            verdict="",
            by=record.actor,
            reason=reason,
            told={old.measurement_id: told(old)},
            correction=new,
        )
        event = Corrected(
            measurement=old.measurement_id,
            correction=new.id,
            was=said(old.standard_relation, old.standard_value, old.standard_units),
            now=said(new.relation, new.value, new.unit),
            ruling_sha256=record.put_json(ruling),
        )
        record.add(event, reason=reason)
        plates = read_out_after(campaign, before, [old], reason=reason)
        view = look(campaign)
        made = next(m for m in view.measurements if m.measurement_id == new.id)
        models = witnesses(record, [old.measurement_id, *plates.gone], campaign.spec.goal)
        is_seen = before.state.fresh_model or models
        then = "the next step trains anew" if is_seen else "no model has learned from it"
        return Amended(
            old=looked(view, [old])[0],
            new=looked(view, [made])[0],
            models=models,
            read_out=plates.results,
            next=warning(campaign) or then,
        )


def warning(campaign: Campaign) -> str:
    """Say what the model in use has learned from that counts no longer; blank if nothing."""
    state = campaign.record.state
    last = state.models[-1] if state.models else None
    if last is None or not last.is_useful:
        return ""
    changed = changed_since(campaign.record, campaign.spec.goal)
    if not changed:
        return ""
    n = "a value that has" if len(changed) == 1 else f"{len(changed)} values that have"
    ids = ", ".join(changed[:3]) + (" ..." if len(changed) > 3 else "")
    batch = ""
    if state.proposal is not None:
        batch = "; the open batch was chosen before (`loopwright propose --again` chooses anew)"
    return (
        f"the model in use has learned from {n} been corrected, excluded or mended since ({ids}); "
        f"the next step trains anew{batch}"
    )


# ---- behind them
def _target(view: View, text: str, property: str) -> Measurement:
    """Return the one measurement that is meant by an id, or by a candidate and a property."""
    if any(m.measurement_id == text for m in view.measurements):
        return by_ids(view, [text])[0]
    candidate = view.find(text).id
    replaced = {m.supersedes for m in view.measurements}
    rows = [
        m
        for m in view.measurements
        if m.candidate_id == candidate
        and m.standard_type == property
        and m.measurement_id not in replaced
    ]
    if len(rows) == 1:
        return rows[0]
    files = {f.source_sha256: f.file for f in view.state.files}
    listed = "; ".join(
        f"{m.measurement_id} ({said(m.standard_relation, m.standard_value, m.standard_units)}, "
        f"{files[m.source_sha256]} row {m.source_row})"
        for m in rows[:12]
    )
    what = f"{len(rows)} measurements of {property}" if rows else f"no measurement of {property}"
    raise DataError(
        f"{text!r} has {what}",
        where="target",
        remedy=f"Name one by its id: {listed}." if rows else "`loopwright why` shows what it has.",
    )


def _new_value(old: Measurement, value: str, *, relation: str, unit: str, text: str) -> Correction:
    """Return what a person states, in the unit of the old measurement."""
    read = read_number(value)
    if read.value is None:
        raise DataError(
            f"{value!r} is no value",
            where="--value",
            remedy="Give a number; to take a value out, use `loopwright exclude`.",
        )
    stated = read_relation(relation) if relation else read.relation
    if relation and read.relation not in {"=", stated}:
        raise DataError(
            f"the value says {read.relation!r} and the relation {stated!r}",
            where="--relation",
            remedy="Keep the qualifier in one place.",
        )
    if unit and read.unit and canonical(unit) != canonical(read.unit):
        raise DataError(
            f"the value says {read.unit!r} and the unit {unit!r}",
            where="--unit",
            remedy="Keep the unit in one place.",
        )
    number, sign, kept = _in_unit_of(old, read.value, stated, unit or read.unit)
    if (number, sign, kept) == (old.standard_value, old.standard_relation, old.standard_units):
        raise DataError(
            f"It says {said(sign, number, kept)} already",
            where=old.measurement_id,
            remedy="Nothing to correct; to leave it out, use `loopwright exclude`.",
        )
    made = correction_id(old, sign, number, kept)
    return Correction(id=made, relation=sign, value=number, unit=kept, text=text)


def _in_unit_of(
    old: Measurement, value: float, relation: Relation, unit: str
) -> tuple[float, Relation, str]:
    """Return a value in the old measurement's unit; on the p-scale the relation turns round."""
    kept = old.standard_units
    if not unit or unit == kept:
        return value, relation, kept
    if kept == "1" and is_molar(unit) and old.standard_type.startswith("p"):
        return to_p(value, unit), flip(relation), kept
    if not kept:
        return value, relation, canonical(unit)
    try:
        return convert(value, unit, kept), relation, kept
    except (DataError, MismatchError) as ex:
        raise DataError(
            f"{old.standard_type} is kept in {kept!r}: {ex.what}",
            where="--unit",
            remedy="Give the value in that unit, or in one that converts into it.",
        ) from ex
