"""What a promotion is: whom it is for, what it gives, how long an invitation counts (C1 to C5)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sluice.invitations.rules.lists import (
    BLACKLIST,
    EXISTING_CUSTOMERS,
    Known,
    activity_list,
)

PROMOTION_ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$(?!\n)"
MAX_INVITATIONS = 50  # of one inviter in one promotion
MAX_DAYS = 366
MAX_LENGTH = timedelta(days=3660)
YEARS = range(2000, 2200)  # in which a promotion may begin: calendars end, and sums with them

EXISTING, BLACKLISTED, NOT_EXPECTED = "existing-customer", "blacklisted", "not-expected"
TOO_MANY_IDENTITIES = "too-many-identities"  # of one side: not all lists could be looked at
OVER, NO_INVITER = "promotion-over", "no-inviter"


class State(StrEnum):
    """Where a participation stands."""

    SERVED = "served"  # no newcomer of this promotion; final
    WAITING = "waiting"  # a newcomer, until the activity record is there
    REWARDED = "rewarded"  # both sides; final
    UNREWARDED = "unrewarded"  # neither side; tried again when the event comes again


OPEN_STATES = frozenset({State.WAITING, State.UNREWARDED})


@dataclass(frozen=True)
class Amount:
    """What one side gets, in whole minor units of a currency, or points."""

    amount_minor: int
    currency: str


@dataclass(frozen=True)
class Message:
    """What an existing customer is told in app 2, and by which strategy."""

    strategy_id: str
    title: str
    body: str
    link: str | None = None


@dataclass(frozen=True)
class Promotion:
    """A promotion; `version` counts its changes from 1.

    `open_to_all`: who follows an open invitation is expected too, not only who was named.
    """

    promotion_id: str
    name: str
    introduction: str
    app_link: str  # where the landing page leads
    programme: str  # of the ledger, whose budget and caps hold for both rewards
    inviter_reward: Amount
    newcomer_reward: Amount
    starts_at: datetime
    ends_at: datetime
    segment_id: str | None = None  # None: every existing customer
    message: Message | None = None
    attribution: str = "first_targeted_then_first_open"
    window_days: int = 30  # an invitation counts so long before the participation
    expires_days: int = 30  # after which a targeted invitation expires
    max_invitations: int = 20
    needs_activity: bool = True
    open_to_all: bool = False
    is_open: bool = True
    version: int = 0


def faults(promotion: Promotion) -> list[tuple[str, str]]:
    """Return what is wrong with a promotion, as (field, reason)."""
    if promotion.starts_at.year not in YEARS:
        return [("starts_at", "out of range")]
    if not promotion.starts_at < promotion.ends_at <= promotion.starts_at + MAX_LENGTH:
        return [("ends_at", "after starts_at, at most ten years")]
    return []


def is_running(promotion: Promotion, moment: datetime) -> bool:
    """Tell whether a promotion runs: it is open, and the moment is in its time."""
    return promotion.is_open and is_in_time(promotion, moment)


def is_in_time(promotion: Promotion, moment: datetime) -> bool:
    """Tell whether a moment is in a promotion's time; the end itself is not."""
    return promotion.starts_at <= moment < promotion.ends_at


def expiry_of(promotion: Promotion, now: datetime) -> datetime:
    """Return when an invitation made now expires: never after the promotion."""
    return min(now + timedelta(days=promotion.expires_days), promotion.ends_at)


def holding(terms: Promotion, latest: Promotion) -> Promotion:
    """Return the terms that hold for who took part by them, now that the promotion has changed.

    All as they were, but for more time for the act: that was given to everybody.
    """
    return replace(terms, ends_at=max(terms.ends_at, latest.ends_at))


def why_no_newcomer(
    promotion: Promotion, known: Known, moment: datetime, *, named: bool, opened: bool
) -> str | None:
    """Return why a participant is no newcomer; None: they are one (C4).

    `named`: somebody's targeted invitation holds; `opened`: an open one was followed.
    """
    if not is_running(promotion, moment):
        return OVER
    if known.is_on(BLACKLIST):
        return BLACKLISTED
    if known.is_on(EXISTING_CUSTOMERS):
        return EXISTING
    if not (named or (opened and promotion.open_to_all)):
        return NOT_EXPECTED
    return None


def did_the_act(promotion: Promotion, known: Known, state: State) -> bool:
    """Tell whether the activity record says that the act was done in the promotion's time (C4).

    It keeps the last time that was said. Who waits no more was found to have done it: then any
    entry says that it was not withdrawn.
    """
    if not promotion.needs_activity:
        return True
    entry = known.lists.get(activity_list(promotion.promotion_id))
    was_found = state is not State.WAITING
    return entry is not None and (was_found or is_in_time(promotion, entry.at))
