"""What a feedback writes: the signup, the member's counters and days, and its event (B6)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import msgspec

from sluice.campaigns.refusals import NoSuchCampaign, SignupMoved
from sluice.campaigns.rules import feedback
from sluice.campaigns.rules.feedback import Judged, Outcome
from sluice.campaigns.store import participations, signups
from sluice.campaigns.tables import Day, Participation, Signup
from sluice.shared import ids, outbox
from sluice.shared.guard import Transaction
from sluice.shared.table import set_all

JUDGED = "signup.judged.v1"


@dataclass(frozen=True)
class Said:
    """A feedback: what, by whom, with a note for those who read the history."""

    outcome: Outcome
    by: str
    note: str | None = None


@dataclass(frozen=True)
class Case:
    """A signup as it was read, and what is said of it on the organisation's day."""

    organization_id: str
    signup: Signup
    said: Said
    day: str
    now: datetime

    @property
    def campaign_id(self) -> str:
        """The campaign that was signed up for."""
        return str(self.signup.key.split("#")[1])


@dataclass(frozen=True)
class Pay:
    """What becomes of a signup's reward: granted with an amount, taken back, or refused by why."""

    reward_id: str | None
    amount_minor: int | None = None
    is_new: bool = False
    unrewarded: str | None = None


def add(transaction: Transaction, case: Case, pay: Pay) -> Signup:
    """Add the feedback to a transaction: signup, counters, days, event; return the signup then."""
    old, said = case.signup, case.said
    new = _changed(case, pay)
    values = {name: getattr(new, name) for name in _CHANGING}
    transaction.update(
        Signup(old.key, old.item),
        set_all(Signup, values),
        condition=Signup.revision == old.revision,
        otherwise=SignupMoved(),
    )
    effect = feedback.effect_of(cast("Outcome | None", old.outcome), said.outcome)
    rewards_minor = int(new.reward_minor or 0) - int(old.reward_minor or 0)
    member = Participation(old.key, participations.name_of(old.member_id))
    transaction.update(
        member,
        [
            Participation.participations.add(effect.participations),
            Participation.cancelled.add(effect.cancelled),
            Participation.rewards_minor.add(rewards_minor),
        ],
        condition=Participation.key.exists(),
        otherwise=NoSuchCampaign(),
    )
    _add_days(transaction, old, new)
    _tell(transaction, case, new)
    return new


_CHANGING = (
    *("outcome", "outcome_at", "outcome_day", "history", "revision"),
    *("rewards", "reward_id", "reward_minor", "reward_day", "unrewarded"),
)


def _changed(case: Case, pay: Pay) -> Signup:
    """Return the signup as it is after a feedback; what is not said of stays."""
    old, said = case.signup, case.said
    entry = Judged(said.outcome, case.now, said.by, said.note)
    history = feedback.with_judgement(history_of(old), entry)
    new = Signup()
    new.deserialize(old.serialize())
    took_part = said.outcome == feedback.TOOK_PART
    is_other = old.outcome != said.outcome
    new.outcome, new.outcome_at = said.outcome, case.now
    if is_other:
        new.outcome_day = case.day if took_part else None
    new.history = msgspec.to_builtins(history)
    new.revision = int(old.revision) + 1
    new.reward_id, new.unrewarded = pay.reward_id, pay.unrewarded
    if pay.is_new:
        new.rewards = int(old.rewards or 0) + 1
        new.reward_minor, new.reward_day = pay.amount_minor, case.day
    elif pay.reward_id is None:
        new.reward_minor = new.reward_day = None
    return new


def history_of(signup: Signup) -> tuple[Judged, ...]:
    """Return what was said of a signup, the oldest first."""
    return msgspec.convert(signup.history or (), tuple[Judged, ...])


def _add_days(transaction: Transaction, old: Signup, new: Signup) -> None:
    """Count on the member's days what the signup counts for now, no more what it did before."""
    days: dict[str, Counter[str]] = {}
    for signup, sign in ((old, -1), (new, 1)):
        if signup.outcome_day:
            days.setdefault(signup.outcome_day, Counter())["participations"] += sign
        if signup.reward_day:
            amount = sign * int(signup.reward_minor or 0)
            days.setdefault(signup.reward_day, Counter())["rewards_minor"] += amount
    for day, counted in sorted(days.items()):
        changes = {name: number for name, number in counted.items() if number}
        if changes:
            item = signups.day_item(old.key, old.member_id, day)
            transaction.upsert(item, [getattr(Day, n).add(number) for n, number in changes.items()])


def _tell(transaction: Transaction, case: Case, new: Signup) -> None:
    data: dict[str, Any] = {
        "campaign_id": case.campaign_id,
        "customer_id": new.customer_id,
        "member_id": new.member_id,
        "salesperson_id": new.salesperson_id,
        "outcome": new.outcome,
        "before": case.signup.outcome,
        "reward_id": new.reward_id,
    }
    event = outbox.Event(
        id=ids.sortable(case.now),
        type=JUDGED,
        organization_id=case.organization_id,
        occurred_at=case.now,
        version=int(new.revision),
        data=data,
    )
    outbox.emit(transaction, event)
