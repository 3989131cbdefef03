"""Channels and seats against the model: whatever is asked, told or waited for, in any order."""

import itertools
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal, cast

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, multiple, rule

from sluice.codes.refusals import ChannelGone, ChannelKindFixed, NoRoom
from sluice.codes.rules import places
from sluice.codes.rules.areas import Location
from sluice.codes.rules.choice import Kind, Rule
from sluice.codes.rules.counts import COUNTERS, RETAINED_DAYS
from sluice.codes.rules.seats import Contact
from sluice.codes.store import (
    channels,
    contacts,
    counters,
    expiry,
    figures,
    issued,
    joining,
    pool,
    seats,
)
from sluice.codes.tables import Customer, SeatItem
from tests.model.channels import Channels, Place, Room, Way, day_of
from tests.model.runs import FULL, SAMPLE, Machine, Note, run
from tests.support import recount
from tests.support.aws import items_of
from tests.support.candidates import weekly
from tests.support.codes import SECONDS, settings_of, stored_channels
from tests.support.events import ORGANIZATION
from tests.support.invariants import check_invariants, check_rest

UNTIL_NOON = weekly("mon tue wed thu fri sat sun", "00:00-12:00")
KINDS = {"a": "contact", "b": "contact", "c": "contact", "g": "group", "h": "group"}
HERE = Location(latitude=31.2304, longitude=121.4737)
AWAY = Location(latitude=39.9042, longitude=116.4074)
PLACES = {None: None, "here": HERE, "away": AWAY}
AREA = {"point": {"latitude": 31.2304, "longitude": 121.4737}, "radius_meters": 1000}
WAYS = {
    "ANY": Way(),
    "LIN": Way(referrer="lin"),
    "LINGROUP": Way(referrer="lin", kind="group"),
    "BOSS": Way(referrer="boss", kind="contact", own_first=False, order="random"),
    "NEAR": Way(needs_area=True, order="least-loaded"),
    "TURNS": Way(kind="contact", order="rotation"),
}
CUSTOMERS = [f"c{n}" for n in range(6)]
MOST_DAYS = 2 * counters.MAX_DAYS  # late confirmations may bring some back, until a join
REFS = [f"wx-{n}" for n in range(4)]


class ChannelsMachine(Machine):
    """Operators, customers, the provider, and time."""

    given = Bundle("given")  # assignments, also those that are long over
    told = Bundle("told")  # callbacks

    def __init__(self) -> None:
        super().__init__()
        self.patch.setattr(seats, "EXPIRY_BUCKETS", 3)  # each is a query of the sweep
        self.patch.setattr(expiry, "RESERVED", replace(expiry.RESERVED, buckets=3))
        self.model = Channels(WAYS)
        self.caps: dict[str, int] = {}  # the highest
        for code, way in WAYS.items():
            self._issue(code, way)
        for channel_id in ("a", "b", "g"):
            self.put(channel_id, {"cap": 1 if channel_id == "a" else 2})

    def _issue(self, code: str, way: Way) -> None:
        chosen = Rule(
            kind=cast("Kind | None", way.kind),
            own_first=way.own_first,
            area="require" if way.needs_area else "match",
            order=cast("Any", way.order),
        )
        issued.issue(
            ORGANIZATION,
            code=code,
            referrer_id=way.referrer,
            campaign_id=None,
            rule=chosen,
            expires_at=None,
            answer=None,
            claim=None,
            now=self.world.now,
        )

    # Operators

    @rule(
        channel_id=st.sampled_from(sorted(KINDS)),
        given=st.fixed_dictionaries(
            {
                "cap": st.integers(0, 3),
                "daily_cap": st.sampled_from([None, None, None, 1, 2]),
                "status": st.sampled_from(["open", "open", "open", "closed"]),
                "owner_id": st.sampled_from([None, None, "lin", "boss"]),
                "service_area": st.sampled_from([None, None, AREA]),
                "shifts": st.sampled_from([None, None, UNTIL_NOON]),
                "backup": st.sampled_from([False, False, True]),
            }
        ),
    )
    def put(self, channel_id: str, given: dict[str, Any]) -> None:
        """Create, change, close, open again; a cap may fall below what is held (A1, A9)."""
        whole = settings_of(channel_id, kind=KINDS[channel_id], **given)
        stored = channels.put_channel(ORGANIZATION, channel_id, whole, self.world.now)
        self.caps[channel_id] = max(whole["cap"], self.caps.get(channel_id, 0))
        area = None if whole["service_area"] is None else "here"
        room = Room(
            kind=whole["kind"],
            cap=whole["cap"],
            daily_cap=whole["daily_cap"],
            status=whole["status"],
            owner=whole["owner_id"],
            area=area,
            backup=whole["backup"],
            closes_at=None if whole.get("shifts") is None else 12,
        )
        self.model.put(channel_id, room, self.world.now)
        assert int(stored.held) == self.model.held(channel_id), "a PUT touches no counter"

    @rule(channel_id=st.sampled_from(sorted(KINDS)))
    def change_kind(self, channel_id: str) -> None:
        """Refused for ever: the seats it holds belong to it."""
        other = {"contact": "group", "group": "contact"}[KINDS[channel_id]]
        if channel_id in self.model.rooms:
            with pytest.raises(ChannelKindFixed):
                channels.put_channel(
                    ORGANIZATION, channel_id, settings_of(channel_id, kind=other), self.world.now
                )

    @rule(channel_id=st.sampled_from(sorted(KINDS)))
    def remove(self, channel_id: str) -> None:
        """Nobody gets a seat there from the next request on (A9)."""
        if channel_id not in self.model.rooms:
            with pytest.raises(ChannelGone):
                channels.remove_channel(ORGANIZATION, channel_id)
            return
        channels.remove_channel(ORGANIZATION, channel_id)
        self.model.remove(channel_id, self.world.now)

    # Customers

    @rule(
        target=given,
        customer=st.sampled_from(CUSTOMERS),
        code=st.sampled_from(sorted(WAYS)),
        location=st.sampled_from([None, None, "here", "away"]),
        is_cold=st.booleans(),
    )
    def join(self, customer: str, code: str, location: str | None, *, is_cold: bool) -> Any:
        """Join, for the first time or again; `is_cold` is a function that remembers nothing."""
        model, now = self.model, self.world.now
        if is_cold:
            pool.forget()
            model.forget()
        own = model.answers(customer, code)
        shown = own | model.shown_again(customer, code, now)
        before = model.choices(code, location, now)
        must_serve = bool(own) or model.must_be_served(code, location, now)
        try:
            joined = self._join(customer, code, location)
        except NoRoom:
            assert not own, "who has a seat is answered, whatever is full"
            may_remember = model.may_remember(code, location, now)
            assert not must_serve or may_remember, "there was room"
            self._adopt_taken_back(may=not before or may_remember)
            model.refuse(code, location, now)
            return multiple()
        name = joined.assignment.assignment_id
        assert not (joined.is_new and own), "sticky before any rule"
        moved = model.seat(customer, KINDS[joined.assignment.channel_id]) if joined.is_new else {}
        self._adopt_taken_back(may=not before and not own, but=moved)
        if not joined.is_new:
            assert name in shown
            model.renew(name, now, SECONDS)
            assert joined.assignment.expires_at == model.places[name].expires_at
            return multiple()
        tiers = model.choices(code, location, now)
        channel_id = joined.assignment.channel_id
        may = model.may_serve(channel_id, code, location, now)
        assert may, f"{channel_id} has no room, or is barred"
        if is_cold and before:
            assert channel_id in tiers[0], "the referrer's own first, then who is near, then all"
        place = Place(
            customer, KINDS[channel_id], channel_id, code, now, joined.assignment.expires_at
        )
        assert place.expires_at == now + timedelta(seconds=SECONDS)
        model.take(name, place)
        return name

    @rule(
        target=given,
        code=st.sampled_from(sorted(WAYS)),
        location=st.sampled_from([None, "here"]),
        is_cold=st.booleans(),
    )
    def crowd(self, code: str, location: str | None, *, is_cold: bool) -> Any:
        """Everybody scans the same poster: what is left of the pool goes."""
        found = [self.join(customer, code, location, is_cold=is_cold) for customer in CUSTOMERS]
        return multiple(*(name for name in found if isinstance(name, str)))

    def _join(self, customer: str, code: str, location: str | None) -> joining.Joined:
        now = self.world.now
        found = issued.read_code(code, now)
        return joining.join(
            found,
            issued.rule_of(found),
            customer,
            places.Place(PLACES[location]),
            when=pool.when(ORGANIZATION, now),
            seconds=SECONDS,
        )

    def _adopt_taken_back(self, *, may: bool, but: Collection[str] = ()) -> None:
        """Let the model know which expired seats a join in need took back.

        `but` are those of a customer who moved from a removed channel: given back by the move.
        """
        stored = _stored_seats()
        for name, place in self.model.places.items():
            _, status, _ = stored[place.customer, place.scope][name]
            if name not in but and place.is_expired(self.world.now) and status == "released":
                assert may, "seats are taken back in need only"
                place.given_back = True

    # The provider

    @rule(
        target=told,
        name=given,
        kind=st.sampled_from(["connected", "connected", "lost"]),
        ref=st.sampled_from(REFS),
        seconds_ago=st.sampled_from([0, 0, 0, 1, 400]),
        by=st.sampled_from(["customer", "member"]),
    )
    def tell(
        self,
        name: str,
        kind: Literal["connected", "lost"],
        ref: str,
        seconds_ago: int,
        by: Literal["customer", "member"],
    ) -> Contact:
        """Tell of a contact, in time or late; the same `ref` twice makes one person of two."""
        at = self.world.now - timedelta(seconds=seconds_ago)
        contact = Contact(kind, name, at, ref, by)
        self._tell(contact)
        return contact

    @rule(contact=told)
    def tell_again(self, contact: Contact) -> None:
        """A duplicate changes nothing, whatever happened since."""
        before = _stored_seats()
        self._tell(contact)
        assert _stored_seats() == before

    def _tell(self, contact: Contact) -> None:
        outcome = contacts.tell(ORGANIZATION, "sandbox", contact, self.world.now)
        expected = self.model.tell(
            contact.assignment_id, contact.kind, contact.at, contact.customer_ref, contact.by
        )
        assert outcome.outcome == expected
        stored = _stored_seats()
        for seat in self.model.undecided():
            for name, place in seat.items():
                place.given_back = stored[place.customer, place.scope][name][1] == "released"

    # Time

    @rule(
        seconds=st.sampled_from([0, 1, 1, 60, SECONDS, SECONDS, 8 * 3600, 86_400, 8 * 86_400]),
        is_swept=st.booleans(),
        is_delivered=st.booleans(),
    )
    def wait(self, seconds: int, *, is_swept: bool, is_delivered: bool) -> None:
        """Let time pass; then schedule and streams may come, or not.

        The schedule gives back all that has expired, and nothing else.
        """
        self.world.now += timedelta(seconds=seconds)
        if is_swept:
            expected = self.model.sweep(self.world.now)
            assert expiry.release_expired(self.world.now, float("inf")) == expected
        if is_delivered:
            self.world.drain()

    # What holds after every step

    @invariant()
    def everything_holds(self) -> None:
        """The invariants of all tests, and the model's view."""
        type(self).steps += 1
        check_invariants(self.caps)
        self._compare_seats()
        self._compare_channels()
        self._compare_customers()

    def _compare_seats(self) -> None:
        expected: dict[tuple[str, str], dict[str, tuple[str, str, bool]]] = {}
        for name, place in self.model.places.items():
            seat = expected.setdefault((place.customer, place.scope), {})
            seat[name] = (place.channel, place.status, place.late)
        assert _stored_seats() == expected

    def _compare_channels(self) -> None:
        today = date.fromisoformat(day_of(self.world.now))
        recent = {(today - timedelta(days=ago)).isoformat() for ago in range(3)}
        for channel in stored_channels():
            name = channel.channel_id
            turns = [place for place in self.model.places.values() if place.channel == name]
            assert int(channel.turns or 0) == len(turns), f"turns of {name}"
            assert int(channel.held) == self.model.held(name), name
            assert not channel.full or channel.held >= channel.cap, f"{name} is hinted full"
            assert len(channel.days.attribute_values) <= MOST_DAYS, name
            counted = {
                day: int(channel.days.attribute_values.get("d" + day.replace("-", "")) or 0)
                for day in recent
            }
            days = self.model.days(name)
            is_hinted = channel.full_day == today.isoformat()
            cap = self.model.rooms[name].daily_cap
            assert not is_hinted or (cap is not None and days.get(str(today), 0) >= cap), (
                f"{name} is hinted full for today"
            )
            assert counted == {day: days.get(day, 0) for day in recent}, name

    def _compare_customers(self) -> None:
        model = self.model
        stored = {
            item.customer_id: item
            for item in items_of(Customer)
            if isinstance(item, Customer) and item.key.startswith(f"{ORGANIZATION}#customer#")
        }
        merged = {name: item.merged_into for name, item in stored.items() if item.merged_into}
        assert merged == model.became
        for name, item in stored.items():
            if not item.merged_into:
                assert item.referrer_id == model.brought_by.get(name), f"who brought {name}"

    def check_end(self) -> None:
        """At rest: statistics as the model counts them (A8)."""
        check_rest(self.caps)
        for dimension in ("channels", "codes", "referrers"):
            asked = figures.Asked(dimension, None, None, by_day=False, limit=100, cursor="")
            rows, _ = figures.read(ORGANIZATION, asked)
            found = {one.id: dict(+one.counters) for one in rows}
            expected = {
                name: {counter: n for counter, n in row.items() if counter in COUNTERS}
                for name, row in self.model.statistics(dimension).items()
            }
            assert found == expected, f"{found} instead of {expected}"
        counted = recount.stored_statistics()
        for name, days in itertools.product(self.model.rooms, RETAINED_DAYS):
            retained = Counter[str]()
            for (dimension, its_id, day, counter), number in counted.items():
                if (dimension, its_id) == ("channels", name) and day != "total":
                    sign = {"connections": 1, f"lost_within_{days}": -1}.get(counter, 0)
                    retained[day] += sign * number
            assert +retained == self.model.retained(name, days), f"{name} after {days} days"


def _stored_seats() -> dict[tuple[str, str], dict[str, tuple[str, str, bool]]]:
    found = {}
    for item in items_of(SeatItem):
        assert isinstance(item, SeatItem)
        if item.seat.assignments:
            found[item.customer.removeprefix(f"{ORGANIZATION}#"), item.scope] = {
                a.assignment_id: (a.channel_id, str(a.status), a.late)
                for a in item.seat.assignments
            }
    return found


def test_a_sample_of_lives_of_channels_is_as_the_model_says(record_property: Note) -> None:
    """Repeat it with FAULTS_SEED (A1, A4 to A6, A8, A9)."""
    run(ChannelsMachine, SAMPLE, record_property)


@pytest.mark.proof
def test_many_lives_of_channels_are_as_the_model_says(record_property: Note) -> None:
    run(ChannelsMachine, FULL, record_property)
