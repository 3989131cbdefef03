"""Settling: one transaction for what a send, a receipt or a behaviour says of an attempt (E3-E5).

It raises the attempt's level, ends the push at its first success, marks what was sent for nothing,
keeps the receipt (which is also the claim on it) and writes the event.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from sluice.push.refusals import PushMoved, ReceiptKnown
from sluice.push.rules.chain import HURRY, Status, earns
from sluice.push.rules.costs import Told, told
from sluice.push.rules.judging import Evidence, Finding, Level, fails, improves
from sluice.push.rules.strategies import Price
from sluice.push.store.held import (
    Held,
    emit,
    facts,
    keep,
    load_again,
    next_version,
    update_push,
    whole,
)
from sluice.push.store.lookups import put_message
from sluice.push.store.pushes import ended, looked_at_in
from sluice.push.tables import Attempt, ReceiptItem
from sluice.shared import guard
from sluice.shared.table import mirror, set_all

MAX_TRIES = 5
NO_EFFECT = "none"


@dataclass(frozen=True)
class Settlement:
    """What there is to record of the attempt at a position."""

    position: int
    finding: Finding | None = None
    receipt: ReceiptItem | None = None
    price: Price | None = None  # the receipt's
    message_id: str | None = None
    early_count: int = 0  # receipts for `message_id` that were taken before it was mapped
    facts: dict[str, Any] = field(default_factory=dict)  # further attributes of the attempt


@dataclass
class _Writing:
    """A transaction being put together, and what it will have changed."""

    held: Held
    attempt: Attempt
    now: datetime
    transaction: guard.Transaction = field(default_factory=guard.Transaction)
    push: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    wasted: list[Attempt] = field(default_factory=list)


def settle(held: Held, settlement: Settlement, now: datetime) -> Held:
    """Record it in one transaction; done again on the push as it is now, at most 5 times.

    Write units: 4 for the attempt, 2 for the receipt, 4 more when the push ends (push and event),
    4 for each attempt that became waste. A receipt that was taken before changes nothing, but what
    the user did since may. Returns the push as it is afterwards. Raises MessageKnown, Contention.
    """
    for attempt in guard.attempts(MAX_TRIES):
        held = load_again(held) if attempt else held
        writing = _compose(held, settlement, now)
        if not writing.own and settlement.receipt is None:
            break  # all of it is known already
        try:
            writing.transaction.commit()
        except ReceiptKnown:
            if settlement.finding is None or settlement.finding.evidence is Evidence.CONFIRMED:
                return load_again(held)
            settlement = replace(settlement, receipt=None)  # the behaviour is news all the same
        except PushMoved:
            continue
        else:
            _bring_in_line(writing)
            break
    return held


def _compose(held: Held, settlement: Settlement, now: datetime) -> _Writing:
    attempt = held.attempt(settlement.position)
    if attempt is None:
        raise ValueError(f"no attempt at position {settlement.position}")
    writing = _Writing(held, attempt, now, own=dict(settlement.facts))
    condition = _price(writing, settlement)
    effect = NO_EFFECT
    finding = settlement.finding
    if finding is not None and improves(facts(attempt), finding):
        condition &= _raise(writing, finding)
        effect = Level(finding.level or 0).name.lower()
    elif finding is not None and fails(facts(attempt), finding):
        condition &= _fail(writing, finding)
        effect = "failed"
    if settlement.message_id is not None:
        writing.own["message_id"] = settlement.message_id
    _write(writing, settlement, condition, effect)
    return writing


def _price(writing: _Writing, settlement: Settlement) -> Condition:
    """A receipt's price replaces the estimate, and a lesser one; what a send cost does not."""
    attempt, given = writing.attempt, settlement.price
    known, level = None, whole(attempt.price_level)
    if level is not None:
        known = Told(level, int(attempt.price_micros), attempt.currency)
        writing.own.pop("price_micros", None)
    if given is not None and settlement.receipt is not None:
        new = told(settlement.receipt.status, given)
        if known is None or new > known:
            writing.own |= {
                "price_level": new.level,
                "price_micros": new.amount_micros,
                "currency": new.currency,
            }
    condition: Condition = Attempt.key.exists()
    if "price_micros" in writing.own and known is None:
        condition &= Attempt.price_level.does_not_exist()
    elif "price_micros" in writing.own and known is not None:
        condition &= Attempt.price_level == known.level
        condition &= Attempt.price_micros == known.amount_micros
        condition &= Attempt.currency == known.currency
    return condition


def _raise(writing: _Writing, finding: Finding) -> Condition:
    """The attempt got further; if far enough, the push is reached (once). A refusal's why stays."""
    attempt, level = writing.attempt, Level(finding.level or 0)
    writing.own |= {"level": level, "evidence": finding.evidence, "send_at": None}
    better = (Attempt.level == level) & (Attempt.evidence < finding.evidence)
    condition: Condition = (Attempt.level < level) | better
    if level >= int(attempt.wanted):
        writing.own["failed"] = None
        if earns(writing.held.chain, int(attempt.position)):
            _reach(writing, finding)
    elif attempt.failed:
        return condition
    else:
        condition &= Attempt.failed.does_not_exist()
    writing.own |= {"why": finding.why, "settled_at": writing.now}
    return condition


def _reach(writing: _Writing, finding: Finding) -> None:
    """The push arrived by this attempt: nothing more is sent, and what was sent later is waste."""
    held, position = writing.held, int(writing.attempt.position)
    event = "push.reached.v1"
    if held.push.status == Status.REACHED:
        event = "push.recredited.v1"  # an earlier attempt arrived after all
    else:
        writing.push = ended(Status.REACHED, finding.why, writing.now)
        if held.push.status == Status.RUNNING and not held.chain.is_last:
            writing.push |= looked_at_in(held, HURRY, writing.now)
    writing.push |= {"reached_position": position, "why": finding.why}
    writing.wasted = [
        later
        for later in held.attempts
        if int(later.position) > position and not later.waste and not _unsent(later)
    ]
    level, evidence = Level(finding.level or 0), finding.evidence
    _tell(writing, event, {"level": level.name.lower(), "evidence": evidence.name.lower()})


def _fail(writing: _Writing, finding: Finding) -> Condition:
    """The attempt was not received: the chain moves on, or ends if this was the last channel."""
    held, position = writing.held, int(writing.attempt.position)
    writing.own |= {
        "failed": True,
        "why": finding.why,
        "settled_at": writing.now,
        "send_at": None,
    }
    if held.push.status == Status.RUNNING and position == int(held.push.position):
        if held.chain.is_last:
            writing.push = ended(Status.UNREACHED, finding.why, writing.now)
            _tell(writing, "push.unreached.v1", {})
        else:
            writing.push = looked_at_in(held, HURRY, writing.now)
    unsatisfied: Condition = Attempt.level < int(writing.attempt.wanted)
    condition: Condition = Attempt.failed.does_not_exist() & unsatisfied
    return condition


def _tell(writing: _Writing, event_type: str, data: dict[str, Any]) -> None:
    push, attempt = writing.held.push, writing.attempt
    facts_of_it = {
        "strategy_id": push.strategy_id,
        "strategy_version": int(push.strategy_version),
        "position": int(attempt.position),
        "channel": attempt.channel,
        **data,
    }
    emit(
        writing.transaction,
        push,
        event_type,
        version=next_version(writing.held),
        data=facts_of_it,
        now=writing.now,
    )


def _unsent(attempt: Attempt) -> bool:
    waits = facts(attempt).send_at is not None
    return waits or (bool(attempt.failed) and attempt.sent_at is None)


def _write(writing: _Writing, settlement: Settlement, condition: Condition, effect: str) -> None:
    transaction, held = writing.transaction, writing.held
    actions = set_all(Attempt, writing.own)
    if settlement.receipt is not None:
        settlement.receipt.effect = effect
        condition &= keep(transaction, settlement.receipt, writing.attempt)
        actions.append(Attempt.receipts.add(1))
        writing.own["receipts"] = int(writing.attempt.receipts or 0) + 1
    if settlement.message_id is not None:
        put_message(
            transaction,
            held,
            writing.attempt,
            settlement.message_id,
            early_count=settlement.early_count,
            now=writing.now,
        )
    if actions:
        transaction.update(writing.attempt, actions, condition=condition, otherwise=PushMoved())
    if writing.push:
        writing.push["version"] = next_version(held)
        update_push(transaction, held, writing.push)
    for later in writing.wasted:
        waste = set_all(Attempt, {"waste": True})
        transaction.update(later, waste, condition=Attempt.key.exists(), otherwise=PushMoved())


def _bring_in_line(writing: _Writing) -> None:
    mirror(writing.attempt, writing.own)
    mirror(writing.held.push, writing.push)
    for later in writing.wasted:
        later.waste = True
