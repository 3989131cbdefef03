"""A double of Tencent Cloud SMS: it verifies TC3 signatures anew from the request as it arrived."""

import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime
from typing import Any

from tests.providers.http_double import Answered, Asked, HttpDouble

SECRET_ID, SECRET_KEY = "AKID-the-key", "the-secret"
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]+)"
)
_SKEW_SECONDS = 300


class TencentDouble(HttpDouble):
    """One key; `code` is the number's status, `error` that of the whole call."""

    def __init__(self) -> None:
        super().__init__()
        self.code, self.error = "Ok", ""
        self.sent: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Answered:
        error = self._refused(asked) or self.error
        if error:
            return _answer({"Error": {"Code": error, "Message": "to +8613800138000"}})
        given = json.loads(asked.body)
        self.sent.append(given)
        status = {
            "SerialNo": f"5000:{len(self.sent)}" if self.code == "Ok" else "",
            "PhoneNumber": given["PhoneNumberSet"][0],
            "Fee": 1 if self.code == "Ok" else 0,
            "SessionContext": given.get("SessionContext", ""),
            "Code": self.code,
            "Message": "send success",
            "IsoCode": "CN",
        }
        return _answer({"SendStatusSet": [status]})

    def _refused(self, asked: Asked) -> str:
        parts = _AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
        if parts is None:
            return "AuthFailure.InvalidAuthorization"
        if parts[1] != SECRET_ID:
            return "AuthFailure.SecretIdNotFound"
        stamp = int(asked.headers["x-tc-timestamp"])
        if abs(time.time() - stamp) > _SKEW_SECONDS:
            return "AuthFailure.SignatureExpire"
        if _signature(asked, stamp, parts[2], parts[3]) != parts[4]:
            return "AuthFailure.SignatureFailure"
        called = asked.headers["x-tc-action"], asked.headers["x-tc-version"]
        return "" if called == ("SendSms", "2021-01-11") else "InvalidAction"


def _signature(asked: Asked, stamp: int, scope: str, signed: str) -> str:
    lines = [asked.method, asked.path, ""]
    for name in signed.split(";"):
        value = asked.headers[name].strip()
        lines.append(f"{name}:{value.lower() if name == 'x-tc-action' else value}")
    lines += ["", signed, hashlib.sha256(asked.body).hexdigest()]
    day = datetime.fromtimestamp(stamp, UTC).date().isoformat()
    if scope != f"{day}/sms/tc3_request":
        return "another scope"
    canonical = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{canonical}"
    key = ("TC3" + SECRET_KEY).encode()
    for part in (day, "sms", "tc3_request", text):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return key.hex()


def _answer(response: dict[str, Any]) -> Answered:
    body = json.dumps({"Response": {**response, "RequestId": "a0aabda6"}})
    return Answered(200, body.encode(), (("Content-Type", "application/json"),))
