"""WeChat for one app over HTTP: its token, template and subscribe messages, and its events.

Written from WeChat's documentation. What it seals and signs comes from the double of WeCom, whose
scheme is the same: neither shares a line with the code under test.
"""

import hashlib
import json
from typing import Any

from tests.providers.http_double import Answered, Asked, HttpDouble
from tests.providers.wecom_double.envelope import seal, sign

APP_ID, APP_SECRET = "wx1234567890abcdef", "an-app-secret"
TOKEN = "callback-token"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SECRET = {
    "app_secret": APP_SECRET,
    "callbacks": [{"token": TOKEN, "encoding_aes_key": AES_KEY}],
}
OPENID, TEMPLATE = "otFpruAK8D-E6EfStSYonYSBZ8_4", "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3"
AT = 1_772_700_000
_PATHS = {
    "/cgi-bin/message/template/send",
    "/cgi-bin/message/subscribe/send",
    "/cgi-bin/message/subscribe/bizsend",
}


class WeChatDouble(HttpDouble):
    """An app with one follower, and one template."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.code: int | None = None  # answered instead of taking the message, once
        self.tokens = 0
        self.address = ""  # of ours, as it was entered in the console
        self.followers = {OPENID}
        self.shown: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Answered:
        body = json.loads(asked.body)
        if asked.path == "/cgi-bin/stable_token":
            return self._say(self._token(body))
        if asked.path not in _PATHS:
            return Answered(404)
        code, self.code = self.code, None
        return self._say(self._send(asked, body) if code is None else self._no(code))

    def kill_token(self) -> None:
        """Let the token die early."""
        self.tokens += 1

    def _token(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["appid"] != APP_ID:
            return self._no(40013)
        if body["secret"] != APP_SECRET:
            return self._no(40125)
        self.tokens = self.tokens or 1
        return {"access_token": f"token-{self.tokens}", "expires_in": 7200}

    def _send(self, asked: Asked, body: dict[str, Any]) -> dict[str, Any]:
        known = {each["client_msg_id"] for each in self.shown if each.get("client_msg_id")}
        refusals = {
            42001: asked.query.get("access_token") != f"token-{self.tokens}",
            40003: body["touser"] not in self.followers,
            40037: body["template_id"] != TEMPLATE,
            47003: not all(isinstance(part["value"], str) for part in body["data"].values()),
            45065: body.get("client_msg_id") in known,
        }
        for code, refused in refusals.items():
            if refused:
                return self._no(code)
        self.shown.append(body)
        said = {"errcode": 0, "errmsg": "ok"}
        if asked.path.endswith("template/send"):
            return {**said, "msgid": 200163836 + len(self.shown)}
        return said

    @staticmethod
    def _no(code: int) -> dict[str, Any]:
        return {"errcode": code, "errmsg": f"refused {OPENID} rid: 1-2-3"}

    @staticmethod
    def _say(said: dict[str, Any]) -> Answered:
        return Answered(200, json.dumps(said).encode())


def event(name: str, more: str, at: int = AT) -> str:
    """Return an event as WeChat writes it."""
    return (
        f"<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>"
        f"<FromUserName><![CDATA[{OPENID}]]></FromUserName><CreateTime>{at}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{name}]]></Event>{more}</xml>"
    )


def finished(message_id: str, status: str) -> str:
    """Return the event of a template message that has ended."""
    return event(
        "TEMPLATESENDJOBFINISH",
        f"<MsgID>{message_id}</MsgID><Status><![CDATA[{status}]]></Status>",
    )


def subscribed(*codes: int) -> str:
    """Return the event of subscribe messages that were sent."""
    lists = "".join(
        f"<List><TemplateId><![CDATA[{TEMPLATE}]]></TemplateId><MsgID>17008271328195543{code}"
        f"</MsgID><ErrorCode>{code}</ErrorCode><ErrorStatus><![CDATA[said]]></ErrorStatus></List>"
        for code in codes
    )
    return event(
        "subscribe_msg_sent_event", f"<SubscribeMsgSentEvent>{lists}</SubscribeMsgSentEvent>"
    )


def plainly(token: str, timestamp: int) -> dict[str, str]:
    """Return the query of a call that is not sealed."""
    given = sorted([token, str(timestamp), "n-1"])
    signature = hashlib.sha1("".join(given).encode()).hexdigest()  # noqa: S324 - WeChat's choice
    return {"signature": signature, "timestamp": str(timestamp), "nonce": "n-1"}


def sealed(text: str, app_id: str = APP_ID, token: str = TOKEN) -> tuple[bytes, dict[str, str]]:
    """Return body and query of a sealed call."""
    inner = seal(AES_KEY, app_id, text)
    query = {
        **plainly(token, AT),
        "encrypt_type": "aes",
        "msg_signature": sign(token, str(AT), "n-1", inner),
        "openid": OPENID,
    }
    body = f"<xml><ToUserName>gh_7f</ToUserName><Encrypt><![CDATA[{inner}]]></Encrypt></xml>"
    return body.encode(), query
