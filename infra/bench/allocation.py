"""A child: a rush on a pool, simulated with the real join on tables of paper.

`joining.join`, its rule and its pool are the product's own; the store under them is replaced: a
write to a channel less than 8 ms after another conflicts, a channel over its cap refuses. Joins
are taken one after the other in the order they arrive. Arguments: the result's file.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from statistics import fmean, pstdev
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from sluice.codes.refusals import ChannelFull, NoRoom
from sluice.codes.rules.choice import Candidate, Rule
from sluice.codes.rules.places import NOWHERE
from sluice.codes.rules.seats import Seat
from sluice.codes.rules.shifts import When
from sluice.codes.store import expiry, joining, pool, reserving, seats
from sluice.codes.store.pool import Pool
from sluice.codes.store.seats import Found, Slot
from sluice.codes.tables import Channel, Code
from sluice.shared import guard, memory
from sluice.shared.errors import Contention

CHANNELS, CAP = 50, 200
RATES = (50, 500)  # joins a second: 1 and 10 for each channel
JOINS_OF_A_FUNCTION = 20  # a second: what one warm function serves
CONFLICT_SECONDS, REQUEST_SECONDS = 0.008, 0.010
RUSH_SECONDS = 2  # that goes on after the last seat
WINDOWS = {"50": (0.45, 0.5), "90": (0.85, 0.9), "99": (0.98, 0.99), "99.9": (0.998, 0.999)}
SEED = 7
WHEN = When(datetime(2026, 3, 5, 8, tzinfo=UTC), UTC)
CODE = cast("Code", SimpleNamespace(organization_id="acme", code="CODE", referrer_id=None))


class Paper:
    """The tables, the clock and the functions' memories."""

    def __init__(self, functions: int) -> None:
        self.now = 0.0
        self.function = 0
        self.held: Counter[str] = Counter()
        self.full: set[str] = set()
        self.last: dict[str, float] = {}
        self.writes: list[tuple[float, str]] = []
        self.reads = self.conflicts = 0
        self._pools: list[tuple[float, Pool | None]] = [(0.0, None)] * functions

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now

    def pause(self, attempt: int, *, last: bool = False) -> None:
        """Wait as guard.pause does."""
        if last:
            raise Contention
        self.now += random.uniform(0, guard.BACKOFF_SECONDS * 2**attempt)  # noqa: S311

    def pool(self, _: str, *, fresh: bool = False) -> Pool:
        """Give what this function remembers of the channels."""
        until, kept = self._pools[self.function]
        if kept is None or fresh or self.now >= until:
            kept = Pool([self._candidate(f"c{i}") for i in range(CHANNELS)])
            self._pools[self.function] = (self.now + pool.CHANNELS_SECONDS, kept)
        return kept

    def _candidate(self, name: str) -> Candidate:
        full = name in self.full
        return Candidate(name, "contact", name, "sandbox", "sandbox", name, open=True, full=full)

    def reserve(self, _join: object, _found: object, new: Seat, *_with: object) -> None:
        """Give a seat, or refuse it."""
        name = new.current.channel_id
        self._write(name)
        if self.held[name] >= CAP:
            refusal = ChannelFull()
            refusal.current = SimpleNamespace(channel_id=name, status="open", held=CAP, cap=CAP)
            raise refusal
        self.held[name] += 1

    def _write(self, name: str) -> None:
        self.writes.append((self.now, name))
        since = self.now - self.last.get(name, -1.0)
        self.last[name] = self.now
        self.now += REQUEST_SECONDS
        if since < CONFLICT_SECONDS:
            self.conflicts += 1
            raise Contention

    def mark_full(self, channel: Channel, _today: str) -> None:
        """Leave the hint for other functions."""
        if channel.channel_id not in self.full:
            self.writes.append((self.now, channel.channel_id))
            self.full.add(channel.channel_id)

    def read_all(self, slots: Sequence[Slot]) -> list[Found]:
        """Find no seat: every customer here is new."""
        self.reads += 1
        return [Found(slot, None, 0) for slot in slots]

    def take_back(self, *_: Any) -> int:
        """Find nothing expired."""
        self.reads += 1
        return 0


def rush(rate: int) -> dict[str, Any]:
    """Fill the pool at this many joins a second."""
    random.seed(SEED)
    functions = max(1, rate // JOINS_OF_A_FUNCTION)
    paper, marks, half = Paper(functions), [0], list[int]()
    failed, joins, arrives, seats_given = 0, 0, 0.0, 0
    with _replaced(paper):
        end = float("inf")
        while arrives < end:
            arrives += random.expovariate(rate)
            paper.now, paper.function = arrives, random.randrange(functions)  # noqa: S311
            joins += 1
            turned_away = not _joined(f"u{joins}")
            failed += turned_away and seats_given < CHANNELS * CAP
            given = paper.held.total()
            if given > seats_given:
                seats_given = given
                marks.append(len(paper.writes))
                if given == CHANNELS * CAP // 2:
                    half = [paper.held[f"c{i}"] for i in range(CHANNELS)]
                if given == CHANNELS * CAP:
                    end = arrives + RUSH_SECONDS
    return _summary(rate, paper, marks, half) | {"refused_too_early": failed}


def _replaced(paper: Paper) -> ExitStack:
    stack = ExitStack()
    for target, name, stand_in in (
        (joining, "known_pool", paper.pool),
        (joining, "mark_full", paper.mark_full),
        (joining, "pause", paper.pause),
        (reserving, "_write", paper.reserve),
        (seats, "read_all", paper.read_all),
        (expiry, "take_back", paper.take_back),
        (pool, "time", paper),
        (memory, "time", paper),
    ):
        stack.enter_context(patch.object(target, name, stand_in))
    return stack


def _joined(customer_id: str) -> bool:
    try:
        joining.join(CODE, Rule(), customer_id, NOWHERE, when=WHEN, seconds=900)
    except (NoRoom, Contention):
        return False
    return True


def _summary(rate: int, paper: Paper, marks: list[int], half: list[int]) -> dict[str, Any]:
    """Count writes between shares of the pool, and those of the hottest channel in a second."""
    total = CHANNELS * CAP
    per_seat = {
        name: (marks[int(high * total)] - marks[int(low * total)]) / ((high - low) * total)
        for name, (low, high) in WINDOWS.items()
    }
    by_second = Counter((int(at), name) for at, name in paper.writes)
    over = len(paper.writes) - marks[-1]
    return {
        "rate": rate,
        "per_seat": per_seat,
        "to_90": marks[total * 9 // 10] / (total * 9 // 10),
        "whole": marks[total] / total,
        "hottest": max(by_second.values()),
        "conflicts": paper.conflicts / len(paper.writes),
        "over_cap": max(paper.held.values()) - CAP,
        "after_full": {"writes": over, "joins": rate * RUSH_SECONDS},
        "half": {"least": min(half), "most": max(half), "spread": pstdev(half)},
        "fair_dice": sqrt(fmean(half) * (1 - 1 / CHANNELS)),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps([rush(rate) for rate in RATES]))
