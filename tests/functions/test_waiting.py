"""The operations of the waiting list, from their own example events and over HTTP (A4)."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.codes.assign_channel.handler import handler as assign_channel
from functions.codes.leave_code.handler import handler as leave_code
from functions.codes.list_waiting.handler import handler as list_waiting
from functions.codes.serve_waiting.handler import handler as serve_waiting
from functions.codes.sweep_waiting.handler import handler as sweep_waiting
from sluice.codes import visitors
from sluice.codes.rules.networks import Limits
from sluice.codes.store import networks, pool
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, issue_code, open_channel
from tests.support.events import claims, http
from tests.support.staff import found_organization
from tests.support.waiting import tickets

EVENTS = Path(__file__).parents[2] / "functions/codes"
JOIN, LEAVE = "POST /s/{code}/join", "POST /s/{code}/leave"
LIST = "GET /organizations/{organization_id}/waiting"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        pool.forget()
        open_channel("a", cap=1)
        issue_code(waiting={"hours": 1, "called_seconds": 300})
        yield


def event_of(name: str) -> Any:
    return json.loads((EVENTS / name / "event.json").read_text())


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], json.loads(response["body"])


def ask(route: str, visitor: str) -> tuple[int, Any]:
    token = visitors.token(visitor, CODE, clock.now())
    handler = assign_channel if route == JOIN else leave_code
    event = http(route, path={"code": CODE}, body={"visitor_token": token})
    return answer(handler(event, None))


def listed(query: dict[str, str] | None = None, **who: str) -> tuple[int, Any]:
    event = http(LIST, path={"organization_id": "acme"}, query=query, claims=claims(**who))
    return answer(list_waiting(event, None))


def room(cap: int) -> None:
    open_channel("a", cap=cap)
    serve_waiting(event_of("serve_waiting"), None)
    pool.forget()


def test_when_all_is_full_a_join_is_answered_a_place_and_then_the_seat() -> None:
    assert ask(JOIN, "first")[0] == 201
    status, place = ask(JOIN, "anna")
    assert status == 202
    assert place.keys() == {"status", "waiting_id", "entered_at", "expires_at", "ahead"}
    assert (place["status"], place["ahead"]) == ("waiting", 0)
    assert ask(JOIN, "anna") == (202, place)
    assert ask(JOIN, "ben")[1]["ahead"] == 1
    room(2)
    status, seat = ask(JOIN, "anna")
    assert (status, seat["status"]) == (200, "reserved")
    kept = datetime.fromisoformat(seat["expires_at"]) - clock.now()
    assert 290 < kept.total_seconds() <= 300
    assert ask(JOIN, "ben")[0] == 202


def test_a_place_and_a_seat_are_given_up_and_nothing_more() -> None:
    ask(JOIN, "first")
    ask(JOIN, "anna")
    assert ask(LEAVE, "anna") == (200, {"gave_up": "place"})
    status, problem = ask(LEAVE, "anna")
    assert (status, problem["type"]) == (404, "urn:sluice:problem:not-found")
    assert ask(LEAVE, "first") == (200, {"gave_up": "seat"})
    pool.forget()
    assert ask(JOIN, "ben")[0] == 201


def test_nobody_leaves_without_a_token_or_by_anothers() -> None:
    event = http(LEAVE, path={"code": CODE}, body={})
    assert leave_code(event, None)["statusCode"] == 400
    token = visitors.token("anna", "ANOTHERCODE2", clock.now())
    event = http(LEAVE, path={"code": CODE}, body={"visitor_token": token})
    assert leave_code(event, None)["statusCode"] == 400
    event = http(LEAVE, path={"code": "NOSUCHCODE22"}, body={"visitor_token": token})
    assert leave_code(event, None)["statusCode"] == 404


def test_free_tokens_of_one_network_buy_only_so_many_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask(JOIN, "first")
    monkeypatch.setattr(networks, "LIMITS", Limits(99, 2, 900))
    assert [ask(JOIN, f"v{n}")[0] for n in range(4)] == [202, 202, 429, 429]
    assert ask(JOIN, "v0")[0] == 202, "who waits keeps their place"


def test_operators_see_who_waits_in_order_page_by_page() -> None:
    ask(JOIN, "first")
    places = [ask(JOIN, f"v{n}")[1]["waiting_id"] for n in range(5)]
    status, page = listed({"limit": "3", "code": CODE})
    assert (status, [item["waiting_id"] for item in page["items"]]) == (200, places[:3])
    assert page["items"][0].keys() >= {"customer_id", "code", "kind", "entered_at", "expires_at"}
    _, rest = listed({"limit": "3", "cursor": page["next_cursor"]})
    assert [item["waiting_id"] for item in rest["items"]] == places[3:]
    assert "next_cursor" not in rest


@pytest.mark.parametrize(
    ("query", "who", "status"),
    [
        ({"limit": "0"}, {}, 400),
        ({"limit": "101"}, {}, 400),
        ({"cursor": "none of ours"}, {}, 400),
        ({"code": "a#b"}, {}, 400),
        (None, {"role": "member", "member_id": "lin"}, 403),
        (None, {"organization_id": "rival"}, 403),
    ],
)
def test_a_wrong_list_is_refused(
    query: dict[str, str] | None, who: dict[str, str], status: int
) -> None:
    assert listed(query, **who)[0] == status


def test_an_event_of_an_organization_where_nobody_waits_changes_nothing() -> None:
    before = len(items_of(OutboxItem))
    serve_waiting(event_of("serve_waiting"), None)
    assert len(items_of(OutboxItem)) == before


def test_the_sweep_serves_what_no_event_served(monkeypatch: pytest.MonkeyPatch) -> None:
    ask(JOIN, "first")
    ask(JOIN, "anna")
    open_channel("a", cap=2)
    sweep_waiting(event_of("sweep_waiting"), None)
    assert set(tickets().values()) == {"waiting"}, "the list is due within a minute"
    later = clock.now()
    monkeypatch.setattr(clock, "now", lambda: later + timedelta(seconds=61))
    pool.forget()
    sweep_waiting(event_of("sweep_waiting"), None)
    assert set(tickets().values()) == {"served"}
