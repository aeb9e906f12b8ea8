"""Encryption at rest: a key ring that wraps data keys, and data keys that seal content.

Fernet (AES-128-CBC with HMAC-SHA256, from `cryptography`) throughout. The ring's first
key seals; the others still open what they sealed, so that keys can be rotated.
"""

import os
import stat
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.faults import Fault


class WrongKey(Fault):
    """Something stored cannot be opened with the keys in INTERVISIE_KEYS."""

    def __init__(self) -> None:
        super().__init__("keys_wrong")


class BadKeys(Fault):
    """The keys themselves cannot be used."""


class KeyRing:
    """The installation's keys, newest first."""

    def __init__(self, keys: list[str]) -> None:
        try:
            self._ring = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise BadKeys("keys_malformed") from None

    def seal(self, plain: bytes) -> bytes:
        """Encrypt with the newest key."""
        return self._ring.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt with whichever key fits. Raises `WrongKey`."""
        try:
            return self._ring.decrypt(sealed)
        except InvalidToken:
            raise WrongKey from None

    def rotate(self, sealed: bytes) -> bytes:
        """Encrypt anew with the newest key. Raises `WrongKey`."""
        try:
            return self._ring.rotate(sealed)
        except InvalidToken:
            raise WrongKey from None


def new_key() -> str:
    """Make a key."""
    return Fernet.generate_key().decode()


def keys_from_file(file: Path) -> list[str]:
    """Give the keys in `file`, made with one new key when absent; readable by its owner alone.

    Raises `BadKeys` when others can read it.
    """
    if not file.exists():
        _create(file, new_key())
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise BadKeys("keys_readable", file=file.name)
    return split_keys(file.read_text(encoding="ascii"))


def split_keys(text: str) -> list[str]:
    """Read keys that are separated by commas or white space."""
    return text.replace(",", " ").split()


def _create(file: Path, key: str) -> None:
    """Make the file whole at once; when two processes do, the first one's file stands."""
    handle, temporary = tempfile.mkstemp(dir=file.parent or Path())
    try:
        with os.fdopen(handle, "w", encoding="ascii") as target:
            target.write(key + "\n")
            target.flush()
            os.fsync(target.fileno())
        try:
            os.link(temporary, file)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()
