"""The reward ledger counted again from its items."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from sluice.rewards import rules
from sluice.rewards.tables import Balance, Entry, Reward
from sluice.shared.claims import ClaimItem
from sluice.shared.outbox import OutboxItem
from sluice.shared.table import connection
from tests.support.aws import items_of


def balances() -> dict[tuple[str, str], int]:
    """Return every stored balance by (partition, currency); system accounts are in shards."""
    return {
        (item.account, item.currency): int(item.balance_minor)
        for item in items_of(Balance)
        if isinstance(item, Balance) and item.item.startswith("balance#")
    }


def entries() -> list[Entry]:
    """Return every entry of every account."""
    found = items_of(Entry)
    return [e for e in found if isinstance(e, Entry) and e.item.startswith("entry#")]


def rewards() -> list[Reward]:
    """Return every reward."""
    return [item for item in items_of(Reward) if isinstance(item, Reward)]


def stored() -> list[dict[str, dict[str, Any]]]:
    """Return all that a verb may write, as DynamoDB holds it and in a fixed order."""
    found: list[dict[str, dict[str, Any]]] = []
    for model in (Balance, Reward, ClaimItem, OutboxItem):
        page = connection.scan(model.Meta.table_name)
        assert "LastEvaluatedKey" not in page, "more than one page: too much for this helper"
        found += sorted(page["Items"], key=str)
    return found


def balance_of(account_id: str, currency: str, organization_id: str = "acme") -> int:
    """Return what an account holds, over its shards where it has some."""
    account = f"{organization_id}#{account_id}"
    return sum(
        balance
        for (partition, of), balance in balances().items()
        if of == currency and (partition == account or partition.startswith(f"{account}#"))
    )


def assert_books_balance(spent: Collection[str] = ()) -> None:
    """Assert what holds at every moment: conservation, recount, floors, one transfer each.

    `spent` are the ids of transfers that a test made itself, which are no reward's.
    """
    kept, posted = balances(), entries()
    recounted: Counter[tuple[str, str]] = Counter()
    by_currency: Counter[str] = Counter()
    for entry in posted:
        recounted[entry.account, entry.currency] += int(entry.amount_minor)
        by_currency[entry.currency] += int(entry.amount_minor)
    assert set(by_currency.values()) <= {0}, "the entries of a currency add up to zero"
    assert kept == dict(recounted), "a balance is the sum of its entries"
    for (account, currency), balance in kept.items():
        is_system = account.split("#")[1].startswith(rules.SYSTEM_PREFIX)
        assert is_system or balance >= 0, f"{account} owes {currency}"
    found = {name: sides for name, sides in _transfers(posted).items() if name not in spent}
    assert found == _expected_transfers(), "transfers are those of the rewards"


def _transfers(posted: list[Entry]) -> dict[str, list[tuple[str, str, int]]]:
    found: dict[str, list[tuple[str, str, int]]] = {}
    for entry in posted:
        account = "#".join(entry.account.split("#")[:2])
        side = (account, entry.currency, int(entry.amount_minor))
        found.setdefault(entry.transfer_id, []).append(side)
    return {transfer_id: sorted(sides) for transfer_id, sides in found.items()}


def _expected_transfers() -> dict[str, list[tuple[str, str, int]]]:
    expected: dict[str, list[tuple[str, str, int]]] = {}
    for reward in rewards():
        organization_id, amount = reward.key.split("#")[0], int(reward.amount_minor)
        owner = f"{organization_id}#{reward.owner_id}"
        expense = f"{organization_id}#programme:{reward.programme}"
        for transfer_id, sign in ((reward.transfer_id, 1), (reward.reversal_transfer_id, -1)):
            if transfer_id is not None:
                expected[transfer_id] = sorted(
                    [
                        (owner, reward.currency, sign * amount),
                        (expense, reward.currency, -sign * amount),
                    ]
                )
        assert (reward.reversal_transfer_id is not None) == (reward.state == "reversed")
    return expected


def item_bytes(item: dict[str, dict[str, Any]]) -> int:
    """Return an upper bound of an item's size; a write unit is a KiB of it."""
    return sum(len(name.encode()) + len(str(value).encode()) for name, value in item.items())
