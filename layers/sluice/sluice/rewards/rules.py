"""Pure rules of the reward ledger: what may be granted, what moves, who owns an account.

Amounts are whole minor units of a currency (ISO 4217 letters, or points: `PTS`).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sluice.shared.fields import CURRENCY, MAX_AMOUNT_MINOR, NAME

DEFAULT_PROGRAMME = "referral"
MAX_NATURAL_KEY = 128

NATURAL_KEY = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$(?!\n)"
PROGRAMME = r"^[a-z][a-z0-9-]{0,31}$(?!\n)"
REASON = r"^[a-z][a-z0-9_-]{0,39}$(?!\n)"
TRANSFER_ID = r"[0-9a-z]{26}"

# Accounts of the organisation itself, such as `programme:referral`, what it spends on referrals.
# They have no floor, and nobody owns them; the prefix is reserved for all of them.
SYSTEM_PREFIX = "programme:"
# One item takes one transaction at a time, so what every grant of a programme writes is spread.
# May grow, never shrink: shards that hold money must be read.
SYSTEM_SHARDS = 16


class State(StrEnum):
    """Where a reward stands."""

    PENDING = "pending"  # granted, in its hold period
    HELD = "held"  # a check wants a person to look at it
    CLEARED = "cleared"  # the owner's own
    PAYABLE = "payable"  # claimed by a payout batch
    PAID = "paid"
    REVERSED = "reversed"


MOVES: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.HELD, State.CLEARED, State.REVERSED}),
    State.HELD: frozenset({State.CLEARED, State.REVERSED}),
    State.CLEARED: frozenset({State.PAYABLE, State.REVERSED}),
    State.PAYABLE: frozenset({State.CLEARED, State.PAID}),
    State.PAID: frozenset({State.REVERSED}),
    State.REVERSED: frozenset(),
}


@dataclass(frozen=True)
class Grant:
    """What a programme asks for; the natural key makes it happen once per programme."""

    natural_key: str
    owner_id: str
    amount_minor: int
    currency: str
    reason: str
    programme: str = DEFAULT_PROGRAMME


@dataclass(frozen=True)
class Standing:
    """A reward as callers and consumers see it."""

    reward_id: str
    programme: str
    natural_key: str
    owner_id: str
    amount_minor: int
    currency: str
    state: State
    granted_at: datetime


@dataclass(frozen=True)
class Transfer:
    """An amount from one account to another, and why; its two entries share its id."""

    transfer_id: str
    debit: str
    credit: str
    amount_minor: int
    currency: str
    kind: str  # grant or reversal
    reason: str
    programme: str
    reward_id: str


@dataclass(frozen=True)
class Leg:
    """One side of a transfer: what it adds to one account, negative where it takes."""

    account_id: str
    shard: int | None
    change_minor: int

    @property
    def has_floor(self) -> bool:
        """Tell whether the account must hold what is taken."""
        return self.change_minor < 0 and not is_system(self.account_id)


def faults(grant: Grant) -> list[tuple[str, str]]:
    """Return what is wrong with a grant, as (field, reason)."""
    found = [
        (name, "not in the expected form")
        for name, pattern in (
            ("natural_key", NATURAL_KEY),
            ("owner_id", NAME),
            ("currency", CURRENCY),
            ("reason", REASON),
            ("programme", PROGRAMME),
        )
        if not re.fullmatch(pattern, getattr(grant, name))
    ]
    if is_system(grant.owner_id):
        found.append(("owner_id", f"{SYSTEM_PREFIX} names the organisation's own accounts"))
    if type(grant.amount_minor) is not int or not 1 <= grant.amount_minor <= MAX_AMOUNT_MINOR:
        found.append(("amount_minor", f"a whole number from 1 to {MAX_AMOUNT_MINOR}"))
    return found


def is_system(account_id: str) -> bool:
    """Tell whether an account is the organisation's own: sharded, and without a floor."""
    return account_id.startswith(SYSTEM_PREFIX)


def expense_account(programme: str) -> str:
    """Return the account that a programme's rewards are paid from."""
    return SYSTEM_PREFIX + programme


def shards_of(account_id: str) -> list[int | None]:
    """Return the shards of an account; an owner's account is one item, which can be guarded."""
    return list(range(SYSTEM_SHARDS)) if is_system(account_id) else [None]


def granting(reward: Standing, reason: str, transfer_id: str) -> Transfer:
    """Return the transfer that gives a reward to its owner."""
    expense = expense_account(reward.programme)
    return _transfer(reward, "grant", reason, transfer_id, debit=expense, credit=reward.owner_id)


def reversing(reward: Standing, reason: str, transfer_id: str) -> Transfer:
    """Return the transfer that takes the whole reward back: the grant with its sides swapped."""
    expense = expense_account(reward.programme)
    return _transfer(reward, "reversal", reason, transfer_id, debit=reward.owner_id, credit=expense)


def legs(transfer: Transfer) -> tuple[Leg, Leg]:
    """Return the two sides of a transfer; their sum is zero."""
    if transfer.debit == transfer.credit:
        raise ValueError("a transfer needs two accounts")
    return (
        _leg(transfer.debit, transfer.transfer_id, -transfer.amount_minor),
        _leg(transfer.credit, transfer.transfer_id, transfer.amount_minor),
    )


def may_move(before: State, after: State) -> bool:
    """Tell whether a reward may go from one state to another."""
    return after in MOVES[before]


def is_reason(reason: str) -> bool:
    """Tell whether `reason` is a reason code."""
    return re.fullmatch(REASON, reason) is not None


def _transfer(
    reward: Standing, kind: str, reason: str, transfer_id: str, *, debit: str, credit: str
) -> Transfer:
    return Transfer(
        transfer_id,
        debit=debit,
        credit=credit,
        amount_minor=reward.amount_minor,
        currency=reward.currency,
        kind=kind,
        reason=reason,
        programme=reward.programme,
        reward_id=reward.reward_id,
    )


def _leg(account_id: str, transfer_id: str, change_minor: int) -> Leg:
    shard = None
    if is_system(account_id):
        digest = hashlib.sha256(transfer_id.encode()).digest()
        shard = int.from_bytes(digest[:4]) % SYSTEM_SHARDS
    return Leg(account_id, shard, change_minor)
