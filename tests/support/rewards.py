"""The reward ledger counted again from its items."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from sluice.rewards import rules
from sluice.rewards.programme_tables import Budget
from sluice.rewards.programme_tables import Counter as Counter_
from sluice.rewards.tables import Balance, Entry, Reward
from sluice.shared.claims import ClaimItem
from sluice.shared.outbox import OutboxItem
from sluice.shared.table import connection
from tests.support.aws import items_of
from tests.support.payouts import assert_payouts_add_up

type Columns = tuple[int, int, int]  # what is held, pending and owed

NONE: Columns = (0, 0, 0)


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
    for model in (Balance, Reward, Budget, ClaimItem, OutboxItem):
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
    kept, posted = columns(), entries()
    recounted: dict[tuple[str, str], Columns] = {}
    for entry in posted:
        at = (entry.account, entry.currency)
        recounted[at] = _sum(recounted.get(at, NONE), _columns_of(entry, entry.amount_minor))
    assert kept == recounted, "a balance is the sum of its entries"
    for currency in {currency for _, currency in kept}:
        own = [columns_ for (_, of), columns_ in kept.items() if of == currency]
        assert sum(posted + owed for posted, _, owed in own) == 0, "nothing is made or lost"
        assert sum(pending for _, pending, _ in own) == 0, "what is pending has two sides"
    for (account, currency), (balance, pending, owed) in kept.items():
        is_system = account.split("#")[1].startswith(rules.SYSTEM_PREFIX)
        assert is_system or (balance >= 0 and pending >= 0), f"{account} owes {currency}"
        assert owed == 0 if is_system else owed <= 0
    _assert_transfers_are_the_rewards([e for e in posted if e.transfer_id not in spent])
    _assert_owners_hold_their_rewards({name[0] for name in _spenders(posted, spent)})
    _assert_counters()
    assert_payouts_add_up(rewards(), posted)


def columns() -> dict[tuple[str, str], Columns]:
    """Return what is held, pending and owed by (partition, currency)."""
    return {
        (item.account, item.currency): _columns_of(item, item.balance_minor)
        for item in items_of(Balance)
        if isinstance(item, Balance) and item.item.startswith("balance#")
    }


def _columns_of(item: Balance | Entry, posted: float) -> Columns:
    return int(posted), int(item.pending_minor or 0), int(item.owed_minor or 0)


def _sum(one: Columns, other: Columns) -> Columns:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _spenders(posted: list[Entry], spent: Collection[str]) -> set[tuple[str, str]]:
    return {(e.account, e.currency) for e in posted if e.transfer_id in spent}


def _assert_owners_hold_their_rewards(spenders: Collection[str]) -> None:
    """What an owner holds, has pending and owes is what their rewards say."""
    expected: dict[tuple[str, str], Columns] = {}
    for reward in rewards():
        at = (f"{reward.key.split('#')[0]}#{reward.owner_id}", reward.currency)
        expected[at] = _sum(expected.get(at, NONE), _kept_of(reward))
    for at, found in columns().items():
        is_owner = not at[0].split("#")[1].startswith(rules.SYSTEM_PREFIX)
        if is_owner and at[0] not in spenders:
            assert found == expected[at], f"{at} holds what its rewards say"


def _kept_of(reward: Reward) -> Columns:
    """Return what an owner has of one reward: held, pending, owed."""
    left = int(reward.amount_minor) - int(reward.reversed_minor or 0)
    assert left >= 0, "no more is taken back than was granted"
    assert (left == 0) == (reward.state == "reversed")
    if reward.payout_transfer_id:
        return 0, 0, left - int(reward.paid_minor)
    if reward.state in {"pending", "held"}:
        return 0, left, 0
    collected = int(reward.collected_minor or 0)
    return left - collected, 0, collected


def _assert_counters() -> None:
    """Budgets and caps say what the rewards took, less what was given back."""
    spent: Counter[tuple[str, str]] = Counter()
    capped: Counter[tuple[str, str]] = Counter()
    summed: Counter[tuple[str, str]] = Counter()
    for reward in rewards():
        counted = reward.counted
        if not counted:
            continue
        left = int(reward.amount_minor) - int(reward.reversed_minor or 0)
        organization_id = reward.key.split("#")[0]
        if counted["budget"]:
            partition = f"{organization_id}#programme#{reward.programme}"
            spent[partition, reward.currency] += left
        for item, count, amount, _ in counted["caps"]:
            person = f"{organization_id}#person#{reward.programme}#{reward.owner_id}"
            capped[person, item] += count if left else 0
            summed[person, item] += left if amount else 0
    for item in items_of(Budget):
        if isinstance(item, Budget) and item.item.startswith("budget#"):
            assert int(item.spent_minor) == spent[item.key, item.currency]
            assert int(item.left_minor) >= 0, "a budget is never exceeded"
    for each in items_of(Counter_):
        if isinstance(each, Counter_) and each.item.startswith("cap#"):
            assert int(each.granted) == capped[each.key, each.item]
            assert int(each.amount_minor) == summed[each.key, each.item]


def _assert_transfers_are_the_rewards(posted: list[Entry]) -> None:
    """Each transfer has two sides that mirror each other, and each reward those it needs."""
    transfers: dict[str, list[Entry]] = {}
    for entry in posted:
        transfers.setdefault(entry.transfer_id, []).append(entry)
    of_rewards: dict[str, list[Entry]] = {}  # the owner's side
    for sides in transfers.values():
        own, other = sorted(sides, key=lambda side: _account(side)[1].startswith("programme:"))
        held, pending, owed = _columns_of(own, own.amount_minor)
        assert _columns_of(other, other.amount_minor) == (-held - owed, -pending, 0)
        account = "_payouts" if own.kind == "payout" else own.programme
        assert _account(other) == [_account(own)[0], f"programme:{account}"]
        assert (own.reward_id, own.currency) == (other.reward_id, other.currency)
        of_rewards.setdefault(f"{_account(own)[0]}#reward#{own.reward_id}", []).append(own)
    found = {reward.key: reward for reward in rewards()}
    assert found.keys() == of_rewards.keys(), "every reward has transfers, and no other has"
    for key, reward in found.items():
        _assert_transfers_of(reward, of_rewards[key])


def _assert_transfers_of(reward: Reward, entries_: list[Entry]) -> None:
    assert {_account(entry)[1] for entry in entries_} == {reward.owner_id}
    moved = {entry.transfer_id: _columns_of(entry, entry.amount_minor) for entry in entries_}
    by_kind: dict[str, list[str]] = {}
    for entry in entries_:
        by_kind.setdefault(entry.kind, []).append(entry.transfer_id)
    waited = bool(reward.clears_at) or bool(reward.reasons)
    assert by_kind.pop("hold" if waited else "grant") == [reward.transfer_id]
    for kind, name in (
        ("clearing", reward.clearing_transfer_id),
        ("payout", reward.payout_transfer_id),
    ):
        assert by_kind.pop(kind, []) == ([name] if name else [])
    taken = {name: sum(moved[name]) for names in by_kind.values() for name in names}
    assert by_kind.keys() <= {"void", "expiry", "reversal"}
    assert all(amount < 0 for amount in taken.values())
    assert -sum(taken.values()) == int(reward.reversed_minor or 0)
    assert (reward.reversal_transfer_id in taken) == (reward.state == "reversed")
    total = NONE
    for columns_ in moved.values():
        total = _sum(total, columns_)
    assert total == _kept_of(reward), "the transfers of a reward add up to what is left of it"


def _account(entry: Entry) -> list[str]:
    return list(entry.account.split("#")[:2])


def item_bytes(item: dict[str, dict[str, Any]]) -> int:
    """Return an upper bound of an item's size; a write unit is a KiB of it."""
    values = [(name, value) for name, typed in item.items() for value in typed.values()]
    return sum(len(name.encode()) + len(str(value).encode()) for name, value in values)
