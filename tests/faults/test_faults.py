"""Every writing operation under a fault at every AWS call it makes, and its caller trying again.

The calls are recorded, not listed. After each fault all invariants hold, at once and at rest, and
what is stored in the end is what is stored without the fault.
"""

import os
import random
from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.faults.injection import Fault
from tests.faults.operations import Operation, every_case
from tests.faults.points import points, story, try_point
from tests.support import summary

# The workers of one run must draw the same.
SEED = os.environ.get("FAULTS_SEED") or os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
CASES = 12  # in `make test`, a point of each
SAMPLE = [
    pytest.param(operation, id=name, marks=pytest.mark.xdist_group(name))
    for name, operation in random.Random(SEED).sample(sorted(every_case().items()), CASES)
]


def assert_proves_something(operation: Operation) -> None:
    """A case that writes nothing is an answer to nobody knows what, unless it says so."""
    told = story(operation.name)
    assert told.calls, f"{operation.name} calls nothing: it would prove nothing"
    assert bool(told.done) == operation.writes, f"{operation.name}: writes={operation.writes}?"


@pytest.mark.parametrize("operation", SAMPLE)
def test_a_sample_of_faults_changes_nothing_in_the_end(
    operation: Operation, record_property: Callable[[str, object], None]
) -> None:
    """Repeat a sample with FAULTS_SEED."""
    print(f"FAULTS_SEED={SEED}")
    assert_proves_something(operation)
    every = [
        (position, fault)
        for fault in Fault
        if fault not in operation.known
        for position in points(operation, fault)
    ]
    draw = random.Random(f"{SEED} {operation.name}")
    wrong = try_point(operation, *draw.choice(every))
    record_property(summary.POINTS, 1)
    record_property(summary.SEED, SEED)
    assert not wrong, wrong


def _each_fault() -> list[object]:
    found: list[object] = []
    for name, operation in every_case().items():
        together = pytest.mark.xdist_group(name)  # a worker knows its story
        for fault in Fault:
            reason = operation.known.get(fault)
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            marks.append(together)
            found.append(pytest.param(operation, fault, id=f"{name} {fault.name}", marks=marks))
    return found


@pytest.mark.proof
@pytest.mark.parametrize(("operation", "fault"), _each_fault())
def test_no_fault_changes_anything_in_the_end(
    operation: Operation, fault: Fault, record_property: Callable[[str, object], None]
) -> None:
    assert_proves_something(operation)
    positions = list(points(operation, fault))
    wrong = [try_point(operation, position, fault) for position in positions]
    record_property(summary.POINTS, len(positions))
    assert not any(wrong), "\n".join(filter(None, wrong))
