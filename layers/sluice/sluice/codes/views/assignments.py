"""What staff see of assignments: how they stand, whose they are, and why this channel (A4, A8)."""

from datetime import datetime

from sluice.codes.rules import reasons
from sluice.codes.store.lookup import Kept
from sluice.codes.tables.assignments import AssignmentRow
from sluice.shared.http import View


class WhyView(View):
    """Why the channel was given: as stored, and in words."""

    code: str
    en: str
    zh: str


class StaffAssignmentView(View):
    """An assignment; times are the latest of their kind."""

    assignment_id: str
    customer_id: str
    channel_id: str
    provider: str
    code: str
    status: str
    reserved_at: datetime
    late: bool
    referrer_id: str | None = None
    expires_at: datetime | None = None  # only while reserved
    connected_at: datetime | None = None
    lost_at: datetime | None = None
    lost_by: str | None = None
    evidence: str | None = None  # of the loss: reconciled, where only the provider's list showed it
    why: WhyView | None = None


def of_row(row: AssignmentRow) -> StaffAssignmentView:
    """Show a row of a channel's list."""
    return StaffAssignmentView(
        assignment_id=row.assignment_id,
        customer_id=row.customer_id,
        channel_id=row.channel.split("#")[1],
        provider=row.provider,
        code=row.code,
        status=row.status,
        reserved_at=row.reserved_at,
        late=row.late,
        referrer_id=row.referrer_id,
        expires_at=row.expires_at,
        connected_at=row.connected_at,
        lost_at=row.lost_at,
        lost_by=row.lost_by,
        evidence=row.evidence,
        why=_why(row.why or ""),
    )


def of_kept(kept: Kept) -> StaffAssignmentView:
    """Show an assignment as its seat has it."""
    found = kept.assignment
    return StaffAssignmentView(
        assignment_id=found.assignment_id,
        customer_id=kept.customer_id,
        channel_id=found.channel_id,
        provider=found.provider,
        code=found.code,
        status=found.status,
        reserved_at=found.reserved_at,
        late=found.late,
        referrer_id=found.referrer_id,
        expires_at=found.expires_at if found.status == "reserved" else None,
        connected_at=found.connected[-1] if found.connected else None,
        lost_at=found.lost[-1] if found.lost else None,
        lost_by=found.lost_by or None,
        evidence=found.evidence or None,
        why=_why(found.why),
    )


def _why(stored: str) -> WhyView | None:
    if not stored:
        return None
    return WhyView(
        code=stored, en=reasons.describe(stored), zh=reasons.describe(stored, language="zh")
    )
