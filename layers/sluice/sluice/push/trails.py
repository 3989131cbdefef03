"""What was tried to send an attempt, and what it waited for: for the push's timeline (E7)."""

from datetime import datetime

import msgspec

from sluice.push.tables import Attempt

MAX_STEPS = 20  # the latest of an attempt
TRIED, DEFERRED, WITHHELD = "tried", "deferred", "withheld"


class TrailStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """One try, or the decision to wait or not to send."""

    at: datetime
    what: str
    account_id: str | None = None
    why: str | None = None
    until: datetime | None = None


def steps_of(attempt: Attempt) -> list[TrailStep]:
    """Return an attempt's steps in the order they were taken."""
    if not attempt.trail:
        return []
    return msgspec.json.decode(attempt.trail, type=list[TrailStep])


def with_step(attempt: Attempt, step: TrailStep) -> str:
    """Return the attempt's trail with one step more, to be written with what it tells of.

    That the same account is tried, and nothing happened in between, is the same try.
    """
    steps = steps_of(attempt)
    if not steps or (steps[-1].what, steps[-1].account_id) != (step.what, step.account_id):
        steps.append(step)
    return msgspec.json.encode(steps[-MAX_STEPS:]).decode()
