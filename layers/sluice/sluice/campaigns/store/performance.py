"""What a campaign's members brought: in all, day by day, and who comes before whom (B7).

Signups, participations and rewards are counters of the campaign; views and visitors are counted
with the member's code (A8). Both follow their causes within a second.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from sluice.campaigns.rules import ranks
from sluice.campaigns.rules.campaigns import Campaign
from sluice.campaigns.rules.figures import Figures
from sluice.campaigns.rules.ranks import Place, Standing
from sluice.campaigns.store import campaigns, participations
from sluice.campaigns.tables import Day, Participation
from sluice.codes.rules.counts import TOTAL, Row
from sluice.codes.store import figures as counted
from sluice.codes.store.figures import Counted
from sluice.shared import ids, telemetry
from sluice.shared.days import each_day
from sluice.shared.memory import Memory

SECONDS = 15.0  # that an order is kept for
MAX_MEMBERS = 10_000  # of one campaign: 2,000 are in it at a time, those removed stay
MAX_KEPT = 20_000  # members in orders that are kept


class Brought(NamedTuple):
    """A member of a campaign and what they brought."""

    participation: Participation
    figures: Figures


class Performance(NamedTuple):
    """What is shown to a member."""

    campaign: Campaign
    brought: Brought
    days: list[tuple[str, Figures]]
    members: int  # in the order
    near: list[Place]  # the member's own place and those next to it; empty once removed

    @property
    def rank(self) -> int | None:
        """The member's own."""
        own = self.brought.participation.member_id
        ranks = (place.rank for place in self.near if place.standing.member_id == own)
        return next(ranks, None)


def of_one(
    campaign: Campaign, found: Participation, days: tuple[date, date], neighbours: int
) -> Performance:
    """Return a member's performance: 3 requests, and the order of all unless it is still known.

    `days` are the first and the last to show, at most 92.
    """
    (brought,) = with_figures(campaign.organization_id, [found])
    order = _orders.get(campaigns.key_of(campaign.organization_id, campaign.campaign_id))
    near = ranks.around(order, found.member_id, neighbours)
    return Performance(campaign, brought, by_day(campaign, found, *days), len(order), near)


def of_everybody(organization_id: str, campaign_id: str) -> list[Brought]:
    """Return every member of a campaign, also those removed, by id.

    One query (1 read unit for about 12 members) and a request for each 100 codes, half a read unit
    for each: of 2,000 members some 1,200 read units in 21 requests. Whoever is beyond the first
    10,000, the removed counted, is in no sum and has no rank; a log line says so.
    """
    found = list(participations.each(organization_id, campaign_id, limit=MAX_MEMBERS + 1))
    if len(found) > MAX_MEMBERS:
        campaign = ids.key(organization_id, campaign_id)
        telemetry.logger.error("CampaignMembersLeftOut", extra={"campaign": campaign})
    return list(with_figures(organization_id, found[:MAX_MEMBERS]))


def with_figures(
    organization_id: str, found: Iterable[Participation], day: str = TOTAL
) -> Iterator[Brought]:
    """Yield participations with their views and visitors, of a day or in all.

    A request for each 100, half a read unit for each. Signups and what follows are in all.
    """
    every = list(found)
    views = views_of(organization_id, (each.code for each in every), day)
    for participation in every:
        seen = views.get(participation.code, Figures())
        yield Brought(participation, _total(participation, seen))


def views_of(organization_id: str, codes: Iterable[str], day: str = TOTAL) -> dict[str, Figures]:
    """Return views and visitors by code, where there were any: a request for each 100."""
    rows = [Row("codes", code, day) for code in codes]
    return {row.id: _seen(row) for row in counted.read_rows(organization_id, rows)}


def by_day(
    campaign: Campaign, found: Participation, first: date, last: date
) -> list[tuple[str, Figures]]:
    """Return a member's figures of each day, the empty ones too: a query and a request.

    `first` to `last`, both included, in the organisation's calendar; at most 92.
    """
    days = list(each_day(first, last))
    rows = [Row("codes", found.code, day) for day in days]
    seen = {row.day: _seen(row) for row in counted.read_rows(campaign.organization_id, rows)}
    done = _done(campaign, found, days[0], days[-1])
    return [(day, _of_day(seen.get(day, Figures()), done.get(day))) for day in days]


def of_a_day(campaign: Campaign, found: Participation, seen: Figures, day: str) -> Figures:
    """Return a member's figures of a day whose views are known: one query."""
    return _of_day(seen, _done(campaign, found, day, day).get(day))


def order_of(every: Iterable[Brought]) -> list[Place]:
    """Return the order of those who take part: most participations first."""
    return ranks.places(
        Standing(
            brought.participation.member_id,
            brought.participation.name,
            brought.figures.participations,
            brought.figures.signups,
            brought.figures.views,
        )
        for brought in every
        if participations.is_there(brought.participation)
    )


def _load_order(key: str) -> list[Place]:
    organization_id, campaign_id = key.split("#")
    return order_of(of_everybody(organization_id, campaign_id))


_orders: Memory[list[Place]] = Memory(lambda _: SECONDS, _load_order, len, MAX_KEPT)


def forget() -> None:
    """Forget every order: for tests."""
    _orders.forget()


def _done(campaign: Campaign, found: Participation, first: str, last: str) -> dict[str, Day]:
    """Return the days on which a member had signups or what follows: one query, a read unit."""
    key = campaigns.key_of(campaign.organization_id, campaign.campaign_id)
    low, high = ids.key("day", found.member_id, first), ids.key("day", found.member_id, last)
    return {
        item.item.rpartition("#")[2]: item for item in Day.query(key, Day.item.between(low, high))
    }


def _seen(row: Counted) -> Figures:
    return Figures(row.counters["views"], row.counters["visitors"])


def _total(found: Participation, seen: Figures) -> Figures:
    return Figures(
        views=seen.views,
        visitors=seen.visitors,
        signups=int(found.signups),
        participations=int(found.participations),
        cancelled=int(found.cancelled),
        rewards_minor=int(found.rewards_minor),
    )


def _of_day(seen: Figures, done: Day | None) -> Figures:
    if done is None:
        return seen
    return seen._replace(
        signups=int(done.signups),
        participations=int(done.participations),
        rewards_minor=int(done.rewards_minor),
    )
