"""What the demo itself did, counted beside Sluice: its statistics must say the same (A8)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.demo.crowd import Joined

SEEN = ("joins", "connections", "losses", "releases", "customers")


@dataclass
class Seat:
    """One assignment, and what became of it."""

    channel_id: str
    code: str
    referrer_id: str
    customer_id: str
    connections: int = 0
    losses: int = 0
    status: str = "reserved"

    def counts(self) -> Counter[str]:
        """Return what it adds to each counter."""
        return Counter(
            joins=1,
            connections=self.connections,
            losses=self.losses,
            releases=int(self.status == "released"),
            customers=int(self.status == "connected"),
        )


@dataclass
class Tally:
    """Every seat that was given, by its id; and the scans of each code."""

    seats: dict[str, Seat] = field(default_factory=dict)
    views: Counter[str] = field(default_factory=Counter)

    def joined(self, joined: Joined, code: str, referrer_id: str) -> None:
        """Note a seat that was given."""
        self.seats[joined.assignment_id] = Seat(
            joined.channel_id, code, referrer_id, joined.customer_id
        )

    def told(self, assignment_id: str, event: str, status: str) -> None:
        """Note a connection or a loss that was applied, and the seat's status after it."""
        seat = self.seats[assignment_id]
        seat.connections += event == "connected"
        seat.losses += event == "lost"
        seat.status = status

    def once_connected(self) -> dict[str, set[str]]:
        """Return the customers of each referrer who were connected, however briefly."""
        found: dict[str, set[str]] = {}
        for seat in self.seats.values():
            if seat.connections:
                found.setdefault(seat.referrer_id, set()).add(seat.customer_id)
        return found

    def recount(self, dimension: str) -> dict[str, dict[str, int]]:
        """Return the rows that the statistics of a dimension must show."""
        names = {"channels": "channel_id", "referrers": "referrer_id", "codes": "code"}
        rows: dict[str, Counter[str]] = {}
        for seat in self.seats.values():
            rows.setdefault(getattr(seat, names[dimension]), Counter()).update(seat.counts())
        return {name: {c: counts[c] for c in SEEN} for name, counts in sorted(rows.items())}
