"""Task Attempt of the push chain: ask whether the message arrived after all, else send it (E2).

One query; one more, for behaviour, where something was sent. To send: a read of the account and one
of the recipient, a transaction of 4 items (10 write units; 12 where a cap counts), the provider's
calls, a transaction of 1 or 2 items (4 or 6); each further provider a read and a transaction (4).
What has to wait for its time is queued: SendLater sends it. A retry renews its token (6) instead of
the 4 items, and sends again what the provider knows again. On the last channel, after a success and
after a failed send it ends its own task. A fault is told to Step Functions, never raised: nobody
would wait for the timer of a task that is dead.
"""

from sluice.push import steps
from sluice.shared import clock, events, telemetry


@events.task(steps.Task, steps.tell_failure)
def handler(task: steps.Task) -> None:
    """Take one step of one push."""
    telemetry.note(push_id=task.push_id, position=task.position)
    steps.take_step(task, clock.now())
