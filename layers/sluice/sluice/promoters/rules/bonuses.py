"""Bonus tasks: what sharing to a channel type asks of a promoter, and what it gives (D6 to D8)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sluice.promoters.rules.hints import HintRules

CHANNEL_TYPE = r"^[a-z][a-z0-9_.-]{0,31}$(?!\n)"
COUPON = r"^[2-9A-HJKMNP-TV-Z]{12}$(?!\n)"  # a code, as ids.new_code makes them
PROGRAMME = "bonus"  # of the ledger, where the settings name no other
MAX_RULES = 20
MAX_EPISODES = 99
MAX_QUOTA = 1_000_000
MAX_COUPONS = 100_000
MIN_SECONDS, MAX_SECONDS = 60, 366 * 86_400
SECOND = timedelta(seconds=1)
TRANSACTIONS, PROMOTIONS = "transactions", "promotions"


class State(StrEnum):
    """Where a bonus task stands."""

    OFFERED = "offered"  # to who shared; nothing counts yet
    ACCEPTED = "accepted"
    COMPLETED = "completed"  # the quota is reached; the reward is not the promoter's own yet
    REWARDED = "rewarded"
    MISSED = "missed"
    UNCOMPLETED = "uncompleted"  # was completed, until a refund


OPEN = frozenset({State.ACCEPTED, State.UNCOMPLETED})
ENDED = frozenset({State.REWARDED, State.MISSED})


@dataclass(frozen=True)
class Message:
    """What is told. `{product}` and `{missing}` in it are filled in."""

    title: str
    body: str
    link: str | None = None


@dataclass(frozen=True)
class CouponRule:
    """What visitors get while fewer than `below_transactions` transactions are missing (D8)."""

    below_transactions: int
    amount_minor: int  # of the offer's currency
    valid_seconds: int
    max_count: int  # of coupons of one task


@dataclass(frozen=True)
class BonusRule:
    """The bonus task of a channel type: a quota of transactions, promotions or both, in a time.

    The reminder goes out when less than `reminder_seconds` are left; 0: never.
    """

    channel_type: str
    deadline_seconds: int
    amount_minor: int
    currency: str
    transactions: int = 0
    promotions: int = 0
    reminder_seconds: int = 0
    coupon: CouponRule | None = None
    max_episodes: int = 1  # how often a promoter may have this task with an offer


@dataclass(frozen=True)
class Telling:
    """By which strategy of the push chain promoters are told, and what."""

    strategy_id: str
    offered: Message | None = None
    reminder: Message | None = None


@dataclass(frozen=True)
class BonusRules:
    """An organisation's settings, or an offer's: an offer's rule of a channel type comes first.

    `programme` is the ledger's, with budget, hold period and checks of bonus rewards.
    """

    rules: tuple[BonusRule, ...] = ()
    programme: str = PROGRAMME
    telling: Telling | None = None
    hints: HintRules | None = None  # of an organisation only
    version: int = 0


@dataclass(frozen=True)
class Task:
    """A bonus task of a promoter; `episode` counts those of one offer and channel type from 1."""

    offer_id: str
    episode: int
    rule: BonusRule
    state: State = State.OFFERED
    transactions: int = 0
    promotions: int = 0
    accepted_at: datetime | None = None
    deadline_at: datetime | None = None  # the last second that counts
    reminded_at: datetime | None = None
    is_doubtful: bool = False  # it counted a payment that a check wants a person to look at

    @property
    def is_met(self) -> bool:
        """Tell whether the whole quota is reached."""
        rule = self.rule
        return self.transactions >= rule.transactions and self.promotions >= rule.promotions

    @property
    def missing(self) -> Mapping[str, int]:
        """Return what the quota still asks for."""
        rule = self.rule
        return {
            TRANSACTIONS: max(0, rule.transactions - self.transactions),
            PROMOTIONS: max(0, rule.promotions - self.promotions),
        }


def faults(rules: BonusRules) -> list[tuple[str, str]]:
    """Return what is wrong with settings, as (field, reason)."""
    types = Counter(rule.channel_type for rule in rules.rules)
    found = [("rules", f"{name}: two rules") for name, n in types.items() if n > 1]
    for rule in rules.rules:
        found += [("rules", f"{rule.channel_type}: {reason}") for reason in _faults_of(rule)]
    return found


def _faults_of(rule: BonusRule) -> list[str]:
    found = []
    if not rule.transactions and not rule.promotions:
        found.append("a quota of transactions, of promotions, or both")
    if rule.reminder_seconds >= rule.deadline_seconds:
        found.append("reminder_seconds are less than deadline_seconds")
    if rule.coupon and rule.coupon.below_transactions > rule.transactions:
        found.append("below_transactions of the coupon are at most the transactions of the quota")
    return found


def rule_for(channel_type: str, *settings: BonusRules | None) -> BonusRule | None:
    """Return the rule of a channel type in the first settings that have one."""
    every = [rule for given in settings if given for rule in given.rules]
    return next((rule for rule in every if rule.channel_type == channel_type), None)


def next_episode(
    last: Task | None, ended_at: datetime | None, rule: BonusRule, shared_at: datetime
) -> int | None:
    """Return the episode that a share begins; None while one lasts, or after the last.

    A share from before the last one's end begins none: it is told again, or late.
    """
    if last is None:
        return 1
    after = ended_at is not None and shared_at > ended_at
    may = last.state in ENDED and last.episode < rule.max_episodes
    return last.episode + 1 if after and may else None


def accepted(task: Task, now: datetime) -> Task:
    """Return a task that its promoter accepts: from now on it counts, and its time runs."""
    deadline_at = (now + timedelta(seconds=task.rule.deadline_seconds)).replace(microsecond=0)
    return replace(task, state=State.ACCEPTED, accepted_at=now, deadline_at=deadline_at)


def counts(task: Task, at: datetime) -> bool:
    """Tell whether something that happened then counts, whenever it comes to be known.

    From the moment of acceptance on, to the end of the deadline's second.
    """
    if task.accepted_at is None or task.deadline_at is None:
        return False
    return task.accepted_at <= at < task.deadline_at + SECOND


def is_over(task: Task, now: datetime) -> bool:
    """Tell whether the task's time is over."""
    return task.deadline_at is not None and now >= task.deadline_at + SECOND


def counted(task: Task, kind: str, change: int) -> Task:
    """Return a task with one more, or one less, of a kind.

    What was missed is completed after all by what was in time and came late. A reward that is the
    promoter's own stays, whatever is refunded later.
    """
    after = replace(task, **{kind: getattr(task, kind) + change})
    if after.is_met and task.state in OPEN | {State.MISSED}:
        return replace(after, state=State.COMPLETED)
    if not after.is_met and task.state is State.COMPLETED:
        return replace(after, state=State.UNCOMPLETED)
    return after


def next_due(task: Task) -> datetime | None:
    """Return when something happens to an open task by itself: reminder, then the end."""
    if task.state not in OPEN or task.deadline_at is None:
        return None
    if task.rule.reminder_seconds and task.reminded_at is None:
        # Less than the threshold is left from a second after it.
        return task.deadline_at - timedelta(seconds=task.rule.reminder_seconds) + SECOND
    return task.deadline_at + SECOND


def is_to_remind(task: Task, now: datetime) -> bool:
    """Tell whether the promoter is to be told now that time is short (D7)."""
    due_at = next_due(task)
    waiting = bool(task.rule.reminder_seconds) and task.reminded_at is None
    return waiting and due_at is not None and due_at <= now and not is_over(task, now)


def gives_coupons(task: Task, now: datetime) -> bool:
    """Tell whether visitors get coupons: the transactions still missing are few enough (D8)."""
    coupon = task.rule.coupon
    if coupon is None or task.state not in OPEN or is_over(task, now):
        return False
    return 0 < task.missing[TRANSACTIONS] < coupon.below_transactions


def words(message: Message, product: str, missing: Mapping[str, int]) -> Message:
    """Return a message filled in."""

    def fill(text: str) -> str:
        number = str(missing[TRANSACTIONS] or missing[PROMOTIONS])
        return text.replace("{product}", product).replace("{missing}", number)

    return Message(fill(message.title), fill(message.body), message.link)
