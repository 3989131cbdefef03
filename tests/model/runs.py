"""How the machines are run: a seeded sample in `make test`, 120 each in `make proof`."""

import contextlib
import os
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from sluice.codes.store import pool
from sluice.shared import memory
from sluice.shared.table import Table
from tests.faults.world import World, images, new_world
from tests.support import summary

# One seed for all that is drawn in a run: tests/faults has the same.
SEED = os.environ.get("FAULTS_SEED") or os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
SAMPLE, FULL = 4, 120  # examples
STEPS = 25  # of an example
BOTH = (Phase.generate, Phase.shrink)

type Note = Callable[[str, object], None]


class Machine(RuleBasedStateMachine):
    """A world of its own for each example; the same draws whenever an example is tried again."""

    steps = 0  # of all examples

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        self.world: World = self._stack.enter_context(new_world())
        patch = self.patch = self._stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(random, "_urandom", random.Random(SEED).randbytes)
        patch.setattr(pool, "time", self)
        patch.setattr(memory, "time", self)
        patch.setattr(Table, "scan", classmethod(_scan))

    def monotonic(self) -> float:
        """Return the world's time: what functions remember ages with it."""
        return self.world.now.timestamp()

    def check_end(self) -> None:
        """Assert what holds when everything was delivered."""

    def teardown(self) -> None:
        """End the example; where a step has failed already, that is what is told."""
        with self._stack:
            if sys.exception() is None:
                self.world.drain()
                self.check_end()


def _scan(model: Any) -> Iterator[Table]:
    """Read a table past botocore: a machine reads all of them after every step."""
    return (model.from_raw_data(item) for item in images(model.Meta.table_name).values())


def run(
    machine: type[Machine], examples: int, note: Note, phases: tuple[Phase, ...] = BOTH
) -> None:
    """Run a machine; a failure prints the fewest steps found that lead to it."""
    print(f"FAULTS_SEED={SEED}")
    machine.steps = 0
    settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=phases,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(hypothesis.seed(SEED)(machine), settings=settings)
    finally:
        note(summary.SEED, SEED)
        note(summary.STEPS, machine.steps)
