"""The search for hints: all offers, then all promoters of an organisation, page by page (D9)."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.operand import Path

from sluice.promoters.bonus_tables import BonusItem, HintRound
from sluice.promoters.refusals import BonusTaskMoved
from sluice.promoters.rules import hints as rules
from sluice.promoters.rules.counts import EVER
from sluice.promoters.rules.hints import HintRules, Kind, OfferFigures
from sluice.promoters.store import bonus_settings, bonuses, figures, hints
from sluice.promoters.store.hints import Finding
from sluice.promoters.tables import OwnFigures, PromoterTotal, Standing
from sluice.shared import sweeping
from sluice.shared.guard import Transaction
from sluice.shared.sweeping import FAILURES
from sluice.shared.table import set_all, start_behind

PAGES = 50  # of an organisation in one run
OFFERS, PROMOTERS = 100, 10  # on a page
BEST = 100  # offers of a promoter that are looked at: those with most transactions
MAX_OWN = 1_000  # offers of a promoter that are read

PHASES = [
    *(f"offers:{shard}" for shard in range(figures.SHARDS)),
    *(f"promoters:{shard}" for shard in range(figures.SHARDS)),
]


def sweep(now: datetime, until: float) -> None:
    """Go on with every organisation whose search is due; `until` is on the monotonic clock.

    `sweeping.sweep` over 1 bucket; an organisation is 2 reads and up to 50 pages: of offers a
    query and 2 batch reads, of promoters a query each and a batch read, and what `hints.settle`
    writes. After each page 1 write keeps where it is.
    """

    def work(found: BonusItem) -> str:
        item = HintRound.get(found.key, found.item, consistent_read=True)
        due_at: Any = item.due_at  # None: somebody else went on with it
        if due_at is None or due_at > now:
            return "moved"
        given = bonus_settings.find(bonuses.organization_of(item))
        if given is None or given.hints is None:
            _keep(item, None, None, None)
            return "ended"
        return _go_on(item, given.hints, now, until)

    sweeping.sweep(bonus_settings.HINTS_DUE, work, now, until)


def _go_on(item: HintRound, given: HintRules, now: datetime, until: float) -> str:
    organization_id = bonuses.organization_of(item)
    phase: str = item.phase or PHASES[0]
    after: str | None = item.after
    phases = PHASES if given.correlation_millionths else PHASES[: figures.SHARDS]
    for _ in range(PAGES):
        if time.monotonic() >= until:
            break
        findings, after = _page(organization_id, phase, after, given, now)
        hints.settle(organization_id, findings, given, now)
        if after is None:
            following = PHASES.index(phase) + 1
            if following >= len(phases):
                _keep(item, None, None, now + timedelta(seconds=given.interval_seconds))
                return "round"
            phase = phases[following]
        item = _keep(item, phase, after, item.due_at)
    return "under_way"


def _page(
    organization_id: str, phase: str, after: str | None, given: HintRules, now: datetime
) -> tuple[Sequence[Finding], str | None]:
    """Return what a page finds, and the last item looked at; None at the end of the phase."""
    kind, shard = phase.split(":")
    if kind == "offers":
        key = figures.offers_key(organization_id, int(shard))
        standings = Standing.query(key, limit=OFFERS, last_evaluated_key=_start(key, after))
        found = list(standings)
        findings = [each for item in found for each in _of_offer(item, given, now)]
        return findings, found[-1].item if len(found) == OFFERS else None
    key = figures.promoters_key(organization_id, EVER, int(shard))
    totals = PromoterTotal.query(key, limit=PROMOTERS, last_evaluated_key=_start(key, after))
    promoters = [total.item for total in totals]
    findings = [
        finding
        for member_id in promoters
        for finding in _of_promoter(organization_id, member_id, given, now)
    ]
    return findings, promoters[-1] if len(promoters) == PROMOTERS else None


def _of_offer(item: Standing, given: HintRules, now: datetime) -> list[Finding]:
    offer = _figures_of(item)
    if offer is None:
        return []
    return [
        Finding(
            kind, offer.merchant_id, offer.offer_id, holds, offer.transactions, offer.promotions
        )
        for kind, holds in rules.of_offer(given, offer, now).items()
    ]


def _of_promoter(
    organization_id: str, member_id: str, given: HintRules, now: datetime
) -> list[Finding]:
    key = figures.promoter_key(organization_id, member_id)
    beginning = figures.OWN
    query = OwnFigures.query(key, OwnFigures.item.startswith(beginning), limit=MAX_OWN)
    own = sorted(query, key=lambda each: (-int(each.transactions), each.item))[:BEST]
    named = [(item.item.removeprefix(beginning), item) for item in own]
    keys = [figures.standing_key(organization_id, offer_id) for offer_id, _ in named]
    read = map(_figures_of, Standing.batch_get(keys)) if keys else ()
    offers = {each.offer_id: each for each in read if each is not None}
    pairs = [(offers[offer_id], item) for offer_id, item in named if offer_id in offers]
    best = rules.best_type((offer.product_type, int(item.transactions)) for offer, item in pairs)
    return [
        Finding(
            Kind.RAISE_REWARD,
            offer.merchant_id,
            offer.offer_id,
            rules.is_to_raise(given, best, offer, int(item.transactions), now),
            int(item.transactions),
            int(item.promotions),
            member_id,
        )
        for offer, item in pairs
    ]


def _figures_of(item: Standing) -> OfferFigures | None:
    """Return what hints know of an offer; None where it was counted before it was written."""
    known: list[Any] = [item.merchant_id, item.product_type, item.starts_at, item.ends_at]
    if None in known:
        return None
    return OfferFigures(
        item.item,
        item.merchant_id,
        item.product_type,
        int(item.transactions),
        int(item.promotions),
        bool(item.is_published),
        item.starts_at,
        item.ends_at,
    )


def _keep(
    item: HintRound, phase: str | None, after: str | None, due_at: datetime | None
) -> HintRound:
    """Keep where the search is, if nobody else went on with it. Raises BonusTaskMoved."""
    transaction = Transaction()
    values = {
        "phase": phase,
        "after": after,
        "due_at": due_at,
        "due_bucket": bonus_settings.HINTS_DUE.bucket_of(item.key) if due_at else None,
    }
    transaction.update(
        HintRound(item.key, item.item),
        [HintRound.version.add(1), Path(FAILURES).remove(), *set_all(HintRound, values)],
        condition=HintRound.version == item.version,
        otherwise=BonusTaskMoved(),
    )
    transaction.commit()
    kept = HintRound()
    kept.attribute_values = item.attribute_values | values | {"version": int(item.version) + 1}
    return kept


def _start(key: str, after: str | None) -> Any:
    return start_behind(key=key, item=after) if after else None
