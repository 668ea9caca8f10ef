#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verify a workspace without Loopwright: verify_ledger.py WORKSPACE [EXPORTED_HEAD.json]."""

# It needs Python's standard library and `cryptography`, and shares no line with the package.
# The rules are those of docs/ledger.md. It prints one line; 0 is verified, 4 is not.

import hashlib
import json
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


# Canonical JSON.
def _dense(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# Not `assert`: `python -O` would verify nothing.
def _must(holds: object, place: str) -> None:
    if not holds:
        raise ValueError(place)


# All that stands below a key ending in _sha256.
def _named_in(value: object, below: bool = False) -> list:
    if not isinstance(value, dict | list):
        return [value] if below and value is not None else []
    parts = value.items() if isinstance(value, dict) else [("", part) for part in value]
    return [d for k, part in parts for d in _named_in(part, below or k.endswith("_sha256"))]


# A head is signed, in the one spelling that a signature has, and its fact is one of these.
def _check_head(head: dict, pub: str, facts: list[dict], name: str) -> None:
    signature, there = head.pop("signature"), [(f["number"], f["digest"], f["at"]) for f in facts]
    text = _dense({"what": "loopwright ledger head, version 1", **head})
    _must(head["public_key"] == pub and re.fullmatch("[0-9a-f]{128}", signature), f"{name}: key")
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(pub)).verify(bytes.fromhex(signature), text)
    _must((head["number"], head["digest"], head["at"]) in there, f"{name}: older copy or fork")


# Every digest, every link; returns the artefacts that facts name.
def _check_facts(facts: list[dict], pub: str) -> set[str]:
    previous, named = "0" * 64, set()
    for n, fact in enumerate(facts):
        place, hashed = f"fact {n} ({fact['kind']})", {k: fact[k] for k in fact if k != "digest"}
        _must(hashlib.sha256(_dense(hashed)).hexdigest() == fact["digest"], f"{place}: altered")
        _must((fact["number"], fact["previous"]) == (n, previous), f"{place}: out of order")
        body, previous = {**json.loads(fact["body"])}, fact["digest"]
        _must(n or (fact["kind"], body["public_key"]) == ("workspace.created", pub), place)
        named.update(_named_in(body))
    return named


# Every byte of every artefact; none that a fact names is missing.
def _check_artefacts(store: Path, named: set[str]) -> None:
    name = re.compile(r"(..)/\1[0-9a-f]{62}(\.[a-z0-9]{1,12}){0,2}")
    there = [p for p in store.glob("[0-9a-f][0-9a-f]/*") if name.fullmatch("/".join(p.parts[-2:]))]
    for path in there:
        _must(path.name.startswith(hashlib.sha256(path.read_bytes()).hexdigest()), f"{path}")
    missing = named - {p.name[:64] for p in there}
    _must(not missing, f"artefacts {missing}: missing")


def _main(folder: Path, exported: Path | None = None) -> int:
    try:
        pub = (folder / "keys/ledger.pub").read_text("ascii").removesuffix("\n")
        with closing(sqlite3.connect(f"{folder.as_uri()}/ledger.db?mode=rw", uri=True)) as db:
            db.row_factory = sqlite3.Row
            db.executescript("PRAGMA query_only=ON; BEGIN")
            facts = [dict(row) for row in db.execute("SELECT * FROM facts ORDER BY number")]
            (head,) = [dict(row) for row in db.execute("SELECT * FROM head")]
        _check_artefacts(folder / "store", _check_facts(facts, pub))
        _check_head(head, pub, facts[-1:], "head")
        if exported:
            _check_head(json.loads(exported.read_bytes()), pub, facts, "exported head")
        print(f"Verified: {len(facts)} facts, and every artefact.")
        return 0
    except Exception as ex:  # whatever it is, this workspace does not verify
        print(f"NOT VERIFIED: {str(ex) or 'a head is not signed by its key'}")
        return 4


if __name__ == "__main__":
    sys.exit(_main(*(Path(argument).absolute() for argument in sys.argv[1:3])))
