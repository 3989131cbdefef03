"""An app's messages to the members of a WeCom corporation, by userid. It sends no receipts.

WeCom takes a message for somebody it does not reach and names them in `invaliduser`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import (
    ANY_PURPOSE,
    Message,
    ReceiptsBy,
    Rejected,
    Sent,
)
from sluice.push.providers.tools import accounts, codes, silent, words
from sluice.push.providers.tools.tokens import call_with_token
from sluice.shared.providers import secrets, tokens, transport
from sluice.shared.providers.failures import Unavailable

deduplicates = False
address_kind: str | None = "userid"
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "none"
authenticate, parse, reply = silent.authenticate, silent.parse, silent.reply

EVERYBODY = "@all"
_USERID = re.compile(r"[A-Za-z0-9_.@-]{1,64}\Z")  # one: `|` would put another beside it
URL = "https://qyapi.weixin.qq.com"
MAX_TEXT_BYTES = 2048
MAX_TITLE_BYTES, MAX_DESCRIPTION_BYTES = 128, 512  # of a card
CODES = codes.Codes(
    account={
        40013: "the corporation id is not valid",
        40056: "the app's id is not valid",
        48002: "give the app the right to this call",
        50003: "the app is switched off: enable it",
        60020: "enter this deployment's fixed address as a trusted IP of the app",
        301002: "the app may not send to these people",
    },
    limits={45009: 60, 45033: 5},
    unsure={-1},
    token={40001, 40014, 41001, 42001},
)


class Settings(msgspec.Struct, frozen=True):
    """The corporation and the app."""

    corp_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,64}$(?!\n)")]
    agent_id: Annotated[int, Meta(ge=0)]


class Secret(secrets.Hidden, frozen=True):
    """What Secrets Manager holds."""

    app_secret: Annotated[str, Meta(min_length=1, max_length=128)]


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int


class _Outcome(msgspec.Struct):
    errcode: int
    invaliduser: str = ""
    unlicenseduser: str = ""
    msgid: str | None = None


def check_account(organization_id: str, settings: Mapping[str, Any], reference: str | None) -> None:
    """Check corporation and app, and that there is a secret. Raises Invalid."""
    accounts.read_settings(settings, Settings)
    secrets.check_reference(organization_id, reference)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Send to one member. Raises Rejected, Unreachable, Unknown."""
    if message.address.lower() == EVERYBODY or not _USERID.match(message.address):
        raise Rejected("its address is not a member's userid")
    settings = accounts.settings_of(account, Settings)
    secret = accounts.secret_of(account, Secret).app_secret
    base = transport.base_url("WECOM_BASE_URL", URL)

    def fetch() -> tuple[str, int]:
        query = {"corpid": settings.corp_id, "corpsecret": secret}
        http = transport.http(f"{base}/cgi-bin/")
        found = http.ask("gettoken", query, None, _Token, _failure_of_token)
        return found.access_token, found.expires_in

    def call(token: str) -> _Outcome:
        query = urlencode({"access_token": token})
        body = _body(settings, message)
        outcome = codes.post(f"{base}/cgi-bin/message/send?{query}", body, _Outcome)
        codes.check(CODES, outcome.errcode)
        return outcome

    app = tokens.app_of("wecom", settings.corp_id, secret)
    outcome = call_with_token(account, app, fetch, call)
    if outcome.invaliduser or outcome.unlicenseduser:
        raise Rejected("the app does not reach this member")
    return Sent(outcome.msgid or None)


def _failure_of_token(call: str, code: int, _: str) -> Unavailable:
    advice = CODES.account.get(code, "The corporation id or the app's secret is wrong.")
    return Unavailable(call, code, advice)


def _body(settings: Settings, message: Message) -> dict[str, Any]:
    address = {"touser": message.address, "agentid": settings.agent_id}
    link = words.link_of(message)
    if link is None:
        text = words.text_of(message, MAX_TEXT_BYTES)
        return {**address, "msgtype": "text", "text": {"content": text}}
    content = message.content
    card = {
        "title": words.cut(content.title, MAX_TITLE_BYTES),
        "description": words.cut(content.body, MAX_DESCRIPTION_BYTES),
        "url": link,
    }
    return {**address, "msgtype": "textcard", "textcard": card}
