"""Task Attempt of the push chain: ask whether the message arrived after all, else send it (E2).

One query; from the second channel on one more, for behaviour. To send: one read of the account, a
transaction of 3 items (8 write units), the provider's calls, a transaction of 1 or 2 items (4 or
6). A retry renews its token (6) instead of the 3 items, and sends again what the provider knows
again. On the last channel, after a success and after a failed send it ends its own task. A fault
is told to Step Functions, never raised: nobody would wait for the timer of a task that is dead.
"""

from sluice.push import steps
from sluice.shared import clock, events, telemetry


@events.task(steps.Task, steps.tell_failure)
def handler(task: steps.Task) -> None:
    """Take one step of one push."""
    telemetry.note(push_id=task.push_id, position=task.position)
    steps.take_step(task, clock.now())
