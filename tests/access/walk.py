"""Every caller at every route, for what is theirs and what is another's."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.demo.client import Answer, encode
from tests.access.callers import Caller
from tests.access.world import FIRST_OPERATOR, OTHER, ROLES, SOMEBODY, Home
from tests.house import tree
from tests.support.routes import DOORS, QUERIES, SAMPLES

OWN, ANOTHERS, FOREIGN = "own", "another's", "another organisation's"
REFUSED = frozenset({401, 403})
FIRST_OF_FOREIGN = ("GET", "DELETE", "POST", "PUT")  # before PUT makes them new in one's own
_TASK = "/organizations/{organization_id}/promoters/{member_id}/tasks/{offer_id}"
# Routes that name somebody's own thing, by the place where they do.
MEMBERS = {
    "GET /organizations/{organization_id}/members/{member_id}": "member_id",
    "PUT /organizations/{organization_id}/members/{member_id}": "member_id",
    "GET /organizations/{organization_id}/members/{member_id}/campaigns": "member_id",
    "GET /organizations/{organization_id}/members/{member_id}/campaigns/{campaign_id}": "member_id",
    "GET /organizations/{organization_id}/payments": "member_id",
    "GET /organizations/{organization_id}/rewards": "member_id",
    "GET /organizations/{organization_id}/accounts/{account_id}": "account_id",
    "GET /organizations/{organization_id}/campaigns": "member_id",
    "GET /organizations/{organization_id}/campaigns/{campaign_id}/material/{kind}": "member_id",
    "GET /organizations/{organization_id}/campaigns/{campaign_id}/performance/{member_id}": (
        "member_id"
    ),
    "GET /organizations/{organization_id}/promoters/{member_id}/rank": "member_id",
    "GET /organizations/{organization_id}/promoters/{member_id}/bonus-tasks": "member_id",
    "GET /organizations/{organization_id}/merchants/{member_id}/hints": "member_id",
    "GET /organizations/{organization_id}/merchants/{member_id}/income": "member_id",
    "POST /organizations/{organization_id}/promoters/{member_id}/bonus-tasks": "member_id",
    "GET /organizations/{organization_id}/promoters/{member_id}/tasks": "member_id",
    "POST /organizations/{organization_id}/codes": "referrer_id",
    f"POST {_TASK}/link": "member_id",
    f"POST {_TASK}/shares": "member_id",
    "GET /organizations/{organization_id}/codes/{code_id}": "code_id",
    "PUT /organizations/{organization_id}/codes/{code_id}": "code_id",
    "DELETE /organizations/{organization_id}/codes/{code_id}": "code_id",
}
PROVIDER = "provider_account_id"
NO_THING = {"organization_id", "dimension"}  # parameters that name nothing stored


@dataclass(frozen=True)
class Row:
    """A route, for an organisation and a thing in it, each own or another's."""

    route: str
    organization: str
    thing: str


type Seen = dict[Row, dict[str, Answer]]  # by caller


def opened() -> list[str]:
    """Return every route that the template opens."""
    routes = [route.name for route in tree.routes()]
    return sorted(routes, key=lambda route: route.split()[::-1])


def rows() -> Iterator[Row]:
    """Yield every row of the table."""
    for route in opened():
        parameters = {part[1:-1] for part in route.split("/") if part.startswith("{")}
        if "organization_id" not in parameters:
            yield Row(route, "", "")
            continue
        yield Row(route, OWN, OWN)
        if route in MEMBERS or PROVIDER in parameters:
            yield Row(route, OWN, ANOTHERS)
        if parameters - NO_THING:
            yield Row(route, OWN, FOREIGN)
        yield Row(route, ANOTHERS, OWN)


def walk(callers: list[Caller], home: Home, other: Home) -> Seen:
    """Let everybody knock at every door; what is at home may change, `other` must not."""
    anyone = home.organization.anyone

    def knock(row: Row, caller: Caller) -> Answer:
        door = DOORS[row.route]
        there = other if row.organization == ANOTHERS else home
        path, body = _request(row, caller, there, home if there is other else other)
        return anyone.send(door.method, path, body or None, caller.prove(body))

    # One at a time: more at once would start more processes of every function, which costs more.
    found = {
        row: {caller.name: knock(row, caller) for caller in callers}
        for row in sorted(rows(), key=_turn)
    }
    return {row: found[row] for row in rows()}


def _turn(row: Row) -> tuple[int, int]:
    """Return when it is a row's turn: what is not there first, what takes away last."""
    method = row.route.split()[0]
    if row.thing == FOREIGN:
        return 0, FIRST_OF_FOREIGN.index(method)
    return (2 if method == "DELETE" else 1), 0


def _request(row: Row, caller: Caller, there: Home, elsewhere: Home) -> tuple[str, bytes]:
    names = dict(there.names)
    whose = _whose(row, caller, there, elsewhere)
    place = MEMBERS.get(row.route, "")
    if row.thing == FOREIGN:
        names = elsewhere.names | {"organization_id": there.organization.id}
    elif row.thing == ANOTHERS and PROVIDER in row.route:
        names[PROVIDER] = "sandbox"
    if place in {"member_id", "account_id"}:
        names[place] = whose
    elif place == "code_id" and row.thing != FOREIGN:
        names[place] = there.codes.get(whose, names[place])
    method, template = row.route.split()
    del method
    template = template.replace("+}", "}")  # a parameter of several parts
    path = (template + QUERIES.get(row.route, "")).format_map(names)
    body = _body(row.route, there, whose)
    if body is None:
        return path, b""
    if event_type := DOORS[row.route].event_type:
        body = {"type": event_type, "data": body}
    return path, encode(body)


def _whose(row: Row, caller: Caller, there: Home, elsewhere: Home) -> str:
    """Return the member whose thing is meant."""
    if row.organization == ANOTHERS:
        return there.named(SOMEBODY)
    if row.thing == FOREIGN:
        return elsewhere.named(SOMEBODY)
    return OTHER if row.thing == ANOTHERS else caller.member_id


def _body(route: str, there: Home, whose: str) -> Any:
    """Return a body that the route takes, and that may be sent again and again."""
    text = json.dumps(SAMPLES[route]).replace("TOKEN", there.visitor_token)
    body = json.loads(text.replace('"SEAT"', json.dumps(there.seat)))
    changes: Mapping[str, dict[str, Any]] = {
        "/members/{member_id}": there.member_body(whose, ROLES.get(whose, "member")),
        "/codes/{code_id}": {"expires_at": None},
        "/code-batches": {"referrer_ids": [SOMEBODY], "expires_at": None},
        "/codes": {"referrer_id": whose, "expires_at": None},
        "/pushes": {"strategy_id": there.names["strategy_id"]},
        "/shares": {"strategy_id": there.names["strategy_id"]},
        "/runs": {
            "strategy_id": there.names["strategy_id"],
            "audience": {"upload": {"format": "csv", "size_bytes": 10}},
        },
        "/rewards": {"owner_id": FIRST_OPERATOR},
        "/channels/{channel_id}": {"provider": there.names["account_id"], "owner_id": None},
        "/provider-accounts/{account_id}": there.account_body(),
        "/syncs": {"customers": False},  # who is connected here is nobody there: all would leave
        "/offers/{offer_id}": {"merchant_id": "merchant"},
        "/campaigns/{campaign_id}": {"salespeople": [SOMEBODY]},
        "/partners/{partner_id}": {"name": f"{there.letter}'s partner"},
    }
    for end, change in changes.items():
        if isinstance(body, dict) and route.endswith(end):
            return change if end == "/members/{member_id}" else body | change
    return body
