"""Caps under many clients, on AWS's own engine (A5, A6).

The embedded AWS is one Python process and moto's server lets conditions race: neither proves
this. `make proof` runs it.
"""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from itertools import batched

import pytest
from pynamodb.exceptions import PynamoDBException

from sluice.codes.rules import tallies
from sluice.codes.store import channels
from sluice.codes.tables import Channel, SeatItem
from tests.load.clients import at_once
from tests.support.aws import items_of
from tests.support.codes import CODE, check_counters, issue_code, open_channel
from tests.support.invariants import check_invariants

pytestmark = pytest.mark.proof
CHANNELS, CAP, CUSTOMERS = 50, 12, 1_000


class Watch(threading.Thread):
    """Reads every channel over and over, and notes any that is over its cap."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self._keys = [f"acme#{name}" for name in names]
        self._stop_now = threading.Event()
        self.over: list[tuple[str, float, float]] = []
        self.looks = 0

    def run(self) -> None:
        while not self._stop_now.is_set():
            with contextlib.suppress(PynamoDBException):  # a busy engine: look again
                self._look()
                self.looks += 1
            time.sleep(0.5)  # the engine is one process: leave it to the crowd

    def _look(self) -> None:
        for some in batched(self._keys, 100, strict=False):
            for channel in Channel.batch_get(list(some), consistent_read=True):
                if channel.held > channel.cap:
                    self.over.append((channel.channel_id, channel.held, channel.cap))

    def stop(self) -> None:
        self._stop_now.set()
        self.join(10)


@pytest.mark.parametrize("clients", [64, 256])
def test_each_seat_is_given_once_to_a_crowd_that_is_larger_than_the_pool(clients: int) -> None:
    """50 channels of 12: 600 of 1,000 customers get a seat, no channel over its cap (A5)."""
    names = [f"c{n:03}" for n in range(CHANNELS)]
    for name in names:
        open_channel(name, cap=CAP)
    issue_code()
    watch = Watch(names)
    watch.start()
    outcome = at_once("join", [(f"v{n}", CODE) for n in range(CUSTOMERS)], clients)
    watch.stop()
    statuses = Counter(status for status, _ in outcome.answers)
    print(f"\n{clients} clients: {outcome}; {dict(statuses)}; {watch.looks} looks")
    assert watch.looks
    assert watch.over == []
    assert statuses == {201: CHANNELS * CAP, 409: CUSTOMERS - CHANNELS * CAP}
    given = {seat["assignment_id"] for status, seat in outcome.answers if status == 201}
    assert len(given) == CHANNELS * CAP
    items = [item for item in items_of(SeatItem) if isinstance(item, SeatItem)]
    assert len({item.customer for item in items}) == len(items) == CHANNELS * CAP
    assert set(tallies.held([item.seat for item in items]).values()) == {CAP}
    check_invariants()


def test_seats_taken_again_by_many_at_once_leak_nothing() -> None:
    """Expired, released, lost and moved seats, with channels closing and a cap lowered (A6)."""
    names = [f"c{n}" for n in range(6)]
    for name in names:
        open_channel(name, cap=8)
    issue_code()
    meddling = threading.Thread(target=_meddle, args=(names,), daemon=True)
    meddling.start()
    outcome = at_once("live", [f"v{n}" for n in range(120)], 64)
    meddling.join(60)
    statuses = Counter(status for statuses in outcome.answers for status in statuses)
    print(f"\n{outcome}; {dict(statuses)}")
    assert set(statuses) <= {200, 201, 409}
    assert statuses[201] > 50
    check_counters()
    customers = Counter(i.customer for i in items_of(SeatItem) if isinstance(i, SeatItem))
    assert set(customers.values()) == {1}


def _meddle(names: Sequence[str]) -> None:
    for n in range(20):
        name = names[n % len(names)]
        open_channel(name, cap=3 + n % 6, status="closed" if n % 4 == 0 else "open")
        if n % 5 == 0:
            channels.remove_channel("acme", names[-1])
        time.sleep(0.2)


def test_a_cap_lowered_in_the_middle_is_kept_from_the_next_write_on() -> None:
    open_channel("a", cap=400)
    issue_code()
    lowered: list[int] = []

    def lower() -> None:
        while int(channels.read_channel("acme", "a").held) < 50:
            time.sleep(0.01)
        lowered.append(int(open_channel("a", cap=60).held))

    thread = threading.Thread(target=lower, daemon=True)
    thread.start()
    outcome = at_once("join", [(f"v{n}", CODE) for n in range(600)], 64)
    thread.join(30)
    print(f"\n{outcome}; lowered when it held {lowered[0]}")
    assert int(channels.read_channel("acme", "a").held) == max(60, lowered[0])
    check_counters()
