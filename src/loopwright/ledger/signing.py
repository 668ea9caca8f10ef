# SPDX-License-Identifier: Apache-2.0
"""The key that signs a ledger's head: Ed25519, one for each workspace.

It signs text and checks signatures. It does not know what a fact is, and keeps no list of
persons: who acted is said in the fact, not by the key.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from loopwright.core.errors import DataError, NotReadyError, VerificationError

__all__ = ["PRIVATE_NAME", "PUBLIC_NAME", "SigningKey", "is_signed", "read_public_key"]

PRIVATE_NAME = "ledger.key"
PUBLIC_NAME = "ledger.pub"

_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


@frozen
class SigningKey:
    """A private key; whoever holds it can write a ledger that verifies."""

    _private: Ed25519PrivateKey = field(repr=False, eq=False)

    public_key: str = field(init=False)
    """The public half, 64 lower-case hexadecimal digits."""

    @public_key.default
    def _derive(self) -> str:
        return self._private.public_key().public_bytes_raw().hex()

    @staticmethod
    def ephemeral() -> SigningKey:
        """Return a new key that is written nowhere: for ledgers in memory."""
        return SigningKey(Ed25519PrivateKey.generate())

    @staticmethod
    def create(folder: Path) -> SigningKey:
        """Make a key and write it as ``ledger.key`` (mode 0600) and ``ledger.pub``.

        Raises:
            DataError: The folder holds a key already, or cannot be written.
        """
        key = SigningKey.ephemeral()
        pem = key._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(folder / PRIVATE_NAME, pem, mode=0o600)
            _write_new(folder / PUBLIC_NAME, f"{key.public_key}\n".encode(), mode=0o644)
            for made in (folder, folder.parent):
                _sync(made)
        except OSError as ex:
            raise DataError(
                f"No key can be written here: {ex.strerror}",
                where=str(ex.filename or folder),
                remedy="Choose a folder without a key; a key is never overwritten.",
            ) from ex
        return key

    @staticmethod
    def load(folder: Path) -> SigningKey:
        """Read the key that ``create`` wrote.

        Raises:
            NotReadyError: There is no key.
            VerificationError: A key file is damaged, or the two halves do not belong together.
        """
        path = folder / PRIVATE_NAME
        try:
            private = load_pem_private_key(path.read_bytes(), password=None)
        except FileNotFoundError as ex:
            raise _absent(path) from ex
        except (ValueError, TypeError) as ex:
            raise _damaged(path) from ex
        if not isinstance(private, Ed25519PrivateKey):
            raise _damaged(path)
        key = SigningKey(private)
        if read_public_key(folder) != key.public_key:
            raise _damaged(folder / PUBLIC_NAME)
        return key

    def sign(self, text: str) -> str:
        """Return the signature of ``text`` in UTF-8, 128 lower-case hexadecimal digits."""
        return self._private.sign(text.encode()).hex()


def read_public_key(folder: Path) -> str:
    """Return the public key that ``SigningKey.create`` wrote into ``folder``.

    Raises:
        NotReadyError: There is none.
        VerificationError: The file holds no public key.
    """
    path = folder / PUBLIC_NAME
    try:
        text = path.read_bytes().decode("ascii").removesuffix("\n")
    except FileNotFoundError as ex:
        raise _absent(path) from ex
    except UnicodeDecodeError as ex:
        raise _damaged(path) from ex
    if not _PUBLIC_KEY.fullmatch(text):
        raise _damaged(path)
    return text


def is_signed(text: str, *, signature: str, public_key: str) -> bool:
    """Whether ``signature`` is that of ``text`` by the holder of ``public_key``.

    Only lower-case digits are taken, so that a signature has one spelling.
    """
    if not (_SIGNATURE.fullmatch(signature) and _PUBLIC_KEY.fullmatch(public_key)):
        return False
    try:
        known = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        known.verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that must not exist yet, and see it on disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _absent(path: Path) -> NotReadyError:
    return NotReadyError(
        "There is no key", where=str(path), remedy="Create the workspace first, or restore its key."
    )


def _damaged(path: Path) -> VerificationError:
    return VerificationError(
        "This is not the key of this ledger",
        where=str(path),
        remedy="Stop; restore the keys folder from a verified copy.",
    )
