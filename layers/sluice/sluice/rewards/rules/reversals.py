"""What is taken back of a reward when what it is a share of is refunded, in part or whole (D5).

By formula on the stored amount and all that is refunded by then, never by adding up parts: so the
last refund ends at exactly zero, whatever the number and the order of those before it.
"""

from dataclasses import dataclass, replace

from sluice.rewards.rules import Standing, State


@dataclass(frozen=True)
class Reversal:
    """A reward, and what is refunded by now, in all, of what it is a share of: whole, if not said.

    Of two rewards that share a payment one `rounds_up`: then both together are what is refunded.
    """

    reward_id: str
    refunded_minor: int = 1
    base_minor: int = 1
    rounds_up: bool = False


def faults(reversal: Reversal) -> list[tuple[str, str]]:
    """Return what is wrong with a reversal, as (field, reason)."""
    found = []
    if reversal.base_minor < 1:
        found.append(("base_minor", "at least 1"))
    if not 0 <= reversal.refunded_minor <= reversal.base_minor:
        found.append(("refunded_minor", "from 0 to base_minor"))
    return found


def share_of(amount_minor: int, reversal: Reversal) -> int:
    """Return what of an amount is to be taken back in all, rounded down unless it rounds up."""
    share, rest = divmod(amount_minor * reversal.refunded_minor, reversal.base_minor)
    return share + (1 if rest and reversal.rounds_up else 0)


def taken_back(before: Standing, reversal: Reversal) -> Standing:
    """Return how a reward stands afterwards; as before where so much was taken back already.

    What is cleared goes back from what the owner holds of it first, then from what their debt had
    taken of it, which is owed again.
    """
    reversed_minor = share_of(before.amount_minor, reversal)
    if reversed_minor <= before.reversed_minor:
        return before
    after = replace(before, reversed_minor=reversed_minor)
    if before.state is not State.PAID:
        collected_minor = min(before.collected_minor, after.left_minor)
        after = replace(after, collected_minor=collected_minor)
    return after if after.left_minor else replace(after, state=State.REVERSED)
