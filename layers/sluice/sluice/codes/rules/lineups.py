"""In which order channels are tried (A4): prepared once, asked by every join.

The referrer's own channels, then those that serve the customer's place, then those that serve
anywhere or cannot be told; backups after all of these. Among equals the nearest, if the rule says
so, and then a draw by weight, or figures (loads.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from math import ceil, inf
from operator import attrgetter

import msgspec

from sluice.codes.rules.areas import Area, Atlas
from sluice.codes.rules.choice import Candidate, Choice, Rule, barred, misplaced
from sluice.codes.rules.coverage import Coverage, Placed, by_distance
from sluice.codes.rules.places import NOWHERE, Place, serves
from sluice.codes.rules.reasons import reason, why_of
from sluice.codes.rules.shifts import When
from sluice.codes.rules.urns import Draw, Urn

OWN, SERVING, OTHERS = range(3)  # tiers
_TOLD_METERS = 100  # a distance is told no more exactly: it says where the customer was


class Ask(msgspec.Struct, frozen=True):
    """Who asks for a channel, and by which rule."""

    rule: Rule
    referrer_id: str | None = None
    place: Place = NOWHERE


class _Group(msgspec.Struct, frozen=True):
    """Channels among which only the draw, or figures, decide."""

    tier: int
    urn: Urn
    meters: float | None = None


class Lineup:
    """The channels that a rule may give at a moment, prepared for many joins.

    It holds for rules and moments of the same `key_of`. `atlas` keeps areas ready from one
    line-up to the next.
    """

    def __init__(
        self, candidates: Iterable[Candidate], rule: Rule, when: When, atlas: Atlas | None = None
    ) -> None:
        usable = [c for c in candidates if not barred(c, rule, when)]
        usable.sort(key=attrgetter("channel_id"))  # in any order given: equal draws, equal choices
        known = atlas or Atlas()
        self._regular = _Side([c for c in usable if not c.backup], known)
        self._backup = _Side([c for c in usable if c.backup], known)

    def choices(
        self, ask: Ask, draw: Draw, without: AbstractSet[str] = frozenset()
    ) -> Iterator[Choice]:
        """Yield the channels to try, the best first; each is worked out when it is asked for.

        `without` are channels that are known by now to be full, closed or tried.
        """
        out = set(without)
        for is_backup, side in ((False, self._regular), (True, self._backup)):
            for group in side.groups(ask):
                rank = (is_backup, group.tier, inf if group.meters is None else group.meters)
                for candidate in group.urn.drawn(draw, out):
                    yield Choice(candidate, _why(candidate, group, ask), rank)

    def names(self, ask: Ask) -> frozenset[str]:
        """Return the channels that `choices` would yield, without drawing any."""
        groups = (group for side in (self._regular, self._backup) for group in side.groups(ask))
        return frozenset(c.channel_id for group in groups for c in group.urn.candidates)


def key_of(rule: Rule, when: When) -> tuple[object, ...]:
    """Return what a line-up depends on besides its channels: those of equal keys are the same."""
    return rule.scope, rule.order == "random", when.minute


class _Side:
    """The regular channels of a line-up, or its backups, grouped as asks need them."""

    def __init__(self, candidates: Sequence[Candidate], atlas: Atlas) -> None:
        self._everyone = Urn(candidates)
        self._atlas = atlas

    def groups(self, ask: Ask) -> Iterator[_Group]:
        """Yield groups, the best first; a channel may be in more than one."""
        rule, place = ask.rule, ask.place
        if rule.own_first and ask.referrer_id is not None:
            yield from _spread(OWN, self._own(ask, ask.referrer_id), ask)
        if rule.area == "ignore":
            if rule.nearest and place.location is not None:
                yield from _spread(OTHERS, self._placed, ask)
            else:
                yield _Group(OTHERS, self._everyone)
            return
        serving = self._coverage.serving(place) if place.is_known else []
        yield from _spread(SERVING, serving, ask)
        if rule.area == "match":
            yield _Group(OTHERS, self._others(place, serving))

    def _own(self, ask: Ask, referrer_id: str) -> list[Placed]:
        """Return the referrer's channels for this place; one that may not serve it has no area."""
        rule, place = ask.rule, ask.place
        return [
            one if rule.area == "ignore" or _serves(one, place) else Placed(one.candidate, None)
            for one in self._owned.get(referrer_id, ())
            if not misplaced(one.area, rule, place)
        ]

    def _others(self, place: Place, serving: Sequence[Placed]) -> Urn:
        if not place.is_known:
            return self._everyone
        unsure = self._coverage.unsure(place, serving)
        return Urn([*self._anywhere.candidates, *unsure]) if unsure else self._anywhere

    @cached_property
    def _placed(self) -> list[Placed]:
        return [Placed(c, self._area_of(c)) for c in self._everyone.candidates]

    @cached_property
    def _anywhere(self) -> Urn:
        return Urn([c for c in self._everyone.candidates if c.service_area is None])

    @cached_property
    def _coverage(self) -> Coverage:
        candidates = self._everyone.candidates
        return Coverage((c, area) for c in candidates if (area := self._area_of(c)) is not None)

    @cached_property
    def _owned(self) -> dict[str, list[Placed]]:
        owned = defaultdict(list)
        for candidate in self._everyone.candidates:
            if candidate.owner_id is not None:
                owned[candidate.owner_id].append(Placed(candidate, self._area_of(candidate)))
        return owned

    def _area_of(self, candidate: Candidate) -> Area | None:
        if candidate.service_area is None:
            return None
        return self._atlas.of(candidate.channel_id, candidate.service_area)


def _serves(one: Placed, place: Place) -> bool:
    return one.area is not None and serves(one.area, place) is True


def _spread(tier: int, placed: Sequence[Placed], ask: Ask) -> Iterator[_Group]:
    """Yield the channels of a tier: by distance where the rule asks for it, else together."""
    if ask.rule.nearest and ask.place.location is not None:
        for meters, together in by_distance(placed, ask.place.location):
            yield _Group(tier, Urn(together), meters)
    elif placed:
        yield _Group(tier, Urn([one.candidate for one in placed]))


def _why(candidate: Candidate, group: _Group, ask: Ask) -> str:
    told = None if group.meters is None else ceil(group.meters / _TOLD_METERS) * _TOLD_METERS
    return why_of(
        "backup" if candidate.backup else "",
        "own" if group.tier == OWN else _why_here(candidate, group.tier, ask),
        "" if told is None else reason("nearest", told),
        "" if ask.rule.needs_figures else "random",
    )


def _why_here(candidate: Candidate, tier: int, ask: Ask) -> str:
    area, place = candidate.service_area, ask.place
    if ask.rule.area == "ignore":
        return "any"
    if area is None:
        return "anywhere"
    if tier == OTHERS:
        return "place-unknown"
    if "region" in area:
        named = place.region if place.region in area["region"] else place.country
        return reason("region", str(named))
    return "area-rough" if place.coarse else "area"
