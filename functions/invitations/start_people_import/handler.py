"""POST /organizations/{organization_id}/people-imports: import a list of people (C1, C3).

CSV with a header: `phone`, `user`, `id:<system>` (at least one, at most 4), `at`, `reference`,
`attribute.<name>`. Everybody in it joins `list`, or leaves it (`action: remove`); without `list` it
tells mapping and attributes alone. The list is PUT to the `upload_url` of the answer; then
the import is set running. One transaction of 1 or 2 items and one read. Refuses:
idempotency-key-reused.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.invitations import import_views
from sluice.invitations.people_tables import IMPORTS
from sluice.invitations.rules.imports import ADD, MAX_BYTES
from sluice.invitations.rules.lists import ListName
from sluice.invitations.store import imports
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http
from sluice.shared.claims import AlreadyClaimed, KeyReused
from sluice.shared.errors import Invalid


class StartImport(http.Body):
    """Which list, and how large the file is."""

    size_bytes: Annotated[int, Meta(ge=1, le=MAX_BYTES)]
    list: ListName | None = None
    action: Literal["add", "remove"] = "add"


@http.operation(
    access.staff("POST /organizations/{organization_id}/people-imports", OPERATOR),
    body=StartImport,
    answers={202: import_views.ImportView},
    refusals=(KeyReused,),
)
def handler(call: http.Call[StartImport, http.NoBody]) -> http.Answer:
    """Store the import, or answer again what was answered to the same request."""
    given, organization_id = call.body, call.organization_id
    if given.list is None and given.action != ADD:
        raise Invalid("Nobody leaves no list.", [("list", "missing")])
    try:
        import_id = imports.start_import(
            organization_id,
            given.list,
            given.action,
            given.size_bytes,
            call.caller.id,
            claim=call.claim,
            now=call.now,
        )
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        import_id = call.claim.replay(claimed)["import_id"]
    view = import_views.of_import(IMPORTS.load(organization_id, import_id), call.now)
    return http.Answer(202, view)
