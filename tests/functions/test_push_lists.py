"""Lists of a user's pushes (E7): newest first, by pages, and of nobody else."""

import importlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.push.rules.strategies import Terms
from sluice.push.store import pushes
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.push import CONTENT, USER, World, make_world, put_strategy
from tests.support.requests import recorded
from tests.support.staff import found_organization

ROUTE = "GET /organizations/{organization_id}/pushes"


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        put_strategy()
        yield make_world(monkeypatch)


def start(world: World, user_id: str = USER) -> str:
    world.now += timedelta(seconds=1)
    return pushes.start_push(
        ORGANIZATION, user_id, "cheapest-first", CONTENT, claim=None, now=world.now
    )


def ask(who: Any = None, **query: Any) -> dict[str, Any]:
    handler = importlib.import_module("functions.push.list_pushes.handler").handler
    text = {name: str(value) for name, value in query.items()}
    path = {"organization_id": ORGANIZATION}
    answer = handler(http(ROUTE, path=path, query=text, claims=who or claims()), None)
    found: dict[str, Any] = json.loads(answer["body"])
    return {"status": answer["statusCode"]} | found


def test_a_users_pushes_are_listed_newest_first(world: World) -> None:
    first, second = start(world), start(world)
    start(world, "somebody-else")
    pushes.cancel_push(ORGANIZATION, first, world.now)
    with recorded() as asked:
        found = ask(user_id=USER)["items"]
    assert asked.names == ["Query", "BatchGetItem"]
    assert [item["push_id"] for item in found] == [second, first]
    assert [item["status"] for item in found] == ["running", "cancelled"]
    assert found[1]["why"] == "cancelled"


def test_pages_show_each_push_once(world: World) -> None:
    started = [start(world) for _ in range(5)]
    found, cursor = list[str](), ""
    for _ in range(6):
        page = ask(user_id=USER, limit=2, cursor=cursor)
        assert len(page["items"]) <= 2
        found += [item["push_id"] for item in page["items"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert found == started[::-1]


def test_what_was_withheld_says_by_what(world: World) -> None:
    """E6: half of the users are held out; this list tells who."""
    put_strategy(terms=Terms("assumed", hold_out_percent=50))
    users = [f"u-{number}" for number in range(8)]
    for user in users:
        start(world, user)
    found = [item for user in users for item in ask(user_id=user)["items"]]
    withheld = {item.get("withheld_by") for item in found if item["status"] == "withheld"}
    assert (len(found), withheld) == (8, {"hold_out"})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "body"),
        ({"user_id": "a b"}, "user_id"),
        ({"user_id": USER, "limit": 101}, "limit"),
        ({"user_id": USER, "cursor": "!"}, "cursor"),
        ({"user_id": USER, "cursor": "YWJj"}, "cursor"),
    ],
)
def test_bad_input_is_refused_with_the_field_named(query: dict[str, Any], field: str) -> None:
    answer = ask(**query)
    assert answer["status"] == 400
    assert [each["field"] for each in answer["fields"]] == [field]


def test_members_are_shown_none() -> None:
    assert ask(claims("member", "lin"), user_id=USER)["status"] == 403
    assert ask(user_id="nobody")["items"] == []
