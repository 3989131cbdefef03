"""Pure rules of the reward ledger: what may be granted, its states, who owns an account.

Amounts are whole minor units of a currency (ISO 4217 letters, or points: `PTS`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sluice.shared.fields import CURRENCY, MAX_AMOUNT_MINOR, NAME

DEFAULT_PROGRAMME = "referral"
NATURAL_KEY = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$(?!\n)"
PROGRAMME = r"^[a-z][a-z0-9-]{0,31}$(?!\n)"
REASON = r"^[a-z][a-z0-9_-]{0,39}$(?!\n)"
TRANSFER_ID = r"[0-9a-z]{26}"

# Accounts of the organisation itself, such as `programme:referral`, what it spends on referrals.
# They have no floor, and nobody owns them; the prefix is reserved for all of them.
SYSTEM_PREFIX = "programme:"
# What was paid out; no programme's name begins with an underscore.
PAYOUT_ACCOUNT = f"{SYSTEM_PREFIX}_payouts"
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


UNCLEARED = frozenset({State.PENDING, State.HELD})  # granted, and not the owner's own yet


MOVES: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.CLEARED, State.REVERSED}),
    State.HELD: frozenset({State.PENDING, State.CLEARED, State.REVERSED}),
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
    clears_at: datetime | None = None  # the end of its hold period, where it has one
    reasons: tuple[str, ...] = ()  # why it was held for a person to look at
    collected_minor: int = 0  # what of it went to the owner's debt
    reversed_minor: int = 0  # what of it was taken back

    @property
    def left_minor(self) -> int:
        """Return what was not taken back."""
        return self.amount_minor - self.reversed_minor


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


def may_move(before: State, after: State) -> bool:
    """Tell whether a reward may go from one state to another."""
    return after in MOVES[before]


def is_reason(reason: str) -> bool:
    """Tell whether `reason` is a reason code."""
    return re.fullmatch(REASON, reason) is not None
