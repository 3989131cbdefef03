"""Rewards on their way: cleared or expired when due, decided by people, paid out in batches."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pynamodb.expressions.update import Action

from sluice.rewards import rules
from sluice.rewards.refusals import Outdated, RewardNotHeld
from sluice.rewards.rules import Standing, State, transfers
from sluice.rewards.rules.reversals import Reversal
from sluice.rewards.store import accounts, items, reversals
from sluice.rewards.store.reversals import Why
from sluice.rewards.tables import Balance, Reward
from sluice.shared import ids, sweeping
from sluice.shared.errors import Contention, Invalid, NotFound
from sluice.shared.guard import Transaction

MAX_TRIES = 3  # of one reward whose owner's debt changes meanwhile


def sweep(now: datetime, until: float) -> None:
    """Clear every reward whose hold period is over; end those that nobody reviewed in time.

    `sweeping.sweep`, over 16 buckets; a reward is a read and a transaction of 6 items. `until` is
    on the monotonic clock, in seconds.
    """

    def work(found: Reward) -> str:
        organization_id, _, reward_id = found.key.split("#")
        reward = items.find_reward(organization_id, reward_id)
        if reward is None or not _is_due(reward, now):
            return "moved"
        if reward.state == State.HELD:
            _expire(organization_id, reward, now)
            return "expired"
        _clear(organization_id, reward, now, [])
        return "cleared"

    sweeping.sweep(items.DUE, work, now, until)


def approve(organization_id: str, reward_id: str, reason: str, by: str, now: datetime) -> Standing:
    """Let a held reward go on: it is the owner's own, or pending until its hold period is over.

    One read, one transaction of 6 items, or of 1 where it stays pending. Repeated, it answers the
    reward as it stands. Raises Invalid, NotFound, RewardNotHeld, Contention.
    """
    if not rules.is_reason(reason):
        raise Invalid("The reason is not a code.", [("reason", "not in the expected form")])
    reward = items.find_reward(organization_id, reward_id)
    if reward is None:
        raise NotFound("There is no such reward.")
    if reward.state != State.HELD:
        if reward.decision == "approve":
            return items.standing_of(reward)
        raise RewardNotHeld(f"The reward is {reward.state}.")
    decision = [
        Reward.decision.set("approve"),
        Reward.decided_by.set(by),
        Reward.decided_at.set(now),
        Reward.decision_reason.set(reason),
    ]
    standing = items.standing_of(reward)
    if standing.clears_at is None or standing.clears_at <= now:
        return _clear(organization_id, reward, now, decision)
    standing = replace(standing, state=State.PENDING)
    transaction = Transaction()
    _move(transaction, organization_id, reward, standing, decision, due_at=reward.clears_at)
    _commit(transaction)
    return standing


def add_claim(
    transaction: Transaction, organization_id: str, reward: Reward, payout_id: str
) -> Standing:
    """Add the claim of a cleared reward by a payout batch: 1 item. Refuses with Outdated."""
    standing = _next(reward, State.CLEARED, State.PAYABLE)
    claimed = [Reward.payout_id.set(payout_id)]
    _move(transaction, organization_id, reward, standing, claimed)
    return standing


def add_release(transaction: Transaction, organization_id: str, reward: Reward) -> Standing:
    """Add the return of a claimed reward, unpaid, to those that wait: 1 item."""
    standing = _next(reward, State.PAYABLE, State.CLEARED)
    _move(transaction, organization_id, reward, standing, [])
    return standing


def add_payments(
    transaction: Transaction, organization_id: str, rewards: Sequence[Reward], now: datetime
) -> None:
    """Add the payment of claimed rewards of one owner, of what their debt left of each.

    3 items for each and 2 balances: 25 rewards in a transaction leave room for its cause.
    Refuses with Outdated.
    """
    posted = []
    for reward in rewards:
        standing = _next(reward, State.PAYABLE, State.PAID)
        transfer = transfers.paying(standing, ids.sortable(now))
        paid = [
            Reward.payout_transfer_id.set(transfer.transfer_id),
            Reward.paid_at.set(now),
            Reward.paid_minor.set(transfer.amount_minor),
        ]
        _move(transaction, organization_id, reward, standing, paid)
        posted.append(transfer)
    accounts.post_all(transaction, organization_id, posted, now)


def _is_due(reward: Reward, now: datetime) -> bool:
    due_at: datetime | None = reward.due_at
    return due_at is not None and due_at <= now


def _next(reward: Reward, before: State, after: State) -> Standing:
    standing = items.standing_of(reward)
    if standing.state is not before:
        raise Outdated(f"The reward is {standing.state}.")
    return replace(standing, state=after)


def _clear(
    organization_id: str, reward: Reward, now: datetime, decision: Sequence[Action]
) -> Standing:
    """Make a reward its owner's own, less what the owner owes."""
    owed_minor = 0
    for _ in range(MAX_TRIES):
        before = items.standing_of(reward)
        collected = transfers.collected_of(before.left_minor, owed_minor)
        standing = replace(before, state=State.CLEARED, collected_minor=collected)
        transfer = transfers.clearing(standing, ids.sortable(now))
        cleared = [
            *decision,
            Reward.cleared_at.set(now),
            Reward.clearing_transfer_id.set(transfer.transfer_id),
        ]
        if collected:
            cleared.append(Reward.collected_minor.set(collected))
        transaction = Transaction()
        _move(transaction, organization_id, reward, standing, cleared)
        owed = {(reward.owner_id, reward.currency): owed_minor}
        accounts.post_all(transaction, organization_id, [transfer], now, owed)
        version = int(reward.version) + 1
        items.emit(transaction, organization_id, items.CLEARED, standing, version=version, now=now)
        try:
            transaction.commit()
        except Outdated as refusal:
            if not isinstance(refusal.current, Balance):
                raise Contention("The reward changed at the same moment.") from None
            owed_minor = -int(refusal.current.owed_minor or 0)
            continue
        return standing
    raise Contention


def _expire(organization_id: str, reward: Reward, now: datetime) -> None:
    """Void a held reward that nobody decided in time."""
    transaction = Transaction()
    whole = [(reward, Reversal(reward.reward_id))]
    reversals.add_reversals(
        transaction, organization_id, whole, Why("not-reviewed", kind="expiry"), now
    )
    _commit(transaction)


def _move(
    transaction: Transaction,
    organization_id: str,
    reward: Reward,
    after: Standing,
    actions: Sequence[Action],
    *,
    due_at: datetime | None = None,
) -> None:
    transaction.update(
        reward,
        [*items.waiting(organization_id, reward, after, due_at), *actions],
        condition=Reward.version == reward.version,
        otherwise=Outdated(),
    )


def _commit(transaction: Transaction) -> None:
    try:
        transaction.commit()
    except Outdated:
        raise Contention("The reward changed at the same moment.") from None
