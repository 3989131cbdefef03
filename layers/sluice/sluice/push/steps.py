"""One task of the chain: look whether it arrived after all, else send on the next channel (E2)."""

from dataclasses import dataclass
from datetime import datetime

from sluice.push import executions, later, signals, turns
from sluice.push.refusals import AttemptBegun, PushStopped
from sluice.push.rules import chain
from sluice.push.rules.chain import Status, Step
from sluice.push.store.attempts import renew_token
from sluice.push.store.held import Held, find_push, load_again
from sluice.shared import ids, telemetry


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

    One query; one more, for behaviour, where something was sent. To send: a read of the account and
    one of the recipient, a transaction of 4 items, the providers' own calls, one of 1 or 2 items.
    """
    held = find_push(task.organization_id, task.push_id)
    if held is None:
        executions.succeed(task.task_token, "gone")
        return
    telemetry.follow(held.push.correlation_id)
    if chain.step(held.chain, task.position) is Step.SEND:
        held = turns.look_back(held, now)
    _take(held, task, now)


def take_first(held: Held, now: datetime) -> None:
    """Send the first message of a push that a run has just stored: without an execution (E8).

    As `take_step`, without its query. Where nothing is to be sent any more, nothing happens.
    """
    _take(held, Task(None, held.push.organization_id, held.push.push_id, 0), now)


def _take(held: Held, task: Task, now: datetime) -> None:
    step = chain.step(held.chain, task.position)
    telemetry.note(step=step.value, position=task.position)
    match step:
        case Step.END:
            _end(held, task)
        case Step.MOVE_ON:
            executions.fail(task.task_token, executions.NOT_RECEIVED)
        case Step.WAIT:
            _wait(held, task, now)
        case Step.SEND_AGAIN:
            _send_again(held, task, now)
        case Step.SEND:
            _send(held, task, now)


def _end(held: Held, task: Task) -> None:
    if executions.succeed(task.task_token, held.push.status):
        signals.close(held)


def _send(held: Held, task: Task, now: datetime) -> None:
    """Begin the attempt and send; where what it needs cannot be read, nothing is begun."""
    try:
        begun = turns.begin(held, task.position, task.task_token, ids.unguessable(), now)
    except AttemptBegun:
        _take(load_again(held), task, now)  # another process had the same task: not SEND again
        return
    except PushStopped as refusal:
        _stop(held, task, refusal)
        return
    _finish(turns.take(begun, now), task)


def _send_again(held: Held, task: Task, now: datetime) -> None:
    """A retry: the tracking id tells a provider that deduplicates whether this is news."""
    begun = turns.resume(held, held.attempts[-1], now)
    if _renew(held, task):
        _finish(turns.take(begun, now, again=True), task)


def _wait(held: Held, task: Task, now: datetime) -> None:
    """A retry of what was sent, or has to wait for its time: only its token is news."""
    if _renew(held, task):
        later.queue(held, held.attempts[-1], now)
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
