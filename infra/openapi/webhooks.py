"""Webhooks out, in the document: one for each event of the catalogue (F3)."""

from typing import Any

import msgspec

from infra.openapi.operations import SIGNATURE_HEADERS
from infra.openapi.schemas import Schema
from sluice.webhooks.rules import catalog

_REF = "#/components/schemas/{name}"
_ANSWERS = {
    "2XX": {"description": "It was heard. Anything else is tried again, for three days."},
    "410": {"description": "No more, please: the webhook is disabled."},
}
_SIGNATURE = {
    "name": "webhook-signature",
    "in": "header",
    "required": True,
    "description": "`v1,` and a base64 HMAC-SHA256, two with a space between while secrets rotate.",
    "schema": {"type": "string"},
}


def components() -> dict[str, Schema]:
    """Return the schemas of what events tell."""
    _, found = msgspec.json.schema_components(_kinds(), ref_template=_REF)
    return dict(found)


def section() -> dict[str, Any]:
    """Return the document's `webhooks`: an operation of the receiver for each event."""
    return {told.type: {"post": _operation(told)} for told in catalog.CATALOG.values()}


def _kinds() -> list[type]:
    return list(dict.fromkeys(told.kind for told in catalog.CATALOG.values()))


def _operation(told: catalog.Told) -> dict[str, Any]:
    headers = [
        {"name": name, "in": "header", "required": True, **described}
        for name, described in SIGNATURE_HEADERS.items()
    ]
    body = {"schema": _envelope(told), "example": catalog.example_of(told.type)}
    return {
        "operationId": f"webhook_{told.type.replace('.', '_')}",
        "tags": ["webhooks"],
        "summary": told.purpose,
        "parameters": [*headers, _SIGNATURE],
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": _ANSWERS,
    }


def _envelope(told: catalog.Told) -> Schema:
    fields = {
        "id": {"type": "string", "description": "Of the event."},
        "type": {"const": told.type},
        "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
        "organization_id": {"type": "string"},
        "version": {"type": "integer", "description": "Of what it is about: the higher is newer."},
        "data": {"$ref": _REF.format(name=told.kind.__name__)},
    }
    return {"type": "object", "required": list(fields), "properties": fields}
