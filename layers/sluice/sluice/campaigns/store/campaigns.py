"""Campaigns, read: as they are now, and as they were in a version (B1)."""

from collections.abc import Sequence

import msgspec

from sluice.campaigns.refusals import CampaignChanged, NoSuchCampaign
from sluice.campaigns.rules.campaigns import Campaign, Definition
from sluice.campaigns.tables import CampaignItem
from sluice.shared import ids
from sluice.shared.claims import hash_of
from sluice.shared.guard import Transaction
from sluice.shared.table import find as find_item
from sluice.shared.table import start_behind

LATEST = "campaign"
PROGRAMME = "campaign-"  # how the names of the ledger's programmes begin


def find(organization_id: str, campaign_id: str, version: int | None = None) -> Campaign | None:
    """Return a campaign as it is now, or as it was in a version: one read. None: there is none."""
    found = find_item(CampaignItem, key_of(organization_id, campaign_id), name_of(version))
    return None if found is None else campaign_of(found)


def load(organization_id: str, campaign_id: str) -> Campaign:
    """Return a campaign as it is now: one read. Raises NoSuchCampaign."""
    found = find(organization_id, campaign_id)
    if found is None:
        raise NoSuchCampaign
    return found


def check_unchanged(transaction: Transaction, campaign: Campaign) -> None:
    """Add that a campaign still is as it was read: 2 write units. Refuses with CampaignChanged."""
    transaction.check(
        CampaignItem(key_of(campaign.organization_id, campaign.campaign_id), LATEST),
        condition=CampaignItem.version == campaign.version,
        otherwise=CampaignChanged(),
    )


def list_campaigns(organization_id: str, after: str, limit: int) -> Sequence[CampaignItem]:
    """Return campaigns by id, from behind one on, with what the index shows of them: one query."""
    start = None
    if after:
        start = start_behind(
            organization_id=organization_id,
            campaign_id=after,
            key=key_of(organization_id, after),
            item=LATEST,
        )
    return list(
        CampaignItem.by_organization.query(organization_id, limit=limit, last_evaluated_key=start)
    )


def heads(keys: Sequence[str]) -> dict[str, CampaignItem]:
    """Return what lists show of campaigns, by their partitions: a request for each 100.

    Read units as for the whole of them: half a unit for each 4 KiB.
    """
    names = ["key", "item", "title", "status", "starts_at", "ends_at", "currency"]
    wanted = [(key, LATEST) for key in keys]
    found = CampaignItem.batch_get(wanted, attributes_to_get=names) if wanted else ()
    return {item.key: item for item in found}


def with_salesperson(keys: Sequence[str], member_id: str) -> set[str]:
    """Return which campaigns name a member as a salesperson, by partition: as `heads`."""
    wanted = [(key, LATEST) for key in keys]
    names = ["key", "item", "definition"]
    found = CampaignItem.batch_get(wanted, attributes_to_get=names) if wanted else ()
    return {item.key for item in found if member_id in _salespeople(item)}


def _salespeople(item: CampaignItem) -> tuple[str, ...]:
    return msgspec.json.decode(item.definition, type=Definition).salespeople


def key_of(organization_id: str, campaign_id: str) -> str:
    """Return the partition of a campaign."""
    return ids.key(organization_id, campaign_id)


def programme_of(campaign_id: str) -> str:
    """Return the name of the ledger's programme of a campaign, of at most 32 characters."""
    return f"{PROGRAMME}{hash_of(campaign_id)[:22]}"


def name_of(version: int | None) -> str:
    """Return the name of a version's item, or of the latest one's."""
    return LATEST if version is None else f"version#{version:09}"


def campaign_of(item: CampaignItem) -> Campaign:
    """Return what an item holds."""
    organization_id, campaign_id = item.key.split("#")
    return Campaign(
        organization_id=organization_id,
        campaign_id=campaign_id,
        version=int(item.version),
        definition=msgspec.json.decode(item.definition, type=Definition),
        currency=item.currency,
        base_url=item.base_url or "",
    )
