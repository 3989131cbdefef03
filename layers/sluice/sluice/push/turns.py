"""A message's turn: decided, begun, given to its providers, recorded (E2, E7).

What sends is a task of the chain, or whoever comes when its time has come: both take turns here.
"""

from dataclasses import dataclass
from datetime import datetime

from sluice.push import evidence, later, recording, signals
from sluice.push.courtesy import TOO_OFTEN, Addressee, addressee_of, turn_of
from sluice.push.refusals import FrequencyCapReached, PushStopped, RecipientChanged, TryTaken
from sluice.push.rules import chain
from sluice.push.rules.chain import Status, Step
from sluice.push.rules.courtesy import WHOLE_PUSH, Withheld
from sluice.push.sending import Provider, find_provider, send, verdict_of
from sluice.push.store import pushes
from sluice.push.store.attempts import begin_attempt
from sluice.push.store.held import Held, facts, find_push, load_again
from sluice.push.store.settling import Settlement, settle
from sluice.push.store.tries import Turn, claim_try
from sluice.push.tables import Attempt
from sluice.shared import guard, telemetry

MAX_TRIES = 5


@dataclass(frozen=True)
class _Decided:
    """What two reads have told: of the provider account, and of the recipient."""

    provider: Provider | None
    addressee: Addressee
    turn: Turn


@dataclass(frozen=True)
class Begun:
    """An attempt that is this process's to send."""

    held: Held
    attempt: Attempt
    decided: _Decided


def look_back(held: Held, now: datetime) -> Held:
    """Settle what the user's behaviour since the first send proves: one query, if any was sent."""
    judged = evidence.judge(held)
    if judged is None:
        return held
    attempt, finding = judged
    return settle(held, Settlement(attempt.position, finding), now)


def begin(
    held: Held, position: int, task_token: str | None, tracking_id: str, now: datetime
) -> Begun:
    """Decide on the message of a position and write its attempt.

    Two reads and a transaction of 4 items, 5 where a cap counts; again, at most 5 times, where the
    recipient changed in between, or has had enough. Raises AttemptBegun, PushStopped, Contention.
    """
    forbidden: Withheld | None = None
    for _ in guard.attempts(MAX_TRIES):
        account_id = held.plan.channels[position].provider
        decided = _decide(held, position, account_id, now, forbidden)
        try:
            turn = decided.turn
            attempt = begin_attempt(
                held, position, turn, now, task_token=task_token, tracking_id=tracking_id
            )
        except RecipientChanged:
            continue
        except FrequencyCapReached:
            forbidden = TOO_OFTEN
            continue
        break
    return Begun(held, attempt, decided)


def resume(held: Held, attempt: Attempt, now: datetime) -> Begun:
    """Return an attempt that another process began and may have sent: two reads."""
    return Begun(held, attempt, _decide(held, int(attempt.position), attempt.account_id, now))


def _decide(
    held: Held, position: int, account_id: str, now: datetime, forbidden: Withheld | None = None
) -> _Decided:
    provider = find_provider(held.push.organization_id, account_id)
    addressee = addressee_of(held)
    verdict = forbidden or verdict_of(addressee, position, provider)
    return _Decided(provider, addressee, turn_of(addressee, position, verdict, now))


def take(begun: Begun, now: datetime, *, again: bool = False) -> Held:
    """Send what was begun, or let it wait for its time; what is withheld is over.

    Returns the push as it is afterwards; nobody has been told.
    """
    held, attempt, decided = begun.held, begun.attempt, begun.decided
    if attempt.withheld:
        telemetry.note(withheld=attempt.withheld)
        ends = held.chain.is_last or attempt.withheld in WHOLE_PUSH
        moved = ends and not pushes.give_up(held, str(attempt.why), now)
        return load_again(held) if moved else held
    if facts(attempt).send_at is not None:
        telemetry.note(sent="later")
        later.queue(held, attempt, now)
        return held
    answer = send(decided.addressee, attempt, decided.provider, again=again)
    return recording.record(held, attempt, answer, decided.turn, now)


def take_due(due: later.Due, now: datetime) -> str:
    """Send what had to wait for its time, once, and tell the waiting task what came of it.

    One or two queries, two reads, a transaction of 3 items, the provider's calls, one of 1 or 2
    items, at most one request to Step Functions. A second message for the same try sends again
    only where the provider would know it: the process before may have died. Returns what was done.
    """
    held = find_push(due.organization_id, due.push_id)
    attempt = held.attempt(due.position) if held else None
    if held is None or attempt is None:
        return "gone"
    telemetry.follow(held.push.correlation_id)
    tries = int(attempt.tries or 0)
    if chain.step(held.chain, due.position) is Step.SEND_AGAIN and tries == due.tries + 1:
        signals.follow(take(resume(held, attempt, now), now, again=True))
        return "again"
    send_at = facts(attempt).send_at
    if send_at is None or tries != due.tries:
        return "done"
    if now < send_at:
        later.queue(held, attempt, now)
        return "early"
    return _take_waiting(held, attempt, now)


def _take_waiting(held: Held, attempt: Attempt, now: datetime) -> str:
    held = look_back(held, now)
    if held.push.status != Status.RUNNING:
        signals.follow(held)
        return "over"
    for _ in guard.attempts(MAX_TRIES):
        channel = held.plan.channels[int(attempt.position)]
        decided = _decide(held, int(attempt.position), channel.provider, now)
        try:
            claim_try(held, attempt, decided.turn, now)
        except RecipientChanged:
            continue
        except (TryTaken, PushStopped):
            return "taken"
        break
    signals.follow(take(Begun(held, attempt, decided), now))
    return "taken up"
