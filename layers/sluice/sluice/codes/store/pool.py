"""What a warm function remembers of codes and channels for some seconds.

Nothing here decides: the write does. A memory may show a closed channel as open, and the write
then refuses it; so a removed channel gets nobody from the next request on (A9).
"""

import time
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from sluice.codes.refusals import CodeGone
from sluice.codes.rules import lineups
from sluice.codes.rules.areas import Atlas
from sluice.codes.rules.choice import Candidate, Rule, Scope
from sluice.codes.rules.lineups import Lineup
from sluice.codes.rules.networks import Share
from sluice.codes.rules.shifts import When
from sluice.codes.store import details, issued, loading
from sluice.codes.store.loading import Texts
from sluice.codes.tables import Code
from sluice.organizations import store as organizations
from sluice.organizations.tables import Organization
from sluice.shared import clock, ids
from sluice.shared.memory import Memory
from sluice.shared.table import find

CODE_SECONDS = 5.0
CHANNELS_SECONDS = 3.0  # up to 1,000 channels; for more in proportion: 30 s for 10,000
CHANNELS_OF_A_LOAD = 1_000
LEARNED_SECONDS = 3.0  # for which a full channel is not tried again
FRESH_SECONDS = 0.3  # for each 1,000 channels more: 2.7 s for 10,000
ORGANIZATION_SECONDS = 60.0
AREAS_SECONDS = 60.0
SOLD_OUT_SECONDS = 0.5
MAX_KEPT_CHANNELS = 50_000  # of all organisations: some 60 MB
MAX_LINEUPS = 12  # of a pool: two minutes of every kind of rule


# What a customer of a code can get: channels, or None where it depends on no location.
type Reach = tuple[str, frozenset[str] | None]


class Pool:
    """The channels of an organisation, with what this function learned of them since."""

    def __init__(
        self,
        candidates: Iterable[Candidate],
        atlas: Atlas | None = None,
        texts: Texts | None = None,
    ) -> None:
        self.channels = {candidate.channel_id: candidate for candidate in candidates}
        self._looked_up: dict[str, Candidate] = {}  # without their details: nobody is given these
        self.atlas = atlas or Atlas()
        self.texts = texts or Texts()
        self.shares: dict[Scope, Share] = {}  # unconfirmed, by what rules can give
        self.spent: set[str] = set()  # keys of networks that have had their joins
        self.waited: dict[str, bool] = {}  # whether anybody is in a queue
        self._marks: dict[str, datetime] | None = None
        self._sold_out: dict[Reach, float] = {}  # until, monotonic seconds
        self._without: set[str] = set()  # found full or closed
        self._kinds = frozenset(candidate.kind for candidate in self.channels.values())
        self._lineups: dict[tuple[object, ...], Lineup] = {}
        self._loaded_at = self._learned_at = time.monotonic()
        self._times = max(1.0, len(self.channels) / CHANNELS_OF_A_LOAD)

    @property
    def seconds(self) -> float:
        """How long this is remembered: in proportion to what it costs to load."""
        return CHANNELS_SECONDS * self._times

    @property
    def is_fresh(self) -> bool:
        """Whether it was loaded too short ago to be loaded again: never, if it is small."""
        return time.monotonic() < self._loaded_at + FRESH_SECONDS * (self._times - 1)

    @property
    def without(self) -> set[str]:
        """The channels found full or closed in the last seconds, by this function."""
        self._forget_old()
        return self._without

    @property
    def marks(self) -> dict[str, datetime] | None:
        """When each queue of the waiting list was last entered; None until asked again."""
        self._forget_old()
        return self._marks

    def learn_marks(self, marks: dict[str, datetime]) -> None:
        """Remember for some seconds when each queue was last entered."""
        self._marks = marks

    def _forget_old(self) -> None:
        """Forget that there was no room, and who waits: in a rush, too, it must not be for long."""
        now = time.monotonic()
        if now >= self._learned_at + LEARNED_SECONDS:
            self._learned_at = now
            self._marks = None
            self.waited.clear()
            self._without.clear()
            self._sold_out.clear()

    def learn_full(self, channel_id: str) -> None:
        """Remember for some seconds that a channel is full, or full for today."""
        self.without.add(channel_id)

    def learn_closed(self, channel_id: str) -> None:
        """Remember that a channel is not open, until all are loaded again."""
        self.without.add(channel_id)
        self._looked_up.pop(channel_id, None)
        known = self.channels.get(channel_id)
        if known is not None:
            self.channels[channel_id] = msgspec.structs.replace(known, open=False)

    def add(self, candidate: Candidate) -> None:
        """Remember a channel that was read by itself, for `find` alone.

        Its area and shifts are not known, so no line-up may have it.
        """
        self._looked_up[candidate.channel_id] = candidate

    def lineup(self, rule: Rule, when: When) -> Lineup:
        """Return in which order a rule gives channels now, made once a minute or so."""
        key = lineups.key_of(rule, when)
        known = self._lineups.get(key)
        if known is None:
            if len(self._lineups) >= MAX_LINEUPS:
                self._lineups.clear()
            known = Lineup(self.channels.values(), rule, when, self.atlas)
            self._lineups[key] = known
        return known

    def open_to(self, rule: Rule) -> list[Candidate]:
        """Return the open channels that a code with this rule can give, full ones too."""
        return [c for c in self.channels.values() if c.open and rule.covers(c)]

    def may_have_room(self, rule: Rule) -> bool:
        """Tell whether a channel that a code with this rule can give is not known to be full."""
        without = self.without
        return any(
            c.open and not c.full and rule.covers(c) and c.channel_id not in without
            for c in self.channels.values()
        )

    def find(self, channel_id: str) -> Candidate | None:
        """Return the channel as known, or None."""
        return self._looked_up.get(channel_id) or self.channels.get(channel_id)

    def kinds(self, rule: Rule) -> frozenset[str]:
        """Return the kinds of channel that a code with this rule can have given."""
        return self._kinds if rule.kind is None else self._kinds & {rule.kind}

    def close(self, reach: Reach) -> None:
        """Remember for a moment that there is no room, so that a rush does not ask again."""
        self._sold_out[reach] = time.monotonic() + SOLD_OUT_SECONDS

    @property
    def is_closed_to_some(self) -> bool:
        """Whether there was no room for anybody in the last seconds."""
        self._forget_old()
        return bool(self._sold_out)

    def is_closed(self, reach: Reach) -> bool:
        """Tell whether there was no room a moment ago."""
        return time.monotonic() < self._sold_out.get(reach, 0.0)


def _load_pool(name: str) -> Pool:
    last = _pools.last(name)
    atlas, texts = (last.atlas, last.texts) if last else (Atlas(), Texts())
    return Pool(loading.candidates(name, texts), atlas, texts)


def _load_inviter(name: str) -> str:
    found = organizations.find_member(*name.split("#"))
    return found.name if found is not None and found.active else ""


_codes = Memory(lambda _: CODE_SECONDS, lambda name: issued.read_code(name, clock.now()))
_organizations = Memory(lambda _: ORGANIZATION_SECONDS, organizations.find_organization)
_areas = Memory(lambda _: AREAS_SECONDS, details.has_areas)
_inviters = Memory(lambda _: ORGANIZATION_SECONDS, _load_inviter)
_pools: Memory[Pool] = Memory(
    lambda pool: pool.seconds, _load_pool, lambda pool: 1 + len(pool.channels), MAX_KEPT_CHANNELS
)


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
    """Return the channels of an organisation, at most 3 seconds old, or more of very many."""
    return _pools.get(organization_id, fresh=fresh)


def asks_place(code: Code) -> bool:
    """Tell whether a customer's location can make a difference to what a code gives."""
    rule = issued.rule_of(code)
    return (rule.area != "ignore" or rule.nearest) and _areas.get(code.organization_id)


def organization(organization_id: str) -> Organization:
    """Return the organisation, at most a minute old. Raises NotFound."""
    return _organizations.get(organization_id)


def inviter(code: Code) -> str:
    """Return the name of the member whose code it is, at most a minute old; "": of nobody."""
    referrer_id: str | None = code.referrer_id
    return _inviters.get(ids.key(code.organization_id, referrer_id)) if referrer_id else ""


def when(organization_id: str, now: datetime) -> When:
    """Return a moment as the organisation's clocks show it."""
    return When(now, ZoneInfo(organization(organization_id).time_zone))


def today(organization_id: str, now: datetime) -> str:
    """Return the organisation's day, such as 2026-03-05."""
    return clock.local_day(now, organization(organization_id).time_zone).isoformat()


def forget() -> None:
    """Forget everything: for tests."""
    for memory in (_codes, _pools, _areas, _organizations, _inviters):
        memory.forget()
