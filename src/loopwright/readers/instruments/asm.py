# SPDX-License-Identifier: Apache-2.0
"""From an Allotrope Simple Model document to tidy tables: one row for each measured value.

An ASM document is a tree whose leaves are quantities (value and unit), words, and curves. A
quantity below a measurement is a result, unless it is a setting; whatever else stands beside it
says whose it is, under which conditions it was measured, or is kept as a detail. Knows no vendor.

Source: Allotrope Foundation, Allotrope Simple Models, http://purl.allotrope.org/manifests/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from loopwright.core.errors import DataError
from loopwright.core.values import RawTable
from loopwright.readers.instruments.rows import (
    Complaint,
    Complaints,
    Scope,
    Sheet,
    tables,
    write,
    write_curve,
)
from loopwright.readers.instruments.words import (
    CONDITIONS,
    DETAILS,
    FACTS,
    MEASURED,
    NAMES,
    NO_RESULTS,
    NO_TIME,
    NOTHING,
    SAMPLE_NAMES,
    identity,
    is_condition,
    plain_unit,
    shown,
    well_name,
)

__all__ = ["tables_of"]

MEASUREMENT = "measurement document"


def tables_of(document: Any, *, where: str, taken_for: str) -> tuple[RawTable, ...]:
    """Return the values of an ASM document as one table, and its curves as another.

    Args:
        document: What JSON says.
        where: The file's name, for a refusal.
        taken_for: First note: what the file was taken for.

    Raises:
        DataError: It is no ASM document, or holds no value.
    """
    parts = _parts(document)
    if not parts:
        raise DataError(
            "The JSON is no Allotrope document: it has no '... aggregate document'",
            where=where,
            remedy="Give Allotrope Simple Model JSON, or a table as CSV.",
        )
    sheet = Sheet(where=where, marks_missing="allotropy" in str(_converter(parts)))
    sheet.notes.append(taken_for)
    sheet.notes += [f"{k}: {v}" for k, v in document.items() if isinstance(v, str)]
    for part in parts:
        files = [k for k in ("data system document", "device system document") if k in part]
        sheet.notes += [f"{key}: {'; '.join(_flat(part[key]))}" for key in files]
        device = _device(part.get("device system document"))
        rest = {k: v for k, v in part.items() if k not in files}
        _walk(sheet, rest, Scope(facts={"device": device}))
    for one, scope in _in_order(sheet.calculated):
        _calculate(sheet, one, scope)
    return tables(sheet)


def _parts(document: Any) -> list[dict[str, Any]]:
    """Return the technique's aggregate documents: all top-level ones of a document."""
    if not isinstance(document, dict):
        return []
    return [
        {k: v for k, v in value.items() if v is not None}
        for key, value in document.items()
        if key.endswith("aggregate document") and isinstance(value, dict)
    ]


def _converter(parts: list[dict[str, Any]]) -> Any:
    systems = (p.get("data system document") for p in parts)
    return [s.get("ASM converter name") for s in systems if isinstance(s, dict)]


def _device(system: Any) -> str:
    """Return model and serial number of the instrument, as far as they are told."""
    if not isinstance(system, dict):
        return ""
    keys = ("brand name", "model number", "equipment serial number")
    return " ".join(shown(system[k]) for k in keys if shown(system.get(k)) not in NOTHING)


def _walk(sheet: Sheet, node: Any, scope: Scope) -> None:
    """Visit a document and all below it."""
    if isinstance(node, list):
        for one in node:
            _walk(sheet, one, scope)
        return
    if not isinstance(node, dict):
        return
    scope = _entered(sheet, node, scope)
    shared = _shared(sheet, node, scope)
    for key, value in node.items():
        if key in DETAILS or key == "error aggregate document":
            continue
        if key == "calculated data aggregate document":
            _remember(sheet, value, scope)
        elif _is_cube(value):
            write_curve(sheet, value, scope)
        elif _is_quantity(value):
            if scope.is_measured and not is_condition(key) and not _is_setting(key):
                write(sheet, key, value, scope, "measured")
        elif isinstance(value, dict | list):
            is_measured = scope.is_measured or key in MEASURED
            inner = scope if key == MEASUREMENT else shared
            _walk(sheet, value, evolve(inner, is_measured=is_measured))


def _shared(sheet: Sheet, node: dict[str, Any], scope: Scope) -> Scope:
    """Return the scope of what stands beside measurements: with all that these agree on."""
    measurements = node.get(MEASUREMENT)
    if not isinstance(measurements, list):
        return scope
    quiet = Sheet(where=sheet.where, marks_missing=sheet.marks_missing)
    scopes = [_entered(quiet, one, scope) for one in measurements if isinstance(one, dict)]
    if not scopes:
        return scope
    facts = {k: _common([s.facts.get(k, "") for s in scopes]) for k in scopes[0].facts}
    return evolve(scope, facts=facts)


def _entered(sheet: Sheet, node: dict[str, Any], scope: Scope) -> Scope:
    """Return the scope inside a document: what its own words add to what was known above."""
    facts, names = dict(scope.facts), dict(scope.names)
    details, conditions = list(scope.details), list(scope.conditions)
    for key, text, is_quantity in _words(node):
        if key in FACTS and _fills(facts, FACTS[key], key, text):
            continue
        if key in NAMES and text:
            names[NAMES[key]] = text
        elif key in CONDITIONS or is_condition(key):
            conditions.append(text if key in CONDITIONS else f"{key} {text}")
        elif not is_quantity or not scope.is_measured or _is_setting(key):
            details.append(f"{key}: {text}")
    if not facts.get("sample"):
        named = (d.partition(": ") for d in details[len(scope.details) :])
        facts["sample"] = next((t for k, _, t in named if k.lower() in SAMPLE_NAMES), "")
    entered = evolve(
        scope,
        facts=facts,
        names=names,
        details=tuple(dict.fromkeys(details)),
        conditions=tuple(dict.fromkeys(conditions)),
    )
    complaints = _complaints(node, entered)
    if complaints:
        sheet.complaints += complaints
        own = Complaints(listed=tuple(complaints))
        entered = evolve(entered, errors=(*scope.errors, own))
    for key, value in node.items():
        if key.endswith("identifier") and isinstance(value, str) and key not in FACTS:
            sheet.scopes.setdefault(value, entered)
    return entered


def _words(node: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield (key, text, whether it is a quantity) of a document and of what details it."""
    for key, value in node.items():
        if key in {"error aggregate document", "data source aggregate document"}:
            continue
        if key in DETAILS:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    yield from ((k, t, False) for k, t, _ in _words(one))
        elif _is_quantity(value):
            yield key, _with_unit(value), True
        elif isinstance(value, list) and not any(isinstance(one, dict) for one in value):
            yield key, ", ".join(shown(one) for one in value), False
        elif not isinstance(value, dict | list) and (key in FACTS or not identity(value)):
            yield key, shown(value), False


def _fills(facts: dict[str, str], fact: str, key: str, text: str) -> bool:
    """Put a word where it belongs; a well by its better name. Return whether it was taken."""
    if text in NOTHING or text.startswith(NO_TIME):
        return True
    if fact == "well":
        named = well_name(text)
        if facts.get("well") and not key.startswith("well") and not named:
            return False
        text = named or text
    facts[fact] = text
    return True


def _complaints(node: dict[str, Any], scope: Scope) -> list[Complaint]:
    """Return the errors that a document states of itself."""
    listed = node.get("error aggregate document")
    errors = listed.get("error document") if isinstance(listed, dict) else None
    return [
        Complaint(
            feature=shown(one.get("error feature")), error=shown(one.get("error")), scope=scope
        )
        for one in (errors if isinstance(errors, list) else [errors])
        if isinstance(one, dict)
    ]


def _flat(node: Any) -> Iterator[str]:
    """Yield every word of a document as ``key: text``."""
    for one in node if isinstance(node, list) else [node]:
        if not isinstance(one, dict):
            continue
        for key, value in one.items():
            if _is_quantity(value):
                yield f"{key}: {_with_unit(value)}"
            elif isinstance(value, dict | list):
                yield from _flat(value)
            elif shown(value) not in NOTHING:
                yield f"{key}: {shown(value)}"


def _is_quantity(value: Any) -> bool:
    return isinstance(value, dict) and "value" in value and not isinstance(value["value"], dict)


def _is_cube(value: Any) -> bool:
    return isinstance(value, dict) and "cube-structure" in value and "data" in value


def _is_setting(key: str) -> bool:
    return "setting" in key or key in NO_RESULTS


def _with_unit(quantity: dict[str, Any]) -> str:
    unit = plain_unit(quantity.get("unit"))
    return f"{shown(quantity['value'])} {unit if unit != '1' else ''}".strip()


def _remember(sheet: Sheet, listed: Any, scope: Scope) -> None:
    """Keep calculated values until everything that they may be calculated from is known."""
    documents = listed.get("calculated data document") if isinstance(listed, dict) else None
    for one in documents if isinstance(documents, list) else [documents]:
        if isinstance(one, dict):
            sheet.calculated.append((one, scope))


def _calculate(sheet: Sheet, one: dict[str, Any], scope: Scope) -> None:
    """Add the row of a calculated value; whose it is, is what all its sources agree on."""
    entered = _entered(sheet, one, evolve(scope, is_measured=True))
    known = [s for i in _sources(one) if (s := sheet.scopes.get(i)) is not None]
    sources = [*{id(s): s for s in known}.values()]
    if sources:
        facts = {k: _common([s.facts.get(k, "") for s in sources]) for k in set(FACTS.values())}
        common = frozenset.intersection(*(frozenset(s.conditions) for s in sources))
        shared = [c for c in sources[0].conditions if c in common]
        errors = {id(e): e for s in (entered, *sources) for e in s.errors}
        sheet.mention(len(errors))
        entered = evolve(
            entered,
            facts={**entered.facts, **{k: v for k, v in facts.items() if v}},
            conditions=tuple(dict.fromkeys([*shared, *entered.conditions])),
            errors=tuple(errors.values()),
        )
    identifier = shown(one.get("calculated data identifier"))
    if identifier:
        sheet.scopes[identifier] = entered
    for key, value in one.items():
        if not _is_quantity(value):
            continue
        if entered.has_subject or entered.facts.get("ligand") or entered.facts.get("flow cell"):
            write(sheet, key, value, entered, "calculated")
        else:
            told = f"{entered.names.get(key, key)}: {_with_unit(value)}"
            sheet.notes.append("; ".join(("of the whole run", told, *entered.conditions)))


def _in_order(
    listed: list[tuple[dict[str, Any], Scope]],
) -> list[tuple[dict[str, Any], Scope]]:
    """Return calculated values so that each comes after those that it is calculated from.

    Those that are calculated from each other in a circle come last, as they stand.
    """
    names = [shown(one.get("calculated data identifier")) for one, _ in listed]
    waiting = set(names)
    needs = [waiting & set(_sources(one)) for one, _ in listed]
    users: dict[str, list[int]] = {}
    for place, need in enumerate(needs):
        for name in need:
            users.setdefault(name, []).append(place)
    ordered: list[int] = []
    ready = [place for place, need in enumerate(needs) if not need]
    while ready:
        ordered += ready
        freed: list[int] = []
        for name in {names[place] for place in ready} & waiting:
            waiting.discard(name)
            for user in users.get(name, ()):
                needs[user].discard(name)
                if not needs[user]:
                    freed.append(user)
        ready = sorted(freed)
    circle = sorted({*range(len(listed))} - {*ordered})
    return [listed[place] for place in (*ordered, *circle)]


def _sources(one: dict[str, Any]) -> list[str]:
    """Return the identifiers of what a value was calculated from."""
    listed = one.get("data source aggregate document")
    documents = listed.get("data source document") if isinstance(listed, dict) else None
    return [
        shown(d.get("data source identifier"))
        for d in (documents if isinstance(documents, list) else [documents])
        if isinstance(d, dict)
    ]


def _common(texts: list[str]) -> str:
    """Return the one text, if all are equal."""
    return texts[0] if len(set(texts)) == 1 else ""
