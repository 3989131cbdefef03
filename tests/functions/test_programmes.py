"""Programmes, what is held and what is decided of it, from their own example events."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.rewards.clear_rewards.handler import handler as clear_rewards
from functions.rewards.decide_reward.handler import handler as decide_reward
from functions.rewards.grant_reward.handler import handler as grant_reward
from functions.rewards.list_rewards.handler import handler as list_rewards
from functions.rewards.put_programme.handler import handler as put_programme
from sluice.rewards.programme_tables import Listed
from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.rewards import assert_books_balance, balance_of
from tests.support.staff import found_organization

ORG = "/organizations/{organization_id}"
FUNCTIONS = Path(__file__).parents[2] / "functions" / "rewards"
BODY = {"natural_key": "k1", "owner_id": "lin", "amount_minor": 500, "currency": "CNY"}
HELD = {"checks": {"blacklist": True}}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield
        assert_books_balance()


def call(handler: Any, route: str, body: Any = None, **given: Any) -> tuple[int, Any]:
    query, who = given.pop("query", None), claims(given.pop("role", "operator"), "boss")
    path = {"organization_id": "acme"} | given
    event = http(route, path=path, body=body, query=query, claims=who)
    return answer(handler(event, None))


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], json.loads(response["body"])


def settle(body: dict[str, Any]) -> tuple[int, Any]:
    return call(put_programme, f"PUT {ORG}/programmes/{{programme}}", body, programme="referral")


def grant(**change: Any) -> tuple[int, Any]:
    return call(grant_reward, f"POST {ORG}/rewards", BODY | change)


def decide(reward_id: str, decision: str, role: str = "operator") -> tuple[int, Any]:
    body = {"decision": decision, "reason": "looked-at"}
    route = f"POST {ORG}/rewards/{{reward_id}}/decision"
    return call(decide_reward, route, body, reward_id=reward_id, role=role)


def listed(query: dict[str, str]) -> tuple[int, Any]:
    return call(list_rewards, f"GET {ORG}/rewards", query=query)


def example(name: str) -> Any:
    return json.loads((FUNCTIONS / name / "event.json").read_text())


def test_programmes_are_listed_by_name_page_by_page() -> None:
    for name in ("tea", "cups", "gifts"):
        assert (
            call(put_programme, f"PUT {ORG}/programmes/{{programme}}", {}, programme=name)[0] == 200
        )
    settle({"budget": {"CNY": 900, "PTS": None}, "is_open": False})
    settle({"budget": {"CNY": 800, "PTS": None}, "is_open": False})
    found: list[Any] = []
    query = {"limit": "3"}
    for _ in range(3):
        status, page = call(put_programme, f"GET {ORG}/programmes", query=query)
        assert status == 200
        found += page["items"]
        if page.get("next_cursor") is None:
            break
        query["cursor"] = page["next_cursor"]
    assert [one["programme"] for one in found] == ["cups", "gifts", "referral", "tea"]
    assert found[2]["budget"] == {"CNY": 800, "PTS": None}
    assert (found[2]["version"], found[2]["is_open"]) == (2, False)
    assert call(put_programme, f"GET {ORG}/programmes", query={"cursor": "x"})[0] == 400


def test_a_programme_of_an_earlier_release_is_listed_once_it_changes() -> None:
    settle({"hold_seconds": 60})
    Listed(f"{ORGANIZATION}#programmes", "referral").delete()
    assert call(put_programme, f"GET {ORG}/programmes")[1]["items"] == []
    settle({"hold_seconds": 61})
    (shown,) = call(put_programme, f"GET {ORG}/programmes")[1]["items"]
    assert (shown["programme"], shown["version"]) == ("referral", 2)


def test_the_example_event_settles_a_programme_that_is_then_read() -> None:
    route = f"GET {ORG}/programmes/{{programme}}"
    assert call(put_programme, route, programme="referral")[0] == 404
    status, first = answer(put_programme(example("put_programme"), None))
    assert (status, first["version"], first["hold_seconds"]) == (200, 1, 604_800)
    limit = {"currency": "CNY", "limit_minor": 1_000_000, "spent_minor": 0}
    assert first["budgets"] == [limit | {"left_minor": 1_000_000}]
    assert answer(put_programme(example("put_programme"), None)) == (200, first)
    grant()
    spent = limit | {"spent_minor": 500, "left_minor": 999_500}
    assert call(put_programme, route, programme="referral") == (200, first | {"budgets": [spent]})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"caps": [{}]}, "caps"),
        ({"caps": [{"max_amount_minor": 5}]}, "caps"),
        ({"caps": [{"max_count": 1}, {"max_count": 2}]}, "caps"),
        ({"budget": {"cny": 5}}, "budget"),
        ({"budget": {"CNY": -1}}, "budget.CNY"),
        ({"hold_seconds": -1}, "hold_seconds"),
        ({"checks": {"velocities": [{"window_seconds": 60, "max_count": 1}] * 2}}, "checks"),
    ],
)
def test_settings_that_cannot_be_are_refused(body: dict[str, Any], field: str) -> None:
    status, problem = settle(body)
    assert status == 400
    assert problem["fields"][0]["field"].startswith(field.split(".", maxsplit=1)[0])


@pytest.mark.parametrize(
    ("settings", "slug"),
    [
        ({"budget": {"CNY": 700}}, "budget-exhausted"),
        ({"caps": [{"max_count": 1}]}, "cap-reached"),
        ({"is_open": False}, "programme-closed"),
    ],
)
def test_a_grant_beyond_the_settings_is_refused_and_the_first_stands(
    settings: dict[str, Any], slug: str
) -> None:
    if slug == "programme-closed":
        grant()
    settle(settings)
    grant()
    status, problem = grant(natural_key="k2")
    assert (status, problem["type"]) == (409, f"urn:sluice:problem:{slug}")
    assert grant()[0] == 200
    assert balance_of("lin", "CNY") == 500


def test_a_programme_counts_ten_currencies_at_most_those_left_out_included() -> None:
    """What was counted once stays counted, so settings could gather currencies without an end."""
    first = {f"AA{letter}": 5 for letter in "ABCDEFGHIJ"}
    status, settled = settle({"budget": first})
    assert (status, len(settled["budgets"])) == (200, 10)
    status, problem = settle({"budget": {"CNY": 5}})
    assert (status, problem["fields"][0]["field"]) == (400, "budget")
    status, settled = settle({"budget": {"AAA": 7}})
    assert (status, settled["budgets"][0]["limit_minor"], settled["version"]) == (200, 7, 2)


@pytest.mark.parametrize("name", ["Referral", "_payouts", "x" * 33, "a b"])
def test_settings_of_what_no_grant_can_name_are_refused(name: str) -> None:
    route = f"PUT {ORG}/programmes/{{programme}}"
    status, problem = call(put_programme, route, {}, programme=name)
    assert (status, problem["fields"][0]["field"]) == (400, "programme")


def test_a_held_reward_is_listed_approved_and_shown_with_who_and_why() -> None:
    settle(HELD)
    status, held = grant()
    assert (status, held["state"], held["reasons"]) == (201, "held", ["blacklisted-not-checked"])
    _, page = answer(list_rewards(example("list_rewards"), None))
    assert [each["reward_id"] for each in page["items"]] == [held["reward_id"]]
    assert decide(held["reward_id"], "approve", role="member")[0] == 403
    status, shown = decide(held["reward_id"], "approve")
    assert (status, shown["state"], shown["decided_by"]) == (200, "cleared", "boss")
    assert listed({"state": "held"}) == (200, {"items": []})
    assert listed({"owner_id": "lin"})[1]["items"] == [shown]
    assert decide(held["reward_id"], "reject")[1]["type"].endswith("reward-not-held")
    assert decide(held["reward_id"], "reverse")[1]["state"] == "reversed"


def test_an_unknown_reward_and_a_list_of_nothing_named_are_refused() -> None:
    assert answer(decide_reward(example("decide_reward"), None))[0] == 404
    assert listed({})[0] == 400
    assert listed({"state": "paid"})[0] == 400
    assert listed({"state": "held", "cursor": "x"})[0] == 400


def test_a_reward_clears_by_the_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    settle({"hold_seconds": 60})
    status, given = grant()
    assert (status, given["state"]) == (201, "pending")
    clear_rewards(example("clear_rewards"), None)
    assert balance_of("lin", "CNY") == 0
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    clear_rewards(example("clear_rewards"), None)
    assert balance_of("lin", "CNY") == 500
