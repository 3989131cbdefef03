"""Accounts counted again from their entries, page by page, on moto."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from pynamodb.expressions.update import Action

from sluice.rewards.rules import Grant, recounts, shards_of
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.rules.recounts import Recount, Result, Sums
from sluice.rewards.store import grants, recounting
from sluice.rewards.tables import Balance
from sluice.shared.cursors import cursor_of
from sluice.shared.errors import Invalid
from tests.support.aws import local_aws
from tests.support.requests import recorded
from tests.support.staff import NOW

EXPENSE = "programme:referral"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(recounting, "MAX_ENTRIES", 3)
    with local_aws():
        yield


def grant(number: int, programme: Programme | None = None) -> str:
    given = Grant(f"k{number}", "lin", 100 + number, "CNY", "goodwill")
    now = NOW + timedelta(seconds=number)
    return grants.grant("acme", given, now, programme=programme)[0].reward_id


def whole(account_id: str, currency: str = "CNY", cursor: str | None = None) -> Recount:
    """Count from a cursor on, call by call, until nothing is left."""
    for _ in range(40):
        so_far, cursor = recounting.recount("acme", account_id, currency, cursor)
        if cursor is None:
            return so_far
    raise AssertionError("it never ends")


def said(account_id: str, cursor: str | None = None) -> Result:
    found = whole(account_id, "CNY", cursor)
    return recounts.result_of(found, len(shards_of(account_id)))


def tamper(held: int = 0, pending: int = 0, owed: int = 0, account: str = "acme#lin") -> None:
    actions: list[Action] = [
        Balance.balance_minor.add(held),
        Balance.pending_minor.add(pending),
        Balance.owed_minor.add(owed),
    ]
    Balance(account, "balance#CNY").update(actions=actions)


def test_balances_are_the_sums_of_their_entries_until_somebody_tampers() -> None:
    first = grant(0)
    for number in range(1, 7):
        grant(number)
    grant(7, Programme("referral", hold_seconds=60))
    grants.reverse("acme", first, "error", NOW + timedelta(minutes=1))
    assert said("lin") is said(EXPENSE) is said("nobody") is Result.EQUAL
    found = whole("lin")
    assert (found.entries, found.kept) == (9, Sums(sum(range(101, 107)), 107, 0))
    assert whole(EXPENSE).kept == Sums(-found.kept.held, -found.kept.pending, 0)
    assert whole("lin", "PTS").entries == 0
    for held, pending, owed in ((1, 0, 0), (0, -1, 0), (0, 0, -1)):
        tamper(held, pending, owed)
        assert said("lin") is Result.DIFFERENT
        tamper(-held, -pending, -owed)
    tamper(held=5)
    tamper(held=-5, account="acme#wei")
    assert said("lin") is said("wei") is Result.DIFFERENT


def test_two_shards_that_are_wrong_by_opposite_amounts_are_both_found() -> None:
    tamper(held=5, account=f"acme#{EXPENSE}#03")
    tamper(held=-5, account=f"acme#{EXPENSE}#04")
    found = whole(EXPENSE)
    assert (found.different, found.kept) == (2, Sums())
    assert said(EXPENSE) is Result.DIFFERENT


def test_a_call_counts_so_much_and_the_next_goes_on_even_while_rewards_come() -> None:
    for number in range(5):
        grant(number)
    with recorded() as asked:
        so_far, cursor = recounting.recount("acme", "lin", "CNY", None)
    assert asked.names == ["GetItem", "Query"]
    assert (so_far.entries, recounts.result_of(so_far, 1)) == (3, Result.COUNTING)
    assert cursor is not None
    assert len(cursor) <= recounting.MAX_CURSOR
    grant(9)
    assert said("lin", cursor) is Result.EQUAL
    late = Grant("late", "lin", 5, "CNY", "goodwill")
    grants.grant("acme", late, NOW - timedelta(seconds=1))  # among those that were counted
    assert said("lin", cursor) is Result.MOVED
    assert said("lin") is Result.EQUAL


def test_a_cursor_at_its_longest_is_read_back_and_any_other_is_refused() -> None:
    most = Sums(-(10**18), -(10**18), -(10**18))
    longest = Recount(15, 10**9, most, most, 16, 16, "0" * 26, most, most)
    cursor = cursor_of(msgspec.json.encode(longest).decode())
    assert len(cursor) <= recounting.MAX_CURSOR
    assert recounting.recount("acme", EXPENSE, "CNY", cursor)[1] is None
    for other in ("AAAA", cursor_of("{}x"), cursor_of('{"part":-1}'), cursor_of('{"part":"x"}')):
        with pytest.raises(Invalid):
            recounting.recount("acme", "lin", "CNY", other)
