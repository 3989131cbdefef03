"""Step 3: 200 customers scan and join at once; no channel goes over its cap (A3 to A5)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from infra.demo import crowd, samples
from infra.demo.crowd import Visitor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.demo.crowd import Joined, Rush
    from infra.demo.issuing import Code
    from infra.demo.opening import Organization
    from infra.demo.story import Story

CUSTOMERS = 200
# The others, without a location, are as many as there are seats: so all seats are taken, whoever
# comes first.
WITH_LOCATION = 40
REPEATED = 20
BAR_WIDTH = 20


def join(story: Story, organization: Organization, code: Code) -> Rush:
    """Let the crowd come, show the load of each channel, and let some come again."""
    story.step(f"{CUSTOMERS} customers scan and join at once, from {crowd.PROCESSES} processes")
    rush = crowd.rush(
        organization.anyone,
        code.code,
        _visitors(),
        lambda count: story.say(f"... {count} of {CUSTOMERS} answered"),
    )
    story.say(
        f"{CUSTOMERS} scans and {CUSTOMERS} joins in {rush.seconds:.1f} s: "
        f"{2 * CUSTOMERS / rush.seconds:.0f} requests a second"
    )
    show_loads(story, organization, rush.seated)
    _check(story, organization, rush)
    _check_places(story, organization, rush)
    _join_again(story, organization, code, rush.seated[:REPEATED])
    return rush


def show_loads(story: Story, organization: Organization, seated: Sequence[Joined]) -> None:
    """Show load against cap; the loads are those that customers hold, and none is over its cap."""
    given = Counter(joined.channel_id for joined in seated)
    listed = organization.loads()
    contacts = [channel.id for channel in organization.of_kind("contact")]
    story.table(
        ("channel", "cap", "held", "seats given", "load"),
        [
            (name, c["cap"], c["held"], given[name], _bar(c["held"], c["cap"]))
            for name, c in listed.items()
            if name in contacts
        ],
    )
    over = [name for name, c in listed.items() if c["held"] > c["cap"]]
    story.expect(not over, f"over their cap: {', '.join(over)}", "no channel is over its cap")


def _visitors() -> list[Visitor]:
    places = samples.places()
    visitors = []
    for number in range(CUSTOMERS):
        visitor = Visitor(number)
        if number % (CUSTOMERS // WITH_LOCATION) == 0:
            place = places[number // (CUSTOMERS // WITH_LOCATION) % len(places)]
            here = {"latitude": place.latitude, "longitude": place.longitude}
            visitor = Visitor(number, location=here, place=place.name)
        visitors.append(visitor)
    return visitors


def _check(story: Story, organization: Organization, rush: Rush) -> None:
    seats = sum(channel.body["cap"] for channel in organization.of_kind("contact"))
    unclear = sorted({f"{joined.status} {joined.problem}" for joined in rush.other})
    story.expect(not unclear, f"some were answered neither a seat nor no-room: {unclear}")
    customers = {joined.customer_id for joined in rush.seated}
    story.expect(
        len(customers) == len(rush.seated),
        f"{len(rush.seated)} seats went to {len(customers)} customers",
        f"{len(customers)} seats, all held by different customers",
    )
    story.expect(
        len(rush.seated) == seats,
        f"{len(rush.seated)} seats were given, there are {seats}",
        f"every one of the {seats} seats is taken; {len(rush.refused)} were told no-room",
    )
    held = {name: c["held"] for name, c in organization.loads().items() if c["kind"] == "contact"}
    given = Counter(joined.channel_id for joined in rush.seated)
    story.expect(held == dict(given), f"the counters {held} are not the seats given {given}")


def _check_places(story: Story, organization: Organization, rush: Rush) -> None:
    """Whoever said where they are got the shop that serves the place, or one that serves all."""
    anywhere = {c.id for c in organization.of_kind("contact") if "service_area" not in c.body}
    served = {place.name: place.served_by for place in samples.places()}
    located = [joined for joined in rush.seated if joined.visitor.place]
    wrong = [
        f"{joined.visitor.place}: {joined.channel_id}"
        for joined in located
        if joined.channel_id not in {served[joined.visitor.place], *anywhere}
    ]
    near = sum(joined.channel_id not in anywhere for joined in located)
    story.expect(
        not wrong,
        f"customers were sent where they are not served: {wrong}",
        f"of {len(located)} who said where they are, {near} got the shop there, the others "
        "one that serves anywhere",
    )


def _join_again(
    story: Story, organization: Organization, code: Code, some: Sequence[Joined]
) -> None:
    again = [crowd.come(organization.anyone, code.code, joined.visitor) for joined in some]
    same = all(
        (second.status, second.seat) == (200, first.seat)
        for first, second in zip(some, again, strict=True)
    )
    story.expect(same, "a repeated join gave another seat", f"{len(some)} joined again: same seat")


def _bar(held: int, cap: int) -> str:
    full = round(BAR_WIDTH * held / cap) if cap else 0
    return "#" * full + "." * (BAR_WIDTH - full)
