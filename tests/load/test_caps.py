"""Caps under many processes, on AWS's own engine (A5, A6).

The embedded AWS is one Python process and moto's server lets conditions race: neither proves
this. `make proof` runs it.
"""

import contextlib
import multiprocessing
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import batched
from typing import Any

import pytest
from pynamodb.exceptions import PynamoDBException

from infra.local.dynamodb_local import dynamodb_local
from sluice.codes.rules import seats as rules
from sluice.codes.store import channels
from sluice.codes.tables import Channel, SeatItem
from sluice.shared.table import connection
from tests.load import crowd
from tests.support.aws import all_models, items_of
from tests.support.codes import check_counters, issue_code, open_channel
from tests.support.staff import found_organization

pytestmark = pytest.mark.proof
PROCESSES = 8
ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB"


@pytest.fixture(autouse=True)
def _dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with dynamodb_local() as endpoint:
        monkeypatch.setenv(ENDPOINT, endpoint)
        monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "CRITICAL")
        connection._client = None
        for name in {model.Meta.table_name: model for model in all_models()}.values():
            name.create_table(billing_mode="PAY_PER_REQUEST")
        found_organization()
        yield
        connection._client = None


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
            time.sleep(0.2)  # the engine is one process: leave it to the crowd

    def _look(self) -> None:
        for some in batched(self._keys, 100, strict=False):
            for channel in Channel.batch_get(list(some), consistent_read=True):
                if channel.held > channel.cap:
                    self.over.append((channel.channel_id, channel.held, channel.cap))

    def stop(self) -> None:
        self._stop_now.set()
        self.join(10)


def in_processes(
    work: Callable[[Sequence[str]], dict[str, Any]], visitors: Sequence[str]
) -> list[dict[str, Any]]:
    """Split the visitors over processes, 8 at a time in each."""
    assert os.environ[ENDPOINT]
    shares = [visitors[n::PROCESSES] for n in range(PROCESSES)]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as processes:
        return list(processes.map(work, shares, timeout=900))


def test_five_thousand_seats_go_to_five_thousand_of_eight_thousand_customers() -> None:
    """64 clients, 100 channels of 50: each seat given once, no channel over its cap (A5)."""
    names = [f"c{n:03}" for n in range(100)]
    for name in names:
        open_channel(name, cap=50)
    issue_code()
    watch = Watch(names)
    watch.start()
    started = time.perf_counter()
    results = in_processes(crowd.join_all, [f"v{n}" for n in range(8_000)])
    seconds = time.perf_counter() - started
    watch.stop()
    statuses: Counter[int] = sum((r["statuses"] for r in results), Counter())
    seats = {v: seat for r in results for v, seat in r["seats"].items()}
    print(
        f"\n{dict(statuses)} in {seconds:.0f} s, {8_000 / seconds:.0f} joins/s, {watch.looks} looks"
    )
    assert watch.looks
    assert watch.over == []
    assert statuses == {201: 5_000, 409: 3_000}
    assert len({seat["assignment_id"] for seat in seats.values()}) == 5_000
    items = [item for item in items_of(SeatItem) if isinstance(item, SeatItem)]
    assert len({item.customer for item in items}) == len(items) == 5_000
    assert set(rules.held([item.seat for item in items]).values()) == {50}
    check_counters()


def test_seats_taken_again_by_many_at_once_leak_nothing() -> None:
    """Expired, released, lost and moved seats, with channels closing and a cap lowered (A6)."""
    names = [f"c{n}" for n in range(6)]
    for name in names:
        open_channel(name, cap=8)
    issue_code()
    meddling = threading.Thread(target=_meddle, args=(names,), daemon=True)
    meddling.start()
    results = in_processes(crowd.churn, [f"v{n}" for n in range(120)])
    meddling.join(60)
    statuses: Counter[int] = sum((r["statuses"] for r in results), Counter())
    print(f"\n{dict(statuses)}")
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
    in_processes(crowd.join_all, [f"v{n}" for n in range(600)])
    thread.join(30)
    assert int(channels.read_channel("acme", "a").held) == max(60, lowered[0])
    check_counters()
