"""A double of SES, SNS and End User Messaging: each in the form its AWS API has on the wire."""

import json
from typing import Any
from urllib.parse import parse_qsl

from tests.providers.http_double import Answered, Asked, HttpDouble

_XML = "http://sns.amazonaws.com/doc/2010-03-31/"


class AmazonDouble(HttpDouble):
    """Takes signed calls; `code` with `status` is an error to answer."""

    def __init__(self) -> None:
        super().__init__()
        self.code, self.status = "", 400
        self.sent: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Answered:
        signed = asked.headers.get("authorization", "")
        if not signed.startswith("AWS4-HMAC-SHA256 Credential="):
            return Answered(403, b'{"message": "Missing Authentication Token"}')
        if asked.path == "/v2/email/outbound-emails":
            return self._json(json.loads(asked.body), "x-amzn-errortype")
        if asked.headers.get("x-amz-target") == "PinpointSMSVoiceV2.SendTextMessage":
            return self._json(json.loads(asked.body), "")
        return self._sns(dict(parse_qsl(asked.body.decode())))

    def _json(self, given: dict[str, Any], header: str) -> Answered:
        if self.code:
            body = {"__type": self.code, "message": "+8613800138000 a@b.cn"}
            headers = ((header, self.code),) if header else ()
            return Answered(self.status, json.dumps(body).encode(), headers)
        self.sent.append(given)
        return Answered(200, json.dumps({"MessageId": f"m-{len(self.sent)}"}).encode())

    def _sns(self, given: dict[str, str]) -> Answered:
        assert given.pop("Action") == "Publish"
        assert given.pop("Version") == "2010-03-31"
        if self.code:
            error = (
                f"<Error><Type>Sender</Type><Code>{self.code}</Code><Message>+86</Message></Error>"
            )
            body = f'<ErrorResponse xmlns="{_XML}">{error}</ErrorResponse>'
            return Answered(self.status, body.encode())
        self.sent.append(given)
        result = f"<PublishResult><MessageId>m-{len(self.sent)}</MessageId></PublishResult>"
        body = f'<PublishResponse xmlns="{_XML}">{result}</PublishResponse>'
        return Answered(200, body.encode())
