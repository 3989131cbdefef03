"""Rewards: granted once per natural key, reversed once."""

from dataclasses import replace
from datetime import datetime

import msgspec

from sluice.rewards import rules
from sluice.rewards.refusals import RewardDiffers, RewardNotReversible
from sluice.rewards.rules import Grant, Standing, State, Transfer
from sluice.rewards.store import accounts
from sluice.rewards.tables import Reward
from sluice.shared import ids, outbox
from sluice.shared.claims import AlreadyClaimed, Claim, hash_of
from sluice.shared.errors import Contention, Invalid, NotFound
from sluice.shared.guard import MAX_ATTEMPTS, Transaction
from sluice.shared.table import find

GRANTED, REVERSED = "reward.granted.v1", "reward.reversed.v1"


def grant(
    organization_id: str,
    given: Grant,
    now: datetime,
    claim: Claim | None = None,
    attempts: int = MAX_ATTEMPTS,
) -> tuple[Standing, bool]:
    """Grant a reward once per programme and natural key; tells whether it was granted now.

    One transaction: reward, two entries, two balances, outbox: 6 items, 12 write units; with the
    caller's claim 7 and 14. A repeated claim gets the first answer; a repeated natural key gets
    the reward as it stands now; neither writes anything.
    Raises Invalid, KeyReused, RewardDiffers, Contention.
    """
    if faults := rules.faults(given):
        raise Invalid("The reward is not valid.", faults)
    reward = _new_reward(organization_id, given, now)
    standing = _standing(reward)
    transaction = Transaction()
    if claim is not None:
        claim.take(transaction, now, msgspec.to_builtins(standing))
    transaction.put(reward, Reward.key.does_not_exist(), RewardDiffers())
    transfer = rules.granting(standing, given.reason, reward.transfer_id)
    accounts.post(transaction, organization_id, transfer, now)
    _emit(transaction, organization_id, GRANTED, standing, version=1, now=now)
    try:
        transaction.commit(attempts)
    except AlreadyClaimed as claimed:
        first = claim.replay(claimed) if claim else None
        return msgspec.convert(first, Standing), False
    except RewardDiffers as refusal:
        if refusal.current.input_hash != reward.input_hash:
            raise
        return _standing(refusal.current), False
    return standing, True


def reverse(organization_id: str, reward_id: str, reason: str, now: datetime) -> Standing:
    """Take a whole reward back, once; repeated, it writes nothing and answers the same.

    One read, one transaction: reward, two entries, two balances, outbox: 6 items, 12 write units.
    Raises Invalid, NotFound, RewardNotReversible, BalanceTooLow, Contention.
    """
    if not rules.is_reason(reason):
        raise Invalid("The reason is not a code.", [("reason", "not in the expected form")])
    reward = find(Reward, _key(organization_id, reward_id))
    if reward is None:
        raise NotFound("There is no such reward.")
    standing = _standing(reward)
    if standing.state is State.REVERSED:  # final: it cannot have changed since it was read
        return standing
    if not rules.may_move(standing.state, State.REVERSED):
        raise RewardNotReversible(f"The reward is {standing.state}.")
    standing = replace(standing, state=State.REVERSED)
    transfer = rules.reversing(standing, reason, ids.sortable(now))
    transaction = Transaction()
    _reverse(transaction, reward, transfer, now)
    accounts.post(transaction, organization_id, transfer, now)
    version = int(reward.version) + 1
    _emit(transaction, organization_id, REVERSED, standing, version=version, now=now)
    try:
        transaction.commit()
    except RewardNotReversible as refusal:
        if refusal.current.state != State.REVERSED:
            raise Contention("The reward changed at the same moment.") from None
    return standing


def reward_id_of(organization_id: str, programme: str, natural_key: str) -> str:
    """Return the id of the reward for a natural key: no secret, and the same every time."""
    return ids.derived(organization_id.encode(), "reward", programme, natural_key)


def _new_reward(organization_id: str, given: Grant, now: datetime) -> Reward:
    reward_id = reward_id_of(organization_id, given.programme, given.natural_key)
    asked = (given.owner_id, str(given.amount_minor), given.currency, given.reason)
    return Reward(
        _key(organization_id, reward_id),
        reward_id=reward_id,
        programme=given.programme,
        natural_key=given.natural_key,
        input_hash=hash_of(*asked),
        owner_id=given.owner_id,
        amount_minor=given.amount_minor,
        currency=given.currency,
        reason=given.reason,
        state=State.CLEARED.value,
        transfer_id=ids.sortable(now),
        granted_at=now,
        version=1,
    )


def _reverse(transaction: Transaction, reward: Reward, transfer: Transfer, now: datetime) -> None:
    transaction.update(
        reward,
        [
            Reward.state.set(State.REVERSED.value),
            Reward.reversal_transfer_id.set(transfer.transfer_id),
            Reward.reversed_at.set(now),
            Reward.version.add(1),
        ],
        condition=Reward.version == reward.version,
        otherwise=RewardNotReversible(),
    )


def _emit(
    transaction: Transaction,
    organization_id: str,
    event_type: str,
    standing: Standing,
    *,
    version: int,
    now: datetime,
) -> None:
    outbox.emit(
        transaction,
        outbox.Event(
            id=ids.sortable(now),
            type=event_type,
            organization_id=organization_id,
            occurred_at=now,
            version=version,
            data=msgspec.to_builtins(standing),
        ),
    )


def _standing(reward: Reward) -> Standing:
    return Standing(
        reward_id=reward.reward_id,
        programme=reward.programme,
        natural_key=reward.natural_key,
        owner_id=reward.owner_id,
        amount_minor=int(reward.amount_minor),
        currency=reward.currency,
        state=State(reward.state),
        granted_at=reward.granted_at,
    )


def _key(organization_id: str, reward_id: str) -> str:
    return ids.key(organization_id, "reward", reward_id)
