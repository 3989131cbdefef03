"""The rounds of campaigns: members brought in line and told, page by page, until the end (B1, B5).

A member who cannot be brought in line is logged and left for the next walk: the rest goes on.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from sluice.campaigns.refusals import CampaignChanged, ParticipationMoved, RoundMoved
from sluice.campaigns.rules.campaigns import MAX_MEMBERS, PUBLISHED, Campaign
from sluice.campaigns.store import campaigns, inviting, participations, publishing, rounds, telling
from sluice.campaigns.store.inviting import Invitation
from sluice.campaigns.tables import Participation, RoundItem
from sluice.codes.refusals import CodeGone, NoSuchReferrer
from sluice.organizations import store as organizations
from sluice.organizations.rules import MEMBER
from sluice.organizations.tables import Member
from sluice.shared import guard, ids, sweeping, telemetry
from sluice.shared.table import start_behind

PAGE = 50  # members at a time
PAGES = 20  # of a campaign in one run: others have their turn
_PASSING = (ParticipationMoved, NoSuchReferrer, CodeGone)  # the next walk looks again


def sweep(now: datetime, until: float) -> None:
    """Go on with every campaign whose round is due; `until` is on the monotonic clock.

    `sweeping.sweep` over 4 buckets; a campaign is 3 reads, a page of 50 members 2 and what
    `inviting` and `telling` do, with a write of where the walk is.
    """

    def work(found: RoundItem) -> str:
        try:
            return _tend(found, now, until)
        except (CampaignChanged, RoundMoved):  # whoever changed it let it be due
            return "moved"

    sweeping.sweep(rounds.DUE, work, now, until)


def _tend(found: RoundItem, now: datetime, until: float) -> str:
    item = RoundItem.get(found.key, found.item, consistent_read=True)
    due_at: Any = item.due_at  # None: nothing is left to do
    if due_at is None or due_at > now:
        return "moved"
    campaign = _campaign_of(item)
    if campaign.version != item.version:
        return "moved"
    if campaign.definition.status == PUBLISHED and campaign.definition.ends_at <= now:
        publishing.end(campaign, now)
        return "ended"
    locale = organizations.find_organization(campaign.organization_id).locale
    given = Invitation(campaign, locale, now)
    for _ in range(PAGES):
        if time.monotonic() >= until:
            break
        after = _LOOKS[item.phase](item, given)
        if after is not None:
            rounds.keep(item, after, int(item.members))
        elif item.phase == rounds.AUDIENCE:
            rounds.turn(item, rounds.MEMBERS, due_at)
        elif item.phase == rounds.MEMBERS:
            again = min(now + rounds.EVERY, campaign.definition.ends_at)
            rounds.turn(item, rounds.AUDIENCE, again)
            return "walked"
        else:
            rounds.turn(item, rounds.RESTING, None)
            return "closed"
    return "unfinished"


def _campaign_of(item: RoundItem) -> Campaign:
    organization_id, campaign_id = item.key.split("#")
    return campaigns.load(organization_id, campaign_id)


def _bring_in(item: RoundItem, given: Invitation) -> str | None:
    """Bring in who is in the audience, a page of them; return behind whom to go on."""
    candidates, after = _candidates(given.campaign, item.after)
    wanted = [member for member in candidates if _takes_part(given.campaign, member)]
    room = MAX_MEMBERS - int(item.members)
    if len(wanted) > room:
        telemetry.logger.warning("campaign_too_large", extra={"campaign": item.key})
    wanted = wanted[:room]
    names = [(item.key, participations.name_of(member.member_id)) for member in wanted]
    found = {each.member_id: each for each in Participation.batch_get(names, consistent_read=True)}
    for member in wanted:
        work = partial(inviting.bring_in, given, member, found.get(member.member_id))
        _try(item, member.member_id, work)
    item.members += len(wanted)
    return after


def _go_through(item: RoundItem, given: Invitation) -> str | None:
    """Leave out who is not in the audience any more, and tell the others what came, of a page."""
    page, after = _participants(item, given.campaign)
    organization_id = given.campaign.organization_id
    names = [(organization_id, ids.key("member", each.member_id)) for each in page]
    members = {each.member_id: each for each in Member.batch_get(names, consistent_read=True)}
    for each in page:
        member = members.get(each.member_id)
        if member is None or not _takes_part(given.campaign, member):
            _try(item, each.member_id, partial(inviting.leave_out, given, each))
    telling.tell(given.campaign, page, given.campaign.base_url, given.now)
    return after


def _close(item: RoundItem, given: Invitation) -> str | None:
    """Let codes expire, of a page of members."""
    page, after = _participants(item, given.campaign)
    for each in page:
        _try(item, each.member_id, partial(inviting.close, given, each))
    return after


_LOOKS: Mapping[str, Callable[[RoundItem, Invitation], str | None]] = {
    rounds.AUDIENCE: _bring_in,
    rounds.MEMBERS: _go_through,
    rounds.CLOSING: _close,
}


def _candidates(campaign: Campaign, after: str | None) -> tuple[list[Member], str | None]:
    """Return some who may be in the audience, by id, and behind whom more are: a request."""
    organization_id, audience = campaign.organization_id, campaign.definition.audience
    if audience.everyone:
        start = None
        if after is not None:
            item = ids.key("member", after)
            start = start_behind(organization_id=organization_id, item=item)
        found = list(
            Member.query(
                organization_id,
                Member.item.startswith("member#"),
                consistent_read=True,
                limit=PAGE,
                last_evaluated_key=start,
            )
        )
        return found, found[-1].member_id if len(found) == PAGE else None
    left = sorted(each for each in audience.member_ids if after is None or each > after)[:PAGE]
    names = [(organization_id, ids.key("member", each)) for each in left]
    found = list(Member.batch_get(names, consistent_read=True))
    return found, left[-1] if len(left) == PAGE else None


def _participants(item: RoundItem, campaign: Campaign) -> tuple[list[Participation], str | None]:
    """Return some who are in the campaign, by id, and behind whom more are: a query."""
    found = list(
        islice(
            participations.each(
                campaign.organization_id, campaign.campaign_id, item.after, limit=PAGE
            ),
            PAGE,
        )
    )
    after = found[-1].member_id if len(found) == PAGE else None
    return [each for each in found if participations.is_there(each)], after


def _takes_part(campaign: Campaign, member: Member) -> bool:
    audience = campaign.definition.audience
    named = member.member_id in audience.member_ids
    return bool(member.active) and (named or (audience.everyone and MEMBER in member.roles))


def _try(item: RoundItem, member_id: str, work: Callable[[], object]) -> None:
    """Do what is due to one member; what is wrong with one must not hold up the others.

    That AWS is busy, or the campaign is another by now, is wrong with all.
    """
    try:
        work()
    except CampaignChanged:
        raise
    except _PASSING:
        telemetry.logger.info("member_moved", extra={"campaign": item.key, "member": member_id})
    except Exception as error:
        if guard.is_busy(error):
            raise
        facts = {"campaign": item.key, "member": member_id}
        telemetry.logger.exception("member_not_in_line", extra=facts)
