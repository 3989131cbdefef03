"""Promotions: settled, taken part in, rewarded (spec C)."""

from functools import partial

import msgspec

from sluice.codes.identities import outside_name
from sluice.codes.rules.outside import connect
from sluice.codes.store import later, outside
from sluice.codes.store.told import TYPE
from sluice.invitations.promotion_tables import Link
from sluice.invitations.rules.promotions import Message
from sluice.push.rules.courtesy import Person
from sluice.push.store import recipients
from sluice.rewards.rules.programmes import Cap, Programme
from sluice.rewards.store import programmes
from sluice.shared.outbox import Event
from sluice.shared.providers.failures import Unavailable
from tests.faults.cases_codes import joined, opened, telling
from tests.faults.cases_push import sent
from tests.faults.operations import Call, case, partner, staff
from tests.faults.world import World
from tests.support.aws import items_of
from tests.support.codes import open_channel
from tests.support.events import ORGANIZATION, http
from tests.support.promotion import PROGRAMME, keys, phone, put_customer, put_on, user
from tests.support.promotion import put_promotion as put_running
from tests.support.promotions import PROMOTION
from tests.support.push import USER, behave, channel, put_strategy

ANN, NEW, NUMBER = user("ann"), user("new"), phone(7)
INVITED = {"promotion_id": "spring", "inviter": [ANN], "invitee": [NUMBER]}


def inviting(world: World) -> Call:
    """Return a customer's call that names somebody."""
    put_running(world.now)
    put_customer(ANN)
    data = INVITED
    return partner(world, "invitations/invite_newcomer", "invitations", "promotion.invite.v1", data)


def joining(world: World) -> Call:
    """Return the call of the invited, after the invitation."""
    inviting(world)()
    at = world.now.isoformat()
    data = {
        "promotion_id": "spring",
        "participant": [NEW, NUMBER],
        "occurred_at": at,
        "consented_at": at,
    }
    name, kind = "invitations/record_participation", "participations"
    return partner(world, name, kind, "promotion.joined.v1", data)


@case("invitations/put_promotion: a new one")
def put_promotion(world: World) -> Call:
    path = {"promotion_id": "spring"}
    route = "PUT ORG/promotions/{promotion_id}"
    return staff(world, "invitations/put_promotion", route, PROMOTION, path=path)


@case("invitations/put_promotion: a change, which keeps the terms of before")
def change_promotion(world: World) -> Call:
    put_running(world.now)
    return put_promotion(world)


@case("invitations/invite_newcomer: by name")
def invite_newcomer(world: World) -> Call:
    return inviting(world)


@case("invitations/record_participation: invited, without a record of the act")
def record_participation(world: World) -> Call:
    return joining(world)


@case("invitations/settle_participation: both are rewarded")
def settle_participation(world: World) -> Call:
    call = joining(world)
    put_on("activity:spring", NEW, NUMBER, at=world.now)
    call()
    event = {
        "id": "event-1",
        "type": "participation.recorded.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 1,
        "data": {"promotion_id": "spring", "participation_id": keys(NEW)[0]},
    }
    return partial(world.deliver_event, "invitations/settle_participation", event)


@case("invitations/settle_participation: by terms that were changed since")
def settle_by_terms(world: World) -> Call:
    call = settle_participation(world)
    put_running(world.now, is_open=False)
    return call


@case("invitations/settle_participation: by settings with a budget and a cap")
def settle_under_a_budget(world: World) -> Call:
    caps = (Cap(max_count=3),)
    settings = Programme(PROGRAMME, {"CNY": 10**6, "PTS": None}, caps=caps, hold_seconds=60)
    programmes.put_programme(ORGANIZATION, settings, world.now)
    return settle_participation(world)


@case("invitations/settle_participation: by settings without a budget")
def settle_without_a_budget(world: World) -> Call:
    programmes.put_programme(ORGANIZATION, Programme(PROGRAMME, hold_seconds=60), world.now)
    return settle_participation(world)


@case("invitations/show_invitation: the invited leave")
def leave_invitation(world: World) -> Call:
    inviting(world)()
    event = http("POST /i/{token}", path={"token": _token()}, query={"choice": "leave"})
    return partial(world.ask, "invitations/show_invitation", event)


@case("invitations/show_invitation: the invited agree")
def agree_to_invitation(world: World) -> Call:
    inviting(world)()
    event = http("POST /i/{token}", path={"token": _token()})
    return partial(world.ask, "invitations/show_invitation", event)


@case("invitations/forget_participant: who was invited, took part, got a message and answered")
def forget_participant(world: World) -> Call:
    joining(world)()
    sent(world)
    recipients.put_recipient(ORGANIZATION, USER, Person(tags=("vip",)), world.now)
    behave("opened", world.now, "spring-tea")
    event = {
        "id": "event-1",
        "type": "person.erased.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 1,
        "data": {"person_keys": [*keys(NEW, NUMBER)], "user_ids": [USER]},
    }
    return partial(world.deliver_event, "invitations/forget_participant", event)


@case("invitations/forget_participant: a customer of ours, and outside in another channel")
def forget_customer(world: World) -> Call:
    opened(world)
    telling(world, joined(world))()
    other = open_channel("b", cap=5)
    outside.change(ORGANIZATION, other, "wx-1", lambda known: connect(known, world.now))
    told = Event(
        id="told.1",
        type=TYPE,
        organization_id=ORGANIZATION,
        occurred_at=world.now,
        version=1,
        data={"account_id": "sandbox", "told": {"customer_ref": "wx-1"}},
    )
    later.put_off(told, "sandbox", Unavailable("down"), world.now)
    event = {
        "id": "event-1",
        "type": "person.erased.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 1,
        "data": {
            "person_keys": [],
            "names": [msgspec.to_builtins(outside_name(ORGANIZATION, "sandbox", "wx-1"))],
        },
    }
    return partial(world.deliver_event, "invitations/forget_participant", event)


@case("invitations/record_login: a customer is told of a promotion")
def record_login(world: World) -> Call:
    message = Message("cheapest-first", "Bring a friend", "Both get something.")
    put_running(world.now, message=message)
    put_customer(ANN)
    put_strategy(channel("sms"))
    data = {"customer": [ANN]}
    name = "invitations/record_login"
    return partner(world, name, "logins", "customer.logged_in.v1", data)


def _token() -> str:
    links = [item for item in items_of(Link) if isinstance(item, Link) and item.invitation_id]
    return links[0].key.split("#")[1]
