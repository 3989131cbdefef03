"""The pages behind a member's personal link, and what members are told (B2, B5, B7)."""

import html
import json
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.campaigns.show_campaign.handler import handler as show_campaign
from sluice.campaigns.rules.campaigns import Campaign, Landing, Notify
from sluice.campaigns.store import campaigns, participations, telling
from sluice.campaigns.tables import Participation
from sluice.shared.outbox import OutboxItem
from tests.support import requests
from tests.support.aws import items_of, local_aws
from tests.support.campaign_members import (
    SPRING,
    put_campaign,
    put_day,
    put_member,
    put_views,
    token_of,
)
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW, found_organization

EVENT: Any = json.loads(
    (Path(__file__).parents[2] / "functions/campaigns/show_campaign/event.json").read_text()
)
BASE_URL = "https://s.example.com"
EVIL = "<script>alert(1)</script>\"'&"


@pytest.fixture(autouse=True)
def _world(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("sluice.shared.clock.now", lambda: NOW)
    with local_aws():
        found_organization()
        put_campaign()
        put_member("lin", signups=4, participations=1, rewards_minor=500)
        yield


def ask(path: str = "", accept: str = "text/html", language: str = "en", who: str = "lin") -> Any:
    event = json.loads(json.dumps(EVENT))
    event["resource"] = "/c/{token}" + path
    event["pathParameters"] = {"token": token_of(who)}
    event["headers"] = {"Accept": accept, "Accept-Language": language}
    return show_campaign(event, None)


def test_the_page_shows_all_of_the_campaign_and_offers_its_material() -> None:
    answer = ask()
    page = answer["body"]
    for said in (
        *("Spring fair", "Running", "1 March 2026, 08:00", "Everyone who comes gets tea."),
        *("Come to the fair", "Tea for everyone.", "Views: 100", "Signups: 10", "Took part: 4"),
        *("Lin", "Boss", "5.00 CNY", f"{token_of('lin')}/performance"),
        *(f"{token_of('lin')}/material/poster?size=phone", "../s/CODELIN/card"),
        'data-copy="https://s.example.com/s/CODELIN"',
    ):
        assert said in page, said
    assert "https://" not in page.replace("https://s.example.com/s/CODELIN", "")
    policy = answer["headers"]["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "img-src 'self'" in policy
    assert answer["headers"]["Referrer-Policy"] == "no-referrer"
    assert answer["headers"]["Cache-Control"] == "no-store"
    found = json.loads(ask(accept="application/json")["body"])
    assert found["link"] == "https://s.example.com/s/CODELIN"
    assert found["salespeople"] == ["Lin", "Boss"]
    assert found["material"] == ["poster", "card", "text"]
    chinese = ask(language="zh-CN")["body"]
    assert 'lang="zh-Hans"' in chinese
    assert "获取素材" in chinese


def test_what_operators_wrote_is_text_and_kinds_not_chosen_are_not_offered() -> None:
    put_campaign(
        title=EVIL,
        introduction=EVIL,
        landing=Landing(EVIL, EVIL),
        material=("text",),
        text_template="{title} {link}",
    )
    for path in ("", "/performance"):
        page = ask(path)["body"]
        assert "<script>alert" not in page
        assert html.escape(EVIL) in page
    page = ask()["body"]
    assert '<div class="sheet" hidden>\n      <h3>Poster' in page
    assert '<div class="sheet" >\n      <h3>Text' in page


def test_after_the_end_there_is_performance_and_no_material() -> None:
    put_campaign(ends_at=NOW)
    page = ask()["body"]
    assert "Ended" in page
    assert "<section hidden>\n    <h2>Material" in page
    assert json.loads(ask(accept="application/json")["body"])["state"] == "ended"


def test_performance_has_figures_against_targets_a_rank_and_a_chart_of_days() -> None:
    put_member("ann", signups=9, participations=2)
    put_views("lin", 20, 12)
    put_views("lin", 8, 6, "2026-03-04")
    put_day("lin", "2026-03-04", signups=4)
    page = ask("/performance")["body"]
    for said in ("40 % of 10", "25 % of 4", "20 % of 100", "12 visitors", "My rank: 2 of 2"):
        assert said in page, said
    assert page.index("Ann") < page.index('<tr class="own"><th>2')
    charts = [ET.fromstring(part + "</svg>") for part in _svgs(page)]  # noqa: S314 - our own
    assert [len(list(chart)) for chart in charts] == [3 + 5, 3 + 5], "lines and days"
    assert f'href="../{token_of("lin")}"' in page
    found = json.loads(ask("/performance", accept="application/json")["body"])
    assert found["rank"] == 2
    assert "第2名" in ask("/performance", language="zh")["body"]


def _svgs(page: str) -> list[str]:
    return [f"<svg{part.split('</svg>')[0]}" for part in page.split("<svg")[1:]]


def test_a_link_of_nobody_or_of_who_was_removed_is_not_found() -> None:
    put_member("old", removed_at=NOW)
    for who in ("nobody", "old"):
        for path in ("", "/performance"):
            assert ask(path, who=who)["statusCode"] == 404


def tell(now: datetime = NOW) -> Counter[str]:
    campaign: Campaign = campaigns.load(ORGANIZATION, SPRING)
    found = list(participations.each(ORGANIZATION, SPRING, limit=10))
    return telling.tell(campaign, found, BASE_URL, now)


def notices() -> list[dict[str, Any]]:
    found = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    every = sorted(found, key=lambda item: item.occurred_at)
    return [json.loads(item.data) for item in every if item.type == "notice.wanted.v1"]


def test_visitors_are_told_once_summed_and_at_most_once_in_an_interval() -> None:
    put_campaign(notify=Notify(views_minutes=60, daily_summary=False))
    put_member("old", removed_at=NOW)
    put_views("lin", 9, 3)
    put_views("old", 9, 3)
    assert tell() == {"campaign-views": 1}
    assert not tell()
    put_views("lin", 30, 5)
    assert not tell(NOW + timedelta(minutes=59))
    assert tell(NOW + timedelta(minutes=60)) == {"campaign-views": 1}
    put_views("lin", 99, 5)
    assert not tell(NOW + timedelta(hours=9)), "the same people again"
    first, second = notices()
    assert (first["user_id"], first["content"]["new_visitors"]) == ("lin", "3")
    assert (second["content"]["new_visitors"], second["content"]["visitors"]) == ("2", "5")
    link = f"https://s.example.com/c/{token_of('lin')}/performance"
    assert first["content"]["link"] == link


def test_who_has_another_code_is_told_of_its_visitors_also_of_as_many_as_before() -> None:
    """Claims are for good: the notices of both codes have names of their own."""
    put_campaign(notify=Notify(views_minutes=60, daily_summary=False))
    put_views("lin", 9, 5)
    assert tell() == {"campaign-views": 1}
    lin = participations.find(ORGANIZATION, SPRING, "lin")
    assert lin is not None
    lin.update([Participation.code.set("CODEOTHER"), Participation.views_told.set(0)])
    for hours, visitors in ((1, 3), (2, 5)):
        put_views("other", 9, visitors)
        assert tell(NOW + timedelta(hours=hours)) == {"campaign-views": 1}
    assert [notice["content"]["visitors"] for notice in notices()] == ["5", "3", "5"]


def test_yesterday_is_told_once_at_its_hour_and_not_where_nothing_happened() -> None:
    put_campaign(notify=Notify(at=17))  # 16 o'clock in Shanghai now
    put_member("mei")
    put_day("lin", "2026-03-04", signups=2, participations=1, rewards_minor=500)
    put_views("lin", 8, 6, "2026-03-04")
    put_day("mei", "2026-03-05", signups=2)
    assert not tell()
    assert tell(NOW + timedelta(hours=1)) == {"campaign-summary": 1, "silent": 1}
    with requests.recorded() as asked:
        assert not tell(NOW + timedelta(hours=2))
    assert "TransactWriteItems" not in asked.names
    (notice,) = notices()
    assert notice["content"]["day"] == "2026-03-04"
    assert notice["content"]["body"] == "Visitors: 6, signups: 2, took part: 1."


def test_two_runs_tell_once_and_an_end_in_between_silences_both() -> None:
    put_views("lin", 9, 3)
    put_day("lin", "2026-03-04", signups=2)
    campaign = campaigns.load(ORGANIZATION, SPRING)
    found = list(participations.each(ORGANIZATION, SPRING, limit=10))
    put_campaign(status="ended")
    assert telling.tell(campaign, found, BASE_URL, NOW) == {"moved": 2}
    put_campaign()
    assert telling.tell(campaign, found, BASE_URL, NOW) == {
        "campaign-views": 1,
        "campaign-summary": 1,
    }
    assert telling.tell(campaign, found, BASE_URL, NOW) == {"moved": 2}
    assert len(notices()) == 2
    put_views("lin", 99, 30)
    assert not tell(campaign.definition.ends_at), "silence from the end on"
