"""Statistics through their handler (A8): days, sums, who stayed, CSV, and who may see what."""

import csv
import importlib
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.codes.rules import counts, figures
from sluice.codes.rules.seats import Assignment, Contact, Seat, tell
from sluice.codes.store import figures as store
from sluice.codes.store import pool, statistics
from sluice.shared import clock, sheets
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.staff import found_organization

ROUTE = "GET /organizations/{organization_id}/statistics/{dimension}"
TODAY = clock.local_day(clock.now(), "Asia/Shanghai")
COUNTED = 3  # connections, one after another


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        connected(days_ago=40, lost_after=8)
        connected(days_ago=8, lost_after=1, by="member")
        connected(days_ago=0)
        yield


def connected(days_ago: int, lost_after: int | None = None, by: Any = "customer") -> None:
    """Count a customer of `lin` in channel `=a` who came some days ago, and maybe went."""
    at = clock.now() - timedelta(days=days_ago)
    day = TODAY - timedelta(days=days_ago)
    name = f"a{days_ago}"
    first = Assignment(
        name, "c.a", "sandbox", "CODE", at, day.isoformat(), at, referrer_id="lin"
    )  # fmt: skip
    seat = tell(Seat((first,)), Contact("connected", name, at, "wx"), day.isoformat())
    if seat and lost_after is not None:
        gone = Contact("lost", name, at + timedelta(days=lost_after), "wx", by)
        seat = tell(seat, gone, (day + timedelta(lost_after)).isoformat())
    change = counts.of_seat_change(None, seat, "UTC")
    statistics.count(ORGANIZATION, {name: change}, clock.now())


def ask(dimension: str = "channels", who: Any = None, **query: Any) -> dict[str, Any]:
    handler = importlib.import_module("functions.codes.read_statistics.handler").handler
    path = {"organization_id": ORGANIZATION, "dimension": dimension}
    text = {name.rstrip("_"): str(value) for name, value in query.items()}
    answer: dict[str, Any] = handler(
        http(ROUTE, path=path, query=text or None, claims=who or claims()), None
    )
    return answer


def rows(**query: Any) -> list[dict[str, Any]]:
    answer = ask(**query)
    assert answer["statusCode"] == 200, answer["body"]
    found: list[dict[str, Any]] = json.loads(answer["body"])["rows"]
    return found


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@pytest.mark.parametrize("dimension", ["channels", "referrers", "codes"])
def test_in_all_there_are_losses_by_side_and_what_is_so_now(dimension: str) -> None:
    (row,) = rows(dimension=dimension)
    expected = {"connections": 3, "losses": 2, "losses_by_customer": 1, "losses_by_member": 1}
    assert row | expected | {"net": 1, "customers": 1, "reserved": 0} == row
    assert not any(name.startswith("retained") for name in row)


def test_each_day_has_its_row_and_tells_who_stayed_when_that_is_known() -> None:
    found = {row["day"]: row for row in rows(by="day", from_=ago(60))}
    assert list(found) == [ago(40), ago(32), ago(8), ago(7), ago(0)]
    old, young, new = found[ago(40)], found[ago(8)], found[ago(0)]
    assert [old[f"retained_{n}"] for n in (1, 7, 30)] == [1, 1, 0]
    assert [young[f"retained_{n}"] for n in (1, 7)] == [0, 0]
    assert "retained_30" not in young
    assert not any(name.startswith("retained") for name in new)
    assert "customers" not in new
    assert found[ago(7)]["net"] == -1
    assert sum(row["connections"] for row in found.values()) == COUNTED


def test_a_day_is_not_judged_before_the_days_after_it_are_over() -> None:
    """Lost on the last of n days is lost within n: so that day must be over."""
    for days in (1, 7, 30):
        sheet = figures.of_days({"connections": 2}, TODAY - timedelta(days), TODAY)
        assert f"retained_{days}" not in sheet
        sheet = figures.of_days({"connections": 2}, TODAY - timedelta(days + 1), TODAY)
        assert sheet[f"retained_{days}"] == 2


def test_days_add_up_and_are_judged_by_the_youngest() -> None:
    (row,) = rows(from_=ago(50), to=ago(8))
    assert (row["connections"], row["losses"], row["retained_7"]) == (2, 1, 1)
    assert "retained_30" not in row
    assert "day" not in row
    (usual,) = rows(to=ago(0))
    assert usual["connections"] == 2, "31 days where the first is not given"


def test_one_id_is_asked_for_alone() -> None:
    assert [row["day"] for row in rows(id="c.a", by="day")] == [ago(8), ago(7), ago(0)]
    assert rows(id="other") == rows(id="other", by="day") == rows(id="other", to=ago(0)) == []


def test_pages_lead_on() -> None:
    first = json.loads(ask(by="day", limit=2)["body"])
    second = json.loads(ask(by="day", limit=2, cursor=first["next_cursor"])["body"])
    assert [row["day"] for row in first["rows"] + second["rows"]] == [ago(8), ago(7), ago(0)]
    assert "next_cursor" not in second


def test_an_organisation_is_the_sum_of_its_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each code's row is there once, however the pages are cut."""
    seen = counts.of_visit("OTHER", ago(0), 0, 3)
    statistics.count(ORGANIZATION, {"visit": seen}, clock.now())
    (whole,) = rows(dimension="organization")
    assert (whole["views"], whole["connections"], whole["customers"]) == (3, 3, 1)
    (days,) = rows(dimension="organization", from_=ago(40))
    assert (days["id"], days["connections"], days["visitors"]) == (ORGANIZATION, COUNTED, 1)
    each = rows(dimension="organization", from_=ago(40), by="day")
    assert [row["day"] for row in each] == [ago(40), ago(32), ago(8), ago(7), ago(0)]
    assert (each[-1]["views"], each[-1]["connections"]) == (3, 1)
    monkeypatch.setattr(store, "MAX_KEYS", 1)
    found, cursor = [], ""
    for _ in range(8):
        answer = ask("organization", from_=ago(40), by="day", cursor=cursor)
        page = json.loads(answer["body"])
        found += page["rows"]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert [row["day"] for row in found] == [row["day"] for row in (*each, each[-1])]
    assert sum(row["views"] for row in found) == 3
    assert ask("organization", who=claims("member", "lin"))["statusCode"] == 403


def test_csv_has_every_column_and_the_cursor_in_a_header() -> None:
    answer = ask(by="day", format="csv", limit=2)
    assert answer["headers"]["Content-Type"] == sheets.MEDIA_TYPE
    assert answer["body"][0] == sheets.BYTE_ORDER_MARK
    lines = list(csv.DictReader(io.StringIO(answer["body"][1:], newline="")))
    assert [(line["day"], line["id"], line["net"]) for line in lines] == [
        (ago(8), "c.a", "1"),
        (ago(7), "c.a", "-1"),
    ]
    assert (lines[0]["retained_7"], lines[0]["retained_30"], lines[0]["customers"]) == ("0", "", "")
    rest = ask(by="day", format="csv", limit=2, cursor=answer["headers"][sheets.NEXT_CURSOR])
    assert sheets.NEXT_CURSOR not in rest["headers"]
    assert len(rest["body"].splitlines()) == 2


def test_members_see_themselves_as_referrers_and_nothing_else() -> None:
    own = claims("member", "lin")
    assert [row["id"] for row in json.loads(ask("referrers", own)["body"])["rows"]] == ["lin"]
    assert ask("referrers", own, id="lin", by="day")["statusCode"] == 200
    assert json.loads(ask("referrers", claims("member", "wu"))["body"])["rows"] == []
    for dimension, query in (("referrers", {"id": "wu"}), ("channels", {}), ("codes", {})):
        assert ask(dimension, own, **query)["statusCode"] == 403, dimension
    assert ask("referrers", claims("merchant", "lin"))["statusCode"] == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from_": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"from_": "2999-01-01"}, "to"),
        ({"from_": "2020-01-01", "to": "2026-03-01"}, "from"),
        ({"from_": "yesterday"}, "from"),
        ({"by": "week"}, "by"),
        ({"limit": 0}, "limit"),
        ({"limit": 5001}, "limit"),
        ({"format": "xml"}, "format"),
        ({"id": "a b"}, "id"),
        ({"cursor": "!"}, "cursor"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_field_named(
    query: dict[str, Any], field: str
) -> None:
    answer = ask(**query)
    assert answer["statusCode"] == 400
    assert [each["field"] for each in json.loads(answer["body"])["fields"]] == [field]


def test_the_first_days_of_the_calendar_can_be_asked_for() -> None:
    assert rows(to="0001-01-02") == rows(by="day", to="0001-01-02", id="c.a") == []
    assert ask("nothing")["statusCode"] == 404
