"""What a warm function remembers of codes and channels for some seconds.

Nothing here decides: the write does. A memory may show a closed channel as open, and the write
then refuses it; so a removed channel gets nobody from the next request on (A9).
"""

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from sluice.codes.refusals import CodeGone
from sluice.codes.rules.choice import Candidate, Kind, Rule
from sluice.codes.rules.networks import Share
from sluice.codes.rules.shifts import When
from sluice.codes.store import channels, issued
from sluice.codes.tables import Code
from sluice.organizations import store as organizations
from sluice.organizations.tables import Organization
from sluice.shared import clock
from sluice.shared.table import find

CODE_SECONDS = 5.0
CHANNELS_SECONDS = 3.0
ORGANIZATION_SECONDS = 60.0
AREAS_SECONDS = 60.0
SOLD_OUT_SECONDS = 0.5
MAX_REMEMBERED = 1_000  # of each kind of thing


# What a customer of a code can get: channels, or None where it depends on no location.
type Reach = tuple[str, frozenset[str] | None]


class Pool(msgspec.Struct):
    """The channels of an organisation, with what this function learned of them since."""

    candidates: list[Candidate]
    sold_out: dict[Reach, float] = msgspec.field(default_factory=dict)  # until, monotonic seconds
    shares: dict[Kind | None, Share] = msgspec.field(default_factory=dict)  # unconfirmed, by kind
    # keys of networks that have had their joins
    spent: set[str] = msgspec.field(default_factory=set)
    marks: dict[str, datetime] | None = None  # of the waiting list; None until somebody asked
    waited: dict[str, bool] = msgspec.field(default_factory=dict)  # whether anybody is in a queue

    def learn(self, channel_id: str, **facts: bool) -> None:
        """Remember that a channel is full, or not open, until it is loaded again."""
        self.candidates = [
            msgspec.structs.replace(c, **facts) if c.channel_id == channel_id else c
            for c in self.candidates
        ]

    def open_to(self, rule: Rule) -> list[Candidate]:
        """Return the open channels that a code with this rule can give, full ones too."""
        return [c for c in self.candidates if c.open and rule.kind in {None, c.kind}]

    def may_have_room(self, rule: Rule) -> bool:
        """Tell whether a channel that a code with this rule can give is not known to be full."""
        return any(not c.full for c in self.open_to(rule))

    def find(self, channel_id: str) -> Candidate | None:
        """Return the channel as known, or None."""
        return next((c for c in self.candidates if c.channel_id == channel_id), None)

    def kinds(self, rule: Rule) -> set[str]:
        """Return the kinds of channel that a code with this rule can have given."""
        return {c.kind for c in self.candidates if rule.kind in {None, c.kind}}

    def close(self, reach: Reach) -> None:
        """Remember for a moment that there is no room, so that a rush does not ask again."""
        self.sold_out[reach] = time.monotonic() + SOLD_OUT_SECONDS

    def is_closed(self, reach: Reach) -> bool:
        """Tell whether there was no room a moment ago."""
        return time.monotonic() < self.sold_out.get(reach, 0.0)


class _Memory[T]:
    """A few things by name, each for some seconds."""

    def __init__(self, seconds: float, load: Callable[[str], T]) -> None:
        self._seconds = seconds
        self._load = load
        self._kept: dict[str, tuple[float, T]] = {}

    def get(self, name: str, *, fresh: bool = False) -> T:
        """Return the thing, loaded anew when it is too old or `fresh` is wanted."""
        kept = self._kept.get(name)
        if kept is not None and not fresh and time.monotonic() < kept[0]:
            return kept[1]
        if len(self._kept) >= MAX_REMEMBERED:
            self._kept.clear()
        loaded = self._load(name)
        self._kept[name] = (time.monotonic() + self._seconds, loaded)
        return loaded

    def forget(self) -> None:
        """Forget everything: for tests."""
        self._kept.clear()


_codes = _Memory(CODE_SECONDS, lambda name: issued.read_code(name, clock.now()))
_pools = _Memory(CHANNELS_SECONDS, lambda name: Pool(channels.candidates(name)))
_areas = _Memory(AREAS_SECONDS, channels.has_areas)
_organizations = _Memory(ORGANIZATION_SECONDS, organizations.find_organization)


def connect() -> None:
    """Open the connection to DynamoDB by reading a code that nobody has: 1 read unit."""
    find(Code, "none")


def code(name: str) -> Code:
    """Return a code that can be used now. Raises NotFound, CodeGone.

    At most 5 seconds old; one that expires in them is gone at once.
    """
    found = _codes.get(name)
    expires_at: datetime | None = found.expires_at
    if expires_at is not None and expires_at <= clock.now():
        raise CodeGone
    return found


def pool(organization_id: str, *, fresh: bool = False) -> Pool:
    """Return the channels of an organisation, at most 3 seconds old."""
    return _pools.get(organization_id, fresh=fresh)


def asks_place(code: Code) -> bool:
    """Tell whether a customer's location can make a difference to what a code gives."""
    rule = issued.rule_of(code)
    return (rule.area != "ignore" or rule.nearest) and _areas.get(code.organization_id)


def organization(organization_id: str) -> Organization:
    """Return the organisation, at most a minute old. Raises NotFound."""
    return _organizations.get(organization_id)


def when(organization_id: str, now: datetime) -> When:
    """Return a moment as the organisation's clocks show it."""
    return When(now, ZoneInfo(organization(organization_id).time_zone))


def today(organization_id: str, now: datetime) -> str:
    """Return the organisation's day, such as 2026-03-05."""
    return clock.local_day(now, organization(organization_id).time_zone).isoformat()


def forget() -> None:
    """Forget everything: for tests."""
    for memory in (_codes, _pools, _areas, _organizations):
        memory.forget()
