"""The functions of codes and channels: what they answer and refuse, from real gateway events."""

import base64
import importlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import zxingcpp
from PIL import Image

from sluice.codes import visitors
from sluice.codes.rules.counts import TOTAL, Count, Row
from sluice.codes.store import pool, statistics, visits
from sluice.codes.tables import Channel, Code, SeatItem, StatisticsRow, Visit
from sluice.organizations import access, changing
from sluice.shared import clock, ids, signing
from tests.support import recount
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, issue_code, open_channel
from tests.support.events import claims, http
from tests.support.requests import recorded
from tests.support.staff import found_organization

ORG = {"organization_id": "acme"}
NINE = {"days": ["mon"], "from": "09:00"}
PUT_CHANNEL = "PUT /organizations/{organization_id}/channels/{channel_id}"
ISSUE = "POST /organizations/{organization_id}/codes"
JOIN = "POST /s/{code}/join"
SCAN = "GET /s/{code}"
CALLBACK = "POST /callbacks/{organization_id}/{provider_account_id}"
CHANNEL = {"kind": "contact", "name": "Lin", "provider_ref": "lin", "cap": 5}
BROWSER = {"user-agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0"}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        yield


def call(name: str, route: str, **parts: Any) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.codes.{name}.handler").handler
    answer: dict[str, Any] = handler(http(route, **parts), None)
    return answer


def body(answer: dict[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(answer["body"])
    return parsed


def put_channel(given: Any, **who: Any) -> dict[str, Any]:
    path = ORG | {"channel_id": "c1"}
    return call("put_channel", PUT_CHANNEL, path=path, body=given, claims=claims(**who))


def scan(code: str = CODE, **headers: str) -> dict[str, Any]:
    sent = BROWSER | {"accept": "application/json"} | headers
    return call("handle_scan", SCAN, path={"code": code}, headers=sent)


def join(given: Any, code: str = CODE, **headers: str) -> dict[str, Any]:
    return call("assign_channel", JOIN, path={"code": code}, body=given, headers=headers)


def call_back(given: Any, account: str = "sandbox", key: bytes | None = None) -> dict[str, Any]:
    raw = json.dumps(given).encode()
    key = key or access.provider_key("acme", account)
    headers = signing.sign_webhook(key, "msg-1", datetime.now(UTC), raw)
    path = ORG | {"provider_account_id": account}
    return call("confirm_contact", CALLBACK, path=path, body=raw, headers=headers)


def test_a_channel_is_put_read_listed_and_removed() -> None:
    """A1."""
    assert body(put_channel(CHANNEL))["held"] == 0
    path = ORG | {"channel_id": "c1"}
    one = "/organizations/{organization_id}/channels/{channel_id}"
    read = call("get_channel", f"GET {one}", path=path, claims=claims())
    assert body(read)["cap"] == 5
    listing = "GET /organizations/{organization_id}/channels"
    page = call("list_channels", listing, path=ORG, claims=claims())
    assert [row["channel_id"] for row in body(page)["items"]] == ["c1"]
    assert call("remove_channel", f"DELETE {one}", path=path, claims=claims())["statusCode"] == 204
    assert call("get_channel", f"GET {one}", path=path, claims=claims())["statusCode"] == 404


def test_channels_are_filtered_and_their_load_is_summed_by_kind() -> None:
    """A10: what is closed has no room, and what the provider has of its own takes some."""
    for name, cap in (("c1", 10), ("c2", 4), ("c3", 5)):
        open_channel(name, cap=cap, owner_id="lin" if name == "c1" else None)
    open_channel("g1", kind="group", cap=100)
    open_channel("c3", cap=5, status="closed")
    Channel("acme#c2").update([Channel.held.set(4), Channel.outside.set(4)])
    row = Row("channels", "c1", TOTAL)
    seats = {Count(row, "customers"): 2, Count(row, "reserved"): 1}
    statistics.count("acme", {"seats": Counter(seats)}, clock.now())
    listing = "GET /organizations/{organization_id}/channels"

    def wanted(**query: str) -> list[str]:
        page = body(call("list_channels", listing, path=ORG, query=query, claims=claims()))
        return [row["channel_id"] for row in page["items"]]

    assert wanted(kind="group") == ["g1"]
    assert wanted(status="closed") == ["c3"]
    assert wanted(owner_id="lin") == ["c1"]
    route = "GET /organizations/{organization_id}/pool"
    query = {"limit": "2"}
    shown = body(call("list_channels", route, path=ORG, query=query, claims=claims()))
    contacts, groups = shown["kinds"]
    load = {"channels": 3, "open": 2, "full": 1, "cap": 14, "held": 7}
    assert contacts == load | {"kind": "contact"}
    assert (groups["cap"], groups["held"]) == (100, 0)
    nearest = [(each["channel_id"], each["held"], each["cap"]) for each in shown["nearest"]]
    assert nearest == [("c2", 4, 4), ("c1", 3, 10)]


def test_channels_are_listed_page_by_page() -> None:
    for n in range(5):
        open_channel(f"c{n}")
    listing, seen, cursor = "GET /organizations/{organization_id}/channels", [], ""
    for _ in range(4):
        query = {"limit": "2", "cursor": cursor}
        page = body(call("list_channels", listing, path=ORG, query=query, claims=claims()))
        seen += [row["channel_id"] for row in page["items"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert seen == [f"c{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cap": -1}, "cap"),
        ({"cap": 1.5}, "cap"),
        ({"cap": "many"}, "cap"),
        ({"cap": 10**30}, "cap"),
        ({"kind": "crowd"}, "kind"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"weight": 0}, "weight"),
        ({"daily_cap": 0}, "daily_cap"),
        ({"owner_id": "lin\n"}, "owner_id"),
        (
            {"service_area": {"point": {"latitude": 10**400, "longitude": 0}, "radius_meters": 1}},
            "service_area",
        ),
        ({"colour": "red"}, "body"),
        ({"service_area": {"point": {"latitude": 99, "longitude": 0}}}, "service_area"),
        ({"owner_id": "a#b"}, "owner_id"),
        ({"shifts": {}}, "shifts.week"),
        ({"shifts": {"week": [NINE | {"to": "09:00"}]}}, "shifts.week[0].to"),
        ({"shifts": {"week": [NINE | {"to": "9:00"}]}}, "shifts.week[0].to"),
        ({"successor": {"name": "Club {n}"}}, "successor"),
        ({"kind": "group", "successor": {"name": "Club"}}, "successor.name"),
        ({"kind": "group", "successor": {"name": "C{n}", "most": 1}}, "successor.most"),
        ({"kind": "group", "successor": {"name": "C{n}", "at_percent": 0}}, "successor.at_percent"),
        ({"kind": "group", "successor": {"name": "C{n}", "next": 3}}, "successor"),
        ({"status": "removed"}, "status"),
    ],
)
def test_a_wrong_channel_is_refused_with_the_field_named(
    change: dict[str, Any], field: str
) -> None:
    """F3."""
    answer = put_channel(CHANNEL | change)
    assert answer["statusCode"] == 400
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert body(answer)["fields"][0]["field"] == field


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b'"text"', b"null", b"{" * 5000])
def test_what_is_no_json_object_is_a_bad_request(raw: bytes) -> None:
    assert put_channel(raw)["statusCode"] == 400


def test_a_body_over_the_limit_is_a_bad_request() -> None:
    assert put_channel(b'{"name":"' + b"x" * 70_000 + b'"}')["statusCode"] == 400


def test_a_channel_names_only_what_exists_and_keeps_its_kind() -> None:
    assert body(put_channel(CHANNEL | {"owner_id": "nobody"}))["type"].endswith("no-such-owner")
    refused = put_channel(CHANNEL | {"provider": "wecom-1"})
    assert refused["statusCode"] == 409
    assert body(refused)["type"].endswith(":no-such-provider-account")
    put_channel(CHANNEL)
    answer = put_channel(CHANNEL | {"kind": "group"})
    assert body(answer)["type"] == "urn:sluice:problem:channel-kind-fixed"


def test_a_group_names_its_successor_and_tells_which_channel_it_became() -> None:
    """A10."""
    successor = {"name": "Club {n}", "provider_ref": "club-{n}", "most": 3}
    club = CHANNEL | {"kind": "group", "successor": successor}
    assert body(put_channel(club))["successor"] == successor
    refused = put_channel(club | {"successor": {"name": "Club {n}"}})
    assert body(refused)["type"].endswith(":successor-unfit")
    Channel(ids.key("acme", "c1")).update([Channel.held.set(5), Channel.outside.set(5)])
    handler = importlib.import_module("functions.codes.check_alarms.handler").handler
    handler({}, None)
    route = "GET /organizations/{organization_id}/channels/{channel_id}"
    path = ORG | {"channel_id": "c1"}
    shown = body(call("get_channel", route, path=path, claims=claims()))
    assert (shown["successor"], shown["successor_id"]) == (successor, "c1-2")
    made = body(call("get_channel", route, path=path | {"channel_id": "c1-2"}, claims=claims()))
    assert (made["name"], made["cap"], made["held"]) == ("Club 2", 5, 0)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({"organization_id": "rival"}, 403),
        ({"role": "member", "member_id": "lin"}, 403),
        ({"role": "operator", "member_id": "lin"}, 403),  # the token says so, the member not
        ({"role": "operator", "member_id": "nobody"}, 403),
    ],
)
def test_only_operators_of_the_organization_change_channels(
    who: dict[str, str], status: int
) -> None:
    """F4."""
    assert put_channel(CHANNEL, **who)["statusCode"] == status


def test_without_a_token_nobody_is_staff() -> None:
    answer = call("put_channel", PUT_CHANNEL, path=ORG | {"channel_id": "c1"}, body=CHANNEL)
    assert answer["statusCode"] == 401


def issue(given: Any, role: str = "operator", member: str = "boss", **headers: str) -> Any:
    who = claims(role, member)
    return call("issue_code", ISSUE, path=ORG, body=given, claims=who, headers=headers)


def test_a_code_is_issued_and_its_image_reads_back_as_its_url() -> None:
    """A2, read by an independent reader."""
    issued = body(issue({"referrer_id": "lin"}))
    assert len(issued["code"]) == 12
    for wanted in ({"format": "png"}, {"format": "png", "scale": "3", "error": "H"}):
        image = call(
            "read_code_image",
            "GET /codes/{code}/image",
            path={"code": issued["code"]},
            query=wanted,
        )
        assert "immutable" in image["headers"]["Cache-Control"]
        picture = Image.open(__import__("io").BytesIO(base64.b64decode(image["body"])))
        (read,) = zxingcpp.read_barcodes(picture.convert("L"))
        assert read.text == issued["url"]
    svg = call("read_code_image", "GET /codes/{code}/image", path={"code": issued["code"]})
    assert b"<svg" in base64.b64decode(svg["body"])


def test_the_same_idempotency_key_gives_the_same_code_and_another_request_is_refused() -> None:
    first = body(issue({}, **{"idempotency-key": "k"}))
    assert body(issue({}, **{"idempotency-key": "k"})) == first
    answer = issue({"referrer_id": "lin"}, **{"idempotency-key": "k"})
    assert (answer["statusCode"], len(items_of(Code))) == (422, 1)


@pytest.mark.parametrize(
    ("given", "role", "member", "status"),
    [
        ({"referrer_id": "nobody"}, "operator", "boss", 409),
        ({"referrer_id": "lin"}, "member", "lin", 201),
        ({"referrer_id": "boss"}, "member", "lin", 403),
        ({}, "member", "lin", 403),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "operator", "boss", 400),
        ({"expires_at": "2030-01-01T00:00:00"}, "operator", "boss", 400),
        ({"expires_at": "9999-12-31T23:59:59-01:00"}, "operator", "boss", 400),
        ({"rule": {"order": "best"}}, "operator", "boss", 400),
        ({"rule": {"reservation_seconds": 1}}, "operator", "boss", 400),
    ],
)
def test_who_may_issue_what(given: Any, role: str, member: str, status: int) -> None:
    assert issue(given, role, member)["statusCode"] == status


def test_a_scan_is_counted_and_a_crawler_is_not() -> None:
    """A3: views and unique visitors, without previews."""
    issue_code()
    first = scan()
    cookie = first["headers"]["Set-Cookie"].split(";")[0]
    scan(cookie=cookie)
    scan()
    scan(**{"user-agent": "facebookexternalhit/1.1"})
    scan(**{"user-agent": "TelegramBot (like TwitterBot)"})
    views = sorted(int(v.views) for v in items_of(Visit) if isinstance(v, Visit))
    assert views == [1, 2]


@pytest.mark.parametrize("app", ["Telegram-Android/10.2", "QR Scanner/3.1", "MicroMessenger/8.0"])
def test_a_person_in_an_app_is_counted(app: str) -> None:
    issue_code()
    scan(**{"user-agent": f"Mozilla/5.0 (Linux; Android 15) {app}"})
    assert len(items_of(Visit)) == 1


def test_what_messaging_apps_add_to_a_link_does_no_harm() -> None:
    issue_code()
    query = {"from": "singlemessage", "isappinstalled": "0"}
    answer = call("handle_scan", SCAN, path={"code": CODE}, headers=BROWSER, query=query)
    assert answer["statusCode"] == 200


def test_a_scan_writes_at_most_one_item() -> None:
    issue_code()
    scan()
    with recorded() as asked:
        scan()
    assert asked.written == [1]
    assert asked.names == ["TransactWriteItems"]


def test_the_landing_page_speaks_both_languages_and_escapes_every_text() -> None:
    """F5."""
    issue_code()
    evil = {"name": "<script>alert(1)</script>", "time_zone": "UTC", "locale": "en"}
    changing.change_organization("acme", evil)
    page = scan(accept="text/html", **{"accept-language": "zh-CN,zh"})
    assert "邀请您加入" in page["body"]
    assert "<script>alert" not in page["body"]
    assert "nonce-" in page["headers"]["Content-Security-Policy"]
    assert "invites you" in scan(accept="text/html", **{"accept-language": "en"})["body"]


def test_an_unknown_or_expired_code_is_told_as_such() -> None:
    assert scan("ABCDEFGHJKMN")["statusCode"] == 404
    issue_code()
    code = Code.get(CODE)
    code.expires_at = clock.now() - timedelta(seconds=1)
    code.save()
    pool.forget()
    assert scan()["statusCode"] == 410
    assert join({"visitor_token": "x"})["statusCode"] == 410


def test_a_visitor_joins_with_the_token_of_the_scan_or_with_the_cookie() -> None:
    """A4."""
    open_channel("a")
    issue_code()
    scanned = scan()
    first = join({"visitor_token": body(scanned)["visitor_token"]})
    assert first["statusCode"] == 201
    assert body(first)["channel"]["contact"] == {
        "reference": "ref-a",
        "state": body(first)["assignment_id"],
    }
    cookie = scanned["headers"]["Set-Cookie"].split(";")[0]
    again = join({}, cookie=cookie)
    assert (again["statusCode"], again["body"]) == (200, first["body"])


def forged(code: str = CODE, key: bytes = b"k" * 32, minutes: int = 5) -> str:
    return signing.make_token(key, f"join:{code}", "v", clock.now(), timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "token",
    [
        lambda: "",
        lambda: "x",
        lambda: "é" * 20,
        lambda: "a.b.c",
        forged,
        lambda: visitors.token("v", "OTHERCODE222", clock.now()),
        lambda: visitors.token("v", CODE, clock.now() - timedelta(hours=2)),
        lambda: jwt.encode({"sub": "v", "aud": f"join:{CODE}", "exp": 2**31}, "", "none"),
    ],
)
def test_a_forged_expired_or_foreign_token_gives_no_seat(token: Callable[[], str]) -> None:
    open_channel("a")
    issue_code()
    answer = join({"visitor_token": token()})
    assert answer["statusCode"] == 400
    assert body(answer)["fields"][0]["field"] == "visitor_token"
    assert items_of(SeatItem) == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"location": {"latitude": 91, "longitude": 0}},
        {"location": {"latitude": 0}},
        {"location": [0, 0]},
        {"visitor_token": 5},
        {"customer_id": "me"},
        {"visitor_token": "x" * 5000},
    ],
)
def test_a_wrong_join_changes_nothing(given: Any) -> None:
    open_channel("a")
    issue_code()
    assert join(given)["statusCode"] == 400
    assert items_of(SeatItem) == []


def identity(
    subject: str = "union-1", code: str = CODE, partner: str = "shop", minutes: int = 5
) -> str:
    payload = {
        "iss": partner,
        "sub": subject,
        "aud": f"acme/{code}",
        "iat": datetime.now(UTC),
        "exp": datetime.now(UTC) + timedelta(minutes=minutes),
    }
    return jwt.encode(payload, access.partner_key("acme", "shop", 1), "HS256")


def test_an_identity_token_makes_two_devices_one_customer() -> None:
    open_channel("a")
    issue_code()
    first = join({"identity_token": identity()})
    again = join({"identity_token": identity()})
    assert (first["statusCode"], again["statusCode"]) == (201, 200)
    assert again["body"] == first["body"]


@pytest.mark.parametrize(
    "token",
    [
        lambda: "x",
        lambda: identity(code="OTHER"),
        lambda: identity(partner="rival"),
        lambda: identity(minutes=61),
        lambda: identity(minutes=-5),
        lambda: identity(subject="a\nb"),
    ],
)
def test_an_identity_token_of_nobody_we_know_is_refused(token: Callable[[], str]) -> None:
    open_channel("a")
    issue_code()
    assert join({"identity_token": token()})["statusCode"] == 400


def seated() -> str:
    open_channel("a")
    issue_code(referrer_id="lin")
    token = body(scan())["visitor_token"]
    return str(body(join({"visitor_token": token}))["assignment_id"])


def contact(assignment_id: str, event: str = "connected", **more: Any) -> dict[str, Any]:
    at = clock.now().isoformat()
    given = {"event": event, "assignment_id": assignment_id, "customer_ref": "wx-1", "at": at}
    return given | more


def test_a_callback_connects_the_seat_and_a_second_one_is_known() -> None:
    """A6."""
    given = contact(seated())
    assert body(call_back(given))["outcome"] == "applied"
    assert body(call_back(given))["outcome"] == "known"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"event": "married"}, 400),
        ({"at": "yesterday"}, 400),
        ({"at": "2999-01-01T00:00:00Z"}, 400),
        ({"at": "0001-01-01T00:00:00+14:00"}, 400),
        ({"at": "2026-03-05T08:00:00"}, 400),
        ({"customer_ref": ""}, 400),
        ({"assignment_id": "unknown"}, 404),
        ({"assignment_id": "../../etc"}, 404),
    ],
)
def test_a_wrong_callback_is_refused(change: dict[str, Any], status: int) -> None:
    assert call_back(contact(seated()) | change)["statusCode"] == status


def test_a_callback_that_the_provider_did_not_sign_is_refused() -> None:
    given = contact(seated())
    assert call_back(given, key=b"0" * 32)["statusCode"] == 401
    path = ORG | {"provider_account_id": "sandbox"}
    assert call("confirm_contact", CALLBACK, path=path, body=given)["statusCode"] == 401
    assert call_back(given, account="unknown")["statusCode"] == 401


def stream(model: Any, items: list[tuple[Any, Any]]) -> dict[str, Any]:
    def record(n: int, old: Any, new: Any) -> dict[str, Any]:
        images = {"NewImage": new.serialize()} | ({"OldImage": old.serialize()} if old else {})
        return {
            "eventID": str(n),
            "eventSourceARN": f"arn:aws:dynamodb:::table/{model.Meta.table_name}/stream/x",
            "dynamodb": {"ApproximateCreationDateTime": 1.0, "SequenceNumber": str(n)} | images,
        }

    return {"Records": [record(n, *pair) for n, pair in enumerate(items)]}


def count(event: dict[str, Any]) -> dict[str, Any]:
    handler = importlib.import_module("functions.codes.count_changes.handler").handler
    result: dict[str, Any] = handler(event, None)
    return result


def test_statistics_equal_a_recount_also_when_the_stream_repeats_itself() -> None:
    """A8: a sweep that puts a seat off writes it under the version it had."""
    first = seated()
    (before,) = items_of(SeatItem)
    call_back(contact(first))
    (after,) = items_of(SeatItem)
    event = stream(SeatItem, [(None, before), (before, before), (before, after)])
    assert count(event) == {"batchItemFailures": []}
    count(event)
    count(stream(Visit, [(None, item) for item in items_of(Visit)]))
    count(stream(SeatItem, [(before, after)]))
    assert recount.stored_statistics() == recount.statistics()
    assert recount.stored_statistics()


def test_views_are_counted_once_each() -> None:
    issue_code()
    first = scan()
    (one,) = items_of(Visit)
    scan(cookie=first["headers"]["Set-Cookie"].split(";")[0])
    (two,) = items_of(Visit)
    for _ in range(2):
        count(stream(Visit, [(None, one), (one, two)]))
    route = "GET /organizations/{organization_id}/statistics/{dimension}"
    path = ORG | {"dimension": "codes"}
    answer = call("read_statistics", route, path=path, claims=claims())
    assert body(answer)["rows"][0] | {"views": 2, "visitors": 1} == body(answer)["rows"][0]
    query = {"from": "2020-01-01", "to": "2020-12-31"}
    older = call("read_statistics", route, path=path, query=query, claims=claims())
    backwards = {"from": "2026-03-02", "to": "2026-03-01"}
    refused = call("read_statistics", route, path=path, query=backwards, claims=claims())
    assert refused["statusCode"] == 400
    assert body(older)["rows"] == []


def test_a_visitor_of_three_days_is_one_visitor_in_all() -> None:
    """A3, A8: also when days arrive out of order and again, in one batch and in several."""
    issue_code()
    code = pool.code(CODE)
    for visitor_id, day in (("v1", "05"), ("v2", "05"), ("v1", "06"), ("v1", "07"), ("v2", "07")):
        visits.count_view(code, visitor_id, f"2026-03-{day}", clock.now())
    items = items_of(Visit)
    for batch in (items[3:], items, items[:2]):
        assert count(stream(Visit, [(None, item) for item in batch])) == {"batchItemFailures": []}
    found = recount.stored_statistics()
    assert found == recount.statistics()
    days = {day: n for (_, _, day, counter), n in found.items() if counter == "visitors"}
    assert days == {"2026-03-05": 2, "2026-03-06": 1, "2026-03-07": 2, "total": 2}


def test_a_visitor_is_a_new_one_after_ninety_days_without_a_view() -> None:
    def is_first(view: str, days: int) -> bool:
        return visits.is_first_view("acme", "visitor", view, clock.now() + timedelta(days=days))

    seen = [("a", 0), ("b", 80), ("a", 80), ("c", 160), ("d", 249), ("e", 340), ("d", 341)]
    assert [is_first(*one) for one in seen] == [True, False, True, False, False, True, False]


def test_what_was_counted_stays_on_its_day_when_the_time_zone_changes() -> None:
    """A8: statistics equal a recount also of an organisation that moves."""
    seat = seated()
    (joined,) = items_of(SeatItem)
    at = (clock.now() - timedelta(days=1)).replace(hour=20)  # another day in each of the two zones
    call_back(contact(seat, at=at.isoformat()))
    (connected,) = items_of(SeatItem)
    moved = {"name": "Acme", "time_zone": "Pacific/Pago_Pago", "locale": "en"}
    changing.change_organization("acme", moved)
    pool.forget()
    call_back(contact(seat, "lost"))
    (lost,) = items_of(SeatItem)
    count(stream(SeatItem, [(None, joined), (joined, connected), (connected, lost)]))
    count(stream(Visit, [(None, item) for item in items_of(Visit)]))
    found = recount.stored_statistics()
    assert found == recount.statistics()
    there = clock.local_day(at, "Asia/Shanghai").isoformat()
    assert found["channels", "a", there, "connections"] == 1
    here = clock.local_day(clock.now(), "Pacific/Pago_Pago").isoformat()
    assert found["channels", "a", here, "losses"] == 1


def test_a_record_that_cannot_be_understood_is_set_aside_and_holds_nobody_up() -> None:
    seated()
    (item,) = items_of(SeatItem)
    event = stream(SeatItem, [(None, item), (None, item)])
    event["Records"][0]["dynamodb"]["NewImage"] = {"seat": {"S": "not a seat"}}
    assert count(event) == {"batchItemFailures": []}
    assert items_of(StatisticsRow)
