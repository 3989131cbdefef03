"""What is shown of a campaign's performance equals a recount of its signups (B7)."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from functions.campaigns.read_performance.handler import handler as read_performance
from sluice.campaigns.store import performance
from sluice.campaigns.tables import Signup
from tests.support import signups
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
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
