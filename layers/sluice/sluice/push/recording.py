"""Recording what became of a message once its providers were asked (E2, E7)."""

from datetime import datetime

import msgspec

from sluice.push import later, receipts, suppressing
from sluice.push.providers import Receipt
from sluice.push.receipts import Incoming
from sluice.push.refusals import AttemptSettled, MessageKnown, PushStopped
from sluice.push.rules.judging import Evidence, Finding, Level
from sluice.push.rules.tries import next_try
from sluice.push.sending import Answer, Outcome
from sluice.push.store.attempts import leave_unknown
from sluice.push.store.held import Held, load_again
from sluice.push.store.lookups import early_receipts
from sluice.push.store.settling import Settlement, settle
from sluice.push.store.tries import Turn, defer
from sluice.push.tables import Attempt, Lookup
from sluice.shared import guard, telemetry

MAX_TRIES = 5


def record(held: Held, attempt: Attempt, answer: Answer, turn: Turn, now: datetime) -> Held:
    """Record what became of a message; first the receipts that came before the answer.

    One transaction, of 1 or 2 items; again where receipts came first. An address that does not
    exist is suppressed: two or three reads and a transaction of 1 item more. Returns the push as it
    is afterwards. What is to be tried again waits for its time in the queue.
    """
    telemetry.note(channel=attempt.channel, sent=answer.outcome.value)
    position = int(attempt.position)
    match answer.outcome:
        case Outcome.UNKNOWN:
            return leave_unknown(held, attempt, answer.why)
        case Outcome.NOT_SENT:
            return _try_later(held, attempt, answer, turn, now)
        case Outcome.REJECTED:
            failed = _fail(held, position, answer.why, now)
            if answer.gone is not None:
                suppressing.end(held.push, attempt.account_id, answer.gone, now)
            return failed
        case Outcome.ACCEPTED:
            return _accept(held, position, answer.message_id, now)


def _try_later(held: Held, attempt: Attempt, answer: Answer, turn: Turn, now: datetime) -> Held:
    """Another try while the channel has its turn, else the next channel's."""
    position = int(attempt.position)
    channel = held.plan.channels[position]
    again = next_try(channel, int(attempt.tries or 0), now, answer.retry_after_seconds)
    send_at = again and turn.allowed(again)
    if send_at is None or send_at >= attempt.due_at:
        return _fail(held, position, answer.why, now)
    try:
        defer(held, attempt, send_at, answer.why, now)
    except PushStopped:
        return _fail(held, position, answer.why, now)
    except AttemptSettled:
        return load_again(held)
    later.queue(held, attempt, now)
    return held


def _fail(held: Held, position: int, why: str, now: datetime) -> Held:
    finding = Finding(None, Evidence.CONFIRMED, why)
    free = {"price_micros": 0, "waste": None}  # what never left
    return settle(held, Settlement(position, finding, facts=free), now)


def _accept(held: Held, position: int, message_id: str | None, now: datetime) -> Held:
    finding = Finding(Level.ACCEPTED, Evidence.CONFIRMED, "the provider accepted it")
    taken = 0
    for _ in guard.attempts(MAX_TRIES):
        settlement = Settlement(
            position, finding, message_id=message_id, early_count=taken, facts={"sent_at": now}
        )
        try:
            held = settle(held, settlement, now)
            break
        except MessageKnown as refusal:
            if refusal.current is None or refusal.current.push_id is not None:
                _check_ours(refusal.current, held, position)
                message_id = None
                continue
            early = early_receipts(refusal.current)
            held = _take_early(held, position, early[taken:], now)
            taken = len(early)
    return held


def _check_ours(found: Lookup | None, held: Held, position: int) -> None:
    """Warn where a message id is another attempt's: then its receipts are not ours."""
    if found is None or (found.push_id, found.position) != (held.push.push_id, position):
        telemetry.logger.warning("message_id_used_twice")


def _take_early(held: Held, position: int, early: list[bytes], now: datetime) -> Held:
    attempt = held.attempt(position)
    account_id = attempt.account_id if attempt else ""
    for raw in early:
        receipt = msgspec.json.decode(raw, type=Receipt)
        incoming = Incoming(held.push.organization_id, account_id, receipt, now)
        held = receipts.settle_receipt(held, position, incoming, receipts.MESSAGE_ID)
    return held
