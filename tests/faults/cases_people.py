"""People: said of them by staff and partners, erased; segments (C1, C3, C6)."""

from sluice.invitations import identities
from sluice.invitations.rules.identity import Identity
from sluice.invitations.rules.imports import Status
from sluice.invitations.rules.lists import Entry, Statement
from sluice.invitations.store import imports, people
from sluice.shared.slices import STALLED
from tests.faults.operations import Call, case, partner, staff
from tests.faults.world import World
from tests.support.events import ORGANIZATION
from tests.support.people import make_bucket, upload

PHONE = {"kind": "phone", "value": "+8613800000001"}
APP1 = {"kind": "id:app1", "value": "c-1"}
USER = {"kind": "user", "value": "u-1"}
ACT = {"list": "activity:spring", "at": "2026-01-05T08:00:00Z", "reference": "pay-7"}


def known(world: World) -> None:
    """Put somebody with two identities on three lists."""
    keys = identities.keys_of(ORGANIZATION, [Identity(**PHONE), Identity(**APP1)], "identities")
    names = ("existing_customers", "blacklist", "segment:gold")
    joins = dict.fromkeys(names, Entry(world.now, "staff:boss"))
    people.put_person(ORGANIZATION, Statement(keys, "u-1", {"age": 34}, joins), world.now)


@case("invitations/put_person: by an operator")
def put_person(world: World) -> Call:
    body = {
        "identities": [PHONE, APP1, USER],
        "attributes": {"age": 34},
        "joins": [{"list": "existing_customers"}],
    }
    return staff(world, "invitations/put_person", "PUT ORG/people", body)


@case("invitations/put_person: an act, by a partner, of who leaves a list")
def record_act(world: World) -> Call:
    known(world)
    data = {"identities": [APP1], "joins": [ACT], "leaves": ["segment:gold"]}
    return partner(world, "invitations/put_person", "people", "person.put.v1", data)


@case("invitations/erase_person: with two identities, by a third party's word")
def erase_person(world: World) -> Call:
    known(world)
    body = {"identities": [APP1]}
    return staff(world, "invitations/erase_person", "POST ORG/people/erasures", body)


@case("invitations/put_segment: a rule")
def put_segment(world: World) -> Call:
    body = {"name": "Gold", "rule": {"kind": "exists", "attribute": "balance"}}
    path = {"segment_id": "gold"}
    return staff(world, "invitations/put_segment", "PUT ORG/segments/{segment_id}", body, path=path)


def ordered(world: World) -> str:
    """Order an import whose list is there."""
    data = b"phone,id:app1,user\n+8613800000001,c-1,u-1\nnobody\n+8613800000002,c-2,\n"
    name, size = "activity:spring", len(data)
    import_id = imports.start_import(
        ORGANIZATION, name, "add", size, "boss", claim=None, now=world.now
    )
    make_bucket()
    upload(import_id, data)
    return import_id


@case("invitations/start_people_import: to the blacklist")
def start_import(world: World) -> Call:
    body = {"list": "blacklist", "size_bytes": 10}
    return staff(world, "invitations/start_people_import", "POST ORG/people-imports", body)


@case("invitations/put_people_import: set going")
def put_import(world: World) -> Call:
    path = {"import_id": ordered(world)}
    route, body = "PUT ORG/people-imports/{import_id}", {"status": "running"}
    return staff(world, "invitations/put_people_import", route, body, path=path)


@case("invitations/put_people_import: again, its worker gone")
def put_stopped_import(world: World) -> Call:
    import_id = ordered(world)
    imports.change_import(ORGANIZATION, import_id, Status.RUNNING, world.now - STALLED)
    route, body = "PUT ORG/people-imports/{import_id}", {"status": "running"}
    path = {"import_id": import_id}
    return staff(world, "invitations/put_people_import", route, body, path=path)


@case("invitations/erase_person: one identity of several, by a partner")
def erase_named(world: World) -> Call:
    known(world)
    data = {"identities": [APP1], "only_named": True, "keep_blacklisted": False}
    name, kind = "invitations/erase_person", "people/erasures"
    return partner(world, name, kind, "person.erase.v1", data)


@case("invitations/import_people: a list of those who did an act")
def import_people(world: World) -> Call:
    import_id = ordered(world)
    imports.change_import(ORGANIZATION, import_id, Status.RUNNING, world.now)
    event = {
        "id": "0" * 26,
        "type": "people_import.requested.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 1,
        "data": {"import_id": import_id, "slice": 1},
    }
    return lambda: world.deliver_event("invitations/import_people", event)
