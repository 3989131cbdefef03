"""PUT /organizations/{organization_id}/channels/{channel_id}: create or change a channel (A1).

What is left out is set to its default. Counters are never touched: a cap lowered below what is
held evicts nobody. A read, one transaction of 1 to 3 items (2 write units each and 1 of the
index), a read of what was stored. Refuses: channel-kind-fixed, no-such-owner,
no-such-provider-account, no-such-channel (removed meanwhile).
"""

from typing import Annotated, Any, Literal

from msgspec import Meta

from sluice.codes import views
from sluice.codes.refusals import ChannelGone, ChannelKindFixed, NoSuchOwner, NoSuchProviderAccount
from sluice.codes.rules import areas
from sluice.codes.store import channels
from sluice.organizations import rules
from sluice.organizations import store as organizations
from sluice.organizations.access import staff
from sluice.organizations.store import SANDBOX
from sluice.shared import errors, http
from sluice.shared.fields import Name, Title

MAX_CAP = 1_000_000


class PutChannel(http.Body):
    """A channel: an employee's account (contact) or a customer group."""

    kind: Literal["contact", "group"]
    name: Title
    provider_ref: Title
    cap: Annotated[int, Meta(ge=0, le=MAX_CAP)]
    provider: Name = SANDBOX
    daily_cap: Annotated[int, Meta(ge=1, le=MAX_CAP)] | None = None
    weight: Annotated[int, Meta(ge=1, le=1000)] = 1
    owner_id: Name | None = None
    service_area: dict[str, Any] | None = None
    backup: bool = False
    status: Literal["open", "closed"] = "open"


@http.operation(
    staff("PUT /organizations/{organization_id}/channels/{channel_id}", rules.OPERATOR),
    body=PutChannel,
    answers={200: views.ChannelView},
    refusals=(ChannelGone, ChannelKindFixed, NoSuchOwner, NoSuchProviderAccount),
)
def handler(call: http.Call[PutChannel, http.NoBody]) -> http.Answer:
    """Store the channel in the path."""
    given = call.body
    if given.service_area is not None:
        wrong = areas.problem_with(given.service_area)
        if wrong:
            raise errors.Invalid(f"service_area: {wrong}.", [("service_area", wrong)])
    try:
        account = organizations.find_provider_account(call.organization_id, given.provider)
    except errors.NotFound:
        raise NoSuchProviderAccount from None
    settings = {name: getattr(given, name) for name in PutChannel.__struct_fields__}
    settings["provider_type"] = account.type
    stored = channels.put_channel(call.organization_id, call.path["channel_id"], settings, call.now)
    return http.Answer(200, views.of_channel(stored))
