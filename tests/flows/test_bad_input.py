"""What is wrong is told and changes nothing, on every route (F3)."""

import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from infra.demo.client import Answer, signature, timestamp
from tests.support.client import Organization, eventually
from tests.support.routes import DOORS, PERSON, SAMPLES, Target, some_and_all, worse

PROOF = pytest.mark.proof  # what is tried with one name in each test run is tried with all

WITH_BODY = [route for route, body in SAMPLES.items() if body is not None]
SIGNED = [route for route, door in DOORS.items() if door.kind in {"partner", "provider"}]
PARTNERS = [route for route, door in DOORS.items() if door.kind == "partner"]
ERASURES = "POST /partners/{organization_id}/people/erasures"
CLAIMED = [route for route in PARTNERS if route != ERASURES]  # asked again, it erases again
INVALID = (400, "invalid-request")
UNKNOWN = (401, "unauthenticated")


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.problem


def test_every_route_of_the_api_is_tried_here() -> None:
    assert set(SAMPLES) == set(DOORS)


@pytest.mark.parametrize("routes", some_and_all(WITH_BODY))
def test_a_body_that_is_wrong_is_told_and_changes_nothing(
    target: Target, routes: list[str]
) -> None:
    with target.unchanged():
        wrong = {
            (route, each.how): told(answer)
            for route in routes
            for each in worse(target.body(route))
            if told(answer := target.call(route, each.body)) != INVALID
        }
    assert not wrong


@pytest.mark.parametrize(
    ("route", "query"),
    [
        ("GET /organizations/{organization_id}/channels", "limit=0"),
        ("GET /organizations/{organization_id}/channels", "limit=501"),
        ("GET /organizations/{organization_id}/channels", "limit=many"),
        ("GET /organizations/{organization_id}/channels", "cursor=%25%25"),
        ("GET /organizations/{organization_id}/channels", "surprise=1"),
        ("GET /organizations/{organization_id}/members", "format=xml"),
        ("POST /organizations/{organization_id}/channels", "from_line=0"),
        ("POST /organizations/{organization_id}/members", "dry_run=perhaps"),
        ("GET /organizations/{organization_id}/alarms", "status=lost"),
        ("GET /organizations/{organization_id}/alarms", "cursor=AAAA"),
        ("GET /organizations/{organization_id}/codes", "status=lost"),
        ("GET /organizations/{organization_id}/codes", "cursor=AAAA"),
        ("GET /organizations/{organization_id}/accounts/{account_id}", "currency=yuan"),
        ("GET /organizations/{organization_id}/accounts/{account_id}", "cursor=AAAA"),
        ("GET /organizations/{organization_id}/accounts/{account_id}", "limit=-1"),
        ("GET /organizations/{organization_id}/statistics/{dimension}", "from=yesterday"),
        ("GET /organizations/{organization_id}/statistics/{dimension}", "to=2026-02-30"),
        ("GET /organizations/{organization_id}/sandbox/messages", "user_id=%20"),
        ("GET /organizations/{organization_id}/sandbox/messages", "user_id=u&limit=1000"),
        ("GET /codes/{code}/image", "format=gif"),
        ("GET /codes/{code}/image", "scale=1000"),
        ("GET /codes/{code}/image", "size=20"),
        ("GET /codes/{code}/image", "border=-1"),
        ("GET /codes/{code}/image", "error=X"),
    ],
)
def test_a_query_that_is_wrong_is_told(target: Target, route: str, query: str) -> None:
    path = target.path(route).partition("?")[0]
    assert told(target.call(route, None, f"{path}?{query}")) == INVALID


@pytest.mark.parametrize("routes", some_and_all([route for route in DOORS if "{" in route]))
@pytest.mark.parametrize(
    "name",
    ["a%23b", *(pytest.param(n, marks=PROOF) for n in ("%23", "..", "%00", "a%20b", "x" * 129))],
)
def test_a_name_that_is_none_is_told(target: Target, routes: list[str], name: str) -> None:
    """The key separator, blanks, control characters, too long: no id."""
    for route in routes:
        _refused_by_name(target, route, name)


def _refused_by_name(target: Target, route: str, name: str) -> None:
    head, brace, _ = route.split()[1].rpartition("{")
    tail = route.rpartition("}")[2]
    path = head.format_map(target.names) + name + tail
    answer = target.call(route, target.body(route), path)
    # A staff token is for the organisation it names, and a signature too: an unknown one is first.
    assert answer.status in {400, 401, 403, 404}, (answer.asked, answer.body, brace)


@pytest.mark.parametrize("code", ["W7KQ2XNB9RTC", "x"])
@pytest.mark.parametrize("route", [route for route in DOORS if "{code}" in route])
def test_an_unknown_code_is_not_found(target: Target, route: str, code: str) -> None:
    path = route.split()[1].format_map({**target.names, "code": code})
    assert told(target.call(route, target.body(route), path)) == (404, "not-found")


def _badly_signed(target: Target, route: str, content: bytes) -> dict[str, dict[str, str]]:
    """Return the headers of signatures that are wrong for the content, by what is wrong."""
    own, other = target.acme.partner_secret, target.acme.callback_secret
    if DOORS[route].kind == "provider":
        own, other = other, own
    now = datetime.now(UTC)
    good = signature(own, content)
    return {
        "none": {},
        "another's secret": signature(other, content),
        "no id": {name: value for name, value in good.items() if name != "webhook-id"},
        "another id": good | {"webhook-id": "msg-other"},
        "another body": signature(own, content + b" "),
        "over five minutes old": signature(own, content, at=now - timedelta(minutes=6)),
        "of the future": signature(own, content, at=now + timedelta(minutes=20)),
        "no time": good | {"webhook-timestamp": "soon"},
        "a time beyond time": good | {"webhook-timestamp": "9" * 30},
        "not base64": good | {"webhook-signature": "v1,%%%"},
        "no version": good | {"webhook-signature": "nonsense"},
        "not text": good | {"webhook-signature": "v1,\xff\xfe"},
    }


def test_a_signature_that_is_wrong_is_refused_and_changes_nothing(target: Target) -> None:
    found = {}
    with target.unchanged():
        for route in SIGNED:
            door, body = DOORS[route], json.dumps(target.body(route)).encode()
            content = target.envelope(route, body) if door.kind == "partner" else body
            for how, headers in _badly_signed(target, route, content).items():
                answer = target.acme.anyone.send(door.method, target.path(route), content, headers)
                if told(answer) != UNKNOWN:
                    found[route, how] = told(answer)
    assert not found


def test_an_event_of_another_type_is_refused(target: Target) -> None:
    acme, found = target.acme, {}
    with target.unchanged():
        for route in PARTNERS:
            path, body = target.path(route), target.body(route)
            for event_type in ("", "something.else.v1", DOORS[route].event_type + "0"):
                answer = acme.anyone.post_event(path, acme.partner_secret, event_type, body)
                found[route, event_type] = told(answer)
            found[route, "bare"] = told(acme.anyone.post_signed(path, acme.partner_secret, body))
    assert set(found.values()) == {INVALID}, found


@pytest.mark.parametrize("route", CLAIMED)
def test_a_replayed_event_is_answered_the_same_and_changes_nothing(
    acme: Organization, target: Target, route: str
) -> None:
    acme.operator.put(f"{acme.path}/strategies/chain", _strategy()).expect(200)
    acme.operator.put(f"{acme.path}/people", PERSON).expect(200)
    acme.put_promotion("spring")
    kind, event_type, body = route.rpartition("/")[2], DOORS[route].event_type, target.body(route)
    first = acme.post_event(kind, event_type, body, "msg-1").expect(200, 201, 202)
    if "push_id" in first.json:
        path = f"{acme.path}/pushes/{first.json['push_id']}"
        eventually(
            "the push to end",
            lambda: acme.operator.get(path).json["status"] != "running" or None,
        )
    with acme.deployment.unchanged(acme.id):
        again = acme.post_event(kind, event_type, body, "msg-1").expect(200, 202)
        assert again.json == first.json
        other = acme.post_event(kind, event_type, body | {"user_id": "u-2"}, "msg-1")
        assert other.status in {400, 422}


def test_forged_and_expired_visitor_tokens_join_nobody(target: Target) -> None:
    acme, code = target.acme, target.names["code"]
    path = f"/s/{code}/join"
    other = acme.scan(acme.issue())
    head, _, tail = target.token.rpartition(".")
    bad = [other, f"{head}.{tail[::-1]}", f"{head}.", "x", "x.y.z", _unsigned(target.token)]
    with target.unchanged():
        for token in bad:
            assert told(acme.anyone.post(path, {"visitor_token": token})) == INVALID, token
        assert told(acme.anyone.post(path, {})) == INVALID
        assert (
            told(acme.anyone.send("POST", path, b"{}", {"Cookie": "sluice_visitor=x"})) == INVALID
        )


def test_forged_and_expired_identity_tokens_join_nobody(target: Target) -> None:
    acme, code = target.acme, target.names["code"]
    good = acme.identity_token("c-1", code)
    past = datetime.now(UTC) - timedelta(minutes=1)
    bad = {
        "expired": acme.identity_token("c-1", code, exp=past),
        "no partner": acme.identity_token("c-1", code, iss="stranger"),
        "another code": acme.identity_token("c-1", "W7KQ2XNB9RTC"),
        "another organisation": acme.identity_token("c-1", code, aud=f"other/{code}"),
        "no code": acme.identity_token("c-1", code, aud=acme.id),
        "another key": jwt.encode(
            jwt.decode(good, options={"verify_signature": False}), "k" * 32, algorithm="HS256"
        ),
        "unsigned": _unsigned(good),
        "no token": "x.y",
    }
    with target.unchanged():
        found = {
            how: told(answer)
            for how, token in bad.items()
            if told(answer := acme.join(code, identity_token=token)) != INVALID
        }
        assert not found


def test_an_idempotency_key_is_for_one_request_only(target: Target) -> None:
    acme = target.acme
    path, key = f"{acme.path}/codes", {"Idempotency-Key": "once"}
    first = acme.operator.post(path, {}, key).expect(201)
    with target.unchanged():
        assert acme.operator.post(path, {}, key).expect(201).json == first.json
        reused = acme.operator.post(path, {"campaign_id": "x"}, key)
        assert told(reused) == (422, "idempotency-key-reused")
        long = acme.operator.post(path, {}, {"Idempotency-Key": "k" * 256})
        assert told(long) == INVALID


def test_an_expired_code_is_gone(acme: Organization) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=8)
    body = {"expires_at": timestamp(soon)}
    code = acme.operator.post(f"{acme.path}/codes", body).expect(201).json["code"]
    eventually("the code to expire", lambda: datetime.now(UTC) > soon or None)
    for path in (f"/s/{code}", f"/codes/{code}/image"):
        assert told(acme.anyone.get(path)) == (410, "code-gone")
    assert told(acme.join(code, token="any")) == (410, "code-gone")


def _strategy() -> dict[str, object]:
    channel = {"channel": "sms", "wait_seconds": 5, "success": "delivered"}
    return {"purpose": "service", "channels": [channel]}


def _unsigned(token: str) -> str:
    """Return the token with the algorithm `none`, which must never be taken."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none")
