"""Step 4: the sandbox provider tells; what nobody confirmed is given again (A6)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from infra.demo import crowd
from infra.demo.client import timestamp
from infra.demo.joining import show_loads
from infra.demo.opening import REFERRER
from infra.demo.story import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from infra.demo.crowd import Joined, Rush
    from infra.demo.issuing import Code
    from infra.demo.opening import Organization
    from infra.demo.story import Story
    from infra.demo.tally import Tally

AT_ONCE = 12
SILENT_EVERY = 7  # every seventh customer does nothing, and their seat expires
LOST_FIRST = 6
TWICE = 20
ROUNDS = 6  # that the refused try again, a second apart, until no seat is left
EXPIRY_MARGIN_SECONDS = 1.0


@dataclass(frozen=True)
class Told:
    """A callback to make: who, what, when, and what should become of it."""

    joined: Joined
    event: str
    at: datetime
    outcome: str = "applied"
    status: str = "connected"


def confirm(
    story: Story, organization: Organization, code: Code, rush: Rush, tally: Tally
) -> list[Joined]:
    """Let the provider call back, wait for the rest to expire, give their seats again.

    Returns the seats that are held at the end.
    """
    story.step("The provider confirms most; what expires is given again")
    for joined in rush.seated:
        tally.joined(joined, code.code, REFERRER)
    silent = rush.seated[::SILENT_EVERY]
    quiet = {joined.assignment_id for joined in silent}
    others = [joined for joined in rush.seated if joined.assignment_id not in quiet]
    lost, twice, once = (
        others[:LOST_FIRST],
        others[LOST_FIRST : LOST_FIRST + TWICE],
        others[LOST_FIRST + TWICE :],
    )
    _confirm_most(story, organization, tally, once, twice)
    _tell_out_of_order(story, organization, tally, lost)
    _refuse_a_forgery(story, organization, silent[0])
    _wait_for_expiry(story, silent)
    again = _give_again(story, organization, code, rush, len(silent) + len(lost))
    for joined in silent:
        tally.seats[joined.assignment_id].status = "released"
    for joined in again:
        tally.joined(joined, code.code, REFERRER)
    tell_all(
        organization, tally, [Told(joined, "connected", datetime.now(UTC)) for joined in again]
    )
    held = [*once, *twice, *again]
    show_loads(story, organization, held)
    return held


def tell_all(organization: Organization, tally: Tally, callbacks: Iterable[Told]) -> None:
    """Make the provider's callbacks, 12 at a time, and note what was applied."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda told: _tell(organization, tally, told), callbacks))


def _tell(organization: Organization, tally: Tally, told: Told) -> None:
    body = {
        "event": told.event,
        "assignment_id": told.joined.assignment_id,
        "customer_ref": f"wx-{told.joined.visitor.number}",
        "at": timestamp(told.at),
    }
    path = f"/callbacks/{organization.id}/sandbox"
    secret = organization.callback_secret
    answer = organization.anyone.post_signed(path, secret, body).expect(200).json
    if (answer["outcome"], answer["status"]) != (told.outcome, told.status):
        raise Failed(f"{told.event} of {told.joined.assignment_id} became {answer}")
    if told.outcome == "applied":
        tally.told(told.joined.assignment_id, told.event, told.status)


def _confirm_most(
    story: Story,
    organization: Organization,
    tally: Tally,
    once: Sequence[Joined],
    twice: Sequence[Joined],
) -> None:
    began = time.monotonic()
    first = [Told(joined, "connected", datetime.now(UTC)) for joined in (*once, *twice)]
    tell_all(organization, tally, first)
    rate = len(first) / (time.monotonic() - began)
    story.say(f"{len(first)} connections told, {rate:.0f} a second: all applied")
    second = [replace(told, outcome="known") for told in first[len(once) :]]
    tell_all(organization, tally, second)
    story.say(f"{len(second)} of them told again: nothing changed")


def _tell_out_of_order(
    story: Story, organization: Organization, tally: Tally, lost: Sequence[Joined]
) -> None:
    now = datetime.now(UTC)
    losses = [Told(joined, "lost", now, status="lost") for joined in lost]
    tell_all(organization, tally, losses)
    earlier = now - timedelta(seconds=2)
    # The connection came before the loss, whatever arrived first: they stay lost.
    tell_all(organization, tally, [replace(t, event="connected", at=earlier) for t in losses])
    story.say(
        f"{len(lost)} losses arrived before their connections: both count, the seats are free"
    )


def _refuse_a_forgery(story: Story, organization: Organization, joined: Joined) -> None:
    body = {
        "event": "connected",
        "assignment_id": joined.assignment_id,
        "customer_ref": "wx-forged",
        "at": timestamp(),
    }
    path = f"/callbacks/{organization.id}/sandbox"
    answer = organization.anyone.post_signed(path, organization.partner_secret, body)
    story.expect(
        answer.problem == "unauthenticated",
        f"a forged callback was answered {answer.status} {answer.problem}",
        "a callback signed with another secret was turned away",
    )


def _wait_for_expiry(story: Story, silent: Sequence[Joined]) -> None:
    ends = max(datetime.fromisoformat(joined.seat["expires_at"]) for joined in silent)
    wait = (ends - datetime.now(UTC)).total_seconds() + EXPIRY_MARGIN_SECONDS
    if wait > 0:
        story.say(f"{len(silent)} never confirm; their seats are kept {wait:.0f} s more ...")
        time.sleep(wait)


def _give_again(
    story: Story, organization: Organization, code: Code, rush: Rush, free: int
) -> list[Joined]:
    """Let those who were refused come back, now to wherever there is room."""
    waiting = [replace(joined.visitor, location=None, place="") for joined in rush.refused]
    seated: list[Joined] = []
    for _ in range(ROUNDS):
        came = crowd.rush(organization.anyone, code.code, waiting, lambda _: None)
        seated += came.seated
        waiting = [joined.visitor for joined in came.refused]
        if len(seated) >= free or not waiting:
            break
        time.sleep(1)
    story.expect(
        len(seated) == free,
        f"{free} seats were free again, {len(seated)} were given",
        f"{free} free seats given again to those refused before; {len(waiting)} still find no room",
    )
    return seated
