"""PUT /organizations/{organization_id}/runs/{run_id}: set a run going, pause or cancel it (E8).

`running` begins one whose list was uploaded and resumes one that is paused or stuck; what was sent
is not sent again. A pause or a cancellation stops each batch within 10 users; what was sent goes
on down its chain. One read and one transaction of 1 or 2 items, and one query for the answer.
Refuses: not-found, run-cannot (also 90 days after its order, when its users are forgotten).
"""

from typing import Literal

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push.refusals import RunCannot
from sluice.push.rules.runs import Status
from sluice.push.runs import views as run_views
from sluice.push.store import runs
from sluice.shared import errors, http


class ChangeRun(http.Body):
    """What the run shall be."""

    status: Literal["running", "paused", "cancelled"]


@http.operation(
    access.staff("PUT /organizations/{organization_id}/runs/{run_id}", OPERATOR),
    body=ChangeRun,
    answers={200: run_views.RunView},
    refusals=(errors.NotFound, RunCannot),
)
def handler(call: http.Call[ChangeRun, http.NoBody]) -> http.Answer:
    """Bring the run in the path to a status; one that has it is left as it is."""
    wanted = Status(call.body.status)
    run = runs.change_run(call.organization_id, call.path["run_id"], wanted, call.now)
    return http.Answer(200, run_views.view_of(run, runs.counts_of(run)))
