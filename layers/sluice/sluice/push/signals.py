"""Telling the waiting task what was settled. The write comes first; this may be done again."""

from sluice.push import executions
from sluice.push.rules import chain
from sluice.push.rules.chain import Signal, Status
from sluice.push.rules.strategies import task_seconds
from sluice.push.store import pushes
from sluice.push.store.held import Held


def follow(held: Held) -> bool:
    """Tell the waiting task what the push's state means for it: at most one request and one write.

    Returns False when the task was not there to be told; then the push stays in the sweeper's
    index, because a retried task may wait under another token by now.
    """
    match chain.signal(held.chain):
        case Signal.MOVE_ON:
            return move_on(held)
        case Signal.END:
            told = executions.succeed(held.attempts[-1].task_token, held.push.status)
            if not told:
                return False
        case Signal.NOTHING:
            pass
    close(held)
    return True


def move_on(held: Held) -> bool:
    """Let the chain go on behind its latest attempt: one request.

    Where that was sent without an execution, this starts it, at the next channel. Returns False
    when nobody was there to be told.
    """
    attempt, push = held.attempts[-1], held.push
    if attempt.task_token:
        return executions.fail(attempt.task_token, executions.NOT_RECEIVED)
    waits = task_seconds(held.plan)
    following = int(attempt.position) + 1
    return executions.start(push.organization_id, push.push_id, waits, following)


def close(held: Held) -> None:
    """Take an ended push from the sweeper's index: one write, none where it is not in it."""
    if held.push.status != Status.RUNNING and held.push.due_bucket is not None:
        pushes.close_wait(held)
