"""The stream of seats as the statistics take it, for tests that need what follows from seats."""

from sluice.codes.rules import counts
from sluice.codes.rules.seats import Seat
from sluice.codes.store import pool, statistics
from sluice.codes.tables import SeatItem
from sluice.shared.claims import hash_of
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW


class SeatStream:
    """Remembers what it has delivered."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[int, Seat]] = {}

    def catch_up(self) -> None:
        """Count every change since the last time; some seconds pass, and functions forget."""
        for item in items_of(SeatItem):
            assert isinstance(item, SeatItem)
            key, version = (item.customer, item.scope), int(item.version)
            before, old = self._seen.get(key, (0, None))
            if version == before:
                continue
            self._seen[key] = version, item.seat
            change = counts.of_seat_change(old, item.seat, "Asia/Shanghai")
            name = hash_of(*key, str(version))
            statistics.count(ORGANIZATION, {name: change}, NOW)
        pool.forget()
