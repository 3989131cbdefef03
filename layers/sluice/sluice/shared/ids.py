"""Identifiers: unguessable, and sortable by time where that helps a reader.

All are safe in a URL, a DynamoDB key and an execution name; none contains the key separator `#`.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

# Digits and capitals without 0 O 1 I L U: read aloud or typed from a poster, no two look alike,
# and no word appears by accident.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12  # 30^12 = 5e17: 59 random bits, guarded by request throttling
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME = 10  # the characters of a sortable id that are its time
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _base32(number: int, length: int) -> str:
    return "".join(_BASE32[number >> 5 * place & 31] for place in reversed(range(length)))


def sortable(moment: datetime) -> str:
    """Return 26 characters that sort by `moment`: 48 bits of milliseconds, then 80 random bits."""
    return sortable_from(moment) + _base32(secrets.randbits(80), 16)


def sortable_from(moment: datetime) -> str:
    """Return what sorts before every id of `moment` and later, and after all earlier ones."""
    return _base32(int(moment.timestamp() * 1000), _TIME)


def moment_of(sortable_id: str) -> datetime:
    """Return the moment of an id that `sortable` made, to the millisecond below."""
    number = 0
    for character in sortable_id[:_TIME]:
        number = number << 5 | _BASE32.index(character)
    return _EPOCH + timedelta(milliseconds=number)


def unguessable() -> str:
    """Return 16 characters with 80 random bits: tracking ids, short links (E2)."""
    return _base32(secrets.randbits(80), 16)


def new_code() -> str:
    """Return a public code of 12 characters without look-alikes (A2)."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def derived_code(key: bytes, *parts: str) -> str:
    """Return a public code fixed by `key` and `parts`, and unguessable without the key (A2)."""
    number = int.from_bytes(hmac.new(key, "#".join(parts).encode(), hashlib.sha256).digest())
    places = []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(CODE_ALPHABET))
        places.append(CODE_ALPHABET[place])
    return "".join(places)


def derived(key: bytes, *parts: str) -> str:
    """Return 26 characters fixed by `key` and `parts`, and unguessable without the key."""
    digest = hmac.new(key, "#".join(parts).encode(), hashlib.sha256).digest()
    return _base32(int.from_bytes(digest[:17]) >> 6, 26)


def key(*parts: str) -> str:
    """Join the parts of a DynamoDB key. Raises ValueError where a part holds the separator."""
    if any("#" in part or not part for part in parts):
        raise ValueError(f"not parts of a key: {parts!r}")
    return "#".join(parts)
