"""Offers, stored and read: the latest version, and each version for what was frozen by it (D1)."""

from collections.abc import Collection

import msgspec

from sluice.promoters.rules.offers import Offer
from sluice.promoters.tables import OfferItem
from sluice.shared import ids
from sluice.shared.errors import NotFound
from sluice.shared.table import find as find_item

LATEST = "offer"


def find(organization_id: str, offer_id: str, version: int | None = None) -> Offer | None:
    """Return an offer as it is now, or as it was in a version: one read. None: there is none."""
    found = find_item(OfferItem, key_of(organization_id, offer_id), name_of(version))
    return None if found is None else offer_of(found)


def load(organization_id: str, offer_id: str) -> Offer:
    """Return an offer as it is now: one read. Raises NotFound."""
    found = find(organization_id, offer_id)
    if found is None:
        raise NotFound("There is no such offer.")
    return found


def find_all(organization_id: str, offer_ids: Collection[str]) -> dict[str, Offer]:
    """Return offers as they are now, by id: one batch read for each 100."""
    keys = [(key_of(organization_id, offer_id), LATEST) for offer_id in offer_ids]
    found = map(offer_of, OfferItem.batch_get(keys, consistent_read=True))
    return {offer.offer_id: offer for offer in found}


def key_of(organization_id: str, offer_id: str) -> str:
    """Return the partition of an offer."""
    return ids.key(organization_id, offer_id)


def name_of(version: int | None) -> str:
    """Return the name of a version's item, or of the latest one's."""
    return LATEST if version is None else f"version#{version:09}"


def offer_of(item: OfferItem) -> Offer:
    """Return what an item holds."""
    return msgspec.json.decode(item.definition, type=Offer)
