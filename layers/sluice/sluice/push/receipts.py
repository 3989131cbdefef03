"""A receipt: whose is it, what does it say, and who must be told (E3 to E5)."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from sluice.push import evidence, signals
from sluice.push.inputs import price_of
from sluice.push.providers import Receipt
from sluice.push.rules import judging
from sluice.push.rules.judging import Finding
from sluice.push.store import lookups
from sluice.push.store.held import Held, find_push
from sluice.push.store.lookups import Place
from sluice.push.store.settling import NO_EFFECT, Settlement, settle
from sluice.push.tables import ReceiptItem
from sluice.shared import telemetry
from sluice.shared.claims import hash_of

SETTLED = "settled"
EARLY = "early"  # its message id is not mapped yet; whoever maps it takes the receipt
UNMATCHED = "unmatched"  # not one of ours: nothing is stored
TRACKING_ID, MESSAGE_ID, USER_ID = "tracking_id", "message_id", "user_id"
WITHOUT_ID = "no tracking id, and nothing the user did since the send counts"


@dataclass(frozen=True)
class Incoming:
    """A receipt, the provider account that sent it, and when it came."""

    organization_id: str
    account_id: str
    receipt: Receipt
    now: datetime


def receive(incoming: Incoming) -> str:
    """Find the receipt's attempt and settle it; by tracking id, message id, then user.

    With an id: one or two reads, one query, one transaction, at most one request to Step Functions
    and one write. Without: one query, and for at most 5 pushes two queries each, until one is
    settled. Returns what became of it.
    """
    outcome = _receive(incoming)
    telemetry.note(receipt=outcome, receipt_status=incoming.receipt.status)
    return outcome


def _receive(incoming: Incoming) -> str:
    receipt, organization_id = incoming.receipt, incoming.organization_id
    if receipt.tracking_id:
        place = lookups.find_tracking(organization_id, receipt.tracking_id)
        if place is not None:
            return _settle_at(place, incoming, TRACKING_ID)
    if receipt.message_id:
        place = _find_message(incoming, receipt.message_id)
        return EARLY if place is None else _settle_at(place, incoming, MESSAGE_ID)
    if receipt.user_id:
        return _settle_by_behaviour(incoming, receipt.user_id)
    return UNMATCHED


def _find_message(incoming: Incoming, message_id: str) -> Place | None:
    organization_id, account_id = incoming.organization_id, incoming.account_id
    place = lookups.find_message(organization_id, account_id, message_id)
    if place is not None:
        return place
    raw = msgspec.json.encode(incoming.receipt)
    return lookups.keep_early(organization_id, account_id, message_id, raw, incoming.now)


def _settle_at(place: Place, incoming: Incoming, found_by: str) -> str:
    held = find_push(incoming.organization_id, place.push_id)
    attempt = held.attempt(place.position) if held else None
    if held is None or attempt is None or attempt.account_id != incoming.account_id:
        return UNMATCHED  # another account must not settle what it did not send
    settle_receipt(held, place.position, incoming, found_by)
    return SETTLED


def settle_receipt(held: Held, position: int, incoming: Incoming, found_by: str) -> Held:
    """Settle a receipt that names this attempt, and tell the waiting task."""
    finding = judging.judge_status(incoming.receipt.status)
    settlement = _settlement(held, position, incoming, found_by, finding)
    held = settle(held, settlement, incoming.now)
    signals.follow(held)
    return held


def _settle_by_behaviour(incoming: Incoming, user_id: str) -> str:
    """No id: what the user did since the send decides (E4); a refusal without id says nothing."""
    latest: tuple[Held, int] | None = None
    seen: set[str] = set()
    for place in lookups.recent_attempts(incoming.organization_id, incoming.account_id, user_id):
        if place.push_id in seen:
            continue
        seen.add(place.push_id)
        held = find_push(incoming.organization_id, place.push_id)
        if held is None:
            continue
        latest = latest or (held, place.position)
        judged = None if incoming.receipt.status == judging.FAILED else evidence.judge(held)
        if judged is not None:
            settlement = _settlement(held, judged[0].position, incoming, USER_ID, judged[1])
            signals.follow(settle(held, settlement, incoming.now))
            return SETTLED
    if latest is None:
        return UNMATCHED
    held, position = latest
    settle(held, _settlement(held, position, incoming, USER_ID, None), incoming.now)
    return NO_EFFECT


def _settlement(
    held: Held, position: int, incoming: Incoming, found_by: str, finding: Finding | None
) -> Settlement:
    """With the receipt as stored: its key is a hash of all it says, so that it is taken once."""
    receipt = incoming.receipt
    named = hash_of(incoming.account_id, msgspec.json.encode(receipt))[:32]
    price = price_of(receipt.price) if receipt.price else None
    item = ReceiptItem(
        held.push.key,
        f"receipt#{named}",
        position=position,
        status=receipt.status,
        found_by=found_by,
        effect=NO_EFFECT,
        why=finding.why if finding else WITHOUT_ID,
        at=receipt.at,
        received_at=incoming.now,
        price_micros=price.amount_micros if price else None,
        currency=price.currency if price else None,
    )
    known_price = price if finding else None  # without an id it may be another message's
    return Settlement(position, finding, item, known_price)
