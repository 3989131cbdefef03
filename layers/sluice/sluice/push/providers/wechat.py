"""A WeChat official account's template messages: to followers, by openid, never for marketing.

The receipt is the event TEMPLATESENDJOBFINISH with the message id that the send returned. WeChat
sends a `client_msg_id` once within ten minutes, but does not say what it answers the second time,
so a send that may have left is not repeated.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import (
    NO_MARKETING,
    Message,
    Receipt,
    ReceiptsBy,
    Sent,
)
from sluice.push.providers.tools import accounts, templating, wechat, words
from sluice.shared.http import Request
from sluice.shared.providers import secrets

deduplicates = False
address_kind: str | None = "openid"
purposes = NO_MARKETING
receipts: ReceiptsBy = "own"
answer_echo, authenticate, reply = wechat.answer_echo, wechat.authenticate, wechat.reply

_FINISHED, _SUCCESS, _BLOCKED = "TEMPLATESENDJOBFINISH", "success", "failed:user block"


class Settings(wechat.App, frozen=True):
    """The app; a template for contents that name none; a mini program the message leads to."""

    template_id: Annotated[str, Meta(max_length=128)] = ""
    template_parameters: templating.Parameters = msgspec.field(default_factory=dict)
    mini_program: Annotated[dict[str, str], Meta(max_length=2)] = msgspec.field(
        default_factory=dict  # appid, pagepath
    )


def check_account(organization_id: str, settings: Mapping[str, Any], reference: str | None) -> None:
    """Check the app and that there is a secret. Raises Invalid."""
    accounts.read_settings(settings, Settings)
    secrets.check_reference(organization_id, reference)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Send the template. Raises Rejected, Unreachable, Unknown."""
    template = templating.template_of(account, message)
    body: dict[str, Any] = {
        "touser": message.address,
        "template_id": template.id,
        "client_msg_id": message.tracking_id,
        "data": {name: {"value": value} for name, value in template.parameters.items()},
    }
    if link := words.link_of(message):
        body["url"] = link
    if program := accounts.settings_of(account, Settings).mini_program:
        body["miniprogram"] = program
    outcome = wechat.post(account, "/cgi-bin/message/template/send", body)
    return Sent(None if outcome.msgid is None else str(outcome.msgid))


def parse(account: ProviderAccount, request: Request) -> list[Receipt]:
    """Read the end of a send; other events tell nothing. Raises Invalid."""
    fields, _ = wechat.read_event(wechat.open_event(account, request))
    if fields.get("Event") != _FINISHED or not fields.get("MsgID"):
        return []
    status = fields.get("Status", "").strip()
    receipt = Receipt(
        status="delivered" if status == _SUCCESS else "failed",
        message_id=fields["MsgID"],
        at=wechat.time_of(fields, request.now),
        suppress="address" if status.replace(": ", ":") == _BLOCKED else None,
    )
    return [receipt]
