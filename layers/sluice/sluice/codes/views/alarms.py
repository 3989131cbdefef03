"""Alarms as operations show them (A10)."""

from datetime import datetime

from sluice.codes.tables.alarms import AlarmItem
from sluice.shared import http


class AlarmView(http.View):
    """An alarm: its present episode, or its last."""

    kind: str
    subject: str
    status: str
    episode: int
    facts: dict[str, str]
    raised_at: datetime
    cleared_at: datetime | None = None


def of_alarm(item: AlarmItem) -> AlarmView:
    """Show an alarm."""
    return AlarmView(
        kind=item.kind,
        subject=item.subject,
        status=item.status,
        episode=int(item.episode),
        facts=item.facts,
        raised_at=item.raised_at,
        cleared_at=item.cleared_at,
    )
