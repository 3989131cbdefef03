"""What the chain does next, decided from what is stored (E2, E5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sluice.push.rules.judging import EVIDENCE_WINDOW, Facts, Level

HURRY = timedelta(seconds=30)  # a signal not given by then is given by the repair
GRACE = timedelta(seconds=60)  # a timer that has not fired by then is lost
LATEST = timedelta(days=1)  # so late may a last message still go out that had to wait for its time


class Status(StrEnum):
    """Where a push stands. Only a running push sends."""

    RUNNING = "running"
    REACHED = "reached"
    UNREACHED = "unreached"  # a late receipt may still make it reached
    CANCELLED = "cancelled"
    WITHHELD = "withheld"  # courtesy or time forbade every message: nothing was sent


class Step(StrEnum):
    """What the task of a position has to do."""

    END = "end"  # nothing is left to send
    SEND = "send"
    MOVE_ON = "move_on"  # this attempt failed already, or the chain is past it
    WAIT = "wait"  # the provider has taken it, or its time to be sent has not come
    SEND_AGAIN = "send_again"  # begun, and nobody knows whether it was sent


class Signal(StrEnum):
    """What the waiting task must be told."""

    NOTHING = "nothing"
    END = "end"
    MOVE_ON = "move_on"


class Repair(StrEnum):
    """What the sweeper does with a push that is overdue, once its behaviour was looked at."""

    SIGNAL = "signal"  # what the waiting task should have been told
    START = "start"  # no attempt was ever made
    GIVE_UP = "give_up"  # the last wait is over
    PUSH_ON = "push_on"  # a wait is over and nobody noticed
    SEND = "send"  # the time to send what had to wait for it has come
    WAIT = "wait"


@dataclass(frozen=True)
class Chain:
    """A push as the rules see it; the attempts stand in the order of their positions."""

    status: Status
    channels: int
    attempts: Sequence[Facts]
    reached_position: int | None = None

    @property
    def current(self) -> Facts | None:
        """The latest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def is_last(self) -> bool:
        """Whether the latest attempt is on the last channel, where no task waits."""
        return self.current is not None and self.current.position == self.channels - 1


def step(chain: Chain, position: int) -> Step:
    """Return what the task of `position` does. After a success nothing is sent (E5).

    A task finds its attempt begun when it is a retry: a process before it died, or AWS was busy.
    """
    if chain.status is not Status.RUNNING or position >= chain.channels:
        return Step.END
    for attempt in chain.attempts:
        if attempt.position == position:
            if attempt.failed or attempt is not chain.current:
                return Step.MOVE_ON
            if attempt.level is Level.BEGUN and attempt.send_at is None:
                return Step.SEND_AGAIN
            return Step.WAIT
    return Step.SEND


def signal(chain: Chain) -> Signal:
    """Return what the waiting task must be told; on the last channel no task waits."""
    if chain.current is None or chain.is_last:
        return Signal.NOTHING
    if chain.status is not Status.RUNNING:
        return Signal.END
    return Signal.MOVE_ON if chain.current.failed else Signal.NOTHING


def repair(chain: Chain, now: datetime) -> Repair:
    """Return what to do with a push that the sweeper found overdue."""
    if chain.status is not Status.RUNNING:
        return Repair.SIGNAL
    if chain.current is None:
        return Repair.START
    if sends(chain, now):
        return Repair.SEND
    if chain.is_last:
        over = chain.current.failed or now >= chain.current.due_at
        return Repair.GIVE_UP if over else Repair.WAIT
    if chain.current.failed or now >= chain.current.due_at:
        return Repair.PUSH_ON
    return Repair.WAIT


def sends(chain: Chain, now: datetime) -> bool:
    """Tell whether it is time to send what had to wait for its time.

    Before the last channel not when the wait is over: it is the next channel's turn.
    """
    current = chain.current
    if chain.status is not Status.RUNNING or current is None:
        return False
    if current.failed or current.level is not Level.BEGUN:
        return False
    latest = current.due_at + (LATEST if chain.is_last else timedelta(0))
    return current.send_at is not None and current.send_at <= now < latest


def may_earn(chain: Chain, now: datetime) -> bool:
    """Tell whether behaviour can still change the outcome."""
    if chain.current is None or chain.status not in {Status.RUNNING, Status.UNREACHED}:
        return False
    return now <= chain.current.begun_at + EVIDENCE_WINDOW


def look_at(attempt: Facts, *, others_first: bool) -> datetime:
    """Return when the sweeper looks at a push whose latest attempt is this one.

    Where others come first, a timer or a queue, it looks only for what they left undone.
    """
    moment = attempt.send_at or attempt.due_at
    return moment + (GRACE if others_first else timedelta(0))


def earns(chain: Chain, position: int) -> bool:
    """Tell whether success at `position` changes whom the push credits.

    The earliest attempt that arrived earned it, in whatever order the receipts come; what was sent
    after it is waste.
    """
    if chain.status in {Status.RUNNING, Status.UNREACHED}:
        return True
    if chain.status is Status.CANCELLED or chain.reached_position is None:
        return False
    return position < chain.reached_position
