"""What pushes cost and brought (E6): what a stored item adds to the figures of its strategy.

Each item counts by itself and by what it says alone, never by another. A change therefore adds
what the item counts for after it, less what it counted for before: whatever the order in which
changes come, their sum is what a recount of the items finds.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sluice.push.rules.chain import Status
from sluice.push.rules.courtesy import By
from sluice.push.rules.strategies import Channel
from sluice.shared import counts as shared

TOTAL = "total"  # in the place of a day: in all
HOLD_OUT = "hold_out"  # why a push of the hold-out group is withheld
# Why a push was withheld from a user who is not held out.
REASONS = (By.CONSENT, By.SUPPRESSED, By.ADDRESS, By.FREQUENCY, By.EXPIRED, By.ERASED)
WITHHELD_BY = {reason.value: f"withheld_{reason}" for reason in REASONS}
OF_STRATEGY = (
    *("pushes", "reached", "unreached", "cancelled", "withheld", "held_out"),
    *WITHHELD_BY.values(),
    *("treated", "treated_converted", "untreated", "untreated_converted"),
)
OF_CHANNEL = ("sent", "reached", "failed")
OF_MONEY = ("cost_micros", "waste_micros", "saved_micros")
COUNTERS = tuple(dict.fromkeys((*OF_STRATEGY, *OF_CHANNEL, *OF_MONEY)))
_ENDS = {
    Status.REACHED: "reached",
    Status.UNREACHED: "unreached",
    Status.CANCELLED: "cancelled",
}


class Place(NamedTuple):
    """What an item is counted for: a version of a strategy, and the day its push was started."""

    strategy_id: str
    version: int
    day: str


class Row(NamedTuple):
    """One row of figures: of the strategy, of a channel in it, or of a currency spent there."""

    place: Place
    channel: str = ""
    currency: str = ""


class Leg(NamedTuple):
    """A channel of a push and the strategy's price for it, at its place in the order."""

    channel: str
    amount_micros: int
    currency: str


Count = shared.Count[Row]
type Counts = Counter[Count]
NOTHING: Counts = Counter()


@dataclass(frozen=True)
class PushFacts:
    """A push as it is counted."""

    place: Place
    legs: Sequence[Leg]
    status: str
    position: int  # of the latest attempt; -1 before the first
    reached_position: int | None = None
    withheld_by: str | None = None


@dataclass(frozen=True)
class AttemptFacts:
    """An attempt as it is counted."""

    place: Place
    channel: str
    amount_micros: int
    currency: str
    sent_at: datetime | None = None
    deferred: bool = False  # begun, and to be sent later
    failed: bool = False
    waste: bool = False


@dataclass(frozen=True)
class WindowFacts:
    """A conversion window as it is counted; `converted` is None until it is closed."""

    place: Place
    held_out: bool
    converted: bool | None = None


def legs_of(channels: Sequence[Channel]) -> tuple[Leg, ...]:
    """Return a strategy's channels as a push keeps them."""
    return tuple(Leg(c.channel, c.price.amount_micros, c.price.currency) for c in channels)


def of_push(push: PushFacts) -> Counts:
    """Return what a push counts for: its end and why, the channel with the credit, what was saved.

    Saved is the strategy's price of each channel that a reached push never began.
    """
    own = Row(push.place)
    counts: Counts = Counter({Count(own, "pushes"): 1})
    if push.withheld_by == HOLD_OUT:
        counts[Count(own, "held_out")] = 1
    elif push.withheld_by is not None:
        counts[Count(own, "withheld")] = 1
        if counter := WITHHELD_BY.get(push.withheld_by):
            counts[Count(own, counter)] = 1
    for status, counter in _ENDS.items():
        if push.status == status:
            counts[Count(own, counter)] = 1
    if push.status == Status.REACHED and push.reached_position is not None:
        credited = push.legs[push.reached_position]
        counts[Count(Row(push.place, credited.channel), "reached")] += 1
        for leg in push.legs[push.position + 1 :]:
            counts[Count(_money(push.place, leg), "saved_micros")] += leg.amount_micros
    return _counted(counts)


def of_attempt(attempt: AttemptFacts) -> Counts:
    """Return what an attempt counts for: whether it left, whether it failed, what it cost.

    What nobody knows counts as sent. What surely was not sent has cost nothing.
    """
    of_channel = Row(attempt.place, attempt.channel)
    counts: Counts = Counter()
    if attempt.failed:
        counts[Count(of_channel, "failed")] = 1
    if is_sent(attempt):
        money = Row(attempt.place, attempt.channel, attempt.currency)
        counts[Count(of_channel, "sent")] = 1
        counts[Count(money, "cost_micros")] = attempt.amount_micros
        if attempt.waste:
            counts[Count(money, "waste_micros")] = attempt.amount_micros
    return _counted(counts)


def is_sent(attempt: AttemptFacts) -> bool:
    """Tell whether a message has left, or may have."""
    if attempt.sent_at is not None:
        return True
    return not attempt.failed and not attempt.deferred


def of_window(window: WindowFacts) -> Counts:
    """Return what a conversion window counts for, once it is closed: its user, in their group."""
    group = "untreated" if window.held_out else "treated"
    own = Row(window.place)
    counts: Counts = Counter()
    if window.converted is not None:
        counts[Count(own, group)] = 1
        counts[Count(own, f"{group}_converted")] = int(window.converted)
    return _counted(counts)


def change(old: Counts | None, new: Counts) -> Counts:
    """Return what a change of an item adds to each counter, on its day and in all."""
    counts: Counts = Counter(new)
    counts.subtract(old or Counter())
    return Counter(dict(_with_totals(counts)))


def _with_totals(counts: Counts) -> Iterator[tuple[Count, int]]:
    """A push's items are all of one strategy, version and day, so no total meets another."""
    for count, number in counts.items():
        if number:
            place = count.row.place._replace(day=TOTAL)
            yield count, number
            yield Count(count.row._replace(place=place), count.counter), number


def _money(place: Place, leg: Leg) -> Row:
    return Row(place, leg.channel, leg.currency)


def _counted(counts: Counts) -> Counts:
    return Counter({count: number for count, number in counts.items() if number})
