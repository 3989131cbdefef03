"""Recipients: what is known of the users that pushes go to (E7)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from sluice.push.recipient_tables import Indexed, Recipient
from sluice.push.refusals import RecipientChanged
from sluice.push.rules import courtesy
from sluice.push.rules.courtesy import NOBODY, Consent, Person, Suppression
from sluice.shared import guard, ids, outbox
from sluice.shared.claims import Claim, hash_of
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_TAGS = 20
MAX_TRIES = 5
RECIPIENT = "recipient"


def find_recipient(organization_id: str, user_id: str) -> Recipient | None:
    """Return what is known of a user: one consistent read. None: nothing, nor an erasure."""
    return find(Recipient, ids.key(organization_id, user_id), RECIPIENT)


def person_of(recipient: Recipient | None) -> Person | None:
    """Return what is known of a user, if anything is."""
    return recipient.person if recipient else None


def check_unchanged(
    transaction: Transaction, organization_id: str, user_id: str, recipient: Recipient | None
) -> None:
    """Refuse the rest with RecipientChanged unless the recipient is as it was read: 2 write units.

    So a message that a withdrawn consent forbids is not begun in the moment of the withdrawal.
    """
    transaction.check(
        Recipient(ids.key(organization_id, user_id), RECIPIENT),
        condition=unchanged(recipient),
        otherwise=RecipientChanged(),
    )


def put_recipient(
    organization_id: str,
    user_id: str,
    person: Person,
    now: datetime,
    *,
    claim: Claim | None = None,
    left_out: Collection[str] = (),
) -> Person:
    """Store what is known of a user; later consents and open suppressions stay.

    So do the kinds of address and the fields that are `left_out`.

    One read, one transaction: 2 write units, 2 more with a claim and for each tag and address that
    comes or goes;
    again, at most 5 times, when another changed the user in between. Returns the person as stored.
    Raises AlreadyClaimed, Contention.
    """

    def change(old: Person | None) -> Person:
        return courtesy.replaced(old, courtesy.filled_in(old, person, left_out))

    return _change(organization_id, user_id, change, now, claim=claim, put_at=now)


def suppress(
    organization_id: str,
    user_id: str,
    key: str,
    why: str,
    now: datetime,
    *,
    address: str | None = None,
) -> None:
    """Send nothing more to an address, named by its kind or account: one read, one transaction.

    Nothing where it is not `address`, if that is known: the user has another by now.
    """
    found = Suppression(why, now)

    def change(old: Person | None) -> Person:
        return courtesy.suppressed(old, key, found, address)

    _change(organization_id, user_id, change, now)


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
    put_at: datetime | None = None,
) -> Person:
    """Write what `change` makes of the person, if they are still as read; no write without need."""
    for _ in guard.attempts(MAX_TRIES):
        old = person_of(found := find_recipient(organization_id, user_id))
        new, transaction = change(old), Transaction()
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
                erased_at=found.erased_at if found else None,
                put_at=put_at or (found.put_at if found else None),
            )
            transaction.put(item, unchanged(found), RecipientChanged())
            _reindex(transaction, item, old)
            if told is not None:
                tell(transaction, item, *told, now)
        elif claim is None:
            return new
        try:
            transaction.commit()
        except RecipientChanged:
            continue
        return new
    raise AssertionError  # the loop ends in Contention


def tell(
    transaction: Transaction,
    recipient: Recipient,
    event_type: str,
    data: dict[str, Any],
    now: datetime,
) -> None:
    """Tell of a recipient in the transaction that writes it: by the user's id, no address."""
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


def _reindex(transaction: Transaction, recipient: Recipient, before: Person | None) -> None:
    """Bring who has which tag and address in line, in the transaction that writes the recipient."""
    user_id = recipient.user_id
    old = _indexed(recipient.organization_id, before or NOBODY)
    new = _indexed(recipient.organization_id, recipient.person)
    for key in sorted(new - old):
        transaction.put(Indexed(key, user_id, user_id=user_id))
    for key in sorted(old - new):
        transaction.erase(Indexed(key, user_id))


def forget_index(transaction: Transaction, recipient: Recipient) -> None:
    """Take a user from under their tags and addresses, in the transaction that erases them."""
    for key in sorted(_indexed(recipient.organization_id, recipient.person)):
        transaction.erase(Indexed(key, recipient.user_id))


def _indexed(organization_id: str, person: Person) -> set[str]:
    addresses = {_address_key(organization_id, *each) for each in person.addresses.items()}
    return addresses | {_tag_key(organization_id, tag) for tag in person.tags}


def user_of(organization_id: str, keys: Sequence[str], address: str) -> str | None:
    """Return the one user with an address, under one of these kinds or accounts: a query each.

    None where nobody or more than one has it.
    """
    for key in keys:
        found = list(Indexed.query(_address_key(organization_id, key, address), limit=2))
        if found:
            return found[0].user_id if len(found) == 1 else None
    return None


@dataclass(frozen=True)
class TaggedPage:
    """Some of the users that have a tag, by id; `last` begins the next page, None: no more."""

    user_ids: list[str]
    last: str | None


def tagged(organization_id: str, tag: str, after: str | None, limit: int) -> TaggedPage:
    """Return the users with a tag, by id, from behind `after`: one query."""
    key = _tag_key(organization_id, tag)
    beyond = None if after is None else Indexed.item > after
    found = list(Indexed.query(key, beyond, limit=limit, consistent_read=True))
    last = found[-1].user_id if len(found) == limit else None
    return TaggedPage([item.user_id for item in found], last)


def unchanged(recipient: Recipient | None) -> Condition:
    """Return the condition that a recipient is as it was read."""
    if recipient is None:
        return Recipient.key.does_not_exist()
    # The time too: who was erased long ago and put again begins at version 1 again.
    same: Condition = Recipient.version == int(recipient.version)
    unchanged: Condition = same & (Recipient.updated_at == recipient.updated_at)
    return unchanged


def _tag_key(organization_id: str, tag: str) -> str:
    return ids.key(organization_id, "tag", tag)


def _address_key(organization_id: str, key: str, address: str) -> str:
    return ids.key(organization_id, "address", hash_of(key, address))
