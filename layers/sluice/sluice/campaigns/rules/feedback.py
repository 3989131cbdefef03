"""Whether a customer took part, as the salesperson says, and what each correction changes (B6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

Outcome = Literal["took-part", "did-not", "cancelled"]
TOOK_PART: Outcome = "took-part"
CANCELLED: Outcome = "cancelled"
MAX_HISTORY = 20  # the newest that are kept; each is counted by the revision


class Judged(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was said of a signup, when and by whom; the note goes when its person is erased."""

    outcome: Outcome
    at: datetime
    by: str
    note: str | None = None


class Effect(msgspec.Struct, frozen=True):
    """What a feedback adds to the counters."""

    participations: int
    cancelled: int


def effect_of(before: Outcome | None, after: Outcome) -> Effect:
    """Return what changes when a signup that stood one way stands another."""
    return Effect(
        participations=(after == TOOK_PART) - (before == TOOK_PART),
        cancelled=(after == CANCELLED) - (before == CANCELLED),
    )


def with_judgement(history: Sequence[Judged], new: Judged) -> tuple[Judged, ...]:
    """Return the history with a further entry, the oldest dropped where it is full."""
    return (*history, new)[-MAX_HISTORY:]


def without_notes(history: Sequence[Judged], until: datetime) -> tuple[Judged, ...]:
    """Return a history without what was written freely up to a moment."""
    return tuple(
        msgspec.structs.replace(each, note=None) if each.at <= until else each for each in history
    )
