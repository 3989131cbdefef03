"""Members told of views and of yesterday, by the push chain (B5, B7).

What was told is kept on the participation, in the transaction of the notice. Nobody is told
anything once the campaign has ended: that is a condition of the same write.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from sluice.campaigns.refusals import ToldAlready
from sluice.campaigns.rules import telling as rules
from sluice.campaigns.rules.campaigns import PUBLISHED, Campaign
from sluice.campaigns.rules.figures import Figures
from sluice.campaigns.rules.telling import SUMMARY, VIEWS, Seen
from sluice.campaigns.store import campaigns, participations, performance
from sluice.campaigns.tables import CampaignItem, Participation
from sluice.codes.store import notices
from sluice.organizations import store as organizations
from sluice.shared import guard, ids, telemetry
from sluice.shared.guard import Transaction

_PERFORMANCE = "/performance"  # behind the personal link


class _Teller(NamedTuple):
    """A campaign whose members are told at a moment."""

    campaign: Campaign
    locale: str
    base_url: str  # of personal links
    now: datetime


class _Telling(NamedTuple):
    """What is told: whom, of what, and what is kept of it under which condition."""

    kind: str
    member: Participation
    name: str  # of this notice among the member's
    content: Mapping[str, str] | None  # None: there is nothing to say, which is kept too
    actions: Sequence[Action]
    condition: Condition


def tell(
    campaign: Campaign, found: Sequence[Participation], base_url: str, now: datetime
) -> Counter[str]:
    """Tell members of new visitors and of yesterday, where that is due; return how often.

    One read of the organisation; for those whose interval is over, a request for each 100 codes;
    for those not told of yesterday one more, and a query each. A notice is a transaction of 3
    items, 6 write units; a silent yesterday one of 2. Who cannot be told holds up nobody. Raises
    what says that AWS is busy.
    """
    given = campaign.definition
    told: Counter[str] = Counter()
    there = [each for each in found if participations.is_there(each)]
    if given.status != PUBLISHED or now >= given.ends_at or not there:
        return told
    organization = organizations.find_organization(campaign.organization_id)
    teller = _Teller(campaign, organization.locale, base_url, now)
    for telling in _views(teller, there):
        told[_write(teller, telling)] += 1
    if given.notify.daily_summary:
        for telling in _days(teller, there, now.astimezone(ZoneInfo(organization.time_zone))):
            told[_write(teller, telling)] += 1
    return told


def _views(teller: _Teller, found: Sequence[Participation]) -> Iterator[_Telling]:
    """Yield who is to be told of views."""
    campaign, now = teller.campaign, teller.now
    minutes = campaign.definition.notify.views_minutes
    waited = [each for each in found if rules.may_tell_views(_seen(each), minutes, now)]
    views = performance.views_of(campaign.organization_id, (each.code for each in waited))
    for member in waited:
        visitors = views.get(member.code, Figures()).visitors
        new = rules.new_visitors(visitors, _seen(member))
        if new:
            link, title = _link(teller, member), campaign.definition.title
            content = rules.views_notice(title, link, new, visitors, teller.locale)
            actions = [
                Participation.views_told.set(visitors),
                Participation.views_told_at.set(now),
            ]
            unchanged = Participation.views_told == int(member.views_told)
            unchanged &= Participation.code == member.code
            name = f"{member.code}.{visitors}"  # another code counts from nothing again
            yield _Telling(VIEWS, member, name, content, actions, unchanged)


def _days(teller: _Teller, found: Sequence[Participation], local: datetime) -> Iterator[_Telling]:
    """Yield who is to be told of yesterday."""
    campaign, hour = teller.campaign, teller.campaign.definition.notify.at
    days = {
        each.member_id: day
        for each in found
        if (day := rules.day_to_sum_up(local, hour, each.summary_day))
    }
    waiting = [each for each in found if each.member_id in days]
    if not waiting:
        return
    day = days[waiting[0].member_id]  # of all the same
    views = performance.views_of(campaign.organization_id, (each.code for each in waiting), day)
    for member in waiting:
        seen = views.get(member.code, Figures())
        figures = performance.of_a_day(campaign, member, seen, day)
        content = None
        if rules.has_anything(figures):
            link, title = _link(teller, member), campaign.definition.title
            content = rules.summary_notice(title, link, day, figures, teller.locale)
        earlier = Participation.summary_day.does_not_exist() | (Participation.summary_day < day)
        actions = [Participation.summary_day.set(day)]
        yield _Telling(SUMMARY, member, day, content, actions, earlier)


def _write(teller: _Teller, telling: _Telling) -> str:
    """Keep what is told and ask for the notice; return what was done."""
    campaign, member = teller.campaign, telling.member
    transaction = Transaction()
    key = campaigns.key_of(campaign.organization_id, campaign.campaign_id)
    transaction.update(
        Participation(key, member.item),
        telling.actions,
        condition=Participation.removed_at.does_not_exist() & telling.condition,
        otherwise=ToldAlready(),
    )
    transaction.check(
        CampaignItem(key, campaigns.LATEST),
        condition=CampaignItem.status == PUBLISHED,
        otherwise=ToldAlready(),
    )
    if telling.content is not None:
        notices.want(
            transaction,
            campaign.organization_id,
            ids.key(campaign.campaign_id, telling.name),
            telling.kind,
            member.member_id,
            telling.content,
            teller.now,
        )
    try:
        transaction.commit()
    except ToldAlready:
        return "moved"
    except Exception as error:
        if guard.is_busy(error):
            raise
        telemetry.logger.exception("not_told", extra={"kind": telling.kind})
        return "failed"
    return telling.kind if telling.content is not None else "silent"


def _seen(member: Participation) -> Seen:
    return Seen(int(member.views_told), member.views_told_at)


def _link(teller: _Teller, member: Participation) -> str:
    return participations.url_of(teller.base_url, member.token) + _PERFORMANCE
