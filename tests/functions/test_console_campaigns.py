"""The console's pages of campaigns, for operators (F5)."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.campaign_members import put_campaign, put_member, put_views
from tests.support.campaigns import hire
from tests.support.console import ask, signed_in
from tests.support.material import make_bucket
from tests.support.staff import NOW, found_organization

EVIL = '"><script>alert(1)</script>'
FORM = {
    "campaign_id": "tea",
    "title": f"Tea {EVIL}",
    "starts_at": "2026-03-05T10:00",
    "ends_at": "2026-03-20T18:00",
    "status": "draft",
    "audience.everyone": "yes",
    "salespeople": "zhou",
    "landing.headline": "Come and taste",
    "form[0].label": "Name",
    "form[0].name": "name",
    "form[0].type": "text",
    "form[0].required": "yes",
    "targets.signups": "20",
    "reward.amount_minor": "2000",
    "reward.currency": "CNY",
    "material": "poster",
    "accent": "#0b7a75",
}


@pytest.fixture(autouse=True)
def _organization(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with local_aws():
        monkeypatch.setattr(clock, "now", lambda: NOW)
        found_organization()
        hire("zhou", "mei")
        yield


def test_a_campaign_is_drafted_by_a_form_published_and_ended() -> None:
    visitor = signed_in()
    assert "There is no campaign yet." in visitor.get("campaigns").text
    wrong = visitor.post("campaigns/new", **FORM | {"ends_at": "2026-03-01T10:00"})
    assert wrong.status == 400
    assert EVIL not in wrong.html
    assert 'value="Come and taste"' in wrong.html
    drafted = visitor.post("campaigns/new", **FORM)
    assert drafted.location == "campaigns/tea?done=saved"
    again = visitor.post("campaigns/new", **FORM | {"title": "Other"})
    assert "There is one with this id." in again.text
    stored = ask("GET", "campaigns/tea")
    assert stored["starts_at"] == "2026-03-05T10:00:00+08:00"
    assert stored["form"] == [{"name": "name", "label": "Name", "required": True}]
    assert stored["reward"] == {"amount_minor": 2000, "currency": "CNY"}
    seen = visitor.get("campaigns/tea")
    assert "Draft" in seen.text
    assert EVIL not in seen.html
    visitor.post("campaigns/tea", status="published")
    assert ask("GET", "campaigns/tea") == stored | {"status": "published", "version": 2}
    form = visitor.get("campaigns/tea/edit")
    assert 'value="2026-03-05T10:00"' in form.html
    changed = {name: text for name, text in FORM.items() if name != "campaign_id"}
    visitor.post("campaigns/tea/edit", **changed | {"title": "Tea", "status": "published"})
    assert ask("GET", "campaigns/tea")["title"] == "Tea"
    visitor.post("campaigns/tea", status="ended")
    assert "Ended by now" in visitor.get("campaigns").text


def test_figures_of_all_and_of_one_are_shown_and_exported() -> None:
    put_campaign("spring")
    put_member("mei", "spring", signups=3, rewards_minor=500)
    put_views("mei", 7, 4)
    visitor = signed_in(language="zh")
    assert "报名" in visitor.get("campaigns").text
    assert "已发布" in visitor.get("campaigns/spring").text
    one = visitor.get("campaigns/spring/members/mei")
    assert "第 1 名" in one.text
    assert "<svg" in one.html
    assert "mei" in visitor.get("campaigns/spring/members.csv").html
    assert "没有符合条件的报名" in visitor.get("campaigns/spring/signups").text
    assert visitor.get("campaigns/spring/signups.csv").html.startswith("\ufeffcustomer_id")
    missing = visitor.post("campaigns/spring/signups", customer_id="nobody", outcome="took-part")
    assert missing.status == 404
    assert visitor.get("campaigns/nothing").status == 404


def test_a_picture_is_kept_and_what_is_none_is_refused_on_the_campaigns_page() -> None:
    make_bucket()
    visitor = signed_in()
    visitor.post("campaigns/new", **FORM)
    drawn = io.BytesIO()
    Image.new("RGB", (640, 640), "green").save(drawn, "PNG")
    kept = visitor.upload("campaigns/tea/picture", "picture", drawn.getvalue())
    assert kept.location == "campaigns/tea?done=saved"
    refused = visitor.upload("campaigns/tea/picture", "picture", b"<svg onload=alert(1)>")
    assert refused.status == 400
    assert "Picture of the posters" in refused.text


def test_other_roles_see_none_of_it() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    for path in ("campaigns", "campaigns/new", "campaigns/spring", "campaigns/spring/signups.csv"):
        assert visitor.get(path).status == 403
