"""What the ledger must do (spec D5, C5; design 3), apart from the product: plain dicts.

A reward is granted once under its key and reversed once; nobody's account goes below zero;
everything is told again the same way.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

EXPENSE = "programme:"  # the organisation's own accounts, which have no floor


class Asked(NamedTuple):
    """What somebody wants granted."""

    organization: str
    programme: str
    natural_key: str
    owner: str
    amount: int
    currency: str
    reason: str

    @property
    def name(self) -> tuple[str, str, str]:
        """What makes it one reward, whoever asks, however often."""
        return self.organization, self.programme, self.natural_key


class Posted(NamedTuple):
    """An amount from one account to another."""

    organization: str
    source: str
    target: str
    amount: int
    currency: str
    kind: str
    reason: str


class Line(NamedTuple):
    """One side of it, as the account shows it."""

    amount: int
    currency: str
    kind: str
    reason: str


@dataclass
class Ledger:
    """Rewards, transfers in the order they were made, and requests that were answered."""

    rewards: dict[tuple[str, str, str], Asked] = field(default_factory=dict)
    reversed: set[tuple[str, str, str]] = field(default_factory=set)
    transfers: list[Posted] = field(default_factory=list)
    requests: dict[tuple[str, str], tuple[Asked, tuple[str, str, str]]] = field(
        default_factory=dict
    )

    def grant(self, asked: Asked, key: str | None) -> str:
        """Ask for a reward under a request key or none.

        Returns `granted`, `repeated` (nothing new), `differs` (granted otherwise before) or
        `reused` (this request key was for something else).
        """
        request = (asked.organization, key or "")
        if key is not None and request in self.requests:
            return "repeated" if self.requests[request][0] == asked else "reused"
        if asked.name in self.rewards:
            return "repeated" if self.rewards[asked.name] == asked else "differs"
        self.rewards[asked.name] = asked
        if key is not None:
            self.requests[request] = (asked, asked.name)
        source = EXPENSE + asked.programme
        self.transfers.append(
            Posted(
                asked.organization,
                source,
                asked.owner,
                asked.amount,
                asked.currency,
                "grant",
                asked.reason,
            )
        )
        return "granted"

    def reverse(self, name: tuple[str, str, str], reason: str) -> str:
        """Take a reward back: `unknown`, `reversed`, `repeated` or `too-low`."""
        asked = self.rewards.get(name)
        if asked is None:
            return "unknown"
        if name in self.reversed:
            return "repeated"
        if self.balance(asked.organization, asked.owner, asked.currency) < asked.amount:
            return "too-low"
        self.reversed.add(name)
        target = EXPENSE + asked.programme
        self.transfers.append(
            Posted(
                asked.organization,
                asked.owner,
                target,
                asked.amount,
                asked.currency,
                "reversal",
                reason,
            )
        )
        return "reversed"

    def spend(self, posted: Posted) -> bool:
        """Move what an owner holds elsewhere; tells whether they hold it."""
        if self.balance(posted.organization, posted.source, posted.currency) < posted.amount:
            return False
        self.transfers.append(posted)
        return True

    def lines(self, organization: str, account: str) -> list[Line]:
        """Return the entries of an account, the oldest first."""
        found = []
        for posted in self.transfers:
            if posted.organization != organization:
                continue
            rest = (posted.currency, posted.kind, posted.reason)
            if posted.source == account:
                found.append(Line(-posted.amount, *rest))
            if posted.target == account:
                found.append(Line(posted.amount, *rest))
        return found

    def balance(self, organization: str, account: str, currency: str) -> int:
        """Return the sum of an account's entries."""
        lines = self.lines(organization, account)
        return sum(line.amount for line in lines if line.currency == currency)

    def accounts(self) -> dict[tuple[str, str, str], int]:
        """Return every balance by organisation, account and currency."""
        names = {(t.organization, a, t.currency) for t in self.transfers for a in t[1:3]}
        return {name: self.balance(*name) for name in names}
