"""Payouts over HTTP: cleared rewards to the bank, its answers, refunds, statements (D5)."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.demo.client import Answer
from tests.support.client import Organization, eventually


def grant(acme: Organization, owner_id: str, *amounts: int) -> list[str]:
    """Grant rewards that are held for a second; return their ids, once they are cleared."""
    settings = {"hold_seconds": 1}
    acme.operator.put(f"{acme.path}/programmes/sales", settings).expect(200)
    granted = []
    for amount_minor in amounts:
        body = {
            "natural_key": f"{owner_id}:{amount_minor}",
            "owner_id": owner_id,
            "amount_minor": amount_minor,
            "currency": "CNY",
            "programme": "sales",
        }
        answer = acme.operator.post(f"{acme.path}/rewards", body).expect(201)
        assert answer.json["state"] == "pending"
        granted.append(str(answer.json["reward_id"]))

    def cleared() -> bool | None:
        acme.deployment.run("ClearRewards")
        return states(acme, owner_id)["pending"] == [] or None

    eventually(f"the rewards of {owner_id} to clear", cleared)
    return granted


def states(acme: Organization, owner_id: str) -> dict[str, list[int]]:
    """Return the amounts of an owner's rewards, by state."""
    found = acme.operator.get(f"{acme.path}/rewards?owner_id={owner_id}").expect(200).json["items"]
    names = ("pending", "cleared", "payable", "paid", "reversed")
    return {
        name: sorted(one["amount_minor"] for one in found if one["state"] == name) for name in names
    }


def pay_out(acme: Organization, **settings: Any) -> dict[str, Any]:
    """Order a batch and wait until its worker has claimed what it takes."""
    body = {"currency": "CNY"} | settings
    ordered = acme.operator.post(f"{acme.path}/payouts", body).expect(202).json
    return come_to(acme, ordered["payout_id"], "ready", "settled")


def come_to(acme: Organization, payout_id: str, *statuses: str) -> dict[str, Any]:
    """Wait until a batch has a status."""

    def look() -> dict[str, Any] | None:
        found = acme.operator.get(f"{acme.path}/payouts/{payout_id}").expect(200).json
        return dict(found) if found["status"] in statuses else None

    return eventually(f"the payout to be {statuses}", look)


def cancel(acme: Organization, payout_id: str) -> Answer:
    return acme.operator.put(f"{acme.path}/payouts/{payout_id}", {"status": "cancelled"})


def settle(acme: Organization, payout_id: str, *results: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"{acme.path}/payouts/{payout_id}/results"
    answer = acme.operator.post(path, {"results": list(results)}).expect(200)
    return list(answer.json["items"])


def sheet(acme: Organization, path: str) -> list[dict[str, str]]:
    body = acme.operator.get(f"{acme.path}{path}").expect(200).body.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body, newline="")))


def held(acme: Organization, owner_id: str) -> dict[str, int]:
    (balance,) = acme.account(owner_id)["balances"]
    return {name: balance.get(name, 0) for name in ("balance_minor", "pending_minor", "owed_minor")}


def test_from_grants_to_the_bank_and_back(acme: Organization) -> None:
    """A minimum, one paid and one failed, tried again; a refund after it was paid is a debt."""
    sold = grant(acme, "lin", 1_200, 34)
    grant(acme, "mei", 500)
    grant(acme, "zhao", 99)
    batch = pay_out(acme, minimum_minor=100)
    payout_id = batch["payout_id"]
    assert batch["open"] == {"rows": 2, "amount_minor": 1_734}
    assert (batch["rewards"], batch["below_minimum"]) == (3, 1)
    lines = sheet(acme, f"/payouts/{payout_id}/rows?format=csv")
    assert [(line["owner_id"], line["amount"]) for line in lines] == [
        ("lin", "12.34"),
        ("mei", "5.00"),
    ]
    refund = {"decision": "reverse", "reason": "refunded"}
    path = f"{acme.path}/rewards/{sold[0]}/decision"
    assert acme.operator.post(path, refund).expect(409).problem == "reward-not-reversible"
    told = settle(
        acme,
        payout_id,
        {"owner_id": "lin", "state": "paid"},
        {"owner_id": "mei", "state": "failed", "reason": "account-closed"},
    )
    assert [one["state"] for one in told] == ["paid", "failed"]
    assert come_to(acme, payout_id, "settled")["paid"] == {"rows": 1, "amount_minor": 1_234}
    assert cancel(acme, payout_id).problem == "payout-cannot"
    again = pay_out(acme, minimum_minor=100)
    assert again["open"] == {"rows": 1, "amount_minor": 500}
    settle(acme, again["payout_id"], {"owner_id": "mei", "state": "paid"})
    assert states(acme, "mei")["paid"] == [500]
    acme.operator.post(path, refund).expect(200)
    assert held(acme, "lin") == {"balance_minor": 0, "pending_minor": 0, "owed_minor": 1_200}
    grant(acme, "lin", 1_500)
    last = pay_out(acme, owner_id="lin")
    assert last["open"] == {"rows": 1, "amount_minor": 300}, "the debt was collected first"
    assert held(acme, "lin") == {"balance_minor": 300, "pending_minor": 0, "owed_minor": 0}
    kinds = [line["kind"] for line in sheet(acme, "/accounts/lin?format=csv&currency=CNY")]
    assert sorted(kinds) == sorted([*["hold", "clearing"] * 3, "payout", "payout", "reversal"])
    assert sheet(acme, "/accounts/lin?format=csv&to=2020-01-01") == []


def test_batches_at_the_same_moment_never_share_a_reward(acme: Organization) -> None:
    """Each reward is in one of four; a cancelled one lets its own go."""
    for owner_id in ("lin", "mei"):
        grant(acme, owner_id, 100, 200)

    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda _: pay_out(acme), range(4)))
    assert sum(batch["amount_minor"] for batch in batches) == 600
    assert sum(batch["rewards"] for batch in batches) == 4
    for batch in batches:
        cancel(acme, batch["payout_id"]).expect(200)
    ended = [come_to(acme, batch["payout_id"], "cancelled") for batch in batches]
    assert sum(batch["released"]["amount_minor"] for batch in ended) == 600
    assert states(acme, "lin")["cleared"] == states(acme, "mei")["cleared"] == [100, 200]
