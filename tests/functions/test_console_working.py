"""A member's pages of the console: their campaigns, and signups as a salesperson (B2 to B7, F5)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sluice.campaigns.rules.campaigns import Landing
from sluice.shared import clock
from tests.support import signups
from tests.support.aws import local_aws
from tests.support.campaign_members import put_campaign, put_day, put_member, put_views
from tests.support.campaigns import hire
from tests.support.console import signed_in
from tests.support.signups import begin, judge, sign_up, signed_up
from tests.support.staff import found_organization

EVIL = '<script>alert("x")</script>'
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def test_a_member_sees_their_campaigns_and_one_with_material_and_figures() -> None:
    now = clock.now()
    times = {"starts_at": now - 3 * DAY, "ends_at": now + DAY}
    put_campaign("spring", title=EVIL, landing=Landing(EVIL, EVIL), **times)
    put_campaign("over", status="ended", **times)
    hire("lin", "mei")
    mei = signed_in("member", "mei")
    assert "You are in no campaign yet." in mei.get("my-campaigns").text
    for campaign_id in ("spring", "over"):
        put_member("mei", campaign_id, invited_at=now, signups=3, rewards_minor=500)
    put_member("lin", "spring", invited_at=now, signups=1)
    put_views("mei", 7, 4)
    put_day("mei", now.date().isoformat(), signups=3)
    seen = mei.get("my-campaigns")
    assert f"Running {EVIL}" in seen.text
    assert "Views 7 Signups 3 Took part 0 Rewards 5.00 CNY" in seen.text
    assert seen.text.index("Running") < seen.text.index("Over")
    page = mei.get("my-campaigns/spring")
    assert "<script>alert" not in page.html
    assert 'data-copy="https://s.example.com/s/CODEMEI"' in page.html
    assert "my-campaigns/spring/poster.png?size=small" in page.html
    assert "7 % of the target of 100" in page.text
    assert "My rank: 1 of 2" in page.text
    assert "Lin" in page.text
    both = signed_in("operator member", "mei").get("my-campaigns/spring")
    assert (both.status, "Copy the text" in both.text) == (200, True)
    over = mei.get("my-campaigns/over")
    assert "poster.png" not in over.html
    assert signed_in("member", "zhou").get("my-campaigns/spring").status == 404
    assert signed_in("promoter", "ann").get("my-campaigns").status == 403
    assert "进行中" in mei.get("my-campaigns", language="zh").text


def test_a_salesperson_says_in_one_tap_who_took_part_and_corrects_it() -> None:
    zhou = signed_in("member", "zhou")
    assert "No campaign names you" in zhou.get("my-signups").text
    code = begin(salespeople=["zhou"])
    assert "No signup fits." in zhou.get("my-signups").text
    answers = signups.ANSWERS | {"name": EVIL}
    assert sign_up(code, "v1", answers=answers)[0] == 201
    assert sign_up(code, "v2")[0] == 201
    seen = zhou.get("my-signups")
    assert seen.html.count("<article") == 2
    assert EVIL in seen.text
    assert "<script>alert" not in seen.html
    assert "Which day? Sat" in seen.text
    assert 'href="tel:+86' in seen.html
    customer = next(each.customer_id for each in signed_up())
    given = {"campaign_id": "spring", "customer_id": customer, "filter": "none"}
    told = zhou.post("my-signups", **given, outcome="took-part")
    assert (told.status, told.location) == (303, "my-signups?outcome=none&done=saved")
    open_ones = zhou.get("my-signups", outcome="none")
    assert open_ones.html.count("<article") == 1
    zhou.post("my-signups", **given, outcome="cancelled", note="ill")
    seen = zhou.get("my-signups", campaign_id="spring", outcome="cancelled")
    assert "Cancelled" in seen.text
    assert seen.text.index(": Cancelled · ill") < seen.text.index(": Took part")
    refused = zhou.post("my-signups", **given, outcome="perhaps")
    assert (refused.status, refused.html.count("<article")) == (400, 2)
    none = zhou.post("my-signups", campaign_id="spring", customer_id="nobody", outcome="did-not")
    assert (none.status, "There is no such signup" in none.text) == (404, True)


def test_another_salespersons_signups_are_not_shown_or_judged() -> None:
    code = begin(salespeople=["zhou"])
    sign_up(code)
    customer = signed_up()[0].customer_id
    mei = signed_in("member", "mei")
    assert "No campaign names you" in mei.get("my-signups").text
    assert "No campaign names you" in signed_in("operator member", "mei").get("my-signups").text
    given = {"campaign_id": "spring", "customer_id": customer, "outcome": "took-part"}
    assert mei.post("my-signups", **given).status == 403
    assert judge(customer, "took-part")[0] == 200
    assert "Took part" in signed_in("member", "zhou").get("my-signups").text
