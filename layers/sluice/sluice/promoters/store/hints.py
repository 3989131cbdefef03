"""Hints to merchants: opened when a condition holds, told once, ended when it stops (D9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sluice.promoters.bonus_tables import HintItem
from sluice.promoters.refusals import BonusTaskMoved
from sluice.promoters.rules.bonuses import Message
from sluice.promoters.rules.hints import HintRules, Kind
from sluice.promoters.store import bonus_telling, offers
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.table import start_behind

NOBODY = "-"  # in the name of a hint on an offer as a whole; no member's id begins so
PLACE = r"hint#[a-z-]{1,32}#[A-Za-z0-9][A-Za-z0-9_.-]{0,63}#([A-Za-z0-9][A-Za-z0-9_.:-]{0,63}|-)"


@dataclass(frozen=True)
class Finding:
    """Whether a hint holds now, and by which figures."""

    kind: Kind
    merchant_id: str
    offer_id: str
    holds: bool
    transactions: int
    promotions: int
    member_id: str | None = None  # of the promoter, where it is on one

    @property
    def name(self) -> str:
        """The name of its item in the merchant's partition."""
        return ids.key("hint", self.kind.value, self.offer_id, self.member_id or NOBODY)


def settle(
    organization_id: str, findings: Sequence[Finding], rules: HintRules, now: datetime
) -> int:
    """Open hints that hold and end those that do not any more; return how many changed.

    One batch read for each 100; for one that opens a read of the offer and a transaction of 1
    item with a push, for one that ends 1 item. An episode is told once. Raises Contention.
    """
    keys = [(_key(organization_id, each.merchant_id), each.name) for each in findings]
    read = HintItem.batch_get(keys, consistent_read=True) if keys else ()
    found = {(item.key, item.item): item for item in read}
    changed = 0
    for key, finding in zip(keys, findings, strict=True):
        item = found.get(key)
        if finding.holds == (item is not None and bool(item.is_open)):
            continue
        try:
            if item is None or finding.holds:
                _open(organization_id, finding, item, rules, now)
            else:
                _end(item, now)
        except BonusTaskMoved:  # another run was first
            continue
        changed += 1
    return changed


def list_hints(
    organization_id: str, merchant_id: str, after: str, limit: int
) -> Sequence[HintItem]:
    """Return a merchant's hints behind a place, by kind and offer: one query."""
    key = _key(organization_id, merchant_id)
    start = start_behind(key=key, item=after) if after else None
    return list(
        HintItem.query(
            key,
            HintItem.item.startswith("hint#"),
            consistent_read=True,
            limit=limit,
            last_evaluated_key=start,
        )
    )


def _open(
    organization_id: str,
    finding: Finding,
    before: HintItem | None,
    rules: HintRules,
    now: datetime,
) -> None:
    item = HintItem(
        _key(organization_id, finding.merchant_id),
        finding.name,
        hint=finding.kind.value,
        offer_id=finding.offer_id,
        member_id=finding.member_id,
        is_open=True,
        episode=int(before.episode) + 1 if before else 1,
        transactions=finding.transactions,
        promotions=finding.promotions,
        since=now,
    )
    same = HintItem.episode == (int(before.episode) if before else 0)
    ended = HintItem.is_open == False  # noqa: E712 - a condition
    condition = HintItem.key.does_not_exist() if before is None else same & ended

    def add(transaction: Transaction) -> None:
        transaction.put(item, condition, BonusTaskMoved())

    words = _words(organization_id, finding, rules)
    bonus_telling.write(organization_id, finding.merchant_id, rules.strategy_id, words, now, add)


def _words(organization_id: str, finding: Finding, rules: HintRules) -> Message | None:
    if rules.strategy_id is None or not rules.title or not rules.body:
        return None
    offer = offers.find(organization_id, finding.offer_id)
    values = {
        "{product}": offer.product.name if offer else finding.offer_id,
        "{hint}": finding.kind.value,
        "{promoter}": finding.member_id or "",
    }
    title, body = rules.title, rules.body
    for name, value in values.items():
        title, body = title.replace(name, value), body.replace(name, value)
    return Message(title, body, rules.link)


def _end(item: HintItem, now: datetime) -> None:
    transaction = Transaction()
    transaction.update(
        HintItem(item.key, item.item),
        [HintItem.is_open.set(False), HintItem.ended_at.set(now)],
        condition=(HintItem.episode == item.episode) & (HintItem.is_open == True),  # noqa: E712
        otherwise=BonusTaskMoved(),
    )
    transaction.commit()


def _key(organization_id: str, merchant_id: str) -> str:
    return ids.key(organization_id, "hints", merchant_id)
