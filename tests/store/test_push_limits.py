"""How much a provider account may send: counted by all processes together (E2)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import Unreachable
from sluice.push.providers.tools import limits
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction
from sluice.shared.providers.tables import ProviderWindow
from tests.support.aws import items_of, local_aws
from tests.support.staff import NOW


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def account(account_id: str = "sms", **given: int) -> ProviderAccount:
    return ProviderAccount("acme", "provider#x", account_id=account_id, type="x", limits=given)


def refused(given: ProviderAccount, seconds: float = 0) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        limits.take(given, NOW + timedelta(seconds=seconds))
    return caught.value


def test_a_window_takes_its_limit_and_no_more() -> None:
    start = NOW.replace(second=0, microsecond=0) - NOW
    for second in (0, 1, 2):
        limits.take(account(per_minute=3), NOW + start + timedelta(seconds=second))
    refusal = refused(account(per_minute=3), start.total_seconds() + 15)
    assert refusal.retry_after_seconds == 45
    assert "per_minute" in str(refusal)
    limits.take(account(per_minute=3), NOW + start + timedelta(seconds=60))


def test_each_account_has_its_own() -> None:
    limits.take(account(per_second=1), NOW)
    limits.take(account("other", per_second=1), NOW)
    assert refused(account(per_second=1)).retry_after_seconds == 1


def test_of_two_limits_the_longer_wait_is_told_and_neither_is_counted() -> None:
    both = account(per_second=2, per_day=1)
    limits.take(both, NOW)
    refusal = refused(both)
    assert refusal.retry_after_seconds is not None
    assert refusal.retry_after_seconds > 60
    counts = [
        int(item.sent) for item in items_of(ProviderWindow) if isinstance(item, ProviderWindow)
    ]
    assert counts == [1, 1]


def test_a_limit_of_none_sends_nothing() -> None:
    assert "per_day" in str(refused(account(per_day=0)))
    assert items_of(ProviderWindow) == []


def test_without_limits_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Transaction, "commit", lambda _: pytest.fail("asked"))
    limits.take(account(), NOW)
    limits.take(account(max_ways=10), NOW)
    limits.take(ProviderAccount("acme", "provider#x", account_id="s", type="x"), NOW)


@pytest.mark.parametrize("error", [Contention(), EndpointConnectionError(endpoint_url="x")])
def test_a_busy_counter_is_worth_another_try(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def busy(_: Transaction) -> None:
        raise error

    monkeypatch.setattr(Transaction, "commit", busy)
    assert refused(account(per_second=5)).retry_after_seconds == 1


def test_counters_are_cleared_in_the_end() -> None:
    limits.take(account(per_minute=3), NOW)
    (item,) = items_of(ProviderWindow)
    assert isinstance(item, ProviderWindow)
    assert timedelta(days=1) < item.expires - NOW < timedelta(days=2)
