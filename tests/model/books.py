"""What rewards must do under settings, on hold and in payouts, apart from the product (D5, C5).

Plain dicts and whole numbers, in the order in which things were asked for.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNDECIDED = ("pending", "held")

type Account = tuple[str, str]  # owner, currency


class Limit(NamedTuple):
    """What a person may get in a period of days, or ever."""

    days: int | None
    most: int | None
    currency: str | None
    amount: int | None


class Terms(NamedTuple):
    """A programme's settings, as far as they are used here."""

    budget: tuple[tuple[str, int | None], ...] = ()
    limits: tuple[Limit, ...] = ()
    hold: int = 0
    review: int | None = None
    blacklist: bool = False
    window: tuple[int, int] | None = None  # seconds, and how many rewards in them
    is_open: bool = True


class Wanted(NamedTuple):
    """A reward that somebody wants granted."""

    key: str
    owner: str
    amount: int
    currency: str


@dataclass
class Reward:
    """What became of it."""

    wanted: Wanted
    state: str
    clears: datetime | None
    review: datetime | None
    places: list[tuple[str, str, int | None, int]]  # under which limits it counts
    in_budget: bool
    collected: int = 0
    reversed: int = 0
    paid: int = 0
    decision: str = ""

    @property
    def left(self) -> int:
        """What was not taken back."""
        return self.wanted.amount - self.reversed


@dataclass
class Books:
    """One programme's rewards, and what their owners hold, have pending and owe."""

    terms: Terms = field(default_factory=Terms)
    named: dict[str, int | None] = field(default_factory=dict)  # currencies that are counted
    rewards: dict[str, Reward] = field(default_factory=dict)
    held: Counter[Account] = field(default_factory=Counter)
    pending: Counter[Account] = field(default_factory=Counter)
    debt: Counter[Account] = field(default_factory=Counter)
    speed: Counter[tuple[str, int, int]] = field(default_factory=Counter)

    def settle(self, terms: Terms) -> None:
        """Take new settings; a currency once named stays counted."""
        self.terms = terms
        self.named = dict.fromkeys(self.named) | dict(terms.budget)

    def spent(self, currency: str) -> int:
        """Return what was granted of a budget, less what came back."""
        return sum(
            each.left
            for each in self.rewards.values()
            if each.in_budget and each.wanted.currency == currency
        )

    def grant(self, asked: list[Wanted], now: datetime) -> str:
        """Grant all or none: `granted`, `repeated` (of one) or what refuses."""
        known = [self.rewards[each.key] for each in asked if each.key in self.rewards]
        if len(asked) == 1 and known and known[0].wanted == asked[0]:
            return "repeated"
        refused = self._refused(asked, now, is_known=bool(known))
        for each in asked if refused is None else ():
            self._grant(each, now)
        return refused or "granted"

    def _refused(self, asked: list[Wanted], now: datetime, *, is_known: bool) -> str | None:
        if not self.terms.is_open:
            return "programme-closed"
        if any(not self._fits(each, alone=True, now=now) for each in asked):
            return "cap-reached"
        if is_known:
            return "reward-differs"
        for currency in {each.currency for each in asked}:
            limit = self.named.get(currency)
            more = sum(each.amount for each in asked if each.currency == currency)
            if limit is not None and self.spent(currency) + more > limit:
                return "budget-exhausted"
        fits = all(self._fits(each, alone=False, now=now) for each in asked)
        return None if fits else "cap-reached"

    def _grant(self, wanted: Wanted, now: datetime) -> None:
        terms = self.terms
        is_held = terms.blacklist
        if terms.window is not None:
            seconds, most = terms.window
            at = (wanted.owner, seconds, int(now.timestamp()) // seconds)
            is_held = is_held or self.speed[at] >= most
            self.speed[at] += 1
        state = "held" if is_held else "pending" if terms.hold else "cleared"
        reward = Reward(
            wanted,
            state,
            now + timedelta(seconds=terms.hold) if terms.hold else None,
            now + timedelta(seconds=terms.review) if is_held and terms.review else None,
            self._places(wanted, now),
            wanted.currency in self.named,
        )
        self.rewards[wanted.key] = reward
        if state == "cleared":
            owner = (wanted.owner, wanted.currency)
            self._give(reward, min(wanted.amount, self.debt[owner]))
        else:
            self.pending[wanted.owner, wanted.currency] += wanted.amount

    def _places(self, wanted: Wanted, now: datetime) -> list[tuple[str, str, int | None, int]]:
        return [
            (
                wanted.owner,
                limit.currency or "",
                limit.days,
                (now - EPOCH).days // limit.days if limit.days else 0,
            )
            for limit in self.terms.limits
            if limit.currency in {None, wanted.currency}
        ]

    def _fits(self, wanted: Wanted, now: datetime, *, alone: bool) -> bool:
        for limit in self.terms.limits:
            if limit.currency not in {None, wanted.currency}:
                continue
            (place,) = (
                p for p in self._places(wanted, now) if p[1:3] == (limit.currency or "", limit.days)
            )
            others = [r for r in self.rewards.values() if place in r.places and not alone]
            count = sum(each.left > 0 for each in others) + 1
            if limit.most is not None and count > limit.most:
                return False
            amount = sum(each.left for each in others) + wanted.amount
            if limit.amount is not None and amount > limit.amount:
                return False
        return True

    def _give(self, reward: Reward, collected: int) -> None:
        owner = (reward.wanted.owner, reward.wanted.currency)
        reward.state, reward.collected = "cleared", collected
        self.debt[owner] -= collected
        self.held[owner] += reward.left - collected

    def due(self, now: datetime) -> tuple[list[Reward], list[Reward]]:
        """Return what clears now, and what nobody reviewed in time."""
        every = self.rewards.values()
        return (
            [r for r in every if r.state == "pending" and r.clears and r.clears <= now],
            [r for r in every if r.state == "held" and r.review and r.review <= now],
        )

    def clear(self, reward: Reward, collected: int) -> None:
        """Make a reward its owner's own, less what of their debt it pays."""
        self.pending[reward.wanted.owner, reward.wanted.currency] -= reward.left
        self._give(reward, collected)

    def approve(self, key: str, now: datetime) -> str:
        """Let a held reward go on."""
        reward = self.rewards[key]
        if reward.state != "held":
            return "repeated" if reward.decision == "approve" else "reward-not-held"
        reward.decision = "approve"
        if reward.clears is None or reward.clears <= now:
            owner = (reward.wanted.owner, reward.wanted.currency)
            self.clear(reward, min(reward.left, self.debt[owner]))
        else:
            reward.state = "pending"
        return "approved"

    def reject(self, key: str) -> str:
        """Void a held reward."""
        reward = self.rewards[key]
        if reward.state == "reversed":
            return "repeated"
        if reward.state != "held":
            return "reward-not-held"
        self.refund([(key, Fraction(1), False)])
        reward.decision = "reject"
        return "reversed"

    def refund(self, asked: list[tuple[str, Fraction, bool]]) -> str:
        """Take back what is refunded by now of each, all or none."""
        changes = []
        for key, part, is_up in asked:
            reward = self.rewards[key]
            share = (ceil if is_up else floor)(reward.wanted.amount * part)
            if share > reward.reversed:
                changes.append((reward, share - reward.reversed))
        if any(reward.state == "payable" for reward, _ in changes):
            return "reward-not-reversible"
        for reward, amount in changes:
            self._take(reward, amount)
        return "reversed" if changes else "repeated"

    def _take(self, reward: Reward, amount: int) -> None:
        owner = (reward.wanted.owner, reward.wanted.currency)
        if reward.state in UNDECIDED:
            self.pending[owner] -= amount
        elif reward.state == "paid":
            self.debt[owner] += amount
        else:
            own = min(amount, reward.left - reward.collected)
            self.held[owner] -= own
            self.debt[owner] += amount - own
            reward.collected -= amount - own
        reward.reversed += amount
        if not reward.left:
            reward.state = "reversed"

    def move(self, key: str, step: str) -> bool:
        """Claim, release or pay a reward; tell whether it was where that begins."""
        reward = self.rewards[key]
        before, after = {
            "claim": ("cleared", "payable"),
            "release": ("payable", "cleared"),
            "pay": ("payable", "paid"),
        }[step]
        if reward.state != before:
            return False
        reward.state = after
        if step == "pay":
            reward.paid = reward.left - reward.collected
            self.held[reward.wanted.owner, reward.wanted.currency] -= reward.paid
        return True
