"""Publishing a campaign, over HTTP: members get a link, a code and a notice; changes; the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.campaign_bodies import CAMPAIGN
from tests.support.client import Organization, eventually

STRATEGY: dict[str, Any] = {
    "purpose": "service",
    "channels": [{"channel": "sms", "wait_seconds": 1, "success": "delivered"}],
}
BROWSER = {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}


def texts(acme: Organization, user_id: str) -> list[dict[str, Any]]:
    path = f"{acme.path}/sandbox/messages?user_id={user_id}"
    return list(acme.operator.get(path).expect(200).json["messages"])


def codes(acme: Organization) -> dict[str, dict[str, Any]]:
    found = acme.operator.get(f"{acme.path}/codes").expect(200).json["items"]
    mine = [each for each in found if each.get("campaign_id") == "outing"]
    return {str(each["referrer_id"]): each for each in mine}


def test_a_campaign_reaches_its_members_changes_and_ends(acme: Organization) -> None:
    """B1, B5: once each; a scan leads to the page; after the end the code is gone."""
    for member_id in ("lin", "mei", "zhou"):
        acme.put_member(member_id)
    acme.put_channel("zhou", cap=5, owner_id="zhou")
    acme.operator.put(f"{acme.path}/strategies/notices", STRATEGY).expect(200)
    now, path = datetime.now(UTC), f"{acme.path}/campaigns/outing"
    given = CAMPAIGN | {
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
        "audience": {"member_ids": ["lin", "mei"]},
    }
    refused = acme.operator.put(path, given | {"salespeople": ["nobody"]})
    assert refused.expect(409).json["type"].endswith("no-such-salesperson")
    assert acme.operator.put(path, given).expect(200).json["version"] == 1
    acme.operator.get(path).expect(200)
    acme.deployment.run("TendCampaigns")
    eventually("codes of both", lambda: len(codes(acme)) == 2 or None)
    told = eventually("Lin to be told", lambda: texts(acme, "lin") or None)
    assert len(told) == 1
    eventually("Mei to be told", lambda: texts(acme, "mei") or None)
    assert "/l/" in told[0]["link"]  # which leads on to the personal link
    code = codes(acme)["lin"]["code"]
    assert codes(acme)["lin"]["rule"]["owners"] == ["zhou"]
    landed = acme.anyone.send("GET", f"/s/{code}", None, BROWSER).expect(302)
    assert landed.headers["location"].endswith(f"/s/{code}/signup")
    changed = given | {"title": "Summer outing", "audience": {"member_ids": ["lin"]}}
    assert acme.operator.put(path, changed).expect(200).json["version"] == 2
    acme.deployment.run("TendCampaigns")
    eventually(
        "Lin to be told of the change",  # and perhaps before of the view
        lambda: "Campaign changed" in str(texts(acme, "lin")) or None,
    )
    eventually(
        "Mei's code to be retired",
        lambda: codes(acme)["mei"]["status"] == "retired" or None,
    )
    assert len(texts(acme, "mei")) == 1
    acme.operator.put(path, changed | {"status": "ended"}).expect(200)
    acme.deployment.run("TendCampaigns")
    eventually(
        "Lin's code to end",
        lambda: codes(acme)["lin"]["status"] == "expired" or None,
    )
    acme.operator.put(path, given).expect(409)
    titles = [str(each["title"]) for each in texts(acme, "lin")]
    assert len(titles) == len(set(titles)), "told twice"
    assert not any("ended" in title for title in titles)
