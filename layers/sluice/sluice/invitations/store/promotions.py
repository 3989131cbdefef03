"""Promotions, stored and read: as they are, and as they were when somebody took part (C1 to C5)."""

from dataclasses import replace
from datetime import datetime

import msgspec

from sluice.invitations.promotion_tables import PromotionSettings, PromotionTerms
from sluice.invitations.refusals import PromotionChanged
from sluice.invitations.rules import promotions as rules
from sluice.invitations.rules.promotions import Promotion
from sluice.shared import guard, ids, preconditions
from sluice.shared.errors import Invalid, NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_TRIES = 5
PAGE_TERMS = 25
_PROMOTION, _TERMS = "promotion", "terms"


def put_promotion(
    organization_id: str, wanted: Promotion, now: datetime, *, expected: int | None = None
) -> Promotion:
    """Create or change a promotion, and keep the terms of before; the same again writes nothing.

    One read and one write, of a change a transaction of 2 items, 2 write units for each KiB; all
    again, at most 5 times, when another changed it. Raises Invalid, Contention; ChangedMeanwhile:
    it is not of the version `expected`.
    """
    if faults := rules.faults(wanted):
        raise Invalid("The promotion is not valid.", faults)
    for _ in guard.attempts(MAX_TRIES):
        before = _find(organization_id, wanted.promotion_id)
        version = int(before.version) if before else 0
        after = replace(wanted, version=version + 1)
        if before and _promotion(before) == replace(wanted, version=version):
            return _promotion(before)
        preconditions.demand(expected, version)
        transaction = Transaction()
        _add(transaction, organization_id, after, now)
        if before:
            _keep(transaction, before)
        try:
            transaction.commit()
        except PromotionChanged:
            continue
        return after
    raise AssertionError  # the loop ends in Contention


def _add(transaction: Transaction, organization_id: str, after: Promotion, now: datetime) -> None:
    item = PromotionSettings(
        _listed(organization_id),
        ids.key(_PROMOTION, after.promotion_id),
        promotion_id=after.promotion_id,
        definition=msgspec.json.encode(after).decode(),
        version=after.version,
        changed_at=now,
    )
    same = PromotionSettings.version == after.version - 1
    condition = same if after.version > 1 else PromotionSettings.key.does_not_exist()
    transaction.put(item, condition, PromotionChanged())


def _keep(transaction: Transaction, before: PromotionSettings) -> None:
    name = _name_of(before.promotion_id, int(before.version))
    item = PromotionTerms(before.key, name, definition=before.definition)
    item.version, item.changed_at = before.version, before.changed_at
    transaction.put(item)


def find_promotion(organization_id: str, promotion_id: str) -> Promotion | None:
    """Return a promotion as it is now: one read. None: there is none."""
    found = _find(organization_id, promotion_id)
    return None if found is None else _promotion(found)


def load_promotion(organization_id: str, promotion_id: str) -> Promotion:
    """Return a promotion as it is now: one read. Raises NotFound."""
    found = find_promotion(organization_id, promotion_id)
    if found is None:
        raise NotFound("There is no such promotion.")
    return found


def load_at(organization_id: str, promotion_id: str, moment: datetime) -> Promotion:
    """Return a promotion as it was at a moment; before its first version, as that (C4).

    One read; where it has changed since, a query of the terms of before, the newest first, with one
    more for each further 25 that came after the moment, and one for the first. Raises NotFound.
    """
    latest = _find(organization_id, promotion_id)
    if latest is None:
        raise NotFound("There is no such promotion.")
    if latest.changed_at <= moment:
        return _promotion(latest)
    place, own = latest.key, PromotionTerms.item.startswith(f"{_TERMS}#{promotion_id}#")
    before = PromotionTerms.query(
        place,
        own,
        PromotionTerms.changed_at <= moment,
        consistent_read=True,
        limit=1,
        page_size=PAGE_TERMS,  # else one is read at a time
        scan_index_forward=False,
    )
    first = PromotionTerms.query(place, own, consistent_read=True, limit=1)
    return _promotion(next(before, None) or next(first, None) or latest)


def find_terms(organization_id: str, promotion_id: str, version: int | None) -> Promotion | None:
    """Return the terms of a version as they hold for who took part by them (C5); None: none is.

    What is of an earlier release goes by the promotion as it is: a participation without a version,
    or a version that was changed without being kept. One read, of a promotion that has changed two.
    """
    latest = find_promotion(organization_id, promotion_id)
    if latest is None or version is None or latest.version == version:
        return latest
    kept = find(PromotionTerms, _listed(organization_id), _name_of(promotion_id, version))
    return latest if kept is None else rules.holding(_promotion(kept), latest)


def list_promotions(organization_id: str, after: str, limit: int) -> list[Promotion]:
    """Return promotions by id, from behind one: one query."""
    first, last = f"{_PROMOTION}#{after}\x00", f"{_PROMOTION}#~"
    between = PromotionSettings.item.between(first, last)
    found = PromotionSettings.query(_listed(organization_id), between, limit=limit)
    return [_promotion(item) for item in found]


def _listed(organization_id: str) -> str:
    return ids.key(organization_id, "promotions")


def _find(organization_id: str, promotion_id: str) -> PromotionSettings | None:
    item = ids.key(_PROMOTION, promotion_id)
    return find(PromotionSettings, _listed(organization_id), item)


def _name_of(promotion_id: str, version: int) -> str:
    return ids.key(_TERMS, promotion_id, f"{version:09}")


def _promotion(item: PromotionSettings | PromotionTerms) -> Promotion:
    return msgspec.json.decode(item.definition, type=Promotion)
