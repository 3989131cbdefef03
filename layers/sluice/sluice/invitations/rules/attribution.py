"""Who of several inviters brought a newcomer, and why the others did not (C5)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TARGETED, OPEN = "targeted", "open"
SELF, EXPIRED, LATER = "self-invitation", "expired", "after-participation"
OUTSIDE, ANOTHER = "outside-window", "another-counts"

FIRST_TARGETED = "first_targeted_then_first_open"
FIRST, LAST = "first_of_all", "last_of_all"


@dataclass(frozen=True)
class Candidate:
    """An invitation that a participant had."""

    inviter: str  # person key
    kind: str
    at: datetime  # when it was made; an open one: when it was followed
    invitation_id: str = ""  # empty: the open one
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Attribution:
    """Whose invitation counts, and for each other inviter the reason why theirs does not."""

    winner: Candidate | None
    reasons: Mapping[str, str]  # by inviter


def attribute(
    rule: str,
    candidates: Sequence[Candidate],
    moment: datetime,
    participant: Collection[str],
    window: timedelta,
) -> Attribution:
    """Return whose invitation counts for who took part at a moment, by the promotion's rule.

    `participant` are all person keys of the participant.
    """
    refused = {each: _why_not(each, moment, participant, window) for each in candidates}
    holding = [each for each in candidates if refused[each] is None]
    winner = _chosen(rule, holding)
    reasons: dict[str, str] = {}
    for each in sorted(candidates, key=_place):
        if winner is not None and each.inviter == winner.inviter:
            continue
        reason = refused[each] or ANOTHER
        if reasons.get(each.inviter) != ANOTHER:  # it held, and another counts: the nearest reason
            reasons[each.inviter] = reason
    return Attribution(winner, reasons)


def is_expected(
    candidates: Sequence[Candidate], moment: datetime, participant: Collection[str]
) -> bool:
    """Tell whether somebody else named the participant, and it holds at the moment (C3, C4)."""
    return any(
        each.kind == TARGETED and _why_not(each, moment, participant, None) is None
        for each in candidates
    )


def _why_not(
    each: Candidate, moment: datetime, participant: Collection[str], window: timedelta | None
) -> str | None:
    if each.inviter in participant:
        return SELF
    if each.at > moment:
        return LATER
    if each.expires_at is not None and each.expires_at <= moment:
        return EXPIRED
    if window is not None and each.at < moment - window:
        return OUTSIDE
    return None


def _chosen(rule: str, holding: Sequence[Candidate]) -> Candidate | None:
    if not holding:
        return None
    if rule == LAST:
        return max(holding, key=_place)
    targeted = [each for each in holding if each.kind == TARGETED]
    if rule == FIRST_TARGETED and targeted:
        return min(targeted, key=_place)
    return min(holding, key=_place)


def _place(each: Candidate) -> tuple[datetime, str, str, str, str]:
    return each.at, each.inviter, each.invitation_id, each.kind, str(each.expires_at)
