"""A dry run over HTTP (E7): what would be sent to a user, when and for how much."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.push.dry_run.handler import handler as dry_run
from sluice.organizations import store as organizations
from sluice.push.providers import NO_MARKETING, sandbox
from sluice.push.rules.courtesy import Cap, Consent, Person, Settings, Suppression
from sluice.push.rules.strategies import Terms
from sluice.push.rules.windows import QuietHours
from sluice.push.store import frequency, push_settings, recipients
from sluice.push.tables import PushItem
from sluice.shared import clock
from sluice.shared.guard import Transaction
from tests.support.aws import items_of, local_aws
from tests.support.events import claims, http
from tests.support.push import THREE, USER, channel, put_strategy
from tests.support.requests import recorded
from tests.support.staff import found_organization

EVENT = Path(__file__).parents[2] / "functions" / "push" / "dry_run" / "event.json"
ROUTE = "POST /organizations/{organization_id}/strategies/{strategy_id}/dry-run"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # in Shanghai


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    with local_aws():
        found_organization()
        yield


def run(**body: Any) -> tuple[int, Any]:
    path = {"organization_id": "acme", "strategy_id": "cheapest-first"}
    event = http(ROUTE, path=path, body={"user_id": USER} | body, claims=claims())
    response = dry_run(event, None)
    return response["statusCode"], json.loads(response["body"])


def withheld() -> list[str | None]:
    return [each.get("withheld_by") for each in run()[1]["channels"]]


def put_person(person: Person) -> None:
    recipients.put_recipient("acme", USER, person, NOON)


def test_the_example_tells_what_would_happen_and_writes_nothing() -> None:
    """E7."""
    put_strategy()
    with recorded() as asked:
        response = dry_run(json.loads(EVENT.read_text()), None)
    view = json.loads(response["body"])
    assert response["statusCode"] == 200, view
    assert [(each["channel"], each["sent"]) for each in view["channels"]] == [
        ("wechat", True),
        ("app", True),
        ("sms", True),
    ]
    assert view["cost"] == [
        {
            "currency": "CNY",
            "best_micros": 10_000,
            "worst_micros": 70_000,
            "expected_micros": 27_500,
        }
    ]
    assert view["reach_rate"] == 0.875
    starts = [datetime.fromisoformat(each["send_at"]) for each in view["channels"]]
    assert [start - NOON for start in starts] == [timedelta(minutes=n) for n in range(3)]
    assert asked.written == []
    assert items_of(PushItem) == []


def test_a_version_and_a_strategy_must_be_there() -> None:
    assert run()[0] == 404
    put_strategy()
    assert run(version=1)[0] == 200
    assert run(version=2)[0] == 404
    assert run(user_id="a#b")[0] == 400


def test_quiet_hours_are_the_users_own() -> None:
    """E7: noon in Shanghai is night in New York."""
    put_strategy(terms=Terms("assumed", QuietHours("22:00", "08:00")))
    put_person(Person(time_zone="America/New_York"))
    view = run()[1]
    assert view["time_zone"] == "America/New_York"
    assert view["channels"][0]["send_at"].startswith("2026-11-22T13:00:00")
    put_strategy(terms=Terms("assumed", QuietHours("22:00", "08:00")), purpose="transactional")
    assert run()[1]["channels"][0]["send_at"].startswith("2026-11-22T04:00:00")


def test_consent_addresses_and_suppression_are_asked_for_each_channel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """E7."""
    monkeypatch.setattr(sandbox, "address_kind", "phone")
    put_strategy(purpose="marketing", terms=Terms("required"))
    assert withheld() == ["consent"] * 3
    yes = Consent(granted=True, at=NOON, source="form")
    put_person(Person(consents={"sms/marketing": yes}))
    assert withheld() == ["consent", "consent", "address"]
    put_person(Person(addresses={"phone": "+8613800000000"}, consents={"*/marketing": yes}))
    status, view = run()
    assert withheld() == [None] * 3
    assert "1380" not in json.dumps(view), "no address is shown"
    off = {"phone": Suppression("a hard bounce", NOON)}
    put_person(
        Person(addresses={"phone": "+8613800000000"}, consents={"*/marketing": yes}, suppressed=off)
    )
    status, view = run()
    assert (status, withheld()) == (200, ["suppressed"] * 3)
    assert (view["cost"], view["reach_rate"]) == ([], 0)


def test_the_whole_push_may_be_withheld() -> None:
    """E6, E7: by the hold-out group, and by the cap that the organisation has set."""
    put_strategy(terms=Terms("assumed", hold_out_percent=50))
    found = {run(user_id=f"u-{n}")[1].get("withheld_by") for n in range(40)}
    assert found == {None, "hold_out"}
    put_strategy()
    cap = Cap(1, 1)
    push_settings.put_settings("acme", Settings(caps={"service": cap}), NOON)
    assert "withheld_by" not in run()[1]
    transaction = Transaction()
    frequency.take_frequency(
        transaction,
        "acme",
        USER,
        purpose="service",
        cap=cap,
        zone="Asia/Shanghai",
        now=NOON,
    )
    transaction.commit()
    view = run()[1]
    assert (view["withheld_by"], view["cost"]) == ("frequency", [])


def test_a_message_that_would_come_too_late_is_not_sent() -> None:
    put_strategy(terms=Terms("assumed", expires_seconds=90))
    assert withheld() == [None, None, "expired"]


def test_the_first_provider_that_may_send_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """E7: accounts that are gone, or may not carry the purpose, are passed over."""
    organizations.put_provider_account("acme", "main", {"type": "sandbox"})
    put_strategy(channel("sms"), purpose="marketing", terms=Terms("assumed"))
    assert run()[1]["channels"][0]["provider"] == "sandbox"
    monkeypatch.setattr(sandbox, "purposes", NO_MARKETING)
    shown = run()[1]["channels"][0]
    assert (shown["sent"], shown["withheld_by"]) == (False, "provider")
    assert "provider" not in shown


def test_only_operators_of_the_organisation_rehearse() -> None:
    """F4."""
    put_strategy(*THREE)
    path = {"organization_id": "other", "strategy_id": "cheapest-first"}
    event = http(ROUTE, path=path, body={"user_id": USER}, claims=claims())
    assert dry_run(event, None)["statusCode"] == 403
