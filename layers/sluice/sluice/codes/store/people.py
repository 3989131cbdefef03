"""People coming to and leaving channels, as a provider tells of them: by channel and person (A6).

A provider's id of a person is all there is to go by, and the channel. Who they are to us is known
by that id from before, by their unionid, or because one reservation alone is open in the channel.
Whoever is none of these takes a place in the channel and is listed for review.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sluice.codes import identities
from sluice.codes.providers.protocol import Connected, Identity, Lost, Told
from sluice.codes.rules import meetings, outside
from sluice.codes.rules.seats import Assignment, Contact
from sluice.codes.store import contacts
from sluice.codes.store import outside as outsiders
from sluice.codes.store.lookup import standing
from sluice.codes.store.seats import Slot, bucket_of, read_all
from sluice.codes.tables import REMOVED, Alias, Channel, SeatItem
from sluice.codes.tables.contacts import ChannelRef
from sluice.shared import ids
from sluice.shared.errors import NotFound
from sluice.shared.table import find

MAX_CHANNELS = 20  # of one reference
PAGE, PAGES = 1_000, 4  # of open reservations, in a bucket of all organisations
MAX_OPEN = 200  # reservations that are looked at; more are never "the only one"


class Arrival(NamedTuple):
    """What became of it: applied, known, outside; with the assignment it was about."""

    outcome: str
    assignment: Assignment | None = None


def channels_of(
    organization_id: str, account_id: str, told: Told, state: str = ""
) -> list[Channel]:
    """Return the channels that something told is about, usually one, removed ones last: two reads.

    A way's state names its channel, whatever reference that has by now.
    """
    key = identities.channel_ref_key(organization_id, account_id, told.provider_ref)
    ref = find(ChannelRef, key)
    names = sorted(ref.channel_ids) if ref else []
    by_state = [n for n in names if state == identities.channel_state(organization_id, n)]
    keys = [ids.key(organization_id, name) for name in (by_state or names)[:MAX_CHANNELS]]
    found = [
        channel
        for channel in Channel.batch_get(keys, consistent_read=True)
        if channel.provider == account_id and channel.kind == told.kind
    ]
    if by_state:
        return found
    here = [channel for channel in found if channel.provider_ref == told.provider_ref]
    return sorted(here, key=lambda channel: (channel.status == REMOVED, channel.channel_id))


def arrive(
    organization_id: str,
    channels: Sequence[Channel],
    told: Connected,
    who: Identity,
    now: datetime,
) -> Arrival:
    """Apply a connection: to the seat it belongs to, else outside in the first. Safe to repeat.

    Two to four reads, and what `contacts.tell` or `outside.change` takes. Raises Contention.
    """
    channel, found, evidence = _whose(organization_id, channels, told.at, who)
    account_id, ref = channel.provider, told.customer_ref
    if found is not None:
        contact = Contact(
            "connected", found.assignment_id, told.at, ref, is_inferred=evidence == "inferred"
        )
        try:
            done = contacts.tell(organization_id, account_id, contact, now)
        except NotFound:
            found = None  # replaced so often that the seat no longer holds it
    if found is None:
        outsiders.change(
            organization_id, channel, ref, lambda known: outside.connect(known, told.at)
        )
        return Arrival("outside")
    known = outsiders.settle(organization_id, channel, ref)
    if known is not None and known.lost_at is not None and known.lost_at >= told.at:
        by: Literal["customer", "member"] = "member" if known.lost_by == "member" else "customer"
        lost = Contact("lost", found.assignment_id, known.lost_at, ref, by)
        done = contacts.tell(organization_id, account_id, lost, now)
    return Arrival(done.outcome, done.assignment)


def leave(organization_id: str, channels: Sequence[Channel], told: Lost, now: datetime) -> Arrival:
    """Apply a loss: to a place taken outside, else to the seat it belongs to. Safe to repeat.

    Of somebody unknown it waits for the connection that it overtook, in each of the channels.
    """
    for channel in channels:
        known = outsiders.read(organization_id, channel, told.customer_ref)
        if known is not None and known.held:
            return _lose_outside(organization_id, channel, told)
    lost = _lose_seat(organization_id, channels, told, now)
    if lost is not None:
        return lost
    for channel in channels:
        _lose_outside(organization_id, channel, told)
    # Their connection may have been applied meanwhile, without having seen this loss.
    return _lose_seat(organization_id, channels, told, now) or Arrival("outside")


def _lose_outside(organization_id: str, channel: Channel, told: Lost) -> Arrival:
    outsiders.change(
        organization_id,
        channel,
        told.customer_ref,
        lambda known: outside.lose(known, told.at, told.by),
    )
    return Arrival("outside")


def _lose_seat(
    organization_id: str, channels: Sequence[Channel], told: Lost, now: datetime
) -> Arrival | None:
    account_id = channels[0].provider
    customer_id = _known_as(organization_id, account_id, told.customer_ref)
    found = _of_customer(organization_id, channels, customer_id, told.at)
    if found is None:
        return None
    contact = Contact("lost", found.assignment_id, told.at, told.customer_ref, told.by)
    done = contacts.tell(organization_id, account_id, contact, now)
    return Arrival(done.outcome, done.assignment)


def _whose(
    organization_id: str, channels: Sequence[Channel], at: datetime, who: Identity
) -> tuple[Channel, Assignment | None, str]:
    """Return the assignment that brought a person, its channel, and how that is known."""
    first = channels[0]
    known_as = [_known_as(organization_id, first.provider, who.customer_ref)]
    if who.unionid:
        known_as.append(identities.wechat_customer(organization_id, who.unionid))
    for customer_id in known_as:
        found = _of_customer(organization_id, channels, customer_id, at)
        if found is not None:
            theirs = next(c for c in channels if c.channel_id == found.channel_id)
            return theirs, found, "confirmed"
    return first, _only_open(organization_id, first, at), "inferred"


def _known_as(organization_id: str, account_id: str, customer_ref: str) -> str | None:
    alias = find(Alias, identities.alias_key(organization_id, account_id, customer_ref))
    return alias.customer_id if alias else None


def _of_customer(
    organization_id: str, channels: Sequence[Channel], customer_id: str | None, at: datetime
) -> Assignment | None:
    """Return a customer's assignment in these channels, which are of one kind."""
    names = {channel.channel_id for channel in channels}
    if customer_id is None:
        return None
    seat = standing(Slot(organization_id, customer_id, channels[0].kind)).seat
    return meetings.assignment_at(seat, names, at)


def _only_open(organization_id: str, channel: Channel, at: datetime) -> Assignment | None:
    """Return the one reservation open in a channel; None: none, several, or too many to tell.

    At most 4 queries of the channel's bucket of the expiry index, and 2 batch reads.
    """
    bucket = bucket_of(organization_id, channel.channel_id)
    slots: list[Slot] = []
    place = None
    for _ in range(PAGES):
        page = SeatItem.by_expiry.query(
            bucket, SeatItem.expires_at > at, limit=PAGE, last_evaluated_key=place
        )
        for item in page:
            owner, customer_id = item.customer.split("#")
            if owner == organization_id and item.scope == channel.kind:
                slots.append(Slot(owner, customer_id, item.scope))
        place = page.last_evaluated_key
        if place is None:
            break
    if place is not None or len(slots) > MAX_OPEN:
        return None
    seats = [found.seat for found in read_all(slots)] if slots else []
    return meetings.only_open(seats, channel.channel_id, at)
