"""What the API shows of channels and seats."""

from datetime import datetime
from typing import Any

import msgspec

from sluice.codes.providers import contact_of
from sluice.codes.rules.seats import Assignment
from sluice.codes.rules.shifts import Shifts
from sluice.codes.rules.successors import Successor
from sluice.codes.store.pool import Pool
from sluice.codes.tables import Channel
from sluice.shared.http import Versioned, View


class ChannelView(Versioned):
    """A channel with its load."""

    channel_id: str
    kind: str
    name: str
    provider: str
    provider_ref: str
    cap: int
    held: int
    status: str
    weight: int
    backup: bool
    daily_cap: int | None = None
    owner_id: str | None = None
    service_area: dict[str, Any] | None = None
    shifts: Shifts | None = None
    successor: Successor | None = None
    successor_id: str | None = None


class AssignedChannel(View):
    """The channel a customer was given; `contact` is the provider's way to get in touch."""

    channel_id: str
    kind: str = ""
    name: str = ""
    provider: str = ""
    contact: dict[str, Any] = msgspec.field(default_factory=dict)


class AssignmentView(View):
    """A customer's seat. Once connected it no longer expires."""

    assignment_id: str
    status: str
    channel: AssignedChannel
    expires_at: datetime | None = None


def of_channel(channel: Channel) -> ChannelView:
    """Show a channel."""
    return ChannelView(
        channel_id=channel.channel_id,
        version=int(channel.version),
        kind=channel.kind,
        name=channel.name,
        provider=channel.provider,
        provider_ref=channel.provider_ref,
        cap=int(channel.cap),
        held=int(channel.held),
        status=channel.status,
        weight=int(channel.weight),
        backup=channel.backup,
        daily_cap=_whole(channel.daily_cap),
        owner_id=channel.owner_id,
        service_area=channel.service_area,
        shifts=channel.shifts,
        successor=channel.successor,
        successor_id=channel.successor_id,
    )


def of_assignment(assignment: Assignment, pool: Pool) -> AssignmentView:
    """Show a customer their seat, with the channel as it is known here."""
    known = pool.find(assignment.channel_id)
    channel = AssignedChannel(channel_id=assignment.channel_id)
    if known is not None:
        channel = AssignedChannel(
            channel_id=known.channel_id,
            kind=known.kind,
            name=known.name,
            provider=known.provider,
            contact=contact_of(known, assignment.assignment_id),
        )
    return AssignmentView(
        assignment_id=assignment.assignment_id,
        status=assignment.status,
        channel=channel,
        expires_at=assignment.expires_at if assignment.status == "reserved" else None,
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
