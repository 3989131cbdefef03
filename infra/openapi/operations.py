"""One route of an operation as an OpenAPI operation object."""

import re
from http import HTTPStatus
from typing import Any

import msgspec

from infra.openapi import problems
from infra.openapi.discovery import Route
from infra.openapi.schemas import Schema, Schemas, alternatives, content
from sluice.codes.providers.doors import Callbacks
from sluice.codes.providers.sandbox import ContactEvent
from sluice.push.providers import Receipts
from sluice.push.providers.tools.signed import WireReceipt
from sluice.shared import claims, http, sheets, wire
from sluice.shared.claims import KeyReused
from sluice.shared.preconditions import ChangedMeanwhile

SIGNATURE_HEADERS: dict[str, Schema] = {
    "webhook-id": {
        "description": "Fixed for an event, however often it is sent.",
        "schema": {"type": "string", "minLength": 1},
    },
    "webhook-timestamp": {
        "description": "Unix time in seconds.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
    },
}
_PRECONDITIONS: dict[str, Schema] = {
    "If-Match": {
        "description": "Change it only while it has this ETag, `version` in quotes.",
        "schema": {"type": "string", "pattern": '^(W/)?"[0-9]{1,15}"$'},
    },
    "If-None-Match": {
        "description": "Store it only where there is none yet.",
        "schema": {"const": "*"},
    },
}
SIGNED = {"partner", "provider"}  # kinds of callers whose doors check Standard Webhooks
_SANDBOX: dict[type[http.Input], type[http.Input]] = {  # where a door converts
    Callbacks: ContactEvent,
    Receipts: WireReceipt,
}
_PARAMETER = re.compile(r"\{(\w+)\+?\}")


def path_item(route: Route, schemas: Schemas) -> dict[str, Any]:
    """Return the operation object of one door."""
    summary, description = _texts(route)
    item: dict[str, Any] = {
        "operationId": route.operation_id,
        "tags": [route.handler.context],
        "summary": summary,
        "description": description,
        "security": [] if route.door.kind == "anyone" else [{route.door.kind: []}],
        "responses": _responses(route, schemas),
    }
    if parameters := _parameters(route, schemas):
        item["parameters"] = parameters
    if takes_body(route):
        item["requestBody"] = {
            "required": _needs_body(route),
            "content": {_media_type(route): {"schema": _body(route, schemas)}},
        }
    return item


def takes_body(route: Route) -> bool:
    """Tell whether a call of this route has a body; a partner's always is an event."""
    has_input = route.operation.body is not http.NoBody or bool(route.door.event_type)
    return has_input and route.door.method != "GET" and route.door.reads_body


def on_the_wire(route: Route) -> type[http.Input]:
    """Return the body as it is sent: a provider's own format, the sandbox's for an example."""
    return _SANDBOX.get(route.operation.body, route.operation.body)


def _media_type(route: Route) -> str:
    body = route.operation.body
    return body.media_type if issubclass(body, wire.Csv) else "application/json"


def _needs_body(route: Route) -> bool:
    """Tell whether a call without a body is refused; nothing is read as an empty object."""
    fields = msgspec.structs.fields(route.operation.body)
    return route.door.kind in SIGNED or any(field.required for field in fields)


def _texts(route: Route) -> tuple[str, str]:
    first, _, rest = route.handler.doc.partition("\n")
    purpose = first.split(": ", 1)[-1]
    description = rest.strip()
    if route.door.roles:
        roles = ", ".join(sorted(route.door.roles))
        description = f"{description}\n\nNeeds one of the roles: {roles}."
    return purpose[:1].upper() + purpose[1:], description.strip()


def _parameters(route: Route, schemas: Schemas) -> list[dict[str, Any]]:
    door = route.door
    parameters = [
        {"$ref": f"#/components/parameters/{name}"} for name in _PARAMETER.findall(door.path)
    ]
    parameters += schemas.query_parameters(route.operation.query)
    if door.kind in SIGNED:
        parameters += [{"$ref": f"#/components/parameters/{name}"} for name in SIGNATURE_HEADERS]
    elif door.method == "POST" and KeyReused in route.operation.refusals:
        parameters.append({"$ref": "#/components/parameters/Idempotency-Key"})
    if door.method == "PUT" and ChangedMeanwhile in route.operation.refusals:
        parameters += [{"$ref": f"#/components/parameters/{name}"} for name in _PRECONDITIONS]
    return parameters


def _body(route: Route, schemas: Schemas) -> Schema:
    if route.operation.body is wire.Csv:
        return {"type": "string", "maxLength": wire.MAX_CSV_BYTES}
    if issubclass(route.operation.body, wire.Csv):
        return {"type": "object"}  # a form
    data = schemas.of(on_the_wire(route))
    if not route.door.event_type:
        return data
    return {
        "description": "A Standard Webhooks 1.0.0 event.",
        "type": "object",
        "required": ["type", "data"],
        "properties": {
            "type": {"const": route.door.event_type},
            "timestamp": {"type": "string", "description": "When it happened (RFC 3339)."},
            "data": data,
        },
    }


def _responses(route: Route, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, answer in sorted(route.operation.answers.items()):
        response: dict[str, Any] = {
            "description": HTTPStatus(status).phrase,
            "headers": {"X-Correlation-Id": _of_header("X-Correlation-Id")},
        }
        for each in alternatives(answer):
            if not isinstance(each, str) and issubclass(each, http.Versioned):
                response["headers"]["ETag"] = _of_header("ETag")
            if each == sheets.MEDIA_TYPE:
                response["headers"][sheets.NEXT_CURSOR] = _of_header(sheets.NEXT_CURSOR)
            for media_type, described in content(schemas, each).items():
                _add(response.setdefault("content", {}), media_type, described)
        responses[str(status)] = response
    return responses | problems.responses(route.door, route.operation.refusals)


def _add(contents: dict[str, Any], media_type: str, described: dict[str, Any]) -> None:
    """Add an answer; two of one media type are either of them."""
    if media_type in contents:
        kept = contents[media_type]["schema"]
        described = {"schema": {"anyOf": [*kept.get("anyOf", [kept]), described["schema"]]}}
    contents[media_type] = described


def _of_header(name: str) -> Schema:
    return {"$ref": f"#/components/headers/{name}"}


def _pattern(name: str) -> str:
    """Return what the door checks."""
    return "^" + wire.pattern_of(name).pattern.replace(r"\Z", "$")


def shared_parameters(routes: list[Route]) -> dict[str, dict[str, Any]]:
    """Return the parameters that operations refer to: every path name, and the headers."""
    names = {name for route in routes for name in _PARAMETER.findall(route.door.path)}
    found: dict[str, dict[str, Any]] = {
        name: {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": _pattern(name)},
        }
        for name in names
    }
    found["Idempotency-Key"] = {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key and request again get the first answer, without effect.",
        "schema": {"type": "string", "minLength": 1, "maxLength": claims.MAX_IDEMPOTENCY_KEY},
    }
    for header, described in _PRECONDITIONS.items():
        found[header] = {"name": header, "in": "header", **described}
    for header, described in SIGNATURE_HEADERS.items():
        found[header] = {"name": header, "in": "header", "required": True, **described}
    return found
