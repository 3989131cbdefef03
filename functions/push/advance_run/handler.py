"""Task Advance of a run: put its audience in batches, say which are to be sent, finish it (E8).

One read of the run, again after each portion; for each 2,000 users one query or request for a part
of the list, a read of its template if it has one, and one transaction of at most 60 items (2 write
units for each item and KiB: some 12 for a batch); then the queries of what is pending and one
write, or a transaction of 2 items. Ends in time and is called again. A list that is none leaves the
run `stuck`, with why.
"""

from sluice.push.runs import steps as run_steps
from sluice.shared import clock, events, telemetry


@events.state(run_steps.RunTask)
def handler(task: run_steps.RunTask, until: float) -> run_steps.Next:
    """Bring one run on."""
    telemetry.note(run_id=task.run_id, generation=task.generation)
    return run_steps.advance(task, clock.now(), until)
