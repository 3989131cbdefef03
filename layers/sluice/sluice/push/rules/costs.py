"""What a push cost (E6), in micro-units: 1,000,000 are one major unit of the currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sluice.push.rules.judging import RECEIPT_LEVELS, Level
from sluice.push.rules.strategies import Price


class Told(NamedTuple):
    """A price that a receipt told. Of several the greatest stands, in whatever order they come.

    That is the one of the highest level, and of two at that level the higher amount.
    """

    level: int
    amount_micros: int
    currency: str


def told(status: str, price: Price) -> Told:
    """Return what a receipt's price counts by: the status it came with, not what it proved."""
    return Told(RECEIPT_LEVELS.get(status, Level.BEGUN), price.amount_micros, price.currency)


@dataclass(frozen=True)
class Cost:
    """The price of one attempt: estimated at the send, corrected by its receipt."""

    amount_micros: int
    currency: str
    waste: bool = False


@dataclass(frozen=True)
class Total:
    """The sum in one currency; `waste_micros` is the part that earned nothing."""

    currency: str
    amount_micros: int
    waste_micros: int


def totals(costs: Iterable[Cost]) -> list[Total]:
    """Return the sums by currency, in the currencies' order."""
    sums: dict[str, tuple[int, int]] = {}
    for cost in costs:
        amount, waste = sums.get(cost.currency, (0, 0))
        wasted = cost.amount_micros if cost.waste else 0
        sums[cost.currency] = amount + cost.amount_micros, waste + wasted
    return [Total(currency, *sums[currency]) for currency in sorted(sums)]
