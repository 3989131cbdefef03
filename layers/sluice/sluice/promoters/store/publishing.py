"""Writing offers: the next version, with the budget of its programme, in one transaction (D1)."""

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from sluice.organizations.rules import MERCHANT
from sluice.organizations.tables import Member
from sluice.promoters import settings
from sluice.promoters.refusals import NoSuchMerchant, OfferChanged, OfferFixed
from sluice.promoters.rules import offers as rules
from sluice.promoters.rules.offers import Offer
from sluice.promoters.store import figures, offers
from sluice.promoters.tables import OfferItem, Standing
from sluice.rewards.refusals import Outdated
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import programmes
from sluice.shared import guard, ids, outbox, preconditions
from sluice.shared.claims import hash_of
from sluice.shared.errors import Forbidden, Invalid
from sluice.shared.guard import Transaction

MAX_TRIES = 5
CHANGED = "offer.changed.v1"


@dataclass(frozen=True)
class Terms:
    """What of an offer the ledger keeps: what promoters may get in all, and when it is theirs."""

    budget_minor: int | None = None  # None: it is counted and has no limit
    hold_seconds: int = 0


def programme_of(offer_id: str) -> str:
    """Return the name of the ledger's programme of an offer."""
    return f"offer-{hash_of(offer_id)[:24]}"


def put(
    organization_id: str,
    wanted: Offer,
    terms: Terms,
    owner: str | None,
    now: datetime,
    *,
    expected: int | None = None,
) -> Offer:
    """Write an offer's next version, of other terms too; the same again writes nothing.

    `owner`: only theirs may be written; None: anybody's. 3 reads; a transaction of 4 items with a
    check of the merchant, and 7 of the programme where that changes; all again, at most 5
    times, when another changed it. Raises NotFound, Forbidden, Invalid, OfferFixed,
    NoSuchMerchant, Contention; ChangedMeanwhile: it is not of the version `expected`.
    """
    fee = settings.find(organization_id).platform_fee_millionths
    wanted = replace(wanted, platform_fee_millionths=fee, programme=programme_of(wanted.offer_id))
    if faults := rules.faults(wanted, now):
        raise Invalid("The offer is not valid.", faults)
    for _ in guard.attempts(MAX_TRIES):
        before = offers.find(organization_id, wanted.offer_id)
        _check(before, wanted, owner)
        version = before.version if before else 0
        transaction = Transaction()
        is_same = before == replace(wanted, version=version)
        if not _add_terms(transaction, organization_id, wanted, terms, now) and is_same:
            return replace(wanted, version=version)
        preconditions.demand(expected, version)
        after = replace(wanted, version=version + 1)
        _add_offer(transaction, organization_id, before, after, now)
        if before is None or (after.status == rules.PUBLISHED and not is_same):
            _check_merchant(transaction, organization_id, after.merchant_id)
        try:
            transaction.commit()
        except (OfferChanged, Outdated):
            continue
        break
    return after


def _check(before: Offer | None, wanted: Offer, owner: str | None) -> None:
    """Check what its merchant never changing makes sure of for good, and what versions guard."""
    if owner is not None and owner != (before or wanted).merchant_id:
        raise Forbidden("This is another merchant's offer.")
    if before is not None and not rules.may_follow(before, wanted):
        raise OfferFixed


def _add_offer(
    transaction: Transaction,
    organization_id: str,
    before: Offer | None,
    after: Offer,
    now: datetime,
) -> None:
    same = OfferItem.version == before.version if before else OfferItem.key.does_not_exist()
    latest = item_of(organization_id, offers.LATEST, after, now)
    latest.organization_id = organization_id
    latest.place = ids.key(after.merchant_id, after.offer_id)
    transaction.put(latest, same, OfferChanged())
    transaction.put(item_of(organization_id, offers.name_of(after.version), after, now))
    _add_standing(transaction, organization_id, after)
    _tell(transaction, organization_id, after, now)


def item_of(organization_id: str, name: str, offer: Offer, now: datetime) -> OfferItem:
    """Return the item of an offer: the latest one, or one of its versions."""
    return OfferItem(
        offers.key_of(organization_id, offer.offer_id),
        name,
        definition=msgspec.json.encode(offer).decode(),
        merchant_id=offer.merchant_id,
        status=offer.status,
        version=offer.version,
        changed_at=now,
    )


def _add_standing(transaction: Transaction, organization_id: str, offer: Offer) -> None:
    """Tell the rankings of the offer; what it counts stays as it is."""
    transaction.upsert(
        Standing(*figures.standing_key(organization_id, offer.offer_id)),
        [
            Standing.kind.set(Standing),
            Standing.merchant_id.set(offer.merchant_id),
            Standing.product_type.set(offer.product.type),
            Standing.tags.set({rule.tag for rule in offer.rules}),
            Standing.is_published.set(offer.status == rules.PUBLISHED),
            Standing.starts_at.set(offer.starts_at),
            Standing.ends_at.set(offer.ends_at),
        ],
    )


def _check_merchant(transaction: Transaction, organization_id: str, merchant_id: str) -> None:
    is_active = (Member.active == True) & Member.roles.contains(MERCHANT)  # noqa: E712
    transaction.check(
        Member(organization_id, ids.key("member", merchant_id)),
        condition=is_active,
        otherwise=NoSuchMerchant(),
    )


def _tell(transaction: Transaction, organization_id: str, offer: Offer, now: datetime) -> None:
    data = {
        "offer_id": offer.offer_id,
        "merchant_id": offer.merchant_id,
        "status": offer.status,
        "version": offer.version,
    }
    event = outbox.Event(
        id=f"offer.{ids.sortable(now)}",
        type=CHANGED,
        organization_id=organization_id,
        occurred_at=now,
        version=offer.version,
        data=data,
    )
    outbox.emit(transaction, event)


def _add_terms(
    transaction: Transaction, organization_id: str, offer: Offer, terms: Terms, now: datetime
) -> bool:
    """Bring the programme in line, checks and caps as they are; tell whether that changes it."""
    before = programmes.find_programme(organization_id, offer.programme)
    wanted = replace(
        before or Programme(offer.programme),
        budget={offer.currency: terms.budget_minor},
        hold_seconds=terms.hold_seconds,
    )
    return programmes.add_settings(transaction, organization_id, before, wanted, now) != before
