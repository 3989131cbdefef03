"""What a sync finds and when the next one is (A9). Pure: what there is and the time are given."""

import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

EVERY = timedelta(hours=1)
NIGHT_HOUR = 3  # from then on, by the organisation's clock, customers are compared once a day
MIN_ALL, MIN_MANY = 2, 10  # channels of a kind that do not go at once
MAX_LISTED = 100  # of each kind of difference; all are counted

type Place = tuple[str, str]  # kind, and the provider's reference


class Ours(NamedTuple):
    """A channel of the account as we know it."""

    channel_id: str
    kind: str
    provider_ref: str
    status: str  # open, closed or removed

    @property
    def place(self) -> Place:
        """What the provider calls it."""
        return self.kind, self.provider_ref


class Compared(NamedTuple):
    """How the channel lists differ."""

    new: list[Place]  # at the provider, and not ours
    gone: list[Ours]  # open here, and not there
    there: list[Ours]  # closed here, and there


class Customers(NamedTuple):
    """How a channel's customers differ from the provider's."""

    outside: int  # there, and given no place by us
    missing: list[str]  # assignments connected here whose customer is not there
    seated: set[str]  # of the provider's ids one for each customer with a place by us


def compare(ours: Iterable[Ours], listed: Collection[Place]) -> Compared:
    """Compare two channel lists. A channel that an operator removed is neither new nor gone."""
    known = list(ours)
    places = {channel.place for channel in known}
    there = set(listed)
    return Compared(
        new=sorted(there - places),
        gone=[c for c in known if c.status == "open" and c.place not in there],
        there=[c for c in known if c.status == "closed" and c.place in there],
    )


def is_cut_short(ours: Iterable[Ours], compared: Compared) -> bool:
    """Tell whether a list lacks too much to be believed: a right or a page of it may be missing.

    Of a kind all of two or more open channels, or over half of them, ten at least.
    """
    open_of = Counter(c.kind for c in ours if c.status == "open")
    gone_of = Counter(c.kind for c in compared.gone)
    return any(
        (gone == open_of[kind] and gone >= MIN_ALL)
        or (gone >= MIN_MANY and gone * 2 > open_of[kind])
        for kind, gone in gone_of.items()
    )


def compare_customers(
    refs: Mapping[str, str | None], holding: Collection[str], connected: Mapping[str, str]
) -> Customers:
    """Compare a channel's customers.

    `refs` are the provider's, each with the customer known by it; `holding` the customers who
    have a place there by us; `connected` the assignments of connected ones, with the customer.
    """
    present = {customer for customer in refs.values() if customer}
    by_customer = {customer: ref for ref, customer in sorted(refs.items()) if customer}
    seated = {ref for customer, ref in by_customer.items() if customer in holding}
    return Customers(
        outside=len(refs) - len(seated),
        seated=seated,
        missing=sorted(name for name, customer in connected.items() if customer not in present),
    )


def next_due(organization_id: str, account_id: str, now: datetime) -> datetime:
    """Return when an account is due again: each hour, at a minute of its own."""
    minute = zlib.crc32(f"{organization_id}#{account_id}".encode()) % 60
    due = now.replace(minute=minute, second=0, microsecond=0)
    return due if due > now else due + EVERY


def night_of(now: datetime, time_zone: str, last: str | None) -> str | None:
    """Return the local day whose nightly comparison of customers is due; None where it is not."""
    local = now.astimezone(ZoneInfo(time_zone))
    day = local.date().isoformat()
    return day if local.hour >= NIGHT_HOUR and (last is None or last < day) else None
