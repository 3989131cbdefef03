"""Handing a message to its providers, and what an error on the way says of it (E2, E7).

An error tells one of three things: it surely did not leave, it may have left, or the provider
said no. What surely did not leave goes to the channel's next provider. What may have left counts as
sent until its wait is over: docs/decisions/0010.
"""

from dataclasses import dataclass
from enum import StrEnum

from sluice.organizations import store as organizations
from sluice.organizations.tables import ProviderAccount
from sluice.push.courtesy import Addressee
from sluice.push.links import links_of
from sluice.push.providers import (
    Adapter,
    AddressGone,
    Message,
    NotTaken,
    Rejected,
    Unreachable,
    adapter_of,
)
from sluice.push.providers.tools import limits
from sluice.push.refusals import AttemptSettled, PushStopped
from sluice.push.rules.courtesy import Deliver, Withheld
from sluice.push.store.held import Held
from sluice.push.store.tries import take_over
from sluice.push.tables import Attempt
from sluice.shared import clock, guard, telemetry
from sluice.shared.errors import NotFound

MAX_SENDS = 2  # to one provider, of one step; each may take the 10 seconds of the protocol
NO_ACCOUNT = "its provider account is not there, or sends no pushes"
NOT_ALLOWED = "its provider must not carry messages of this purpose"
NOT_REPEATED = "it may have been sent; the provider would not know it again, so it was not repeated"
SETTLED = "what became of it was learned before it could be sent another way"


class Outcome(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"  # surely not sent, nor will it be: the chain moves on at once
    NOT_SENT = "not_sent"  # surely not sent, by the accounts' fault: time may help
    UNKNOWN = "unknown"  # it may have been sent, so the wait decides


@dataclass(frozen=True)
class Answer:
    """What became of a message, and why."""

    outcome: Outcome
    message_id: str | None = None
    why: str = ""
    retry_after_seconds: int | None = None  # what a provider asked for
    gone: str | None = None  # an address that does not exist, says the provider


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


def verdict_of(
    addressee: Addressee, position: int, provider: Provider | None
) -> Deliver | Withheld | None:
    """Tell whether a message may go through a provider; None where there is no provider."""
    if provider is None:
        return None
    return addressee.verdict(position, provider.account.account_id, provider.adapter)


def send(addressee: Addressee, attempt: Attempt, first: Provider | None, *, again: bool) -> Answer:
    """Send what an attempt has begun; `again` where an earlier step may have sent it already.

    To the channel's providers, in order, until one takes it or the push has ended: for each further
    one a read and a transaction of 2 items. Again only to the one that may have it, and
    only where that knows it again. Whatever goes wrong there concerns this channel only, so it is
    not raised.
    """
    if again and not (first and first.adapter.deduplicates):
        return Answer(Outcome.UNKNOWN, why=NOT_REPEATED)
    held, position = addressee.held, int(attempt.position)
    channel = held.plan.channels[position]
    nobody = Answer(Outcome.REJECTED, why=NO_ACCOUNT)
    answer = Answer(Outcome.UNKNOWN, why=NOT_REPEATED) if again else nobody
    provider = first
    for account_id in (attempt.account_id,) if again else channel.providers:
        if provider is None or provider.account.account_id != account_id:
            provider = find_provider(held.push.organization_id, account_id)
        verdict = verdict_of(addressee, position, provider)
        if provider is None or not isinstance(verdict, Deliver):
            continue
        if held.plan.purpose not in provider.adapter.purposes:
            answer = Answer(Outcome.REJECTED, why=NOT_ALLOWED)
            continue
        if attempt.account_id != account_id:
            try:
                take_over(held, attempt, account_id, clock.now())
            except AttemptSettled:
                return Answer(Outcome.UNKNOWN, why=SETTLED)
            except PushStopped:
                break  # it ended while the one before was asked
        answer = _call(provider, _message(held, attempt, verdict.address), unsure=again)
        if answer.outcome is not Outcome.NOT_SENT:
            break
    return answer


def _call(provider: Provider, message: Message, *, unsure: bool) -> Answer:
    """Ask one provider; again, once: what surely did not leave, and what it would know again."""
    why, retry_after = "", None
    for attempt in range(MAX_SENDS):
        if attempt:
            guard.pause(attempt)
        try:
            limits.take(provider.account, clock.now())
            sent = provider.adapter.send(provider.account, message)
        except Rejected as error:
            gone = message.address if isinstance(error, AddressGone) else None
            return Answer(Outcome.REJECTED, why=str(error), gone=gone)
        except Unreachable as error:
            why, retry_after = _noted(error), error.retry_after_seconds
            if retry_after is not None:
                break
        except Exception as error:  # noqa: BLE001 - Unknown, and what the adapter did not foresee
            unsure, why = True, _noted(error)
            if not provider.adapter.deduplicates:
                break
        else:
            return Answer(Outcome.ACCEPTED, sent.message_id)
    if unsure:
        return Answer(Outcome.UNKNOWN, why=f"it may have been sent: {why}")
    return Answer(Outcome.NOT_SENT, why=f"it was not sent: {why}", retry_after_seconds=retry_after)


def _noted(error: Exception) -> str:
    """Log an error by its class: its text, unless an adapter wrote it, may name a person."""
    name = type(error).__name__
    telemetry.logger.warning("send_failed", extra={"error": name})
    return str(error) if isinstance(error, NotTaken) else name


def _message(held: Held, attempt: Attempt, address: str) -> Message:
    plan = held.plan
    channel = plan.channels[int(attempt.position)]
    links = links_of(
        plan.base_url,
        attempt.tracking_id,
        link=plan.content.link,
        purpose=plan.purpose,
        track_clicks=channel.track_clicks,
    )
    return Message(
        organization_id=held.push.organization_id,
        account_id=attempt.account_id,
        channel=attempt.channel,
        user_id=held.push.user_id,
        tracking_id=attempt.tracking_id,
        content=plan.content,
        begun_at=attempt.created_at,
        address=address,
        purpose=plan.purpose,
        link=links.link,
        open_url=links.open_url,
        unsubscribe_url=links.unsubscribe_url,
        display=channel.display,
    )
