"""One task of the chain: look whether it arrived after all, else send on the next channel (E2)."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from sluice.push import evidence, executions, receipts, signals
from sluice.push.providers import Receipt
from sluice.push.receipts import Incoming
from sluice.push.refusals import AttemptBegun, MessageKnown, PushStopped
from sluice.push.rules import chain
from sluice.push.rules.chain import Status, Step
from sluice.push.rules.judging import Evidence, Finding, Level
from sluice.push.sending import Answer, Outcome, find_provider, send
from sluice.push.store.attempts import begin_attempt, leave_unknown, renew_token
from sluice.push.store.held import Held, find_push, load_again
from sluice.push.store.lookups import early_receipts
from sluice.push.store.settling import Settlement, settle
from sluice.push.tables import Attempt, Lookup
from sluice.shared import guard, ids, telemetry

MAX_TRIES = 5


@dataclass(frozen=True)
class Task:
    """The input of the state `Attempt` in infra/push_chain.asl.yaml."""

    task_token: str | None  # none where a run sends the first message, without an execution
    organization_id: str
    push_id: str
    position: int


def tell_failure(task: Task, busy: bool) -> None:  # noqa: FBT001 - events.task calls it
    """Tell Step Functions that this step failed: to be tried again, or to go on."""
    executions.fail(task.task_token, executions.BUSY if busy else executions.FAILED)


def take_step(task: Task, now: datetime) -> None:
    """Do what the task's position asks for, and end the task unless it has to wait.

    One query; from the second channel on one more, for behaviour. To send: one read of the
    account, a transaction of 3 items, the provider's own calls, a transaction of 1 or 2 items.
    """
    held = find_push(task.organization_id, task.push_id)
    if held is None:
        executions.succeed(task.task_token, "gone")
        return
    if chain.step(held.chain, task.position) is Step.SEND:
        held = _look_back(held, now)
    _take(held, task, now)


def _look_back(held: Held, now: datetime) -> Held:
    """Settle what the user's behaviour since the first send proves."""
    judged = evidence.judge(held)
    if judged is None:
        return held
    attempt, finding = judged
    return settle(held, Settlement(attempt.position, finding), now)


def _take(held: Held, task: Task, now: datetime) -> None:
    step = chain.step(held.chain, task.position)
    telemetry.note(step=step.value, position=task.position)
    match step:
        case Step.END:
            _end(held, task)
        case Step.MOVE_ON:
            executions.fail(task.task_token, executions.NOT_RECEIVED)
        case Step.WAIT:
            _wait(held, task)
        case Step.SEND_AGAIN:
            _send_again(held, task, now)
        case Step.SEND:
            _send(held, task, now)


def _end(held: Held, task: Task) -> None:
    if executions.succeed(task.task_token, held.push.status):
        signals.close(held)


def _send(held: Held, task: Task, now: datetime) -> None:
    """Begin the attempt and send; where the account cannot be read, nothing is begun."""
    account_id = held.plan.channels[task.position].provider
    provider = find_provider(task.organization_id, account_id)
    tracking_id = ids.unguessable()
    try:
        attempt = begin_attempt(held, task.position, task.task_token, tracking_id, now)
    except AttemptBegun:
        _take(load_again(held), task, now)  # another process had the same task: not SEND again
        return
    except PushStopped as refusal:
        _stop(held, task, refusal)
        return
    _finish(_record(held, attempt, send(held, attempt, provider, again=False), now), task)


def _send_again(held: Held, task: Task, now: datetime) -> None:
    """A retry: the tracking id tells a provider that deduplicates whether this is news."""
    attempt = held.attempts[-1]
    provider = find_provider(task.organization_id, attempt.account_id)
    if _renew(held, task):
        _finish(_record(held, attempt, send(held, attempt, provider, again=True), now), task)


def _wait(held: Held, task: Task) -> None:
    """A retry of what was sent: only its token is news."""
    if _renew(held, task):
        _finish(held, task)


def _renew(held: Held, task: Task) -> bool:
    """Put the task's token in the place of the one before; False where nothing is to be done."""
    if task.task_token is None:
        return not held.attempts[-1].task_token  # else an execution has taken the push over
    try:
        renew_token(held, held.attempts[-1], task.task_token)
    except PushStopped as refusal:
        _stop(held, task, refusal)
        return False
    return True


def _stop(held: Held, task: Task, refusal: PushStopped) -> None:
    if refusal.current is not None and refusal.current.status == Status.RUNNING:
        executions.fail(task.task_token, executions.NOT_RECEIVED)  # the chain is past it
    else:
        _end(load_again(held), task)


def _finish(held: Held, task: Task) -> None:
    """End the task where nothing is left to wait for: on the last channel, or by what is known."""
    if not held.chain.is_last:
        signals.follow(held)
        return
    outcome = held.push.status if held.push.status != Status.RUNNING else "sent"
    if executions.succeed(task.task_token, outcome):
        signals.close(held)


def _record(held: Held, attempt: Attempt, answer: Answer, now: datetime) -> Held:
    """Record what became of a message; first the receipts that came before the answer."""
    telemetry.note(channel=attempt.channel, sent=answer.outcome.value)
    position = int(attempt.position)
    match answer.outcome:
        case Outcome.UNKNOWN:
            return leave_unknown(held, attempt, answer.why)
        case Outcome.REJECTED:
            finding = Finding(None, Evidence.CONFIRMED, answer.why)
            return settle(held, Settlement(position, finding, facts={"price_micros": 0}), now)
        case Outcome.ACCEPTED:
            return _record_accepted(held, position, answer.message_id, now)


def _record_accepted(held: Held, position: int, message_id: str | None, now: datetime) -> Held:
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
