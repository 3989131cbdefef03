"""Verbs on channels (A1). Counters belong to seats: nothing here touches `held`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

import msgspec
from pynamodb.expressions.condition import Condition

from sluice.codes.refusals import (
    ChannelGone,
    ChannelKindFixed,
    ChannelMoved,
    NoSuchOwner,
    NoSuchProviderAccount,
)
from sluice.codes.rules import successors
from sluice.codes.rules.loads import Load
from sluice.codes.store import changes, details, loads
from sluice.codes.tables import OPEN, REMOVED, Channel
from sluice.organizations.store import SANDBOX
from sluice.organizations.tables import Member, ProviderAccount
from sluice.shared import clock, cursors, ids, preconditions
from sluice.shared.claims import hash_of
from sluice.shared.fields import NAME
from sluice.shared.guard import Transaction
from sluice.shared.table import find, set_all, start_behind

_TAKEN_OFF = ("full", "full_day", *details.NAMES)  # older items have their details here
MAX_PAGE_BYTES = 3_000_000  # of the details of a page: Lambda answers 6 MB, CSV doubles quotes


def put_channel(
    organization_id: str,
    channel_id: str,
    settings: dict[str, Any],
    now: datetime,
    version: int | None = None,
) -> Channel:
    """Create or change a channel; a removed one comes back with the seats it still holds.

    A cap below what is held evicts nobody and is kept from the next join on. A read; where the
    channel is new, open again or has another weight, what others hold and were given
    (`loads.head_start`); one transaction: 6 write units, 2 more for the details it has or had (2
    for each KiB) and for each of owner and provider account that is checked, and 1 of the index for
    each item where what a choice needs has changed; then a batch read. Raises ChannelKindFixed,
    NoSuchOwner, NoSuchProviderAccount; ChannelMoved: it is not of the `version` given (0: new).
    """
    item = Channel(ids.key(organization_id, channel_id))
    known = find(Channel, item.key)
    plain = _without_details(settings, known)
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
            *(getattr(Channel, name).remove() for name in _TAKEN_OFF),
            *set_all(
                Channel, {**plain, **_head_start(organization_id, channel_id, settings, known)}
            ),
        ],
        condition=_as_known(settings["kind"], version),
        otherwise=ChannelKindFixed(),
    )
    if plain["details"] or (known is not None and known.details):
        details.put(transaction, organization_id, channel_id, settings)
    _check_references(transaction, organization_id, settings)
    account_id, provider_ref = settings["provider"], settings["provider_ref"]
    changes.point(transaction, organization_id, channel_id, account_id, provider_ref)
    changes.tell(transaction, organization_id, channel_id, now, settings["provider_type"])
    _commit(transaction, settings["kind"])
    return read_channel(organization_id, channel_id)


def _without_details(settings: dict[str, Any], known: Channel | None) -> dict[str, Any]:
    """Return what stands on the channel's own item, and what follows from the settings."""
    number = int(known.number or 1) if known is not None else 1
    plain = {name: value for name, value in settings.items() if name not in details.NAMES}
    plain["details"] = details.are_in(settings) or None
    plain["follow_at"] = successors.follow_at(settings.get("successor"), settings["cap"], number)
    return plain


def _commit(transaction: Transaction, kind: str) -> None:
    try:
        transaction.commit()
    except ChannelKindFixed as refused:
        if refused.current is None or refused.current.kind == kind:
            raise ChannelMoved from None
        raise


def _as_known(kind: str, version: int | None) -> Condition:
    condition: Condition = Channel.key.does_not_exist()
    if version is None:
        condition |= Channel.kind == kind
    elif version == preconditions.NONE_YET:
        condition |= (Channel.kind == kind) & (Channel.status == REMOVED)
    elif version:
        condition = (Channel.kind == kind) & (Channel.version == version)
    return condition


def _head_start(
    organization_id: str, channel_id: str, settings: dict[str, Any], known: Channel | None
) -> dict[str, int]:
    """Return the head starts of a channel that starts, or starts anew; else nothing."""
    if settings["status"] != OPEN:
        return {}
    if known is not None and known.status == OPEN and known.weight == settings["weight"]:
        return {}
    load = Load(held=0, cap=settings["cap"])
    if known is not None:
        load = loads.load_of(known, "")
    load = msgspec.structs.replace(load, weight=settings["weight"])
    start = loads.head_start(organization_id, channel_id, settings["kind"], load)
    return {"start_held": start.held, "start_turns": start.turns}


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


def unchanged(organization_id: str, channel_id: str, settings: dict[str, Any]) -> Channel:
    """Return the channel where it is as these settings say: they were stored before. One request.

    Raises ChangedMeanwhile.
    """
    found = find_channel(organization_id, channel_id)
    if found is None or any(getattr(found, name) != settings[name] for name in settings):
        raise preconditions.ChangedMeanwhile
    return found


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
    """Return the channel as it is now, with its details: one request, 2 read units or a few more.

    Raises ChannelGone, also of a removed one.
    """
    found = find_channel(organization_id, channel_id)
    if found is None or found.status == REMOVED:
        raise ChannelGone
    return found


def find_channel(organization_id: str, channel_id: str) -> Channel | None:
    """Return the channel with its details, also a removed one, or None: as `read_channel`."""
    found = _read_all(organization_id, [channel_id], [channel_id])
    return found[0] if found else None


def _read_all(
    organization_id: str, names: Sequence[str], detailed: Collection[str]
) -> list[Channel]:
    """Return channels as they are now, the `detailed` ones with their details."""
    keys = [ids.key(organization_id, name) for name in names]
    keys += [details.key_of(organization_id, name) for name in detailed]
    found = {item.channel_id: item for item in Channel.batch_get(keys, consistent_read=True)}
    for name in detailed:
        channel, beside = found.get(name), found.get(details.DETAILS_OF + name)
        if channel and channel.details and beside:
            details.show(channel, beside)
    return [found[name] for name in names if name in found]


def list_channels(
    organization_id: str, limit: int, cursor: str
) -> tuple[Sequence[Channel], str | None]:
    """Return a page of channels, without the removed, and the cursor of the next.

    One query of the index, and a batch read for each 100 items of counters and details, which are
    not in it. A page ends before `limit` where its details would be more than one answer may hold.
    """
    start = _after(organization_id, cursors.place_in(cursor, NAME)) if cursor else None
    page = Channel.by_organization.query(
        organization_id,
        Channel.channel_id >= loads.FIRST_NAME,
        filter_condition=Channel.status != REMOVED,
        limit=limit,
        last_evaluated_key=start,
    )
    rows = list(page)
    names = [row.channel_id for row in rows]
    detailed = [row.channel_id for row in rows if row.details]
    channels = _read_all(organization_id, names, detailed)
    shown = channels[: _fitting(channels)]
    if len(shown) < len(channels):
        return shown, cursors.cursor_of(shown[-1].channel_id)
    more = page.last_evaluated_key is not None and len(names) == limit
    return shown, cursors.cursor_of(names[-1]) if more else None


def _fitting(channels: Sequence[Channel]) -> int:
    """Return how many of these fit into one answer: one at least."""
    sizes = (len(msgspec.json.encode((one.service_area, one.shifts))) for one in channels)
    return max(1, sum(total <= MAX_PAGE_BYTES for total in accumulate(sizes)))


def way_for(provider: str, provider_ref: str) -> str:
    """Return what a way must be for to be a channel's: its account and reference there."""
    return hash_of(provider, provider_ref)[:16]


def _after(organization_id: str, channel_id: str) -> dict[str, dict[str, str]]:
    key = ids.key(organization_id, channel_id)
    return start_behind(organization_id=organization_id, channel_id=channel_id, key=key)
