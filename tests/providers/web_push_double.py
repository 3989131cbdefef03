"""A double of a push service and its browser: it checks VAPID and decrypts with other libraries."""

import json
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sluice.push.providers.signatures.web_push import decoded, encoded
from tests.providers.http_double import Answered, Asked, HttpDouble

AUTH = b"0123456789abcdef"


class WebPushDouble(HttpDouble):
    """One subscription, made for one sender's public key."""

    def __init__(self, sender: str) -> None:
        super().__init__()
        self.sender = sender
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.ended = False
        self.shown: list[dict[str, Any]] = []

    @property
    def subscription(self) -> dict[str, Any]:
        """What the browser gives the page."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": encoded(point), "auth": encoded(AUTH)}
        return {"endpoint": f"{self.url}/push/abc", "expirationTime": None, "keys": keys}

    def answer(self, asked: Asked) -> Answered:
        if self.ended or asked.path != "/push/abc":
            return Answered(410)
        if not self._is_sender(asked.headers.get("authorization", "")):
            return Answered(403)
        if not asked.headers.get("ttl", "").isdigit():
            return Answered(400)
        if asked.headers.get("content-encoding") != "aes128gcm":
            return Answered(415)
        text = http_ece.decrypt(asked.body, private_key=self.key, auth_secret=AUTH)
        self.shown.append(json.loads(text))
        return Answered(201, b"", (("Location", f"{self.url}/message/1"),))

    def _is_sender(self, header: str) -> bool:
        token, _, public = header.removeprefix("vapid t=").partition(", k=")
        if public != self.sender:
            return False
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(public))
        try:
            claims = jwt.decode(token, key, algorithms=["ES256"], audience=self.url)
        except jwt.InvalidTokenError:
            return False
        return str(claims["sub"]).startswith(("mailto:", "https://"))
