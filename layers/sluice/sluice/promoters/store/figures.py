"""What offers and promoters count (D3): one item each, added to by claimed consumers."""

import zlib
from collections.abc import Iterable

from sluice.promoters.tables import OwnFigures, Standing
from sluice.shared import ids
from sluice.shared.table import find

SHARDS = 4  # of an organisation's offers and promoters: each takes 1,000 write units a second
DUE_BUCKETS = 4
OWN = "offer#"  # before an offer, in a promoter's partition


def own(organization_id: str, member_id: str, offer_id: str) -> OwnFigures | None:
    """Return what a promoter did with an offer, None where nothing: one read."""
    return find(OwnFigures, promoter_key(organization_id, member_id), own_name(offer_id))


def standing(organization_id: str, offer_id: str) -> Standing | None:
    """Return what an offer counts in all: one read. None: it was never written."""
    return find(Standing, *standing_key(organization_id, offer_id))


def standings(organization_id: str, offer_ids: Iterable[str]) -> dict[str, Standing]:
    """Return what offers count in all, by id, where anything was: a request for each 100."""
    keys = [standing_key(organization_id, offer_id) for offer_id in offer_ids]
    found = Standing.batch_get(keys) if keys else ()
    return {row.item: row for row in found}


def standing_key(organization_id: str, offer_id: str) -> tuple[str, str]:
    """Return where an offer's figures stand."""
    return offers_key(organization_id, _shard(offer_id)), offer_id


def total_key(organization_id: str, period: str, member_id: str) -> tuple[str, str]:
    """Return where a promoter's figures of a period stand."""
    return promoters_key(organization_id, period, _shard(member_id)), member_id


def offers_key(organization_id: str, shard: int) -> str:
    """Return a partition of an organisation's standings."""
    return ids.key(organization_id, "offers", str(shard))


def promoters_key(organization_id: str, period: str, shard: int) -> str:
    """Return a partition of an organisation's promoters in a period."""
    return ids.key(organization_id, "promoters", period, str(shard))


def promoter_key(organization_id: str, member_id: str) -> str:
    """Return the partition of what a promoter did."""
    return ids.key(organization_id, "promoter", member_id)


def own_name(offer_id: str) -> str:
    """Return the name of a promoter's figures with an offer."""
    return OWN + ids.key(offer_id)


def head_key(organization_id: str) -> tuple[str, str]:
    """Return where it stands which rankings are read."""
    return ids.key(organization_id, "rankings"), "head"


def bucket_of(organization_id: str) -> str:
    """Return the bucket of the index in which an organisation waits for new rankings."""
    return str(zlib.crc32(organization_id.encode()) % DUE_BUCKETS)


def _shard(name: str) -> int:
    return zlib.crc32(name.encode()) % SHARDS
