"""A member is told of a campaign, opens the link, sees what it brings, over HTTP (B2, B5, B7)."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.demo.client import Answer
from tests.support.client import Organization, eventually

CAMPAIGN = "spring-figures"
BROWSER = {"Accept": "text/html", "Accept-Language": "en", "User-Agent": "Mozilla/5.0"}
TOOK_PART = {"outcome": "took-part"}


def begin(acme: Organization) -> str:
    """Publish a campaign of two members; return the personal link of Lin as it was pushed."""
    channel = {"channel": "sms", "wait_seconds": 1, "success": "delivered"}
    strategy = {"purpose": "service", "channels": [channel]}
    acme.operator.put(f"{acme.path}/strategies/notices", strategy).expect(200)
    for member_id in ("lin", "mei"):
        acme.put_member(member_id, login=True)
        acme.put_channel(member_id, owner_id=member_id)
    now = datetime.now(UTC)
    given: dict[str, Any] = {
        "title": "Spring fair",
        "introduction": "Tea for everyone.",
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
        "material": ["poster", "card", "text"],
        "landing": {"headline": "Come to the fair"},
        "targets": {"views": 10, "signups": 2, "participations": 1},
        "salespeople": ["lin", "mei"],
        "audience": {"member_ids": ["lin", "mei"]},
        "reward": {"amount_minor": 500, "currency": "CNY"},
        "status": "published",
    }
    acme.operator.put(f"{acme.path}/campaigns/{CAMPAIGN}", given).expect(200)
    inbox = f"{acme.path}/sandbox/messages?user_id=lin"

    def told() -> str | None:
        messages = acme.operator.get(inbox).expect(200).json["messages"]
        return next((str(each["link"]) for each in messages if "Spring fair" in str(each)), None)

    acme.deployment.run("TendCampaigns")
    return eventually("Lin to be told", told)


def page(acme: Organization, path: str, headers: dict[str, str] | None = None) -> Answer:
    return acme.anyone.send("GET", path, None, headers or {"Accept": "application/json"})


def led_to(acme: Organization, link: str) -> str:
    """Return the path of the page that a pushed link leads to; most go by the push's own."""
    if "/l/" in link:
        tracked = "/l/" + link.rpartition("/l/")[2]
        link = acme.anyone.send("GET", tracked, None, BROWSER).expect(302).headers["location"]
    return "/c/" + link.rpartition("/c/")[2].partition("?")[0]


def test_a_personal_link_shows_the_campaign_and_what_it_brings(acme: Organization) -> None:
    """B2, B5, B7."""
    own = led_to(acme, begin(acme))
    detail = page(acme, own).expect(200).json
    assert (detail["title"], detail["state"], detail["member_id"]) == (
        "Spring fair",
        "running",
        "lin",
    )
    html = page(acme, own, BROWSER).expect(200)
    assert html.headers["content-type"].startswith("text/html")
    assert "Save the picture" in html.body.decode()
    assert page(acme, f"{own}/material/poster?size=small").expect(200).body

    code = detail["link"].rpartition("/s/")[2]
    for outcome in (TOOK_PART, None):
        token = acme.scan(code)
        body = {"visitor_token": token, "answers": {}, "consent": True}
        acme.anyone.post(f"/s/{code}/signup", body).expect(201)
        if outcome:
            path = f"{acme.path}/campaigns/{CAMPAIGN}/signups"
            (signup,) = acme.operator.get(path).expect(200).json["items"]
            feedback = f"{path}/{signup['customer_id']}/feedback"
            acme.operator.put(feedback, outcome).expect(200)

    mine = f"{acme.path}/campaigns/{CAMPAIGN}/performance/lin"

    def counted() -> dict[str, Any] | None:
        found: dict[str, Any] = acme.members["lin"].get(mine).expect(200).json
        return found if found["figures"]["visitors"] == 2 else None

    found = eventually("views to be counted", counted)
    assert found["figures"] | {"views": 2} == {
        "views": 2,
        "visitors": 2,
        "signups": 2,
        "participations": 1,
        "cancelled": 0,
        "rewards_minor": 500,
    }
    assert sum(day["signups"] for day in found["days"]) == 2
    acme.members["mei"].get(mine).expect(403)
    ranked = eventually(
        "the order of members", lambda: _first(page(acme, f"{own}/performance").expect(200).json)
    )
    assert ranked["neighbours"][0]["is_own"]
    shown = page(acme, f"{own}/performance", BROWSER).expect(200).body.decode()
    assert "100 % of 2" in shown
    check_all(acme)


def _first(found: dict[str, Any]) -> dict[str, Any] | None:
    return found if found["rank"] == 1 and found["neighbours"][0]["participations"] == 1 else None


def check_all(acme: Organization) -> None:
    """Compare the campaign's totals with its members, its signups and the sheet of it."""
    path = f"{acme.path}/campaigns/{CAMPAIGN}"
    every = acme.operator.get(f"{path}/performance").expect(200).json
    signups = acme.operator.get(f"{path}/signups").expect(200).json["items"]
    assert every["totals"]["signups"] == len(signups) == 2
    took_part = [each for each in signups if each.get("outcome") == "took-part"]
    assert every["totals"]["participations"] == len(took_part) == 1
    sheet = acme.operator.get(f"{path}/performance?format=csv").expect(200).body.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(sheet)))
    assert [line["member_id"] for line in lines] == ["lin", "mei"]
    assert [line["rewards_minor"] for line in lines] == ["500", "0"]
