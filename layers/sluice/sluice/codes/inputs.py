"""What the API takes for a channel, by PUT and by import (A1, F7)."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from sluice.codes import providers
from sluice.codes.refusals import NoSuchProviderAccount, SuccessorUnfit
from sluice.codes.rules import areas, shifts, successors
from sluice.codes.rules.choice import Weight
from sluice.codes.rules.shifts import Shifts
from sluice.codes.rules.successors import Successor
from sluice.organizations import store as organizations
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
    weight: Weight = 1
    owner_id: Name | None = None
    service_area: dict[str, Any] | None = None
    shifts: Shifts | None = None
    successor: Successor | None = None
    backup: bool = False
    status: Literal["open", "closed"] = "open"


def check_channel(given: PutChannel) -> None:
    """Check what no type can say. Raises Invalid, naming the fields."""
    if given.service_area is not None:
        wrong = areas.problem_with(given.service_area)
        if wrong:
            raise errors.Invalid(f"service_area: {wrong}.", [("service_area", wrong)])
    if given.shifts is not None:
        found = shifts.problems_with(given.shifts)
        if found:
            fields = [(f"shifts.{field}", reason) for field, reason in found]
            raise errors.Invalid(f"{fields[0][0]}: {fields[0][1]}.", fields)
    if given.successor is not None:
        found = successors.problems_with(given.successor, given.kind)
        if found:
            fields = [(f"successor.{field}".rstrip("."), reason) for field, reason in found]
            raise errors.Invalid(f"{fields[0][0]}: {fields[0][1]}.", fields)


def channel_settings(organization_id: str, given: PutChannel) -> dict[str, Any]:
    """Return what is stored of a checked channel: one read.

    Raises NoSuchProviderAccount; SuccessorUnfit: not at this provider; Invalid: its accounts have
    no channels.
    """
    try:
        account = organizations.find_provider_account(organization_id, given.provider)
    except errors.NotFound:
        raise NoSuchProviderAccount from None
    if not providers.has_channels(account.type):
        reason = f"an account of type {account.type} has no channels"
        raise errors.Invalid(f"provider: {reason}.", [("provider", reason)])
    if given.successor is not None:
        makes_groups = account.type in providers.WITH_WAYS
        wrong = successors.unfit(given.successor, makes_groups=makes_groups)
        if wrong:
            raise SuccessorUnfit(f"successor: {wrong}.")
    settings = {name: getattr(given, name) for name in PutChannel.__struct_fields__}
    return settings | {"provider_type": account.type}
