"""Codes as operators and members manage them: listed, changed, retired (A2, A10)."""

import importlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.codes.rules.choice import Rule
from sluice.codes.store import issued, pool
from sluice.codes.tables import Code
from sluice.shared import clock, ids
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, issue_code, open_channel
from tests.support.events import claims, http
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization

ORG = {"organization_id": "acme"}
LIST = "GET /organizations/{organization_id}/codes"
ONE = "/organizations/{organization_id}/codes/{code_id}"
LIN = {"role": "member", "member_id": "lin"}
BROWSER = {"user-agent": "Mozilla/5.0", "accept": "application/json"}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        yield


def call(name: str, route: str, **parts: Any) -> tuple[int, Any]:
    handler = importlib.import_module(f"functions.codes.{name}.handler").handler
    answer = handler(http(route, **parts), None)
    return answer["statusCode"], json.loads(answer["body"] or "null")


def codes(query: dict[str, str] | None = None, **who: str) -> tuple[int, Any]:
    return call("list_codes", LIST, path=ORG, query=query, claims=claims(**who))


def one(method: str, code: str = CODE, body: Any = None, **who: str) -> tuple[int, Any]:
    name = {"GET": "get_code", "PUT": "put_code", "DELETE": "retire_code"}[method]
    path = ORG | {"code_id": code}
    return call(name, f"{method} {ONE}", path=path, body=body, claims=claims(**who))


def scan(code: str = CODE) -> int:
    return call("handle_scan", "GET /s/{code}", path={"code": code}, headers=BROWSER)[0]


def test_codes_are_listed_the_newest_first_page_by_page() -> None:
    names = [ids.new_code() for _ in range(5)]
    for minutes, name in enumerate(names):
        issue(name, minutes=minutes)
    seen, cursor = [], ""
    for _ in range(4):
        _, page = codes({"limit": "2", "cursor": cursor})
        seen += [row["code"] for row in page["items"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert seen == names[::-1]


def issue(name: str, minutes: int = 0, **wanted: Any) -> None:
    given = {"referrer_id": None, "campaign_id": None, "expires_at": None} | wanted
    now = NOW + timedelta(minutes=minutes)
    rule = Rule()
    issued.issue("acme", code=name, rule=rule, answer=None, claim=None, now=now, **given)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"referrer_id": "lin"}, ["L"]),
        ({"campaign_id": "spring"}, ["S"]),
        ({"status": "expired"}, ["E"]),
        ({"status": "retired"}, ["R"]),
        ({"status": "active"}, ["S", "L"]),
        ({"status": "active", "referrer_id": "lin"}, ["L"]),
        ({"referrer_id": "nobody"}, []),
    ],
)
def test_a_list_can_be_filtered(query: dict[str, str], expected: list[str]) -> None:
    """A10: expired and retired are told apart; one query whatever is wanted."""
    issue("L", 1, referrer_id="lin")
    issue("S", 2, campaign_id="spring")
    issue("E", 3, expires_at=NOW + timedelta(minutes=4))
    issue("R", 4)
    one("DELETE", "R")
    with recorded() as asked:
        status, page = codes(query)
    assert (status, [row["code"] for row in page["items"]]) == (200, expected)
    assert asked.names == ["Query"]
    assert "next_cursor" not in page


def test_a_filtered_page_looks_at_so_many_codes_and_a_cursor_leads_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(issued, "MAX_LOOKED_AT", 3)
    issue("L", 0, referrer_id="lin")
    for n in range(4):
        issue(f"N{n}", n + 1)
    _, first = codes({"referrer_id": "lin"})
    assert first["items"] == []
    _, second = codes({"referrer_id": "lin", "cursor": first["next_cursor"]})
    assert [row["code"] for row in second["items"]] == ["L"]


def test_a_cursor_of_another_list_is_told() -> None:
    status, problem = codes({"cursor": "AAAA"})
    assert (status, problem["fields"][0]["field"]) == (400, "cursor")


def test_a_live_code_keeps_its_image_while_what_is_behind_it_changes() -> None:
    """A2."""
    open_channel("c1")
    issue_code(referrer_id="lin")
    expires = (clock.now() + timedelta(days=1)).isoformat()
    change = {"rule": {"kind": "group"}, "campaign_id": "spring", "expires_at": expires}
    status, changed = one("PUT", body=change)
    assert status == 200
    assert changed["rule"] == {"kind": "group"}
    assert (changed["campaign_id"], changed["referrer_id"]) == ("spring", "lin")
    assert one("GET")[1] == changed
    assert one("PUT", body={})[1].keys() & {"campaign_id", "expires_at"} == set()


def test_a_retired_code_is_gone_for_good_and_retiring_repeats() -> None:
    """A10: what another function remembers of it ends after 5 seconds."""
    issue_code()
    assert scan() == 200
    assert [one("DELETE")[0] for _ in range(2)] == [204, 204]
    assert scan() == 200
    pool.forget()
    assert scan() == 410
    assert call("read_code_image", "GET /codes/{code}/image", path={"code": CODE})[0] == 410
    status, problem = one("PUT", body={})
    assert (status, problem["type"]) == (410, "urn:sluice:problem:code-gone")
    assert one("GET")[1]["status"] == "retired"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_member_manages_codes_of_their_own(method: str) -> None:
    issue("MINE", referrer_id="lin")
    issue("BOSSES", referrer_id="boss")
    issue("NOBODYS")
    body: Any = {} if method == "PUT" else None
    assert one(method, "MINE", body, **LIN)[0] < 300
    assert [one(method, name, body, **LIN)[0] for name in ("BOSSES", "NOBODYS")] == [403, 403]
    assert one(method, "UNKNOWN", body, **LIN)[0] == 404
    assert [row["code"] for row in codes({"referrer_id": "boss"}, **LIN)[1]["items"]] == ["MINE"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_organizations_code_is_not_there(method: str) -> None:
    found_organization(organization_id="other")
    issued.issue(
        "other",
        code=CODE,
        referrer_id=None,
        campaign_id=None,
        rule=Rule(),
        expires_at=None,
        answer=None,
        claim=None,
        now=NOW,
    )
    before = [item.to_dynamodb_dict() for item in items_of(Code)]
    status, problem = one(method, body={} if method == "PUT" else None)
    assert (status, problem["type"]) == (404, "urn:sluice:problem:no-such-code")
    assert [item.to_dynamodb_dict() for item in items_of(Code)] == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"rule": {"kind": "crowd"}}, "rule.kind"),
        ({"referrer_id": "lin"}, "body"),
    ],
)
def test_a_wrong_change_is_refused_with_the_field_named(body: Any, field: str) -> None:
    issue_code()
    status, problem = one("PUT", body=body)
    assert (status, problem["fields"][0]["field"]) == (400, field)


AREA = {"point": {"latitude": 31.23, "longitude": 121.47}, "radius_meters": 3_000}


@pytest.mark.parametrize(
    ("rule", "channel", "offered"),
    [
        ({}, {"service_area": AREA}, True),
        ({"area": "require"}, {"service_area": AREA}, True),
        ({"area": "ignore"}, {"service_area": AREA}, False),
        ({"area": "ignore", "nearest": True}, {"service_area": AREA}, True),
        ({}, {}, False),
    ],
)
def test_the_page_offers_to_use_a_location_only_where_it_makes_a_difference(
    rule: dict[str, Any], channel: dict[str, Any], offered: object
) -> None:
    """A3: it says what for, and that joining goes without."""
    open_channel("c1", **channel)
    issue_code(**rule)
    handler = importlib.import_module("functions.codes.handle_scan.handler").handler
    headers = {"user-agent": "Mozilla/5.0", "accept": "text/html"}
    page = handler(http("GET /s/{code}", path={"code": CODE}, headers=headers), None)["body"]
    assert ('data-asks="yes"' in page) is offered
    assert "You can join without it." in page
