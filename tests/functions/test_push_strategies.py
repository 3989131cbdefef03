"""Strategies over HTTP: purposes and providers, and strategies as they are shown (E1, E7)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.push.list_strategies.handler import handler as list_strategies
from functions.push.put_strategy.handler import handler as put_strategy
from sluice.organizations import store as organizations
from sluice.push.providers import NO_MARKETING, webhook
from sluice.push.strategy_tables import Strategy
from tests.support.aws import items_of, local_aws
from tests.support.events import claims, http
from tests.support.push import channel
from tests.support.push import put_strategy as given_strategy
from tests.support.requests import recorded
from tests.support.staff import found_organization

FUNCTIONS = Path(__file__).parents[2] / "functions" / "push"
ORG = "/organizations/{organization_id}"
ACME = {"organization_id": "acme"}
ALL = {
    "purpose": "marketing",
    "channels": [
        {
            "channel": "wechat",
            "provider": "main",
            "fallback_providers": ["spare", "sandbox"],
            "wait_seconds": 60,
            "success": "seen",
            "price": {"amount_micros": 1, "currency": "CNY"},
            "retries": 2,
            "retry_seconds": 45,
            "track_clicks": False,
        },
        {
            "channel": "app",
            "provider": "sandbox",
            "wait_seconds": 60,
            "success": "clicked",
            "price": {"amount_micros": 0, "currency": "CNY"},
            "display": "splash",
        },
    ],
    "behaviours": {"opened": "seen"},
    "consent": "assumed",
    "quiet_hours": {"start": "22:00", "end": "08:00"},
    "hold_out_percent": 10,
    "conversion_seconds": 3600,
    "expires_seconds": 7200,
}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], json.loads(response["body"])


def put(body: Any, strategy_id: str = "s") -> tuple[int, Any]:
    path = ACME | {"strategy_id": strategy_id}
    event = http(f"PUT {ORG}/strategies/{{strategy_id}}", path=path, body=body, claims=claims())
    return answer(put_strategy(event, None))


def get(strategy_id: str, query: dict[str, str] | None = None) -> tuple[int, Any]:
    path = ACME | {"strategy_id": strategy_id}
    route = f"GET {ORG}/strategies/{{strategy_id}}"
    return answer(list_strategies(http(route, path=path, query=query, claims=claims()), None))


def listed(query: dict[str, str] | None = None) -> tuple[int, Any]:
    event = http(f"GET {ORG}/strategies", path=ACME, query=query, claims=claims())
    return answer(list_strategies(event, None))


def accounts(**types: str) -> None:
    for account_id, type_ in types.items():
        organizations.put_provider_account("acme", account_id, {"type": type_})


def test_a_strategy_is_shown_as_it_was_put() -> None:
    """E1: what was left out is shown at its default, or left out again."""
    accounts(main="webhook", spare="webhook")
    assert put(ALL) == (200, {"strategy_id": "s", "version": 1})
    status, shown = get("s")
    shown["channels"][1].pop("track_clicks", None)
    assert shown.pop("created_at")
    assert (status, shown) == (200, {**ALL, "strategy_id": "s", "version": 1})
    assert put(ALL) == (200, {"strategy_id": "s", "version": 1}), "the same again"
    assert put(ALL | {"hold_out_percent": 11})[1]["version"] == 2


def test_marketing_needs_consent_unless_a_strategy_says_otherwise() -> None:
    """E7."""
    short = {"channels": [{"channel": "sms", "wait_seconds": 60}]}
    for purpose, consent in (("marketing", "required"), ("service", "assumed")):
        put(short | {"purpose": purpose}, purpose)
        assert get(purpose)[1]["consent"] == consent


def test_every_version_stays_to_be_read() -> None:
    """E1."""
    given_strategy(channel("sms"), strategy_id="cheapest-first")
    given_strategy(channel("app"), strategy_id="cheapest-first")
    status, shown = get("cheapest-first")
    assert (status, shown["version"], shown["channels"][0]["channel"]) == (200, 2, "app")
    assert get("cheapest-first", {"version": "1"})[1]["channels"][0]["channel"] == "sms"
    assert get("cheapest-first", {"version": "3"})[0] == 404
    assert get("another")[0] == 404
    assert get("cheapest-first", {"version": "0"})[0] == 400


def test_the_list_shows_the_latest_version_of_each_strategy() -> None:
    """E1."""
    for strategy_id in ("b", "a", "c"):
        given_strategy(strategy_id=strategy_id)
    given_strategy(channel("sms"), strategy_id="b")
    event = json.loads((FUNCTIONS / "list_strategies" / "event.json").read_text())
    status, page = answer(list_strategies(event, None))
    assert status == 200
    assert [(item["strategy_id"], item["version"]) for item in page["items"]] == [
        ("a", 1),
        ("b", 2),
        ("c", 1),
    ]
    assert page["items"][0]["purpose"] == "service"
    assert "next_cursor" not in page
    first = listed({"limit": "2"})[1]
    second = listed({"limit": "2", "cursor": first["next_cursor"]})[1]
    assert [item["strategy_id"] for item in second["items"]] == ["c"]
    assert listed({"cursor": "bm9uc2Vuc2U"})[0] == 400
    assert listed({"limit": "101"})[0] == 400


def test_another_organisations_strategies_are_not_shown() -> None:
    """F4."""
    given_strategy()
    path = {"organization_id": "other"}
    event = http(f"GET {ORG}/strategies", path=path, claims=claims())
    assert answer(list_strategies(event, None))[0] == 403


def test_a_provider_that_may_not_carry_the_purpose_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """E7: WeChat's template messages bar marketing; the refusal names the channels."""
    monkeypatch.setattr(webhook, "purposes", NO_MARKETING)
    accounts(main="webhook", spare="sandbox")
    status, problem = put(ALL)
    assert (status, problem["type"]) == (409, "urn:sluice:problem:purpose-not-allowed")
    assert [fault["field"] for fault in problem["fields"]] == ["channels[0].provider"]
    assert items_of(Strategy) == []
    with recorded() as asked:
        assert put(ALL | {"purpose": "service"})[0] == 200
    kept = "PutItem"  # in the audit log, before and after
    assert asked.names[-4:] == [kept, "Query", "TransactWriteItems", kept], "enforced in the write"


def test_an_account_that_sends_no_pushes_carries_no_purpose() -> None:
    """E7: an account of WeCom for the channels of codes; also where it is only the fallback."""
    accounts(main="sandbox", spare="wecom")
    status, problem = put(ALL)
    assert (status, problem["type"]) == (409, "urn:sluice:problem:purpose-not-allowed")
    accounts(other="sandbox")
    body = json.loads(json.dumps(ALL).replace("spare", "nobody"))
    assert put(body)[1]["type"] == "urn:sluice:problem:no-such-strategy-provider"
