"""A robot in a DingTalk group, signed. It tells nothing of who has read it.

The secret is `{"access_token": "...", "secret": "SEC..."}`: of the webhook's address, and of the
robot's security setting "sign". What is signed is the time, so the address alone is no use.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import (
    ANY_PURPOSE,
    Message,
    ReceiptsBy,
    Sent,
)
from sluice.push.providers.tools import accounts, codes, silent, words
from sluice.shared import clock
from sluice.shared.providers import secrets, transport

deduplicates = False
address_kind: str | None = None  # everybody in the group
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "none"
authenticate, parse, reply = silent.authenticate, silent.parse, silent.reply

URL = "https://oapi.dingtalk.com"
MAX_BYTES = 4096  # of a text; DingTalk takes 20,000 bytes in all
_GONE = "the robot or its group is gone or switched off: set it up again"
CODES = codes.Codes(
    account={
        300001: "the access token is not valid: enter it again",
        300005: "the access token is not valid: enter it again",
        310000: "the signature, a keyword or our address is refused: use the security setting sign",
        400013: _GONE,
        400101: "the access token is not valid: enter it again",
        400102: _GONE,
        400106: _GONE,
    },
    limits={130101: 60, 410100: 60, 90030: 3600},
    unsure={-1},
)


class Secret(secrets.Hidden, frozen=True):
    """What Secrets Manager holds."""

    access_token: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,128}$(?!\n)")]
    secret: Annotated[str, Meta(min_length=1, max_length=128)]


class _Outcome(msgspec.Struct):
    errcode: int


def check_account(
    organization_id: str,
    settings: Mapping[str, Any],  # noqa: ARG001 - it needs none
    reference: str | None,
) -> None:
    """Check that there is a secret. Raises Invalid."""
    secrets.check_reference(organization_id, reference)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Write to the group. Raises Rejected, Unreachable, Unknown."""
    secret = accounts.secret_of(account, Secret)
    base = transport.base_url("DINGTALK_BASE_URL", URL)
    query = urlencode({"access_token": secret.access_token, **signed(secret.secret, clock.now())})
    outcome = codes.post(f"{base}/robot/send?{query}", _body(message), _Outcome)
    codes.check(CODES, outcome.errcode)
    return Sent()


def signed(secret: str, now: datetime) -> dict[str, str]:
    """Return the query's `timestamp`, in milliseconds, and `sign`; DingTalk takes them an hour."""
    timestamp = str(int(now.timestamp() * 1000))
    digest = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def _body(message: Message) -> dict[str, Any]:
    link = words.link_of(message)
    if link is None:
        return {"msgtype": "text", "text": {"content": words.text_of(message, MAX_BYTES)}}
    content = message.content
    shown = {"title": content.title, "text": words.cut(content.body, MAX_BYTES), "messageUrl": link}
    return {"msgtype": "link", "link": shown}
