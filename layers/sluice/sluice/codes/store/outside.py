"""People in a channel whom no request is known to have brought: counted, listed, never credited."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pynamodb.expressions.update import Action

from sluice.codes.identities import person_key
from sluice.codes.refusals import ChannelGone, OutsideChanged
from sluice.codes.rules.outside import Outside, Status, match
from sluice.codes.tables import Channel
from sluice.codes.tables.contacts import OutsideContact
from sluice.shared import cursors, guard, ids
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction
from sluice.shared.table import find, start_behind

MAX_ATTEMPTS = 6
PERSON = r"[0-9a-z]{26}"

type Change = Callable[[Outside | None], Outside]


def change(organization_id: str, channel: Channel, customer_ref: str, apply: Change) -> Outside:
    """Apply what was told of a person: a read, and a transaction of 1 or 2 items where it is new.

    `outside` and `held` of the channel follow in the same transaction. Raises Contention,
    ChannelGone.
    """
    key = ids.key(organization_id, channel.channel_id)
    person = person_key(organization_id, channel.provider, customer_ref)
    is_counted = True
    for _ in guard.attempts(MAX_ATTEMPTS):
        item = find(OutsideContact, key, person)
        old = outside_of(item) if item else None
        new = apply(old)
        ref = _kept_ref(item, new, customer_ref)
        if new == old and item and item.customer_ref == ref:
            return new
        transaction = Transaction()
        known = OutsideContact(key, person, customer_ref=ref)
        put(transaction, known, item, new, OutsideChanged())
        if is_counted:
            count(transaction, key, new.held - (old.held if old else 0), ChannelGone())
        try:
            transaction.commit()
        except OutsideChanged:
            continue
        except ChannelGone as gone:
            if gone.current is None:
                raise
            is_counted = False  # fewer are counted than there are: a sync mends it, never below 0
            continue
        return new
    raise AssertionError  # attempts() ends in Contention


def _kept_ref(item: OutsideContact | None, new: Outside, customer_ref: str) -> str | None:
    """Return the id to keep of a person: none that an erasure took and nobody has brought back.

    Back is who is told to have connected since; a list that shows them still there says no such.
    """
    erased_at: datetime | None = item.erased_at if item else None
    if item is None or erased_at is None or item.customer_ref:
        return customer_ref
    at = new.connected_at
    is_back = at is not None and at > erased_at and at != item.connected_at
    return customer_ref if is_back else None


def settle(organization_id: str, channel: Channel, customer_ref: str) -> Outside | None:
    """Give back the place of a person who has a seat from now on; return what was known of them.

    One read; a transaction of 2 items where they took a place.
    """
    found = read(organization_id, channel, customer_ref)
    if found is None or found.status == "matched":
        return found
    change(organization_id, channel, customer_ref, lambda known: match(known or found))
    return found


def read(organization_id: str, channel: Channel, customer_ref: str) -> Outside | None:
    """Return what is known of a person in a channel: one read."""
    key = ids.key(organization_id, channel.channel_id)
    person = person_key(organization_id, channel.provider, customer_ref)
    item = find(OutsideContact, key, person)
    return outside_of(item) if item else None


def list_outside(
    organization_id: str, channel_id: str, limit: int, cursor: str
) -> tuple[Sequence[OutsideContact], str | None]:
    """Return a page of a channel's people without a request, and the cursor of the next.

    Of those whom a provider told of: who is only in its list has nothing to review.
    """
    key = ids.key(organization_id, channel_id)
    start = None
    if cursor:
        person = cursors.place_in(cursor, PERSON)
        start = start_behind(channel=key, person=person)
    told = OutsideContact.customer_ref.exists()
    page = OutsideContact.query(key, filter_condition=told, limit=limit, last_evaluated_key=start)
    items = list(page)
    more = page.last_evaluated_key is not None and len(items) == limit
    return items, cursors.cursor_of(items[-1].person) if more else None


def outside_of(item: OutsideContact) -> Outside:
    """Return what an item says."""
    status: Status = "lost"
    if item.status in {"connected", "matched"}:
        status = "connected" if item.status == "connected" else "matched"
    return Outside(status, item.connected_at, item.lost_at, item.lost_by or "")


def put(
    transaction: Transaction,
    item: OutsideContact,
    found: OutsideContact | None,
    new: Outside,
    otherwise: Refusal,
) -> None:
    """Add what is known of a person from now on; refuses where it is not as it was found."""
    item.status = new.status
    item.connected_at, item.lost_at = new.connected_at, new.lost_at
    item.lost_by = new.lost_by or None
    item.erased_at = found.erased_at if found else None
    item.version = int(found.version) + 1 if found else 1
    as_found = (
        OutsideContact.version == found.version
        if found
        else OutsideContact.channel.does_not_exist()
    )
    transaction.put(item, as_found, otherwise)


def count(transaction: Transaction, key: str, places: int, otherwise: Refusal) -> None:
    """Add to a channel the places that were taken or given back; refuses to go below none."""
    if not places:
        return
    actions: list[Action] = [Channel.outside.add(places), Channel.held.add(places)]
    condition = Channel.key.exists()
    if places < 0:
        actions.append(Channel.full.remove())
        condition &= Channel.outside >= -places
    transaction.update(Channel(key), actions, condition=condition, otherwise=otherwise)
