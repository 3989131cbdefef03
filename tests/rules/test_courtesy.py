"""Whom a message may go to, and where (E7)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules import courtesy
from sluice.push.rules.courtesy import By, Cap, Consent, Deliver, Person, Suppression, Withheld

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIN = Person(addresses={"phone": "+8613800000001", "sms-2": "+8613900000002"})


def verdict(person: Person | None, **changes: Any) -> Deliver | Withheld:
    asked: dict[str, Any] = {
        "purpose": "service",
        "channel": "sms",
        "account_id": "sms-1",
        "address_kind": "phone",
        "consent_mode": "assumed",
    }
    return courtesy.verdict(person, **asked | changes)


def consents(**said: bool) -> Person:
    return Person(
        LIN.addresses,
        consents={
            key.replace("ALL", "*").replace("_", "/"): Consent(granted, NOW, "partner")
            for key, granted in said.items()
        },
    )


@pytest.mark.parametrize(
    ("person", "asked", "expected"),
    [
        (LIN, {}, "+8613800000001"),
        (LIN, {"account_id": "sms-2"}, "+8613900000002"),
        (LIN, {"address_kind": "email"}, By.ADDRESS),
        (None, {}, By.ADDRESS),
        (None, {"address_kind": None}, ""),
        (None, {"address_kind": None, "consent_mode": "required"}, By.CONSENT),
        (LIN, {"consent_mode": "required"}, By.CONSENT),
        (LIN, {"consent_mode": "required", "purpose": "transactional"}, "+8613800000001"),
        (consents(sms_service=True), {"consent_mode": "required"}, "+8613800000001"),
        (consents(ALL_service=True), {"consent_mode": "required"}, "+8613800000001"),
        (consents(ALL_service=True), {"consent_mode": "required", "purpose": "x"}, By.CONSENT),
        (consents(sms_service=False), {}, By.CONSENT),
        (consents(ALL_service=False), {}, By.CONSENT),
        (consents(ALL_service=False), {"purpose": "transactional"}, "+8613800000001"),
        (consents(mail_service=False), {}, "+8613800000001"),
        (consents(ALL_service=False, sms_service=True), {}, By.CONSENT),
    ],
)
def test_where_a_message_goes(
    person: Person | None, asked: dict[str, Any], expected: str | By
) -> None:
    """E7: consent first, then suppression, then an address of the account before one of its kind.

    Said at the same moment, the refusal of consent counts.
    """
    found = verdict(person, **asked)
    if isinstance(expected, By):
        assert isinstance(found, Withheld)
        assert found.by is expected
    else:
        assert found == Deliver(expected)


@pytest.mark.parametrize("purpose", ["transactional", "service", "marketing"])
@pytest.mark.parametrize(
    ("key", "account_id", "expected"),
    [
        ("phone", "sms-1", By.SUPPRESSED),
        ("sms-1", "sms-1", By.SUPPRESSED),
        ("sms-2", "sms-2", By.SUPPRESSED),
        ("phone", "sms-2", None),
        ("email", "sms-1", None),
    ],
)
def test_no_purpose_overrides_a_suppressed_address(
    purpose: str, key: str, account_id: str, expected: By | None
) -> None:
    person = courtesy.suppressed(LIN, key, Suppression("no such number", NOW))
    found = verdict(person, account_id=account_id, purpose=purpose)
    assert getattr(found, "by", None) is expected


def test_the_later_word_counts_whether_on_one_channel_or_on_all() -> None:
    left = courtesy.said(LIN, "*/marketing", Consent(granted=False, at=NOW, source="link"))
    back = courtesy.said(left, "sms/marketing", Consent(granted=True, at=NOW + HOUR, source="shop"))
    asked = {"purpose": "marketing", "consent_mode": "required"}
    assert isinstance(verdict(left, **asked), Withheld)
    assert verdict(back, **asked) == Deliver("+8613800000001")
    assert isinstance(verdict(back, **asked, channel="mail"), Withheld), "on that one channel only"


def test_an_import_with_an_older_consent_undoes_no_unsubscription() -> None:
    left = courtesy.said(LIN, "*/marketing", Consent(granted=False, at=NOW, source="link"))
    granted = Consent(granted=True, at=NOW - HOUR, source="shop")
    imported = courtesy.replaced(left, Person(LIN.addresses, consents={"*/marketing": granted}))
    assert not imported.consents["*/marketing"].granted
    assert not courtesy.replaced(left, LIN).consents["*/marketing"].granted, "nor one without"
    later = {"*/marketing": Consent(granted=True, at=NOW + HOUR, source="shop")}
    assert courtesy.replaced(left, Person(consents=later)).consents == later


def test_a_suppression_ends_with_the_address_it_is_about() -> None:
    bounced = courtesy.suppressed(LIN, "phone", Suppression("no such number", NOW))
    assert courtesy.replaced(bounced, LIN).suppressed == bounced.suppressed
    moved = Person({**LIN.addresses, "phone": "+8613700000003"})
    assert courtesy.replaced(bounced, moved).suppressed == {}


def test_the_first_reason_of_a_suppression_stands() -> None:
    first, second = Suppression("no such number", NOW), Suppression("complaint", NOW + HOUR)
    person = courtesy.suppressed(courtesy.suppressed(None, "phone", first), "phone", second)
    assert person.suppressed == {"phone": first}


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Apia"])


@given(now=MOMENTS, days=st.integers(1, 31), zone=ZONES)
def test_a_window_is_as_many_local_days_as_its_cap_says(
    now: datetime, days: int, zone: str
) -> None:
    cap = Cap(3, days)
    name, expires = courtesy.window(cap, zone, now)
    midnight = datetime.combine(now.astimezone(ZoneInfo(zone)).date(), datetime.min.time())
    same = [
        courtesy.window(
            cap, zone, (midnight + timedelta(days=n, hours=12)).replace(tzinfo=ZoneInfo(zone))
        )[0]
        == name
        for n in range(-days, days + 1)
    ]
    assert sum(same) == days
    assert same[days]
    assert expires > now + timedelta(hours=12), "kept beyond its window, in every zone"


@given(consents=st.permutations([(n, n % 3 == 0) for n in range(5)]))
def test_the_order_in_which_consents_are_told_does_not_matter(
    consents: list[tuple[int, bool]],
) -> None:
    person = LIN
    for hours, granted in consents:
        consent = Consent(granted=granted, at=NOW + hours * HOUR, source="partner")
        person = courtesy.said(person, "sms/marketing", consent)
    assert person.consents["sms/marketing"].at == NOW + 4 * HOUR
