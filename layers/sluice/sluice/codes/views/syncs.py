"""What staff see of syncs: how they stand and what they found (A9)."""

from datetime import datetime
from typing import Any

import msgspec

from sluice.codes.tables.syncs import ChannelDifferences, Sync
from sluice.shared.http import View


class ListedChannel(View):
    """A channel in a report, by whatever it is known here and at the provider."""

    kind: str | None = None
    provider_ref: str | None = None
    channel_id: str | None = None
    reason: str | None = None


class SyncView(View):
    """A sync; `counts` are exact, lists hold the first hundred."""

    sync_id: str
    account_id: str
    cause: str
    customers: bool
    status: str
    wanted_at: datetime
    counts: dict[str, int]
    ended_at: datetime | None = None
    failure: str | None = None  # the provider's reason, and what to do


class ChannelDifferencesView(View):
    """A channel whose customers differed: those outside before and now, and who was lost."""

    channel_id: str
    outside_before: int
    outside: int
    lost: int
    lost_assignments: list[str]


class SyncReport(SyncView, kw_only=True):
    """A sync with its report; `items` are the channels whose customers differed, a page of them."""

    new: list[ListedChannel] = msgspec.field(default_factory=list)
    adopted: list[ListedChannel] = msgspec.field(default_factory=list)
    gone: list[ListedChannel] = msgspec.field(default_factory=list)
    back: list[ListedChannel] = msgspec.field(default_factory=list)
    unread: list[ListedChannel] = msgspec.field(default_factory=list)
    items: list[ChannelDifferencesView]
    next_cursor: str | None = None


def of_sync(sync: Sync) -> SyncView:
    """Show a sync."""
    return SyncView(
        sync_id=sync.sync_id,
        account_id=sync.account_id,
        cause=sync.cause,
        customers=sync.customers,
        status=sync.status,
        wanted_at=sync.wanted_at,
        counts={name: int(number) for name, number in sorted(sync.counts.items())},
        ended_at=sync.ended_at,
        failure=sync.failure,
    )


def of_report(sync: Sync, differences: list[ChannelDifferencesView]) -> SyncReport:
    """Show a sync with what it found."""
    head = msgspec.structs.asdict(of_sync(sync))
    lists: dict[str, Any] = msgspec.convert(sync.listed, dict[str, list[ListedChannel]])
    return SyncReport(**head, **lists, items=differences)


def of_differences(found: ChannelDifferences) -> ChannelDifferencesView:
    """Show how a channel differed."""
    return ChannelDifferencesView(
        channel_id=found.channel_id,
        outside_before=int(found.outside_before),
        outside=int(found.outside),
        lost=int(found.lost),
        lost_assignments=list(found.lost_assignments),
    )
