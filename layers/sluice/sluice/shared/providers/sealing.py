"""The callback encryption of WeCom and WeChat: SHA-1 signature, AES-256-CBC, receive id.

A sealed message is base64 of AES-256-CBC over 16 random bytes, a 4-byte big-endian length, the
message and the receive id (the corporation's or the app's), padded by PKCS#7 to 32 bytes; the
first 16 bytes of the key are the IV. The signature is checked before anything is decrypted, and
whatever is wrong is one refusal, so that an answer tells a forger nothing.

There is no limit on a message's age: they document none, their retries come later, and what is
told twice changes nothing.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msgspec import Meta

from sluice.shared.errors import Unauthenticated

KEY_BYTES = 32
_BLOCK = 32  # of the padding; the cipher's own is 16
_IV_BYTES = 16
_RANDOM_BYTES = 16
_LENGTH_BYTES = 4
REFUSAL = "The signature is missing or wrong."


class CallbackKey(msgspec.Struct, frozen=True):
    """The token and EncodingAESKey of a callback address, as the console shows them."""

    token: Annotated[str, Meta(min_length=1, max_length=64)]
    encoding_aes_key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{43}$(?!\n)")]

    def __repr__(self) -> str:
        """Show nothing: a log line must not hold a key."""
        return "CallbackKey(...)"


def signature_of(token: str, timestamp: str, nonce: str, sealed: str) -> str:
    """Return `msg_signature`: 40 hexadecimal digits."""
    joined = "".join(sorted((token, timestamp, nonce, sealed)))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def unseal(
    keys: Sequence[CallbackKey],
    receive_id: str,
    *,
    signature: str,
    timestamp: str,
    nonce: str,
    sealed: str,
) -> bytes:
    """Return the message sealed with one of the keys (two are valid while one is replaced).

    Raises Unauthenticated for everything else: wrong signature, not base64, wrong padding, wrong
    length, another's receive id.
    """
    try:
        for key in keys:
            expected = signature_of(key.token, timestamp, nonce, sealed)
            if hmac.compare_digest(expected.encode(), signature.encode()):
                return _decrypt(key, receive_id, sealed)
    except ValueError:
        pass
    raise Unauthenticated(REFUSAL) from None


def _decrypt(key: CallbackKey, receive_id: str, sealed: str) -> bytes:
    """Return the message. Raises ValueError."""
    decryptor = _cipher(key).decryptor()
    padded = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
    plain = _unpad(padded)[_RANDOM_BYTES:]
    length = int.from_bytes(plain[:_LENGTH_BYTES])
    end = _LENGTH_BYTES + length
    if len(plain) < end or not hmac.compare_digest(plain[end:], receive_id.encode()):
        raise ValueError("another's message")
    return plain[_LENGTH_BYTES:end]


def _unpad(padded: bytes) -> bytes:
    count = padded[-1] if padded else 0
    if not 1 <= count <= _BLOCK or padded[-count:] != bytes([count]) * count:
        raise ValueError("wrong padding")
    return padded[:-count]


def _cipher(key: CallbackKey) -> Cipher[modes.CBC]:
    secret = base64.b64decode(key.encoding_aes_key + "=")
    if len(secret) != KEY_BYTES:
        raise ValueError("an EncodingAESKey is 43 characters")
    return Cipher(algorithms.AES(secret), modes.CBC(secret[:_IV_BYTES]))
