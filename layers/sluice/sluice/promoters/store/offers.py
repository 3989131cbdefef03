"""Offers, stored and read: the latest version, and each version for what was frozen by it (D1)."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from sluice.promoters.rules.offers import Offer
from sluice.promoters.tables import OfferItem
from sluice.shared import cursors, ids
from sluice.shared.errors import NotFound
from sluice.shared.table import find as find_item
from sluice.shared.table import start_behind

LATEST, VERSION = "offer", "version#"
PAGE_VERSIONS = 25
PLACE = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}#[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"


def find(organization_id: str, offer_id: str, version: int | None = None) -> Offer | None:
    """Return an offer as it is now, or as it was in a version: one read. None: there is none."""
    found = find_item(OfferItem, key_of(organization_id, offer_id), name_of(version))
    return None if found is None else offer_of(found)


def find_at(organization_id: str, offer_id: str, moment: datetime) -> Offer | None:
    """Return an offer as it was at a moment, before its first version as it is now; None: none is.

    One read; where it has changed since, a query of its versions, the newest first, and one more
    for each further 25 of them that came after the moment.
    """
    key = key_of(organization_id, offer_id)
    latest = find_item(OfferItem, key, LATEST)
    if latest is None or latest.changed_at <= moment:
        return None if latest is None else offer_of(latest)
    versions = OfferItem.query(
        key,
        OfferItem.item.startswith(VERSION),
        OfferItem.changed_at <= moment,
        consistent_read=True,
        limit=1,
        page_size=PAGE_VERSIONS,  # else one version is read at a time
        scan_index_forward=False,
    )
    return offer_of(next(iter(versions), latest))


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


def list_offers(
    organization_id: str, merchant_id: str | None, limit: int, cursor: str
) -> tuple[Sequence[Offer], str | None]:
    """Return a page of offers by merchant and id, and the cursor of the next: one query.

    Of one merchant, or of all. The index may be a moment behind. Raises Invalid: the cursor is none
    of this list's, which DynamoDB would not begin at.
    """
    start = None
    if cursor:
        begins = re.escape(f"{merchant_id}#") if merchant_id else ""
        place = cursors.place_in(cursor, rf"(?={begins}){PLACE}")
        key = key_of(organization_id, place.split("#")[1])
        start = start_behind(organization_id=organization_id, place=place, key=key, item=LATEST)
    page = OfferItem.by_merchant.query(
        organization_id,
        OfferItem.place.startswith(f"{merchant_id}#") if merchant_id else None,
        limit=limit,
        last_evaluated_key=start,
    )
    found = list(page)
    more = page.last_evaluated_key is not None and len(found) == limit
    return [offer_of(item) for item in found], cursors.cursor_of(found[-1].place) if more else None


def key_of(organization_id: str, offer_id: str) -> str:
    """Return the partition of an offer."""
    return ids.key(organization_id, offer_id)


def name_of(version: int | None) -> str:
    """Return the name of a version's item, or of the latest one's."""
    return LATEST if version is None else f"{VERSION}{version:09}"


def offer_of(item: OfferItem) -> Offer:
    """Return what an item holds."""
    return msgspec.json.decode(item.definition, type=Offer)
