"""Rewards: granted once per natural key, alone or several in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from sluice.rewards.refusals import (
    BudgetExhausted,
    CapReached,
    Outdated,
    ProgrammeClosed,
    RewardDiffers,
)
from sluice.rewards.rules import Grant, Standing, State, transfers
from sluice.rewards.rules.checks import PASSED, Verdict
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import accounts, items, limits, programmes
from sluice.rewards.store.accounts import NOTHING_OWED
from sluice.rewards.store.items import reward_id_of as reward_id_of  # noqa: PLC0414 - its readers
from sluice.rewards.store.planning import Planned, id_of, planned_of
from sluice.rewards.store.reversals import reverse as reverse  # noqa: PLC0414 - its callers
from sluice.rewards.tables import Balance, Reward
from sluice.shared.claims import AlreadyClaimed, Claim
from sluice.shared.errors import Contention
from sluice.shared.guard import MAX_ATTEMPTS, Transaction

MAX_DECISIONS = 3  # of one grant, whose facts change meanwhile

type Compose = Callable[[Transaction, Sequence[Standing]], None]
type Judge = Callable[[Programme | None], Sequence[Verdict]]


def grant(
    organization_id: str,
    given: Grant,
    now: datetime,
    claim: Claim | None = None,
    *,
    attempts: int = MAX_ATTEMPTS,
    programme: Programme | None = None,
    judge: Judge | None = None,
) -> tuple[Standing, bool]:
    """Grant a reward once per programme and natural key; tells whether it was granted now.

    One transaction: reward, two entries, two balances, outbox: 6 items, 12 write units; with the
    caller's claim 7 and 14; by a programme's settings 1 more for its budget (or their version),
    each cap and each velocity. A repeated claim gets the first answer; a repeated natural key
    gets the reward as it stands now; neither writes anything.
    Raises Invalid, KeyReused, RewardDiffers, ProgrammeClosed, BudgetExhausted, CapReached,
    Contention.
    """

    def compose(transaction: Transaction, standings: Sequence[Standing]) -> None:
        if claim is not None:
            claim.take(transaction, now, msgspec.to_builtins(standings[0]))

    try:
        (standing,) = grant_together(
            organization_id, [given], programme, now, compose, judge=judge, attempts=attempts
        )
    except AlreadyClaimed as claimed:
        first = claim.replay(claimed) if claim else None
        return msgspec.convert(first, Standing), False
    except RewardDiffers as refusal:
        if refusal.current.input_hash != items.input_hash_of(given):
            raise
        return items.standing_of(refusal.current), False
    except (ProgrammeClosed, CapReached):  # said before the write, which would have found it
        found = items.find_reward(organization_id, id_of(organization_id, given))
        if found is None or found.input_hash != items.input_hash_of(given):
            raise
        return items.standing_of(found), False
    return standing, True


def grant_together(
    organization_id: str,
    given: Sequence[Grant],
    programme: Programme | None,
    now: datetime,
    compose: Compose,
    *,
    judge: Judge | None = None,
    attempts: int = MAX_ATTEMPTS,
) -> list[Standing]:
    """Grant several rewards of one programme, all or none, with what the caller adds (C5).

    `judge` says how the checks of these settings turned out, grant by grant; without it all are
    passed. `compose` puts the caller's own writes before ours; both are called again, 3 times at
    most, where the settings, a velocity or a debt changed meanwhile. Raises what the caller's
    parts refuse with, and as `add_grants`; Contention.
    """
    owed: Mapping[tuple[str, str], int] = NOTHING_OWED
    for _ in range(MAX_DECISIONS):
        verdicts = judge(programme) if judge else [PASSED] * len(given)
        planned = planned_of(organization_id, given, programme, verdicts, now=now, owed=owed)
        standings = [standing for _, standing, _ in planned]
        transaction = Transaction()
        compose(transaction, standings)
        _add(transaction, organization_id, planned, programme, now=now, owed=owed)
        try:
            transaction.commit(attempts)
        except BudgetExhausted as refusal:
            if not limits.is_outdated(refusal, programme):
                raise
        except Outdated as refusal:
            owed = _owed(owed, given, refusal)
        else:
            return standings
        if programme is not None:
            programme = programmes.find_programme(organization_id, programme.programme)
    raise Contention


def add_grants(
    transaction: Transaction,
    organization_id: str,
    given: Sequence[Grant],
    programme: Programme | None,
    verdicts: Sequence[Verdict],
    *,
    now: datetime,
    owed: Mapping[tuple[str, str], int] = NOTHING_OWED,
) -> list[Standing]:
    """Add several grants of one programme to a transaction of the caller's.

    Items: for each grant its reward, two entries and an outbox item; for all together one balance
    per owner and one of the programme, one per budget (or a check of the settings' version), one
    per person and cap or velocity. Two grants to two people with a budget and a cap: 14.
    Raises Invalid, ProgrammeClosed, CapReached, Outdated. The transaction refuses with
    RewardDiffers (`current` is the reward that has this natural key), BudgetExhausted, CapReached,
    and Outdated where the settings, a velocity or an owner's debt are not as they were read.
    """
    planned = planned_of(organization_id, given, programme, verdicts, now=now, owed=owed)
    _add(transaction, organization_id, planned, programme, now=now, owed=owed)
    return [standing for _, standing, _ in planned]


def _add(
    transaction: Transaction,
    organization_id: str,
    planned: Sequence[Planned],
    programme: Programme | None,
    *,
    now: datetime,
    owed: Mapping[tuple[str, str], int],
) -> None:
    for _, _, reward in planned:
        transaction.put(reward, Reward.key.does_not_exist(), RewardDiffers())
    taking = [(given, standing.state is not State.HELD) for given, standing, _ in planned]
    limits.take(transaction, organization_id, programme, taking, now)
    posted = [
        transfers.granting(standing, given.reason, reward.transfer_id)
        for given, standing, reward in planned
    ]
    accounts.post_all(transaction, organization_id, posted, now, owed)
    for _, standing, _ in planned:
        items.emit(transaction, organization_id, items.GRANTED, standing, version=1, now=now)


def debt_in(refusal: Outdated) -> dict[tuple[str, str], int]:
    """Return what a refused write found an owner to owe, by (owner, currency); else nothing."""
    found = refusal.current
    if not isinstance(found, Balance):
        return {}
    return {(found.account.split("#", 1)[1], found.currency): -int(found.owed_minor or 0)}


def _owed(
    owed: Mapping[tuple[str, str], int], given: Sequence[Grant], refusal: Outdated
) -> Mapping[tuple[str, str], int]:
    """Take in what the refused write found an owner to owe."""
    wanted = {(grant.owner_id, grant.currency) for grant in given}
    debts = debt_in(refusal)
    return {**owed, **{key: amount for key, amount in debts.items() if key in wanted}}
