"""GET /organizations/{organization_id}/runs/{run_id}: how far a run is, while it goes (E8).

One read and one query. Where a list is awaited, a fresh `upload_url`. Refuses: not-found.
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push.runs import views as run_views
from sluice.push.store import runs
from sluice.shared import errors, http


@http.operation(
    access.staff("GET /organizations/{organization_id}/runs/{run_id}", OPERATOR),
    answers={200: run_views.RunView},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Show the run in the path."""
    run = runs.load_run(call.organization_id, call.path["run_id"])
    return http.Answer(200, run_views.view_of(run, runs.counts_of(run)))
