"""Limits of a programme in the transaction of what they limit: budgets, caps, velocities."""

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from sluice.rewards.programme_tables import Budget, Counter, Gate
from sluice.rewards.refusals import BudgetExhausted, CapReached, Outdated, ProgrammeClosed
from sluice.rewards.rules import Grant, checks, programmes
from sluice.rewards.rules.programmes import Count, Programme
from sluice.rewards.store.programmes import budget_item, gate_item
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.table import find

type Counted = dict[str, Any]  # what a reward took from, as its item keeps it


@dataclass(frozen=True)
class Returned:
    """A reward of which an amount is taken back, the last of it where it is whole then."""

    grant: Grant
    counted: Counted | None
    amount_minor: int
    is_whole: bool


def take(
    transaction: Transaction,
    organization_id: str,
    programme: Programme | None,
    given: Sequence[tuple[Grant, bool]],
    now: datetime,
) -> None:
    """Add what grants take from the programme's limits: an item per budget and counter.

    Each grant comes with whether its checks were passed: of a held one the velocity is counted
    and not guarded. The settings must be the latest: the budgets are asked that where there are
    any, else 1 item more is. Raises ProgrammeClosed, CapReached. The transaction refuses with
    BudgetExhausted (which may be `is_outdated`), CapReached, and Outdated where the settings are
    others or a velocity was reached since it was read.
    """
    if programme is None:
        return
    if not programme.is_open:
        raise ProgrammeClosed
    grants = [grant for grant, _ in given]
    spending = programmes.spending(programme, grants)
    for currency, amount_minor in sorted(spending.items()):
        transaction.update(
            budget_item(organization_id, programme.programme, currency),
            [Budget.left_minor.add(-amount_minor), Budget.spent_minor.add(amount_minor)],
            condition=(Budget.left_minor >= amount_minor) & _is_latest(Budget, programme),
            otherwise=BudgetExhausted(),
        )
    if not spending:
        gate = gate_item(organization_id, programme.programme, grants[0].natural_key)
        transaction.check(gate, condition=_is_latest(Gate, programme), otherwise=Outdated())
    held = {grant.owner_id for grant, passed in given if not passed}
    for count in programmes.counts(programme, grants, now):
        _count(transaction, organization_id, programme.programme, count, held)


def is_outdated(refusal: BudgetExhausted, programme: Programme | None) -> bool:
    """Tell whether a budget refused because its programme has other settings by now."""
    found = refusal.current
    known = isinstance(found, Budget) and found.version is not None
    return known and programme is not None and int(found.version) != programme.version


def counted_of(programme: Programme | None, grant: Grant, now: datetime) -> Counted | None:
    """Return what one grant takes from, for its reward to keep; None where from nothing."""
    counts = programmes.counts(programme, [grant], now)
    counted: Counted = {
        "budget": bool(programmes.spending(programme, [grant])),
        "caps": [
            [c.item, c.count, c.amount_minor, c.expires.timestamp() if c.expires else None]
            for c in counts
            if not c.is_velocity
        ],
    }
    return counted if any(counted.values()) else None


def give_back(transaction: Transaction, organization_id: str, returned: Sequence[Returned]) -> None:
    """Add the return of what rewards took, an item per budget and counter, of all together.

    The budget and the caps of an amount get the amount; the caps of a count get a whole reward.
    """
    budgets: Tally[tuple[str, str]] = Tally()
    caps: Tally[tuple[str, str, float | None]] = Tally()
    counts: Tally[tuple[str, str, float | None]] = Tally()
    for each in returned:
        grant, counted = each.grant, each.counted or {"budget": False, "caps": []}
        if counted["budget"]:
            budgets[grant.programme, grant.currency] += each.amount_minor
        for item, count, amount_minor, expires in counted["caps"]:
            at = (_person(organization_id, grant.programme, grant.owner_id), item, expires)
            counts[at] += count if each.is_whole else 0
            caps[at] += each.amount_minor if amount_minor else 0
    for (programme, currency), amount_minor in budgets.items():
        transaction.upsert(
            budget_item(organization_id, programme, currency),
            [Budget.left_minor.add(amount_minor), Budget.spent_minor.add(-amount_minor)],
        )
    for (person, item, expires), count in counts.items():
        amount_minor = caps[person, item, expires]
        if count or amount_minor:
            actions: list[Action] = [
                Counter.granted.add(-count),
                Counter.amount_minor.add(-amount_minor),
            ]
            if expires is not None:
                actions.append(Counter.expires.set(datetime.fromtimestamp(expires).astimezone()))
            transaction.upsert(Counter(person, item), actions)


def recent(
    organization_id: str, programme: Programme, owner_id: str, now: datetime
) -> Mapping[int, int]:
    """Return how many rewards an owner got in the velocities' current windows, a read each."""
    found: dict[int, int] = {}
    key = _person(organization_id, programme.programme, owner_id)
    for velocity in programme.checks.velocities:
        begun = checks.window_of(velocity, int(now.timestamp()))
        counter = find(Counter, key, programmes.velocity_item(velocity.window_seconds, begun))
        found[velocity.window_seconds] = int(counter.granted) if counter else 0
    return found


def _count(
    transaction: Transaction, organization_id: str, programme: str, count: Count, held: set[str]
) -> None:
    if _is_beyond(count):
        if not count.is_velocity:
            raise CapReached
        if count.owner_id not in held:
            raise Outdated
    item = Counter(_person(organization_id, programme, count.owner_id), count.item)
    actions: list[Action] = [
        Counter.granted.add(count.count),
        Counter.amount_minor.add(count.amount_minor),
    ]
    if count.expires is not None:
        actions.append(Counter.expires.set(count.expires))
    if count.is_velocity and count.owner_id in held:
        transaction.upsert(item, actions)
        return
    refusal = Outdated() if count.is_velocity else CapReached()
    transaction.update(item, actions, condition=_has_room(count), otherwise=refusal)


def _is_beyond(count: Count) -> bool:
    too_many = count.max_count is not None and count.count > count.max_count
    too_much = count.max_amount_minor is not None and count.amount_minor > count.max_amount_minor
    return too_many or too_much


def _has_room(count: Count) -> Condition:
    granted, amount_minor = Counter.granted, Counter.amount_minor
    room: Condition | None = None
    if count.max_count is not None:
        room = granted <= count.max_count - count.count
    if count.max_amount_minor is not None:
        fits = amount_minor <= count.max_amount_minor - count.amount_minor
        room = fits if room is None else room & fits
    new: Condition = granted.does_not_exist()
    return new if room is None else new | room


def _is_latest(item: type[Budget | Gate], programme: Programme) -> Condition:
    """Items from before versions were told say nothing of them."""
    version = item.version
    latest: Condition = version.does_not_exist() | (version == programme.version)
    return latest


def _person(organization_id: str, programme: str, owner_id: str) -> str:
    return ids.key(organization_id, "person", programme, owner_id)
