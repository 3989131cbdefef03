"""The whole document: paths from the handlers, components from what they share."""

import importlib
import json
from typing import Any

from infra.openapi import operations, problems, webhooks
from infra.openapi.discovery import FUNCTIONS, Route, routes
from infra.openapi.schemas import Schemas, alternatives
from sluice.shared import sheets, wire

PATH = FUNCTIONS / "api" / "read_api_document" / "openapi.json"
VERSION = "0.1.0"
_DESCRIPTION = """\
Codes draw people in, channels with room receive them, whoever brought them is rewarded once, and
a message reaches its reader over the cheapest channel that works.

Every route has one kind of caller. Ids in paths are the caller's own choice where a PUT creates
what they name. Amounts are whole minor units with a currency, times are UTC (RFC 3339). An unknown
field is an error. Problems are `application/problem+json` with a stable `type`; after 429 and 503
wait as `Retry-After` says.
"""
_SIGNATURE = (
    "Standard Webhooks 1.0.0: `v1,` and the base64 HMAC-SHA256 of `webhook-id.webhook-timestamp."
    "body` over the raw body, at most five minutes old. "
)
_SECURITY = {
    "staff": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The ID token of a user in the Cognito user pool; its organisation must be "
        "the one in the path.",
    },
    "partner": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": f"{_SIGNATURE}The key is the partner's secret (PUT partners).",
    },
    "provider": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": f"{_SIGNATURE}The key is the provider account's callback secret.",
    },
    "app": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An identity token (HS256) that a partner signs with its secret for a user "
        "of its app: `iss` the partner, `sub` the user, `aud` the organisation as `acme/inbox`, "
        "`iat` and `exp` an hour apart at most.",
    },
}
_HEADERS = {
    "X-Correlation-Id": {
        "description": "Quote it when you ask about a call.",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "`version` in quotes, as If-Match of a PUT takes it.",
        "schema": {"type": "string"},
    },
    sheets.NEXT_CURSOR: {
        "description": "Of CSV only: the cursor of the next page, where there is one.",
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
}


def build() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    found = list(routes())
    schemas = Schemas(_types(found), [route.operation.query for route in found])
    paths: dict[str, dict[str, Any]] = {}
    for route in found:
        item = paths.setdefault(
            route.door.path.replace("+}", "}"), {}
        )  # OpenAPI knows none that go on
        if item.setdefault(route.door.method.lower(), {}):
            raise ValueError(f"two operations declare {route.door.route}")
        item[route.door.method.lower()] = operations.path_item(route, schemas)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Sluice",
            "summary": "A serverless growth suite.",
            "description": _DESCRIPTION,
            "version": VERSION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": ".", "description": "Where this document was read."}],
        "tags": _tags(found),
        "paths": dict(sorted(paths.items())),
        "webhooks": webhooks.section(),
        "components": {
            "schemas": _sorted(schemas.components | webhooks.components() | problems.SCHEMAS),
            "responses": _sorted(problems.common_responses()),
            "parameters": _sorted(operations.shared_parameters(found)),
            "headers": _HEADERS,
            "securitySchemes": _SECURITY,
        },
    }
    return dict(json.loads(json.dumps(document)))  # a default that is a tuple is a list in JSON


def render() -> str:
    """Return the document as it is stored: readable, and the same for the same code."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


def _types(found: list[Route]) -> list[type]:
    bodies = [
        operations.on_the_wire(route)
        for route in found
        if operations.takes_body(route) and not issubclass(route.operation.body, wire.Csv)
    ]
    answers = [
        answer
        for route in found
        for several in route.operation.answers.values()
        for answer in alternatives(several)
    ]
    return [*bodies, *(answer for answer in answers if not isinstance(answer, str))]


def _tags(found: list[Route]) -> list[dict[str, str]]:
    tags = []
    for context in sorted({route.handler.context for route in found}):
        tag = {"name": context}
        if (FUNCTIONS.parent / "layers" / "sluice" / "sluice" / context).is_dir():
            doc = importlib.import_module(f"sluice.{context}").__doc__ or ""
            tag["description"] = doc.split("\n", 1)[0]
        tags.append(tag)
    return tags


def _sorted(mapping: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(mapping.items()))
