"""A shop for the console's pages of promoters and merchants, on moto: offers, shares, payments."""

from typing import Any

import msgspec

from functions.promoters.count_bonus_tasks.handler import handler as count_bonus_tasks
from functions.promoters.count_tasks.handler import handler as count_tasks
from functions.promoters.put_offer.handler import handler as put_offer
from functions.promoters.refresh_rankings.handler import handler as refresh_rankings
from sluice.shared.outbox import OutboxItem, event_of
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION, claims, http
from tests.support.offers import OFFER

_COUNTED = {
    "offer.changed.v1": (count_tasks,),
    "task.shared.v1": (count_tasks, count_bonus_tasks),
    "payment.settled.v1": (count_tasks, count_bonus_tasks),
}


def put(offer_id: str = "apples", **product: Any) -> None:
    """Put an offer of Orchard's for students and professionals."""
    body = OFFER | {"product": OFFER["product"] | product}
    path = {"organization_id": ORGANIZATION, "offer_id": offer_id}
    route = "PUT /organizations/{organization_id}/offers/{offer_id}"
    answer = put_offer(http(route, path=path, body=body, claims=claims()), None)
    assert answer["statusCode"] == 200, answer["body"]


def go_on() -> None:
    """Deliver what the outbox holds to who counts it, and make the rankings that are due."""
    for item in items_of(OutboxItem):
        assert isinstance(item, OutboxItem)
        event = {"detail-type": item.type, "detail": msgspec.to_builtins(event_of(item))}
        for count in _COUNTED.get(item.type, ()):
            count(event, None)
    refresh_rankings({}, None)
