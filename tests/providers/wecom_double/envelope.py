"""WeCom's sealed messages as its documentation describes them, written from that alone."""

import base64
import hashlib
import os
from typing import NamedTuple

from tests.providers.wecom_double import aes


class Address(NamedTuple):
    """A callback address as it is entered in WeCom's console."""

    url: str
    token: str
    encoding_aes_key: str


def sign(token: str, timestamp: str, nonce: str, sealed: str) -> str:
    """Return msg_signature."""
    four = [token, timestamp, nonce, sealed]
    four.sort()
    return hashlib.sha1("".join(four).encode("utf-8")).hexdigest()  # noqa: S324 - WeCom's choice


def seal(encoding_aes_key: str, corp_id: str, message: str, noise: bytes | None = None) -> str:
    """Return a message as WeCom sends it in Encrypt or echostr."""
    key = base64.b64decode(encoding_aes_key + "=")
    data = message.encode("utf-8")
    plain = (noise or os.urandom(16)) + len(data).to_bytes(4, "big") + data + corp_id.encode()
    amount = 32 - len(plain) % 32
    return base64.b64encode(aes.encrypt(key, key[:16], plain + bytes([amount] * amount))).decode()


def unseal(encoding_aes_key: str, sealed: str) -> tuple[str, str]:
    """Return message and receive id of what was sealed by the other side."""
    key = base64.b64decode(encoding_aes_key + "=")
    plain = aes.decrypt(key, key[:16], base64.b64decode(sealed))
    plain = plain[: -plain[-1]]
    length = int.from_bytes(plain[16:20], "big")
    return plain[20 : 20 + length].decode(), plain[20 + length :].decode()


def wrapped(corp_id: str, sealed: str) -> str:
    """Return the body of a callback."""
    return (
        f"<xml><ToUserName><![CDATA[{corp_id}]]></ToUserName>"
        f"<Encrypt><![CDATA[{sealed}]]></Encrypt>"
        f"<AgentID><![CDATA[]]></AgentID></xml>"
    )
