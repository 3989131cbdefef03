"""WeChat's subscribe messages, of a mini program or a service account: who asked gets one.

The send returns no message id. A service account's event `subscribe_msg_sent_event` names openid
and template only; a mini program tells nothing, so there the user's behaviour decides.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

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

_SENT_EVENT = "subscribe_msg_sent_event"
MAX_RECORDS = 20  # templates of one event
_PATHS = {
    "mini_program": "/cgi-bin/message/subscribe/send",
    "service_account": "/cgi-bin/message/subscribe/bizsend",
}


class Settings(wechat.App, frozen=True):
    """The app and which kind it is; a template for contents that name none; where it leads."""

    kind: Literal["mini_program", "service_account"] = "mini_program"
    template_id: Annotated[str, Meta(max_length=128)] = ""
    template_parameters: templating.Parameters = msgspec.field(default_factory=dict)
    page: Annotated[str, Meta(max_length=1024)] = ""  # of the mini program
    mini_program_state: Literal["developer", "trial", "formal"] = "formal"


def check_account(organization_id: str, settings: Mapping[str, Any], reference: str | None) -> None:
    """Check the app and that there is a secret. Raises Invalid."""
    accounts.read_settings(settings, Settings)
    secrets.check_reference(organization_id, reference)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Send the template. Raises Rejected, Unreachable, Unknown."""
    settings = accounts.settings_of(account, Settings)
    template = templating.template_of(account, message)
    body: dict[str, Any] = {
        "touser": message.address,
        "template_id": template.id,
        "data": {name: {"value": value} for name, value in template.parameters.items()},
    }
    is_program = settings.kind == "mini_program"
    page = settings.page if is_program else words.link_of(message) or settings.page
    if page:
        body["page"] = page
    if is_program:
        body["miniprogram_state"] = settings.mini_program_state
    wechat.post(account, _PATHS[settings.kind], body)
    return Sent()


def parse(account: ProviderAccount, request: Request) -> list[Receipt]:
    """Read what became of templates; other events tell nothing. Raises Invalid."""
    fields, records = wechat.read_event(wechat.open_event(account, request))
    if fields.get("Event") != _SENT_EVENT or not fields.get("FromUserName"):
        return []
    return [
        Receipt(
            status="delivered" if record.get("ErrorCode") == "0" else "failed",
            address=fields["FromUserName"],
            template_id=record["TemplateId"],
            at=wechat.time_of(fields, request.now),
        )
        for record in records[:MAX_RECORDS]
        if record.get("TemplateId")
    ]
