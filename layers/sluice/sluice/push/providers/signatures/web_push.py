"""Web push: a message for one browser only (RFC 8291, RFC 8188), and who sends it (RFC 8292)."""

import base64
import struct
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4096
MAX_TEXT_BYTES = 3993  # RFC 8291, section 4: 4,096 bytes with all headers
KEY_BYTES, AUTH_BYTES, SALT_BYTES = 65, 16, 16
_VALID = timedelta(hours=12)  # a push service refuses more than a day
_LAST_RECORD = b"\x02"
_CURVE = ec.SECP256R1()


def decoded(text: str) -> bytes:
    """Return URL-safe base64 without padding as bytes. Raises ValueError."""
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


def encoded(raw: bytes) -> str:
    """Return bytes as URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 key whose 32 bytes the text has. Raises ValueError."""
    return ec.derive_private_key(int.from_bytes(decoded(text)), _CURVE)


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key's public half as a point of 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(
    text: bytes, receiver: bytes, auth: bytes, sender: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Return the body for a subscription's key and its auth secret.

    `sender` and `salt` are new for each message. Raises ValueError: no point of the curve, or the
    text is over 3,993 bytes.
    """
    if len(receiver) != KEY_BYTES or len(auth) != AUTH_BYTES:
        raise ValueError("A subscription has a point of 65 bytes and a secret of 16.")
    if len(text) > MAX_TEXT_BYTES:
        raise ValueError(f"The message is over {MAX_TEXT_BYTES} bytes.")
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, receiver)
    ours = public_bytes(sender)
    shared = sender.exchange(ec.ECDH(), theirs)
    seed = _hkdf(shared, auth, b"WebPush: info\x00" + receiver + ours, 32)
    key = _hkdf(seed, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _hkdf(seed, salt, b"Content-Encoding: nonce\x00", 12)
    header = salt + struct.pack("!LB", RECORD_BYTES, len(ours)) + ours
    return header + AESGCM(key).encrypt(nonce, text + _LAST_RECORD, None)


def vapid(key: ec.EllipticCurvePrivateKey, audience: str, subject: str, now: datetime) -> str:
    """Return the Authorization header for a push service, `https://` and its host."""
    claims = {"aud": audience, "exp": now + _VALID, "sub": subject}
    token = jwt.encode(claims, key, algorithm="ES256")
    return f"vapid t={token}, k={encoded(public_bytes(key))}"


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
