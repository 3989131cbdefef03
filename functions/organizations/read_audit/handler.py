"""GET /organizations/{organization_id}/audit: who changed what, the newest first (F4, F5).

Of the days `from` to `to` of the organisation's calendar, by a member, of an operation (its route),
or about a thing (`channel_id:front-desk`): those may lie far apart, so a page may be short, even
empty, while `next_cursor` leads on. One query, of 1,000 entries at most; for days a read of the
organisation a minute. Refuses: invalid-request (`to` before `from`).
"""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta, field

from sluice.organizations import access, audit_listing, audit_views
from sluice.organizations.rules import OPERATOR
from sluice.shared import http
from sluice.shared.fields import Name

About = Annotated[str, Meta(max_length=100, pattern=r"^[a-z_]+:[A-Za-z0-9_.:-]+$(?!\n)")]


class ReadAudit(http.Body):
    """Which entries, and how many."""

    first: date | None = field(name="from", default=None)
    last: date | None = field(name="to", default=None)
    member_id: Name | None = None
    operation: Annotated[str, Meta(max_length=200)] | None = None
    about: About | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""


class AuditPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[audit_views.AuditEntryView]
    next_cursor: str | None = None


@http.operation(
    access.staff("GET /organizations/{organization_id}/audit", OPERATOR),
    query=ReadAudit,
    answers={200: AuditPage},
)
def handler(call: http.Call[http.NoBody, ReadAudit]) -> http.Answer:
    """Read a page of the audit log."""
    wanted = audit_listing.Wanted(**msgspec.structs.asdict(call.query))
    found, following = audit_listing.page(call.organization_id, wanted)
    return http.Answer(
        200, AuditPage(items=[audit_views.of_entry(one) for one in found], next_cursor=following)
    )
