"""What moves between accounts: double entry, at once or in two phases."""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum

from sluice.rewards import rules
from sluice.rewards.rules import PAYOUT_ACCOUNT, UNCLEARED, Standing, State


class Phase(StrEnum):
    """What a transfer does with its amount: two phases, or both at once."""

    POST = "post"  # moved at once
    PEND = "pend"  # announced: it counts as pending on both sides
    CLEAR = "clear"  # what was pending is moved
    VOID = "void"  # what was pending is not


@dataclass(frozen=True)
class Transfer:
    """An amount from one account to another, and why; its two entries share its id.

    `owed_minor` of it goes to what the owner owes instead of to what they hold, or comes from it.
    """

    transfer_id: str
    debit: str
    credit: str
    amount_minor: int
    currency: str
    kind: str  # such as grant or reversal
    reason: str
    programme: str
    reward_id: str
    phase: Phase = Phase.POST
    owed_minor: int = 0


@dataclass(frozen=True)
class Leg:
    """One side of a transfer: what it adds to one account, negative where it takes."""

    account_id: str
    shard: int | None
    change_minor: int
    pending_minor: int = 0
    owed_minor: int = 0  # an account's sum of these is never above zero: it is the owner's debt

    @property
    def has_floor(self) -> bool:
        """Tell whether the account must hold what is taken."""
        return self.change_minor < 0 and not rules.is_system(self.account_id)

    @property
    def is_credit(self) -> bool:
        """Tell whether an owner gets something: what they owe is collected from it."""
        gets = self.change_minor + self.owed_minor > 0
        return gets and not rules.is_system(self.account_id)

    def __add__(self, other: "Leg") -> "Leg":
        """Return both changes of the same account as one."""
        return replace(
            self,
            change_minor=self.change_minor + other.change_minor,
            pending_minor=self.pending_minor + other.pending_minor,
            owed_minor=self.owed_minor + other.owed_minor,
        )


def granting(reward: Standing, reason: str, transfer_id: str) -> Transfer:
    """Return the transfer that gives a reward to its owner: at once, or pending."""
    if reward.state in UNCLEARED:
        return _from_expense(reward, "hold", reason, transfer_id, Phase.PEND)
    return _from_expense(reward, "grant", reason, transfer_id, Phase.POST)


def clearing(reward: Standing, transfer_id: str) -> Transfer:
    """Return the transfer that makes a pending reward the owner's own."""
    return _from_expense(reward, "clearing", "hold-period-over", transfer_id, Phase.CLEAR)


def reversing(
    before: Standing, after: Standing, reason: str, transfer_id: str, kind: str = "reversal"
) -> Transfer:
    """Return the transfer that takes back what `after` has lost, from where it is in its state.

    What is pending is voided. What is cleared goes back as it came: what of the owner's debt it
    had paid is owed again. What is paid is owed as a whole.
    """
    amount_minor = after.reversed_minor - before.reversed_minor
    if before.state in UNCLEARED:
        kind = "void" if kind == "reversal" else kind
        voided = replace(before, amount_minor=amount_minor, reversed_minor=0)
        return _from_expense(voided, kind, reason, transfer_id, Phase.VOID)
    is_paid = before.state is State.PAID
    return _transfer(
        before,
        kind,
        reason,
        transfer_id,
        (before.owner_id, rules.expense_account(before.programme)),
        amount_minor=amount_minor,
        owed_minor=amount_minor if is_paid else before.collected_minor - after.collected_minor,
    )


def paying(reward: Standing, transfer_id: str) -> Transfer:
    """Return the transfer that pays a reward out: what of it the owner holds."""
    sides = (reward.owner_id, PAYOUT_ACCOUNT)
    return _transfer(reward, "payout", "paid-out", transfer_id, sides, amount_minor=due_of(reward))


def due_of(reward: Standing) -> int:
    """Return what a payout pays of a reward: what neither went to a debt nor was taken back."""
    return reward.left_minor - reward.collected_minor


def collected_of(amount_minor: int, owed_minor: int) -> int:
    """Return what of an amount goes to a debt."""
    return min(amount_minor, owed_minor)


def legs(transfer: Transfer, spread_by: str = "") -> tuple[Leg, Leg]:
    """Return the two sides of a transfer; each of their sums is zero, posted and owed together.

    Transfers that share `spread_by` take the same shard of a system account.
    """
    if transfer.debit == transfer.credit:
        raise ValueError("a transfer needs two accounts")
    spread_by = spread_by or transfer.transfer_id
    return (
        _leg(transfer, transfer.debit, spread_by, -1),
        _leg(transfer, transfer.credit, spread_by, 1),
    )


def _from_expense(
    reward: Standing, kind: str, reason: str, transfer_id: str, phase: Phase
) -> Transfer:
    sides = (rules.expense_account(reward.programme), reward.owner_id)
    moved = reward.collected_minor if phase in {Phase.POST, Phase.CLEAR} else 0
    return _transfer(
        *(reward, kind, reason, transfer_id, sides),
        amount_minor=reward.left_minor,
        phase=phase,
        owed_minor=moved,
    )


def _transfer(
    reward: Standing,
    kind: str,
    reason: str,
    transfer_id: str,
    sides: tuple[str, str],
    *,
    amount_minor: int,
    phase: Phase = Phase.POST,
    owed_minor: int = 0,
) -> Transfer:
    debit, credit = sides
    return Transfer(
        transfer_id,
        debit=debit,
        credit=credit,
        amount_minor=amount_minor,
        currency=reward.currency,
        kind=kind,
        reason=reason,
        programme=reward.programme,
        reward_id=reward.reward_id,
        phase=phase,
        owed_minor=owed_minor,
    )


def _leg(transfer: Transfer, account_id: str, spread_by: str, sign: int) -> Leg:
    shard, owed_minor = None, transfer.owed_minor
    if rules.is_system(account_id):
        digest = hashlib.sha256(spread_by.encode()).digest()
        shard, owed_minor = int.from_bytes(digest[:4]) % rules.SYSTEM_SHARDS, 0
    posted = sign if transfer.phase in {Phase.POST, Phase.CLEAR} else 0
    pending = {Phase.PEND: sign, Phase.CLEAR: -sign, Phase.VOID: -sign}.get(transfer.phase, 0)
    return Leg(
        account_id,
        shard,
        posted * (transfer.amount_minor - owed_minor),
        pending * transfer.amount_minor,
        posted * owed_minor,
    )
