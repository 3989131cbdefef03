"""Receipts that name neither id but user, template and time (E4)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sluice.organizations import store as organizations
from sluice.push.providers import Receipt
from sluice.push.receipts import SETTLED, UNMATCHED, Incoming, receive
from sluice.push.rules.judging import Evidence, Level, judge_template
from sluice.push.store import pushes
from sluice.push.store.settling import NO_EFFECT
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import (
    CONTENT,
    THREE,
    USER,
    World,
    attempts_of,
    behave,
    load,
    make_world,
    put_strategy,
    receipts_of,
)
from tests.support.staff import NOW, found_organization

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
TEMPLATE = "t-spring"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        settings = {"script": {"*": "accept"}, "template_id": TEMPLATE}
        account = {"type": "sandbox", "settings": settings}
        organizations.put_provider_account(ORGANIZATION, "sandbox", account)
        put_strategy(*THREE)
        yield make_world(monkeypatch)


def send(world: World) -> str:
    push_id = pushes.start_push(
        ORGANIZATION, USER, "cheapest-first", CONTENT, claim=None, now=world.now
    )
    world.start_chains()
    return push_id


def tell(world: World, status: Any = "delivered", template_id: str = TEMPLATE) -> str:
    receipt = Receipt(status=status, user_id=USER, template_id=template_id, at=world.now)
    return receive(Incoming(ORGANIZATION, "sandbox", receipt, world.now))


@pytest.mark.parametrize(
    ("sent_at", "known"),
    [
        ([NOW - MINUTE], True),
        ([NOW - 10 * MINUTE], True),
        ([NOW + SECOND / 2], True),
        ([NOW - 10 * MINUTE - 2 * SECOND], False),
        ([NOW + MINUTE], False),
        ([NOW - MINUTE, NOW - 2 * MINUTE], False),
        ([NOW - MINUTE, NOW - 30 * MINUTE], True),
        ([NOW - MINUTE, None], True),
        ([None], False),
        ([], False),
    ],
)
def test_a_template_speaks_for_the_one_message_sent_shortly_before(
    sent_at: list[datetime | None], *, known: bool
) -> None:
    finding = judge_template("delivered", sent_at, NOW)
    assert (finding is not None) == known
    if finding is not None:
        assert (finding.level, finding.evidence) == (Level.DELIVERED, Evidence.INFERRED)


def test_the_only_message_with_the_template_is_settled_and_says_why(world: World) -> None:
    push_id = send(world)
    world.wait(30)
    assert tell(world) == SETTLED
    assert load(push_id).push.status == "reached"
    (attempt,) = attempts_of(push_id)
    assert (attempt.level, attempt.evidence) == (Level.DELIVERED, Evidence.INFERRED)
    assert attempt.why == (
        "the provider says delivered of the only message with this template to this user"
    )
    (stored,) = receipts_of(push_id)
    assert (stored.found_by, stored.effect) == ("template", "delivered")
    assert tell(world) == SETTLED
    assert len(receipts_of(push_id)) == 1


def test_a_refusal_by_template_leads_on_to_the_next_channel(world: World) -> None:
    push_id = send(world)
    assert tell(world, "failed") == SETTLED
    first, second = attempts_of(push_id)
    assert (bool(first.failed), second.channel) == (True, "app")


def test_of_several_messages_nobody_knows_which_so_behaviour_decides(world: World) -> None:
    first = send(world)
    world.wait(5)
    second = send(world)
    world.wait(5)
    assert tell(world) == NO_EFFECT
    assert {load(push_id).push.status for push_id in (first, second)} == {"running"}
    behave("opened", world.now, "spring-tea")
    assert tell(world) == SETTLED
    assert receipts_of(second)[-1].found_by == "user_id"


def test_another_template_or_another_time_tells_nothing(world: World) -> None:
    push_id = send(world)
    assert tell(world, template_id="t-autumn") == NO_EFFECT
    world.now += timedelta(minutes=11)
    assert tell(world) == NO_EFFECT
    assert load(push_id).push.status == "running"


def test_an_address_is_no_user_of_another_name(world: World) -> None:
    send(world)
    receipt = Receipt(status="delivered", address=USER, template_id=TEMPLATE, at=world.now)
    assert receive(Incoming(ORGANIZATION, "sandbox", receipt, world.now)) == UNMATCHED
