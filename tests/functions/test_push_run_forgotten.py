"""Runs whose users are forgotten: by the run, since its time is over, or by an erasure (E7, E8)."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.push.change_run.handler import handler as change_run
from functions.push.erase_recipient.handler import handler as erase_recipient
from functions.push.read_recipient.handler import handler as read_recipient
from sluice.push.rules import audiences
from sluice.push.rules.audiences import Audience, Entry
from sluice.push.rules.courtesy import Person
from sluice.push.rules.run_words import Words
from sluice.push.rules.runs import KEPT, Status
from sluice.push.rules.templates import Template, Wording
from sluice.push.run_tables import RunItem, RunUsers
from sluice.push.runs import repairs as run_repairs
from sluice.push.runs import sending as run_sending
from sluice.push.store import erasing, recipients, runs
from sluice.push.store.held import find_push
from tests.support import runs as support
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.push import (
    CONTENT,
    USER,
    World,
    attempts_of,
    make_world,
    put_strategy,
    script,
)
from tests.support.staff import found_organization

ORG = {"organization_id": ORGANIZATION}
ONE_SECOND = timedelta(seconds=1)
RUN = "PUT /organizations/{organization_id}/runs/{run_id}"
ONE = "/organizations/{organization_id}/recipients/{user_id}"


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        support.make_bucket()
        monkeypatch.setattr(audiences, "BATCH_USERS", 2)
        monkeypatch.setattr(run_sending, "LAST_SEND_SECONDS", 0)  # of the little time of a test
        script(**{"*": "accept"})
        yield make_world(monkeypatch)


def call(handler: Any, route: str, body: Any = None, **path: str) -> tuple[int, Any]:
    """Call a function as the operator; returns status and answer."""
    answer = handler(http(route, path=ORG | path, body=body, claims=claims("operator")), None)
    return answer["statusCode"], json.loads(answer["body"] or "null")


def become(run_id: str, wanted: str) -> tuple[int, Any]:
    return call(change_run, RUN, {"status": wanted}, run_id=run_id)


def erase(user_id: str) -> None:
    assert call(erase_recipient, f"DELETE {ONE}", user_id=user_id)[0] == 204


def paused(world: World, users: int) -> str:
    """Start a run of which the first batch is sent and the rest is not."""
    run_id = support.start_run(world, support.named(users))
    (given,) = support.executions_of(world)
    assert support.send(support.advance(given), 0)
    runs.change_run(ORGANIZATION, run_id, Status.PAUSED, world.now)
    world.states.going.clear()
    return run_id


def test_a_run_is_not_resumed_when_its_users_are_forgotten(world: World) -> None:
    run_id = paused(world, 4)
    world.wait((KEPT - ONE_SECOND) // ONE_SECOND)
    assert become(run_id, "running")[0] == 200
    assert become(run_id, "paused")[0] == 200
    world.wait(1)
    status, problem = become(run_id, "running")
    assert (status, problem["type"]) == (409, "urn:sluice:problem:run-cannot")
    assert "ordered over 90 days ago" in problem["detail"]
    assert become(run_id, "cancelled")[0] == 200
    assert support.counted(run_id) == {"batches": 1, "sent": 2}


def test_a_run_that_goes_on_for_too_long_is_stuck_and_says_why(world: World) -> None:
    """Its execution was lost, so the sweeper sets another going."""
    run_id = paused(world, 4)
    world.wait((KEPT - 60 * ONE_SECOND) // ONE_SECOND)
    become(run_id, "running")
    world.wait(601)
    (left,) = (item for item in items_of(RunItem) if isinstance(item, RunUsers))
    assert left.expires == support.load(run_id).created_at + KEPT
    run_repairs.repair_overdue(world.now, time.monotonic() + 60)
    assert support.play(world) == 0
    found = support.load(run_id)
    assert (found.status, found.why) == ("stuck", runs.OVER)
    assert support.counted(run_id) == {"batches": 1, "sent": 2}


def test_a_batch_whose_users_are_gone_is_not_counted_as_sent(world: World) -> None:
    run_id = support.start_run(world, support.named(2))
    (given,) = support.executions_of(world)
    said = support.advance(given)
    (left,) = (item for item in items_of(RunItem) if isinstance(item, RunUsers))
    left.delete()
    assert not support.send(said, 0)
    assert support.counted(run_id) == {}


@pytest.mark.parametrize("is_known", [True, False])
def test_who_is_erased_before_a_batch_is_sent_is_told_nothing_on_any_channel(
    world: World, *, is_known: bool
) -> None:
    """The channels of these pushes ask for no address."""
    run_id = paused(world, 4)
    if is_known:
        recipients.put_recipient(ORGANIZATION, "u-3", Person(tags=("tea",)), world.now)
    world.wait(60)
    erase("u-3")
    assert call(read_recipient, f"GET {ONE}", user_id="u-3")[0] == 404
    # The nightly import of a partner who does not know of it yet.
    recipients.put_recipient(ORGANIZATION, "u-3", Person({"phone": "+8613800000001"}), world.now)
    become(run_id, "running")
    support.play(world)
    assert support.recipients_of_messages() == ["u-0", "u-1", "u-2"]
    assert support.counted(run_id) == {"batches": 2, "sent": 3, "withheld": 1}
    (left,) = (push for push in support.pushes_of(run_id) if push.user_id == "u-3")
    assert (left.status, left.withheld_by) == ("withheld", "erased")
    assert len(attempts_of(left.push_id)) == 1


def test_what_is_ordered_after_an_erasure_is_sent(world: World) -> None:
    erase("u-0")
    world.wait(1)
    run_id = support.start_run(world, support.named(2))
    support.play(world)
    assert support.counted(run_id) == {"batches": 1, "sent": 2}


def test_a_push_under_way_goes_to_no_further_channel_after_an_erasure(world: World) -> None:
    push_id = world.push()
    assert len(attempts_of(push_id)) == 1
    world.wait(1)
    erase(USER)
    world.wait(60)
    world.states.time_out()
    assert [attempt.withheld for attempt in attempts_of(push_id)] == [None, "erased"]
    assert support.recipients_of_messages() == [], "the sandbox's went with the erasure"


def test_of_a_list_by_a_template_nothing_of_the_erased_is_kept_with_the_push(
    world: World,
) -> None:
    put_strategy()
    template = Template({"en": Wording("Tea, {name}", "Here.")}, "en", ("name",))
    data = b"user_id,name\nu-1,Li\nu-2,Wei\n"
    run_id = runs.start_run(
        ORGANIZATION,
        "cheapest-first",
        CONTENT,
        Audience("upload", format="csv", size_bytes=len(data)),
        (),
        words=Words("tea", template, {}),
        base_url=None,
        claim=None,
        now=world.now,
    )
    support.upload(run_id, data)
    world.wait(60)
    erase("u-2")
    become(run_id, "running")
    support.play(world)
    said = {}
    for push in support.pushes_of(run_id):
        held = find_push(ORGANIZATION, push.push_id)
        assert held is not None
        said[push.user_id] = held.plan.content.title
    assert said == {"u-1": "Tea, Li", "u-2": CONTENT.title}
    assert support.recipients_of_messages() == ["u-1"]


def test_an_erasure_again_moves_its_mark_and_tells_nothing_twice(world: World) -> None:
    recipients.put_recipient(ORGANIZATION, USER, Person(tags=("tea",)), world.now)
    erasing.erase(ORGANIZATION, USER, world.now)
    world.wait(60)
    erasing.erase(ORGANIZATION, USER, world.now)
    found = recipients.find_recipient(ORGANIZATION, USER)
    assert found is not None
    assert recipients.person_of(found) is None
    assert (found.erased_at, int(found.version)) == (world.now, 2)
    assert found.expires == world.now + KEPT
    recipients.put_recipient(ORGANIZATION, USER, Person(), world.now)
    again = recipients.find_recipient(ORGANIZATION, USER)
    assert again is not None
    assert (again.person, again.erased_at) == (Person(), world.now)
    assert "expires" not in again.serialize()
    assert recipients.tagged(ORGANIZATION, "tea", None, 10).user_ids == []


def test_entries_without_a_recipient_are_not_erased(world: World) -> None:
    run_id = support.start_run(world, [Entry("u-9")])
    support.play(world)
    assert support.counted(run_id) == {"batches": 1, "sent": 1}
