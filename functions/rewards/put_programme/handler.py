"""PUT /organizations/{organization_id}/programmes/{programme}: settle what a programme may grant.

Budget by currency, caps per person, hold period, checks (C5). Each change is a version; the same
again is none. PUT: one read and one transaction, 14 write units and 2 for each budget.
GET shows the settings, with what was spent and what is left: one read and one query; without a
name, all by name: one query and one batch read. Refuses: not-found (GET of a programme that has no
settings), changed-meanwhile.
"""

from dataclasses import replace
from typing import Annotated

from msgspec import Meta, convert, field

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.rewards import programme_views
from sluice.rewards.programme_views import ListedProgramme, ProgrammeView
from sluice.rewards.rules import checks
from sluice.rewards.rules import programmes as rules
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import programmes
from sluice.shared import http, paging
from sluice.shared.errors import NotFound
from sluice.shared.fields import MAX_AMOUNT_MINOR, NAME, Currency
from sluice.shared.paging import Page
from sluice.shared.preconditions import ChangedMeanwhile

Limit = Annotated[int, Meta(ge=0, le=rules.MAX_BUDGET_MINOR)]
Seconds = Annotated[int, Meta(ge=0, le=rules.MAX_HOLD_SECONDS)]


class ProgrammeCap(http.Body):
    """What one person may get in a period of days, or ever; an amount needs a currency."""

    period_days: Annotated[int, Meta(ge=1, le=rules.MAX_PERIOD_DAYS)] | None = None
    max_count: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    currency: Currency | None = None
    max_amount_minor: Annotated[int, Meta(ge=1, le=MAX_AMOUNT_MINOR)] | None = None


class VelocityBody(http.Body):
    """More rewards than `max_count` in a window are held."""

    window_seconds: Annotated[int, Meta(ge=60, le=rules.MAX_HOLD_SECONDS)]
    max_count: Annotated[int, Meta(ge=1, le=1_000_000)]


class ChecksBody(http.Body):
    """Which checks are made; what they find, or cannot find out, holds the reward."""

    self_referral: bool = False
    blacklist: bool = False
    duplicate_account: bool = False
    velocities: Annotated[tuple[VelocityBody, ...], Meta(max_length=checks.MAX_VELOCITIES)] = ()


class PutProgramme(http.Body):
    """All settings of a programme; a budget of null is counted and not limited."""

    budget: Annotated[dict[Currency, Limit | None], Meta(max_length=rules.MAX_BUDGETS)] = field(
        default_factory=dict
    )
    caps: Annotated[tuple[ProgrammeCap, ...], Meta(max_length=rules.MAX_CAPS)] = ()
    hold_seconds: Seconds = 0
    review_seconds: Seconds | None = None
    checks: ChecksBody = field(default_factory=ChecksBody)
    is_open: bool = True


class ProgrammePage(http.View):
    """Some of the programmes that have settings, by name."""

    items: list[ListedProgramme]
    next_cursor: str | None = None


_ALL = "/organizations/{organization_id}/programmes"
_ONE = f"{_ALL}/{{programme}}"


@http.operation(
    access.staff(f"PUT {_ONE}", OPERATOR),
    access.staff(f"GET {_ONE}", OPERATOR),
    access.staff(f"GET {_ALL}", OPERATOR),
    body=PutProgramme,
    query=Page,
    answers={200: (ProgrammeView, ProgrammePage)},
    refusals=(NotFound, ChangedMeanwhile),
)
def handler(call: http.Call[PutProgramme, Page]) -> http.Answer:
    """Store the settings of the programme in the path, show them, or list all."""
    organization_id, name = call.organization_id, call.path.get("programme")
    if name is None:
        return _list(organization_id, call.query)
    if call.request.event["httpMethod"] == "PUT":
        wanted = replace(convert(call.body, Programme, from_attributes=True), programme=name)
        stored = programmes.put_programme(organization_id, wanted, call.now, expected=call.expected)
    else:
        found = programmes.find_programme(organization_id, name)
        if found is None:
            raise NotFound("This programme has no settings.")
        stored = found
    spent = programmes.budgets_of(organization_id, name)
    return http.Answer(200, programme_views.view_of(stored, spent))


def _list(organization_id: str, asked: Page) -> http.Answer:
    after = paging.place_of(asked, NAME)
    found = programmes.list_programmes(organization_id, after, asked.limit)
    following = paging.following(asked, found, lambda one: one.programme)
    items = [convert(one, ListedProgramme, from_attributes=True) for one in found]
    return http.Answer(200, ProgrammePage(items=items, next_cursor=following))
