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

type Columns = tuple[int, int, int]  # what is held, pending and owed
type Side = tuple[str, str, int, int, int]

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
    found = {name: sides for name, sides in _transfers(posted).items() if name not in spent}
    assert found == _expected_transfers(), "transfers are those of the rewards"
    _assert_owners_hold_their_rewards({name[0] for name in _spenders(posted, spent)})
    _assert_counters()


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
        organization_id, amount = reward.key.split("#")[0], int(reward.amount_minor)
        collected = int(reward.collected_minor or 0)
        at = (f"{organization_id}#{reward.owner_id}", reward.currency)
        if reward.state in {"pending", "held"}:
            change = (0, amount, 0)
        elif reward.state == "reversed":
            change = (0, 0, collected - amount if reward.payout_transfer_id else 0)
        else:
            held = 0 if reward.state == "paid" else amount - collected
            change = (held, 0, collected)
        expected[at] = _sum(expected.get(at, NONE), change)
    for at, found in columns().items():
        is_owner = not at[0].split("#")[1].startswith(rules.SYSTEM_PREFIX)
        if is_owner and at[0] not in spenders:
            assert found == expected[at], f"{at} holds what its rewards say"


def _assert_counters() -> None:
    """Budgets and caps say what the rewards took, less what was given back."""
    spent: Counter[tuple[str, str]] = Counter()
    capped: Counter[tuple[str, str]] = Counter()
    for reward in rewards():
        counted = reward.counted
        if not counted or reward.state == "reversed":
            continue
        organization_id = reward.key.split("#")[0]
        if counted["budget"]:
            partition = f"{organization_id}#programme#{reward.programme}"
            spent[partition, reward.currency] += int(reward.amount_minor)
        for item, count, _, _ in counted["caps"]:
            person = f"{organization_id}#person#{reward.programme}#{reward.owner_id}"
            capped[person, item] += count
    for item in items_of(Budget):
        if isinstance(item, Budget) and item.item.startswith("budget#"):
            assert int(item.spent_minor) == spent[item.key, item.currency]
            assert int(item.left_minor) >= 0, "a budget is never exceeded"
    for each in items_of(Counter_):
        if isinstance(each, Counter_) and each.item.startswith("cap#"):
            assert int(each.granted) == capped[each.key, each.item]


def _transfers(posted: list[Entry]) -> dict[str, list[Side]]:
    found: dict[str, list[Side]] = {}
    for entry in posted:
        account = "#".join(entry.account.split("#")[:2])
        side = (account, entry.currency, *_columns_of(entry, entry.amount_minor))
        found.setdefault(entry.transfer_id, []).append(side)
    return {transfer_id: sorted(sides) for transfer_id, sides in found.items()}


def _expected_transfers() -> dict[str, list[Side]]:
    expected: dict[str, list[Side]] = {}
    for reward in rewards():
        organization_id, amount = reward.key.split("#")[0], int(reward.amount_minor)
        expense = f"{organization_id}#programme:{reward.programme}"
        payouts = f"{organization_id}#programme:_payouts"
        for transfer_id, other, owners, others in _moves(reward, amount):
            account = payouts if other == "payouts" else expense
            expected[transfer_id] = sorted(
                [
                    (f"{organization_id}#{reward.owner_id}", reward.currency, *owners),
                    (account, reward.currency, *others),
                ]
            )
        assert (reward.reversal_transfer_id is not None) == (reward.state == "reversed")
    return expected


def _moves(reward: Reward, amount: int) -> list[tuple[str, str, Columns, Columns]]:
    """Return a reward's transfers: id, the other side, and what each side gets."""
    collected = int(reward.collected_minor or 0)
    net = amount - collected
    waited = bool(reward.clears_at) or bool(reward.reasons)
    is_cleared = not waited or bool(reward.clearing_transfer_id)
    found: list[tuple[str, str, Columns, Columns]] = []
    if waited:
        found.append((reward.transfer_id, "expense", (0, amount, 0), (0, -amount, 0)))
        if reward.clearing_transfer_id:
            gets: Columns = (net, -amount, collected)
            found.append((reward.clearing_transfer_id, "expense", gets, (-amount, amount, 0)))
    else:
        found.append((reward.transfer_id, "expense", (net, 0, collected), (-amount, 0, 0)))
    if reward.payout_transfer_id:
        found.append((reward.payout_transfer_id, "payouts", (-net, 0, 0), (net, 0, 0)))
    if reward.reversal_transfer_id:
        back: tuple[Columns, Columns] = ((-net, 0, -collected), (amount, 0, 0))
        if reward.payout_transfer_id:
            back = ((0, 0, -amount), (amount, 0, 0))
        elif not is_cleared:
            back = ((0, -amount, 0), (0, amount, 0))
        found.append((reward.reversal_transfer_id, "expense", *back))
    return found


def item_bytes(item: dict[str, dict[str, Any]]) -> int:
    """Return an upper bound of an item's size; a write unit is a KiB of it."""
    return sum(len(name.encode()) + len(str(value).encode()) for name, value in item.items())
