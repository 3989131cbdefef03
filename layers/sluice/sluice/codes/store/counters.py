"""What channels count (A5): seats held, joins of a day, turns given.

What a change of seats means for the counters is the difference of two seats (`rules.tallies`), so
no verb can forget one. Where we give a seat ourselves the channel's caps are the condition.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action

from sluice.codes.refusals import ChannelFull, ChannelGone
from sluice.codes.rules import tallies
from sluice.codes.rules.seats import Seat
from sluice.codes.store.loads import day_name
from sluice.codes.tables import OPEN, Channel
from sluice.shared import ids
from sluice.shared.guard import Transaction

KEPT_DAYS = 2  # before today: a reservation lasts a day at most, so no cap asks for more
MAX_DAYS = 8  # that a channel counts when it gives a seat; else the old ones are taken off first


class Admission(NamedTuple):
    """A channel that gives a seat by our own doing."""

    channel_id: str
    is_turn: bool = False  # a new assignment, not a renewed one
    start_turns: int | None = None  # its new head start, where it was away (loads.returned)
    forgotten: Sequence[str] = ()  # its old days, to be taken off


def admit(
    transaction: Transaction,
    organization_id: str,
    before: Sequence[Seat | None],
    after: Sequence[Seat | None],
    admission: Admission | None = None,
) -> None:
    """Add what a change of seats means for the channels' counters.

    The channel of an `admission` must be open and, where it holds one more, have room (A5).
    Elsewhere the provider decided, and the counter follows.
    """
    held = tallies.held(after)
    held.subtract(tallies.held(before))
    days = tallies.day_changes(before, after)
    touched = {name for name, n in held.items() if n} | {name for (name, _), n in days.items() if n}
    admitted = {admission.channel_id} if admission else set()
    for channel_id in sorted(touched | admitted):
        item = Channel(ids.key(organization_id, channel_id))
        day_changes = {day: n for (name, day), n in days.items() if name == channel_id and n}
        if admission and channel_id == admission.channel_id:
            _admit_one(transaction, item, held[channel_id], day_changes, admission)
        else:
            transaction.update(
                item,
                _counter_actions(held[channel_id], day_changes),
                condition=Channel.key.exists(),
                otherwise=ChannelGone(),
            )


def _admit_one(
    transaction: Transaction,
    item: Channel,
    held: int,
    day_changes: dict[str, int],
    admission: Admission,
) -> None:
    is_open = Channel.status == OPEN
    if not held and not day_changes and not admission.is_turn:
        transaction.check(item, condition=is_open, otherwise=ChannelGone())
        return
    condition: Condition = is_open
    if held > 0:
        condition &= Channel.held < Channel.cap
        if not admission.forgotten:
            condition &= size(Channel.days) < MAX_DAYS
    for day, change in day_changes.items():
        if change > 0:
            count = Channel.days[day_name(day)]
            condition &= (
                Channel.daily_cap.does_not_exist()
                | count.does_not_exist()
                | (count < Channel.daily_cap)
            )
    actions = _counter_actions(held, day_changes)
    if admission.is_turn:
        actions.append(Channel.turns.add(1))
    if admission.start_turns is not None:
        actions.append(Channel.start_turns.set(admission.start_turns))
    actions += [Channel.days[name].remove() for name in admission.forgotten]
    transaction.update(item, actions, condition=condition, otherwise=ChannelFull())


def _counter_actions(held: int, day_changes: dict[str, int]) -> list[Action]:
    actions: list[Action] = []
    if held:
        actions.append(Channel.held.add(held))
    if held < 0:
        actions.append(Channel.full.remove())
    if any(change < 0 for change in day_changes.values()):
        actions.append(Channel.full_day.remove())
    for day, change in day_changes.items():
        count = Channel.days[day_name(day)]
        actions.append(count.set((count | 0) + change))
    return actions


def has_many_days(channel: Channel) -> bool:
    """Tell whether a channel counts so many days that it gives no seat before some are gone."""
    return len(channel.days.attribute_values) >= MAX_DAYS


def forgotten_days(channel: Channel, today: str) -> list[str]:
    """Return the names of the days that a channel counts and no cap asks for any more."""
    first = day_name((date.fromisoformat(today) - timedelta(days=KEPT_DAYS)).isoformat())
    return sorted(name for name in channel.days.attribute_values if name < first)
