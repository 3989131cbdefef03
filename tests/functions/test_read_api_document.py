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


def test_query_parameters_that_others_add_to_links_do_no_harm() -> None:
    answer = handler(event() | {"queryStringParameters": {"utm_source": "mail"}}, None)
    assert answer["statusCode"] == 200
