"""Joins counted by network (A5, design 4: abuse of the pool) on moto: when, how many, the cost."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from sluice.codes.refusals import NoRoom, TooManyJoins
from sluice.codes.rules.networks import Limits
from sluice.codes.rules.places import NOWHERE
from sluice.codes.rules.seats import Contact
from sluice.codes.rules.shifts import When
from sluice.codes.store import channels, contacts, expiry, issued, joining, networks, pool
from sluice.codes.store.joining import Joined
from sluice.codes.tables.networks import NetworkJoins
from sluice.shared import memory
from sluice.shared.errors import ConfigurationError
from sluice.shared.guard import Transaction
from tests.support.aws import items_of, local_aws
from tests.support.candidates import SHANGHAI
from tests.support.codes import (
    CODE,
    SECONDS,
    check_counters,
    issue_code,
    later,
    open_channel,
)
from tests.support.requests import recorded
from tests.support.seat_stream import SeatStream
from tests.support.staff import NOW, found_organization

HERE, THERE = "203.0.113.7", "198.51.100.7"
LIMIT = 2


@pytest.fixture
def stream() -> SeatStream:
    return SeatStream()


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pool.forget()
    # What a function remembers grows old when a test says so, not on a busy machine.
    for module in (pool, memory):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr(networks, "LIMITS", Limits(50, LIMIT, 900))
    with local_aws():
        found_organization()
        yield
        check_counters()


def join(
    customer_id: str, source_ip: str | None = HERE, code: str = CODE, now: datetime = NOW
) -> Joined:
    return joining.join(
        pool.code(code),
        issued.rule_of(pool.code(code)),
        customer_id,
        NOWHERE,
        when=When(now, SHANGHAI),
        seconds=SECONDS,
        source_ip=source_ip,
    )


def counted() -> list[int]:
    found = (item for item in items_of(NetworkJoins) if isinstance(item, NetworkJoins))
    return sorted(int(item.joins) for item in found)


def strained(cap: int = 10) -> None:
    """Open a channel and let half of it be reserved."""
    open_channel("a", cap=cap)
    issue_code()
    for n in range(cap // 2):
        join(f"free{n}")
    assert counted() == []


def spent(cap: int = 10) -> None:
    """Let the network have its joins, too."""
    strained(cap)
    for name in "xy":
        join(name)


def held(channel_id: str = "a") -> int:
    return int(channels.read_channel("acme", channel_id).held)


def test_below_the_threshold_nothing_is_counted_and_a_join_writes_two_items() -> None:
    open_channel("a")
    issue_code()
    join("first")
    with recorded() as asked:
        join("second")
    assert (asked.names, asked.written) == (["TransactWriteItems"], [2])
    assert counted() == []


def test_above_it_a_join_without_an_identity_writes_a_third_item_in_the_same_request() -> None:
    strained()
    with recorded() as asked:
        assert join("x").is_new
    assert (asked.names, asked.written) == (["TransactWriteItems"], [3])
    assert counted() == [1]


def test_a_customer_with_an_identity_is_not_counted() -> None:
    spent()
    with recorded() as asked:
        assert join("known", None).is_new
    assert asked.written == [2]
    assert counted() == [LIMIT]


def test_a_network_that_has_had_its_joins_is_refused_and_no_seat_is_held_for_it() -> None:
    spent()
    for n in range(3):
        with pytest.raises(TooManyJoins):
            join(f"late{n}")
    assert (counted(), held()) == ([LIMIT], 7)


def test_who_waits_as_long_as_told_is_let_in_again() -> None:
    strained(cap=20)
    now = datetime(2026, 3, 5, 8, 10, 0, 500_000, tzinfo=UTC)  # windows begin at the quarter
    join("x", now=now)
    join("y", now=now)
    with pytest.raises(TooManyJoins) as refused:
        join("z", now=now)
    assert refused.value.retry_after_seconds == 5 * 60
    with pytest.raises(TooManyJoins) as refused:
        join("z", now=now.replace(minute=14, second=59))
    assert refused.value.retry_after_seconds == 1
    assert join("z", now=now.replace(minute=15)).is_new
    assert counted() == [1, LIMIT]


def test_another_network_and_another_code_have_joins_of_their_own() -> None:
    spent(cap=20)
    issue_code("OTHERCODE222")
    with pytest.raises(TooManyJoins):
        join("z", "203.0.113.200")  # the same /24
    assert join("there", THERE).is_new
    assert join("six", "2001:db8:1::1").is_new
    assert join("other", code="OTHERCODE222").is_new
    assert counted() == [1, 1, 1, LIMIT]


def test_addresses_that_are_none_have_their_joins_together() -> None:
    strained(cap=20)
    join("x", "")
    join("y", "no address")
    with pytest.raises(TooManyJoins):
        join("z", "unknown")


def test_who_has_a_seat_is_answered_it_whatever_their_network_has_had(stream: SeatStream) -> None:
    spent()
    before = join("x").assignment
    with pytest.raises(TooManyJoins):
        join("z")
    assert (join("x").assignment, join("x").is_new) == (before, False)
    stream.catch_up()  # another function, which has met no refusal
    with recorded() as asked:
        assert join("x").assignment == before
    assert asked.names[-1] == "TransactWriteItems"
    assert join("free0").assignment.status == "reserved"
    assert (counted(), held()) == ([LIMIT], 7)


def test_a_refused_network_costs_one_read_from_then_on() -> None:
    spent()
    with recorded() as first, pytest.raises(TooManyJoins):
        join("z")
    assert first.names == ["TransactWriteItems", "BatchGetItem"]
    with recorded() as asked, pytest.raises(TooManyJoins):
        join("zz")
    assert asked.names == ["BatchGetItem"]


def test_a_reservation_renewed_after_its_time_counts_like_a_new_one() -> None:
    """Else a loop would keep what it has for ever."""
    strained(cap=6)
    for n in range(LIMIT):
        assert join(f"free{n}", now=later(16)).assignment.expires_at == later(31)
    with pytest.raises(TooManyJoins):
        join("free2", now=later(16))
    assert (counted(), held()) == ([LIMIT], 3)


def test_a_seat_that_moves_from_a_removed_channel_is_not_another(stream: SeatStream) -> None:
    spent()
    open_channel("b", cap=4, backup=True)
    for n in range(3 + 2):  # fill the one and strain the other
        join(f"known{n}", None)
    channels.remove_channel("acme", "a")
    stream.catch_up()
    moved = join("x")
    assert (moved.assignment.channel_id, moved.is_new) == ("b", True)
    with pytest.raises(TooManyJoins):
        join("z")
    assert counted() == [LIMIT]


def test_a_full_channel_is_told_before_the_network_and_nothing_is_taken() -> None:
    strained(cap=2)
    join("x")
    with pytest.raises(NoRoom):
        join("y")
    assert counted() == [1]


def test_the_share_is_that_of_the_kind_of_channel_the_code_gives() -> None:
    open_channel("a", cap=2)
    open_channel("g", kind="group", cap=100)
    issue_code(kind="contact")
    issue_code("GROUPCODE222", kind="group")
    join("x")
    join("y")
    assert counted() == [1]
    join("z", code="GROUPCODE222")
    assert counted() == [1]


def test_what_other_functions_gave_is_measured_when_the_pool_is_loaded(stream: SeatStream) -> None:
    """The statistics tell, in one request; seats given here since are added."""
    open_channel("a", cap=10)
    issue_code()
    for n in range(4):
        join(f"free{n}")
    stream.catch_up()
    with recorded() as asked:
        join("fifth")
    assert asked.names[-2:] == ["BatchGetItem", "TransactWriteItems"]
    assert counted() == []
    join("sixth")
    assert counted() == [1]


@pytest.mark.proof
def test_a_large_pool_is_measured_by_a_sample_at_a_bounded_cost(stream: SeatStream) -> None:
    """6 of 10 seats in each of 30 channels: any 25 of them tell."""
    for n in range(30):
        open_channel(f"c{n}", cap=1)
    issue_code()
    for n in range(18):
        join(f"v{n}", None)
    stream.catch_up()
    with recorded() as asked:
        join("x")
    _, request = next(each for each in asked if each[0] == "BatchGetItem")
    (rows,) = [table["Keys"] for table in request["RequestItems"].values()]
    assert len(rows) == networks.MAX_SAMPLED
    share = pool.pool("acme").shares[None, None]
    assert share.cap == 30
    assert 13 * 30 // 25 <= share.reserved - 1 <= 18 * 30 // 25


@pytest.mark.parametrize("how", ["confirmed", "expired"])
def test_a_pool_goes_back_to_normal(how: str, stream: SeatStream) -> None:
    strained(cap=4)
    stream.catch_up()
    seats = [join(f"free{n}").assignment for n in range(2)]
    if how == "confirmed":
        for n, seat in enumerate(seats):
            contact = Contact("connected", seat.assignment_id, NOW, f"wx{n}")
            contacts.tell("acme", "sandbox", contact, NOW)
    else:
        assert expiry.release_expired(later(16), float("inf")) == 2
    stream.catch_up()
    assert join("x", now=later(16)).is_new
    assert counted() == []


def test_of_all_who_want_the_last_join_of_a_network_one_wins() -> None:
    source = networks.network("acme", CODE, HERE, NOW)
    for _ in range(LIMIT):
        _take(source)
    with pytest.raises(TooManyJoins) as refused:
        _take(source)
    assert refused.value.current.joins == LIMIT


def test_at_a_hundred_percent_nothing_is_measured_or_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(networks, "LIMITS", Limits(networks.NEVER, 1, 900))
    open_channel("a", cap=3)
    issue_code()
    with recorded() as asked:
        for n in range(3):
            join(f"v{n}")
    assert "BatchGetItem" not in asked.names
    assert counted() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UNCONFIRMED_SHARE_PERCENT", "101"),
        ("UNCONFIRMED_SHARE_PERCENT", "half"),
        ("JOINS_PER_NETWORK", "0"),
        ("JOINS_PER_NETWORK", "-1"),
        ("NETWORK_WINDOW_SECONDS", "59"),
        ("NETWORK_WINDOW_SECONDS", ""),
    ],
)
def test_a_wrong_setting_fails_at_the_start_and_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name):
        importlib.reload(networks)


def test_no_address_is_stored_and_two_windows_cannot_be_put_together() -> None:
    strained(cap=20)
    join("x")
    join("y", now=later(14))
    join("z", now=later(15))
    first, second = sorted(items_of(NetworkJoins), key=lambda item: item.expires)  # type: ignore[attr-defined]
    assert isinstance(first, NetworkJoins)
    assert isinstance(second, NetworkJoins)
    assert first.expires == later(15) + networks.KEPT
    assert first.key != second.key
    assert set(first.attribute_values) == {"key", "joins", "expires", "schema"}
    for item in (first, second):
        organization_id, code, hashed = item.key.split("#")
        assert (organization_id, code) == ("acme", CODE)
        assert len(hashed) == 26


def _take(source: networks.Network) -> None:
    transaction = Transaction()
    networks.take(transaction, source)
    transaction.commit(attempts=1)
