"""Rewards over HTTP and by events: once each, in a ledger that sums to zero (A8)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.client import Organization, eventually


def balance(account: dict[str, Any]) -> int:
    return int(sum(found["balance_minor"] for found in account["balances"]))


def rewarded(acme: Organization, owner_id: str, entries: int) -> dict[str, Any]:
    """Wait for a number of entries, and let streams and events come to rest."""
    eventually(
        f"{entries} rewards of {owner_id}",
        lambda: len(acme.account(owner_id)["entries"]) >= entries or None,
    )
    acme.deployment.rest()
    return acme.account(owner_id)


def grant(natural_key: str = "order:1", **changed: Any) -> dict[str, Any]:
    return {
        "natural_key": natural_key,
        "owner_id": "lin",
        "amount_minor": 700,
        "currency": "CNY",
        "reason": "bonus",
    } | changed


def test_a_referrer_is_rewarded_once_for_each_connected_customer(acme: Organization) -> None:
    """Whatever order the callbacks take: connected twice, lost before, lost and back again."""
    acme.put_member("lin")
    acme.put_channel("a")
    code, now = acme.issue("lin"), datetime.now(UTC)
    steady, hasty, fickle, silent = (acme.seat(code) for _ in range(4))
    for _ in range(2):
        acme.tell(steady, at=now)
    acme.tell(hasty, "lost", at=now)
    acme.tell(hasty, "connected", at=now - timedelta(seconds=1))
    for seconds, event in enumerate(("connected", "lost", "connected")):
        acme.tell(fickle, event, at=now + timedelta(seconds=seconds))
    account = rewarded(acme, "lin", 3)
    assert balance(account) == 3 * 500
    assert len({entry["reward_id"] for entry in account["entries"]}) == 3
    assert balance(account) + balance(acme.account("programme:referral")) == 0
    assert silent["status"] == "reserved"


def test_a_connection_is_paid_by_the_reward_of_its_time_and_not_later(acme: Organization) -> None:
    """While the organisation promises nothing, nothing is granted, and nothing afterwards."""
    acme.put_member("lin")
    acme.put_channel("a")
    code = acme.issue("lin")
    acme.operator.put(acme.path, {"name": "No rewards"}).expect(200)
    unpaid = acme.seat(code)
    acme.tell(unpaid)
    eventually("the connection", lambda: acme.statistics("referrers") or None)
    acme.deployment.rest()
    reward = {"amount_minor": 300, "currency": "CNY"}
    acme.operator.put(acme.path, {"name": "Some", "referral_reward": reward}).expect(200)
    acme.tell(unpaid)  # told again: no news
    acme.tell(acme.seat(code))
    assert balance(rewarded(acme, "lin", 1)) == 300


def test_a_reward_asked_for_by_many_at_once_is_granted_once(acme: Organization) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: acme.post_event("rewards", "reward.grant.v1", grant()), range(8))
        )
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer.json["reward_id"] for answer in answers}) == 1
    assert balance(acme.account("lin")) == 700
    assert balance(acme.account("programme:referral")) == -700


def test_a_key_that_was_rewarded_differently_is_refused(acme: Organization) -> None:
    acme.post_event("rewards", "reward.grant.v1", grant()).expect(201)
    other = acme.post_event("rewards", "reward.grant.v1", grant(amount_minor=701))
    assert (other.status, other.problem) == (409, "reward-differs")
    replayed = acme.post_event("rewards", "reward.grant.v1", grant("order:2"), "msg-1")
    assert replayed.status == 201
    reused = acme.post_event("rewards", "reward.grant.v1", grant("order:3"), "msg-1")
    assert (reused.status, reused.problem) == (422, "idempotency-key-reused")
    assert balance(acme.account("lin")) == 1400


def test_staff_grant_and_members_read_their_own_account_only(acme: Organization) -> None:
    acme.put_member("lin", login=True)
    path = f"{acme.path}/rewards"
    key = {"Idempotency-Key": "once"}
    first, again = [acme.operator.post(path, grant(), key) for _ in range(2)]
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    lin = acme.members["lin"]
    assert lin.get(f"{acme.path}/accounts/lin").expect(200).json == acme.account("lin")
    assert lin.get(f"{acme.path}/accounts/zhao").problem == "forbidden"
    assert lin.get(f"{acme.path}/accounts/programme:referral").problem == "forbidden"
    assert lin.post(path, grant("order:9")).problem == "forbidden"
