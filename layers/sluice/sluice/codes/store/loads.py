"""What channels hold and were given, read now: for the orders that compare it (A4)."""

import random
from collections.abc import Collection

from sluice.codes.rules import loads as rules
from sluice.codes.rules.loads import HeadStart, Load
from sluice.codes.tables import OPEN, Channel
from sluice.shared import ids

FIRST_NAME = "0"  # no channel's name is before it, and every row of details is
MAX_NEIGHBOURS = 200  # rows looked at for others to compare with
_random = random.SystemRandom()  # restored copies of a warm start would share `random`'s state


def read_loads(organization_id: str, channel_ids: Collection[str], day: str) -> dict[str, Load]:
    """Return what these channels hold, those that are gone left out: one request.

    A read unit for each channel, of 100 at most.
    """
    return {
        channel.channel_id: load_of(channel, day)
        for channel in read_channels(organization_id, channel_ids)
    }


def read_channels(organization_id: str, channel_ids: Collection[str]) -> list[Channel]:
    """Return these channels as they are now, without details: one request, as `read_loads`."""
    keys = [ids.key(organization_id, channel_id) for channel_id in channel_ids]
    return list(Channel.batch_get(keys, consistent_read=True))


def load_of(channel: Channel, day: str) -> Load:
    """Return what a channel holds, and what it gave on a day."""
    return Load(
        held=int(channel.held),
        cap=int(channel.cap),
        turns=int(channel.turns or 0),
        weight=int(channel.weight),
        start_held=int(channel.start_held or 0),
        start_turns=int(channel.start_turns or 0),
        today=joins_on(channel, day),
        daily_cap=int(channel.daily_cap) if channel.daily_cap else None,  # 1 at least
    )


def head_start(organization_id: str, channel_id: str, kind: str, load: Load) -> HeadStart:
    """Return what puts a channel on the average of others of its kind.

    Of up to 50 open ones among the next 200 of the index, by name and round its end: advisory, so
    nothing guards it. Two queries at most and a batch read: some 25 read units and 50.
    """
    others = _open_neighbours(organization_id, channel_id, kind)
    if len(others) > rules.MAX_FIGURES:
        others = _random.sample(others, rules.MAX_FIGURES)
    known = read_loads(organization_id, others, "") if others else {}
    return rules.head_start(load, known.values())


def _open_neighbours(organization_id: str, channel_id: str, kind: str) -> list[str]:
    query, by_name = Channel.by_organization.query, Channel.channel_id
    found = [*query(organization_id, by_name > channel_id, limit=MAX_NEIGHBOURS)]
    if len(found) < MAX_NEIGHBOURS:
        left = MAX_NEIGHBOURS - len(found)
        found += query(organization_id, by_name.between(FIRST_NAME, channel_id), limit=left)
    return [
        row.channel_id
        for row in found
        if row.status == OPEN and row.kind == kind and row.channel_id != channel_id
    ]


def joins_on(channel: Channel, day: str) -> int:
    """Return how many seats a channel gave on a day, those given back left out."""
    return int(channel.days.attribute_values.get(day_name(day)) or 0)


def day_name(day: str) -> str:
    """Return under which name a channel counts a day, such as 2026-03-05."""
    return "d" + day.replace("-", "")
