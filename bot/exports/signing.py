"""The installation's signature under statements and receipts, and their codes.

The signature is Ed25519, from `cryptography`.

A signed file ends in one line with the key's id and the signature over every byte before
that line. It is a comment to whatever reads the file. Nothing in it can be changed: the
line is read letter for letter, and its numbers are hexadecimal, which have one spelling.
"""

import re
import secrets
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from sqlalchemy import select

from bot.store.crypto import KeyRing
from bot.store.tables import Signer
from bot.store.unit import Unit

_LINE = re.compile(rb"\n%intervisie ([0-9a-f]{16}) ([0-9a-f]{128})\n\Z")


CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: it leaves out letters that look like another."""

LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
"""Letters that are not in `CODE_LETTERS`, and the digit that is meant."""

CODE_PARTS, PART_LENGTH = 4, 5
"""A code is four times five letters: a hundred bits, too many to guess."""


class Signed(NamedTuple):
    """A file with its signature; `digest` is what it is known by."""

    content: bytes
    digest: str


def sign(unit: Unit, keys: KeyRing, content: bytes, now: datetime) -> Signed:
    """Sign a file with the installation's key, which is made when there is none."""
    row = unit.db.scalar(select(Signer).order_by(Signer.created_at, Signer.id).limit(1))
    if row is None:
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw()
        row = Signer(
            id=sha256(public).hexdigest()[:16],
            public=public,
            private=keys.seal(key.private_bytes_raw()),
            created_at=now,
        )
        unit.db.add(row)
    else:
        key = Ed25519PrivateKey.from_private_bytes(keys.open(row.private))
    line = f"\n%intervisie {row.id} {key.sign(content).hex()}\n"
    whole = content + line.encode("ascii")
    return Signed(whole, sha256(whole).hexdigest())


def is_genuine(unit: Unit, content: bytes) -> bool:
    """Check whether a file was signed here and has not changed by a single byte."""
    line = _LINE.search(content)
    row = unit.db.get(Signer, line[1].decode("ascii")) if line else None
    if line is None or row is None:
        return False
    key = Ed25519PublicKey.from_public_bytes(row.public)
    try:
        key.verify(bytes.fromhex(line[2].decode("ascii")), content[: line.start()])
    except InvalidSignature:
        return False
    return True


def normalized_code(code: str) -> str:
    """Return a typed code in its stored form: upper case, without dashes or lookalikes."""
    kept = "".join(c for c in code.upper() if c.isascii() and c.isalnum())
    return kept.translate(LOOKALIKES)[:40]


def new_code() -> str:
    """Return a code that cannot be guessed, in parts that are easy to type."""
    return "-".join(
        "".join(secrets.choice(CODE_LETTERS) for _ in range(PART_LENGTH)) for _ in range(CODE_PARTS)
    )
