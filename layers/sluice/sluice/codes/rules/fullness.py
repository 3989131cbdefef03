"""How full a pool is: by kind of channel, and which channels are nearest to their caps (A10)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple


class Filled(NamedTuple):
    """An open or closed channel and what it holds."""

    channel_id: str
    kind: str
    name: str
    is_open: bool
    cap: int
    held: int


class KindLoad(NamedTuple):
    """The channels of a kind; `full`, `cap` and `held` are those of the open ones."""

    kind: str
    channels: int
    open: int
    full: int
    cap: int
    held: int


def by_kind(channels: Iterable[Filled]) -> list[KindLoad]:
    """Return how full each kind is, by name."""
    kinds: dict[str, list[Filled]] = defaultdict(list)
    for channel in channels:
        kinds[channel.kind].append(channel)
    return [_load(kind, found) for kind, found in sorted(kinds.items())]


def nearest(channels: Iterable[Filled], limit: int) -> list[Filled]:
    """Return the open channels with the least room in proportion to their caps, those first."""
    found = (channel for channel in channels if channel.is_open)
    return sorted(found, key=lambda each: (-each.held / each.cap, each.channel_id))[:limit]


def _load(kind: str, found: list[Filled]) -> KindLoad:
    ready = [channel for channel in found if channel.is_open]
    return KindLoad(
        kind=kind,
        channels=len(found),
        open=len(ready),
        full=sum(channel.held >= channel.cap for channel in ready),
        cap=sum(channel.cap for channel in ready),
        held=sum(channel.held for channel in ready),
    )
