"""A case run without a fault, and run again with one at one of its calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.faults.dump import Dump, differences
from tests.faults.injection import Fault
from tests.faults.operations import Operation, every_case
from tests.faults.world import new_world
from tests.support.invariants import check_invariants, check_rest


@dataclass(frozen=True)
class Story:
    """What a case does without a fault: its calls, those that changed something, and the end."""

    calls: tuple[str, ...]
    done: tuple[str, ...]
    state: Dump


@cache
def story(name: str) -> Story:
    """Run a case without a fault."""
    return _run(every_case()[name])


@cache
def unsure_story(name: str) -> Story:
    """Run a case where the provider, in place of saying no, does not answer."""
    return _run(every_case()[name], unsure=True)


def act(operation: Operation) -> None:
    """Run a case without a fault, and look at nothing: for who watches what it calls."""
    with new_world() as world:
        call = operation.prepare(world)
        world.restart()
        call()
        world.settle()


def points(operation: Operation, fault: Fault) -> Iterator[int]:
    """Yield the positions of the calls that a fault can strike."""
    for position, call in enumerate(story(operation.name).calls):
        if fault.fits(call):
            yield position


def try_point(operation: Operation, position: int, fault: Fault) -> str:
    """Run a case with a fault; return what is wrong afterwards, or nothing."""
    expected = story(operation.name)
    where = f"{operation.name}, call {position} ({expected.calls[position]}) {fault}"
    try:
        found = _run(operation, (position, fault))
    except AssertionError as error:
        return f"{where}: {str(error).splitlines()[0] if str(error) else 'an invariant'}"
    wrong = differences(expected.state, found.state)
    if wrong and operation.forgets(position, fault):
        wrong = differences(unsure_story(operation.name).state, found.state)
    return "\n  ".join([f"{where}:", *wrong]) if wrong else ""


def _run(
    operation: Operation, point: tuple[int, Fault] | None = None, *, unsure: bool = False
) -> Story:
    with new_world() as world:
        call = operation.prepare(world)
        if unsure:
            world.leave_unsure()
        world.restart()
        with world.injection.arm(*(point or (None, None))):
            call()
        check_invariants()
        world.settle()
        check_rest()
        calls, done = tuple(world.injection.calls), tuple(world.injection.done)
        return Story(calls, done, operation.state(world))
