"""POST /organizations/{organization_id}/exports: order all of an organisation, as files (F7).

All kinds or those named, as CSV or NDJSON. A worker writes files of some 4 MB; GET shows how far it
is, by kind, with addresses of the files, a page of them; without an id all exports, newest first.
DELETE cancels one; of one that was done no file is handed out any more. An order is one transaction
of 3 or 4 items (6 or 8 write units) and a read; where three run, those whose worker stopped are
ended first, a read and 6 write units each. GET is a read and a query, or a query; a cancellation a
read and a transaction of 3 items.
Refuses: idempotency-key-reused, not-found, too-many-exports.
"""

from typing import Annotated

from msgspec import Meta

from sluice.exports import export_views, store
from sluice.exports.export_tables import EXPORTS
from sluice.exports.export_views import ExportPage, ExportView
from sluice.exports.refusals import TooManyExports
from sluice.exports.rules import EXPORT_ID, NAMES, Format, KindName
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http, paging
from sluice.shared.claims import AlreadyClaimed, KeyReused
from sluice.shared.errors import Invalid, NotFound
from sluice.shared.paging import Page

_LIST = "/organizations/{organization_id}/exports"
_NUMBER = r"[0-9]{1,5}"


class OrderExport(http.Body):
    """Which kinds, each once, and in which format; without `kinds` all."""

    kinds: Annotated[list[KindName], Meta(min_length=1, max_length=len(NAMES))] | None = None
    format: Format = "ndjson"


type Called = http.Call[OrderExport, Page]


@http.operation(
    access.staff(f"POST {_LIST}", OPERATOR),
    access.staff(f"GET {_LIST}", OPERATOR),
    access.staff(f"GET {_LIST}/{{export_id}}", OPERATOR),
    access.staff(f"DELETE {_LIST}/{{export_id}}", OPERATOR),
    body=OrderExport,
    query=Page,
    answers={200: (ExportView, ExportPage), 202: ExportView},
    refusals=(KeyReused, NotFound, TooManyExports),
)
def handler(call: Called) -> http.Answer:
    """Order an export, show or cancel the one in the path, or list all."""
    method, export_id = call.request.event["httpMethod"], call.path.get("export_id")
    if method == "POST":
        return _order(call)
    if export_id is None:
        return http.Answer(200, _page(call))
    if method == "DELETE":
        item = store.cancel_export(call.organization_id, export_id, call.now)
        return http.Answer(200, export_views.line_of(item, call.now))
    item = EXPORTS.load(call.organization_id, export_id)
    after = paging.place_of(call.query, _NUMBER)
    parts = store.list_parts(item, int(after or 0), call.query.limit)
    following = paging.following(call.query, parts, lambda part: str(int(part.number)))
    return http.Answer(200, export_views.of_export(item, parts, following, call.now))


def _order(call: Called) -> http.Answer:
    named = call.body.kinds or list(NAMES)
    if len(set(named)) < len(named):
        raise Invalid("A kind is named twice.", [("kinds", "each once")])
    order = store.Order(named, call.body.format, call.request.base_url, call.caller.id)
    try:
        export_id = store.start_export(call.organization_id, order, claim=call.claim, now=call.now)
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        export_id = call.claim.replay(claimed)["export_id"]
    item = EXPORTS.load(call.organization_id, export_id)
    return http.Answer(202, export_views.line_of(item, call.now))


def _page(call: Called) -> ExportPage:
    before = paging.place_of(call.query, EXPORT_ID)
    found = EXPORTS.page(call.organization_id, before, call.query.limit)
    following = paging.following(call.query, found, lambda item: item.export_id)
    items = [export_views.line_of(item, call.now) for item in found]
    return ExportPage(items=items, next_cursor=following)
