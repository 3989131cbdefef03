"""The document as it is served, with examples that name what is there.

The fuzzer varies a request one part at a time; without an example the other parts would name
nothing, and every answer would be 403 or 404. What the document says of requests and answers stays
as it is, but for rules inside rules.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.demo.client import Client
from tests.fuzz.world import World
from tests.support.routes import DOORS, SAMPLES

type Schema = dict[str, Any]

# Of a query parameter whose name means something else elsewhere: by its path, what is there.
OF_QUERIES = {("/oauth/wechat", "state"): "code"}
# Without a session every page of it leads to the sign-in: tests/functions/test_console_hostile.py
# walks them with one.
CONSOLE = "/console"


def served(anyone: Client) -> Schema:
    """Return the document that the deployment serves, without the console's pages."""
    found: Schema = anyone.get("/openapi.json").expect(200).json
    found["paths"] = {
        path: item for path, item in found["paths"].items() if not path.startswith(CONSOLE)
    }
    return found


def with_examples(document: Schema, world: World) -> Schema:
    """Return the document with examples for path parameters and bodies."""
    document = json.loads(json.dumps(document))
    _flatten(document["components"]["schemas"])
    for name, values in world.target.names.items():
        parameter = document["components"]["parameters"].get(name)
        if parameter:
            parameter["schema"]["examples"] = [values]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            route = f"{method.upper()} {path}"
            for parameter in operation.get("parameters", []):
                if named := OF_QUERIES.get((path, parameter.get("name", ""))):
                    parameter["schema"]["examples"] = [world.target.names[named]]
            if "requestBody" in operation:
                body = world.target.body(route)
                if DOORS[route].event_type:
                    body = {"type": DOORS[route].event_type, "data": body}
                (content,) = operation["requestBody"]["content"].values()
                content["example"] = body
                _show(document, content["schema"], body)
    return document


def _flatten(schemas: Schema) -> None:
    """Let a schema that may hold itself hold the others only.

    Each level of rules in rules multiplies what the fuzzer tries: 12,000 requests for one route.
    """
    nested = {name for name in schemas if name in _held(schemas, name)}
    for name in nested:
        for part in _parts(schemas[name]):
            if "anyOf" in part:
                part["anyOf"] = [
                    option for option in part["anyOf"] if _named(option) not in nested
                ] or part["anyOf"]


def _held(schemas: Schema, name: str) -> set[str]:
    """Return the schemas that a schema refers to, over others too."""
    found: set[str] = set()
    coming = [name]
    while coming:
        named = {_named(part) for part in _parts(schemas[coming.pop()])} - found - {""}
        found |= named
        coming += named
    return found


def _parts(schema: Any) -> Iterator[Schema]:
    """Yield every object inside a schema."""
    if isinstance(schema, dict):
        yield schema
        for part in schema.values():
            yield from _parts(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _parts(part)


def _named(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _show(document: Schema, schema: Schema, value: Any) -> None:
    """Give a schema, and every property of it, a part of the value for an example."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        _show(document, document["components"]["schemas"][name], value)
        return
    for option in schema.get("anyOf", []):
        if option.get("type") != "null":
            _show(document, option, value)
            return
    if not isinstance(value, Mapping):
        schema["examples"] = [value]
        return
    for name, part in schema.get("properties", {}).items():
        if name in value:
            _show(document, part, value[name])


def operations(document: Schema) -> dict[str, Schema]:
    """Return every operation by its route."""
    found = {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    sampled = {route for route in SAMPLES if CONSOLE not in route}
    assert set(found) == sampled, "tests/support/routes.py has a sample for each route"
    return found
