"""What members brought to a campaign: their own page's figures, and all of them together (B7)."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.campaigns.read_performance.handler import handler as read_performance
from sluice.campaigns.store import performance
from sluice.shared import sheets
from tests.support import requests
from tests.support.aws import local_aws
from tests.support.campaign_members import put_campaign, put_day, put_member, put_views
from tests.support.staff import NOW, found_organization

EVENT: Any = json.loads(
    (Path(__file__).parents[2] / "functions/campaigns/read_performance/event.json").read_text()
)
ALL = EVENT["resource"].removesuffix("/{member_id}")


@pytest.fixture(autouse=True, scope="module")
def _world() -> Iterator[None]:
    """Stand five members in a campaign: nothing here writes."""
    with local_aws():
        found_organization()
        put_campaign()
        put_member("ann", signups=3, participations=1)
        put_member("lin", signups=4, participations=1, cancelled=1, rewards_minor=500)
        put_member("mei", signups=9)
        put_member("old", signups=2, participations=2, removed_at=NOW)
        put_member("zoe", signups=3, participations=1)
        put_views("lin", 20, 12)
        put_views("zoe", 5, 5)
        put_views("lin", 8, 6, "2026-03-04")
        put_views("lin", 12, 7, "2026-03-05")
        put_day("lin", "2026-03-04", signups=4)
        put_day("lin", "2026-03-05", participations=1, rewards_minor=500)
        put_day("line", "2026-03-05", signups=99)
        yield


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluice.shared.clock.now", lambda: NOW)


def ask(member_id: str | None = None, caller: str = "boss", **query: Any) -> Any:
    event = json.loads(json.dumps(EVENT))
    if member_id is None:
        event["resource"] = ALL
        del event["pathParameters"]["member_id"]
    else:
        event["pathParameters"]["member_id"] = member_id
    claims = event["requestContext"]["authorizer"]["claims"]
    role = "operator" if caller == "boss" else "member"
    claims |= {"custom:member_id": caller, "cognito:groups": role}
    names = {"from_": "from"}
    event["queryStringParameters"] = {names.get(k, k): str(v) for k, v in query.items()} or None
    return read_performance(event, None)


def shown(member_id: str | None = None, caller: str = "boss", **query: Any) -> Any:
    answer = ask(member_id, caller, **query)
    assert answer["statusCode"] == 200, answer["body"]
    return json.loads(answer["body"])


def test_a_member_sees_figures_against_targets_each_day_and_who_is_next_to_them() -> None:
    found = shown("lin", caller="lin", neighbours=1)
    assert found["figures"] == {
        "views": 20,
        "visitors": 12,
        "signups": 4,
        "participations": 1,
        "cancelled": 1,
        "rewards_minor": 500,
    }
    assert found["targets"] == {"views": 100, "signups": 10, "participations": 4}
    assert [day["day"] for day in found["days"]] == [f"2026-03-0{n}" for n in range(1, 6)]
    assert found["days"][0]["views"] == 0
    yesterday, today = found["days"][-2:]
    assert (yesterday["views"], yesterday["visitors"], yesterday["signups"]) == (8, 6, 4)
    assert (today["signups"], today["participations"], today["rewards_minor"]) == (0, 1, 500)
    assert (found["rank"], found["members"], found["currency"]) == (1, 4, "CNY")
    assert [(each["rank"], each["name"]) for each in found["neighbours"]] == [
        (1, "Lin"),
        (2, "Zoe"),
    ]
    assert [each["is_own"] for each in found["neighbours"]] == [True, False]
    assert "rewards_minor" not in found["neighbours"][1]


def test_who_was_removed_has_no_rank_and_counts_in_the_sum() -> None:
    assert "rank" not in shown("old")
    page = shown()
    assert page["members"] == 4
    assert page["totals"]["participations"] == 5
    assert [(row["member_id"], row.get("rank"), row["removed"]) for row in page["items"]] == [
        ("ann", 3, False),
        ("lin", 1, False),
        ("mei", 4, False),
        ("old", None, True),
        ("zoe", 2, False),
    ]
    for counter, number in page["totals"].items():
        assert number == sum(row["figures"][counter] for row in page["items"]), counter


def test_a_campaign_of_too_many_counts_the_first_of_them(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    performance.forget()
    monkeypatch.setattr(performance, "MAX_MEMBERS", 3)
    page = shown()
    assert [row["member_id"] for row in page["items"]] == ["ann", "lin", "mei"]
    assert page["totals"]["signups"] == 16
    assert "rank" not in shown("zoe")
    assert "CampaignMembersLeftOut" in caplog.text
    performance.forget()


def test_pages_lead_on_and_csv_has_the_same_rows() -> None:
    first = shown(limit=3)
    second = shown(limit=3, cursor=first["next_cursor"])
    assert "next_cursor" not in second
    assert first["totals"] == second["totals"]
    answers = [ask(format="csv", limit=3)]
    answers.append(ask(format="csv", limit=3, cursor=answers[0]["headers"][sheets.NEXT_CURSOR]))
    assert sheets.NEXT_CURSOR not in answers[1]["headers"]
    lines = [line for answer in answers for line in lines_of(answer)]
    rows = first["items"] + second["items"]
    assert [line["member_id"] for line in lines] == [row["member_id"] for row in rows]
    assert [line["rewards_minor"] for line in lines] == ["0", "500", "0", "0", "0"]
    assert lines[3]["rank"] == ""


def test_a_members_days_are_csv_too_and_any_92_of_them_can_be_asked_for() -> None:
    lines = lines_of(ask("lin", format="csv", from_="2026-03-04", to="2026-03-06"))
    assert [(line["day"], line["visitors"]) for line in lines] == [
        ("2026-03-04", "6"),
        ("2026-03-05", "7"),
        ("2026-03-06", "0"),
    ]
    assert len(shown("lin", from_="2026-01-01", to="2026-04-02")["days"]) == 92
    assert ask("lin", from_="2026-01-01", to="2026-04-03")["statusCode"] == 400
    assert ask("lin", from_="2026-03-06", to="2026-03-05")["statusCode"] == 400


def test_members_see_their_own_alone_and_what_is_not_there_is_not_found() -> None:
    assert ask("ann", caller="lin")["statusCode"] == 403
    assert ask(caller="lin")["statusCode"] == 403
    assert ask("nobody")["statusCode"] == 404
    event = json.loads(json.dumps(EVENT))
    event["pathParameters"]["campaign_id"] = "autumn"
    assert read_performance(event, None)["statusCode"] == 404


def test_the_order_of_all_is_asked_for_once_in_a_while() -> None:
    shown("lin")
    with requests.recorded() as asked:
        shown("zoe", neighbours=0)
    assert asked.names.count("Query") == 1, "the days"
    assert asked.names.count("BatchGetItem") == 2, "views in all, and by day"


def lines_of(answer: Any) -> list[dict[str, str]]:
    assert answer["headers"]["Content-Type"] == sheets.MEDIA_TYPE
    text = answer["body"].removeprefix(sheets.BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text, newline="")))
