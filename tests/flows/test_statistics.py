"""Statistics equal a recount of what the test did (A3, A8)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.demo.client import Client
from infra.demo.crowd import Joined, Visitor
from infra.demo.tally import SEEN, Tally
from tests.support.client import Organization, eventually, within_a_day


def rows_of(acme: Organization, dimension: str) -> dict[str, dict[str, int]]:
    found = acme.statistics(dimension)
    return {name: {counter: row[counter] for counter in SEEN} for name, row in found.items()}


def test_channels_referrers_and_codes_equal_a_recount(acme: Organization) -> None:
    acme.put_channel("a", cap=30)
    acme.put_channel("b", cap=30, kind="group")
    acme.put_member("lin")
    acme.put_member("zhao")
    codes = {acme.issue("lin", kind="contact"): "lin", acme.issue("zhao", kind="group"): "zhao"}
    tally, now = Tally(), datetime.now(UTC)
    for code, referrer_id in codes.items():
        for number in range(6):
            answer = acme.join(code).expect(201)
            joined = Joined(Visitor(number), 201, "", answer.json)
            tally.joined(joined, code, referrer_id)
            tell_by_turns(acme, tally, answer.json, number, now)
    for dimension in ("channels", "referrers", "codes"):
        recount = tally.recount(dimension)
        eventually(
            f"{dimension} to equal {recount}",
            lambda dimension=dimension, recount=recount: (  # type: ignore[misc]
                rows_of(acme, dimension) == recount or None
            ),
        )


def tell_by_turns(
    acme: Organization, tally: Tally, seat: dict[str, Any], number: int, now: datetime
) -> None:
    """Leave every third customer alone; connect the others, and let every sixth go again."""
    later = now + timedelta(seconds=1)
    events = {1: [("connected", now)], 2: [("lost", later), ("connected", now)]}.get(number % 3, [])
    if number == 5:
        events.append(("connected", now))  # told again: counts once
    for event, at in events:
        told = acme.tell(seat, event, at=at)
        if told["outcome"] == "applied":
            tally.told(seat["assignment_id"], event, told["status"])


def test_views_count_people_once_and_crawlers_never(acme: Organization) -> None:
    """A3: three scans of one visitor and one of another; two previews do not count."""
    code = acme.issue()
    first = acme.anyone.get(f"/s/{code}").expect(200)
    cookie = {"Cookie": first.headers["set-cookie"].partition(";")[0]}
    for _ in range(2):
        acme.anyone.send("GET", f"/s/{code}", headers=cookie).expect(200)
    acme.scan(code)
    for agent in ("Mozilla/5.0 (compatible; Googlebot/2.1)", "WhatsApp/2.23.20"):
        page = acme.anyone.send("GET", f"/s/{code}", headers={"User-Agent": agent})
        assert page.expect(200).status == 200
    eventually("four views of two people", lambda: _views(acme, code, 4, 2))


def test_days_are_the_organisations_own(acme: Organization) -> None:
    within_a_day("Asia/Shanghai")
    acme.put_channel("a")
    acme.seat(acme.issue())
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    before = today - timedelta(days=1)
    path = f"{acme.path}/statistics/channels"
    eventually("the join", lambda: acme.statistics("channels") or None)
    of_today = acme.operator.get(f"{path}?from={today}&to={today}").expect(200).json["rows"]
    assert [(row["id"], row["joins"]) for row in of_today] == [("a", 1)]
    assert acme.operator.get(f"{path}?to={before}").expect(200).json["rows"] == []


def test_the_landing_page_is_a_page(acme: Organization) -> None:
    code = acme.issue()
    asked = {"Accept": "text/html", "Accept-Language": "zh-CN,zh"}
    page = Client(acme.anyone.base_url).send("GET", f"/s/{code}", headers=asked).expect(200)
    text = page.body.decode()
    assert page.headers["content-type"].startswith("text/html")
    assert acme.id in text
    assert "邀请您加入" in text
    assert f'action="{code}/leave"' in text
    assert "no-store" in page.headers["cache-control"]


def _views(acme: Organization, code: str, views: int, visitors: int) -> bool | None:
    found = acme.statistics("codes").get(code, {})
    seen = (found.get("views", 0), found.get("visitors", 0))
    assert seen <= (views, visitors)
    return seen == (views, visitors) or None
