"""The reward ledger on moto."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as example
from hypothesis import strategies as st

from sluice.rewards.refusals import BalanceTooLow, RewardDiffers, RewardNotReversible
from sluice.rewards.rules import Grant, Standing, State
from sluice.rewards.store import accounts, grants, items
from sluice.rewards.tables import Balance, Reward
from sluice.shared.claims import Claim, KeyReused
from sluice.shared.errors import Invalid, NotFound
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.requests import recorded
from tests.support.rewards import (
    assert_books_balance,
    balance_of,
    entries,
    item_bytes,
    rewards,
    stored,
)
from tests.support.staff import NOW

GIVEN = Grant("connected:c1", "lin", 500, "CNY", "customer-connected")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def events() -> list[tuple[str, int, dict[str, Any]]]:
    found = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    return sorted((e.type, int(e.version), msgspec.json.decode(e.data)) for e in found)


def grant(given: Grant = GIVEN) -> Standing:
    return grants.grant("acme", given, NOW)[0]


def test_a_grant_moves_the_amount_and_tells_it() -> None:
    standing, first = grants.grant("acme", GIVEN, NOW)
    assert first
    assert standing == Standing(
        reward_id=grants.reward_id_of("acme", "referral", "connected:c1"),
        programme="referral",
        natural_key="connected:c1",
        owner_id="lin",
        amount_minor=500,
        currency="CNY",
        state=State.CLEARED,
        granted_at=NOW,
    )
    assert balance_of("lin", "CNY") == 500
    assert balance_of("programme:referral", "CNY") == -500
    told = msgspec.json.decode(msgspec.json.encode(standing))
    assert events() == [("reward.granted.v1", 1, told)]
    assert_books_balance()


def test_a_repeated_grant_gets_the_same_answer_and_writes_nothing() -> None:
    standing = grant()
    before = stored()
    later = NOW + timedelta(days=1)
    assert grants.grant("acme", GIVEN, later) == (standing, False)
    assert stored() == before


@pytest.mark.parametrize(
    "other",
    [
        {"amount_minor": 501},
        {"owner_id": "wei"},
        {"currency": "PTS"},
        {"reason": "goodwill"},
    ],
)
def test_another_grant_under_the_same_natural_key_is_refused(other: dict[str, Any]) -> None:
    grant()
    before = stored()
    with pytest.raises(RewardDiffers):
        grant(replace(GIVEN, **other))
    assert stored() == before
    assert_books_balance()


def test_a_natural_key_is_its_organizations_and_programmes_own() -> None:
    grant()
    grant(replace(GIVEN, programme="promotion", amount_minor=7))
    grants.grant("other", replace(GIVEN, amount_minor=9), NOW)
    assert balance_of("lin", "CNY") == 507
    assert balance_of("lin", "CNY", "other") == 9
    assert_books_balance()


def test_a_repeated_claim_gets_the_first_answer_even_after_a_reversal() -> None:
    claim = Claim("acme#request#k1", "hash")
    standing, _ = grants.grant("acme", GIVEN, NOW, claim)
    grants.reverse("acme", standing.reward_id, "error", NOW)
    before = stored()
    assert grants.grant("acme", GIVEN, NOW, claim) == (standing, False)
    reversed_ = replace(standing, state=State.REVERSED, reversed_minor=500)
    assert grants.grant("acme", GIVEN, NOW) == (reversed_, False)  # by natural key: as it stands
    assert stored() == before


def test_a_claim_used_for_another_reward_is_refused() -> None:
    grants.grant("acme", GIVEN, NOW, Claim("acme#request#k1", "hash"))
    before = stored()
    other = replace(GIVEN, natural_key="connected:c2")
    with pytest.raises(KeyReused):
        grants.grant("acme", other, NOW, Claim("acme#request#k1", "other hash"))
    assert stored() == before


def test_a_refused_grant_does_not_use_up_the_claim() -> None:
    grant()
    claim = Claim("acme#request#k1", "hash")
    with pytest.raises(RewardDiffers):
        grants.grant("acme", replace(GIVEN, amount_minor=1), NOW, claim)
    other = replace(GIVEN, natural_key="connected:c2")
    assert grants.grant("acme", other, NOW, claim)[1]


def test_a_grant_that_breaks_the_rules_names_its_fields() -> None:
    with pytest.raises(Invalid) as refused:
        grant(replace(GIVEN, amount_minor=0, owner_id="programme:referral"))
    assert {field for field, _ in refused.value.fields} == {"amount_minor", "owner_id"}
    assert entries() == []


def test_a_reversal_ends_at_exactly_zero_and_happens_once() -> None:
    standing = grant()
    answer = replace(standing, state=State.REVERSED, reversed_minor=500)
    assert grants.reverse("acme", standing.reward_id, "error", NOW) == answer
    before = stored()
    assert grants.reverse("acme", standing.reward_id, "other-reason", NOW) == answer
    assert stored() == before
    assert (balance_of("lin", "CNY"), balance_of("programme:referral", "CNY")) == (0, 0)
    assert [(kind, version) for kind, version, _ in events()] == [
        ("reward.granted.v1", 1),
        ("reward.reversed.v1", 2),
    ]
    assert_books_balance()


def test_of_two_stale_reversals_one_writes_and_both_get_the_answer() -> None:
    standing = grant()
    (stale,) = rewards()
    answers = []
    with patch.object(items, "find_reward", lambda *_: stale):
        answers.append(grants.reverse("acme", standing.reward_id, "error", NOW))
        before = stored()
        answers.append(grants.reverse("acme", standing.reward_id, "error", NOW))
    assert answers == [replace(standing, state=State.REVERSED, reversed_minor=500)] * 2
    assert stored() == before
    assert_books_balance()


def test_a_reward_that_changed_since_it_was_read_is_decided_again_by_what_it_is_now() -> None:
    standing = grant()
    (stale,) = rewards()
    set_reward(state="payable", version=2)
    with patch.object(items, "find_reward", lambda *_: stale), pytest.raises(RewardNotReversible):
        grants.reverse("acme", standing.reward_id, "error", NOW)
    assert balance_of("lin", "CNY") == 500


def test_a_reversal_that_the_account_does_not_hold_is_refused_whole() -> None:
    standing = grant()
    Balance("acme#lin", "balance#CNY").update(actions=[Balance.balance_minor.set(499)])
    before = stored()
    with pytest.raises(BalanceTooLow):
        grants.reverse("acme", standing.reward_id, "error", NOW)
    assert stored() == before
    assert [reward.state for reward in rewards()] == ["cleared"]


def test_an_unknown_reward_or_a_reason_in_prose_is_not_reversed() -> None:
    standing = grant()
    with pytest.raises(NotFound):
        grants.reverse("other", standing.reward_id, "error", NOW)
    with pytest.raises(Invalid):
        grants.reverse("acme", standing.reward_id, "It was an error", NOW)
    assert balance_of("lin", "CNY") == 500


def set_reward(state: str, version: int) -> None:
    (reward,) = rewards()
    reward.update(actions=[Reward.state.set(state), Reward.version.set(version)])


@pytest.mark.parametrize(("claim", "items"), [(None, 6), (Claim("acme#request#k1", "hash"), 7)])
def test_a_grant_is_one_request_of_so_many_items_of_two_write_units(
    claim: Claim | None, items: int
) -> None:
    longest = Grant("k" * 128, "o" * 64, 10**12, "CNY", "r" * 40, "p" * 32)
    with recorded() as asked:
        standing, _ = grants.grant("o" * 64, longest, NOW, claim)
    assert (asked.names, asked.written) == (["TransactWriteItems"], [items])
    with recorded() as asked:
        grants.reverse("o" * 64, standing.reward_id, "r" * 40, NOW)
    assert (asked.names, asked.written) == (["GetItem", "TransactWriteItems"], [6])
    assert max(item_bytes(item) for item in stored()) <= 1024


def test_every_item_carries_its_schema() -> None:
    grant()
    assert len(stored()) == 6
    assert all(item["schema"] == {"N": "1"} for item in stored())


def test_an_account_shows_each_currency_and_its_newest_entries_first() -> None:
    for number, currency in enumerate(["CNY", "PTS", "CNY", "PTS", "CNY"]):
        given = Grant(f"k{number}", "lin", number + 1, currency, "goodwill")
        grants.grant("acme", given, NOW + timedelta(seconds=number))
    found = accounts.read("acme", "lin", None, 50, None)
    assert found.balances == {"CNY": 9, "PTS": 6}
    assert [int(entry.amount_minor) for entry in found.entries] == [5, 4, 3, 2, 1]
    only = accounts.read("acme", "lin", "PTS", 50, None)
    assert only.balances == {"PTS": 6}
    assert [int(entry.amount_minor) for entry in only.entries] == [4, 2]
    expense = accounts.read("acme", "programme:referral", None, 50, None)
    assert expense.balances == {"CNY": -9, "PTS": -6}
    assert [int(entry.amount_minor) for entry in expense.entries] == [-5, -4, -3, -2, -1]
    assert accounts.read("acme", "nobody", None, 50, None).balances == {}


def pages(account_id: str, currency: str | None, limit: int) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    for _ in range(7):
        page = accounts.read("acme", account_id, currency, limit, cursor)
        assert len(page.entries) <= limit
        found += [entry.transfer_id for entry in page.entries]
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("more pages than entries")


def test_pages_put_together_are_the_whole_list_newest_first() -> None:
    for number in range(6):  # two at a time in the same millisecond
        given = Grant(f"k{number}", "lin", 1, "PTS" if number % 3 else "CNY", "goodwill")
        grants.grant("acme", given, NOW + timedelta(milliseconds=number // 2))
    posted = sorted({(entry.transfer_id, entry.currency) for entry in entries()}, reverse=True)
    for account_id in ("lin", "programme:referral"):
        for currency in (None, "CNY", "PTS"):
            whole = [transfer for transfer, of in posted if currency in {None, of}]
            for limit in (2, 6):
                assert pages(account_id, currency, limit) == whole
    assert len(pages("lin", None, 1)) == 6


def test_an_account_of_one_currency_is_read_in_two_queries() -> None:
    grant()
    with recorded() as asked:
        accounts.read("acme", "lin", None, 50, None)
    assert asked.names == ["Query", "Query"]


_grants = st.builds(
    Grant,
    natural_key=st.sampled_from(["k1", "k2", "k3"]),
    owner_id=st.sampled_from(["lin", "wei"]),
    amount_minor=st.sampled_from([1, 30]),
    currency=st.sampled_from(["CNY", "PTS"]),
    reason=st.just("goodwill"),
)
_steps = st.one_of(_grants, st.sampled_from(["k1", "k2", "k3"]))  # a natural key is reversed


@settings(
    max_examples=20,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(st.lists(_steps, max_size=8))
def test_any_run_of_grants_and_reversals_agrees_with_a_model(steps: list[Grant | str]) -> None:
    with local_aws():  # emptied for each run
        agree_with_a_model(steps)


def agree_with_a_model(steps: list[Grant | str]) -> None:
    granted: dict[str, Grant] = {}
    reversed_: set[str] = set()
    for step in steps:
        if isinstance(step, str):
            try:
                grants.reverse("acme", grants.reward_id_of("acme", "referral", step), "error", NOW)
                reversed_.add(step)
                assert step in granted
            except NotFound:
                assert step not in granted
            continue
        try:
            _, first = grants.grant("acme", step, NOW)
            assert first is (step.natural_key not in granted)
            assert granted.setdefault(step.natural_key, step) == step
        except RewardDiffers:
            assert granted[step.natural_key] != step
    for owner in ("lin", "wei"):
        for currency in ("CNY", "PTS"):
            expected = sum(
                given.amount_minor
                for key, given in granted.items()
                if key not in reversed_ and (given.owner_id, given.currency) == (owner, currency)
            )
            assert balance_of(owner, currency) == expected
    assert_books_balance()


def test_grants_and_reversals_each_sent_twice_leave_exactly_nothing() -> None:
    for number in range(6):
        given = replace(GIVEN, natural_key=f"connected:c{number}", owner_id=f"o{number % 3}")
        for _ in range(2):
            standing = grant(given)
        for _ in range(2):
            grants.reverse("acme", standing.reward_id, "error", NOW)
    assert len(entries()) == 2 * 6 * 2
    assert {balance_of(f"o{number}", "CNY") for number in range(3)} == {0}
    assert balance_of("programme:referral", "CNY") == 0
    assert_books_balance()
