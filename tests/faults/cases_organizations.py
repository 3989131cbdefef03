"""Organisations, members, partners, logins; and the outbox that brings their changes on."""

from collections.abc import Mapping
from functools import partial

from sluice.organizations import store
from sluice.shared.outbox import OutboxItem
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.events import ORGANIZATION

LIN = {"name": "Lin", "roles": ["member"], "login": {"email": "lin@example.com"}}
MEMBER = "PUT ORG/members/{member_id}"


@case("organizations/put_organization: an admin creates it")
def create_organization(world: World) -> Call:
    body = {"name": "New", "first_operator_email": "first@example.com"}
    return staff(
        world,
        "organizations/put_organization",
        "PUT ORG",
        body,
        path={"organization_id": "new"},
        role="admin",
    )


@case("organizations/put_organization: an operator changes it")
def change_organization(world: World) -> Call:
    return staff(world, "organizations/put_organization", "PUT ORG", {"name": "Changed"})


@case("organizations/put_member: with a login")
def put_member(world: World) -> Call:
    return staff(world, "organizations/put_member", MEMBER, LIN, path={"member_id": "lin"})


@case("organizations/put_member: one of two operators is one no more")
def put_operator(world: World) -> Call:
    for name in ("lin", "wu"):
        operator = {"name": name, "roles": {"operator"}, "email": f"{name}@example.com"}
        store.put_member(ORGANIZATION, name, operator, world.now)
    world.drain()
    return staff(world, "organizations/put_member", MEMBER, LIN, path={"member_id": "lin"})


@case("organizations/put_partner: a new one")
def add_partner(world: World) -> Call:
    path = {"partner_id": "till"}
    route = "PUT ORG/partners/{partner_id}"
    return staff(world, "organizations/put_partner", route, {"name": "Till"}, path=path)


@case("organizations/put_partner: a new key")
def rotate_partner(world: World) -> Call:
    body = {"name": "The Shop", "rotate_from": 1}
    route = "PUT ORG/partners/{partner_id}"
    return staff(world, "organizations/put_partner", route, body, path={"partner_id": "shop"})


def _account(world: World, account_id: str, body: Mapping[str, object]) -> Call:
    route, path = "PUT ORG/provider-accounts/{account_id}", {"account_id": account_id}
    return staff(world, "organizations/put_provider_account", route, body, path=path)


@case("organizations/put_provider_account: the sandbox")
def put_provider_account(world: World) -> Call:
    return _account(world, "sandbox", {"type": "sandbox"})


@case("organizations/put_provider_account: of WeChat, in place of another")
def put_wechat_account(world: World) -> Call:
    def body(app_id: str) -> Mapping[str, object]:
        reference = f"sluice/acme/{app_id}"
        settings = {"app_id": app_id}
        return {"type": "wechat", "settings": settings, "secret_reference": reference}

    _account(world, "first", body("wx1"))()
    return _account(world, "second", body("wx2"))


def changed(world: World, **settings: object) -> None:
    """Change the member `lin`, up to the event on the bus."""
    given = {"name": "Lin", "roles": {"member"}} | settings
    store.put_member(ORGANIZATION, "lin", given, world.now)
    table = OutboxItem.Meta.table_name
    world.deliver_records("outbox/relay_outbox", world.take_records(table))


def sync(world: World) -> Call:
    (event,) = world.bus
    world.bus.clear()
    return partial(world.deliver_event, "organizations/sync_login", event)


@case("organizations/sync_login: a new login")
def new_login(world: World) -> Call:
    changed(world, email="lin@example.com", roles={"member", "promoter"})
    return sync(world)


@case("organizations/sync_login: another address and role")
def other_login(world: World) -> Call:
    changed(world, email="lin@example.com")
    world.drain()
    changed(world, email="lin@example.org", roles={"operator"})
    return sync(world)


@case("organizations/sync_login: no login any more")
def no_login(world: World) -> Call:
    changed(world, email="lin@example.com")
    world.drain()
    changed(world, email="lin@example.com", active=False)
    return sync(world)


@case("outbox/relay_outbox: two events")
def relay_outbox(world: World) -> Call:
    for name in ("Lin", "Lin Lin"):
        member = {"name": name, "roles": {"member"}, "email": "lin@example.com"}
        store.put_member(ORGANIZATION, "lin", member, world.now)
    records = world.take_records(OutboxItem.Meta.table_name)
    return partial(world.deliver_records, "outbox/relay_outbox", records)
