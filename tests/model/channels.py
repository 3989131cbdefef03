"""What channels and seats must do (spec A1 to A9, design 3), apart from the product: plain dicts.

Nothing is counted on the way: a channel holds the people who have a place in it now. Where the
product may choose, the model only says what would be right; the test then tells it what was taken.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Literal

LOCAL = timedelta(hours=8)  # of the organisation in Shanghai
SOLD_OUT = timedelta(seconds=0.5)  # for which a function may remember a refusal
SEEN = timedelta(seconds=3)  # for which a function may take a channel for open
TAKEN_BACK = 4  # expired seats that a join in need frees
PLACES = (None, "here", "away")  # that customers name
KEPT = 8  # assignments beside the current one that a late callback surely finds


@dataclass
class Room:
    """A channel; `area` is None where it serves anywhere."""

    kind: str
    cap: int
    daily_cap: int | None
    status: str  # open, closed or removed
    owner: str | None
    area: str | None
    backup: bool
    closes_at: int | None = None  # hour of the day from which on nobody is given


@dataclass(frozen=True)
class Way:
    """A code: whose it is and what it allows."""

    referrer: str | None = None
    kind: str | None = None
    own_first: bool = True
    needs_area: bool = False
    order: str = "random-with-room"


@dataclass
class Place:
    """One channel shown to one customer, and all that was told of it."""

    customer: str
    scope: str
    channel: str
    code: str
    reserved_at: datetime
    expires_at: datetime
    connections: set[datetime] = field(default_factory=set)
    losses: dict[datetime, str] = field(default_factory=dict)  # and who left
    given_back: bool = False
    was_released: bool = False
    late: bool = False

    @property
    def status(self) -> str:
        """The latest of what was told decides, a loss where both are at once."""
        latest = max(self.connections, default=None)
        if latest and latest > max(self.losses, default=datetime.min.replace(tzinfo=latest.tzinfo)):
            return "connected"
        if self.connections or self.losses:
            return "lost"
        return "released" if self.given_back else "reserved"

    @property
    def ended(self) -> int:
        """How often a connection ended: once, where both sides leave."""
        ends = [min((at for at in self.losses if at >= c), default=None) for c in self.connections]
        return len(set(ends) - {None})

    @property
    def day(self) -> str:
        """The organisation's day on which it was reserved."""
        return day_of(self.reserved_at)

    def is_expired(self, now: datetime) -> bool:
        """Tell whether it waits for a confirmation that is overdue."""
        return self.status == "reserved" and self.expires_at <= now


@dataclass
class Channels:
    """Everything that is known, and what it means."""

    ways: dict[str, Way]
    rooms: dict[str, Room] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)  # by assignment
    became: dict[str, str] = field(default_factory=dict)  # customer -> who they turned out to be
    known_as: dict[str, str] = field(default_factory=dict)  # id at the provider -> customer
    brought_by: dict[str, str] = field(default_factory=dict)
    # when those who name a place were told that a code has no room
    refused: dict[tuple[str, str | None], datetime] = field(default_factory=dict)
    closed_at: dict[str, datetime] = field(default_factory=dict)  # channels that were open
    # what channels were before they were changed, and until when functions may remember it
    before: dict[str, list[tuple[datetime, Room]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def person(self, customer: str) -> str:
        """Return who a customer is after all merges."""
        while customer in self.became:
            customer = self.became[customer]
        return customer

    def seat(self, customer: str, scope: str | None = None) -> dict[str, Place]:
        """Return the places of a person, in one scope or in all."""
        person = self.person(customer)
        return {
            name: place
            for name, place in self.places.items()
            if place.customer == person and scope in {None, place.scope}
        }

    def held(self, channel: str) -> int:
        """Count the people who have a place in a channel."""
        live = {"reserved", "connected"}
        return len({p.customer for p in self._in(channel) if p.status in live})

    def days(self, channel: str) -> dict[str, int]:
        """Count, for each day, the places given and not given back."""
        counts: dict[str, int] = defaultdict(int)
        for place in self._in(channel):
            counts[place.day] += place.status != "released"
        return {day: count for day, count in counts.items() if count}

    def _in(self, channel: str) -> Iterator[Place]:
        return (place for place in self.places.values() if place.channel == channel)

    # Customers join: A4, A5

    def answers(self, customer: str, code: str) -> set[str]:
        """Return the assignments of which a customer must be told again; empty: a new one."""
        kind = self.ways[code].kind
        own = self.seat(customer, kind)
        return {
            name
            for name, place in own.items()
            if place.status == "connected"
            or (place.status == "reserved" and self.rooms[place.channel].status == "open")
        }

    def shown_again(self, customer: str, code: str, now: datetime) -> set[str]:
        """Return the reservations in channels that a function may still take for open (A9).

        Whoever has one is no new customer there; a new one is refused by the write itself.
        """
        return {
            name
            for name, place in self.seat(customer, self.ways[code].kind).items()
            if place.status == "reserved"
            and not place.is_expired(now)
            and place.channel in self.closed_at
            and now < self.closed_at[place.channel] + SEEN
        }

    def choices(self, code: str, location: str | None, now: datetime) -> list[set[str]]:
        """Return the channels with room for a newcomer, the ones to prefer first."""
        tiers: dict[tuple[bool, int], set[str]] = defaultdict(set)
        for name in self._served(code, location, now):
            room, way = self.rooms[name], self.ways[code]
            if not self._has_room(name, now):
                continue
            own = way.own_first and way.referrer is not None and room.owner == way.referrer
            near = location is not None and room.area == location
            tiers[room.backup, 0 if own else 1 if near else 2].add(name)
        return [tiers[rank] for rank in sorted(tiers)]

    def must_be_served(self, code: str, location: str | None, now: datetime) -> bool:
        """Tell whether there is room, or would be if what expired were taken back (A6).

        A few are, of the channels that this customer can get: whichever they are, one is enough.
        """
        served = set(self._served(code, location, now))
        expired = [
            place
            for place in self.places.values()
            if place.is_expired(now) and place.channel in served
        ]
        few = combinations(expired, min(TAKEN_BACK, len(expired)))
        return all(self._has_choice_without(some, code, location, now) for some in few)

    def _has_choice_without(
        self, given_back: Sequence[Place], code: str, location: str | None, now: datetime
    ) -> bool:
        for place in given_back:
            place.given_back = True
        found = bool(self.choices(code, location, now))
        for place in given_back:
            place.given_back = False
        return found

    def refuse(self, code: str, location: str | None, now: datetime) -> None:
        """Note that there was no room; that holds for places where just the same can be had."""
        served = set(self._served(code, location, now))
        for other in PLACES:
            same = set(self._served(code, other, now)) == served
            if other == location or (same and None not in {other, location}):
                self.refused[code, other] = now

    def may_remember(self, code: str, location: str | None, now: datetime) -> bool:
        """Tell whether a function that was asked a moment ago may refuse without asking."""
        told = self.refused.get((code, location))
        return told is not None and now < told + SOLD_OUT

    def forget(self) -> None:
        """Let functions remember nothing."""
        self.refused.clear()
        self.closed_at.clear()
        self.before.clear()

    def put(self, name: str, room: Room, now: datetime) -> None:
        """Create or change a channel."""
        if name in self.rooms:
            self.before[name].append((now + SEEN, self.rooms[name]))
            if self.rooms[name].status == "open" and room.status != "open":
                self.closed_at[name] = now
        self.rooms[name] = room

    def may_serve(self, name: str, code: str, location: str | None, now: datetime) -> bool:
        """Tell whether a function may give a channel: it is open, has room and serves there.

        Open and room are asked of the channel itself (A9); whom it serves may be remembered from
        before it was changed.
        """
        room = self.rooms[name]
        known = [room, *(old for until, old in self.before[name] if now < until)]
        served = any(self._serves(seen, code, location, now) for seen in known)
        return room.status == "open" and self._has_room(name, now) and served

    def remove(self, name: str, now: datetime) -> None:
        """Give nobody a place there from now on."""
        self.put(name, replace(self.rooms[name], status="removed"), now)

    def _served(self, code: str, location: str | None, now: datetime) -> Iterator[str]:
        for name, room in self.rooms.items():
            if room.status == "open" and self._serves(room, code, location, now):
                yield name

    def _serves(self, room: Room, code: str, location: str | None, now: datetime) -> bool:
        way = self.ways[code]
        if way.kind not in {None, room.kind}:
            return False
        if room.closes_at is not None and (now + LOCAL).hour >= room.closes_at:
            return False
        if location is not None and room.area not in {None, location}:
            return False
        return not way.needs_area or (location is not None and room.area is not None)

    def _has_room(self, name: str, now: datetime) -> bool:
        room = self.rooms[name]
        today = self.days(name).get(day_of(now), 0)
        return self.held(name) < room.cap and (room.daily_cap is None or today < room.daily_cap)

    def take(self, name: str, place: Place) -> None:
        """Give a new place; what was only reserved in the same seat is given back."""
        place.customer = self.person(place.customer)
        for other in self.seat(place.customer, place.scope).values():
            other.given_back = True
        self.places[name] = place

    def renew(self, name: str, now: datetime, seconds: int) -> None:
        """Show a place again; one whose time is over waits anew."""
        place = self.places[name]
        if place.is_expired(now):
            place.expires_at = now + timedelta(seconds=seconds)

    # What the provider tells, and time (A6)

    def sweep(self, now: datetime) -> int:
        """Give back all that has expired; returns how many."""
        expired = [place for place in self.places.values() if place.is_expired(now)]
        for place in expired:
            place.given_back = True
        return len(expired)

    def tell(
        self, name: str, kind: Literal["connected", "lost"], at: datetime, ref: str, by: str
    ) -> Literal["applied", "known"]:
        """Take a callback; returns whether it was news."""
        place = self.places[name]
        if at in (place.connections if kind == "connected" else place.losses):
            return "known"
        before = place.status
        if kind == "connected":
            place.connections.add(at)
        else:
            place.losses[at] = by
        place.was_released = place.was_released or before == "released"
        came_back = any(at > min(place.losses) for at in place.connections if place.losses)
        place.late = came_back or (place.was_released and bool(place.connections))
        if kind == "connected":
            self._know(place, ref)
        self._one_reservation(place.customer)
        return "applied"

    def _know(self, place: Place, ref: str) -> None:
        mine, other = place.customer, self.person(self.known_as.setdefault(ref, place.customer))
        referrer = self.ways[place.code].referrer
        if referrer is not None:
            self.brought_by.setdefault(mine, referrer)
        if other == mine:
            return
        self.became[mine] = other
        if mine in self.brought_by:
            self.brought_by.setdefault(other, self.brought_by[mine])
        for moved in self.places.values():
            moved.customer = self.person(moved.customer)

    def _one_reservation(self, person: str) -> None:
        """A connected place wins over a reserved one, a newer reservation over an older."""
        for scope in ("contact", "group"):
            seat = self.seat(person, scope).values()
            reserved = [place for place in seat if place.status == "reserved"]
            newest = max((place.reserved_at for place in reserved), default=None)
            has_connected = any(place.status == "connected" for place in seat)
            for place in reserved:
                if has_connected or place.reserved_at != newest:
                    place.given_back = True

    def undecided(self) -> list[dict[str, Place]]:
        """Return the seats in which two reservations are of one moment: either may be kept."""
        seats: dict[tuple[str, str], dict[str, Place]] = defaultdict(dict)
        for name, place in self.places.items():
            if place.status == "reserved":
                seats[place.customer, place.scope][name] = place
        return [seat for seat in seats.values() if len(seat) > 1]

    # What is counted: A8

    def statistics(self, dimension: str) -> dict[str, dict[str, int]]:
        """Return the totals of each channel, code or referrer."""
        rows: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        counted_now = {"connected": "customers", "reserved": "reserved"}
        people: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for place in self.places.values():
            ids = {"channels": place.channel, "codes": place.code}
            name = ids.get(dimension) or self.ways[place.code].referrer
            if name is None:
                continue
            rows[name]["joins"] += 1
            rows[name]["releases"] += place.status == "released"
            rows[name]["connections"] += len(place.connections)
            rows[name]["losses"] += place.ended
            for by in place.losses.values():
                rows[name][f"losses_by_{by}"] += 1
            if place.status in counted_now:
                people[name, counted_now[place.status]].add((place.customer, place.scope))
        for (name, counter), those in people.items():
            rows[name][counter] = len(those)
        return {name: {k: n for k, n in row.items() if n} for name, row in rows.items()}

    def retained(self, channel: str, days: int) -> dict[str, int]:
        """Count, by day, the connections that no loss ended until so many days later."""
        counts: dict[str, int] = defaultdict(int)
        for place in self._in(channel):
            for connected in place.connections:
                ends = [loss for loss in place.losses if loss >= connected]
                begun = date.fromisoformat(day_of(connected))
                last = date.fromisoformat(day_of(min(ends))) if ends else date.max
                counts[begun.isoformat()] += last > begun + timedelta(days=days)
        return {day: count for day, count in counts.items() if count}


def day_of(moment: datetime) -> str:
    """Return the organisation's day of a moment."""
    return (moment + LOCAL).date().isoformat()
