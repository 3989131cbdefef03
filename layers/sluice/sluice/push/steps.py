"""One task of the chain: look whether it arrived after all, else send on the next channel (E2)."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from sluice.organizations import store as organizations
from sluice.push import evidence, executions, receipts, signals
from sluice.push.providers import Message, Outcome, Receipt, Sent, adapter_of
from sluice.push.receipts import Incoming
from sluice.push.refusals import AttemptBegun, MessageKnown, PushStopped
from sluice.push.rules import chain
from sluice.push.rules.chain import Status, Step
from sluice.push.rules.judging import Evidence, Finding, Level
from sluice.push.store.attempts import begin_attempt, renew_token
from sluice.push.store.held import Held, find_push, load_again
from sluice.push.store.lookups import early_receipts
from sluice.push.store.settling import Settlement, settle
from sluice.push.tables import Attempt
from sluice.shared import guard, ids, telemetry

MAX_TRIES = 5


@dataclass(frozen=True)
class Task:
    """The input of the state `Attempt` in infra/push_chain.asl.yaml."""

    task_token: str
    organization_id: str
    push_id: str
    position: int


def take_step(task: Task, now: datetime) -> None:
    """Do what the task's position asks for, and end the task unless it has to wait.

    One query; from the second channel on one more, for behaviour. To send: a transaction of 3
    items, one read of the account, the provider's own calls, a transaction of 1 or 2 items.
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
            _wait_again(held, task)
        case Step.SEND:
            _send(held, task, now)


def _end(held: Held, task: Task) -> None:
    if executions.succeed(task.task_token, held.push.status):
        signals.close(held)


def _wait_again(held: Held, task: Task) -> None:
    """A retry: its token takes the place of the one before, and nothing is sent again."""
    attempt = held.attempt(task.position)
    if attempt is None:
        raise ValueError(f"no attempt at position {task.position}")
    try:
        renew_token(held, attempt, task.task_token)
    except PushStopped:
        _end(load_again(held), task)
        return
    if held.chain.is_last:
        executions.succeed(task.task_token, "sent")


def _send(held: Held, task: Task, now: datetime) -> None:
    tracking_id = ids.unguessable()
    try:
        attempt = begin_attempt(held, task.position, task.task_token, tracking_id, now)
    except AttemptBegun:
        _wait_again(load_again(held), task)
        return
    except PushStopped as refusal:
        if refusal.current is not None and refusal.current.status == Status.RUNNING:
            executions.fail(task.task_token, executions.NOT_RECEIVED)  # the chain is past it
            return
        _end(load_again(held), task)
        return
    sent = _call_provider(held, attempt)
    telemetry.note(channel=attempt.channel, sent=sent.outcome.value)
    held = _record(held, task.position, sent, now)
    if held.chain.is_last:
        outcome = held.push.status if held.push.status != Status.RUNNING else "sent"
        if executions.succeed(task.task_token, outcome):
            signals.close(held)
    else:
        signals.follow(held)


def _call_provider(held: Held, attempt: Attempt) -> Sent:
    """Send. Whatever goes wrong in here concerns this channel only: the next may work."""
    message = Message(
        organization_id=held.push.organization_id,
        account_id=attempt.account_id,
        channel=attempt.channel,
        user_id=held.push.user_id,
        tracking_id=attempt.tracking_id,
        content=held.plan.content,
        begun_at=attempt.created_at,
    )
    try:
        account = organizations.find_provider_account(message.organization_id, message.account_id)
        return adapter_of(account).send(account, message)
    except Exception as error:  # noqa: BLE001 - the chain goes on with the next channel
        telemetry.logger.exception("send_failed")
        return Sent(Outcome.REJECTED, why=f"the send failed: {type(error).__name__}")


def _record(held: Held, position: int, sent: Sent, now: datetime) -> Held:
    """Record what the provider answered; first the receipts that came before its answer."""
    if sent.outcome is Outcome.REJECTED:
        finding = Finding(None, Evidence.CONFIRMED, sent.why or "the provider rejected it")
        free = {"price_micros": 0}
        return settle(held, Settlement(position, finding, facts=free), now)
    if sent.outcome is Outcome.UNKNOWN:
        unsure = {"why": sent.why or "the provider did not answer the send"}
        return settle(held, Settlement(position, facts=unsure), now)
    finding = Finding(Level.ACCEPTED, Evidence.CONFIRMED, "the provider accepted it")
    taken, message_id = 0, sent.message_id
    for attempt in range(MAX_TRIES):
        settlement = Settlement(
            position, finding, message_id=message_id, early_count=taken, facts={"sent_at": now}
        )
        try:
            return settle(held, settlement, now)
        except MessageKnown as refusal:
            if refusal.current is None or refusal.current.push_id is not None:
                telemetry.logger.warning("message_id_used_twice")
                message_id = None
                continue
            early = early_receipts(refusal.current)
            held = _take_early(held, position, early[taken:], now)
            taken = len(early)
            guard.pause(attempt, last=attempt + 1 == MAX_TRIES)
    return held


def _take_early(held: Held, position: int, early: list[bytes], now: datetime) -> Held:
    attempt = held.attempt(position)
    account_id = attempt.account_id if attempt else ""
    for raw in early:
        receipt = msgspec.json.decode(raw, type=Receipt)
        incoming = Incoming(held.push.organization_id, account_id, receipt, now)
        held = receipts.settle_receipt(held, position, incoming, receipts.MESSAGE_ID)
    return held
