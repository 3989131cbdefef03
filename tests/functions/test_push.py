"""The push operations over HTTP, from their own example events."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.push.cancel_push.handler import handler as cancel_push
from functions.push.list_sandbox_messages.handler import handler as list_sandbox_messages
from functions.push.put_strategy.handler import handler as put_strategy
from functions.push.read_push.handler import handler as read_push
from functions.push.receive_receipt.handler import handler as receive_receipt
from functions.push.record_behaviour.handler import handler as record_behaviour
from functions.push.repair_waits.handler import handler as repair_waits
from functions.push.start_push.handler import handler as start_push
from sluice.organizations import access
from sluice.organizations import store as organizations
from sluice.push.store import strategies
from sluice.push.strategy_tables import Strategy
from sluice.push.tables import BehaviourItem, PushItem
from sluice.shared import clock, ids, signing
from sluice.shared.claims import ClaimItem
from tests.support.aws import items_of, local_aws
from tests.support.events import claims, http, partner_call
from tests.support.push import (
    USER,
    World,
    attempts_of,
    behave,
    channel,
    event_types,
    load,
    make_world,
    receipts_of,
    script,
)
from tests.support.push import put_strategy as given_strategy
from tests.support.requests import recorded
from tests.support.staff import found_organization

FUNCTIONS = Path(__file__).parents[2] / "functions" / "push"
PUT = "PUT /organizations/{organization_id}/strategies/{strategy_id}"
START = "POST /organizations/{organization_id}/pushes"
PARTNER_START = "POST /partners/{organization_id}/pushes"
READ = "GET /organizations/{organization_id}/pushes/{push_id}"
CANCEL = "DELETE /organizations/{organization_id}/pushes/{push_id}"
RECEIPT = "POST /receipts/{organization_id}/{provider_account_id}"
BEHAVIOUR = "POST /partners/{organization_id}/behaviours"
MESSAGES = "GET /organizations/{organization_id}/sandbox/messages"
CONTENT = {"title": "Spring tea", "body": "It is here.", "content_id": "spring-tea"}
BODY = {"strategy_id": "cheapest-first", "user_id": USER, "content": CONTENT}
ACME = {"organization_id": "acme"}


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    now = clock.now()  # signatures are checked against the real clock
    with local_aws():
        found_organization()
        made = make_world(monkeypatch)
        made.now = now
        yield made


def example(name: str) -> Any:
    return json.loads((FUNCTIONS / name / "event.json").read_text())


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], json.loads(response["body"])


def start(body: Any, headers: dict[str, str] | None = None, who: str = "operator") -> Any:
    caller = claims(who, "boss" if who == "operator" else "lin")
    return answer(
        start_push(http(START, path=ACME, body=body, headers=headers, claims=caller), None)
    )


def read(push_id: str) -> Any:
    return answer(read_push(http(READ, path=ACME | {"push_id": push_id}, claims=claims()), None))


def cancel(push_id: str) -> Any:
    return answer(
        cancel_push(http(CANCEL, path=ACME | {"push_id": push_id}, claims=claims()), None)
    )


def receipt(
    body: Any, world: World, *, account: str = "sandbox", signed_by: str | None = None
) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps({"type": "receipt", **body}).encode()
    key = access.provider_key("acme", signed_by or account)
    headers = signing.sign_webhook(key, ids.unguessable(), world.now, raw)
    path = ACME | {"provider_account_id": account}
    return answer(receive_receipt(http(RECEIPT, path=path, body=raw, headers=headers), None))


def behaviour(data: Any, world: World, webhook_id: str = "msg-1") -> Any:
    event = partner_call(BEHAVIOUR, "behaviour.recorded.v1", data, world.now, webhook_id=webhook_id)
    return answer(record_behaviour(event, None))


def test_the_example_strategy_is_stored_as_the_first_version() -> None:
    """E1."""
    assert answer(put_strategy(example("put_strategy"), None)) == (
        200,
        {"strategy_id": "cheapest-first", "version": 1},
    )
    stored = strategies.latest_strategy("acme", "cheapest-first")
    assert [c["channel"] for c in json.loads(stored.channels)] == ["wechat", "toutiao", "sms"]
    status, body = answer(put_strategy(example("put_strategy"), None))
    assert (status, body["version"]) == (200, 1), "the same again"
    changed = http(
        PUT, path=ACME | {"strategy_id": "cheapest-first"}, body=STRATEGY, claims=claims()
    )
    status, body = answer(put_strategy(changed, None))
    assert (status, body["version"]) == (200, 2)


CHANNEL: dict[str, Any] = {"channel": "sms", "wait_seconds": 60, "success": "delivered"}
STRATEGY: dict[str, Any] = {"purpose": "service", "channels": [CHANNEL]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channels": []}, "channels"),
        ({"channels": [CHANNEL] * 7}, "channels"),
        ({"channels": [CHANNEL, CHANNEL]}, "channels[1].channel"),
        ({"channels": [CHANNEL | {"success": "read"}]}, "channels[0].success"),
        ({"channels": [CHANNEL | {"wait_seconds": 0}]}, "channels[0].wait_seconds"),
        ({"channels": [CHANNEL | {"wait_seconds": 10**9}]}, "channels[0].wait_seconds"),
        ({"channels": [CHANNEL | {"wait_seconds": "60"}]}, "channels[0].wait_seconds"),
        ({"channels": [CHANNEL | {"channel": "a#b"}]}, "channels[0].channel"),
        ({"channels": [CHANNEL | {"provider": ""}]}, "channels[0].provider"),
        ({"channels": [CHANNEL | {"price": {"amount_micros": -1, "currency": "CNY"}}]},
         "channels[0].price.amount_micros"),
        ({"channels": [CHANNEL | {"price": {"amount_micros": 1, "currency": "yuan"}}]},
         "channels[0].price.currency"),
        ({"channels": [CHANNEL | {"fallback_providers": ["sandbox"]}]},
         "channels[0].fallback_providers"),
        ({"channels": [CHANNEL | {"retries": 6}]}, "channels[0].retries"),
        ({"channels": [CHANNEL | {"display": "banner"}]}, "channels[0].display"),
        ({"purpose": ""}, "purpose"),
        ({"purpose": "fun"}, "purpose"),
        ({"consent": "never"}, "consent"),
        ({"quiet_hours": {"start": "22:00", "end": "22:00"}}, "quiet_hours"),
        ({"quiet_hours": {"start": "22:00", "end": "8:00"}}, "quiet_hours.end"),
        ({"hold_out_percent": 51}, "hold_out_percent"),
        ({"expires_seconds": 1}, "expires_seconds"),
        ({"behaviours": {"opened": "delivered"}}, "behaviours.opened"),
        ({"surprise": 1}, "body"),
    ],
)  # fmt: skip
def test_a_bad_strategy_is_refused_by_its_field(change: dict[str, Any], field: str) -> None:
    """E1."""
    path = ACME | {"strategy_id": "s"}
    event = http(PUT, path=path, body=STRATEGY | change, claims=claims())
    status, body = answer(put_strategy(event, None))
    assert status == 400, body
    assert [fault["field"] for fault in body["fields"]] == [field]
    assert items_of(Strategy) == []


def test_a_strategys_provider_accounts_must_be_there() -> None:
    """E1: a typo would cost each push a channel; the refusal names where it stands."""
    others = [CHANNEL | {"channel": name, "provider": "sandbx"} for name in ("app", "web")]
    body = STRATEGY | {"channels": [others[0], CHANNEL, others[1]]}
    event = http(PUT, path=ACME | {"strategy_id": "s"}, body=body, claims=claims())
    status, problem = answer(put_strategy(event, None))
    assert (status, problem["type"]) == (409, "urn:sluice:problem:no-such-strategy-provider")
    assert [f["field"] for f in problem["fields"]] == [
        "channels[0].provider",
        "channels[2].provider",
    ]
    assert items_of(Strategy) == []
    organizations.put_provider_account("acme", "sandbx", {"type": "sandbox"})
    with recorded() as asked:
        assert answer(put_strategy(event, None))[0] == 200
    kept = "PutItem"  # in the audit log, before and after
    assert asked.names[-4:] == [kept, "Query", "TransactWriteItems", kept]
    assert asked.written == [1], "the account is checked in the write"


def test_another_organisations_provider_account_is_not_there(world: World) -> None:
    """F4."""
    found_organization(world.now, "other")
    organizations.put_provider_account("other", "theirs", {"type": "sandbox"})
    body = STRATEGY | {"channels": [CHANNEL | {"provider": "theirs"}]}
    event = http(PUT, path=ACME | {"strategy_id": "s"}, body=body, claims=claims())
    assert answer(put_strategy(event, None))[0] == 409


def test_a_kind_of_behaviour_has_a_plain_name() -> None:
    body = STRATEGY | {"behaviours": {"Opened!": "seen"}}
    event = http(PUT, path=ACME | {"strategy_id": "s"}, body=body, claims=claims())
    assert answer(put_strategy(event, None))[0] == 400


def test_a_push_is_started_and_can_be_read() -> None:
    """E2."""
    given_strategy()
    status, body = answer(start_push(example("start_push"), None))
    assert status == 202
    status, view = read(body["push_id"])
    assert (status, view["status"], view["attempts"]) == (200, "running", [])
    assert view["timeline"] == [{"at": view["created_at"], "what": "requested"}]
    assert (view["user_id"], view["strategy_version"]) == ("u-1001", 1)


def test_the_same_request_starts_one_push() -> None:
    given_strategy()
    key = {"Idempotency-Key": "order-1"}
    first = start(BODY, key)
    assert start(BODY, key) == first
    assert first[0] == 202
    status, body = start(BODY | {"user_id": "another"}, key)
    assert (status, body["type"]) == (422, "urn:sluice:problem:idempotency-key-reused")
    assert event_types() == ["push.requested.v1"]
    assert start(BODY)[1] != start(BODY)[1]


def test_a_partner_starts_a_push_once(world: World) -> None:
    given_strategy()
    call = partner_call(PARTNER_START, "push.start.v1", BODY, world.now)
    first = answer(start_push(call, None))
    assert first[0] == 202
    assert answer(start_push(call, None)) == first
    other = partner_call(PARTNER_START, "push.begin.v1", BODY, world.now, webhook_id="msg-2")
    assert answer(start_push(other, None))[0] == 400
    assert event_types() == ["push.requested.v1"]


def test_a_push_needs_its_strategy() -> None:
    status, body = start(BODY)
    assert (status, body["type"]) == (404, "urn:sluice:problem:not-found")
    assert items_of(PushItem) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"user_id": "a#b"}, "user_id"),
        ({"user_id": "x" * 129}, "user_id"),
        ({"user_id": 7}, "user_id"),
        ({"strategy_id": "../secret"}, "strategy_id"),
        ({"content": CONTENT | {"title": ""}}, "content.title"),
        ({"content": CONTENT | {"body": "x" * 2001}}, "content.body"),
        ({"content": CONTENT | {"link": "javascript:alert(1)"}}, "content.link"),
        ({"content": CONTENT | {"html": "<b>"}}, "content"),
        ({"content": None}, "content"),
    ],
)
def test_a_bad_push_is_refused_by_its_field(change: dict[str, Any], field: str) -> None:
    given_strategy()
    status, body = start(BODY | change)
    assert status == 400, body
    assert [fault["field"] for fault in body["fields"]] == [field]
    assert items_of(PushItem) == []


def test_only_operators_push() -> None:
    """F4."""
    given_strategy()
    assert start(BODY, who="member")[0] == 403
    other = http(START, path={"organization_id": "other"}, body=BODY, claims=claims())
    assert answer(start_push(other, None))[0] == 403
    assert items_of(PushItem) == []


def test_another_organisations_push_is_not_found(world: World) -> None:
    """F4."""
    given_strategy()
    push_id = start(BODY)[1]["push_id"]
    assert read("nothing")[0] == 404
    assert cancel("nothing")[0] == 404
    found_organization(world.now, "other")
    who = claims(organization_id="other")
    path = {"organization_id": "other", "push_id": push_id}
    assert answer(read_push(http(READ, path=path, claims=who), None))[0] == 404
    assert answer(cancel_push(http(CANCEL, path=path, claims=who), None))[0] == 404
    assert load(push_id).push.status == "running"


def test_the_timeline_shows_what_happened_and_what_it_cost(world: World) -> None:
    """E5, E6: the second message is waste; no token is shown."""
    script(**{"*": "accept"})
    push_id = world.push()
    world.wait(60)
    world.states.time_out()
    tracking_id = attempts_of(push_id)[0].tracking_id
    world.wait(5)
    paid = {"amount_micros": 12_000, "currency": "CNY"}
    given = {"status": "seen", "tracking_id": tracking_id, "price": paid}
    assert receipt(given, world) == (202, {"outcomes": ["settled"]})
    status, view = read(push_id)
    assert status == 200
    assert (view["status"], view["reached_position"]) == ("reached", 0)
    assert view["cost"] == [{"currency": "CNY", "amount_micros": 22_000, "waste_micros": 10_000}]
    first, second = view["attempts"]
    assert (first["level"], first["evidence"], first["price"]) == ("seen", "confirmed", paid)
    assert (first["tracking_id"], second.get("waste")) == (tracking_id, True)
    shown = [(entry["what"], entry.get("position")) for entry in view["timeline"]]
    assert shown == [
        ("requested", None),
        ("begun", 0),
        ("tried", 0),
        ("sent", 0),
        ("begun", 1),
        ("tried", 1),
        ("sent", 1),
        ("judged", 1),
        ("judged", 0),
        ("receipt", 0),
        ("reached", None),
    ]
    assert "token-" not in json.dumps(view)


@pytest.mark.parametrize(
    ("opened", "status", "evidence"),
    [(False, "unreached", "confirmed"), (True, "reached", "inferred")],
)
def test_reading_settles_nothing_and_the_sweeper_does(
    world: World, *, opened: bool, status: str, evidence: str
) -> None:
    """E4: the last wait is over; a GET only reads."""
    script(**{"*": "accept"})
    push_id = world.push(channel("sms"))
    world.wait(60)
    if opened:
        behave("opened", world.now)
    with recorded() as asked:
        assert read(push_id)[1]["status"] == "running"
    assert asked.names == ["Query"]
    assert event_types() == []
    repair_waits({}, None)
    view = read(push_id)[1]
    assert (view["status"], view["attempts"][0]["evidence"]) == (status, evidence)
    assert event_types() == [f"push.{status}.v1"]


def test_reading_decides_nothing_while_a_task_waits(world: World) -> None:
    script(**{"*": "accept"})
    push_id = world.push()
    behave("opened", world.now)
    world.wait(300)
    assert read(push_id)[1]["status"] == "running"


def test_cancelling_is_answered_the_same_again(world: World) -> None:
    """E7."""
    script(**{"*": "accept"})
    push_id = world.push()
    first = cancel(push_id)
    assert first == (200, {"push_id": push_id, "status": "cancelled"})
    assert cancel(push_id) == first
    assert world.execution.output == '{"outcome":"cancelled"}'
    world.wait(600)
    assert read(push_id)[1]["status"] == "cancelled"
    assert world.states.names().count("send_task_success") == 1


def test_a_push_that_is_over_is_not_cancelled(world: World) -> None:
    """E7."""
    push_id = world.push()
    world.answer()
    status, body = cancel(push_id)
    assert (status, body["type"]) == (409, "urn:sluice:problem:push-over")


def test_a_receipt_by_http_ends_the_chain(world: World) -> None:
    """E3."""
    script(**{"*": "accept"})
    push_id = world.push()
    given = {"status": "delivered", "tracking_id": attempts_of(push_id)[0].tracking_id}
    with recorded() as asked:
        assert receipt(given, world) == (202, {"outcomes": ["settled"]})
    # The account, the look-up, the push; the settling; the end of the wait.
    assert asked.names == ["GetItem", "GetItem", "Query"] + ["TransactWriteItems"] * 2
    assert asked.written == [4, 1]
    assert receipt(given, world) == (202, {"outcomes": ["settled"]})
    assert event_types() == ["push.reached.v1"]
    assert world.execution.status == "SUCCEEDED"


@pytest.mark.parametrize(("account", "signed_by"), [("sandbox", "another"), ("nobody", "nobody")])
def test_a_forged_receipt_is_refused(world: World, account: str, signed_by: str) -> None:
    """E3, F4: the same answer for an account that does not exist."""
    script(**{"*": "accept"})
    push_id = world.push()
    given = {"status": "delivered", "tracking_id": attempts_of(push_id)[0].tracking_id}
    assert receipt(given, world, account=account, signed_by=signed_by)[0] == 401
    assert answer(receive_receipt(example("receive_receipt"), None))[0] == 401
    assert receipts_of(push_id) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "read"}, "status"),
        ({"status": "delivered", "tracking_id": ""}, "tracking_id"),
        ({"status": "delivered", "at": "yesterday"}, "at"),
        ({"status": "delivered", "at": "2026-03-05T08:00:00"}, "at"),
        ({"status": "delivered", "price": {"amount_micros": 1}}, "price"),
        ({"status": "delivered", "price": {"amount_micros": 10**13, "currency": "CNY"}},
         "price.amount_micros"),
        ({"status": "delivered", "user_id": "a#b"}, "user_id"),
        ({"status": "delivered", "type": "message"}, "type"),
        ({"status": "delivered", "more": 1}, "body"),
        ({}, "body"),
        (b"[]", "body"),
    ],
)  # fmt: skip
def test_a_bad_receipt_is_refused_by_its_field(world: World, body: Any, field: str) -> None:
    """E3."""
    status, problem = receipt(body, world)
    assert status == 400, problem
    assert [fault["field"] for fault in problem["fields"]] == [field]


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"<xml/>"])
def test_a_receipt_that_is_no_json_is_refused(world: World, raw: bytes) -> None:
    assert receipt(raw, world)[0] == 400


def test_a_receipt_of_nobody_is_taken_without_effect(world: World) -> None:
    """E3: a provider that is told no would only send it again."""
    given = {"status": "delivered", "tracking_id": "nobody-knows-this"}
    assert receipt(given, world) == (202, {"outcomes": ["unmatched"]})
    assert items_of(PushItem) == []


def test_a_behaviour_is_recorded_once(world: World) -> None:
    """E4."""
    data = {"user_id": USER, "kind": "opened", "at": world.now.isoformat()}
    expected = (202, {"user_id": USER, "kind": "opened"})
    assert behaviour(data, world) == expected
    assert behaviour(data, world) == expected
    assert behaviour(data, world, "msg-2") == expected
    assert len(items_of(BehaviourItem)) == 1
    changed = behaviour(data | {"kind": "bought"}, world)
    assert (changed[0], changed[1]["type"]) == (422, "urn:sluice:problem:idempotency-key-reused")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"user_id": ""}, "user_id"),
        ({"kind": "Opened"}, "kind"),
        ({"kind": None}, "kind"),
        ({"at": "2026-03-05"}, "at"),
        ({"at": 1}, "at"),
        ({"content_id": "x" * 129}, "content_id"),
        ({"more": 1}, "body"),
    ],
)
def test_a_bad_behaviour_is_refused_by_its_field(
    world: World, change: dict[str, Any], field: str
) -> None:
    data = {"user_id": USER, "kind": "opened", "at": world.now.isoformat()}
    status, body = behaviour(data | change, world)
    assert status == 400, body
    assert [fault["field"] for fault in body["fields"]] == [field]
    assert items_of(BehaviourItem) == []
    assert items_of(ClaimItem) == []


@pytest.mark.parametrize("off", [timedelta(minutes=6), timedelta(days=-31)])
def test_a_behaviour_at_an_impossible_time_is_refused(world: World, off: timedelta) -> None:
    data = {"user_id": USER, "kind": "opened", "at": (world.now + off).isoformat()}
    assert behaviour(data, world)[0] == 400


def test_unsigned_partners_are_refused() -> None:
    """F4."""
    assert answer(record_behaviour(example("record_behaviour"), None))[0] == 401
    event = http(PARTNER_START, path=ACME, body={"type": "push.start.v1", "data": BODY})
    assert answer(start_push(event, None))[0] == 401


def test_the_sandbox_shows_what_it_delivered(world: World) -> None:
    script(wechat="fail")
    push_id = world.push()
    world.wait(1)
    world.answer()
    event = http(MESSAGES, path=ACME, query={"user_id": USER, "limit": "1"}, claims=claims())
    status, body = answer(list_sandbox_messages(event, None))
    assert status == 200
    (message,) = body["messages"]
    assert (message["channel"], message["title"], message["script"]) == (
        "app",
        "Spring tea",
        "deliver",
    )
    assert message["tracking_id"] == attempts_of(push_id)[1].tracking_id


@pytest.mark.parametrize("query", [None, {"user_id": "a#b"}, {"user_id": USER, "limit": "101"}])
def test_the_sandbox_needs_a_user_and_a_bound(query: dict[str, str] | None) -> None:
    event = http(MESSAGES, path=ACME, query=query, claims=claims())
    assert answer(list_sandbox_messages(event, None))[0] == 400


@pytest.mark.parametrize(
    ("name", "handler", "status"),
    [("read_push", read_push, 404), ("cancel_push", cancel_push, 404),
     ("list_sandbox_messages", list_sandbox_messages, 200)],
)  # fmt: skip
def test_the_examples_are_answered_sensibly(name: str, handler: Any, status: int) -> None:
    assert answer(handler(example(name), None))[0] == status
