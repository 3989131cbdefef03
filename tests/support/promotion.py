"""A promotion with customers in it, told and asked as its callers do, on moto."""

import importlib
import json
from datetime import datetime, timedelta
from typing import Any

from sluice.invitations import identities
from sluice.invitations.rules.identity import Identity
from sluice.invitations.rules.lists import EXISTING_CUSTOMERS, Entry, Statement
from sluice.invitations.rules.promotions import Amount, Promotion
from sluice.invitations.store import people, promotions
from sluice.shared import clock, outbox
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION, http, partner_call

DAY = timedelta(days=1)
INVITER, NEWCOMER, PROGRAMME = Amount(2000, "CNY"), Amount(1000, "CNY"), "friends"
RUNNING = "spring"


def user(user_id: str) -> dict[str, str]:
    """Return an identity in app 2."""
    return {"kind": "user", "value": user_id}


def phone(last: int) -> dict[str, str]:
    """Return a phone number that ends so."""
    return {"kind": "phone", "value": f"+86138000{last:05}"}


def keys(*given: dict[str, str]) -> tuple[str, ...]:
    """Return person keys of identities."""
    return identities.keys_of(ORGANIZATION, [Identity(**each) for each in given], "given")


def put_promotion(now: datetime, **changes: Any) -> Promotion:
    """Put a promotion that began yesterday."""
    settings: dict[str, Any] = {
        "promotion_id": RUNNING,
        "name": "Bring a friend",
        "introduction": "Both get something.",
        "app_link": "https://app.example/join",
        "programme": PROGRAMME,
        "inviter_reward": INVITER,
        "newcomer_reward": NEWCOMER,
        "starts_at": now - DAY,
        "ends_at": now + 30 * DAY,
    }
    return promotions.put_promotion(ORGANIZATION, Promotion(**(settings | changes)), now)


def put_on(list_name: str, *given: dict[str, str], at: datetime | None = None) -> None:
    """Put a person on a list, under all of these identities."""
    entry = Entry(at or clock.now(), "staff:boss")
    named = identities.user_in([Identity(**each) for each in given])
    said = Statement(keys(*given), named, joins={list_name: entry})
    people.put_person(ORGANIZATION, said, clock.now())


def put_customer(*given: dict[str, str]) -> None:
    """Put a person on the list of existing customers."""
    put_on(EXISTING_CUSTOMERS, *given)


_sent = iter(range(10**9))


def partner(name: str, kind: str, event_type: str, data: Any, webhook_id: str = "") -> Any:
    """Call an operation as the partner; return the status and the body."""
    route = f"POST /partners/{{organization_id}}/{kind}"
    webhook_id = webhook_id or f"promotion-{next(_sent)}"
    event = partner_call(route, event_type, data, clock.now(), webhook_id=webhook_id)
    return _answer(_handler(name)(event, None))


def invite(inviter: dict[str, str], *invitee: dict[str, str], **more: Any) -> Any:
    """Invite somebody by name; without anybody, take part."""
    webhook_id = more.pop("webhook_id", "")
    data = {"promotion_id": RUNNING, "inviter": [inviter], **more}
    if invitee:
        data["invitee"] = list(invitee)
    return partner(
        "invite_newcomer", "invitations", "promotion.invite.v1", data, webhook_id=webhook_id
    )


def take_part(*participant: dict[str, str], **more: Any) -> Any:
    """Say that somebody took part, now."""
    webhook_id = more.pop("webhook_id", "")
    now = clock.now().isoformat()
    data = {
        "promotion_id": RUNNING,
        "participant": list(participant),
        "occurred_at": now,
        "consented_at": now,
        **more,
    }
    return partner(
        "record_participation",
        "participations",
        "promotion.joined.v1",
        data,
        webhook_id=webhook_id,
    )


def deliver() -> list[str]:
    """Bring all waiting events to who consumes them; return their types."""
    found = []
    for item in items_of(OutboxItem):
        assert isinstance(item, OutboxItem)
        event = outbox.event_of(item)
        item.delete()
        found.append(event.type)
        consumers = {
            "participation.recorded.v1": "settle_participation",
            "activity.recorded.v1": "settle_participation",
            "person.erased.v1": "forget_participant",
        }
        if event.type in consumers:
            detail = {
                "id": event.id,
                "type": event.type,
                "organization_id": event.organization_id,
                "occurred_at": event.occurred_at.isoformat(),
                "version": event.version,
                "data": event.data,
            }
            _handler(consumers[event.type])({"detail-type": event.type, "detail": detail}, None)
    return found


def page(method: str, token: str, query: dict[str, str] | None = None) -> Any:
    """Open the page of a link, or press a button on it."""
    event = http(f"{method} /i/{{token}}", path={"token": token}, query=query)
    answer = _handler("show_invitation")(event, None)
    return answer["statusCode"], answer["body"]


def _handler(name: str) -> Any:
    return importlib.import_module(f"functions.invitations.{name}.handler").handler


def _answer(response: dict[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], json.loads(response["body"])
