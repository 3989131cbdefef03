"""A loop of fresh visitor tokens from one network, through the functions (design 4, A5)."""

import importlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import jwt
import pytest

from sluice.codes import visitors
from sluice.codes.rules.networks import Limits, window_of
from sluice.codes.store import channels, expiry, networks, pool
from sluice.codes.tables import SeatItem
from sluice.codes.tables.networks import NetworkJoins
from sluice.organizations import access
from sluice.shared import clock, memory, signing, telemetry
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, check_counters, issue_code, open_channel
from tests.support.events import http
from tests.support.requests import recorded
from tests.support.seat_stream import SeatStream
from tests.support.staff import found_organization

JOIN = "POST /s/{code}/join"
CALLBACK = "POST /callbacks/{organization_id}/{provider_account_id}"
HERE = "203.0.113.7"
SEATS, LIMIT, WINDOW_SECONDS = 40, 6, 900


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pool.forget()
    began = window_of(datetime.now(UTC), WINDOW_SECONDS).ends_at - timedelta(seconds=WINDOW_SECONDS)
    monkeypatch.setattr(clock, "now", lambda: began)
    # What a function remembers grows old when a test says so, not on a busy machine.
    for module in (pool, memory):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr(networks, "LIMITS", Limits(50, LIMIT, WINDOW_SECONDS))
    with local_aws():
        found_organization()
        for name in "abcd":
            open_channel(name, cap=SEATS // 4)
        issue_code()
        yield
        check_counters()


def call(name: str, event: dict[str, Any]) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.codes.{name}.handler").handler
    answer: dict[str, Any] = handler(event, None)
    return answer


def join(visitor: str, source_ip: str = HERE, **headers: str) -> dict[str, Any]:
    token = visitors.token(visitor, CODE, datetime.now(UTC))  # tokens know the real clock only
    event = http(JOIN, path={"code": CODE}, body={"visitor_token": token}, headers=headers)
    event["requestContext"]["identity"]["sourceIp"] = source_ip
    return call("assign_channel", event)


def loop(tokens: int, name: str = "loop", source_ip: str = HERE) -> Counter[int]:
    """Join as a new visitor each time; return how often each status was answered."""
    return Counter(join(f"{name}{n}", source_ip)["statusCode"] for n in range(tokens))


def confirm(answer: dict[str, Any], ref: str) -> None:
    seat = json.loads(answer["body"])
    given = {"event": "connected", "assignment_id": seat["assignment_id"], "customer_ref": ref}
    raw = json.dumps(given | {"at": clock.now().isoformat()}).encode()
    headers = signing.sign_webhook(
        access.provider_key("acme", "sandbox"), ref, datetime.now(UTC), raw
    )
    path = {"organization_id": "acme", "provider_account_id": "sandbox"}
    told = call("confirm_contact", http(CALLBACK, path=path, body=raw, headers=headers))
    assert told["statusCode"] == 200


def test_a_loop_from_one_network_leaves_the_rest_of_the_pool_to_others() -> None:
    """Half the pool and its joins of a window are what it gets, however long it goes on."""
    assert loop(100) == {201: SEATS // 2 + LIMIT, 429: 100 - SEATS // 2 - LIMIT}
    others = [join(f"other{n}", f"198.51.{n}.9") for n in range(SEATS // 2 - LIMIT)]
    assert {answer["statusCode"] for answer in others} == {201}
    held = sum(int(channels.read_channel("acme", name).held) for name in "abcd")
    assert held == SEATS
    assert join("too late", "198.51.100.9")["statusCode"] == 409


def test_a_loop_over_many_functions_gets_no_more() -> None:
    """Each join meets another function, which knows the pool from the statistics alone."""
    stream, got = SeatStream(), Counter[int]()
    for n in range(40):
        got[join(f"loop{n}")["statusCode"]] += 1
        stream.catch_up()
    assert got == {201: SEATS // 2 + LIMIT, 429: 14}


@pytest.mark.proof
def test_after_confirmations_and_expiries_it_is_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = SeatStream()
    mine = [join(f"crowd{n}") for n in range(SEATS // 2 + LIMIT)]
    assert join("next")["statusCode"] == 429
    for n, answer in enumerate(mine[:LIMIT]):
        confirm(answer, f"wx-{n}")
    stream.catch_up()
    assert join("next")["statusCode"] == 429  # half is unconfirmed still
    confirm(mine[LIMIT], "wx-last")
    stream.catch_up()
    with recorded() as asked:
        assert join("next")["statusCode"] == 201
    assert asked.written == [2]
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert expiry.release_expired(later, float("inf")) == SEATS // 2
    stream.catch_up()
    counted = len(items_of(NetworkJoins))
    assert loop(13, "again") == {201: 13}  # to half of the pool: 7 are connected
    assert len(items_of(NetworkJoins)) == counted


def test_a_refusal_says_how_long_to_wait_and_nothing_of_others() -> None:
    loop(SEATS // 2 + LIMIT)
    answer = join("late")
    assert answer["statusCode"] == 429
    assert answer["headers"]["Retry-After"] == "900"
    assert json.loads(answer["body"]) == {
        "type": "urn:sluice:problem:too-many-joins",
        "title": "Too many joins at the moment",
        "status": 429,
        "detail": "Many are joining at the moment: try again later.",
    }


def test_a_refusal_is_a_metric_in_the_log_line_which_names_no_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop(SEATS // 2 + LIMIT)
    join("late")
    line = json.loads(telemetry.logger.registered_formatter.format(caplog.records[-1]))
    (described,) = line["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == "Sluice"
    assert described["Metrics"] == [{"Name": "JoinsRefusedByNetwork", "Unit": "Count"}]
    assert line["JoinsRefusedByNetwork"] == 1
    assert all(line[name] for (name,) in described["Dimensions"])
    assert line["_aws"]["Timestamp"] == clock.now().timestamp() * 1000
    assert "203.0.113" not in json.dumps(line)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP"])
def test_what_a_client_says_of_its_address_is_not_believed(header: str) -> None:
    loop(SEATS // 2 + LIMIT)
    assert join("late", **{header: "198.51.100.9"})["statusCode"] == 429


def test_who_has_a_seat_is_answered_it_after_the_network_has_had_its_joins() -> None:
    first = join("loop0")
    loop(60)
    again = join("loop0")
    assert (again["statusCode"], again["body"]) == (200, first["body"])
    elsewhere = join("loop0", "198.51.100.9")
    assert elsewhere["body"] == first["body"]


def test_a_valid_identity_token_passes_and_a_forged_one_does_not() -> None:
    loop(SEATS // 2 + LIMIT)
    assert _join_as_partner(access.partner_key("acme", "shop", 1))["statusCode"] == 201
    assert _join_as_partner(b"k" * 32)["statusCode"] == 400
    assert join("late")["statusCode"] == 429
    assert len(items_of(SeatItem)) == SEATS // 2 + LIMIT + 1


def _join_as_partner(key: bytes) -> dict[str, Any]:
    claims = {
        "iss": "shop",
        "sub": "union-1",
        "aud": f"acme/{CODE}",
        "iat": datetime.now(UTC),
        "exp": datetime.now(UTC) + timedelta(minutes=5),
    }
    token = jwt.encode(claims, key, "HS256")
    return call("assign_channel", http(JOIN, path={"code": CODE}, body={"identity_token": token}))


def test_below_the_threshold_no_network_is_counted() -> None:
    assert loop(SEATS // 2) == {201: SEATS // 2}
    assert items_of(NetworkJoins) == []


@pytest.mark.parametrize("source_ip", ["", "unknown", "gateway.internal"])
def test_without_an_address_from_the_gateway_joins_are_limited_together(source_ip: str) -> None:
    loop(SEATS // 2)
    assert loop(LIMIT, "nowhere", source_ip) == {201: LIMIT}
    assert join("late", "no address either")["statusCode"] == 429
    assert join("other")["statusCode"] == 201
