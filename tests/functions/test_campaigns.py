"""Campaigns: put, published to their members, changed, ended (B1)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.campaigns.put_campaign.handler import handler as put_campaign
from functions.campaigns.read_campaigns.handler import handler as read_campaigns
from functions.campaigns.tend_campaigns.handler import handler as tend_campaigns
from functions.codes.handle_scan.handler import handler as handle_scan
from sluice.campaigns.store import campaigns, inviting, participations, tending
from sluice.campaigns.tables import Participation
from sluice.codes.store import issued
from sluice.codes.tables import Code, Visit
from sluice.organizations import store
from sluice.rewards.store import programmes
from sluice.shared import clock
from sluice.shared.table import find
from tests.support.aws import items_of, local_aws
from tests.support.campaign_bodies import CAMPAIGN
from tests.support.campaigns import hire, members, publish, put, tend, told, versions_told
from tests.support.events import ORGANIZATION, claims, http
from tests.support.staff import NOW, found_organization

EVENTS = Path(__file__).parents[2] / "functions/campaigns"
EXAMPLE = json.loads((EVENTS / "put_campaign/event.json").read_text())
MINUTES = timedelta(minutes=10)  # until the next walk
ENDS_AT = datetime(2026, 3, 31, 14, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with local_aws():
        found_organization()
        hire("zhou", "mei")
        hire("shop", role="merchant")
        yield


def read(
    campaign_id: str | None = None, who: dict[str, str] | None = None, **query: str
) -> tuple[int, Any]:
    path = {"organization_id": ORGANIZATION}
    route = "GET /organizations/{organization_id}/campaigns"
    if campaign_id:
        path["campaign_id"] = campaign_id
        route += "/{campaign_id}"
    response = read_campaigns(http(route, path=path, query=query, claims=who or claims()), None)
    return response["statusCode"], json.loads(response["body"])


def code_of(member_id: str) -> Code:
    found = find(Code, members()[member_id].code)
    assert found is not None
    return found


def leave(member_id: str) -> None:
    member = {"name": member_id.title(), "roles": {"member"}, "active": False}
    store.put_member(ORGANIZATION, member_id, member, NOW)


def retire(member_id: str) -> None:
    issued.retire_code(ORGANIZATION, members()[member_id].code, None)


def test_the_example_event_drafts_a_campaign_and_publishing_gives_it_a_budget() -> None:
    response = put_campaign(EXAMPLE, None)
    draft = json.loads(response["body"])
    assert (response["statusCode"], draft["version"], draft["status"]) == (200, 1, "draft")
    assert programmes.find_programme(ORGANIZATION, draft["programme"]) is None
    status, given = put()
    assert (status, given["version"], given["status"]) == (200, 2, "published")
    assert given["starts_at"] == "2026-03-04T08:00:00+08:00"  # as the organisation's clocks show it
    assert read("spring") == (200, given)
    budgets = programmes.budgets_of(ORGANIZATION, given["programme"])
    assert budgets["CNY"].left_minor == 1_000_000
    kept = programmes.find_programme(ORGANIZATION, given["programme"])
    assert kept is not None
    assert kept.hold_seconds == 7 * 86_400
    assert versions_told() == [1, 2]


def test_each_change_is_a_version_that_is_kept_and_the_same_again_is_none() -> None:
    assert put(status="draft")[1]["version"] == 1
    assert put(status="draft")[1]["version"] == 1
    assert put()[1]["version"] == 2
    assert put(title="Summer")[1]["version"] == 3
    assert read("spring", version="2")[1]["title"] == CAMPAIGN["title"]
    assert read("spring", version="1")[0] == 404  # nobody has seen the draft
    assert read("winter")[0] == 404
    assert versions_told() == [1, 2, 3]


def test_times_without_an_offset_are_the_organisations() -> None:
    given = put(starts_at="2026-03-10T09:00:00", ends_at="2026-03-12T18:00:00")[1]
    assert given["starts_at"] == "2026-03-10T09:00:00+08:00"


@pytest.mark.parametrize(
    ("changes", "status", "named"),
    [
        ({"salespeople": ["nobody"]}, 409, "no-such-salesperson"),
        ({"ends_at": CAMPAIGN["starts_at"]}, 400, "ends_at"),
        ({"ends_at": "2026-03-05T08:00:00Z"}, 400, "over"),
        ({"starts_at": "0001-01-01T00:00:00Z"}, 400, "starts_at"),
        ({"status": "ended"}, 409, "campaign-fixed"),
        ({"audience": {}}, 400, "audience"),
        ({"text_template": "{phone}"}, 400, "text_template"),
        ({"surprise": 1}, 400, "surprise"),
    ],
)
def test_what_cannot_be_a_campaign_is_refused(
    changes: dict[str, Any], status: int, named: str
) -> None:
    given, problem = put(**changes)
    assert given == status
    assert named in json.dumps(problem)
    assert read("spring")[0] == 404


def test_a_salesperson_who_has_left_is_refused_and_holds_up_no_end() -> None:
    put()
    leave("zhou")
    assert put(title="Summer")[1]["type"].endswith("no-such-salesperson")
    assert put(status="ended")[0] == 200


def test_what_is_published_keeps_its_currency_and_what_has_ended_stays() -> None:
    put()
    dollars = {"amount_minor": 5, "currency": "USD"}
    assert put(reward=dollars)[1]["type"].endswith("campaign-fixed")
    assert put(status="draft")[0] == 409
    assert put(status="ended")[1]["version"] == 2
    assert put(status="ended")[1]["version"] == 2
    assert put(title="Again", status="ended")[0] == 409


def test_operators_alone_write_and_read() -> None:
    lin = claims("member", "lin")
    assert put(who=lin)[0] == 403
    put()
    assert read("spring", lin)[0] == 403
    assert put("no#id")[0] == 400


def test_campaigns_are_listed_in_pages_by_id_and_status() -> None:
    for campaign_id, status in (("a", "draft"), ("b", "published"), ("c", "draft")):
        put(campaign_id, status=status)
    _, first = read(None, limit="2")
    assert [item["campaign_id"] for item in first["items"]] == ["a", "b"]
    _, second = read(None, limit="2", cursor=first["next_cursor"])
    assert [item["campaign_id"] for item in second["items"]] == ["c"]
    _, drafts = read(None, status="draft")
    assert [item["campaign_id"] for item in drafts["items"]] == ["a", "c"]
    assert drafts["items"][0].keys() == {
        *("campaign_id", "version", "status", "title", "starts_at", "ends_at")
    }


def test_a_draft_tells_nobody() -> None:
    publish(status="draft")
    assert members() == {}


def test_publishing_gives_each_member_a_code_a_link_and_a_notice_once() -> None:
    publish()
    tend(NOW + MINUTES)
    assert sorted(members()) == ["lin", "mei", "zhou"]  # no operator, no merchant
    notices = told("campaign-published")
    assert [each["user_id"] for each in notices] == ["lin", "mei", "zhou"]
    lin = members()["lin"]
    assert notices[0]["content"]["link"] == f"https://s.example.com/c/{lin.token}"
    assert "2026-03-04 08:00" in notices[0]["content"]["body"]
    code = code_of("lin")
    assert (code.referrer_id, code.campaign_id, code.lands_on) == ("lin", "spring", "signup")
    assert code.expires_at == ENDS_AT
    rule = issued.rule_of(code)
    assert (rule.owners, rule.own_first) == (("zhou",), False)
    link = participations.find_link(lin.token)
    assert link is not None
    assert (link.campaign_id, link.member_id) == ("spring", "lin")


def test_a_published_campaign_is_listed_once_and_no_link_of_its_members() -> None:
    publish()
    _, page = read(None)
    assert [item["campaign_id"] for item in page["items"]] == ["spring"]


def test_a_change_is_told_once_and_codes_follow_it() -> None:
    publish()
    before = members()["lin"]
    publish(salespeople=["mei"], ends_at="2026-04-30T22:00:00+08:00", now=NOW)
    tend(NOW + MINUTES)
    assert [each["user_id"] for each in told("campaign-changed")] == ["lin", "mei", "zhou"]
    after = members()["lin"]
    assert (after.code, after.token, after.told_version) == (before.code, before.token, 2)
    code = code_of("lin")
    assert issued.rule_of(code).owners == ("mei",)
    assert code.expires_at == datetime(2026, 4, 30, 14, tzinfo=UTC)


def test_who_is_retired_by_hand_gets_another_code_with_the_next_change() -> None:
    publish()
    before = members()["lin"].code
    members()["lin"].update([Participation.views_told.set(5)])
    retire("lin")
    publish(title="Summer")
    lin = members()["lin"]
    assert (lin.code != before, lin.views_told) == (True, 0), "its visitors are all told of"
    assert code_of("lin").status == "active"


def test_members_come_and_go_and_keep_link_and_counters() -> None:
    publish(audience={"member_ids": ["lin", "mei", "nobody"]})
    assert sorted(members()) == ["lin", "mei"]
    token, old = members()["mei"].token, members()["mei"].code
    members()["mei"].update([Participation.views_told.set(5)])
    publish(audience={"member_ids": ["lin"]})
    assert not participations.is_there(members()["mei"])
    found = find(Code, old)
    assert found is not None
    assert found.status == "retired"
    publish(audience={"everyone": True})
    mei = members()["mei"]
    assert (participations.is_there(mei), mei.token, mei.code == old) == (True, token, False)
    assert mei.views_told == 0
    assert len([each for each in told("campaign-published") if each["user_id"] == "mei"]) == 2


def test_who_joins_or_leaves_the_organisation_is_seen_by_the_next_walk() -> None:
    publish()
    hire("new")
    leave("mei")
    store.put_member(ORGANIZATION, "lin", {"name": "Lin Hua", "roles": {"member"}}, NOW)
    tend(NOW + MINUTES)
    assert "new" in members()
    assert not participations.is_there(members()["mei"])
    assert members()["lin"].name == "Lin Hua"


def test_a_walk_goes_on_where_the_last_run_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    hire(*(f"m{number}" for number in range(7)))
    monkeypatch.setattr(tending, "PAGE", 3)
    monkeypatch.setattr(tending, "PAGES", 1)
    put()
    counts = []
    for _ in range(12):
        tend()
        counts.append(len(members()))
    assert counts[0] < 4
    assert counts == sorted(counts)
    assert counts[-1] == 10
    assert len(told("campaign-published")) == 10
    assert not [each for each in members().values() if not participations.is_there(each)]


def test_one_member_who_cannot_be_brought_in_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bring_in = inviting.bring_in

    def fails(given: Any, member: Any, found: Any) -> str:
        if member.member_id == "mei":
            raise ValueError("a poisoned member")
        return str(bring_in(given, member, found))

    monkeypatch.setattr(inviting, "bring_in", fails)
    publish()
    assert sorted(members()) == ["lin", "zhou"]
    monkeypatch.setattr(inviting, "bring_in", bring_in)
    tend(NOW + MINUTES)
    assert sorted(members()) == ["lin", "mei", "zhou"]


def test_more_members_than_a_campaign_may_have_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tending, "MAX_MEMBERS", 2)
    publish()
    assert sorted(members()) == ["lin", "mei"]


def test_at_its_end_a_campaign_is_ended_and_tells_nobody() -> None:
    publish()
    hire("late")
    tend(ENDS_AT)
    found = campaigns.load(ORGANIZATION, "spring")
    assert (found.definition.status, found.version) == ("ended", 2)
    assert versions_told() == [1, 2]
    tend(ENDS_AT + timedelta(hours=2))
    assert "late" not in members()
    assert told("campaign-changed") == []


def test_ended_before_its_time_a_campaigns_codes_end_too() -> None:
    publish()
    publish(status="ended")
    assert code_of("lin").expires_at == NOW
    assert told("campaign-changed") == []
    tend(ENDS_AT)
    assert campaigns.load(ORGANIZATION, "spring").version == 2


def test_the_schedule_tends_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    put()
    tend_campaigns(json.loads((EVENTS / "tend_campaigns/event.json").read_text()), None)
    assert "lin" in members()


def test_a_scan_of_a_members_code_is_counted_and_leads_to_the_signup_page() -> None:
    publish()
    code = members()["lin"].code
    address = f"https://s.example.com/s/{code}/signup"
    event = http("GET /s/{code}", path={"code": code}, headers={"Accept": "text/html"})
    page = handle_scan(event, None)
    assert (page["statusCode"], page["headers"]["Location"]) == (302, address)
    assert "Set-Cookie" in page["headers"]  # the same visitor on the page
    event = http("GET /s/{code}", path={"code": code}, headers={"Accept": "application/json"})
    answer = handle_scan(event, None)
    assert json.loads(answer["body"])["signup_url"] == address
    views = [item.views for item in items_of(Visit) if isinstance(item, Visit)]
    assert sum(views) == 2
