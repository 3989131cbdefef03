"""A robot in a WeCom group: text to one group's webhook. It tells nothing of who has read it.

The secret is `{"key": "..."}`: the part of the webhook's address that lets its bearer write there.
"""

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
    Sent,
)
from sluice.push.providers.tools import accounts, codes, silent, words
from sluice.shared.providers import secrets, transport

deduplicates = False
address_kind: str | None = None  # everybody in the group
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "none"
authenticate, parse, reply = silent.authenticate, silent.parse, silent.reply

URL = "https://qyapi.weixin.qq.com"
MAX_BYTES = 2048  # of a text
CODES = codes.Codes(
    account={
        93000: "the key is not valid, or the robot is gone: enter it again",
        93004: "the robot was removed from its group: add it again",
        93008: "the robot is not in its group: add it again",
    },
    limits={45009: 60, 45033: 5},
    unsure={-1},
)


class Secret(secrets.Hidden, frozen=True):
    """What Secrets Manager holds."""

    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,128}$(?!\n)")]


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
    key = accounts.secret_of(account, Secret).key
    base = transport.base_url("WECOM_BASE_URL", URL)
    body = {"msgtype": "text", "text": {"content": words.text_of(message, MAX_BYTES)}}
    query = urlencode({"key": key})
    outcome = codes.post(f"{base}/cgi-bin/webhook/send?{query}", body, _Outcome)
    codes.check(CODES, outcome.errcode)
    return Sent()
