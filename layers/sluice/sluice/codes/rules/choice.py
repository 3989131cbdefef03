"""Which channels a customer may get, and in which order they are tried (A4).

A rule is data: it is stored with the code, validated once, and each choice says why it was made.
"""

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sluice.codes.rules import areas

KINDS = ("contact", "group")
Kind = Literal["contact", "group"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a code chooses. Sticky comes before any rule and is not part of it."""

    kind: Kind | None = None  # None: channels of both kinds
    order: Literal["random", "random-with-room"] = "random-with-room"
    own_first: bool = True  # the referrer's own channels before the others
    area: Literal["match", "require", "ignore"] = "match"
    reservation_seconds: Annotated[int, Meta(ge=5, le=86_400)] | None = None


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


class Choice(msgspec.Struct, frozen=True):
    """A channel to try, and why it comes at this place."""

    candidate: Candidate
    why: str


def order(
    candidates: Sequence[Candidate],
    rule: Rule,
    referrer_id: str | None,
    location: areas.Location | None,
    draw: Callable[[], float],
) -> list[Choice]:
    """Return the channels to try, the best first.

    Own channels, then those that serve the customer's location, then those that serve anywhere;
    backups after all of these; within each, at random by weight. `draw` gives numbers in [0, 1).
    """
    ranked = []
    for candidate in candidates:
        tier = _tier(candidate, rule, referrer_id, location)
        if tier is None:
            continue
        # The smallest of -ln(u) / weight falls on each channel in proportion to its weight.
        chance = -math.log(1.0 - draw()) / candidate.weight
        ranked.append((candidate.backup, tier[0], chance, Choice(candidate, _why(candidate, tier))))
    ranked.sort(key=lambda entry: entry[:3])
    return [choice for *_, choice in ranked]


def _tier(
    candidate: Candidate,
    rule: Rule,
    referrer_id: str | None,
    location: areas.Location | None,
) -> tuple[int, str] | None:
    if not candidate.open or rule.kind not in {None, candidate.kind}:
        return None
    if rule.order == "random-with-room" and candidate.full:
        return None
    place = _place(candidate, rule, location)
    if place is None:
        return None
    if rule.own_first and referrer_id is not None and candidate.owner_id == referrer_id:
        return 0, "the referrer's own"
    return place


def _place(
    candidate: Candidate, rule: Rule, location: areas.Location | None
) -> tuple[int, str] | None:
    area = candidate.service_area
    if rule.area == "ignore":
        return 2, "any"
    if location is not None and area is not None:
        return (1, "serves the location") if areas.covers(area, location) else None
    if rule.area == "require":
        return None
    if area is None:
        return 2, "serves anywhere"
    return 2, "location unknown"


def _why(candidate: Candidate, tier: tuple[int, str]) -> str:
    parts = [tier[1], "at random by weight"]
    if candidate.backup:
        parts.insert(0, "backup")
    return ", ".join(parts)
