"""The problem answers (RFC 9457) of an operation: what it declares, and what any call may get."""

from collections.abc import Iterable
from typing import Any

from sluice.shared import errors
from sluice.shared.claims import KeyReused
from sluice.shared.http import Door

type Kind = type[errors.Problem]

MEDIA_TYPE = "application/problem+json"
ALWAYS: tuple[Kind, ...] = (errors.Invalid, errors.TooMany, errors.Problem, errors.Contention)
_SIGNED_IN: tuple[Kind, ...] = (errors.Unauthenticated, errors.Forbidden)
COMMON: tuple[Kind, ...] = (*ALWAYS, *_SIGNED_IN, errors.NotFound, KeyReused)

SCHEMAS: dict[str, dict[str, Any]] = {
    "Problem": {
        "title": "Problem",
        "description": "Problem details (RFC 9457). Decide by `type`: it is stable.",
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    },
    "InvalidRequest": {
        "title": "InvalidRequest",
        "description": "What is wrong with the request; nothing was changed.",
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {
            "fields": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "reason"],
                    "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
                },
            },
        },
    },
}
_SCHEMA_OF_STATUS = {errors.Invalid.status: "InvalidRequest"}


def responses(door: Door, declared: Iterable[Kind]) -> dict[str, dict[str, Any]]:
    """Return the problem answers of a door by status."""
    by_status: dict[int, set[Kind]] = {}
    for kind in {*declared, *_implied(door)}:
        by_status.setdefault(kind.status, set()).add(kind)
    return {str(status): _response(by_status[status]) for status in sorted(by_status)}


def common_responses() -> dict[str, dict[str, Any]]:
    """Return the answers that operations refer to, by slug."""
    return {kind.slug: _written_out([kind]) for kind in COMMON}


def _implied(door: Door) -> Iterable[Kind]:
    yield from ALWAYS
    if door.kind != "anyone":
        yield errors.Unauthenticated
    if door.kind == "staff":
        yield errors.Forbidden
    names_a_thing = "{" in door.path.replace("{organization_id}", "")
    if names_a_thing and door.method != "PUT":
        yield errors.NotFound


def _response(kinds: set[Kind]) -> dict[str, Any]:
    if len(kinds) == 1 and (kind := next(iter(kinds))) in COMMON:
        return {"$ref": f"#/components/responses/{kind.slug}"}
    return _written_out(sorted(kinds, key=lambda kind: kind.slug))


def _written_out(kinds: list[Kind]) -> dict[str, Any]:
    schema = _SCHEMA_OF_STATUS.get(kinds[0].status, "Problem")
    types = [errors.PROBLEM_PREFIX + kind.slug for kind in kinds]
    headers = {"X-Correlation-Id": {"$ref": "#/components/headers/X-Correlation-Id"}}
    if any(kind.retry_after_seconds is not None for kind in kinds):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    return {
        "description": "\n".join(f"- `{kind.slug}`: {_meaning(kind)}" for kind in kinds),
        "headers": headers,
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "allOf": [{"$ref": f"#/components/schemas/{schema}"}],
                    "properties": {"type": {"enum": types}},
                }
            }
        },
    }


def _meaning(kind: Kind) -> str:
    if kind is errors.Problem:
        return "A fault of ours, logged under the correlation id."
    return (kind.__doc__ or kind.title).split("\n", 1)[0]
