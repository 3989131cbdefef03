"""Imports of CSV: who is told from where to go on goes on from there."""

import json
from typing import Any

from tests.faults.operations import ORG, Call, case
from tests.faults.world import World
from tests.support.events import claims, http

CHANNELS = (
    "channel_id,kind,name,provider_ref,cap,owner_id\r\n"
    "a,contact,A,ref-a,5,lin\r\n"
    "b,group,B,ref-b,5,nobody\r\n"
    "c,group,C,ref-c,5,\r\n"
)
GOES_ON = "AUDIT"  # each call that goes on from another line is one more entry
MEMBERS = "member_id,name,roles,email\r\nlin,Lin,member,lin@example.com\r\nwu,Wu,member,\r\n"


def importing(world: World, name: str, route: str, sheet: str) -> Call:
    def go_on() -> list[Any]:
        answers: list[Any] = []
        line = 2
        while line and len(answers) < 10:
            query = {"from_line": str(line)}
            event = http(route, path=ORG, body=sheet.encode(), query=query, claims=claims())
            answers.append(json.loads(world.ask(name, event)["body"]))
            line = answers[-1].get("next_line", 0)
        assert not line, "an import comes to its end"
        return answers

    return go_on


@case("codes/import_channels: two of three", GOES_ON)
def import_channels(world: World) -> Call:
    route = "POST /organizations/{organization_id}/channels"
    return importing(world, "codes/import_channels", route, CHANNELS)


@case("organizations/import_members: two", GOES_ON)
def import_members(world: World) -> Call:
    route = "POST /organizations/{organization_id}/members"
    return importing(world, "organizations/import_members", route, MEMBERS)
