"""What pushes cost and brought, through its handler (E6): versions, days, money, CSV, pages."""

import csv
import importlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from sluice.push.rules.figures import TOTAL, Count, Place, Row
from sluice.push.store import figure_pages, figures
from sluice.shared import clock, cursors, sheets
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.staff import found_organization

ROUTE = "GET /organizations/{organization_id}/statistics/strategies"
TODAY = clock.local_day(clock.now(), "Asia/Shanghai")
SPRING = {
    ("", "", "pushes"): 100,
    ("", "", "reached"): 60,
    ("", "", "unreached"): 10,
    ("", "", "cancelled"): 5,
    ("", "", "withheld"): 4,
    ("", "", "withheld_consent"): 3,
    ("", "", "withheld_expired"): 1,
    ("", "", "held_out"): 20,
    ("", "", "treated"): 70,
    ("", "", "treated_converted"): 56,
    ("", "", "untreated"): 80,
    ("", "", "untreated_converted"): 48,
    ("wechat", "", "sent"): 70,
    ("wechat", "", "reached"): 50,
    ("wechat", "", "failed"): 12,
    ("wechat", "CNY", "cost_micros"): 700_000,
    ("wechat", "CNY", "waste_micros"): 10_000,
    ("sms", "", "sent"): 20,
    ("sms", "", "reached"): 10,
    ("sms", "CNY", "cost_micros"): 1_100_000,
    ("sms", "CNY", "saved_micros"): 2_500_000,
    ("sms", "USD", "cost_micros"): 7,
}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        counted("spring", 1, ago(40))
        counted("spring", 2, ago(1))
        counted("autumn", 1, ago(0))
        yield


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def counted(strategy_id: str, version: int, day: str) -> None:
    """Count the same of a strategy's version on a day, from two batches."""
    for half in range(2):
        counts = Counter(
            {
                Count(Row(Place(strategy_id, version, when), channel, currency), counter): (
                    (number + half) // 2
                )
                for (channel, currency, counter), number in SPRING.items()
                for when in (day, TOTAL)
            }
        )
        name = f"{strategy_id}.{version}.{day}.{half}"
        figures.count(ORGANIZATION, {name: counts}, clock.now())


def ask(who: Any = None, **query: Any) -> dict[str, Any]:
    handler = importlib.import_module("functions.push.read_figures.handler").handler
    text = {name.rstrip("_"): str(value) for name, value in query.items()}
    path = {"organization_id": ORGANIZATION}
    event = http(ROUTE, path=path, query=text or None, claims=who or claims())
    answer: dict[str, Any] = handler(event, None)
    return answer


def rows(**query: Any) -> list[dict[str, Any]]:
    answer = ask(**query)
    assert answer["statusCode"] == 200, answer["body"]
    found: list[dict[str, Any]] = json.loads(answer["body"])["rows"]
    return found


def test_a_strategy_shows_what_it_reached_cost_saved_and_converted() -> None:
    """E6."""
    (row,) = rows(strategy_id="autumn")
    assert row == {
        "strategy_id": "autumn",
        "pushes": 100,
        "running": 1,
        "reached": 60,
        "unreached": 10,
        "cancelled": 5,
        "withheld": 4,
        "withheld_by": {
            "consent": 3,
            "suppressed": 0,
            "address": 0,
            "frequency": 0,
            "expired": 1,
            "erased": 0,
        },
        "held_out": 20,
        "channels": [
            {
                "channel": "sms",
                "sent": 20,
                "reached": 10,
                "failed": 0,
                "money": [
                    {"currency": "CNY", "cost_micros": 1_100_000, "waste_micros": 0},
                    {"currency": "USD", "cost_micros": 7, "waste_micros": 0},
                ],
            },
            {
                "channel": "wechat",
                "sent": 70,
                "reached": 50,
                "failed": 12,
                "money": [{"currency": "CNY", "cost_micros": 700_000, "waste_micros": 10_000}],
            },
        ],
        "totals": [
            {
                "currency": "CNY",
                "cost_micros": 1_800_000,
                "waste_micros": 10_000,
                "saved_micros": 2_500_000,
                "everywhere_micros": 4_300_000,
                "per_reached_micros": 30_000,
            },
            {
                "currency": "USD",
                "cost_micros": 7,
                "waste_micros": 0,
                "saved_micros": 0,
                "everywhere_micros": 7,
                "per_reached_micros": 0,
            },
        ],
        "conversion": {
            "treated": 70,
            "treated_converted": 56,
            "untreated": 80,
            "untreated_converted": 48,
            "difference": 0.2,
            "low": 0.052431,
            "high": 0.333873,
        },
    }


def test_versions_and_their_days_are_shown_apart() -> None:
    assert [(row["strategy_id"], row["pushes"]) for row in rows()] == [
        ("autumn", 100),
        ("spring", 200),
    ]
    of_version = [(row["strategy_id"], row["version"], row["pushes"]) for row in rows(by="version")]
    assert of_version == [("autumn", 1, 100), ("spring", 1, 100), ("spring", 2, 100)]
    by_day = rows(by="day", from_=ago(60))
    assert [(row["strategy_id"], row["version"], row["day"]) for row in by_day] == [
        ("autumn", 1, ago(0)),
        ("spring", 1, ago(40)),
        ("spring", 2, ago(1)),
    ]
    assert [row["pushes"] for row in rows(from_=ago(60), strategy_id="spring")] == [200]


def test_days_bound_what_is_added_up() -> None:
    assert [(row["strategy_id"], row["pushes"]) for row in rows(to=ago(1))] == [("spring", 100)]
    assert rows(from_=ago(39), to=ago(2)) == rows(strategy_id="other") == []
    assert [row["day"] for row in rows(by="day")] == [ago(0), ago(1)], "31 days where none is given"


def test_pages_of_strategies_lead_on() -> None:
    first = json.loads(ask(limit=1)["body"])
    second = json.loads(ask(limit=1, cursor=first["next_cursor"])["body"])
    assert [row["strategy_id"] for row in first["rows"] + second["rows"]] == ["autumn", "spring"]
    assert "next_cursor" not in second


def test_a_long_answer_ends_behind_a_strategy_or_a_day_and_leads_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_days = {"by": "day", "from_": ago(60)}
    asked = [of_days, of_days | {"strategy_id": "spring"}, {"by": "version", "from_": ago(60)}, {}]
    whole = [rows(**query) for query in asked]
    for limit, number in (("MAX_ROWS", 1), ("ENOUGH", 5)):
        with monkeypatch.context() as patch:
            patch.setattr(figure_pages, limit, number)
            for query, expected in zip(asked, whole, strict=True):
                pages = all_pages(**query)
                assert [row for page in pages for row in page] == expected
                assert len(pages) == (len(expected) if query.get("by") == "day" else 2)


def all_pages(**query: Any) -> list[list[dict[str, Any]]]:
    """Read on from each page's cursor; returns the rows of each."""
    pages, page = [], json.loads(ask(**query)["body"])
    pages.append(page["rows"])
    while "next_cursor" in page:
        page = json.loads(ask(**query, cursor=page["next_cursor"])["body"])
        pages.append(page["rows"])
    return pages


def test_a_sum_of_more_than_anybody_waits_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_pages, "MAX_READ", 20)
    for query in ({"from_": ago(60), "strategy_id": "spring"}, {"strategy_id": "spring"}):
        answer = ask(**query)
        assert (answer["statusCode"], json.loads(answer["body"])["fields"]) == (
            400,
            [{"field": "from", "reason": "too many days"}],
        )
    assert len(rows(by="day", from_=ago(60))) == 3, "no day of it is too much"


def test_a_cursor_leads_on_in_the_list_that_it_is_of() -> None:
    behind = cursors.cursor_of(f"spring#{ago(40)}")
    assert [row["day"] for row in rows(by="day", from_=ago(60), cursor=behind)] == [ago(1)]
    assert rows(by="day", from_=ago(60), to=ago(50), cursor=behind) == []
    for query in ({"by": "version"}, {"by": "day", "strategy_id": "autumn"}):
        assert ask(**query, cursor=behind)["statusCode"] == 400


def test_csv_has_a_line_for_the_strategy_each_currency_and_channel() -> None:
    answer = ask(
        strategy_id="spring", by="version", format="csv", from_=date(2026, 1, 1), to=ago(0)
    )
    assert answer["headers"]["Content-Type"] == sheets.MEDIA_TYPE
    lines = list(csv.DictReader(io.StringIO(answer["body"][1:], newline="")))
    assert [(line["version"], line["channel"], line["currency"]) for line in lines[:8]] == [
        ("1", "", ""),
        ("1", "", "CNY"),
        ("1", "", "USD"),
        ("1", "sms", ""),
        ("1", "sms", "CNY"),
        ("1", "sms", "USD"),
        ("1", "wechat", ""),
        ("1", "wechat", "CNY"),
    ]
    own, total, _, sms = lines[:4]
    assert (own["pushes"], own["treated"], own["low"], own["sent"]) == ("100", "70", "0.052431", "")
    assert (own["withheld"], own["withheld_consent"], own["withheld_expired"]) == ("4", "3", "1")
    assert (total["saved_micros"], total["per_reached_micros"]) == ("2500000", "30000")
    assert (sms["sent"], sms["reached"], sms["pushes"]) == ("20", "10", "")
    paged = ask(format="csv", limit=1)
    assert paged["headers"][sheets.NEXT_CURSOR]


def test_members_are_shown_none_of_it() -> None:
    assert ask(claims("member", "lin"))["statusCode"] == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from_": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"from_": "2020-01-01", "to": "2026-03-01"}, "from"),
        ({"from_": "yesterday"}, "from"),
        ({"by": "week"}, "by"),
        ({"limit": 51}, "limit"),
        ({"strategy_id": "a b"}, "strategy_id"),
        ({"cursor": "!"}, "cursor"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_field_named(
    query: dict[str, Any], field: str
) -> None:
    answer = ask(**query)
    assert answer["statusCode"] == 400
    assert [each["field"] for each in json.loads(answer["body"])["fields"]] == [field]
