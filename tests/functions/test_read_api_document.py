"""GET /openapi.json."""

import json
from pathlib import Path
from typing import Any

from functions.api.read_api_document.handler import handler

FOLDER = Path(__file__).parents[2] / "functions" / "api" / "read_api_document"


def event() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "event.json").read_text())
    return loaded


def test_anyone_reads_the_document() -> None:
    """F3: the OpenAPI 3.1 document is served."""
    answer = handler(event(), None)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    served = json.loads(answer["body"])
    assert served["openapi"] == "3.1.0"
    assert "/openapi.json" in served["paths"]


def test_caches_keep_the_document_five_minutes() -> None:
    assert handler(event(), None)["headers"]["Cache-Control"] == "public, max-age=300"


def test_an_unknown_query_parameter_is_refused_and_not_cached() -> None:
    answer = handler(event() | {"queryStringParameters": {"format": "yaml"}}, None)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["type"] == "urn:sluice:problem:invalid-request"
    assert answer["headers"]["Cache-Control"] == "no-store"
