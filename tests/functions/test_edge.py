"""Behind infra/edge.yaml only the edge is answered, and it tells whose address it is (F2)."""

import hashlib
import json
from typing import Any

import pytest

from functions.api.read_api_document.handler import handler
from sluice.shared import clock, http
from tests.support import events

SECRET, NEXT = "s" * 64, "n" * 64
VIEWER = "2001:db8::7"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def call(**headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return handler(events.http("GET /openapi.json", headers=named), None)


def source(**headers: str) -> str:
    event = events.http("GET /openapi.json", headers=headers)
    return http.Request(event, {}, headers, b"", clock.now()).source_ip


def test_without_an_edge_everybody_is_answered_and_the_gateway_tells_the_address() -> None:
    assert call()["statusCode"] == 200
    assert source(**{"x-sluice-viewer": VIEWER}) == "203.0.113.7", "anybody can send that header"


@pytest.mark.parametrize("given", [{}, {"X_Sluice_Edge": ""}, {"X_Sluice_Edge": NEXT}])
def test_behind_an_edge_who_knocks_elsewhere_is_refused(
    given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGE_DIGESTS", digest(SECRET))
    refused = call(**given)
    assert refused["statusCode"] == 403
    assert json.loads(refused["body"])["type"] == "urn:sluice:problem:forbidden"
    assert SECRET not in json.dumps(refused)


def test_while_the_secret_is_replaced_both_are_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_DIGESTS", f"{digest(SECRET)},{digest(NEXT)}")
    assert {call(X_Sluice_Edge=secret)["statusCode"] for secret in (SECRET, NEXT)} == {200}


def test_the_edge_tells_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway sees the edge's own, one network for everybody."""
    monkeypatch.setenv("EDGE_DIGESTS", digest(SECRET))
    assert source(**{"x-sluice-viewer": VIEWER}) == VIEWER
    assert source() == ""  # no address: limited with all of these, not let through
