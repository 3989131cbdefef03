"""Recipients: put, erased, unsubscribed, what they do with our own links."""

from datetime import timedelta
from functools import partial

import jwt
import msgspec

from sluice.organizations import access
from sluice.organizations import store as organizations
from sluice.push.rules.courtesy import Person
from sluice.push.store import recipients
from tests.faults.cases_imports import GOES_ON, importing
from tests.faults.cases_push import attempts, receiving, sent, started
from tests.faults.operations import Call, case, partner, staff
from tests.faults.world import World
from tests.support.events import ORGANIZATION, http
from tests.support.push import USER, behave, channel

BROWSER = {"User-Agent": "Mozilla/5.0"}
ROUTE = "PUT ORG/recipients/{user_id}"
RECIPIENT = {"addresses": {"phone": "+8613800000001"}, "tags": ["vip"]}


def put(world: World) -> None:
    """Put the user, with an address at the sandbox."""
    person = Person({"phone": "+8613800000001", "sandbox": "box-7"}, tags=("vip",))
    recipients.put_recipient(ORGANIZATION, USER, person, world.now)


def visiting(world: World, name: str, route: str) -> Call:
    """Return a person's call of a link of the first message."""
    path = {"tracking_id": attempts()[0].tracking_id}
    return partial(world.ask, name, http(route, path=path, headers=BROWSER))


@case("push/follow_link: the picture of a message that waits for it")
def load_picture(world: World) -> Call:
    sent(world, channel("mail", "seen"), channel("sms"))
    return visiting(world, "push/follow_link", "GET /o/{tracking_id}")


@case("push/unsubscribe_user: by the link of a message")
def unsubscribe(world: World) -> Call:
    sent(world)
    return visiting(world, "push/unsubscribe_user", "POST /u/{tracking_id}")


@case("push/put_recipient: by an operator")
def put_recipient(world: World) -> Call:
    return staff(world, "push/put_recipient", ROUTE, RECIPIENT, path={"user_id": USER})


@case("push/put_recipient: by a partner, with another address and tag than before")
def put_recipient_again(world: World) -> Call:
    put(world)
    data = RECIPIENT | {"user_id": USER, "addresses": {"phone": "+8613800000002"}, "tags": ["tea"]}
    return partner(world, "push/put_recipient", "recipients", "recipient.put.v1", data)


@case("push/import_recipients: a file", GOES_ON)
def import_recipients(world: World) -> Call:
    put(world)
    sheet = f"user_id,phone,tags\r\n{USER},+8613800000002,tea\r\nu-8,+8613800000003,\r\n"
    route = "POST /organizations/{organization_id}/recipients"
    return importing(world, "push/import_recipients", route, sheet)


@case("push/erase_recipient: with a behaviour and a message")
def erase(world: World) -> Call:
    sent(world)
    put(world)
    behave("opened", world.now, "spring-tea")
    route = ROUTE.replace("PUT", "DELETE")
    return staff(world, "push/erase_recipient", route, path={"user_id": USER})


@case("push/put_push_settings: caps")
def put_push_settings(world: World) -> Call:
    body = {"caps": {"marketing": {"max_pushes": 2, "days": 7}}}
    return staff(world, "push/put_push_settings", "PUT ORG/push-settings", body)


@case("push/receive_receipt: a hard bounce")
def bounced(world: World) -> Call:
    put(world)
    sent(world)
    return receiving(world, "failed", suppress="address")


@case("push/receive_receipt: a complaint")
def complained(world: World) -> Call:
    sent(world)
    return receiving(world, "delivered", suppress="marketing")


def in_app(world: World) -> None:
    """Send a message to the inbox of the app, which is to be seen."""
    organizations.put_provider_account(ORGANIZATION, "app", {"type": "inbox"})
    popup = msgspec.structs.replace(channel("app", "seen"), provider="app", display="popup")
    started(world, popup, channel("sms"))


@case("push/push_step: into the inbox of the app")
def step_inbox(world: World) -> Call:
    in_app(world)
    return world.run_tasks


@case("push/report_inbox: seen and clicked")
def report_inbox(world: World) -> Call:
    in_app(world)
    world.run_tasks()
    tracking_id = attempts()[0].tracking_id
    body = {"events": [{"tracking_id": tracking_id, "event": name} for name in ("seen", "clicked")]}
    key = access.partner_key(ORGANIZATION, "shop", 1)
    claims = {"iss": "shop", "sub": USER, "aud": f"{ORGANIZATION}/inbox"}
    times = {"iat": world.now, "exp": world.now + timedelta(minutes=30)}
    token = jwt.encode(claims | times, key, algorithm="HS256")
    headers = {"Authorization": f"Bearer {token}"}
    path = {"organization_id": ORGANIZATION}
    event = http("POST /inbox/{organization_id}/events", path=path, body=body, headers=headers)
    return partial(world.ask, "push/report_inbox", event)
