"""Payout batches: brought on as their events would, and counted again from their rows."""

from collections import Counter

from sluice.rewards.payout_tables import Payout, PayoutRow
from sluice.rewards.rules import transfers
from sluice.rewards.rules.payouts import Status
from sluice.rewards.store import claiming, items, payouts
from sluice.rewards.tables import Entry, Reward
from tests.support.aws import items_of

FOREVER = float("inf")


def bring_on(payout_id: str, until: float = FOREVER, organization_id: str = "acme") -> int:
    """Work slice by slice until the batch stands still; return how many slices it took."""
    for number in range(100):
        payout = payouts.load_payout(organization_id, payout_id)
        if payout.status in {Status.READY, Status.CANCELLED}:
            return number
        claiming.work(organization_id, payout_id, int(payout.slice), until)
    raise AssertionError("the batch does not come to an end")


def batches() -> list[Payout]:
    """Return every batch."""
    found = items_of(Payout)
    return [b for b in found if isinstance(b, Payout) and b.item.startswith("batch#")]


def rows() -> list[PayoutRow]:
    """Return every row of every batch."""
    found = items_of(PayoutRow)
    return [r for r in found if isinstance(r, PayoutRow) and r.item.startswith("row#")]


def assert_payouts_add_up(rewards: list[Reward], entries: list[Entry]) -> None:
    """Assert that a batch's sums are those of its rows, and a row's that of its rewards."""
    by_key = {reward.key: reward for reward in rewards}
    paid = {entry.transfer_id: abs(int(entry.amount_minor)) for entry in entries}
    sums: Counter[tuple[str, str]] = Counter()
    claimed: Counter[str] = Counter()
    for row in rows():
        organization_id, payout_id = row.key.split("#")[0], row.payout_id
        own = [by_key[items.key_of(organization_id, each)] for each in row.reward_ids]
        amount = int(row.amount_minor)
        assert {(one.owner_id, one.currency) for one in own} == {(row.owner_id, row.currency)}
        if row.state == "claimed":
            assert {(one.state, one.payout_id) for one in own} == {("payable", payout_id)}
            assert amount == sum(transfers.due_of(items.standing_of(one)) for one in own)
            claimed.update(one.key for one in own)
        elif row.state == "paid":
            assert amount == sum(paid[one.payout_transfer_id] for one in own)
        sums[payout_id, "rewards"] += len(own)
        for name in ("", f"{row.state}_"):
            sums[payout_id, f"{name}rows"] += 1
            sums[payout_id, f"{name}minor"] += amount
    assert max(claimed.values(), default=1) == 1, "a reward is in one row"
    known = {batch.payout_id for batch in batches()}
    payable = {one.key for one in rewards if one.state == "payable" and one.payout_id in known}
    assert payable == set(claimed), "what is payable is in a claimed row"
    for batch in batches():
        of = batch.payout_id
        for name in ("rewards", "rows", *_SUMS):
            assert int(getattr(batch, name)) == sums[of, name], f"{name} of a batch"
        assert int(batch.amount_minor) == sums[of, "minor"]


_SUMS = [
    f"{state}_{what}" for state in ("paid", "failed", "released") for what in ("rows", "minor")
]
