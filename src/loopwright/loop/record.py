# SPDX-License-Identifier: Apache-2.0
"""One campaign's view of ledger and store: events in, events out, artefact before fact.

It knows no plugin. What it keeps in memory is a cache and may be dropped at any time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import cattrs

from loopwright.ledger.fact import Fact
from loopwright.ledger.ledger import Ledger
from loopwright.loop.facts import KINDS, Configured, Event, kind_of, read_event, write_event
from loopwright.loop.fold import fold
from loopwright.loop.state import State
from loopwright.spec.campaign import CampaignSpec, structure
from loopwright.store.store import Artefacts

__all__ = ["Record", "watch_nothing"]


def watch_nothing(_: str) -> None:
    """Be told of progress and do nothing about it."""


class Record:
    """The facts of one campaign, and where its artefacts lie."""

    def __init__(  # one door, many keys; all but the first three have a default in the api
        self,
        ledger: Ledger,
        store: Artefacts,
        campaign: str,
        *,
        actor: str,
        now: Callable[[], str],
        watch: Callable[[str], None] = watch_nothing,
    ) -> None:
        self.ledger = ledger
        self.store = store
        self.campaign = campaign
        self.watch = watch
        self.actor = actor
        self._now = now
        self._state = State()
        self._n_read = 0

    @property
    def state(self) -> State:
        """The campaign as of the last fact; reads only what is new."""
        for fact in self.ledger.facts(since=self._n_read):
            self._n_read = fact.number + 1
            if fact.kind in KINDS and fact.body["campaign"] == self.campaign:
                self._state = fold(self._state, read_event(fact.kind, fact.body))
        return self._state

    def add(self, event: Event, *, reason: str = "") -> State:
        """Write one event down; return the state after it.

        Raises:
            BusyError: Somebody else wrote since the state was read.
        """
        kind = kind_of(event)
        self.watch(f"before {kind}")
        self.ledger.append(
            kind,
            write_event(event, campaign=self.campaign),
            actor=self.actor,
            at=self._now(),
            reason=reason,
            expect=self._n_read,
        )
        self.watch(f"after {kind}")
        return self.state

    def history(self) -> Iterator[Fact]:
        """Yield every fact of this campaign, oldest first."""
        for fact in self.ledger:
            if fact.body.get("campaign") == self.campaign:
                yield fact

    def put(self, content: bytes) -> str:
        """Keep an artefact; return its digest."""
        digest = self.store.put(content)
        self.watch("after artefact")
        return digest

    def put_json(self, value: Any) -> str:
        """Keep a plain value as canonical JSON; return its digest."""
        plain = cattrs.unstructure(value)
        return self.put(json.dumps(plain, sort_keys=True, ensure_ascii=False, indent=1).encode())

    def get_json(self, digest: str) -> Any:
        """Return a plain value that ``put_json`` kept."""
        return json.loads(self.store.get(digest))

    def configure(self, spec: CampaignSpec) -> State:
        """Write down the campaign file if it is new or has changed."""
        state = self.state
        digest = self.put_json(spec.as_dict())
        if digest == state.spec_sha256:
            return state
        return self.add(Configured(spec_sha256=digest))

    def spec(self) -> CampaignSpec:
        """Return the spec that was last written down."""
        plain: Mapping[str, Any] = self.get_json(self.state.spec_sha256)
        return structure({k: _drop_none(v) for k, v in plain.items() if v is not None}, where="")


def _drop_none(value: Any) -> Any:
    match value:
        case dict():
            return {k: _drop_none(v) for k, v in value.items() if v is not None}
        case list():
            return [_drop_none(v) for v in value]
        case _:
            return value
