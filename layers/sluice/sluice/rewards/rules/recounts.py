"""How far an account's entries are counted again, and what came of it (D5)."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Result(StrEnum):
    """What a recount says of a balance."""

    COUNTING = "counting"  # there are more entries
    EQUAL = "equal"
    MOVED = "moved"  # it changed meanwhile: count again
    DIFFERENT = "different"  # it is not the sum of its entries


@dataclass(frozen=True)
class Sums:
    """What a balance or entries hold in a currency, each in minor units; a debt is below zero."""

    held: int = 0
    pending: int = 0
    owed: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        """Return both together."""
        return Sums(self.held + other.held, self.pending + other.pending, self.owed + other.owed)


NOTHING = Sums()


@dataclass(frozen=True)
class Recount:
    """The parts (shards) that are done, with their sums, and how far the next one is."""

    part: int = 0
    entries: int = 0
    counted: Sums = NOTHING
    kept: Sums = NOTHING
    different: int = 0  # parts
    moved: int = 0
    last: str = ""  # of the part that is under way: its last entry, and the sum so far
    running: Sums = NOTHING
    before: Sums = NOTHING  # and its balance when it was begun


def ended(so_far: Recount, kept: Sums) -> Recount:
    """Return the recount with the part that is under way done: its balance is read once more."""
    is_equal = so_far.running == kept
    has_moved = not is_equal and kept != so_far.before
    return Recount(
        part=so_far.part + 1,
        entries=so_far.entries,
        counted=so_far.counted + so_far.running,
        kept=so_far.kept + kept,
        different=so_far.different + (not is_equal and not has_moved),
        moved=so_far.moved + has_moved,
    )


def added(so_far: Recount, entries: int, last: str, sums: Sums) -> Recount:
    """Return the recount with entries of the part that is under way."""
    running = so_far.running + sums
    return replace(so_far, entries=so_far.entries + entries, last=last, running=running)


def result_of(so_far: Recount, parts: int) -> Result:
    """Return what a recount says of an account of so many parts."""
    if so_far.part < parts:
        return Result.COUNTING
    if so_far.different:
        return Result.DIFFERENT
    return Result.MOVED if so_far.moved else Result.EQUAL
