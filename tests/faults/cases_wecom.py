"""WeCom, with its double over HTTP: sealed callbacks, who came, ways of channels (A6, A7)."""

import json
import re
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest

from sluice.codes.store import changes, channels
from sluice.codes.tables import Channel
from sluice.organizations import store as organizations
from sluice.shared.guard import Transaction
from sluice.shared.outbox import OutboxItem
from tests.faults.cases_codes import CALLBACK, joined, opened
from tests.faults.dump import Dump, dump
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.providers.wecom_double import WeComDouble, sender
from tests.providers.wecom_double.envelope import Address
from tests.providers.wecom_double.sender import Sender
from tests.providers.wecom_double.server import APP_SECRET, CORP_ID
from tests.support.codes import open_channel
from tests.support.events import ORGANIZATION, http

TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SECRET = "sluice/acme/wecom"
APART_SECONDS = 61  # between two attempts of an event: who died with the token's lease has lost it
WAY = re.compile(r"\bcw\d{6}\b")
CHANNEL = {"provider": "wecom", "provider_type": "wecom", "provider_ref": "zhangsan"}
SETTINGS = {"corp_id": CORP_ID, "welcome": "Welcome!", "tags": ["et1"], "remark": True}


def connected(world: World) -> WeComDouble:
    """Connect the organisation to a corporation of two employees."""
    double = world.ends.enter_context(WeComDouble())
    patch = world.ends.enter_context(pytest.MonkeyPatch.context())
    patch.setenv("WECOM_BASE_URL", double.url)
    world.notes |= {"double": double, "told": []}
    patch.setattr(sender, "_ask", partial(_take, world))
    double.clock.seconds = world.now.timestamp()
    double.people.employ("zhangsan", "lisi")
    double.people.sender = Sender(CORP_ID, Address("https://s.example.com", TOKEN, AES_KEY))
    _keep_secret()
    account = {"type": "wecom", "settings": SETTINGS, "secret_reference": SECRET}
    organizations.put_provider_account(ORGANIZATION, "wecom", account)
    return double


def _take(world: World, url: str, body: bytes | None, _seconds: float) -> tuple[int, str]:
    """Take what WeCom calls back; the case brings it to the function."""
    world.notes["told"].append((url, body))
    return 200, ""


def _keep_secret() -> None:
    keys = [{"token": TOKEN, "encoding_aes_key": AES_KEY}]
    text = json.dumps({"app_secret": APP_SECRET, "callbacks": keys})
    secrets = boto3.client("secretsmanager")
    if not secrets.list_secrets(Filters=[{"Key": "name", "Values": [SECRET]}])["SecretList"]:
        secrets.create_secret(Name=SECRET, SecretString=text)


def with_a_way(world: World) -> WeComDouble:
    """Open channel `a` at WeCom; it has its way."""
    double = connected(world)
    opened(world)
    open_channel("a", cap=5, **CHANNEL)
    world.drain()
    assert len(double.corporation.contact_ways) == 1
    return double


def telling(world: World) -> Call:
    """Return WeCom's next call, as the gateway brings it."""
    url, body = world.notes["told"].pop(0)
    event = http(
        CALLBACK,
        path={"organization_id": ORGANIZATION, "provider_account_id": "wecom"},
        query=dict(parse_qsl(urlsplit(url).query)),
        headers={"content-type": "text/xml"},
        body=body,
    )
    return lambda: world.ask("codes/confirm_contact", event)


def seen(world: World) -> Dump:
    """Look at all that is stored and at what the corporation has, whatever a way is called.

    Ways that no channel has are left out: one may be made and never be known (docs/wecom.md). So
    are welcomes: a minute later is too late for them.
    """
    stored: Dump = {
        name: [WAY.sub("WAY", item) for item in items] for name, items in dump().items()
    }
    corporation = world.notes["double"].corporation
    for item in (each for each in Channel.scan() if each.way_id):
        assert item.way_id in corporation.contact_ways, "a customer is shown a way that is gone"
    ways = [corporation.contact_ways[each.way_id] for each in Channel.scan() if each.way_id]
    stored["WAYS"] = [WAY.sub("WAY", repr(sorted(way.items()))) for way in ways]
    stored["RELATIONS"] = [
        f"{name} {one.remark} {sorted(one.tags)}" for name, one in corporation.relations.items()
    ]
    return stored


def came(world: World) -> WeComDouble:
    """Let a customer join channel `a` and add its employee."""
    double = with_a_way(world)
    joined(world)
    _scan(world, double)
    return double


def _scan(world: World, double: WeComDouble) -> None:
    double.clock.seconds = world.now.timestamp()
    double.people.scan(channels.read_channel(ORGANIZATION, "a").way_id, "wmA", "union-a")


@case("codes/confirm_contact: told by WeCom, sealed", look=seen)
def confirm(world: World) -> Call:
    came(world)
    return telling(world)


@case("codes/confirm_contact: told of an account whose secret is missing")
def confirm_unusable(world: World) -> Call:
    account = {"type": "wecom", "settings": SETTINGS, "secret_reference": "sluice/acme/nowhere"}
    organizations.put_provider_account(ORGANIZATION, "wecom", account)
    world.drain()  # a sync has found it: whoever has seen that puts the account again
    problem = organizations.find_provider_account(ORGANIZATION, "wecom").problem
    organizations.clear_problem(ORGANIZATION, "wecom", problem)
    world.notes["told"] = [("https://s.example.com/?nonce=1", b"<xml></xml>")]
    return telling(world)


@case("codes/confirm_contact: told by WeCom again", writes=False, look=seen)
def confirm_again(world: World) -> Call:
    came(world)
    call = telling(world)
    call()
    return call


@case("codes/confirm_contact: told by WeCom of a loss", look=seen)
def confirm_loss(world: World) -> Call:
    double = came(world)
    telling(world)()
    world.drain()
    double.clock.advance(1)
    double.people.delete_by_customer("zhangsan", "wmA")
    world.wait(2)
    return telling(world)


def _event(world: World, kind: str) -> dict[str, Any]:
    world.deliver_records("outbox/relay_outbox", world.take_records(OutboxItem.Meta.table_name))
    (event,) = [event for event in world.bus if event["type"] == kind]
    world.bus.remove(event)
    return event


def delivering(world: World, name: str, kind: str) -> Call:
    """Return the delivery of the one event of a type that was stored."""
    return partial(world.deliver_event, name, _event(world, kind), APART_SECONDS)


@case("codes/apply_callback: one who came to WeCom", look=seen)
def arrive(world: World) -> Call:
    came(world)
    telling(world)()
    return delivering(world, "codes/apply_callback", "provider.told.v1")


@case("codes/apply_callback: an address that WeCom does not trust", look=seen)
def misconfigured(world: World) -> Call:
    double = came(world)
    telling(world)()
    double.gate.trusted = False
    return delivering(world, "codes/apply_callback", "provider.told.v1")


@case("organizations/put_provider_account: of WeCom, which had a problem", look=seen)
def put_account(world: World) -> Call:
    connected(world)
    world.drain()
    transaction = Transaction()
    organizations.note_problem(transaction, ORGANIZATION, "wecom", "The address is not trusted.")
    transaction.commit()
    route, path = "PUT ORG/provider-accounts/{account_id}", {"account_id": "wecom"}
    body = {"type": "wecom", "settings": SETTINGS, "secret_reference": SECRET}
    return staff(world, "organizations/put_provider_account", route, body, path=path)


def changing(world: World) -> Call:
    """Return the delivery of a change of channel `a`, which was made under the world's eyes."""
    return delivering(world, "codes/sync_way", changes.TYPE)


@case("codes/sync_way: a first way at WeCom", look=seen)
def make_way(world: World) -> Call:
    connected(world)
    opened(world, b=5)
    world.drain()
    open_channel("a", cap=5, **CHANNEL)
    return changing(world)


@case("codes/sync_way: to another employee at WeCom", look=seen)
def move_way(world: World) -> Call:
    with_a_way(world)
    open_channel("a", cap=5, **CHANNEL | {"provider_ref": "lisi"})
    return changing(world)


@case("codes/sync_way: of a channel that is removed at WeCom", look=seen)
def delete_way(world: World) -> Call:
    with_a_way(world)
    channels.remove_channel(ORGANIZATION, "a")
    return changing(world)
