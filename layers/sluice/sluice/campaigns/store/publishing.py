"""Writing campaigns: the next version, with its programme and the round it begins (B1)."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from sluice.campaigns.refusals import CampaignChanged, CampaignFixed, NoSuchSalesperson
from sluice.campaigns.rules import campaigns as rules
from sluice.campaigns.rules.campaigns import DRAFT, ENDED, PUBLISHED, Campaign, Definition
from sluice.campaigns.store import campaigns, rounds
from sluice.campaigns.tables import CampaignItem
from sluice.organizations import store as organizations
from sluice.organizations.tables import Member
from sluice.rewards.refusals import Outdated
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import programmes
from sluice.shared import guard, ids, outbox, preconditions
from sluice.shared.errors import Invalid
from sluice.shared.guard import Transaction

MAX_TRIES = 5
CHANGED = "campaign.changed.v1"


def put(
    organization_id: str,
    campaign_id: str,
    given: Definition,
    base_url: str,
    now: datetime,
    *,
    expected: int | None = None,
) -> Campaign:
    """Write a campaign's next version; the same again writes nothing.

    3 reads; a transaction of 2 items with a check of each salesperson and an outbox event, from
    the publishing on of 2 more, and 7 of the programme where that changes; all again, at most 5
    times, when another changed it. Raises NotFound, Invalid, CampaignFixed, NoSuchSalesperson,
    Contention; ChangedMeanwhile: it is not of the version `expected`.
    """
    zone = ZoneInfo(organizations.find_organization(organization_id).time_zone)
    if faults := rules.absurd_times(given):
        raise Invalid("The campaign is not valid.", faults)
    wanted = rules.localized(given, zone)
    if faults := rules.faults(wanted):
        raise Invalid("The campaign is not valid.", faults)
    for _ in guard.attempts(MAX_TRIES):
        before = campaigns.find(organization_id, campaign_id)
        if before is not None and before.definition == wanted:
            return before
        preconditions.demand(expected, before.version if before else preconditions.NONE_YET)
        if not rules.may_follow(before, wanted):
            raise CampaignFixed
        if wanted.status == PUBLISHED and wanted.ends_at <= now:
            raise Invalid("The campaign is not valid.", [("ends_at", "over")])
        transaction = Transaction()
        after = _next(organization_id, campaign_id, before, wanted)
        after = msgspec.structs.replace(after, base_url=base_url)
        _add(transaction, after, now)
        if wanted.status != ENDED:
            _check_salespeople(transaction, after)
        if wanted.status != DRAFT:
            _add_programme(transaction, after, now)
            rounds.begin(transaction, after, now)
        try:
            transaction.commit()
        except (CampaignChanged, Outdated):
            continue
        break
    return after


def end(before: Campaign, now: datetime) -> Campaign:
    """End a campaign whose time is over: a transaction of 4 items.

    Codes have expired by themselves, nobody is told. Raises CampaignChanged, Contention.
    """
    wanted = msgspec.structs.replace(before.definition, status=ENDED)
    after = _next(before.organization_id, before.campaign_id, before, wanted)
    transaction = Transaction()
    _add(transaction, after, now)
    rounds.rest(transaction, after)
    transaction.commit()
    return after


def _next(
    organization_id: str, campaign_id: str, before: Campaign | None, wanted: Definition
) -> Campaign:
    return Campaign(
        organization_id=organization_id,
        campaign_id=campaign_id,
        version=before.version + 1 if before else 1,
        definition=wanted,
        currency=rules.currency_of(before, wanted),
        base_url=before.base_url if before else "",
    )


def _add(transaction: Transaction, after: Campaign, now: datetime) -> None:
    before = after.version - 1
    same = CampaignItem.version == before if before else CampaignItem.key.does_not_exist()
    latest = _item(after, campaigns.LATEST, now)
    latest.organization_id, latest.campaign_id = after.organization_id, after.campaign_id
    transaction.put(latest, same, CampaignChanged())
    if after.definition.status != DRAFT:
        transaction.put(_item(after, campaigns.name_of(after.version), now))
    _tell(transaction, after, now)


def _item(campaign: Campaign, name: str, now: datetime) -> CampaignItem:
    given = campaign.definition
    return CampaignItem(
        campaigns.key_of(campaign.organization_id, campaign.campaign_id),
        name,
        definition=msgspec.json.encode(given).decode(),
        title=given.title,
        status=given.status,
        version=campaign.version,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
        currency=campaign.currency,
        base_url=campaign.base_url,
        changed_at=now,
    )


def _check_salespeople(transaction: Transaction, campaign: Campaign) -> None:
    for member_id in campaign.definition.salespeople:
        transaction.check(
            Member(campaign.organization_id, ids.key("member", member_id)),
            condition=Member.active == True,  # noqa: E712 - builds a condition
            otherwise=NoSuchSalesperson(f"{member_id} is not an active member."),
        )


def _tell(transaction: Transaction, campaign: Campaign, now: datetime) -> None:
    data = {
        "campaign_id": campaign.campaign_id,
        "status": campaign.definition.status,
        "version": campaign.version,
    }
    event = outbox.Event(
        id=f"campaign.{ids.sortable(now)}",
        type=CHANGED,
        organization_id=campaign.organization_id,
        occurred_at=now,
        version=campaign.version,
        data=data,
    )
    outbox.emit(transaction, event)


def _add_programme(transaction: Transaction, campaign: Campaign, now: datetime) -> None:
    """Bring the ledger's programme in line with the reward, its caps and checks as they are."""
    reward = campaign.definition.reward
    if reward is None:
        return
    name = campaigns.programme_of(campaign.campaign_id)
    before = programmes.find_programme(campaign.organization_id, name)
    wanted = replace(
        before or Programme(name),
        budget={reward.currency: reward.budget_minor},
        hold_seconds=int(timedelta(days=reward.hold_days).total_seconds()),
    )
    programmes.add_settings(transaction, campaign.organization_id, before, wanted, now)
