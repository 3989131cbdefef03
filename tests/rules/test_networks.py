"""Which network an address is of, when a pool is strained, and how long a window is (A5)."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules.networks import (
    UNKNOWN,
    Share,
    is_strained,
    network_of,
    wait_seconds,
    window_of,
)

NOW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("203.0.114.7", "203.0.114.0/24"),
        ("0.0.0.0", "0.0.0.0/24"),  # noqa: S104 - not bound to
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("::ffff:cb00:7107", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::", "2001:db8:1::/48"),
        ("2001:DB8:1::6", "2001:db8:1::/48"),
        ("2001:db8:2::6", "2001:db8:2::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::1", "::/48"),
    ],
)
def test_a_network_is_24_bits_of_ipv4_and_48_of_ipv6(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    "address",
    [
        *("", " ", "localhost", "203.0.113", "203.0.113.256", "203.0.113.07", "1.2.3.4, 5.6.7.8"),
        *("203.0.113.7:443", "[::1]", "::g", "203.0.113.0/24", "\uff1203.0.113.7", "\x00"),
        "x" * 5000,
    ],
)
def test_whatever_is_no_address_is_one_network(address: str) -> None:
    """Limited together: an address that cannot be read must not be a way round."""
    assert network_of(address) == UNKNOWN


@given(st.ip_addresses())
def test_an_address_is_in_its_network_and_so_is_the_whole_of_it(address: object) -> None:
    found = ip_network(network_of(str(address)))
    given_ = ip_address(str(address))
    mapped = getattr(given_, "ipv4_mapped", None)
    assert (mapped or given_) in found
    assert found.prefixlen == (24 if found.version == 4 else 48)
    assert network_of(str(found[0])) == network_of(str(found[-1])) == str(found)


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert network_of(text)


@pytest.mark.parametrize(
    ("reserved", "cap", "percent", "strained"),
    [
        (0, 10, 50, False),
        (4, 10, 50, False),  # the fifth makes it half: not over
        (5, 10, 50, True),
        (10, 10, 50, True),
        (0, 1, 50, True),
        (0, 10, 0, True),
        (0, 0, 50, False),  # no channel: nothing to protect
        (9, 10, 100, False),
        (10, 10, 100, False),
        (15, 10, 100, False),  # as it looks after a cap was lowered
        (15, 10, 50, True),
    ],
)
def test_a_pool_is_strained_once_another_unconfirmed_seat_is_over_the_threshold(
    reserved: int, cap: int, percent: int, *, strained: bool
) -> None:
    assert is_strained(Share(reserved, cap), percent) is strained


@given(st.integers(0, 10_000), st.integers(0, 100))
def test_what_comes_for_nothing_is_the_thresholds_share_of_the_pool(cap: int, percent: int) -> None:
    """However large the pool: nobody fills more than the threshold without being counted."""
    free = sum(not is_strained(Share(reserved, cap), percent) for reserved in range(cap))
    assert free == cap * percent // 100


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - UTC below
    st.integers(60, 86_400),
)
def test_after_the_wait_it_is_the_next_window_and_not_a_second_too_late(
    moment: datetime, seconds: int
) -> None:
    now = moment.replace(tzinfo=UTC)
    window = window_of(now, seconds)
    wait = wait_seconds(now, window)
    assert 1 <= wait <= seconds
    assert window_of(now + timedelta(seconds=wait), seconds).number == window.number + 1
    assert window_of(now + timedelta(seconds=wait - 1), seconds).number == window.number


def test_windows_follow_one_another() -> None:
    first = window_of(NOW, 900)
    assert first.ends_at == NOW + timedelta(seconds=900)
    assert window_of(first.ends_at, 900).number == first.number + 1
