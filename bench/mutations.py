# SPDX-License-Identifier: Apache-2.0
"""What becomes of wrong units, qualifiers, decimals and typing errors in 5,000 real rows?

Rows of public ChEMBL exports (MAO-A of man, acetylcholinesterase of the mouse, thrombin) are
spoilt one kind at a time: fifty single rows of a file, twice over, and a block of 250
neighbouring rows. A spoilt row is *caught* (quarantined), *flagged*, *read right* (the same value
and limit as before), or *wrong in silence*. Each kind is asked of a table with a second statement
of the value (pChEMBL) and of one without. A row that states its value once, and in which one
well-formed number has taken the place of another, holds no trace of the error: such rows are
listed by themselves and are not in the count. Rules were set on other rows and other seeds
(``--development``).
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from _common import finish, load, parser, shared_file, table
from loopwright.core.values import Candidate, Measurement, RawFile
from loopwright.data.mapping import ColumnMapping, ValueColumn
from loopwright.data.whose import Register
from loopwright.loop.tabling import take_tables
from loopwright.registry import build
from loopwright.science.units import convert

SEED = 71203
N_ROWS, N_SINGLE, N_FILES, N_BLOCK = 5_000, 50, 2, 250
EXPORTS = ("series/maoa_human_ic50_chembl_export.csv.gz", "messy/chembl_ache_mouse_ic50_export.csv")
SERIES = "series/moleculeace/CHEMBL204_Ki.csv.gz"
OTHER_SERIES = tuple(f"series/moleculeace/CHEMBL{n}.csv.gz" for n in ("214_Ki", "233_Ki"))
TARGET = 0.99
COLUMNS = ("name", "type", "relation", "value", "unit", "p", "assay")

Row = dict[str, str]
Change = Callable[[Row], Row | None]


def _swap(column: str, change: Callable[[str], str | None]) -> Change:
    """Return a change of one cell; None where it does not apply or changes nothing."""

    def changed(row: Row) -> Row | None:
        new = change(row[column])
        return None if new is None or new == row[column] else {**row, column: new}

    return changed


def _limit(change: Callable[[Row], Row]) -> Change:
    return lambda row: change(row) if row["relation"] == ">" else None


def _scaled(factor: float) -> Callable[[str], str]:
    return lambda text: f"{float(text) * factor:.10g}"


def _grouped(sign: str) -> Callable[[str], str | None]:
    def changed(text: str) -> str | None:
        return f"{int(text):,}".replace(",", sign) if text.isdigit() and int(text) > 999 else None

    return changed


def _if(has: str, old: str, new: str) -> Callable[[str], str | None]:
    return lambda text: text.replace(old, new, 1) if has in text else None


def _lone_point(text: str) -> str | None:
    return text.replace(".", "") if "." in text and text.strip("0.") and text[0] != "0" else None


KINDS: Mapping[str, tuple[Change, ...]] = {
    "unit": (
        _swap("unit", _if("nM", "nM", "uM")),
        _swap("unit", lambda text: "M"),
        _swap("value", _scaled(1000.0)),
        _swap("value", _scaled(0.001)),
        _swap("unit", lambda text: ""),
        lambda row: {**row, "value": f"{row['value']} {row['unit']}", "unit": ""},
        lambda row: {**row, "value": f"{row['value']} uM"},
        _swap("unit", _if("nM", "nM", "nmol/L")),
        lambda row: {**row, "value": _scaled(0.001)(row["value"]), "unit": "µM"},
        _swap("unit", lambda text: text.upper()),
    ),
    "qualifier": (
        lambda row: {**row, "relation": ">"} if row["relation"] == "=" else None,
        _limit(lambda row: {**row, "relation": "", "value": f">{row['value']}"}),
        _limit(lambda row: {**row, "relation": "", "value": f"> {row['value']}"}),
        _limit(lambda row: {**row, "relation": "", "value": f"＞{row['value']}"}),
        _limit(lambda row: {**row, "relation": "＞"}),
        _limit(lambda row: {**row, "relation": ">="}),
        _limit(lambda row: {**row, "relation": "", "value": f">={row['value']}"}),
        _limit(lambda row: {**row, "relation": "", "unit": f"> {row['unit']}"}),
        _limit(lambda row: {**row, "relation": "", "type": f"{row['type']} >"}),
        _limit(lambda row: {**row, "relation": "", "assay": f">{row['assay']}"}),
        _limit(lambda row: {**row, "relation": "<", "value": f">{row['value']}"}),
        _limit(lambda row: {**row, "relation": ""}),
    ),
    "decimal": (
        _swap("value", _if(".", ".", ",")),
        _swap("value", _grouped(",")),
        _swap("value", _grouped(" ")),
        _swap("value", _grouped("'")),
        _swap("value", _grouped(".")),
        _swap("value", _lone_point),
        _swap("value", lambda text: text[1:] if text.startswith("0.") else None),
    ),
    "typing": (
        _swap("value", _if("0", "0", "O")),
        _swap("value", _if("1", "1", "l")),
        _swap("value", lambda text: f"{text}x"),
        _swap("value", lambda text: f"{text[0]} {text[1:]}" if len(text) > 1 else None),
        _swap("value", _if(".", ".", "..")),
        _swap("value", lambda text: f"-{text}"),
        _swap("value", lambda text: f"{text}; {text}"),
        _swap("value", lambda text: text[0] + text),
        _swap("value", lambda text: f"{text}*"),
        _swap("value", lambda text: "inactive"),
    ),
}
NAMES: Mapping[str, tuple[str, ...]] = {
    "unit": ("nM -> uM", "nM -> M", "value x 1000", "value / 1000", "unit dropped",
             "unit moved to the cell", "other unit in the cell", "nM -> nmol/L", "same in uM",
             "unit in capitals"),
    "qualifier": ("> added", "moved to the cell", "moved, with a blank", "moved, full width",
                  "full width", ">=", "moved as >=", "> fell into the unit", "> fell into the type",
                  "> fell into the assay", "< beside >", "> dropped"),
    "decimal": ("7.5 -> 7,5", "1250 -> 1,250", "1250 -> 1 250", "1250 -> 1'250", "1250 -> 1.250",
                "7.5 -> 75", "0.5 -> .5"),
    "typing": ("0 -> O", "1 -> l", "63x", "6 3", "7..5", "-63", "63; 63", "63 -> 663", "63*",
               "inactive"),
}  # fmt: skip
WELL_FORMED = {"value x 1000", "value / 1000", "> added", "1250 -> 1.250", "7.5 -> 75", "63 -> 663"}
"""Kinds that put one well-formed statement in the place of another."""


@frozen(kw_only=True)
class Fate:
    """What became of the rows that one kind of error spoilt."""

    group: str
    kind: str
    layout: str
    way: str
    has_trace: bool
    counts: Counter[str]


def main() -> None:
    p = parser(__doc__)
    p.add_argument("--development", action="store_true", help="other rows and another seed")
    args = p.parse_args()
    print(f"load average {load()} at the start")
    rows, seed = _rows(args.development), SEED + args.development
    whole = {layout: _taken(rows, layout) for layout in ("with p", "without p")}
    fates = [
        fate
        for layout, before in whole.items()
        for group, changes in KINDS.items()
        for place, change in enumerate(changes)
        for fate in _spoil(
            rows,
            before,
            layout=layout,
            kind=(group, NAMES[group][place]),
            change=change,
            seed=[seed, place],
        )
    ]
    counted = [f for f in fates if f.has_trace]
    silent = [f for f in fates if not f.has_trace]
    for title, some in (("in the count", counted), ("no trace", silent)):
        table(
            f"{title}: spoilt rows of {len(rows)}",
            ("kind", "rows", "caught", "flagged", "read right", "wrong in silence", "safe"),
            [_line(k, [f for f in some if (f.group, f.kind) == k]) for k in _kinds(some)],
        )
    groups = {g: _sum([f for f in counted if f.group == g]) for g in KINDS}
    groups["all"] = _sum(counted)
    table(
        f"share that is caught, flagged or harmless (to reach: {TARGET})",
        ("group", "rows", "safe", "single rows", "blocks", "with p", "without p"),
        [_parts(g, [f for f in counted if g in (f.group, "all")]) for g in groups],
    )
    lost = sum(f.counts["> lost"] for f in fates)
    bystanders = sum(f.counts["bystander"] for f in fates) / sum(f.counts["others"] for f in fates)
    print(f"'>' lost in silence: {lost}; other rows flagged beside the spoilt: {bystanders:.5f}")
    results = {
        "groups": {g: {**dict(c), "safe": round(_share(c), 5)} for g, c in groups.items()},
        "no_trace": dict(_sum([f for f in fates if not f.has_trace])),
        "kinds": {
            f"{g}: {k}": dict(_sum([f for f in counted if (f.group, f.kind) == (g, k)]))
            for g, k in _kinds(counted)
        },
        "limits_lost": lost,
        "bystanders_flagged": round(bystanders, 6),
    }
    settings = {"seed": seed, "rows": len(rows), "single": N_SINGLE * N_FILES, "block": N_BLOCK}
    finish("mutations", settings, results, record=not (args.no_record or args.development))


# ---- the rows
def _rows(is_development: bool) -> list[Row]:
    """Return real rows that have a value, one table of them."""
    found: list[Row] = []
    for path in () if is_development else EXPORTS:
        for cells in _read(path, ";"):
            if cells["Standard Value"] and cells["Standard Units"] == "nM":
                found.append({
                    "name": cells["Molecule ChEMBL ID"], "type": cells["Standard Type"],
                    "relation": cells["Standard Relation"].strip("'"),
                    "value": cells["Standard Value"].removesuffix(".0"),
                    "unit": cells["Standard Units"], "p": cells["pChEMBL Value"],
                    "assay": cells["Assay ChEMBL ID"],
                })  # fmt: skip
    for path in OTHER_SERIES if is_development else (SERIES,):
        for n, cells in enumerate(_read(path, ",")):
            value = float(cells["exp_mean [nM]"])
            p = "" if n % 6 == 0 else f"{9 - math.log10(value):.2f}"
            found.append({
                "name": f"{path[24:28]}X{n}Y", "type": "IC50", "relation": "=" if p else ">",
                "value": f"{value:.10g}", "unit": "nM", "p": p, "assay": path[24:31],
            })  # fmt: skip
    return found[: 1_500 if is_development else N_ROWS]


def _read(path: str, separator: str) -> list[Row]:
    content = shared_file(path).content
    text = (gzip.decompress(content) if path.endswith(".gz") else content).decode()
    return list(csv.DictReader(io.StringIO(text), delimiter=separator))


# ---- one kind of error
def _spoil(
    rows: Sequence[Row],
    before: Mapping[int, Measurement],
    *,
    layout: str,
    kind: tuple[str, str],
    change: Change,
    seed: list[int],
) -> list[Fate]:
    """Return the fates of rows spoilt one by one and in blocks."""
    rng = np.random.default_rng([*seed, len(layout), *kind[1].encode()])
    able = [
        i
        for i, row in enumerate(rows)
        if i in before and before[i].status == "valid" and change(row) is not None
    ]
    found: dict[tuple[str, bool], Counter[str]] = {}
    for n in range(N_FILES + 1):
        way = "single" if n < N_FILES else "block"
        if way == "single":
            chosen = sorted(rng.choice(able, min(N_SINGLE, len(able)), replace=False).tolist())
        else:
            start = int(rng.integers(0, len(rows) - N_BLOCK))
            chosen = [i for i in able if start <= i < start + N_BLOCK]
        spoilt = {i: change(rows[i]) or rows[i] for i in chosen}
        after = _taken([spoilt.get(i, row) for i, row in enumerate(rows)], layout)
        for i in chosen:
            is_once = layout == "without p" or not rows[i]["p"]
            has_trace = not (kind[1] in WELL_FORMED and is_once)
            counts = found.setdefault((way, has_trace), Counter())
            counts[_fate(before[i], after.get(i))] += 1
            counts["> lost"] += before[i].standard_relation == ">" and _is_lost(after.get(i))
        others = [i for i, m in before.items() if i not in spoilt and m.status == "valid"]
        counts = found.setdefault((way, True), Counter())
        counts["others"] += len(others)
        counts["bystander"] += sum(after[i].status == "flagged" for i in others if i in after)
    return [
        Fate(group=kind[0], kind=kind[1], layout=layout, way=way, has_trace=trace, counts=c)
        for (way, trace), c in found.items()
    ]


def _taken(rows: Sequence[Row], layout: str) -> dict[int, Measurement]:
    """Return the measurement of each row; of an unspoilt table only those that are valid."""
    columns = [c for c in COLUMNS if c != "p" or layout == "with p"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    column = ValueColumn(
        column="value", property_column="type", unit_column="unit", relation_column="relation"
    )
    _, intake = take_tables(
        RawFile(name="spoilt.csv", content=text.getvalue().encode()),
        lambda _: ColumnMapping(name="name", assay="assay", values=(column,)),
        "molecules",
        MOLECULES,
        campaign="bench",
        register=Register(named={r["name"]: _candidate(r["name"]) for r in rows}),
    )
    return {m.source_row - 2: m for m in intake.measurements}


MOLECULES = build("modalities", "molecules", {})


def _candidate(name: str) -> Candidate:
    return Candidate(id=f"M-{name}", text="CCO", name=name)


def _fate(before: Measurement, after: Measurement | None) -> str:
    """Return what became of a spoilt row; a flagged row was already looked at, or is now."""
    if after is None or after.standard_value is None:
        return "caught"
    if after.status != "valid":
        return "flagged"
    return "right" if _is_same(before, after) else "wrong"


def _is_same(before: Measurement, after: Measurement) -> bool:
    limits = {before.standard_relation, after.standard_relation}
    assert before.standard_value is not None and after.standard_value is not None
    old, new = (convert(m.standard_value or 0.0, m.standard_units, "nM") for m in (before, after))
    return (len(limits) == 1 or limits == {">", ">="}) and math.isclose(old, new, rel_tol=1e-9)


def _is_lost(after: Measurement | None) -> bool:
    return (
        after is not None and after.status == "valid" and after.standard_relation not in (">", ">=")
    )


# ---- the tables
def _kinds(fates: Sequence[Fate]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((f.group, f.kind) for f in fates if _share(f.counts) >= 0.0))


def _sum(fates: Sequence[Fate]) -> Counter[str]:
    total: Counter[str] = Counter()
    for fate in fates:
        total += Counter({k: fate.counts[k] for k in ("caught", "flagged", "right", "wrong")})
    return total


def _share(counts: Mapping[str, int]) -> float:
    n = sum(counts.get(k, 0) for k in ("caught", "flagged", "right", "wrong"))
    return 1.0 - counts.get("wrong", 0) / n if n else math.nan


def _line(kind: tuple[str, str], fates: Sequence[Fate]) -> tuple[Any, ...]:
    c = _sum(fates)
    n = sum(c.values())
    told = (c[k] for k in ("caught", "flagged", "right", "wrong"))
    return (": ".join(kind), n, *told, f"{_share(c):.4f}")


def _parts(group: str, fates: Sequence[Fate]) -> tuple[Any, ...]:
    """Return the safe share of a group: of all, by way of spoiling and by layout."""
    whole = _sum(fates)
    ways = ("single", "block", "with p", "without p")
    parts = [_sum([f for f in fates if way in (f.way, f.layout)]) for way in ways]
    return (group, sum(whole.values()), *(f"{_share(c):.4f}" for c in (whole, *parts)))


if __name__ == "__main__":
    main()
