"""Recipients: what is known of the users that pushes go to (E7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from sluice.push.recipient_tables import Frequency, Recipient, Tagged
from sluice.push.refusals import FrequencyCapReached, RecipientChanged
from sluice.push.rules import courtesy
from sluice.push.rules.courtesy import Cap, Consent, Person, Suppression
from sluice.shared import guard, ids, outbox
from sluice.shared.claims import Claim
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_TAGS = 20
MAX_TRIES = 5
RECIPIENT = "recipient"


def find_recipient(organization_id: str, user_id: str) -> Recipient | None:
    """Return what is known of a user: one consistent read. None: nothing."""
    return find(Recipient, ids.key(organization_id, user_id), RECIPIENT)


def check_unchanged(
    transaction: Transaction, organization_id: str, user_id: str, recipient: Recipient | None
) -> None:
    """Refuse the rest with RecipientChanged unless the recipient is as it was read: 2 write units.

    So a message that a withdrawn consent forbids is not begun in the moment of the withdrawal.
    """
    transaction.check(
        Recipient(ids.key(organization_id, user_id), RECIPIENT),
        condition=_unchanged(recipient),
        otherwise=RecipientChanged(),
    )


def put_recipient(
    organization_id: str,
    user_id: str,
    person: Person,
    now: datetime,
    *,
    claim: Claim | None = None,
) -> Person:
    """Store what is known of a user; later consents and open suppressions stay.

    One read, one transaction: 2 write units, 2 more with a claim and for each tag that changes;
    again, at most 5 times, when another changed the user in between. Returns the person as stored.
    Raises AlreadyClaimed, Contention.
    """
    return _change(
        organization_id, user_id, lambda old: courtesy.replaced(old, person), now, claim=claim
    )


def suppress(organization_id: str, user_id: str, key: str, why: str, now: datetime) -> None:
    """Send nothing more to an address, named by its kind or account: one read, one transaction."""
    found = Suppression(why, now)
    _change(organization_id, user_id, lambda old: courtesy.suppressed(old, key, found), now)


def record_consent(
    organization_id: str, user_id: str, key: str, consent: Consent, now: datetime
) -> None:
    """Record what a user said under a key (`rules.courtesy.consent_key`): as `suppress`."""
    _change(organization_id, user_id, lambda old: courtesy.said(old, key, consent), now)


def withdraw(
    organization_id: str, user_id: str, purpose: str, consent: Consent, now: datetime
) -> None:
    """Record that a user has left a purpose on all channels, and tell: as `suppress`, 2 more."""
    _change(
        organization_id,
        user_id,
        lambda old: courtesy.withdrawn(old, purpose, consent),
        now,
        told=("recipient.unsubscribed.v1", {"purpose": purpose, "source": consent.source}),
    )


def _change(
    organization_id: str,
    user_id: str,
    change: Callable[[Person | None], Person],
    now: datetime,
    *,
    claim: Claim | None = None,
    told: tuple[str, dict[str, Any]] | None = None,
) -> Person:
    """Write what `change` makes of the person, if they are still as read; no write without need."""
    for _ in guard.attempts(MAX_TRIES):
        found = find_recipient(organization_id, user_id)
        old = found.person if found else None
        new = change(old)
        transaction = Transaction()
        if claim is not None:
            claim.take(transaction, now)
        if new != old:
            item = Recipient(
                ids.key(organization_id, user_id),
                RECIPIENT,
                organization_id=organization_id,
                user_id=user_id,
                person=new,
                version=int(found.version) + 1 if found else 1,
                updated_at=now,
            )
            transaction.put(item, _unchanged(found), RecipientChanged())
            retag(transaction, item, old.tags if old else ())
            if told is not None:
                _emit(transaction, item, *told)
        elif claim is None:
            return new
        try:
            transaction.commit()
        except RecipientChanged:
            continue
        return new
    raise AssertionError  # the loop ends in Contention


def _emit(
    transaction: Transaction, recipient: Recipient, event_type: str, data: dict[str, Any]
) -> None:
    """Tell of a recipient in the transaction that writes it: by the user's id, no address."""
    now = recipient.updated_at
    outbox.emit(
        transaction,
        outbox.Event(
            id=ids.sortable(now),
            type=event_type,
            organization_id=recipient.organization_id,
            occurred_at=now,
            version=int(recipient.version),
            data={"user_id": recipient.user_id, **data},
        ),
    )


def retag(transaction: Transaction, recipient: Recipient, before: Sequence[str]) -> None:
    """Bring the index of tags in line, in the transaction that writes the recipient."""
    old, new = set(before), set(recipient.person.tags)
    for tag in sorted(new - old):
        user_id = recipient.user_id
        transaction.put(Tagged(_tag_key(recipient.organization_id, tag), user_id, user_id=user_id))
    for tag in sorted(old - new):
        item = Tagged(_tag_key(recipient.organization_id, tag), recipient.user_id)
        transaction.delete(item, condition=Tagged.key.exists(), otherwise=RecipientChanged())


@dataclass(frozen=True)
class TaggedPage:
    """Some of the users that have a tag, by id; `last` begins the next page, None: no more."""

    user_ids: list[str]
    last: str | None


def tagged(organization_id: str, tag: str, after: str | None, limit: int) -> TaggedPage:
    """Return the users with a tag, by id, from behind `after`: one query."""
    key = _tag_key(organization_id, tag)
    beyond = None if after is None else Tagged.item > after
    found = list(Tagged.query(key, beyond, limit=limit, consistent_read=True))
    last = found[-1].user_id if len(found) == limit else None
    return TaggedPage([item.user_id for item in found], last)


def take_frequency(
    transaction: Transaction,
    organization_id: str,
    user_id: str,
    *,
    purpose: str,
    cap: Cap,
    zone: str,
    now: datetime,
) -> None:
    """Count a push against the cap of its purpose, in the transaction of its first attempt.

    2 write units. The window is one of local days in `zone`. Refuses with FrequencyCapReached.
    """
    window, expires = courtesy.window(cap, zone, now)
    key = ids.key(organization_id, user_id)
    taken = Frequency.taken
    transaction.update(
        Frequency(key, ids.key("frequency", purpose, window)),
        [taken.set((taken | 0) + 1), Frequency.kind.set(Frequency), Frequency.expires.set(expires)],
        condition=taken.does_not_exist() | (taken < cap.max_pushes),
        otherwise=FrequencyCapReached(),
    )


def _unchanged(recipient: Recipient | None) -> Condition:
    if recipient is None:
        return Recipient.key.does_not_exist()
    # The time too: who was erased and put again begins at version 1 again.
    same: Condition = Recipient.version == int(recipient.version)
    unchanged: Condition = same & (Recipient.updated_at == recipient.updated_at)
    return unchanged


def _tag_key(organization_id: str, tag: str) -> str:
    return ids.key(organization_id, "tag", tag)
