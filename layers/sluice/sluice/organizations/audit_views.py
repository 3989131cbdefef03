"""Entries of the audit log as operations show them (F4)."""

from datetime import datetime
from typing import Literal

import msgspec

from sluice.organizations.audit_rules import GivenField
from sluice.organizations.audit_tables import AuditEntry
from sluice.shared import http, ids

REFUSED, UNSURE = 400, 500  # from these statuses on: nothing was changed, who knows

type Outcome = Literal["done", "refused", "unknown"]


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


def of_entry(entry: AuditEntry) -> AuditEntryView:
    """Show an entry."""
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
