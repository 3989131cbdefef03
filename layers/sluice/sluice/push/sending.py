"""Handing a message to its provider, and what an error on the way says of it (E2).

An error tells one of three things: it surely did not leave, it may have left, or the provider
said no. What may have left counts as sent until its wait is over: docs/decisions/0010.
"""

from dataclasses import dataclass
from enum import StrEnum

from sluice.organizations import store as organizations
from sluice.organizations.tables import ProviderAccount
from sluice.push.links import links_of
from sluice.push.providers import Adapter, Message, NotTaken, Rejected, Unreachable, adapter_of
from sluice.push.providers.tools import limits
from sluice.push.store.held import Held
from sluice.push.tables import Attempt
from sluice.shared import clock, guard, telemetry
from sluice.shared.errors import NotFound

MAX_SENDS = 2  # of one step; each may take the 10 seconds of the protocol
NO_ACCOUNT = "its provider account is not there, or sends no pushes"
NOT_REPEATED = "it may have been sent; the provider would not know it again, so it was not repeated"


class Outcome(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"  # surely not sent: the chain moves on at once
    UNKNOWN = "unknown"  # it may have been sent, so the wait decides


@dataclass(frozen=True)
class Answer:
    """What became of a message, and why."""

    outcome: Outcome
    message_id: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Provider:
    """A provider account and what sends through it."""

    account: ProviderAccount
    adapter: Adapter


def find_provider(organization_id: str, account_id: str) -> Provider | None:
    """Return the provider of a channel: one read. None where there is none that sends."""
    try:
        account = organizations.find_provider_account(organization_id, account_id)
        return Provider(account, adapter_of(account))
    except NotFound:
        return None


def send(held: Held, attempt: Attempt, provider: Provider | None, *, again: bool) -> Answer:
    """Send what an attempt has begun; `again` where an earlier step may have sent it already.

    Repeated once: what surely did not leave, and what a provider knows again by its tracking id.
    Whatever goes wrong concerns this channel only, so nothing is raised.
    """
    if again and not (provider and provider.adapter.deduplicates):
        return Answer(Outcome.UNKNOWN, why=NOT_REPEATED)
    if provider is None:
        return Answer(Outcome.REJECTED, why=NO_ACCOUNT)
    return _call(provider, _message(held, attempt), unsure=again)


def _call(provider: Provider, message: Message, *, unsure: bool) -> Answer:
    why = ""
    for attempt in range(MAX_SENDS):
        if attempt:
            guard.pause(attempt)
        try:
            limits.take(provider.account, clock.now())
            sent = provider.adapter.send(provider.account, message)
        except Rejected as error:
            return Answer(Outcome.REJECTED, why=str(error))
        except Unreachable as error:
            why = _noted(error)
        except Exception as error:  # noqa: BLE001 - Unknown, and what the adapter did not foresee
            unsure, why = True, _noted(error)
            if not provider.adapter.deduplicates:
                break
        else:
            return Answer(Outcome.ACCEPTED, sent.message_id)
    if unsure:
        return Answer(Outcome.UNKNOWN, why=f"it may have been sent: {why}")
    return Answer(Outcome.REJECTED, why=f"it was not sent: {why}")


def _noted(error: Exception) -> str:
    """Log an error by its class: its text, unless an adapter wrote it, may name a person."""
    name = type(error).__name__
    telemetry.logger.warning("send_failed", extra={"error": name})
    return str(error) if isinstance(error, NotTaken) else name


def _message(held: Held, attempt: Attempt) -> Message:
    plan = held.plan
    links = links_of(
        plan.base_url,
        attempt.tracking_id,
        link=plan.content.link,
        purpose=plan.purpose,
        track_clicks=plan.channels[int(attempt.position)].track_clicks,
    )
    return Message(
        organization_id=held.push.organization_id,
        account_id=attempt.account_id,
        channel=attempt.channel,
        user_id=held.push.user_id,
        tracking_id=attempt.tracking_id,
        content=plan.content,
        begun_at=attempt.created_at,
        purpose=plan.purpose,
        link=links.link,
        open_url=links.open_url,
        unsubscribe_url=links.unsubscribe_url,
        display=plan.channels[int(attempt.position)].display,
    )
