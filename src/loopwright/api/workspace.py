# SPDX-License-Identifier: Apache-2.0
"""A workspace on disk: ledger, store, keys and campaign files in one folder."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from attrs import field, frozen

from loopwright import __version__
from loopwright.core.errors import BusyError, DataError, NotReadyError, SpecError
from loopwright.ledger.ledger import Ledger
from loopwright.ledger.signing import SigningKey, read_public_key
from loopwright.loop.record import Record, watch_nothing
from loopwright.loop.run import Campaign, open_campaign
from loopwright.spec.campaign import CampaignSpec, read
from loopwright.store.store import Store

__all__ = ["Workspace", "create_workspace", "need_reason", "utc_now"]

WAIT_S = 10.0
"""How long to wait for another process that writes to the same workspace."""


def utc_now() -> str:
    """Return the time as facts have it: UTC, RFC 3339, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@frozen(kw_only=True)
class Workspace:
    """Where a campaign lives, who is at work, and who is told of progress."""

    root: Path = field(converter=Path)
    campaign: str = ""
    """Name of the campaign; may be blank when the workspace has one only."""

    actor: str = field(factory=_who)
    now: Callable[[], str] = utc_now
    watch: Callable[[str], None] = watch_nothing

    @property
    def spec_path(self) -> Path:
        """Return the campaign's file.

        Raises:
            NotReadyError: This is no workspace, or it has no campaign.
            SpecError: There are several campaigns and none was named, or no such one.
        """
        self._demand()
        paths = sorted((self.root / "campaigns").glob("*.toml"))
        found = [p for p in paths if not self.campaign or p.stem == self.campaign]
        if len(found) == 1:
            return found[0]
        known = ", ".join(p.stem for p in paths) or "none"
        wrong = "Several campaigns are here" if found else f"There is no campaign {self.campaign!r}"
        raise SpecError(
            f"{wrong}: {known}", where=str(self.root), remedy="Name one with --campaign."
        )

    @contextmanager
    def writing(self) -> Iterator[Campaign]:
        """Open the campaign to write; one process at a time.

        Raises:
            BusyError: Another process has the workspace for longer than ten seconds.
        """
        from filelock import FileLock, Timeout

        spec = self._spec()
        try:
            with FileLock(self.root / ".lock", timeout=WAIT_S):
                ledger = Ledger.open(self._url, SigningKey.load(self.root / "keys"))
                yield open_campaign(spec, self._record(ledger, spec), root=self.root)
        except Timeout as ex:
            raise BusyError(
                "Another process is writing to this workspace",
                where=str(self.root),
                remedy="Wait until it has ended, then try again.",
            ) from ex

    def reading(self) -> Campaign:
        """Open the campaign to look at; changes nothing and waits for nobody."""
        spec = self._spec()
        return open_campaign(
            spec, self._record(self.ledger(), spec), root=self.root, to_write=False
        )

    def ledger(self) -> Ledger:
        """Return the ledger to read; raise ``NotReadyError`` if this is no workspace."""
        self._demand()
        return Ledger.open(self._url, public_key=read_public_key(self.root / "keys"))

    def store(self) -> Store:
        """Return the store."""
        return Store(self.root / "store")

    def _demand(self) -> None:
        if not (self.root / "ledger.db").is_file():
            raise NotReadyError(
                "This is no workspace: it has no ledger.db",
                where=str(self.root),
                remedy="Go to a workspace, name one with --workspace, or `loopwright init` one.",
            )

    @property
    def _url(self) -> str:
        return f"sqlite:///{(self.root / 'ledger.db').resolve()}"

    def _spec(self) -> CampaignSpec:
        path = self.spec_path
        spec = read(path)
        if spec.name != path.stem:
            raise SpecError(
                f"The file is {path.name}, but the campaign calls itself {spec.name!r}",
                where=str(path),
                remedy="Give file and campaign the same name.",
            )
        return spec

    def _record(self, ledger: Ledger, spec: CampaignSpec) -> Record:
        return Record(
            ledger, self.store(), spec.name, actor=self.actor, now=self.now, watch=self.watch
        )


def need_reason(reason: str, action: str) -> None:
    """Refuse what a person may do only with a reason."""
    if not reason.strip():
        raise DataError(
            f"To {action} needs a reason", where="--reason", remedy="Say why; it is recorded."
        )


def create_workspace(workspace: Workspace, *, name: str, toml: str) -> Path:
    """Make a workspace with one campaign; it appears whole or not at all.

    Returns:
        The campaign's file.

    Raises:
        DataError: Something is there already.
    """
    root = workspace.root
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DataError(
            "Something is there already", where=str(root), remedy="Choose a new, empty folder."
        )
    draft = root.with_name(f".{root.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "campaigns").mkdir(parents=True)
    (draft / "store").mkdir()
    (draft / "campaigns" / f"{name}.toml").write_text(toml, encoding="utf-8")
    key = SigningKey.create(draft / "keys")
    Ledger.create(
        f"sqlite:///{(draft / 'ledger.db').resolve()}",
        key,
        actor=workspace.actor,
        at=workspace.now(),
        about={"loopwright": __version__},
    )
    if root.exists():
        root.rmdir()
    draft.rename(root)
    return root / "campaigns" / f"{name}.toml"
