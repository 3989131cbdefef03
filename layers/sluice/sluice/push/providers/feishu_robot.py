"""A robot in a Feishu or Lark group, signed. It tells nothing of who has read it.

The secret is `{"hook": "...", "secret": "..."}`: the end of the webhook's address, and of the
robot's security setting "signature verification". The setting `region` is `feishu` or `lark`.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import (
    ANY_PURPOSE,
    Message,
    ReceiptsBy,
    Sent,
)
from sluice.push.providers.tools import accounts, calls, codes, silent, words
from sluice.shared import clock, outside
from sluice.shared.providers import secrets, transport

deduplicates = False
address_kind: str | None = None  # everybody in the group
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "none"
authenticate, parse, reply = silent.authenticate, silent.parse, silent.reply

URLS = {"feishu": "https://open.feishu.cn", "lark": "https://open.larksuite.com"}
MAX_BYTES = 16_384  # of a text; Feishu takes 20 KB in all
BUSY_SECONDS = 60
CODES = codes.Codes(
    account={
        19001: "the hook is not valid: enter it again",
        19021: "the signature is refused: enter the secret again",
        19022: "our address is not among those the robot takes calls from",
        19024: "the robot wants a keyword: use signature verification instead",
    },
    limits={9499: BUSY_SECONDS, 11232: BUSY_SECONDS},
)


class Settings(msgspec.Struct, frozen=True):
    """Where the group is."""

    region: Literal["feishu", "lark"] = "feishu"


class Secret(secrets.Hidden, frozen=True):
    """What Secrets Manager holds."""

    hook: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,128}$(?!\n)")]
    secret: Annotated[str, Meta(min_length=1, max_length=128)]


class _Outcome(msgspec.Struct):
    code: int


def check_account(organization_id: str, settings: Mapping[str, Any], reference: str | None) -> None:
    """Check the region, and that there is a secret. Raises Invalid."""
    accounts.read_settings(settings, Settings)
    secrets.check_reference(organization_id, reference)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Write to the group. Raises Rejected, Unreachable, Unknown.

    Feishu gives its code with HTTP 200 and with others, so the code is looked at first.
    """
    region = accounts.settings_of(account, Settings).region
    secret = accounts.secret_of(account, Secret)
    base = transport.base_url("FEISHU_BASE_URL", URLS[region])
    text = words.text_of(message, MAX_BYTES)
    body = {
        **signed(secret.secret, clock.now()),
        "msg_type": "text",
        "content": {"text": text},
    }
    url = f"{base}/open-apis/bot/v2/hook/{secret.hook}"
    answer = calls.ask(outside.post, url, codes.JSON, msgspec.json.encode(body))
    _check(answer)
    return Sent()


def signed(secret: str, now: datetime) -> dict[str, str]:
    """Return `timestamp`, in seconds, and `sign`: what others sign is the key, over nothing."""
    timestamp = str(int(now.timestamp()))
    digest = hmac.digest(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256)
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def _check(answer: outside.Answer) -> None:
    try:
        codes.check(CODES, msgspec.json.decode(answer.body, type=_Outcome).code)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        calls.check_status(answer)
        calls.read(answer, _Outcome)
    calls.check_status(answer)
