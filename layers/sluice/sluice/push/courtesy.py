"""Whether a message may go to its recipient now, later or not at all (E7)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from sluice.organizations import store as organizations
from sluice.push.providers import Adapter
from sluice.push.recipient_tables import Recipient
from sluice.push.rules import courtesy
from sluice.push.rules.courtesy import By, Deliver, Person, Withheld
from sluice.push.rules.windows import add_allowed, next_allowed
from sluice.push.store import recipients
from sluice.push.store.held import Held
from sluice.push.store.tries import Turn
from sluice.shared.guard import Transaction

TOO_LATE = "it would have been sent too late"


@dataclass(frozen=True)
class Addressee:
    """Whom a push goes to, as one read found them."""

    held: Held
    recipient: Recipient | None

    @property
    def person(self) -> Person | None:
        """What is known of them."""
        return self.recipient.person if self.recipient else None

    def verdict(self, position: int, account_id: str, adapter: Adapter) -> Deliver | Withheld:
        """Tell whether the message of a position may go to them through an account, and where."""
        plan = self.held.plan
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
    """Decide what becomes of the message of a position: no request; one read for a time zone.

    That is read where there are quiet hours and nobody knows the user's: the organisation's.
    """
    plan = addressee.held.plan
    zone = _zone(addressee) if plan.quiet else UTC
    send_at = next_allowed(now, plan.quiet, zone)
    if _is_expired(addressee.held, send_at):
        verdict = Withheld(By.EXPIRED, TOO_LATE)
    return Turn(
        send_at=send_at,
        due_at=add_allowed(send_at, plan.channels[position].wait_seconds, plan.quiet, zone),
        quiet=plan.quiet,
        zone=zone,
        withheld=verdict if isinstance(verdict, Withheld) else None,
        guard=partial(_guard, addressee),
    )


def _is_expired(held: Held, send_at: datetime) -> bool:
    seconds = held.plan.terms.expires_seconds
    return seconds is not None and send_at >= held.push.created_at + timedelta(seconds=seconds)


def _zone(addressee: Addressee) -> tzinfo:
    if addressee.person is not None and addressee.person.time_zone is not None:
        return ZoneInfo(addressee.person.time_zone)
    organization_id = addressee.held.push.organization_id
    return ZoneInfo(organizations.find_organization(organization_id).time_zone)


def _guard(addressee: Addressee, transaction: Transaction) -> None:
    """Let the message begin only while the recipient is as it was read."""
    push = addressee.held.push
    recipients.check_unchanged(transaction, push.organization_id, push.user_id, addressee.recipient)
