"""Making the next group of a series when its last one fills (A10)."""

import contextlib
from collections.abc import Sequence
from datetime import datetime

from sluice.codes.refusals import ChannelGone
from sluice.codes.rules import successors as rules
from sluice.codes.rules.loads import Load
from sluice.codes.rules.successors import Next, Successor
from sluice.codes.store import changes, channels, details, loads
from sluice.codes.tables import OPEN, Channel
from sluice.shared import ids, telemetry
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction

MAX_FOLLOWED = 25  # by one look: the rest has its turn in the next


class Followed(Refusal):
    """The group has a successor by now, or is not what it was."""


class IdTaken(Refusal):
    """There is, or was, a channel of the next one's id."""


def follow(organization_id: str, channel_ids: Sequence[str], now: datetime) -> int:
    """Make the next group of each of these; returns how many were made, of 25 at most.

    For each a batch read, what a new channel's head start takes (`loads.head_start`), and one
    transaction of 5 items: 10 write units, more for a large area, and 3 of the index. Of two that
    do so at once one makes it. Raises Contention.
    """
    made = 0
    for channel_id in channel_ids[:MAX_FOLLOWED]:
        with contextlib.suppress(ChannelGone, Followed):
            made += _follow(organization_id, channel_id, now)
    return made


def _follow(organization_id: str, channel_id: str, now: datetime) -> bool:
    last = channels.read_channel(organization_id, channel_id)
    number = int(last.number or 1)
    successor: Successor | None = last.successor
    if successor is None or last.successor_id or number >= successor.most:
        return False
    following = rules.next_of(successor, last.series or channel_id, number)
    transaction = Transaction()
    _pass_on(transaction, last, following.channel_id)
    _add(transaction, last, successor, following, now)
    try:
        transaction.commit()
    except IdTaken:  # the series goes on there, or ends
        telemetry.note(successor_taken=following.channel_id)
        transaction = Transaction()
        _pass_on(transaction, last, following.channel_id)
        transaction.commit()
        return False
    return True


def _pass_on(transaction: Transaction, last: Channel, following: str) -> None:
    """Let a group have its successor, once, and only while it is what was read, and so full."""
    transaction.update(
        Channel(last.key),
        [Channel.successor_id.set(following)],
        condition=(Channel.status == OPEN)
        & (Channel.version == last.version)
        & (Channel.held >= Channel.follow_at)
        & Channel.successor_id.does_not_exist(),
        otherwise=Followed(),
    )


def _add(
    transaction: Transaction, last: Channel, successor: Successor, new: Next, now: datetime
) -> None:
    """Add the next group: all that is an operator's to say is as in the last one."""
    organization_id = last.organization_id
    cap = successor.cap or int(last.cap)
    weight = int(last.weight)
    load = Load(held=0, cap=cap, weight=weight)
    start = loads.head_start(organization_id, new.channel_id, last.kind, load)
    item = Channel(
        ids.key(organization_id, new.channel_id),
        organization_id=organization_id,
        channel_id=new.channel_id,
        kind=last.kind,
        name=new.name,
        provider=last.provider,
        provider_type=last.provider_type,
        provider_ref=new.provider_ref,
        cap=cap,
        daily_cap=last.daily_cap,
        weight=weight,
        owner_id=last.owner_id,
        details=True,
        backup=last.backup,
        status=OPEN,
        held=0,
        outside=0,
        start_held=start.held,
        start_turns=start.turns,
        days={},
        version=1,
        series=new.series,
        number=new.number,
        follow_at=rules.follow_at(successor, cap, new.number),
        created_at=now,
    )
    transaction.put(item, Channel.key.does_not_exist(), IdTaken())
    settings = {name: getattr(last, name) for name in details.NAMES}
    details.put(transaction, organization_id, new.channel_id, settings)
    changes.point(transaction, organization_id, new.channel_id, last.provider, new.provider_ref)
    changes.tell(transaction, organization_id, new.channel_id, now, last.provider_type)
