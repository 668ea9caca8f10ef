# SPDX-License-Identifier: Apache-2.0
"""The mappings that a workspace holds under a name: what they say, what was read by them."""

from __future__ import annotations

from attrs import frozen

from loopwright.api.workspace import Workspace
from loopwright.core.errors import DataError
from loopwright.data.mappings import mappings_from_toml
from loopwright.loop.facts import KINDS, Ingested, MappingKept, read_event

__all__ = ["Kept", "mappings", "no_such"]


@frozen(kw_only=True)
class Kept:
    """One named mapping."""

    name: str
    by: str
    """Who gave it its name last."""

    at: str
    toml: str
    """What the columns mean; ``ingest --mapping`` takes it as a file, too."""

    columns: tuple[str, ...]
    """Every column that it reads."""

    files: tuple[str, ...]
    """Files that were read by this name, in order."""


def mappings(workspace: Workspace, *, name: str = "") -> tuple[Kept, ...]:
    """Return the named mappings of a workspace, of all its campaigns, sorted by name.

    Args:
        workspace: Where to look.
        name: The one that is wanted; all if blank.

    Raises:
        DataError: There is none of that name.
        NotReadyError: This is no workspace.
    """
    store = workspace.store()
    found: dict[str, Kept] = {}
    files: dict[str, list[str]] = {}
    for fact in workspace.ledger():
        kind = KINDS.get(fact.kind)
        if kind not in {MappingKept, Ingested}:
            continue
        event = read_event(fact.kind, fact.body)
        if isinstance(event, MappingKept):
            toml = store.get(event.mapping_sha256).decode()
            every = mappings_from_toml(toml, where=event.name).by_sheet.values()
            found[event.name] = Kept(
                name=event.name,
                by=fact.actor,
                at=fact.at,
                toml=toml,
                columns=tuple(dict.fromkeys(c for m in every for c in m.columns)),
                files=(),
            )
        elif isinstance(event, Ingested):
            for used in {s.mapping_name for s in event.sheets if s.mapping_name}:
                files.setdefault(used, []).append(event.file)
    if name and name not in found:
        raise no_such(name, tuple(found))
    wanted = [name] if name else sorted(found)
    return tuple(
        Kept(
            name=n,
            by=found[n].by,
            at=found[n].at,
            toml=found[n].toml,
            columns=found[n].columns,
            files=tuple(files.get(n, ())),
        )
        for n in wanted
    )


def no_such(name: str, known: tuple[str, ...]) -> DataError:
    """Return the refusal of a name that no mapping bears."""
    return DataError(
        f"No mapping is called {name!r}; there are: {', '.join(sorted(known)) or 'none'}",
        where=f"--mapping {name}",
        remedy="Name one of these or a TOML file; `ingest --save-mapping NAME` makes one.",
    )
