"""The routes declared in code are the routes that template.yaml opens, with the same callers."""

import typing
from itertools import pairwise
from typing import Any

from infra import template
from infra.openapi import discovery
from sluice.shared.http import NoBody
from tests.house import tree
from tests.house.each import each

AUTHORIZER = "Staff"
METHODS = ("get", "post", "put", "delete")  # in this order under a path
PATHS: dict[str, dict[str, Any]] = tree.resources(template.API)["Api"]["DefinitionBody"]["paths"]
INVOKE = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "${%s.Arn}/invocations"
)


def _declared(logical_id: str) -> set[template.Route]:
    operation = tree.handlers()[logical_id].operation
    if operation is None:
        return set()
    return {
        template.Route(door.route, logical_id, (AUTHORIZER,) if door.kind == "staff" else ())
        for door in operation.doors
    }


@each(tree.handlers)
def test_a_function_has_the_routes_its_code_declares(logical_id: str) -> None:
    """A staff route has the Staff authorizer, no other has one (design 4)."""
    opened = {route for route in tree.routes() if route.function == logical_id}
    assert opened == _declared(logical_id), "see DefinitionBody in template.yaml"


@each(tree.handlers)
def test_a_handler_takes_the_input_that_it_declares(logical_id: str) -> None:
    """Else every call is refused for its fields, as if the caller were wrong."""
    operation = tree.handlers()[logical_id].operation
    if operation is None:
        return
    asked: Any = next(iter(typing.get_type_hints(operation.run).values()))
    body, query = typing.get_args(getattr(asked, "__value__", asked)) or (NoBody, NoBody)
    assert operation.body in (typing.get_args(body) or (body,)), "say body=... to http.operation"
    assert operation.query == query, "say query=... to http.operation"


def test_every_route_calls_a_function() -> None:
    astray = [route for route in tree.routes() if route.function not in tree.handlers()]
    assert not astray


@each(tree.routes)
def test_a_route_calls_its_function_as_the_apis_role(route: template.Route) -> None:
    """Without `credentials` API Gateway may call no function: every answer would be 500."""
    method, path = route.name.split(" ")
    operation = dict(PATHS[path][method.lower()])
    assert operation.pop(template.INTEGRATION) == {
        "type": "aws_proxy",
        "httpMethod": "POST",  # how Lambda is invoked, whatever the route's own method
        "credentials": {"Fn::GetAtt": ["ApiRole", "Arn"]},
        "uri": {"Fn::Sub": INVOKE % route.function},
    }
    assert operation.pop("security", []) == [{name: []} for name in route.authorizers]
    assert operation == {"responses": {}}


def test_a_route_makes_no_resource() -> None:
    """An event of type Api would: a permission for each, of the 500 that a stack may have."""
    for logical_id, function in tree.functions().items():
        types = {event["Type"] for event in tree.events(function).values()}
        assert not types & {"Api", "HttpApi"}, f"{logical_id}: the API's DefinitionBody opens it"


def test_routes_stand_by_path() -> None:
    for earlier, later in pairwise(PATHS):
        assert earlier < later, f"{later} belongs before {earlier}"
    for path, operations in PATHS.items():
        assert list(operations) == [each for each in METHODS if each in operations], path


def test_the_api_has_no_authorizer_that_routes_get_unasked() -> None:
    (api,) = tree.resources(template.API).values()
    assert set(api["Auth"]["Authorizers"]) == {AUTHORIZER}
    assert "DefaultAuthorizer" not in api["Auth"]
    assert "security" not in api["DefinitionBody"]


def test_the_apis_role_may_call_this_stacks_functions_and_nothing_else() -> None:
    role = tree.resources("AWS::IAM::Role")["ApiRole"]
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "apigateway.amazonaws.com"}
    (policy,) = role["Policies"]
    (allowed,) = policy["PolicyDocument"]["Statement"]
    assert allowed["Action"] == "lambda:InvokeFunction"
    text, names = allowed["Resource"]["Fn::Sub"]
    assert text.endswith(":function:${Prefix}*")
    split = [0, {"Fn::Split": ["ReadApiDocument", {"Ref": "ReadApiDocument"}]}]
    assert names == {"Prefix": {"Fn::Select": split}}
    assert set(role) == {"AssumeRolePolicyDocument", "Policies"}


def test_a_route_is_declared_once() -> None:
    routes = [route.door.route for route in discovery.routes()]
    assert len(routes) == len(set(routes)), sorted(r for r in routes if routes.count(r) > 1)


@each(discovery.routes, lambda route: route.operation_id)
def test_a_route_stands_where_its_kind_of_caller_looks(route: discovery.Route) -> None:
    """Staff under /organizations, partners under /partners, both with the organisation (F4)."""
    prefixes = {
        "staff": ("/organizations/{organization_id}",),
        "partner": ("/partners/{organization_id}/",),
        "provider": ("/callbacks/{organization_id}/", "/receipts/{organization_id}/"),
        "app": ("/inbox/{organization_id}",),
    }
    path = route.door.path
    if route.door.kind == "anyone":
        taken = [prefix for kinds in prefixes.values() for prefix in kinds]
        assert not path.startswith(tuple(taken)), f"{path} is public"
    else:
        assert path.startswith(prefixes[route.door.kind])


@each(tree.handlers)
def test_the_first_line_names_the_first_route(logical_id: str) -> None:
    handler = tree.handlers()[logical_id]
    if handler.operation is not None:
        route = handler.operation.doors[0].route
        assert handler.doc.startswith(f"{route}: "), f"{logical_id} should begin with {route}"
