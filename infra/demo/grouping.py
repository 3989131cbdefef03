"""Also in step 4: a second code, of another referrer, whose customers join groups (A1, A2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from infra.demo import crowd, issuing
from infra.demo.confirming import Told, tell_all
from infra.demo.crowd import Visitor

if TYPE_CHECKING:
    from infra.demo.crowd import Joined
    from infra.demo.opening import Organization
    from infra.demo.story import Story
    from infra.demo.tally import Tally

REFERRER = "zhao"
CUSTOMERS = 12
FIRST_NUMBER = 1_000  # apart from the first code's customers


def join_groups(story: Story, organization: Organization, tally: Tally) -> list[Joined]:
    """Let some customers join groups by a code of the second referrer, and confirm them."""
    body = {"referrer_id": REFERRER, "rule": {"kind": "group", "reservation_seconds": 300}}
    code = issuing.ask(organization, organization.operator, body)
    visitors = [Visitor(FIRST_NUMBER + number) for number in range(CUSTOMERS)]
    rush = crowd.rush(organization.anyone, code.code, visitors, lambda _: None)
    tally.views[code.code] += CUSTOMERS
    for joined in rush.seated:
        tally.joined(joined, code.code, REFERRER)
    told = [Told(joined, "connected", datetime.now(UTC)) for joined in rush.seated]
    tell_all(organization, tally, told)
    groups = {channel.id: channel for channel in organization.of_kind("group")}
    own = {name for name, channel in groups.items() if channel.body["owner_id"] == REFERRER}
    given = {joined.channel_id for joined in rush.seated}
    story.expect(
        len(rush.seated) == CUSTOMERS and given == own,
        f"{len(rush.seated)} of {CUSTOMERS} joined {sorted(given)}, not {sorted(own)}",
        f"{CUSTOMERS} more joined by {REFERRER}'s code for groups: all in {REFERRER}'s own group",
    )
    return rush.seated
