"""Whether a message may go to its recipient now, later or not at all (E7)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sluice.organizations import calendar
from sluice.push.providers import Adapter
from sluice.push.recipient_tables import Recipient
from sluice.push.rules import courtesy
from sluice.push.rules.courtesy import TRANSACTIONAL, By, Cap, Deliver, Person, Withheld
from sluice.push.rules.windows import add_allowed, next_allowed
from sluice.push.store import frequency, recipients
from sluice.push.store.held import Held
from sluice.push.store.push_settings import settings_of
from sluice.push.store.tries import Turn
from sluice.shared import ids
from sluice.shared.guard import Transaction

TOO_LATE = "it would have been sent too late"
ERASED = Withheld(By.ERASED, "the user was erased after this was ordered")
TOO_OFTEN = Withheld(By.FREQUENCY, "the user has had enough messages of this purpose")


@dataclass(frozen=True)
class Addressee:
    """Whom a push goes to, as one read found them."""

    held: Held
    recipient: Recipient | None

    @property
    def person(self) -> Person | None:
        """What is known of them."""
        return recipients.person_of(self.recipient)

    @property
    def is_erased(self) -> bool:
        """Whether they were erased since the push, or the run that it is of, was ordered."""
        push, found = self.held.push, self.recipient
        ordered_at = ids.moment_of(push.run_id) if push.run_id else push.created_at
        return courtesy.is_erased(ordered_at, found.erased_at if found else None)

    def verdict(self, position: int, account_id: str, adapter: Adapter) -> Deliver | Withheld:
        """Tell whether the message of a position may go to them through an account, and where."""
        plan = self.held.plan
        if self.is_erased:
            return ERASED
        return courtesy.verdict(
            self.person,
            purpose=plan.purpose,
            channel=plan.channels[position].channel,
            account_id=account_id,
            address_kind=adapter.address_kind,
            consent_mode=plan.terms.consent,
        )


def addressee_of(held: Held) -> Addressee:
    """Return whom a push goes to: one consistent read."""
    push = held.push
    return Addressee(held, recipients.find_recipient(push.organization_id, push.user_id))


def turn_of(
    addressee: Addressee, position: int, verdict: Deliver | Withheld | None, now: datetime
) -> Turn:
    """Decide what becomes of the message of a position: no request but for what is remembered.

    That is the organisation's settings and, where nobody knows the user's, its time zone.
    """
    plan = addressee.held.plan
    zone = ZoneInfo(_zone(addressee)) if plan.quiet else UTC
    send_at = next_allowed(now, plan.quiet, zone)
    if _is_expired(addressee.held, send_at):
        verdict = Withheld(By.EXPIRED, TOO_LATE)
    withheld = verdict if isinstance(verdict, Withheld) else None
    return Turn(
        send_at=send_at,
        due_at=add_allowed(send_at, plan.channels[position].wait_seconds, plan.quiet, zone),
        quiet=plan.quiet,
        zone=zone,
        withheld=withheld,
        guard=partial(_guard, addressee, None if withheld else _cap(addressee), now),
    )


def _is_expired(held: Held, send_at: datetime) -> bool:
    seconds = held.plan.terms.expires_seconds
    return seconds is not None and send_at >= held.push.created_at + timedelta(seconds=seconds)


def _zone(addressee: Addressee) -> str:
    if addressee.person is not None and addressee.person.time_zone is not None:
        return addressee.person.time_zone
    return calendar.zone(addressee.held.push.organization_id)


def _cap(addressee: Addressee) -> Cap | None:
    """Return what a push counts against: with the first message that nothing forbids, once.

    One that was begun, to wait for its time, was counted, though it be withheld when that came.
    """
    held = addressee.held
    is_first = all(a.withheld and a.settled_at == a.created_at for a in held.attempts)
    if held.plan.purpose == TRANSACTIONAL or not is_first:
        return None
    return settings_of(held.push.organization_id).caps.get(held.plan.purpose)


def _guard(addressee: Addressee, cap: Cap | None, now: datetime, transaction: Transaction) -> None:
    """Let the message begin only while the recipient is as it was read, and not too often."""
    push, purpose = addressee.held.push, addressee.held.plan.purpose
    organization_id, user_id = push.organization_id, push.user_id
    recipients.check_unchanged(transaction, organization_id, user_id, addressee.recipient)
    if cap is not None:
        zone = _zone(addressee)
        frequency.take_frequency(
            transaction, organization_id, user_id, purpose=purpose, cap=cap, zone=zone, now=now
        )
