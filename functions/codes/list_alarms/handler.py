"""GET /organizations/{organization_id}/alarms: what operators were alarmed about (A10).

Open ones, and those that are over for 90 days, by kind and subject, a page at a time. One query.
"""

from typing import Literal

from sluice.codes.store import alarms
from sluice.codes.views import alarms as alarm_views
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http
from sluice.shared.paging import Page


class ListAlarms(Page):
    """Which alarms, and which page."""

    status: Literal["open", "cleared"] | None = None


class AlarmPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[alarm_views.AlarmView]
    next_cursor: str | None = None


@http.operation(
    staff("GET /organizations/{organization_id}/alarms", rules.OPERATOR),
    query=ListAlarms,
    answers={200: AlarmPage},
)
def handler(call: http.Call[http.NoBody, ListAlarms]) -> http.Answer:
    """List the organisation's alarms."""
    query = call.query
    found, following = alarms.list_alarms(
        call.organization_id, query.status, query.limit, query.cursor
    )
    items = [alarm_views.of_alarm(item) for item in found]
    return http.Answer(200, AlarmPage(items=items, next_cursor=following))
