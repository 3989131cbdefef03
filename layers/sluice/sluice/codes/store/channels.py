"""Verbs on channels (A1). Counters belong to seats: nothing here touches `held`."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sluice.codes.providers import WITH_WAYS
from sluice.codes.refusals import (
    ChannelGone,
    ChannelKindFixed,
    NoSuchOwner,
    NoSuchProviderAccount,
)
from sluice.codes.rules.choice import Candidate
from sluice.codes.store import changes
from sluice.codes.tables import Channel
from sluice.organizations.store import SANDBOX
from sluice.organizations.tables import Member, ProviderAccount
from sluice.shared import clock, cursors, ids
from sluice.shared.claims import hash_of
from sluice.shared.errors import Contention
from sluice.shared.fields import NAME
from sluice.shared.guard import Transaction
from sluice.shared.table import find

OPEN, CLOSED, REMOVED = "open", "closed", "removed"
MAX_CHANNELS = 10_000


def put_channel(
    organization_id: str, channel_id: str, settings: dict[str, Any], now: datetime
) -> Channel:
    """Create or change a channel; a removed one comes back with the seats it still holds.

    A cap below what is held evicts nobody and is kept from the next join on. One transaction: 6
    write units, 2 more for each of owner and provider account that is checked, and 1 of the index
    where what a choice needs has changed; then a read. Raises ChannelKindFixed, NoSuchOwner,
    NoSuchProviderAccount.
    """
    item = Channel(ids.key(organization_id, channel_id))
    transaction = Transaction()
    transaction.update(
        item,
        [
            Channel.organization_id.set(organization_id),
            Channel.channel_id.set(channel_id),
            Channel.held.set(Channel.held | 0),
            Channel.outside.set(Channel.outside | 0),
            Channel.days.set(Channel.days | {}),
            Channel.created_at.set(Channel.created_at | now),
            Channel.version.set((Channel.version | 0) + 1),
            Channel.full.remove(),
            *(
                getattr(Channel, name).remove()
                if value is None
                else getattr(Channel, name).set(value)
                for name, value in settings.items()
            ),
        ],
        condition=Channel.key.does_not_exist() | (Channel.kind == settings["kind"]),
        otherwise=ChannelKindFixed(),
    )
    _check_references(transaction, organization_id, settings)
    account_id, provider_ref = settings["provider"], settings["provider_ref"]
    changes.point(transaction, organization_id, channel_id, account_id, provider_ref)
    changes.tell(transaction, organization_id, channel_id, now, settings["provider_type"])
    transaction.commit()
    return read_channel(organization_id, channel_id)


def _check_references(
    transaction: Transaction, organization_id: str, settings: dict[str, Any]
) -> None:
    if settings["owner_id"] is not None:
        transaction.check(
            Member(organization_id, ids.key("member", settings["owner_id"])),
            condition=Member.active == True,  # noqa: E712 - builds a condition
            otherwise=NoSuchOwner(),
        )
    if settings["provider"] != SANDBOX:
        transaction.check(
            ProviderAccount(organization_id, ids.key("provider", settings["provider"])),
            condition=ProviderAccount.type == settings["provider_type"],
            otherwise=NoSuchProviderAccount(),
        )


def remove_channel(organization_id: str, channel_id: str) -> None:
    """Give nobody a seat here from now on; what is connected stays. 4 write units.

    Raises ChannelGone.
    """
    transaction = Transaction()
    transaction.update(
        Channel(ids.key(organization_id, channel_id)),
        [Channel.status.set(REMOVED), Channel.version.add(1)],
        condition=Channel.key.exists(),
        otherwise=ChannelGone(),
    )
    changes.tell(transaction, organization_id, channel_id, clock.now())
    transaction.commit()


def read_channel(organization_id: str, channel_id: str) -> Channel:
    """Return the channel as it is now. Raises ChannelGone, also of a removed one."""
    found = find(Channel, ids.key(organization_id, channel_id))
    if found is None or found.status == REMOVED:
        raise ChannelGone
    return found


def list_channels(
    organization_id: str, limit: int, cursor: str
) -> tuple[Sequence[Channel], str | None]:
    """Return a page of channels, without the removed, and the cursor of the next.

    One query of the index, and one BatchGet for the counters that are not in it.
    """
    start = _after(organization_id, cursors.place_in(cursor, NAME)) if cursor else None
    page = Channel.by_organization.query(
        organization_id,
        filter_condition=Channel.status != REMOVED,
        limit=limit,
        last_evaluated_key=start,
    )
    names = [row.channel_id for row in page]
    keys = [ids.key(organization_id, name) for name in names]
    found = Channel.batch_get(keys, consistent_read=True)
    channels = sorted(found, key=lambda channel: channel.channel_id)
    more = page.last_evaluated_key is not None and len(names) == limit
    return channels, cursors.cursor_of(names[-1]) if more else None


def mark_full(channel: Channel) -> None:
    """Tell other functions that a channel was found full, so that they do not try it.

    A hint: written only if it still is full (2 write units, once a filling), and taken back in
    the transaction that frees a seat or changes the cap.
    """
    if channel.full or channel.held < channel.cap:
        return
    transaction = Transaction()
    transaction.update(
        Channel(channel.key),
        [Channel.full.set(True)],
        condition=(Channel.held >= Channel.cap) & Channel.full.does_not_exist(),
        otherwise=ChannelGone(),
    )
    with contextlib.suppress(ChannelGone, Contention):
        transaction.commit(attempts=1)


def candidates(organization_id: str) -> list[Candidate]:
    """Return every channel of the organisation as a choice needs it, some moments old."""
    rows = Channel.by_organization.query(organization_id, limit=MAX_CHANNELS)
    return [
        Candidate(
            channel_id=row.channel_id,
            kind=row.kind,
            name=row.name,
            provider=row.provider,
            provider_type=row.provider_type,
            provider_ref=row.provider_ref,
            open=row.status == OPEN and has_way(row),
            full=bool(row.full),
            backup=row.backup,
            weight=int(row.weight),
            cap=int(row.cap),
            owner_id=row.owner_id,
            service_area=row.service_area,
            way_url=row.way_url,
        )
        for row in rows
    ]


def has_way(channel: Channel) -> bool:
    """Tell whether customers can reach a channel: by a way of its own, where they need one."""
    if channel.provider_type not in WITH_WAYS:
        return True
    return bool(channel.way_url) and channel.way_for == way_for(channel)


def way_for(channel: Channel) -> str:
    """Return what a way must be for to be this channel's: its account and reference there."""
    return hash_of(channel.provider, channel.provider_ref)[:16]


def has_areas(organization_id: str) -> bool:
    """Tell whether some channel serves an area: one query, of 1 MB at most.

    Where there are more channels than that, one of the rest may.
    """
    with_area = Channel.service_area.exists() & (Channel.status == OPEN)
    found = Channel.by_organization.query(organization_id, filter_condition=with_area)
    page = next(found.page_iter)
    return bool(page["Items"]) or "LastEvaluatedKey" in page


def _after(organization_id: str, channel_id: str) -> dict[str, dict[str, str]]:
    """Return where the query goes on, as DynamoDB writes it."""
    key = ids.key(organization_id, channel_id)
    return {
        "organization_id": {"S": organization_id},
        "channel_id": {"S": channel_id},
        "key": {"S": key},
    }
