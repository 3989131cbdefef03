"""JSON Schemas of inputs and answers, as msgspec makes them from the handlers' own types."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from sluice.shared.http import View

_REF = "#/components/schemas/{name}"

type Schema = dict[str, Any]
type Answered = type[View] | str  # a View, or a media type; of nothing where it is empty


class Schemas:
    """The schemas of a set of types, shared ones by reference."""

    def __init__(self, types: Iterable[type], queries: Iterable[type]) -> None:
        inlined = _unique(queries)
        wanted = _unique([*types, *inlined])
        schemas, components = msgspec.json.schema_components(wanted, ref_template=_REF)
        self._schemas = dict(zip(wanted, schemas, strict=True))
        self._queries = {
            query: components.pop(self._schemas[query]["$ref"].rsplit("/", 1)[1])
            for query in inlined
        }
        self.components: dict[str, Schema] = components

    def of(self, kind: type) -> Schema:
        """Return the schema of a body or an answer."""
        return dict(self._schemas[kind])

    def query_parameters(self, query: type) -> list[dict[str, Any]]:
        """Return a query's fields as parameters."""
        schema = self._queries[query]
        required = schema.get("required", [])
        return [
            _parameter(name, field, required=name in required)
            for name, field in schema.get("properties", {}).items()
        ]


def alternatives(answer: Answered | tuple[Answered, ...]) -> tuple[Answered, ...]:
    """Return what a status may answer with: one content, or one of several by `Accept` or route."""
    return answer if isinstance(answer, tuple) else (answer,)


def content(schemas: Schemas, answer: Answered) -> dict[str, Any]:
    """Return an answer's content: JSON of a View, or a media type whose bytes have no schema."""
    if not isinstance(answer, str):
        return {"application/json": {"schema": schemas.of(answer)}}
    if not answer:
        return {}
    if answer == "application/json":
        return {answer: {"schema": {"type": "object"}}}
    return {answer: {"schema": {"type": "string"}} if answer.startswith("text/") else {}}


def _parameter(name: str, schema: Schema, *, required: bool) -> dict[str, Any]:
    field = dict(schema)
    parameter: dict[str, Any] = {"name": name, "in": "query", "schema": field}
    if description := field.pop("description", ""):
        parameter["description"] = description
    if required:
        parameter["required"] = True
    return parameter


def _unique(types: Iterable[type]) -> Sequence[type]:
    return list(dict.fromkeys(types))
