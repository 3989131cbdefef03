"""GET /organizations/{organization_id}/audit: who changed what, the newest first (F4, F5).

Of the days `from` to `to` of the organisation's calendar, by a member, of an operation (its route),
or about a thing (`channel_id:front-desk`): those may lie far apart, so a page may be short, even
empty, while `next_cursor` leads on. One query, of 1,000 entries at most; for days a read of the
organisation a minute. Refuses: invalid-request (`to` before `from`).
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from sluice.organizations import access, audit_listing
from sluice.organizations.audit_rules import GivenField
from sluice.organizations.audit_tables import AuditEntry
from sluice.organizations.rules import OPERATOR
from sluice.shared import http, ids
from sluice.shared.fields import Name

REFUSED, UNSURE = 400, 500  # from these statuses on: nothing was changed, who knows

type Outcome = Literal["done", "refused", "unknown"]
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


class AuditEntryView(http.View):
    """A call that may have changed something; `unknown` is one that was not answered, or by 5xx."""

    entry_id: str
    at: datetime
    member_id: str
    roles: list[str]
    operation: str
    about: dict[str, str]
    given: list[GivenField]
    body_bytes: int
    correlation_id: str
    outcome: Outcome
    status: int | None = None


class AuditPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[AuditEntryView]
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
    return http.Answer(200, AuditPage(items=[_view(one) for one in found], next_cursor=following))


def _view(entry: AuditEntry) -> AuditEntryView:
    return AuditEntryView(
        entry_id=entry.entry_id,
        at=ids.moment_of(entry.entry_id),
        member_id=entry.member_id,
        roles=sorted(entry.roles or ()),
        operation=entry.operation,
        about=dict(one.split(":", 1) for one in sorted(entry.about or ())),
        given=msgspec.json.decode(entry.given, type=list[GivenField]) if entry.given else [],
        body_bytes=int(entry.body_bytes),
        correlation_id=entry.correlation_id,
        outcome=_outcome(entry.status),
        status=_whole(entry.status),
    )


def _whole(status: float | None) -> int | None:
    return None if status is None else int(status)


def _outcome(status: float | None) -> Outcome:
    if status is None or status >= UNSURE:
        return "unknown"
    return "refused" if status >= REFUSED else "done"
