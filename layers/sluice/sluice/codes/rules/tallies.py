"""What seats make channels count (A5): places held, and joins of a day."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sluice.codes.rules.seats import Seat

type Seats = Sequence[Seat | None]


def held(seats: Iterable[Seat | None]) -> Counter[str]:
    """Count the places that each channel holds for these: reserved and connected.

    One customer takes one place of a channel, also where two of their seats were merged.
    """
    counts: Counter[str] = Counter()
    for seat in seats:
        assignments = seat.assignments if seat else ()
        counts.update({a.channel_id for a in assignments if a.status in {"reserved", "connected"}})
    return counts


def day_changes(before: Seats, after: Seats) -> Counter[tuple[str, str]]:
    """Count what a change adds to the days of channels: of joins all but those released unused.

    An assignment that no seat keeps any more stays counted: nobody gave its place back.
    """
    kept = {a.assignment_id for seat in after if seat for a in seat.assignments}
    changes = _days(after, kept)
    changes.subtract(_days(before, kept))
    return changes


def _days(seats: Seats, kept: set[str]) -> Counter[tuple[str, str]]:
    return Counter(
        (a.channel_id, a.reserved_day)
        for seat in seats
        if seat
        for a in seat.assignments
        if a.status != "released" and a.assignment_id in kept
    )
