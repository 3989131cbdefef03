"""Quotas of partners: so many calls a second and a day, never more, and few writes for it (F3)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.organizations.put_partner.handler import handler as put_partner
from functions.push.record_behaviour.handler import handler as record_behaviour
from sluice.organizations import quotas
from sluice.organizations.rules import Quota
from sluice.shared import clock
from sluice.shared.errors import TooMany
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http, partner_call
from tests.support.requests import recorded
from tests.support.staff import found_organization

NOW = datetime.now(UTC).replace(microsecond=0)
ROUTE = "POST /partners/{organization_id}/behaviours"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    quotas.forget()
    with local_aws():
        found_organization(NOW)
        yield
    quotas.forget()


def taken(quota: Quota, times: int, now: datetime = NOW) -> int:
    """Return how many of so many calls were let in."""
    count = 0
    for _ in range(times):
        try:
            quotas.take(ORGANIZATION, "shop", quota, now)
        except TooMany:
            continue
        count += 1
    return count


@pytest.mark.parametrize("limit", [1, 2, 99, 100, 257, 1000])
def test_a_days_quota_is_used_to_the_last_and_never_exceeded(limit: int) -> None:
    assert taken(Quota(per_day=limit), limit + 50) == limit


def test_many_processes_together_do_not_exceed_a_quota() -> None:
    """Each serves from a share; what it leaves when it ends is lost, and is a few in a hundred."""
    quota, served = Quota(per_day=1_000), 0
    for _ in range(40):
        quotas.forget()  # a new process
        served += taken(quota, 50)
    assert 0.8 * 1_000 <= served <= 1_000


def test_a_window_ends_and_the_next_one_is_whole() -> None:
    quota = Quota(per_second=5)
    assert taken(quota, 9) == 5
    assert taken(quota, 9, NOW + timedelta(seconds=1)) == 5


def test_a_thousand_calls_of_a_busy_partner_cost_few_writes() -> None:
    with recorded() as asked:
        assert taken(Quota(per_day=100_000), 1_000) == 1_000
    assert len(asked) <= 10
    with recorded() as asked:
        taken(Quota(), 1_000)
    assert not asked


@pytest.mark.parametrize("name", ["per_second", "per_day"])
def test_a_quota_that_is_changed_holds_at_once(name: str) -> None:
    """Also in a process that knows that the one before is used up, or has a share of it."""
    small, large = Quota(**{name: 2}), Quota(**{name: 5})
    assert taken(small, 4) == 2
    assert taken(large, 9) == 3
    assert taken(small, 2) == 0


def test_what_is_used_up_is_told_with_when_to_come_again() -> None:
    taken(Quota(per_day=1), 1)
    with pytest.raises(TooMany) as refused:
        quotas.take(ORGANIZATION, "shop", Quota(per_day=1), NOW)
    left = 86_400 - int(NOW.timestamp()) % 86_400
    assert refused.value.retry_after_seconds == left


def _put(**given: Any) -> tuple[int, Any]:
    path = {"organization_id": ORGANIZATION, "partner_id": "shop"}
    route = "PUT /organizations/{organization_id}/partners/{partner_id}"
    body = {"name": "The Shop"} | given
    answer = put_partner(http(route, path=path, body=body, claims=claims()), None)
    return answer["statusCode"], json.loads(answer["body"])


def _behave(number: int) -> dict[str, Any]:
    data = {"user_id": "u-1", "kind": "visit", "at": NOW.isoformat()}
    event = partner_call(ROUTE, "behaviour.recorded.v1", data, NOW, webhook_id=f"m-{number}")
    return record_behaviour(event, None)


def test_a_partner_over_its_quota_is_answered_429_and_changes_nothing() -> None:
    quota = {"per_day": 2}
    assert _put(quota=quota)[1]["quota"] == quota
    assert {_behave(number)["statusCode"] for number in range(2)} == {202}
    answer = _behave(3)
    assert answer["statusCode"] == 429
    assert int(answer["headers"]["Retry-After"]) > 0
    assert json.loads(answer["body"])["type"] == "urn:sluice:problem:too-many-requests"
    assert "quota" not in _put()[1]  # a PUT says all of it
    quotas.forget()
    assert _behave(4)["statusCode"] != 429


@pytest.mark.parametrize("quota", [{"per_day": 0}, {"per_second": -1}, {"per_hour": 1}, "many"])
def test_a_quota_that_cannot_be_is_refused(quota: Any) -> None:
    assert _put(quota=quota)[0] == 400


def test_who_signs_wrongly_uses_nothing_up() -> None:
    _put(quota={"per_day": 1})
    event = partner_call(ROUTE, "behaviour.recorded.v1", {}, NOW, key_version=9)
    assert record_behaviour(event, None)["statusCode"] == 401
    assert _behave(1)["statusCode"] != 429
