"""Rewards taken back: whole or in part, alone or several in one transaction (D5)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.update import Action

from sluice.rewards import rules
from sluice.rewards.refusals import Outdated, RewardNotReversible
from sluice.rewards.rules import Standing, State, transfers
from sluice.rewards.rules import reversals as reversing
from sluice.rewards.rules.programmes import MAX_GRANTS
from sluice.rewards.rules.reversals import Reversal
from sluice.rewards.store import accounts, items, limits
from sluice.rewards.store.limits import Returned
from sluice.rewards.tables import Reward
from sluice.shared import ids
from sluice.shared.errors import Contention, Invalid, NotFound
from sluice.shared.guard import MAX_ATTEMPTS, Transaction

MAX_DECISIONS = 3  # of rewards that change meanwhile

type Wanted = tuple[Reward, Reversal]
type Compose = Callable[[Transaction, Sequence[Standing]], None]


@dataclass(frozen=True)
class Why:
    """The reason code of a reversal, who decided it, and what its entries are called.

    With `expected`, rewards in another state are refused.
    """

    reason: str
    by: str | None = None
    kind: str = "reversal"
    expected: State | None = None


def reverse(
    organization_id: str,
    reward_id: str,
    reason: str,
    now: datetime,
    *,
    by: str | None = None,
    expected: State | None = None,
) -> Standing:
    """Take a whole reward back, or what is left of it, once; repeated, it answers the same.

    One read, one transaction: reward, two entries, two balances, outbox: 6 items, 12 write units,
    and 1 item for the budget and each cap. Raises as `reverse_together`.
    """
    why = Why(reason, by, expected=expected)
    (standing,) = reverse_together(organization_id, [Reversal(reward_id)], why, now)
    return standing


def reverse_together(
    organization_id: str,
    wanted: Sequence[Reversal],
    why: Why,
    now: datetime,
    compose: Compose | None = None,
    *,
    attempts: int = MAX_ATTEMPTS,
) -> list[Standing]:
    """Take rewards back as far as is refunded by now, all or none; return how they stand then.

    One read each and the transaction of `add_reversals`; what was taken back so far already
    writes nothing. `compose` puts the caller's own writes before ours; it is called again, 3
    times at most, where a reward changed meanwhile. Raises what the caller's parts refuse with,
    and Invalid, NotFound, RewardNotReversible, BalanceTooLow, Contention.
    """
    _check(wanted, why)
    found = {each.reward_id: _read(organization_id, each.reward_id) for each in wanted}
    for _ in range(MAX_DECISIONS):
        pairs = [(found[each.reward_id], each) for each in wanted]
        planned = [_after(reward, each, why) for reward, each in pairs]
        if compose is None and not any(_changes(*plan) for plan in planned):
            return [after for _, after in planned]
        transaction = Transaction()
        if compose is not None:
            compose(transaction, [after for _, after in planned])
        standings = add_reversals(transaction, organization_id, pairs, why, now)
        try:
            transaction.commit(attempts)
        except Outdated as refusal:
            if not isinstance(refusal.current, Reward):
                raise
            found[refusal.current.reward_id] = refusal.current
            continue
        return standings
    raise Contention("The reward changed at the same moment.")


def add_reversals(
    transaction: Transaction,
    organization_id: str,
    wanted: Sequence[Wanted],
    why: Why,
    now: datetime,
) -> list[Standing]:
    """Add to a transaction what is to be taken back of rewards that were read.

    What is pending or held is voided, what is cleared goes back from what the owner holds, what
    is paid is owed from then on and collected from the owner's next rewards. Items: for each
    reward that changes itself, two entries and an outbox item; for all together one balance per
    owner and programme, one per budget, one per person and cap. Nothing for one that had so much
    taken back. Raises Invalid, RewardNotReversible. The transaction refuses with Outdated
    (`current` is the reward as it is) and BalanceTooLow.
    """
    _check([each for _, each in wanted], why)
    standings, posted, returned = [], [], []
    for reward, each in wanted:
        before, after = _after(reward, each, why)
        standings.append(after)
        if not _changes(before, after):
            continue
        transfer = transfers.reversing(before, after, why.reason, ids.sortable(now), why.kind)
        posted.append(transfer)
        _take(transaction, reward, after, why, transfer.transfer_id, now)
        is_whole = after.state is State.REVERSED
        grant = items.grant_of(reward)
        returned.append(Returned(grant, reward.counted, transfer.amount_minor, is_whole))
        event = items.REVERSED if is_whole else items.REDUCED
        version = int(reward.version) + 1
        items.emit(transaction, organization_id, event, after, version=version, now=now)
    if posted:
        accounts.post_all(transaction, organization_id, posted, now)
        limits.give_back(transaction, organization_id, returned)
    return standings


def _check(wanted: Sequence[Reversal], why: Why) -> None:
    if not rules.is_reason(why.reason):
        raise Invalid("The reason is not a code.", [("reason", "not in the expected form")])
    if not 0 < len({each.reward_id for each in wanted}) == len(wanted) <= MAX_GRANTS:
        raise Invalid(f"From 1 to {MAX_GRANTS} rewards, each once, are taken back together.")
    if faults := [fault for each in wanted for fault in reversing.faults(each)]:
        raise Invalid("The reversal is not valid.", faults)


def _read(organization_id: str, reward_id: str) -> Reward:
    reward = items.find_reward(organization_id, reward_id)
    if reward is None:
        raise NotFound("There is no such reward.")
    return reward


def _after(reward: Reward, wanted: Reversal, why: Why) -> tuple[Standing, Standing]:
    before = items.standing_of(reward)
    after = reversing.taken_back(before, wanted)
    is_refused = not rules.may_move(before.state, State.REVERSED)
    if _changes(before, after) and (is_refused or why.expected not in {None, before.state}):
        raise RewardNotReversible(f"The reward is {before.state}.")
    return before, after


def _changes(before: Standing, after: Standing) -> bool:
    return after.reversed_minor > before.reversed_minor


def _take(  # noqa: PLR0917 - what is written
    transaction: Transaction,
    reward: Reward,
    after: Standing,
    why: Why,
    transfer_id: str,
    now: datetime,
) -> None:
    """Change the reward: while some of it is left, it waits where it is."""
    actions: list[Action] = [Reward.version.add(1)]
    if after.state is State.REVERSED:
        actions = [
            *items.waiting(items.organization_of(reward), reward, after, due_at=None),
            Reward.reversal_transfer_id.set(transfer_id),
            Reward.reversed_at.set(now),
            *_decided(reward, why, now),
        ]
    actions.append(Reward.reversed_minor.set(after.reversed_minor))
    if reward.collected_minor:
        actions.append(Reward.collected_minor.set(after.collected_minor))
    unchanged = Reward.version == reward.version
    transaction.update(reward, actions, condition=unchanged, otherwise=Outdated())


def _decided(reward: Reward, why: Why, now: datetime) -> list[Action]:
    if why.by is None:
        return []
    return [
        Reward.decision.set("reject" if reward.state == State.HELD else "reverse"),
        Reward.decided_by.set(why.by),
        Reward.decided_at.set(now),
        Reward.decision_reason.set(why.reason),
    ]
