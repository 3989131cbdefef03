"""Cold starts: fresh processes in turn, each round one of the floor and one of each function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from infra.bench.world import World
from infra.local.instance import ROOT

ROUNDS, MORE_ROUNDS = 3, 4  # of all functions, then of those with a goal of their own
REPAIRS = "push/repair_waits"
NAMED = ("codes/assign_channel", "codes/handle_scan", "codes/issue_code")


@dataclass
class Starts:
    """CPU milliseconds of a function's starts: init, first event, second event."""

    init: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    @property
    def cold(self) -> list[float]:
        """What somebody waits for: init and first event."""
        return [a + b for a, b in zip(self.init, self.first, strict=True)]

    @property
    def first_to_second(self) -> float:
        """How much the first call costs over the second."""
        return median(self.first) / median(self.second)


@dataclass
class Cold:
    """All starts, and the floor R."""

    floor: list[float]
    starts: dict[str, Starts]


def functions() -> list[str]:
    """Return every function's folder below functions/."""
    found = (ROOT / "functions").glob("*/*/handler.py")
    return sorted(str(path.parent.relative_to(ROOT / "functions")) for path in found)


def measure(
    world: World,
    more: Sequence[str] = NAMED,
    *,
    rounds: int = ROUNDS + MORE_ROUNDS,
    rounds_of_all: int = ROUNDS,
) -> Cold:
    """Start everything, interleaved; after some rounds only `more` of it."""
    cold = Cold([], defaultdict(Starts))
    _start(world, REPAIRS, 0, Starts())  # works off the pushes that counting units has left
    for i in range(rounds):
        cold.floor.append(_floor(world))
        for name in functions() if i < rounds_of_all else more:
            _start(world, name, i, cold.starts[name])
    return cold


def _floor(world: World) -> float:
    spent: float = world.start("floor.py", world.variables["CODES_TABLE"])
    return spent


def _start(world: World, name: str, i: int, starts: Starts) -> None:
    events = world.home / "events" / f"{name.rsplit('/', 1)[1]}.json"
    told = world.start("start.py", str(events), str(2 * i), function=name)
    init, first, second = told["milliseconds"]
    starts.init.append(init)
    starts.first.append(first)
    starts.second.append(second)
    starts.answers = [str(answer) for answer in told["answers"]]
