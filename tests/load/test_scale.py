"""The simulation of docs/scale.md beside AWS's own engine, in the small (A5).

DynamoDB Local answers no conflicts and is one process, so what is compared is what the join makes
of full channels and of its memory: how many writes were refused, and who got a seat.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import pytest
from greenlet import getcurrent

from infra.scale import setup as scale
from infra.scale.aws import Environment
from infra.scale.joins import join, replaced
from infra.scale.run import Run
from infra.scale.setup import Setup
from sluice.codes.refusals import NoRoom
from sluice.codes.rules import tallies
from sluice.codes.tables import SeatItem
from tests.load.clients import PROCESSES, at_once
from tests.support.aws import items_of
from tests.support.codes import CODE, check_counters, issue_code, open_channel

pytestmark = pytest.mark.proof
CHANNELS, CAP, CUSTOMERS, CLIENTS = 10, 20, 300, 32
SEATS = CHANNELS * CAP
CLOSED = Setup("crowd", 1, 1, CHANNELS, CAP, partitions=40, in_flight=0.0)


def _simulated(call_seconds: float, seed: int) -> tuple[int, Counter[str]]:
    """Let processes of threads do the same, where a call takes so long; refusals and ends."""
    run = Run(replace(CLOSED, seed=seed))
    ends: Counter[str] = Counter()

    def client(process: Environment, names: list[str]) -> Callable[[], None]:
        def work() -> None:
            getcurrent().environment = process
            while names:
                try:
                    join(run.world, names.pop(), None)
                    ends["seated"] += 1
                except NoRoom:
                    ends["no room"] += 1

        return work

    names = [f"v{n}" for n in range(CUSTOMERS)]
    processes = [(Environment(), names[n::PROCESSES]) for n in range(PROCESSES)]
    for n in range(CLIENTS):
        run.engine.spawn(0.0, client(*processes[n % PROCESSES]))
    with (
        replaced(run.world),
        patch.object(scale, "TRANSACTION_SECONDS", call_seconds),
        patch.object(scale, "READ_SECONDS", call_seconds),
    ):
        run.engine.run()
    assert max(run.world.held.values()) == CAP
    return run.world.misses + run.world.late_hints, ends


def test_the_simulation_is_refused_about_as_often_as_the_engine_refuses() -> None:
    for n in range(CHANNELS):
        open_channel(f"c{n}", cap=CAP)
    issue_code()
    outcome = at_once("join", [(f"v{n}", CODE) for n in range(CUSTOMERS)], CLIENTS)
    statuses = Counter(status for status, _ in outcome.answers)
    assert statuses == {201: SEATS, 409: CUSTOMERS - SEATS}
    items = [item for item in items_of(SeatItem) if isinstance(item, SeatItem)]
    assert set(tallies.held([item.seat for item in items]).values()) == {CAP}
    check_counters()

    pace = outcome.seconds * CLIENTS / outcome.met["requests"]
    simulated = [_simulated(pace, seed) for seed in range(5)]
    assert all(ends == {"seated": SEATS, "no room": CUSTOMERS - SEATS} for _, ends in simulated)
    refused = sorted(count for count, _ in simulated)
    real = outcome.met["refused"]
    print(f"\n{outcome}; a call took {pace:.3f} s; simulated: {refused} refused, really {real}")
    assert refused[0] / 2 <= real <= refused[-1] * 2
