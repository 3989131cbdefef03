"""What is refunded of a payment, and what each side gives back of its share (D5).

By formula on the shares as they were paid and on all that is refunded by now, so that any number of
refunds in any order, each told of twice, ends at exactly zero.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

REFUND, CHARGEBACK = "refund", "chargeback"


@dataclass(frozen=True)
class Refunds:
    """What was told of refunds of one payment so far, in any order.

    `parts_minor` adds up single refunds, `total_minor` is the highest sum that was named, and the
    higher of the two holds; `is_whole` where a refund of all was told of.
    """

    parts_minor: int = 0
    total_minor: int = 0
    is_whole: bool = False

    def refunded(self, amount_minor: int) -> int:
        """Return what of a payment is refunded: never more than was paid."""
        told = max(self.parts_minor, self.total_minor)
        return amount_minor if self.is_whole else min(told, amount_minor)


@dataclass(frozen=True)
class Refund:
    """A refund: one part, or what is refunded in all by now; with neither the whole payment."""

    amount_minor: int | None = None
    total_minor: int | None = None


class Share(NamedTuple):
    """What is to be taken back of a share: `refunded / base` of it."""

    refunded_minor: int
    base_minor: int
    rounds_up: bool


def with_refund(refunds: Refunds, refund: Refund) -> Refunds:
    """Return what is told of refunds with one more of them."""
    if refund.total_minor is not None:
        return replace(refunds, total_minor=max(refunds.total_minor, refund.total_minor))
    if refund.amount_minor is not None:
        return replace(refunds, parts_minor=refunds.parts_minor + refund.amount_minor)
    return replace(refunds, is_whole=True)


def shares(amount_minor: int, platform_minor: int, refunded_minor: int) -> dict[str, Share]:
    """Return what each side gives back, by side; together exactly what is refunded.

    In two steps, as the ledger rounds: the platform's part of the payment, rounded down; of the
    rest the promoter's rounded down and the merchant's rounded up.
    """
    fee = platform_minor * refunded_minor // amount_minor
    rest, base = refunded_minor - fee, amount_minor - platform_minor
    return {
        "platform": Share(refunded_minor, amount_minor, rounds_up=False),
        "promoter": Share(rest, max(base, 1), rounds_up=False),
        "merchant": Share(rest, max(base, 1), rounds_up=True),
    }
