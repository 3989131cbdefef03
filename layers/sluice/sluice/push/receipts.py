"""A receipt: whose is it, what does it say, and who must be told (E3 to E5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from sluice.organizations import store as organizations
from sluice.push import evidence, signals, suppressing
from sluice.push.inputs import price_of
from sluice.push.providers import Receipt
from sluice.push.providers.tools import templating
from sluice.push.rules import judging
from sluice.push.rules.judging import Finding
from sluice.push.store import lookups
from sluice.push.store.held import Held, find_push
from sluice.push.store.lookups import Place
from sluice.push.store.settling import NO_EFFECT, Settlement, settle
from sluice.push.tables import ReceiptItem
from sluice.shared import guard, telemetry
from sluice.shared.claims import hash_of

SETTLED = "settled"
EARLY = "early"  # its message id is not mapped yet; whoever maps it takes the receipt
UNMATCHED = "unmatched"  # not one of ours: nothing is stored
MAX_LOOKS = 3  # for a message id that is mapped meanwhile
TRACKING_ID, MESSAGE_ID, USER_ID = "tracking_id", "message_id", "user_id"
TEMPLATE = "template"  # with the user and the time
WITHOUT_ID = "no tracking id, and nothing the user did since the send counts"

type _Recent = tuple[Held, int]  # a push, and the position of one of its attempts


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
    and one write. Without: one query, for at most 5 pushes two queries each, a read of the account
    where the receipt names a template, and two queries and a read to learn whose an address is.
    Returns what became of it.
    """
    outcome = _receive(incoming)
    telemetry.note(receipt=outcome, receipt_status=incoming.receipt.status)
    return outcome


def receive_unnamed(message_id: str, receipt: Receipt, now: datetime) -> str:
    """Settle a receipt that names neither organisation nor account: by its message id (E3).

    One read and one query more than `receive`. One that is not mapped yet waits for its send; where
    it was mapped in that moment, both again.
    """
    for _ in guard.attempts(MAX_LOOKS):
        found = lookups.find_unnamed(message_id)
        held = find_push(found.organization_id, found.place.push_id) if found else None
        attempt = held.attempt(found.place.position) if held and found else None
        if held is not None and attempt is not None:
            return receive(Incoming(held.push.organization_id, attempt.account_id, receipt, now))
        if _find_message(Incoming("", "", receipt, now), message_id) is None:
            break
    telemetry.note(receipt=EARLY, receipt_status=receipt.status)
    return EARLY


def _receive(incoming: Incoming) -> str:
    receipt, organization_id = incoming.receipt, incoming.organization_id
    if receipt.tracking_id:
        place = lookups.find_tracking(organization_id, receipt.tracking_id)
        if place is not None:
            return _settle_at(place, incoming, TRACKING_ID)
    if receipt.message_id:
        place = _find_message(incoming, receipt.message_id)
        return EARLY if place is None else _settle_at(place, incoming, MESSAGE_ID)
    user_id = suppressing.user_of(organization_id, incoming.account_id, receipt)
    if user_id is None:
        return UNMATCHED
    outcome = _settle_by_user(incoming, user_id)
    _suppress(incoming, user_id)
    return outcome


def _suppress(incoming: Incoming, user_id: str) -> None:
    organization_id, account_id = incoming.organization_id, incoming.account_id
    suppressing.follow(organization_id, account_id, user_id, incoming.receipt, incoming.now)


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
    telemetry.follow(held.push.correlation_id)
    finding = judging.judge_status(incoming.receipt.status)
    settlement = _settlement(held, position, incoming, found_by, finding)
    held = settle(held, settlement, incoming.now)
    signals.follow(held)
    _suppress(incoming, held.push.user_id)
    return held


def _settle_by_user(incoming: Incoming, user_id: str) -> str:
    """No id: the template and the time tell which message, or what the user did since the send."""
    places = lookups.recent_attempts(incoming.organization_id, incoming.account_id, user_id)
    found = {place.push_id: find_push(incoming.organization_id, place.push_id) for place in places}
    recent = [(held, place.position) for place in places if (held := found[place.push_id])]
    if not recent:
        return UNMATCHED
    settled = _settle_by_template(incoming, recent) or _settle_by_behaviour(incoming, recent)
    if settled:
        return SETTLED
    held, position = recent[0]
    settle(held, _settlement(held, position, incoming, USER_ID, None), incoming.now)
    return NO_EFFECT


def _settle_by_template(incoming: Incoming, recent: Sequence[_Recent]) -> bool:
    """Settle the one attempt with the receipt's template that was sent shortly before it."""
    receipt = incoming.receipt
    if receipt.template_id is None:
        return False
    account = organizations.find_provider_account(incoming.organization_id, incoming.account_id)
    possible: list[tuple[Held, int, datetime | None]] = [
        (held, position, attempt.sent_at)
        for held, position in recent
        if (attempt := held.attempt(position))
        and attempt.account_id == incoming.account_id
        and templating.template_id_of(account, held.plan.content) == receipt.template_id
    ]
    at = receipt.at or incoming.now
    finding = judging.judge_template(receipt.status, [moment for _, _, moment in possible], at)
    if finding is None:
        return False
    held, position = next(
        (held, position)
        for held, position, moment in possible
        if moment is not None and judging.was_before(moment, at)
    )
    settlement = _settlement(held, position, incoming, TEMPLATE, finding)
    signals.follow(settle(held, settlement, incoming.now))
    return True


def _settle_by_behaviour(incoming: Incoming, recent: Sequence[_Recent]) -> bool:
    """Settle what the user did since a send (E4); a refusal without an id says nothing."""
    if incoming.receipt.status == judging.FAILED:
        return False
    for held in {held.push.push_id: held for held, _ in recent}.values():
        judged = evidence.judge(held)
        if judged is not None:
            settlement = _settlement(held, judged[0].position, incoming, USER_ID, judged[1])
            signals.follow(settle(held, settlement, incoming.now))
            return True
    return False


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
