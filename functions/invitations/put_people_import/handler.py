"""PUT /organizations/{organization_id}/people-imports/{import_id}: set one going, or cancel it.

`running` begins one whose list was uploaded, and goes on with one that failed from where it was. A
cancellation ends it at the next checkpoint; what is stored stays, and a list of the
same people with `action: remove` takes it back. Two reads and one transaction of 2 items, 4
write units. GET shows how far it is: one read; without an id all imports, newest first: one query.
Refuses: not-found, import-cannot.
"""

from typing import Literal

from sluice.invitations import import_views
from sluice.invitations.import_views import ImportPage, ImportView
from sluice.invitations.people_tables import IMPORTS
from sluice.invitations.refusals import ImportCannot
from sluice.invitations.rules.imports import IMPORT_ID, Status
from sluice.invitations.store import imports
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http, paging
from sluice.shared.errors import NotFound
from sluice.shared.paging import Page

_LIST = "/organizations/{organization_id}/people-imports"


class PutImport(http.Body):
    """What the import shall be."""

    status: Literal["running", "cancelled"] = "running"


@http.operation(
    access.staff(f"PUT {_LIST}/{{import_id}}", OPERATOR),
    access.staff(f"GET {_LIST}/{{import_id}}", OPERATOR),
    access.staff(f"GET {_LIST}", OPERATOR),
    body=PutImport,
    query=Page,
    answers={200: (ImportView, ImportPage)},
    refusals=(NotFound, ImportCannot),
)
def handler(call: http.Call[PutImport, Page]) -> http.Answer:
    """Bring the import in the path to a status, show it, or list all."""
    organization_id, import_id = call.organization_id, call.path.get("import_id")
    if import_id is None:
        return http.Answer(200, _page(call))
    if call.request.event["httpMethod"] == "PUT":
        wanted = Status(call.body.status)
        item = imports.change_import(organization_id, import_id, wanted, call.now)
    else:
        item = IMPORTS.load(organization_id, import_id)
    return http.Answer(200, import_views.of_import(item, call.now))


def _page(call: http.Call[PutImport, Page]) -> ImportPage:
    before = paging.place_of(call.query, IMPORT_ID)
    found = IMPORTS.page(call.organization_id, before, call.query.limit)
    following = paging.following(call.query, found, lambda item: item.import_id)
    items = [import_views.line_of(item, call.now) for item in found]
    return ImportPage(items=items, next_cursor=following)
