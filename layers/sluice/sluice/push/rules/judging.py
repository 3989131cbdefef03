"""What is known of an attempt, and how a receipt or a behaviour changes it (E3, E4).

Levels only rise, so receipts may come late, twice and in any order and end in the same state.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

EVIDENCE_WINDOW = timedelta(days=7)  # later than this after the send, a behaviour proves nothing
TEMPLATE_WINDOW = timedelta(minutes=10)  # after the send, of a receipt that names user and template


class Level(IntEnum):
    """How far a message got. Stored as its number."""

    BEGUN = 0  # the provider may have been called
    ACCEPTED = 1
    SENT = 2
    DELIVERED = 3
    SEEN = 4
    CLICKED = 5
    CONVERTED = 6


class Evidence(IntEnum):
    """What a level stands on. Stored as its number."""

    NONE = 0
    INFERRED = 1  # from the user's behaviour since the send
    CONFIRMED = 2  # the provider said so, with our tracking id or its message id


SUCCESS_LEVELS = {level.name.lower(): level for level in Level if level is not Level.BEGUN}
BEHAVIOUR_LEVELS = {name: SUCCESS_LEVELS[name] for name in ("seen", "clicked", "converted")}
RECEIPT_LEVELS = {name: SUCCESS_LEVELS[name] for name in ("sent", "delivered", "seen", "clicked")}
FAILED = "failed"  # the one status of a receipt that is no level


@dataclass(frozen=True)
class Finding:
    """What a receipt or a behaviour says of an attempt; no level: it was not received."""

    level: Level | None
    evidence: Evidence
    why: str


@dataclass(frozen=True)
class Facts:
    """An attempt as the rules see it."""

    position: int
    begun_at: datetime  # when it was sent, as far as we know; the latest try counts
    due_at: datetime
    wanted: Level
    level: Level = Level.BEGUN
    evidence: Evidence = Evidence.NONE
    failed: bool = False
    send_at: datetime | None = None  # it has surely not left yet, and does not before this

    @property
    def may_have_left(self) -> bool:
        """Whether the user may have got it."""
        return not self.failed and self.send_at is None

    @property
    def satisfied(self) -> bool:
        """Whether it got as far as the strategy wants."""
        return self.level >= self.wanted


@dataclass(frozen=True)
class Behaviour:
    """Something a user did."""

    kind: str
    at: datetime
    content_id: str | None = None


def improves(attempt: Facts, finding: Finding) -> bool:
    """Tell whether a finding says more than is known: a higher level, or the same better proven."""
    if finding.level is None:
        return False
    return (finding.level, finding.evidence) > (attempt.level, attempt.evidence)


def fails(attempt: Facts, finding: Finding) -> bool:
    """Tell whether a finding ends an attempt: a refusal does not undo what was received."""
    return finding.level is None and not attempt.failed and not attempt.satisfied


def judge_status(status: str) -> Finding:
    """Return what a receipt with our tracking id, or a mapped message id, says."""
    if status == FAILED:
        return Finding(None, Evidence.CONFIRMED, "the provider says it was not received")
    return Finding(RECEIPT_LEVELS[status], Evidence.CONFIRMED, f"the provider says {status}")


def judge_template(status: str, sent_at: Sequence[datetime | None], at: datetime) -> Finding | None:
    """Return what a receipt says that names the user and the template, but no message (E4).

    `sent_at` are the times of the attempts it may be about. It speaks only where one alone was sent
    within ten minutes before it; of several nobody knows which one it means.
    """
    possible = [moment for moment in sent_at if moment and was_before(moment, at)]
    if len(possible) != 1:
        return None
    said = judge_status(status)
    why = f"the provider says {status} of the only message with this template to this user"
    return Finding(said.level, Evidence.INFERRED, why)


def was_before(sent_at: datetime, at: datetime) -> bool:
    """Tell whether a receipt's time fits a send: whole seconds of the provider's clock."""
    return sent_at - timedelta(seconds=1) <= at <= sent_at + TEMPLATE_WINDOW


def judge_behaviour(
    attempts: Sequence[Facts],
    behaviours: Iterable[Behaviour],
    counted: Mapping[str, str],
    content_id: str | None,
) -> tuple[Facts, Finding] | None:
    """Return the attempt that the user's behaviour speaks for, and what it says; or None (E4).

    `counted` is the strategy's: kind of behaviour -> the level it proves. A behaviour speaks for
    the latest attempt sent before it that is not known to have failed; one that names other
    content speaks for none. Of several the one that proves most is taken, then the earliest.
    """
    best: tuple[Facts, Finding] | None = None
    for behaviour in sorted(behaviours, key=lambda b: b.at):
        level = BEHAVIOUR_LEVELS.get(counted.get(behaviour.kind, ""))
        attempt = _attempt_before(attempts, behaviour.at)
        if level is None or attempt is None or not _same(behaviour.content_id, content_id):
            continue
        why = f"{behaviour.kind} at {behaviour.at:%Y-%m-%dT%H:%M:%SZ}, after the send"
        finding = Finding(level, Evidence.INFERRED, why)
        if improves(attempt, finding) and (best is None or level > (best[1].level or 0)):
            best = attempt, finding
    return best


def _attempt_before(attempts: Sequence[Facts], moment: datetime) -> Facts | None:
    earlier = [
        attempt
        for attempt in attempts
        if attempt.may_have_left
        and attempt.begun_at <= moment <= attempt.begun_at + EVIDENCE_WINDOW
    ]
    return max(earlier, key=lambda attempt: attempt.position, default=None)


def _same(found: str | None, pushed: str | None) -> bool:
    return found is None or pushed is None or found == pushed
