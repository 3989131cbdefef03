"""A campaign's picture (B3): the file in a bucket, named by its content, and which one it is."""

import hashlib
from datetime import datetime

from sluice.campaigns.refusals import CampaignFixed, NoSuchCampaign
from sluice.campaigns.rules.campaigns import ENDED
from sluice.campaigns.store import campaigns
from sluice.campaigns.tables import CampaignItem, PictureItem
from sluice.shared import files, settings
from sluice.shared.guard import Transaction
from sluice.shared.table import find as find_item

MEDIA_TYPE = "image/jpeg"
MAX_BYTES = 4_500_000  # of what is kept: drawn anew it is smaller than what was given
_ITEM = "picture"
_HASH_CHARACTERS = 32


def put(
    organization_id: str, campaign_id: str, jpeg: bytes, size: tuple[int, int], now: datetime
) -> str:
    """Keep a picture; return the hash it is known by. One file, one transaction of 2 items.

    The file is written first: what the item names is there. Raises NoSuchCampaign, CampaignFixed.
    """
    content_hash = hashlib.sha256(jpeg).hexdigest()[:_HASH_CHARACTERS]
    campaigns.load(organization_id, campaign_id)  # no file for a campaign there is not
    files.write(_place(organization_id, campaign_id, content_hash), jpeg, MEDIA_TYPE)
    _write(organization_id, campaign_id, content_hash, size, now)
    return content_hash


def take_away(organization_id: str, campaign_id: str, now: datetime) -> None:
    """Leave a campaign without a picture. Raises NoSuchCampaign, CampaignFixed."""
    _write(organization_id, campaign_id, None, (0, 0), now)


def find(organization_id: str, campaign_id: str) -> str | None:
    """Return the hash of a campaign's picture, if it has one: one read."""
    found = find_item(PictureItem, campaigns.key_of(organization_id, campaign_id), _ITEM)
    return None if found is None else found.content_hash


def read(organization_id: str, campaign_id: str, content_hash: str) -> bytes:
    """Return a picture: one request. Raises files.MissingFileError."""
    return files.read_part(_place(organization_id, campaign_id, content_hash), 0, MAX_BYTES)[0]


def _write(
    organization_id: str,
    campaign_id: str,
    content_hash: str | None,
    size: tuple[int, int],
    now: datetime,
) -> None:
    key = campaigns.key_of(organization_id, campaign_id)
    transaction = Transaction()
    transaction.check(
        CampaignItem(key, campaigns.LATEST),
        condition=CampaignItem.key.exists() & (CampaignItem.status != ENDED),
        otherwise=CampaignFixed(),
    )
    width, height = size
    item = PictureItem(key, _ITEM, content_hash=content_hash, changed_at=now)
    if content_hash is not None:
        item.width, item.height = width, height
    transaction.put(item)
    try:
        transaction.commit()
    except CampaignFixed as refusal:
        if refusal.current is None:
            raise NoSuchCampaign from None
        raise


def _place(organization_id: str, campaign_id: str, content_hash: str) -> files.Place:
    key = f"pictures/{organization_id}/{campaign_id}/{content_hash}.jpg"
    return {"Bucket": settings.text("CAMPAIGN_FILES_BUCKET"), "Key": key}
