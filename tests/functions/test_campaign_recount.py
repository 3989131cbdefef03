"""What is shown of a campaign's performance equals a recount of its signups (B7)."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from functions.campaigns.follow_events.handler import REVERSED
from functions.campaigns.follow_events.handler import handler as follow_events
from functions.campaigns.read_performance.handler import handler as read_performance
from sluice.campaigns.store import campaigns, performance
from sluice.campaigns.tables import Signup
from sluice.rewards.store import reversals
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem, event_of
from tests.support import signups
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.rewards import balance_of
from tests.support.signups import begin, judge, sign_up
from tests.support.staff import found_organization

ALL = "GET /organizations/{organization_id}/campaigns/{campaign_id}/performance"
COUNTED = ("signups", "participations", "cancelled", "rewards_minor")
SAID = ("took-part", "cancelled", "did-not", "took-part", "took-part")  # of one after another
CORRECTED = {0: "did-not", 1: "took-part", 3: "cancelled"}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        performance.forget()
        found_organization()
        yield


def shown(member_id: str = "") -> Any:
    path = {"organization_id": ORGANIZATION, "campaign_id": "spring"}
    route, names = ALL, path
    if member_id:
        route, names = f"{ALL}/{{member_id}}", path | {"member_id": member_id}
    answer = read_performance(http(route, path=names, claims=claims("operator", "boss")), None)
    assert answer["statusCode"] == 200, answer["body"]
    return json.loads(answer["body"])


def recount() -> Counter[str]:
    found: Counter[str] = Counter()
    for each in signups.of_kind(Signup, "signup#"):
        found["signups"] += 1
        found["participations"] += each.outcome == "took-part"
        found["cancelled"] += each.outcome == "cancelled"
        found["rewards_minor"] += int(each.reward_minor or 0)
    return found


def test_after_signups_feedback_and_corrections_all_figures_equal_a_recount() -> None:
    code = begin(cap=20)
    for number in range(len(SAID) + 1):  # of the last one nothing is said
        assert sign_up(code, f"v{number}")[0] == 201
    customers = [each.customer_id for each in signups.signed_up()]
    for customer_id, outcome in zip(customers, SAID, strict=False):
        assert judge(customer_id, outcome)[0] == 200
    for number, outcome in CORRECTED.items():
        assert judge(customers[number], outcome)[0] == 200
    found = recount()
    assert found == {"signups": 6, "participations": 2, "cancelled": 1, "rewards_minor": 4000}
    every, one = shown(), shown("lin")
    for figures in (every["totals"], every["items"][0]["figures"], one["figures"]):
        assert {name: figures[name] for name in COUNTED} == found
    for name in ("signups", "participations", "rewards_minor"):
        assert sum(day[name] for day in one["days"]) == found[name], name


def reversals_told() -> list[dict[str, Any]]:
    found = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    events = [msgspec.to_builtins(event_of(item)) for item in found if item.type == REVERSED]
    return [{"detail-type": REVERSED, "detail": event} for event in events]


def test_a_reward_that_the_ledger_took_back_leaves_the_figures_once() -> None:
    """B7: the participation stays, and nobody is given another reward for it."""
    code = begin(cap=20)
    for number in range(2):
        assert sign_up(code, f"v{number}")[0] == 201
    first, second = (each.customer_id for each in signups.signed_up())
    for customer_id in (first, second):
        judge(customer_id, "took-part")
    judge(second, "did-not")
    (by_feedback,) = reversals_told()
    reward_id = judge(first, "took-part")[1]["reward_id"]
    reversals.reverse(ORGANIZATION, reward_id, "by-mistake", clock.now())
    assert recount()["rewards_minor"] == 2000
    told = reversals_told()
    assert len(told) == 2
    for event in (*told, *told, by_feedback):
        follow_events(event, None)
    signups.assert_counters_equal_a_recount()
    performance.forget()
    assert recount() == {"signups": 2, "participations": 1, "cancelled": 0, "rewards_minor": 0}
    assert shown()["totals"]["rewards_minor"] == 0
    assert judge(first, "took-part", note="She came twice.")[1]["reward_minor"] == 0
    assert balance_of("lin", "CNY") == 0
    assert judge(first, "cancelled")[0] == 200
    assert judge(first, "took-part")[1]["reward_minor"] == 2000, "said anew, granted anew"
    signups.assert_counters_equal_a_recount()


def taken_back() -> dict[str, Any]:
    """Give a reward, take it back in the ledger, and return the event of that."""
    sign_up(begin())
    (signup,) = signups.signed_up()
    reward_id = judge(signup.customer_id, "took-part")[1]["reward_id"]
    reversals.reverse(ORGANIZATION, reward_id, "by-mistake", clock.now())
    (event,) = reversals_told()
    return event


def test_a_reward_is_found_among_however_many_campaigns(monkeypatch: pytest.MonkeyPatch) -> None:
    """B7: no list of them is looked through."""
    event = taken_back()
    monkeypatch.setattr(campaigns, "list_campaigns", lambda *_: pytest.fail("looked through"))
    follow_events(event, None)
    assert recount()["rewards_minor"] == 0


def test_a_reward_of_an_earlier_release_is_found_by_its_programme() -> None:
    """B7: its natural key says the customer alone."""
    event = taken_back()
    data = event["detail"]["data"]
    data["natural_key"] = data["natural_key"].partition(":")[2]
    follow_events(event, None)
    assert recount()["rewards_minor"] == 0


def test_other_programmes_and_what_is_gone_are_passed_over() -> None:
    begin()
    data = {"reward_id": "0" * 26, "natural_key": "nobody:1"}
    for programme in ("referral", "campaign-of-nobody", campaigns.programme_of("spring")):
        event = {"id": "e", "type": REVERSED, "organization_id": ORGANIZATION, "version": 1}
        event |= {"occurred_at": clock.now().isoformat(), "data": data | {"programme": programme}}
        follow_events({"detail-type": REVERSED, "detail": event}, None)
    signups.assert_counters_equal_a_recount()
