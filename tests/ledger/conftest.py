# SPDX-License-Identifier: Apache-2.0
"""A small workspace with facts and artefacts, and the independent script, loaded once."""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from loopwright.ledger.fact import Head
from loopwright.ledger.ledger import Ledger
from loopwright.ledger.signing import SigningKey, read_public_key
from loopwright.ledger.verification import Verification
from loopwright.store.store import Store

NOW = "2026-11-20T09:30:00Z"


@frozen
class Workspace:
    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/ledger.db"

    @property
    def store(self) -> Store:
        return Store(self.folder / "store")

    def writer(self, **more: Any) -> Ledger:
        return Ledger.open(self.url, SigningKey.load(self.folder / "keys"), **more)

    def reader(self) -> Ledger:
        return Ledger.open(self.url, public_key=read_public_key(self.folder / "keys"))

    def verify(self, against: Head | None = None) -> Verification:
        return self.reader().verify(self.store, against)

    def sql(self, statement: str, *values: Any) -> None:
        """Do what an attacker or a careless person does with a database tool."""
        with closing(sqlite3.connect(self.folder / "ledger.db")) as db, db:
            db.execute("PRAGMA synchronous=OFF")
            db.execute(statement, values)

    def fill(self, n: int = 3) -> None:
        ledger = self.writer()
        for i in range(n):
            digest = self.store.put(f"well,value\nA{i},{i}.5\n".encode(), suffix=".csv")
            body = {"plate": f"Plätte {i}", "files": [{"name": "a.csv", "raw_sha256": digest}]}
            ledger.append("plate.read", body, actor="Ada", at=NOW, reason="came back")


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    folder = tmp_path / "workspace"
    key = SigningKey.create(folder / "keys")
    Ledger.create(f"sqlite:///{folder}/ledger.db", key, actor="Ada", at=NOW, about={"name": "w"})
    return Workspace(folder)


@pytest.fixture
def workspace(empty: Workspace) -> Workspace:
    empty.fill()
    return empty


@pytest.fixture(scope="session")
def script() -> Callable[..., int]:
    """scripts/verify_ledger.py, as a function of (workspace, exported head): 0 or 4."""
    path = Path(__file__).parents[2] / "scripts" / "verify_ledger.py"
    spec = importlib.util.spec_from_file_location("verify_ledger", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module._main
