"""What the API shows of a campaign's performance, as JSON and as CSV (B7)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from sluice.campaigns.rules import figures
from sluice.campaigns.rules.campaigns import Campaign, Targets
from sluice.campaigns.rules.figures import Figures
from sluice.campaigns.rules.ranks import MAX_NEIGHBOURS, Place
from sluice.campaigns.store import participations, performance
from sluice.campaigns.store.performance import Brought, Performance
from sluice.organizations import calendar
from sluice.shared import clock, cursors, errors, fields, http, sheets
from sluice.shared.days import problem_with
from sluice.shared.http import View

USUAL_NEIGHBOURS = 3
COLUMNS = (
    *("member_id", "name", "rank", "removed"),
    *("views", "visitors", "signups", "participations", "cancelled", "rewards_minor", "currency"),
)
DAY_COLUMNS = ("day", "views", "visitors", "signups", "participations", "rewards_minor")


class Wanted(http.Body):
    """Which days and how many neighbours of a member; which page of all; and how."""

    first: date | None = field(name="from", default=None)
    last: date | None = field(name="to", default=None)
    neighbours: Annotated[int, Meta(ge=0, le=MAX_NEIGHBOURS)] = USUAL_NEIGHBOURS
    format: Literal["json", "csv"] = "json"
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[str, Meta(max_length=200)] = ""


class BroughtView(View):
    """What was brought, in all."""

    views: int
    visitors: int
    signups: int
    participations: int
    cancelled: int
    rewards_minor: int


class DayView(View):
    """What a day brought."""

    day: str
    views: int
    visitors: int
    signups: int
    participations: int
    rewards_minor: int


class TargetsView(View):
    """What each member is to reach."""

    views: int | None = None
    signups: int | None = None
    participations: int | None = None


class NeighbourView(View):
    """A member near this one in the order, or this one."""

    rank: int
    name: str
    participations: int
    signups: int
    views: int
    is_own: bool


class PerformanceView(View):
    """A member's performance in a campaign; `rank` is missing once they were removed.

    Who else has how much is at most 15 seconds old.
    """

    campaign_id: str
    member_id: str
    name: str
    status: str
    figures: BroughtView
    targets: TargetsView
    days: list[DayView]
    members: int  # in the order
    neighbours: list[NeighbourView]
    rank: int | None = None
    currency: str | None = None


class MemberRow(View):
    """A member among all."""

    member_id: str
    name: str
    removed: bool
    figures: BroughtView
    rank: int | None = None


class CampaignPerformanceView(View):
    """Every member of a campaign, by id, and what all of them together brought."""

    campaign_id: str
    status: str
    members: int  # in the order
    totals: BroughtView
    targets: TargetsView
    items: list[MemberRow]
    next_cursor: str | None = None
    currency: str | None = None


def brought_view(given: Figures) -> BroughtView:
    """Show figures."""
    return msgspec.convert(given._asdict(), BroughtView)


def targets_view(targets: Targets) -> TargetsView:
    """Show targets."""
    return msgspec.convert(targets, TargetsView, from_attributes=True)


def day_views(days: Iterable[tuple[str, Figures]]) -> list[DayView]:
    """Show days."""
    return [msgspec.convert({"day": day, **given._asdict()}, DayView) for day, given in days]


def neighbour_views(near: Iterable[Place], member_id: str) -> list[NeighbourView]:
    """Show who is next to a member: names and figures, no rewards."""
    return [
        NeighbourView(
            rank=place.rank,
            name=place.standing.name,
            participations=place.standing.participations,
            signups=place.standing.signups,
            views=place.standing.views,
            is_own=place.standing.member_id == member_id,
        )
        for place in near
    ]


def performance_view(found: Performance) -> PerformanceView:
    """Show a member's performance."""
    campaign, member = found.campaign, found.brought.participation
    return PerformanceView(
        campaign_id=campaign.campaign_id,
        member_id=member.member_id,
        name=member.name,
        status=campaign.definition.status,
        figures=brought_view(found.brought.figures),
        targets=targets_view(campaign.definition.targets),
        days=day_views(found.days),
        members=found.members,
        neighbours=neighbour_views(found.near, member.member_id),
        rank=found.rank,
        currency=campaign.currency,
    )


def page(campaign: Campaign, every: Sequence[Brought], wanted: Wanted) -> CampaignPerformanceView:
    """Show a page of members. Raises Invalid: no cursor of this list."""
    after = cursors.place_in(wanted.cursor, fields.NAME) if wanted.cursor else ""
    order = performance.order_of(every)
    behind = [each for each in every if each.participation.member_id > after]
    items = rows(behind[: wanted.limit], order)
    more = len(behind) > wanted.limit
    return CampaignPerformanceView(
        campaign_id=campaign.campaign_id,
        status=campaign.definition.status,
        members=len(order),
        totals=brought_view(figures.total(each.figures for each in every)),
        targets=targets_view(campaign.definition.targets),
        items=items,
        next_cursor=cursors.cursor_of(items[-1].member_id) if more else None,
        currency=campaign.currency,
    )


def days_in(wanted: Wanted, campaign: Campaign, now: datetime) -> tuple[date, date]:
    """Return the first and last day that are meant. Raises Invalid."""
    zone, given = calendar.zone(campaign.organization_id), campaign.definition
    starts, ends, today = (
        clock.local_day(moment, zone) for moment in (given.starts_at, given.ends_at, now)
    )
    first, last = figures.days_meant((starts, ends), today, wanted.first, wanted.last)
    if wrong := problem_with(first, last, figures.MAX_DAYS):
        raise errors.Invalid(f"{wrong[0]}: {wrong[1]}.", [wrong])
    return first, last


def rows(found: Iterable[Brought], order: Iterable[Place]) -> list[MemberRow]:
    """Show members with their ranks."""
    ranks = {place.standing.member_id: place.rank for place in order}
    return [
        MemberRow(
            member_id=brought.participation.member_id,
            name=brought.participation.name,
            removed=not participations.is_there(brought.participation),
            figures=brought_view(brought.figures),
            rank=ranks.get(brought.participation.member_id),
        )
        for brought in found
    ]


def sheet(shown: CampaignPerformanceView) -> str:
    """Return a page of members as CSV."""
    lines = []
    for item in shown.items:
        whose = item.member_id, item.name, item.rank, item.removed
        lines.append((*whose, *msgspec.structs.astuple(item.figures), shown.currency))
    return sheets.render(COLUMNS, lines)


def day_sheet(shown: PerformanceView) -> str:
    """Return a member's days as CSV."""
    return sheets.render(DAY_COLUMNS, (msgspec.structs.astuple(day) for day in shown.days))
