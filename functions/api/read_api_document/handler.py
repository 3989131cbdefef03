"""GET /openapi.json: the OpenAPI 3.1 document of this API.

The document is made from the handlers' declarations (`python -m infra.openapi`) and travels with
this function. Reads the file beside this module, writes nothing, refuses nothing (F3).
"""

from pathlib import Path

from sluice.shared import http

CACHED_SECONDS = 300
_DOCUMENT = Path(__file__).with_name("openapi.json")


@http.operation(http.anyone("GET /openapi.json"), answers={200: "application/json"})
def handler(_call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Answer the document, for caches to keep five minutes."""
    headers = {"Cache-Control": f"public, max-age={CACHED_SECONDS}"}
    return http.Answer(200, _DOCUMENT.read_text(), headers=headers)
