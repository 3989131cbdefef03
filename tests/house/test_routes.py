"""The routes declared in code are the routes that template.yaml opens, with the same callers."""

from collections.abc import Iterator

import pytest

from infra import template
from infra.openapi import discovery
from tests.house import tree

API = "AWS::Serverless::Api"
AUTHORIZER = "Staff"


def _declared(logical_id: str) -> set[tuple[str, str]]:
    operation = tree.handlers()[logical_id].operation
    if operation is None:
        return set()
    return {(door.route, AUTHORIZER if door.kind == "staff" else "") for door in operation.doors}


def _opened(logical_id: str) -> Iterator[tuple[str, str]]:
    for event in tree.events(tree.functions().get(logical_id, {})).values():
        if event["Type"] == "Api":
            given = event["Properties"]
            authorizer = given.get("Auth", {}).get("Authorizer", "")
            yield f"{given['Method'].upper()} {given['Path']}", authorizer


@pytest.mark.parametrize("logical_id", tree.handlers())
def test_a_function_has_the_routes_its_code_declares(logical_id: str) -> None:
    """A staff route has the Staff authorizer, no other has one (design 4)."""
    opened = list(_opened(logical_id))
    assert len(opened) == len(set(opened)), f"{logical_id} opens a route twice"
    assert set(opened) == _declared(logical_id)


def test_every_route_belongs_to_the_one_api() -> None:
    for logical_id, function in tree.functions().items():
        for event in tree.events(function).values():
            if event["Type"] == "Api":
                api = tree.referred(event["Properties"].get("RestApiId"))
                assert api == "Api", f"{logical_id} opens a route on {api or 'an API of its own'}"


def test_the_api_has_no_authorizer_that_routes_get_unasked() -> None:
    (api,) = template.resources(tree.loaded(), API).values()
    assert set(api["Auth"]["Authorizers"]) == {AUTHORIZER}
    assert "DefaultAuthorizer" not in api["Auth"]


def test_a_route_is_declared_once() -> None:
    routes = [route.door.route for route in discovery.routes()]
    assert len(routes) == len(set(routes)), sorted(r for r in routes if routes.count(r) > 1)


@pytest.mark.parametrize("route", list(discovery.routes()), ids=lambda route: route.operation_id)
def test_a_route_stands_where_its_kind_of_caller_looks(route: discovery.Route) -> None:
    """Staff under /organizations, partners under /partners, both with the organisation (F4)."""
    prefixes = {
        "staff": ("/organizations/{organization_id}",),
        "partner": ("/partners/{organization_id}/",),
        "provider": ("/callbacks/{organization_id}/", "/receipts/{organization_id}/"),
    }
    path = route.door.path
    if route.door.kind == "anyone":
        taken = [prefix for kinds in prefixes.values() for prefix in kinds]
        assert not path.startswith(tuple(taken)), f"{path} is public"
    else:
        assert path.startswith(prefixes[route.door.kind])


@pytest.mark.parametrize("logical_id", tree.handlers())
def test_the_first_line_names_the_first_route(logical_id: str) -> None:
    handler = tree.handlers()[logical_id]
    if handler.operation is not None:
        route = handler.operation.doors[0].route
        assert handler.doc.startswith(f"{route}: "), f"{logical_id} should begin with {route}"
