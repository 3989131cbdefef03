"""The campaigns that a member is in, as they are shown signed in (B2, B7)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.campaigns.read_campaigns.handler import handler as read_campaigns
from sluice.campaigns.tables import Participation
from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.campaign_members import put_campaign, put_member, put_views, token_of
from tests.support.campaigns import hire, members, publish
from tests.support.events import ORGANIZATION, claims, http
from tests.support.staff import NOW, found_organization

OWN = "GET /organizations/{organization_id}/members/{member_id}/campaigns"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True, scope="module")
def _world() -> Iterator[None]:
    """Mei is in three campaigns, and was in a fourth."""
    with local_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        found_organization()
        hire("zhou", "mei")
        put_campaign("first")
        put_member("mei", "first", invited_at=NOW, signups=3, rewards_minor=500)
        put_views("mei", 7, 4)
        put_campaign("third", starts_at=NOW + MINUTE)
        put_member("mei", "third", invited_at=NOW + MINUTE)
        put_campaign("gone")
        put_member("mei", "gone", invited_at=NOW + 2 * MINUTE, removed_at=NOW + 3 * MINUTE)
        put_campaign("over", status="ended")
        put_member("mei", "over", invited_at=NOW + 4 * MINUTE)
        yield


def read(who: str = "mei", campaign_id: str = "", whose: str = "mei", **query: Any) -> Any:
    role = {"boss": "operator", "shop": "merchant"}.get(who, "member")
    path = {"organization_id": ORGANIZATION, "member_id": whose}
    route = OWN
    if campaign_id:
        path["campaign_id"], route = campaign_id, f"{OWN}/{{campaign_id}}"
    given = {name: str(value) for name, value in query.items()}
    response = read_campaigns(http(route, path=path, query=given, claims=claims(role, who)), None)
    return response["statusCode"], json.loads(response["body"])


def test_a_member_sees_the_campaigns_they_are_in_the_newest_invitation_first() -> None:
    status, page = read()
    assert status == 200
    found = [(each["campaign_id"], each["state"]) for each in page["items"]]
    assert found == [("over", "ended"), ("third", "soon"), ("first", "running")]
    first = page["items"][-1]
    figures = {"views": 7, "visitors": 4, "signups": 3, "rewards_minor": 500}
    assert first["figures"] == figures | {"participations": 0, "cancelled": 0}
    assert first["currency"] == "CNY"
    assert first["link"].endswith("/s/CODEMEI")
    assert first["page"].endswith(f"/c/{token_of('mei')}")
    assert read(state="soon")[1]["items"] == [page["items"][1]]


def test_pages_of_one_lead_through_all_of_them() -> None:
    found, cursor = [], ""
    for _ in range(5):
        _, page = read(limit=1, cursor=cursor)
        found += [each["campaign_id"] for each in page["items"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert found == ["over", "third", "first"]
    assert not cursor
    assert read(cursor="nonsense")[0] == 400


def test_one_of_them_is_what_the_personal_page_shows() -> None:
    status, shown = read(campaign_id="first")
    assert (status, shown["title"], shown["state"]) == (200, "Spring fair", "running")
    assert (shown["member_name"], shown["salespeople"]) == ("Mei", ["Lin", "Boss"])
    assert shown["targets"] == {"views": 100, "signups": 10, "participations": 4}
    assert shown["page"].endswith(f"/c/{token_of('mei')}")
    assert read(campaign_id="gone")[0] == 404
    assert read("zhou", "first", "zhou")[0] == 404
    assert read(campaign_id="none")[0] == 404


def test_operators_see_a_members_campaigns_without_the_personal_link_and_others_nothing() -> None:
    status, page = read("boss")
    assert (status, len(page["items"])) == (200, 3)
    assert token_of("mei") not in json.dumps(page)
    assert "page" not in read("boss", "first")[1]
    assert read("zhou")[0] == read("zhou", "first")[0] == 403
    assert read("shop", whose="shop")[0] == 403
    assert read("boss", whose="nobody") == (200, {"items": []})


def test_a_salesperson_lists_the_campaigns_that_name_them_and_no_draft() -> None:
    """Whoever is in them: Lin sells in all of them and takes part in none."""
    put_campaign("draft", status="draft")
    put_campaign("boss-only", salespeople=("boss",))
    path, route = {"organization_id": ORGANIZATION}, OWN.replace("/members/{member_id}", "")

    def listed(who: str, **query: str) -> tuple[int, list[str]]:
        role = "operator" if who == "boss" else "member"
        event = http(route, path=path, query=query, claims=claims(role, who))
        answer = read_campaigns(event, None)
        items = json.loads(answer["body"]).get("items", [])
        return answer["statusCode"], [each["campaign_id"] for each in items]

    own = ["first", "gone", "over", "third"]
    assert listed("lin") == listed("lin", salesperson_id="lin") == (200, own)
    assert listed("lin", status="ended") == (200, ["over"])
    assert listed("mei") == (200, [])
    assert listed("lin", salesperson_id="mei")[0] == 403
    assert listed("boss", salesperson_id="lin") == (200, sorted([*own, "draft"]))


def test_a_member_is_listed_once_they_are_let_in_and_again_after_they_were_out() -> None:
    """Also where the participation is from before there was a list."""
    publish("fourth", audience={"member_ids": ["mei"]})
    assert "fourth" in [each["campaign_id"] for each in read()[1]["items"]]
    mei = members("fourth")["mei"]
    mei.update([Participation.member_key.remove(), Participation.removed_at.set(NOW)])
    assert "fourth" not in [each["campaign_id"] for each in read()[1]["items"]]
    publish("fourth", audience={"member_ids": ["mei"]}, title="Changed")
    assert "Changed" in [each["title"] for each in read()[1]["items"]]
