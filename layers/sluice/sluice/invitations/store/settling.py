"""The reward of a newcomer and of who brought them: both or neither, once (C5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sluice.invitations.promotion_tables import Inviter, Participation
from sluice.invitations.refusals import ParticipationMoved, PersonListed, Withheld
from sluice.invitations.rules import promotions as rules
from sluice.invitations.rules.lists import (
    BLACKLIST,
    EXISTING_CUSTOMERS,
    Entry,
    Known,
)
from sluice.invitations.rules.promotions import OPEN_STATES, Promotion, State
from sluice.invitations.store import lists, owners, participating, people
from sluice.invitations.store.inviting import INVITER, find_inviter, place_of
from sluice.invitations.store.promotions import find_terms
from sluice.rewards.refusals import BudgetExhausted, CapReached, ProgrammeClosed, RewardDiffers
from sluice.rewards.rules import Grant, Standing
from sluice.rewards.store import grants, programmes
from sluice.shared import guard
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction

MAX_TRIES = 5
ATTEMPTS = 8  # at a transaction: an inviter's balance is one item
GONE = "inviter-erased"
_LEDGER: tuple[type[Refusal], ...] = (
    *(BudgetExhausted, CapReached, ProgrammeClosed, RewardDiffers),
)


@dataclass(frozen=True)
class _Case:
    organization_id: str
    promotion: Promotion
    item: Participation
    inviter: Inviter
    newcomer: Known
    brought_by: Known


def settle(
    organization_id: str, promotion_id: str, participation_id: str, now: datetime
) -> State | None:
    """Reward a newcomer and their inviter, if the act is on record; return how it stands.

    By the promotion's terms of when they took part. A query for each identity of both, 4 reads, one
    more where the promotion has changed since, and one transaction: the two grants (14 items with
    a budget and a cap), the newcomer's entry as a customer and both checks of the blacklist for
    each identity, 3 items of ours. Where it is refused, one write says why. Safe to repeat.
    Raises Contention.
    """
    for _ in guard.attempts(MAX_TRIES):
        item = participating.find_participation(organization_id, promotion_id, participation_id)
        if item is None:
            return None
        promotion = find_terms(organization_id, promotion_id, participating.version_of(item))
        if promotion is None:
            return None
        if item.state not in OPEN_STATES:
            return State(item.state)
        try:
            return _settle(organization_id, promotion, item, now)
        except ParticipationMoved:
            continue
    raise AssertionError  # the loop ends in Contention


def _settle(
    organization_id: str, promotion: Promotion, item: Participation, now: datetime
) -> State:
    newcomer = people.find_known(organization_id, [str(key) for key in item.keys])
    state = State(item.state)
    if not rules.did_the_act(promotion, newcomer, state):
        return state
    brought_by = people.find_known(organization_id, [str(item.inviter)])
    inviter = find_inviter(organization_id, promotion.promotion_id, str(item.inviter))
    if inviter is None:
        return _refuse(organization_id, promotion, item, GONE, now)
    case = _Case(organization_id, promotion, item, inviter, newcomer, brought_by)
    try:
        _reward(case, now)
    except Withheld as refusal:
        return _refuse(organization_id, promotion, item, refusal.reason, now)
    except PersonListed:
        return _refuse(organization_id, promotion, item, rules.EXISTING, now)
    except _LEDGER as refusal:
        return _refuse(organization_id, promotion, item, refusal.slug, now)
    return State.REWARDED


def _reward(case: _Case, now: datetime) -> None:
    if not (case.newcomer.is_whole and case.brought_by.is_whole):
        raise Withheld(rules.TOO_MANY_IDENTITIES)  # one of them may be on the blacklist unseen
    given = _grants(case)
    programme = programmes.find_programme(case.organization_id, case.promotion.programme)

    def compose(transaction: Transaction, standings: Sequence[Standing]) -> None:
        _move(
            transaction,
            case.item,
            State.REWARDED,
            None,
            now,
            rewards=[standing.reward_id for standing in standings],
        )
        _join(transaction, case, now)
        transaction.update(
            Inviter(case.inviter.key, INVITER),
            [Inviter.rewarded.add(1)],
            condition=Inviter.user_id == case.inviter.user_id,
            otherwise=Withheld(GONE),
        )
        outcome = (State.REWARDED, None)
        _tell(transaction, case.organization_id, case.promotion, case.item, outcome, now)

    grants.grant_together(
        case.organization_id,
        given,
        programme,
        now,
        compose,
        judge=owners.judge_of(case.organization_id, given, (case.brought_by, case.newcomer), now),
        attempts=ATTEMPTS,
    )


def _grants(case: _Case) -> list[Grant]:
    promotion, item = case.promotion, case.item
    sides = (
        ("inviter", case.inviter.user_id, str(item.inviter), promotion.inviter_reward),
        ("newcomer", item.user_id, item.participation_id, promotion.newcomer_reward),
    )
    return [
        Grant(
            natural_key=f"{promotion.promotion_id}:{item.participation_id}:{side}",
            owner_id=owners.owner_of(user_id, key),
            amount_minor=amount.amount_minor,
            currency=amount.currency,
            reason=f"promotion-{side}",
            programme=promotion.programme,
        )
        for side, user_id, key, amount in sides
    ]


def _join(transaction: Transaction, case: _Case, now: datetime) -> None:
    """Make the newcomer a customer; neither side may be on the blacklist by now (C3)."""
    organization_id, source = case.organization_id, f"promotion:{case.promotion.promotion_id}"
    newcomer, brought_by = case.newcomer.keys, case.brought_by.keys
    lists.join(
        transaction,
        organization_id,
        EXISTING_CUSTOMERS,
        newcomer,
        Entry(now, source),
        otherwise=PersonListed(),
    )
    listed, refused = Withheld(rules.BLACKLISTED), Withheld("inviter-blacklisted")
    lists.check_not_on(transaction, organization_id, BLACKLIST, newcomer, otherwise=listed)
    both = [key for key in brought_by if key not in newcomer]
    lists.check_not_on(transaction, organization_id, BLACKLIST, both, otherwise=refused)


def _refuse(
    organization_id: str, promotion: Promotion, item: Participation, reason: str, now: datetime
) -> State:
    """Say why there is no reward. Who is a customer by now is no newcomer, and that is final."""
    state = State.SERVED if reason == rules.EXISTING else State.UNREWARDED
    if (item.state, item.reason) == (state, reason):
        return state
    transaction = Transaction()
    _move(transaction, item, state, reason, now)
    inviter = Inviter(place_of(organization_id, promotion.promotion_id, str(item.inviter)), INVITER)
    if reason != GONE:
        _tell(transaction, organization_id, promotion, item, (state, reason), now)
        exists, gone = Inviter.key.exists(), ParticipationMoved()
        transaction.check(inviter, condition=exists, otherwise=gone)
    transaction.commit()
    return state


def _move(  # noqa: PLR0917 - what changes
    transaction: Transaction,
    item: Participation,
    state: State,
    reason: str | None,
    now: datetime,
    rewards: Sequence[str] = (),
) -> None:
    transaction.update(
        Participation(item.key, item.item),
        [
            Participation.state.set(state.value),
            Participation.reason.set(reason) if reason else Participation.reason.remove(),
            Participation.is_newcomer.set(state is not State.SERVED),
            Participation.rewards.set(list(rewards)),
            Participation.settled_at.set(now),
            Participation.version.add(1),
        ],
        condition=Participation.version == item.version,
        otherwise=ParticipationMoved(),
    )


def _tell(  # noqa: PLR0917 - what is told
    transaction: Transaction,
    organization_id: str,
    promotion: Promotion,
    item: Participation,
    outcome: tuple[State, str | None],
    now: datetime,
) -> None:
    told = participating.outcome_of(organization_id, promotion.promotion_id, item, now)
    told.state, told.reason = outcome
    transaction.put(told)
