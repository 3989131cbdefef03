"""PUT /organizations/{organization_id}/people-imports/{import_id}: set one going, or cancel it.

`running` begins one whose list was uploaded, and goes on with one that failed from where it was. A
cancellation ends it at the next checkpoint; what is stored stays, and a list of the
same people with `action: remove` takes it back. Two reads and one transaction of 2 items, 4
write units. GET shows how far it is: one read. Refuses: not-found, import-cannot.
"""

from typing import Literal

from sluice.invitations import import_views
from sluice.invitations.refusals import ImportCannot
from sluice.invitations.rules.imports import Status
from sluice.invitations.store import imports
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http
from sluice.shared.errors import NotFound


class PutImport(http.Body):
    """What the import shall be."""

    status: Literal["running", "cancelled"] = "running"


@http.operation(
    access.staff("PUT /organizations/{organization_id}/people-imports/{import_id}", OPERATOR),
    access.staff("GET /organizations/{organization_id}/people-imports/{import_id}", OPERATOR),
    body=PutImport,
    answers={200: import_views.ImportView},
    refusals=(NotFound, ImportCannot),
)
def handler(call: http.Call[PutImport, http.NoBody]) -> http.Answer:
    """Bring the import in the path to a status, or show it."""
    organization_id, import_id = call.organization_id, call.path["import_id"]
    if call.request.event["httpMethod"] == "PUT":
        wanted = Status(call.body.status)
        item = imports.change_import(organization_id, import_id, wanted, call.now)
    else:
        item = imports.load_import(organization_id, import_id)
    return http.Answer(200, import_views.of_import(item))
