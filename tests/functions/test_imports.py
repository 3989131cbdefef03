"""Channels and members by CSV (F7): line by line, told, repeatable, and back as they were."""

import importlib
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from functions.organizations.put_member.handler import handler as put_member
from sluice.codes.store import channels, pool
from sluice.codes.tables import Channel
from sluice.organizations import listing
from sluice.organizations import store as organizations
from sluice.organizations.tables import Member
from sluice.shared import clock, guard, imports, sheets
from sluice.shared.errors import Contention
from sluice.shared.outbox import OutboxItem
from sluice.shared.table import Table
from tests.support.aws import items_of, local_aws
from tests.support.candidates import weekly
from tests.support.codes import open_channel
from tests.support.events import ORGANIZATION, claims, http
from tests.support.staff import found_organization

CHANNELS = "POST /organizations/{organization_id}/channels"
MEMBERS = "POST /organizations/{organization_id}/members"
HEAD = "channel_id,kind,name,provider_ref,cap"
AREA = '"{""point"": {""latitude"": 31.2, ""longitude"": 121.4}, ""radius_meters"": 900}"'


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        yield


def ask(function: str, route: str, body: Any = None, **query: Any) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.{function.replace('/', '.')}.handler").handler
    content = body.encode() if isinstance(body, str) else body
    text = {
        name: str(value).lower() if value is True else str(value) for name, value in query.items()
    }
    path = {"organization_id": ORGANIZATION}
    event = http(route, path=path, body=content, query=text or None, claims=claims())
    answer: dict[str, Any] = handler(event, None)
    return answer


def told(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["statusCode"] == 200, answer["body"]
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def channels_in(*lines: str, head: str = HEAD, **query: Any) -> dict[str, Any]:
    return told(ask("codes/import_channels", CHANNELS, "\r\n".join([head, *lines]), **query))


def members_in(*lines: str, head: str = "member_id,name,roles,email", **query: Any) -> Any:
    sheet = "\r\n".join([head, *lines])
    return told(ask("organizations/import_members", MEMBERS, sheet, **query))


def stored() -> dict[str, Channel]:
    found, _ = channels.list_channels(ORGANIZATION, 100, "")
    return {channel.channel_id: channel for channel in found}


def members() -> dict[str, Member]:
    found, _ = listing.list_members(ORGANIZATION, 100, "")
    return {member.member_id: member for member in found}


def as_kept(items: Mapping[str, Table]) -> dict[str, dict[str, Any]]:
    """Return items as they are stored, sets in one order: they have none of their own."""
    return {
        name: {
            field: {kind: sorted(kept) if kind == "SS" else kept for kind, kept in value.items()}
            for field, value in item.serialize().items()
        }
        for name, item in items.items()
    }


def wrong(answer: dict[str, Any]) -> list[tuple[int, str]]:
    return [(each["line"], each["field"]) for each in answer["refused"]]


def test_channels_are_stored_as_by_put_whatever_the_order_of_columns() -> None:
    head = "cap,name,service_area,channel_id,daily_cap,provider_ref,kind,backup,owner_id"
    answer = channels_in(
        f"5,林 A,{AREA},a,2,ref-a,contact,TRUE,lin", "7,B,,b,,ref-b,group,,", head=head
    )
    assert answer == {"total": 2, "stored": 2, "refused": []}
    found = stored()
    a = found["a"]
    assert (a.name, a.cap, a.daily_cap, a.backup, a.owner_id) == ("林 A", 5, 2, True, "lin")
    assert a.service_area["radius_meters"] == 900
    assert [found["b"].serialize().get(name) for name in ("owner_id", "service_area")] == [None] * 2
    assert (found["b"].backup, found["b"].status, found["b"].weight) == (False, "open", 1)


def test_a_line_that_is_wrong_stops_all_and_every_line_is_told() -> None:
    lines = (
        "a,contact,A,ref,5",
        "b,contact,B,ref,many",
        "c d,contact,C,ref,5",
        ",group,,ref,5",
        "e,group",
        "a,contact,A again,ref,5",
        "f,shop,F,ref,-1",
    )
    answer = channels_in(*lines)
    assert (answer["total"], answer["stored"]) == (7, 0)
    assert wrong(answer) == [
        (3, "cap"),
        (4, "channel_id"),
        (5, "channel_id"),
        (5, "name"),
        (6, "line"),
        (7, "channel_id"),
        (8, "kind"),
    ]
    assert answer["refused"][5]["reason"] == "as on line 2"
    assert not stored()
    assert channels_in(*lines, partial=True)["stored"] == 1
    assert set(stored()) == {"a"}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("{", "not JSON"), ('"{""radius_meters"": 5}"', ""), ("[]", "object"), ("12", "object")],
)
def test_a_cell_of_json_that_is_wrong_is_told(cell: str, reason: str) -> None:
    answer = channels_in(f"a,contact,A,ref,5,{cell}", head=f"{HEAD},service_area")
    assert wrong(answer) == [(2, "service_area")]
    assert reason in answer["refused"][0]["reason"]


def test_what_the_store_refuses_is_told_by_line_and_the_rest_is_stored() -> None:
    open_channel("a")
    organizations.put_provider_account(ORGANIZATION, "landing", {"type": "wechat"})
    answer = channels_in(
        "a,group,A,ref,5,,sandbox",
        "b,contact,B,ref,5,nobody,sandbox",
        "c,contact,C,ref,5,lin,nowhere",
        "d,contact,D,ref,5,lin,sandbox",
        "e,contact,E,ref,5,lin,landing",
        head=f"{HEAD},owner_id,provider",
    )
    assert answer["stored"] == 1
    assert wrong(answer) == [(2, "kind"), (3, "owner_id"), (4, "provider"), (6, "provider")]
    assert set(stored()) == {"a", "d"}
    assert stored()["a"].kind == "contact"


def test_a_dry_run_stores_nothing() -> None:
    answer = channels_in("a,contact,A,ref,5", dry_run=True)
    assert answer == {"total": 1, "stored": 0, "refused": []}
    assert not stored()


def test_repeating_an_import_changes_nothing_but_the_version() -> None:
    """Counters belong to seats: an import touches none (A5)."""
    first = channels_in("a,contact,A,ref,5")
    before = as_kept(stored())["a"]
    assert channels_in("a,contact,A,ref,5") == first
    after = as_kept(stored())["a"]
    assert {name for name in after if after[name] != before[name]} <= {"version"}


def test_an_import_that_runs_out_of_time_says_from_where_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [f"c{n},contact,C,ref,5" for n in range(5)]
    start, asked = clock.now(), iter(range(100))
    monkeypatch.setattr(clock, "now", lambda: start + next(asked) * timedelta(seconds=9))
    answer = channels_in(*lines)
    assert (answer["stored"], answer["remaining"], answer["next_line"]) == (2, 3, 4)
    monkeypatch.undo()
    assert channels_in(*lines, from_line=4) == {"total": 3, "stored": 3, "refused": []}
    assert len(stored()) == 5


def test_an_import_that_meets_a_busy_store_says_from_where_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commits = iter([None, Contention()])
    original = guard.Transaction.commit

    def commit(self: guard.Transaction, *given: Any, **more: Any) -> None:
        if problem := next(commits, None):
            raise problem
        original(self, *given, **more)

    monkeypatch.setattr(guard.Transaction, "commit", commit)
    answer = members_in("a,A,member,", "b,B,member,", "c,C,member,")
    assert (answer["stored"], answer["remaining"], answer["next_line"]) == (1, 2, 3)


def test_members_are_stored_and_who_is_not_listed_stays_as_they_are() -> None:
    before = as_kept(members())
    answer = members_in(
        'wu,Wu,member;promoter,wu@example.com,"{""phone"": ""138""}",a b; c,',
        "li,Li, member  promoter ,,,,false",
        head="member_id,name,roles,email,contact,tags,active",
    )
    assert (answer["stored"], answer["refused"]) == (2, [])
    wu, li = members()["wu"], members()["li"]
    assert (wu.roles, wu.tags, wu.email) == ({"member", "promoter"}, {"a b", "c"}, "wu@example.com")
    assert (wu.contact, wu.active) == ({"phone": "138"}, True)
    assert (li.roles, li.active) == ({"member", "promoter"}, False)
    assert not li.tags
    assert not li.email
    assert as_kept(members())["boss"] == before["boss"]
    told_of = "".join(str(item.serialize()) for item in items_of(OutboxItem))
    assert all(name in told_of for name in ("wu", "li")), "logins follow by the outbox"


def test_what_is_wrong_with_a_member_is_told_by_column() -> None:
    answer = members_in("a,A,boss,", "b,B,member,nobody", "c,C,member,", "d,,member,")
    assert wrong(answer) == [(2, "roles"), (3, "email"), (5, "name")]
    assert set(members()) == {"boss", "lin"}


@pytest.mark.parametrize("member_id", ["user:ann", "platform:03", "programme:referral"])
def test_no_member_has_the_name_of_an_account_of_the_ledgers_own(member_id: str) -> None:
    """Their account would be a customer's, of the fees, or what the organisation spends."""
    line = members_in(f"{member_id},Ann,member,")
    assert line["refused"] == [{"line": 2, "field": "member_id", "reason": "not a valid id"}]
    route = "PUT /organizations/{organization_id}/members/{member_id}"
    path = {"organization_id": ORGANIZATION, "member_id": member_id}
    body = {"name": "Ann", "roles": ["member"]}
    answer = put_member(http(route, path=path, body=body, claims=claims()), None)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["fields"][0]["field"] == "member_id"
    assert organizations.find_member(ORGANIZATION, member_id) is None


def test_what_a_column_would_hold_that_the_file_has_not_stays_as_it_is_stored() -> None:
    """Logins, tags and who is switched off; of somebody new it is the default."""
    wu = {"name": "Wu", "roles": {"member"}, "email": "wu@example.com", "tags": {"x"}}
    organizations.put_member(ORGANIZATION, "wu", wu | {"active": False}, clock.now())
    head = "member_id,name,roles"
    assert members_in("wu,Wu 2,promoter", "li,Li,member", head=head)["refused"] == []
    found = members()
    assert (found["wu"].name, found["wu"].roles) == ("Wu 2", {"promoter"})
    assert (found["wu"].email, found["wu"].tags) == ("wu@example.com", {"x"})
    assert (found["wu"].active, found["li"].active) == (False, True)
    assert members_in("wu,Wu,member,", head=f"{head},email")["refused"] == []
    assert members()["wu"].serialize().get("email") is None, "an empty cell says that there is none"


def test_columns_that_a_file_of_channels_has_not_stay_as_they_are_stored() -> None:
    area = {"point": {"latitude": 31.2, "longitude": 121.4}, "radius_meters": 9.5}
    open_channel(
        "a", weight=7, daily_cap=3, owner_id="lin", service_area=area, status="closed", backup=True
    )
    open_channel("b", shifts=weekly("mon", "09:00-18:00"))
    before = as_kept(stored())
    lines = ("a,contact,A 2,ref-a,9", "b,contact,b,ref-b,5", "c,contact,C,ref-c,5")
    assert channels_in(*lines)["refused"] == []
    after = as_kept(stored())
    assert {key for key in after["a"] if after["a"][key] != before["a"].get(key)} == {
        "name",
        "cap",
        "version",
    }
    assert after["b"]["shifts"] == before["b"]["shifts"]
    assert (stored()["c"].weight, stored()["c"].status) == (1, "open")
    assert channels_in("a,contact,A,ref-a,9,", head=f"{HEAD},daily_cap")["stored"] == 1
    assert "daily_cap" not in stored()["a"].serialize(), "an empty cell is the default"


def test_a_channel_that_comes_back_by_a_file_has_what_the_file_says() -> None:
    open_channel("a", weight=7, daily_cap=3)
    channels.remove_channel(ORGANIZATION, "a")
    assert channels_in("a,contact,A,ref,5")["stored"] == 1
    assert (stored()["a"].weight, stored()["a"].status) == (1, "open")


def test_a_channel_that_is_changed_while_a_file_is_read_keeps_that_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_channel("a", weight=7)
    find = channels.find_channel

    def found(organization_id: str, channel_id: str) -> Channel | None:
        read = find(organization_id, channel_id)
        if read is not None and read.weight == 7:
            open_channel("a", weight=9)
        return read

    monkeypatch.setattr(channels, "find_channel", found)
    assert channels_in("a,contact,A,ref,5")["stored"] == 1
    assert (stored()["a"].name, stored()["a"].weight) == ("A", 9)


def test_the_last_operator_remains_one_line_by_line() -> None:
    boss = {"name": "Boss", "roles": {"operator"}, "email": "boss@example.com"}
    organizations.put_member(ORGANIZATION, "boss", boss, clock.now())
    answer = members_in("boss,Boss,member,boss@example.com", "wu,Wu,member,")
    assert (answer["stored"], wrong(answer)) == (1, [(2, "roles")])
    assert members()["boss"].roles == {"operator"}


def test_what_is_no_csv_is_refused() -> None:
    for body in (b"", b"{}", b"channel_id,kind\r\n", b"\xff", b"a" * 1_000_001):
        answer = ask("codes/import_channels", CHANNELS, body)
        assert answer["statusCode"] == 400, body[:20]
    other = claims("member", "lin")
    event = http(CHANNELS, path={"organization_id": ORGANIZATION}, body=b"", claims=other)
    handler = importlib.import_module("functions.codes.import_channels.handler").handler
    assert handler(event, None)["statusCode"] == 403


def exported(function: str, route: str, limit: int) -> list[str]:
    """Return every page of an export."""
    pages, cursor = [], ""
    for _ in range(20):
        answer = ask(
            function, route.replace("POST", "GET"), format="csv", limit=limit, cursor=cursor
        )
        assert answer["headers"]["Content-Type"] == sheets.MEDIA_TYPE
        pages.append(answer["body"])
        if not (cursor := answer["headers"].get(sheets.NEXT_CURSOR, "")):
            return pages
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("limit", [2, 500])
def test_an_export_of_channels_is_taken_back_unchanged(limit: int) -> None:
    point = {"latitude": 31.2, "longitude": 121.4}
    open_channel("a", provider_ref="=HYPERLINK(1)", owner_id="lin", daily_cap=3, weight=5)
    open_channel(
        "b", kind="group", service_area={"point": point, "radius_meters": 9.5}, backup=True
    )
    open_channel("c", provider_ref='"quoted", 林\r\nsecond', status="closed")
    open_channel("d", provider_ref="'=x", shifts=weekly("mon tue", "09:00-18:00"))
    before = as_kept(stored())
    pages = exported("codes/list_channels", CHANNELS, limit)
    assert sum(page.count("sandbox") for page in pages) == 4
    assert "\n=" not in pages[0]
    assert ",=" not in pages[0]
    for page in pages:
        assert told(ask("codes/import_channels", CHANNELS, page))["refused"] == []
    after = as_kept(stored())
    for name, item in before.items():
        changed = {key for key in after[name] if after[name][key] != item.get(key)}
        assert changed <= {"version", "full"}, (name, changed)


@pytest.mark.parametrize("limit", [1, 500])
def test_an_export_of_members_is_taken_back_unchanged(limit: int) -> None:
    people: dict[str, dict[str, Any]] = {
        "li": {"tags": {"a;b", "c"}, "contact": {"phone": "+86 138"}, "email": "li@example.com"},
        "wu": {"tags": {"x", "@y"}, "active": False},
        "zh": {"tags": {"[z"}, "name": "-1"},
    }
    for name, more in people.items():
        given: dict[str, Any] = {"name": name, "roles": {"member", "promoter"}} | more
        organizations.put_member(ORGANIZATION, name, given, clock.now())
    before = as_kept(members())
    for page in exported("organizations/list_members", MEMBERS, limit):
        assert told(ask("organizations/import_members", MEMBERS, page))["refused"] == []
    after = as_kept(members())
    for name, item in before.items():
        assert {key for key in after[name] if after[name][key] != item.get(key)} <= {"version"}, (
            name
        )


def test_members_are_listed_page_by_page() -> None:
    route = MEMBERS.replace("POST", "GET")
    first = told(ask("organizations/list_members", route, limit=1))
    rest = told(ask("organizations/list_members", route, limit=1, cursor=first["next_cursor"]))
    assert [item["member_id"] for item in first["items"] + rest["items"]] == ["boss", "lin"]
    assert first["items"][0]["roles"] == ["operator"]


def test_the_budget_ends_before_the_function() -> None:
    assert imports.BUDGET.total_seconds() + 5 < 29
