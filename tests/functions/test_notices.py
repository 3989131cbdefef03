"""A notice becomes a push, by the strategy of its kind, once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.push.send_notice.handler import handler as send_notice
from sluice.push.tables import Push, PushItem, PushPlan
from sluice.shared import telemetry
from tests.support.aws import items_of, local_aws
from tests.support.push import put_strategy
from tests.support.staff import found_organization

EVENT: Any = json.loads(
    (Path(__file__).parents[2] / "functions/push/send_notice/event.json").read_text()
)


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


def pushes() -> list[Push]:
    return [item for item in items_of(PushItem) if isinstance(item, Push)]


def test_the_example_event_starts_one_push_however_often_it_comes() -> None:
    put_strategy(strategy_id="waiting-served")
    put_strategy(strategy_id="notices")
    for _ in range(3):
        send_notice(EVENT, None)
    (push,) = pushes()
    assert (push.strategy_id, push.user_id) == ("waiting-served", "01kjy7g7a0customer00000001")
    (plan,) = [item.plan for item in items_of(PushItem) if isinstance(item, PushPlan)]
    assert plan.content.title == "Your place is free"
    assert plan.content.link == "https://s.example.com/s/3F7KQ9XWH2MT"


def test_without_a_strategy_of_its_kind_the_one_for_all_is_used() -> None:
    put_strategy(strategy_id="notices")
    send_notice(EVENT, None)
    assert [push.strategy_id for push in pushes()] == ["notices"]


def test_a_push_by_another_strategy_in_between_is_no_second_push() -> None:
    put_strategy(strategy_id="notices")
    send_notice(EVENT, None)
    put_strategy(strategy_id="waiting-served")
    send_notice(EVENT, None)
    assert len(pushes()) == 1


def test_without_any_strategy_it_is_counted_and_not_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    send_notice(EVENT, None)
    assert not pushes()
    assert [record.message for record in caplog.records][-2:] == [
        "notice_without_strategy",
        "notice.wanted.v1",
    ]
    line = json.loads(telemetry.logger.registered_formatter.format(caplog.records[-1]))
    assert line["NoticesWithoutStrategy"] == 1
