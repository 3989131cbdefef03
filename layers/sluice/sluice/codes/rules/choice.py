"""A code's rule, and which channels it may give at all (A4).

A rule is data: it is stored with the code, validated once, and each choice says why it was made.
In which order channels are tried: lineups.py, and loads.py for the orders that compare figures.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sluice.codes.rules.areas import Area
from sluice.codes.rules.places import Place, serves
from sluice.codes.rules.shifts import Shifts, When
from sluice.codes.rules.waiting import Waiting
from sluice.shared.fields import Name

KINDS = ("contact", "group")
Kind = Literal["contact", "group"]
MAX_OWNERS = 50
MAX_WEIGHT = 1_000  # keeps sums of weights exact, and heavy channels from hiding all others
Weight = Annotated[int, Meta(ge=1, le=MAX_WEIGHT)]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a code chooses. Sticky comes before any rule and is not part of it.

    The fields are read from top to bottom: who may be given, who is preferred, who of these.
    """

    kind: Kind | None = None  # None: channels of both kinds
    order: Literal["random", "random-with-room", "rotation", "least-loaded"] = "random-with-room"
    own_first: bool = True  # the referrer's own channels before the others
    area: Literal["match", "require", "ignore"] = "match"
    reservation_seconds: Annotated[int, Meta(ge=5, le=86_400)] | None = None
    nearest: bool = False  # the nearest of those that serve the place; then by `order`
    waiting: Waiting | None = None  # a place on the list when all is full; else a refusal
    owners: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MAX_OWNERS)] | None = None
    # Channels of these members alone; None: of anybody, and of nobody

    @property
    def scope(self) -> "Scope":
        """What makes a channel one that the rule can give at all, wherever and whenever."""
        return self.kind, self.owners

    def covers(self, candidate: "Candidate") -> bool:
        """Tell whether a channel is of the kind and of an owner that the rule names."""
        return not foreign(candidate, self)

    @property
    def needs_figures(self) -> bool:
        """Whether `order` compares what channels hold or were given, which must be read."""
        return self.order in {"rotation", "least-loaded"}


type Scope = tuple[Kind | None, tuple[str, ...] | None]


class Candidate(msgspec.Struct, frozen=True):
    """A channel as a choice needs it; it may be some seconds old, the write decides."""

    channel_id: str
    kind: str
    name: str
    provider: str  # account id
    provider_type: str
    provider_ref: str
    open: bool
    full: bool = False
    backup: bool = False
    weight: int = 1
    cap: int = 0
    owner_id: str | None = None
    service_area: dict[str, Any] | None = None
    shifts: Shifts | None = None
    full_day: str | None = None  # the organisation's day whose cap was found reached
    way_url: str | None = None  # of the way that a provider gave it


class Choice(msgspec.Struct, frozen=True):
    """A channel to try, and why it comes at this place: codes of reasons.py."""

    candidate: Candidate
    why: str
    rank: tuple[bool, int, float] = (False, 0, 0.0)  # backup, tier, distance: the least first


def foreign(candidate: Candidate, rule: Rule) -> str:
    """Return the code of why a rule never gives this channel, or an empty text."""
    if rule.kind is not None and rule.kind != candidate.kind:
        return "kind"
    return "" if rule.owners is None or candidate.owner_id in rule.owners else "not-theirs"


def barred(candidate: Candidate, rule: Rule, when: When) -> str:
    """Return the code of why nobody gets this channel now, wherever they are, or an empty text."""
    if not candidate.open:
        return "closed"
    if why := foreign(candidate, rule):
        return why
    if rule.order != "random":
        if candidate.full:
            return "full"
        if candidate.full_day is not None and candidate.full_day == when.today:
            return "full-today"
    return "" if when.is_open(candidate.shifts) else "off-shift"


def misplaced(area: Area | None, rule: Rule, place: Place) -> str:
    """Return the code of why a channel with this area is not for this place, or an empty text."""
    if rule.area == "ignore":
        return ""
    serving = None if area is None else serves(area, place)
    if serving is False:
        return "elsewhere"
    if rule.area == "require" and serving is None:
        return "no-area" if area is None else "place-unknown"
    return ""
