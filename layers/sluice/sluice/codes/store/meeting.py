"""A person has come: welcome them, ask who they are, seat them, tell the member (A6, A7).

In this order because the welcome's code is worth 20 seconds. Each step may be repeated; what the
provider cannot do now raises, and the whole comes again.
"""

from datetime import datetime, timedelta

from sluice.codes import providers
from sluice.codes.providers.greeting import Greeting, greeting_of
from sluice.codes.providers.protocol import Connected, Identity, Provider
from sluice.codes.store import people
from sluice.codes.store.people import Arrival
from sluice.organizations.tables import ProviderAccount
from sluice.shared import telemetry
from sluice.shared.providers.failures import AbnormalAccount, NotThere, ProviderFailure, TooLate

WELCOME_VALID = timedelta(seconds=20)
LAG = timedelta(minutes=2)  # so long may a group not know yet of whom it has told


def meet(account: ProviderAccount, told: Connected, now: datetime) -> str:
    """Do all that a connection asks for; returns what became of it.

    At most 5 requests to the provider, and what `people.arrive` takes. Raises a ProviderFailure,
    Contention.
    """
    provider = providers.open_account(account)
    greeting = greeting_of(account.settings)
    _welcome(provider, told, greeting, now)
    who, abnormal = _identify(provider, told, now)
    if who is None:
        return "nobody"
    state = told.state or who.state
    channels = people.channels_of(account.organization_id, account.account_id, told, state)
    if not channels:
        return "no-channel"
    arrival = people.arrive(account.organization_id, channels, told, who, now)
    if abnormal is not None:
        raise abnormal
    _describe(provider, told, greeting, arrival)
    return arrival.outcome


def _welcome(provider: Provider, told: Connected, greeting: Greeting, now: datetime) -> None:
    """Send the welcome if it can still arrive; one that fails holds up nothing."""
    if not greeting.welcome or not told.welcome_code or now > told.at + WELCOME_VALID:
        return
    try:
        provider.welcome(told, greeting.welcome)
    except TooLate:
        telemetry.note(welcome="too late")
    except ProviderFailure as failure:
        telemetry.logger.warning("welcome_failed", exc_info=failure)


def _identify(
    provider: Provider, told: Connected, now: datetime
) -> tuple[Identity | None, AbnormalAccount | None]:
    """Return who came; None for one of the organisation's own, or who has left a group again.

    Whom an employee's account no longer lets us ask about came all the same: with the failure.
    """
    came = Identity(told.customer_ref, state=told.state)
    try:
        return provider.identify(told), None
    except NotThere:
        if told.kind == "contact":  # deleted again already
            return came, None
        if now < told.at + LAG:
            raise
        return None, None
    except AbnormalAccount as failure:
        if told.kind != "contact":  # it may be an employee: only the group tells
            raise
        return came, failure


def _describe(provider: Provider, told: Connected, greeting: Greeting, arrival: Arrival) -> None:
    code = arrival.assignment.code if arrival.assignment else ""
    remark = code if greeting.remark else ""
    if not remark and not greeting.tags:
        return
    try:
        provider.describe(told, remark, greeting.tags)
    except NotThere:
        telemetry.note(described="they are gone")
