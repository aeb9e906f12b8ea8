"""Encryption at rest: a key ring that encrypts data keys, and data keys that encrypt content.

All encryption is Fernet (AES-128-CBC with HMAC-SHA256, from `cryptography`). The first key of
the ring encrypts; the others only decrypt, so that keys can be rotated.
"""

import os
import stat
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import Fault


class WrongKey(Fault):
    """Stored data cannot be decrypted with the keys in INTERVISIE_KEYS."""

    def __init__(self) -> None:
        super().__init__("keys_wrong")


class BadKeys(Fault):
    """The keys are malformed, or others can read their file."""


class KeyRing:
    """The installation's keys, newest first. Raises `BadKeys` for malformed ones."""

    def __init__(self, keys: list[str]) -> None:
        try:
            self._ring = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise BadKeys("keys_malformed") from None

    def seal(self, plain: bytes) -> bytes:
        """Encrypt with the newest key."""
        return self._ring.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt with the key that fits. Raises `WrongKey` if none does."""
        try:
            return self._ring.decrypt(sealed)
        except InvalidToken:
            raise WrongKey from None

    def open_within(self, wrapped: bytes, sealed: bytes) -> bytes:
        """Decrypt with the data key in `wrapped`. Raises `WrongKey` if no key fits."""
        try:
            return Fernet(self.open(wrapped)).decrypt(sealed)
        except InvalidToken:
            raise WrongKey from None

    def rotate(self, sealed: bytes) -> bytes:
        """Decrypt, and encrypt with the newest key. Raises `WrongKey` if no key fits."""
        try:
            return self._ring.rotate(sealed)
        except InvalidToken:
            raise WrongKey from None


def new_key() -> str:
    """Generate a key."""
    return Fernet.generate_key().decode()


def keys_from_file(file: Path) -> list[str]:
    """Return the keys in `file`, which is created with one new key if it is absent.

    Raises `BadKeys` if anyone but its owner can read it.
    """
    if not file.exists():
        _create(file, new_key())
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise BadKeys("keys_readable", file=file.name)
    return split_keys(file.read_text(encoding="ascii"))


def split_keys(text: str) -> list[str]:
    """Split a text into keys, at commas and white space."""
    return text.replace(",", " ").split()


def _create(file: Path, key: str) -> None:
    """Create the file atomically; if two processes try, the first one's file stays."""
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
