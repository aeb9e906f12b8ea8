"""Encryption at rest: a key ring that wraps data keys, and data keys that seal content.

Fernet (AES-128-CBC with HMAC-SHA256, from `cryptography`) throughout. The ring's first
key seals; the others still open what they sealed, so that keys can be rotated.
"""

import os
import stat
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import IntervisieError


class WrongKey(IntervisieError):
    """Something stored cannot be opened with the keys in INTERVISIE_KEYS."""

    def __init__(self) -> None:
        super().__init__(
            "The keys in INTERVISIE_KEYS do not open what is stored. Put back the key that was "
            "used before, behind the newest one. / De sleutels in INTERVISIE_KEYS passen niet op "
            "wat er bewaard is. Zet de vorige sleutel terug, achter de nieuwste."
        )


class BadKeys(IntervisieError):
    """The keys themselves cannot be used; the message says what to do."""


class KeyRing:
    """The installation's keys, newest first."""

    def __init__(self, keys: list[str]) -> None:
        try:
            self._ring = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise BadKeys(
                "INTERVISIE_KEYS: each key has to be 32 bytes in URL-safe base64. / "
                "INTERVISIE_KEYS: elke sleutel moet 32 bytes zijn, in URL-veilige base64."
            ) from None

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
        raise BadKeys(
            f"Others can read the keys in {file.name}. Make it yours: chmod 600 {file.name} "
            f"/ Anderen kunnen de sleutels in {file.name} lezen. Sluit af: chmod 600 {file.name}"
        )
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
