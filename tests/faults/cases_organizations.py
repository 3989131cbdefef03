"""Organisations, members, partners, logins; and the outbox that brings their changes on."""

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


@case("organizations/put_provider_account: the sandbox")
def put_provider_account(world: World) -> Call:
    route, path = "PUT ORG/provider-accounts/{account_id}", {"account_id": "sandbox"}
    name = "organizations/put_provider_account"
    return staff(world, name, route, {"type": "sandbox"}, path=path)


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
