"""A double of Aliyun SMS: it verifies ACS3 signatures anew from the request as it arrived."""

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from urllib.parse import quote

from tests.providers.http_double import Answered, Asked, HttpDouble

KEY_ID, KEY_SECRET = "LTAI-the-key", "the-secret"
_AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=(.+),SignedHeaders=(.+),Signature=(.+)")
_SKEW_SECONDS = 900


class AliyunDouble(HttpDouble):
    """One access key; `code` is what SendSms answers."""

    def __init__(self) -> None:
        super().__init__()
        self.code = "OK"
        self.nonces: set[str] = set()
        self.sent: list[dict[str, str]] = []

    def answer(self, asked: Asked) -> Answered:
        refused = self._refused(asked)
        if refused:
            return _answer(400 if refused != "Throttling.User" else 429, refused)
        if (asked.headers["x-acs-action"], asked.headers["x-acs-version"]) != (
            "SendSms",
            "2017-05-25",
        ):
            return _answer(404, "InvalidAction.NotFound")
        if self.code != "OK":
            return _answer(200, self.code)
        self.sent.append(asked.query)
        return _answer(200, "OK", BizId=f"900619746936498440^{len(self.sent)}")

    def _refused(self, asked: Asked) -> str:
        parts = _AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
        if parts is None:
            return "MissingAuthorization"
        if parts[1] != KEY_ID:
            return "InvalidAccessKeyId.NotFound"
        age = datetime.now(UTC) - datetime.fromisoformat(asked.headers["x-acs-date"])
        if abs(age.total_seconds()) > _SKEW_SECONDS:
            return "InvalidTimeStamp.Expired"
        if asked.headers["x-acs-signature-nonce"] in self.nonces:
            return "SignatureNonceUsed"
        self.nonces.add(asked.headers["x-acs-signature-nonce"])
        return "" if _signature(asked, parts[2]) == parts[3] else "SignatureDoesNotMatch"


def _signature(asked: Asked, signed: str) -> str:
    names = signed.split(";")
    if not {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-version"} <= set(names):
        return "headers are missing"
    query = "&".join(
        quote(name, safe="-_.~") + "=" + quote(asked.query[name], safe="-_.~")
        for name in sorted(asked.query)
    )
    body = hashlib.sha256(asked.body).hexdigest()
    lines = [asked.method, asked.path, query]
    lines += [f"{name}:{asked.headers[name].strip()}" for name in sorted(names)]
    lines += ["", signed, body]
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return hmac.new(KEY_SECRET.encode(), text.encode(), "sha256").hexdigest()


def _answer(status: int, code: str, **more: str) -> Answered:
    body = {"Code": code, "Message": "to 13800138000", "RequestId": "8906582E", **more}
    return Answered(status, json.dumps(body).encode())
