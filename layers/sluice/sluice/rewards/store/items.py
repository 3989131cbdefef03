"""Items of rewards: how one is made, read, and where it waits."""

import zlib
from datetime import datetime
from typing import Any

import msgspec
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from sluice.rewards.rules import Grant, Standing, State
from sluice.rewards.tables import Reward, RewardsByDue
from sluice.shared import ids, outbox
from sluice.shared.claims import hash_of
from sluice.shared.guard import Transaction
from sluice.shared.sweeping import FAILURES, Waiting
from sluice.shared.table import find

GRANTED, CLEARED = "reward.granted.v1", "reward.cleared.v1"
REDUCED, REVERSED = "reward.reduced.v1", "reward.reversed.v1"  # taken back in part, whole
DUE = Waiting(Reward.by_due, RewardsByDue.due_at, 16)
CLEARED_SHARDS = 16  # may grow, never shrink


def reward_id_of(organization_id: str, programme: str, natural_key: str) -> str:
    """Return the id of the reward for a natural key: no secret, and the same every time."""
    return ids.derived(organization_id.encode(), "reward", programme, natural_key)


def find_reward(organization_id: str, reward_id: str) -> Reward | None:
    """Return a reward as it is now, or None. One read."""
    return find(Reward, key_of(organization_id, reward_id))


def key_of(organization_id: str, reward_id: str) -> str:
    """Return the key of a reward."""
    return ids.key(organization_id, "reward", reward_id)


def organization_of(reward: Reward) -> str:
    """Return whose a reward is, by its key."""
    return reward.key.split("#", 1)[0]


def input_hash_of(given: Grant) -> str:
    """Return the hash of what was asked under a natural key."""
    return hash_of(given.owner_id, str(given.amount_minor), given.currency, given.reason)


def new_reward(
    organization_id: str, given: Grant, standing: Standing, due_at: datetime | None, now: datetime
) -> Reward:
    """Return the item of a new reward that stands as given."""
    transfer_id = ids.sortable(now)
    queue, place = queue_of(organization_id, standing, transfer_id)
    return Reward(
        key_of(organization_id, standing.reward_id),
        reward_id=standing.reward_id,
        programme=given.programme,
        natural_key=given.natural_key,
        input_hash=input_hash_of(given),
        owner_id=given.owner_id,
        owner_key=ids.key(organization_id, given.owner_id),
        amount_minor=given.amount_minor,
        collected_minor=standing.collected_minor or None,
        currency=given.currency,
        reason=given.reason,
        reasons=list(standing.reasons) or None,
        state=standing.state.value,
        queue=queue,
        queue_place=place,
        due_bucket=DUE.bucket_of(standing.reward_id) if due_at else None,
        due_at=due_at,
        transfer_id=transfer_id,
        granted_at=now,
        clears_at=standing.clears_at,
        version=1,
    )


def standing_of(reward: Reward) -> Standing:
    """Return a reward as callers see it."""
    # What was reversed before parts could be says so by its state only.
    reversed_minor = reward.amount_minor if reward.state == State.REVERSED else 0
    return Standing(
        reward_id=reward.reward_id,
        programme=reward.programme,
        natural_key=reward.natural_key,
        owner_id=reward.owner_id,
        amount_minor=int(reward.amount_minor),
        currency=reward.currency,
        state=State(reward.state),
        granted_at=reward.granted_at,
        clears_at=reward.clears_at,
        reasons=tuple(reward.reasons or ()),
        collected_minor=int(reward.collected_minor or 0),
        reversed_minor=int(reward.reversed_minor or reversed_minor),
    )


def grant_of(reward: Reward) -> Grant:
    """Return what was asked for when the reward was granted."""
    return Grant(
        reward.natural_key,
        reward.owner_id,
        int(reward.amount_minor),
        reward.currency,
        reward.reason,
        reward.programme,
    )


def queue_of(
    organization_id: str, standing: Standing, transfer_id: str
) -> tuple[str, str] | tuple[None, None]:
    """Return where a reward waits for somebody in its state: its queue and its place there."""
    if standing.state is State.HELD:
        return ids.key(organization_id, "held"), transfer_id
    if standing.state is State.CLEARED:
        queue = cleared_queue(organization_id, cleared_shard(standing.owner_id))
        return queue, ids.key(standing.owner_id, transfer_id)
    return None, None


def cleared_shard(owner_id: str) -> int:
    """Return which queue an owner's cleared rewards wait in."""
    return zlib.crc32(owner_id.encode()) % CLEARED_SHARDS


def cleared_queue(organization_id: str, shard: int) -> str:
    """Return a queue of cleared rewards; an owner's are all in one, side by side."""
    return ids.key(organization_id, "cleared", f"{shard:02}")


def waiting(
    organization_id: str, reward: Reward, after: Standing, due_at: datetime | None
) -> list[Action]:
    """Return what puts a reward where it waits in its next state, and nowhere else."""
    queue, place = queue_of(organization_id, after, reward.transfer_id)
    actions: list[Action] = [Reward.state.set(after.state.value), Reward.version.add(1)]
    if queue is None or place is None:
        actions += [Reward.queue.remove(), Reward.queue_place.remove()]
    else:
        actions += [Reward.queue.set(queue), Reward.queue_place.set(place)]
    if due_at is None:
        actions += [Reward.due_bucket.remove(), Reward.due_at.remove()]
    else:
        bucket = DUE.bucket_of(reward.reward_id)
        actions += [Reward.due_bucket.set(bucket), Reward.due_at.set(due_at)]
    return [*actions, Path(FAILURES).remove()]


def emit(
    transaction: Transaction,
    organization_id: str,
    event_type: str,
    standing: Standing,
    *,
    version: int,
    now: datetime,
) -> None:
    """Add the event of a reward to the transaction of its cause."""
    data: dict[str, Any] = msgspec.to_builtins(standing)
    event = outbox.Event(
        id=ids.sortable(now),
        type=event_type,
        organization_id=organization_id,
        occurred_at=now,
        version=version,
        data=data,
    )
    outbox.emit(transaction, event)
