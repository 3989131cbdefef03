"""Promotions, stored and read (C1 to C5)."""

from dataclasses import replace
from datetime import datetime

import msgspec

from sluice.invitations.promotion_tables import PromotionSettings
from sluice.invitations.refusals import PromotionChanged
from sluice.invitations.rules import promotions as rules
from sluice.invitations.rules.promotions import Promotion
from sluice.shared import guard, ids
from sluice.shared.errors import Invalid, NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_TRIES = 5
_PROMOTION = "promotion"


def put_promotion(organization_id: str, wanted: Promotion, now: datetime) -> Promotion:
    """Create or change a promotion; the same again writes nothing.

    One read and one write, 2 write units for each KiB; both again, at most 5 times, when another
    changed it. Raises Invalid, Contention.
    """
    if faults := rules.faults(wanted):
        raise Invalid("The promotion is not valid.", faults)
    for _ in guard.attempts(MAX_TRIES):
        before = find_promotion(organization_id, wanted.promotion_id)
        version = before.version if before else 0
        if before == replace(wanted, version=version):
            return before
        after = replace(wanted, version=version + 1)
        item = PromotionSettings(
            _listed(organization_id),
            ids.key(_PROMOTION, after.promotion_id),
            promotion_id=after.promotion_id,
            definition=msgspec.json.encode(after).decode(),
            version=after.version,
            changed_at=now,
        )
        same = PromotionSettings.version == version
        condition = same if version else PromotionSettings.key.does_not_exist()
        transaction = Transaction()
        transaction.put(item, condition, PromotionChanged())
        try:
            transaction.commit()
        except PromotionChanged:
            continue
        return after
    raise AssertionError  # the loop ends in Contention


def find_promotion(organization_id: str, promotion_id: str) -> Promotion | None:
    """Return a promotion as it is now: one read. None: there is none."""
    item = ids.key(_PROMOTION, promotion_id)
    found = find(PromotionSettings, _listed(organization_id), item)
    return None if found is None else _promotion(found)


def load_promotion(organization_id: str, promotion_id: str) -> Promotion:
    """Return a promotion as it is now: one read. Raises NotFound."""
    found = find_promotion(organization_id, promotion_id)
    if found is None:
        raise NotFound("There is no such promotion.")
    return found


def list_promotions(organization_id: str, after: str, limit: int) -> list[Promotion]:
    """Return promotions by id, from behind one: one query."""
    first, last = f"{_PROMOTION}#{after}\x00", f"{_PROMOTION}#~"
    between = PromotionSettings.item.between(first, last)
    found = PromotionSettings.query(_listed(organization_id), between, limit=limit)
    return [_promotion(item) for item in found]


def _listed(organization_id: str) -> str:
    return ids.key(organization_id, "promotions")


def _promotion(item: PromotionSettings) -> Promotion:
    return msgspec.json.decode(item.definition, type=Promotion)
