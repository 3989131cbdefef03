"""Existing customers are told of promotions in app 2, each of each once (C1)."""

from datetime import datetime

import msgspec

from sluice.invitations.promotion_tables import Told
from sluice.invitations.refusals import ToldBefore
from sluice.invitations.rules.lists import BLACKLIST, EXISTING_CUSTOMERS
from sluice.invitations.rules.promotions import Promotion, is_running
from sluice.invitations.store import promotions, segments
from sluice.invitations.store.inviting import place_of
from sluice.invitations.store.participants import Person
from sluice.push.rules.contents import Content
from sluice.push.store import pushes
from sluice.shared import telemetry
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_PROMOTIONS = 50  # of an organisation, by id, that are looked at
TOLD = "told"


class _Once(Claim, frozen=True):
    """That a customer is told of a promotion: for ever, where other claims end after 30 days."""

    place: str

    def take(self, transaction: Transaction, now: datetime, answer: object = None) -> None:
        """Add it to the transaction that stores the push; refuses with ToldBefore."""
        push_id = msgspec.convert(answer, dict[str, str])["push_id"]
        item = Told(self.place, TOLD, push_id=push_id, at=now)
        transaction.put(item, Told.key.does_not_exist(), ToldBefore())


def tell(organization_id: str, person: Person, base_url: str, now: datetime) -> list[str]:
    """Push to a customer who logs in what runs for them; return the promotions pushed now.

    One query for the promotions; for each that is for this customer a read, and for who was not
    told before what `pushes.start_push` needs, with 1 item more. Of a promotion whose strategy does
    not exist nobody is told, until it does.
    """
    known = person.known
    if not known.is_whole:  # what was not looked at may be the blacklist
        return []
    if not known.is_on(EXISTING_CUSTOMERS) or known.is_on(BLACKLIST):
        return []
    found = promotions.list_promotions(organization_id, "", MAX_PROMOTIONS)
    return [
        each.promotion_id
        for each in found
        if is_running(each, now)
        and _is_for(organization_id, each, person)
        and _tell(organization_id, each, person, base_url, now)
    ]


def _is_for(organization_id: str, promotion: Promotion, person: Person) -> bool:
    if promotion.segment_id is None:
        return True
    segment = segments.find_segment(organization_id, promotion.segment_id)
    return segment is not None and segments.is_in(segment, person.known)


def _tell(
    organization_id: str, promotion: Promotion, person: Person, base_url: str, now: datetime
) -> bool:
    message = promotion.message
    place = place_of(organization_id, promotion.promotion_id, person.key)
    if message is None or find(Told, place, TOLD) is not None:
        return False
    content = Content(message.title, message.body, message.link, promotion.promotion_id)
    try:
        pushes.start_push(
            organization_id,
            person.user_id,
            message.strategy_id,
            content,
            claim=_Once(key=place, input_hash="", place=place),
            now=now,
            base_url=base_url,
        )
    except ToldBefore:
        return False
    except NotFound:
        extra = {"promotion_id": promotion.promotion_id, "strategy_id": message.strategy_id}
        telemetry.logger.warning("no_such_strategy", extra=extra)
        return False
    return True
