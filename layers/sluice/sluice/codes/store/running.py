"""A run of a sync: what it has found so far, and how that is written down (A9).

What is found and what follows from it are one transaction, so the report is exact whenever a run
dies: the next one goes on from what is written.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from sluice.codes.providers.protocol import Provider
from sluice.codes.rules import syncing as rules
from sluice.codes.store import sync_rounds
from sluice.codes.tables.syncs import Sync
from sluice.organizations.tables import ProviderAccount
from sluice.shared.errors import Problem, Refusal
from sluice.shared.guard import Transaction


class TimeOver(Exception):  # noqa: N818 - no error: the next round goes on
    """The time of this round is over."""


class ProviderSaid(Exception):  # noqa: N818 - what it said is the problem
    """The provider did not do what it was asked."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Moved(Refusal):
    """The channel was changed meanwhile; `name` tells which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was changed meanwhile.")
        self.name = name


class Run(msgspec.Struct):
    """One round under way."""

    sync: Sync
    account: ProviderAccount
    provider: Provider
    until: float  # on the monotonic clock, in seconds

    @property
    def organization_id(self) -> str:
        """Whose sync it is."""
        return self.sync.organization_id

    @property
    def account_id(self) -> str:
        """Of which provider account."""
        return self.sync.account_id

    def check_time(self) -> None:
        """Raise TimeOver."""
        if time.monotonic() >= self.until:
            raise TimeOver

    def note(self, name: str, number: int = 1, lines: Sequence[dict[str, Any]] = ()) -> None:
        """Count, and list up to a hundred."""
        self.sync.counts[name] = self.sync.counts.get(name, 0) + number
        if lines:
            listed = [*self.sync.listed.get(name, []), *lines]
            self.sync.listed[name] = listed[: rules.MAX_LISTED]

    def found(self) -> list[Any]:
        """Return what is written of what was found."""
        sync = self.sync
        return [
            Sync.counts.set(sync.counts),
            Sync.listed.set(sync.listed),
            Sync.phase.set(sync.phase),
            Sync.cursor.set(sync.cursor) if sync.cursor else Sync.cursor.remove(),
        ]

    def commit(self, transaction: Transaction) -> None:
        """Write, together with what was found. Raises Moved, SyncMoved: nothing was written."""
        sync_rounds.change(transaction, self.sync, self.found())
        transaction.commit()
        self.sync.version += 1


type Change = Callable[[Transaction], None]


def write_together(run: Run, name: str, changes: dict[str, tuple[Change, dict[str, Any]]]) -> None:
    """Write changes of channels with their lines in the report; what has moved is left out.

    `changes` are at most 99, by channel. One transaction, and one more for each that has moved.
    """
    counts, listed = dict(run.sync.counts), dict(run.sync.listed)
    waiting = dict(changes)
    while waiting:
        run.sync.counts, run.sync.listed = dict(counts), dict(listed)
        transaction = Transaction()
        for add, _ in waiting.values():
            add(transaction)
        run.note(name, len(waiting), [line for _, line in waiting.values()])
        try:
            run.commit(transaction)
        except Moved as refusal:
            del waiting[refusal.name]
        else:
            return
    run.sync.counts, run.sync.listed = counts, listed


@contextlib.contextmanager
def asking() -> Iterator[None]:
    """Tell what a provider refuses from what our own writes do. Raises ProviderSaid."""
    try:
        yield
    except Problem as problem:
        raise ProviderSaid(problem) from problem
