"""Access tokens at rest: AES-256-GCM under a key derived from the root secret.

A token lets its bearer read every customer of an account, so reading the table must not be
enough to use one. The item's key is authenticated with it: a sealed token moved to another item
does not open.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sluice.shared import signing

_NONCE_BYTES = 12


def seal(key: str, token: str) -> str:
    """Return a token as it may be stored in the item of that key."""
    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + _cipher().encrypt(nonce, token.encode(), key.encode())).decode()


def unseal(key: str, sealed: str) -> str | None:
    """Return the token; None where it does not open, so that another is fetched."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        plain = _cipher().decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], key.encode())
        return plain.decode()
    except (InvalidTag, ValueError):
        return None


def _cipher() -> AESGCM:
    return AESGCM(signing.derived_key("provider-token"))
