"""Checks of this house, beside those that Schemathesis brings."""

import schemathesis
from schemathesis.checks import CheckContext
from schemathesis.core.transport import Response
from schemathesis.generation.meta import CoverageScenario, coverage_scenario

from tests.fuzz.accepted import CORRELATION, Case


@schemathesis.check
def no_function_behind_other_methods(_: CheckContext, response: Response, case: Case) -> None:
    """A method that the document does not name is refused, and no function of ours runs."""
    if coverage_scenario(case) is CoverageScenario.UNSPECIFIED_HTTP_METHOD:
        assert 400 <= response.status_code < 500, f"it answers {response.status_code}"
        assert CORRELATION not in response.headers, "a function ran"


@schemathesis.check
def problems_repeat_their_status(_: CheckContext, response: Response, case: Case) -> None:
    """A problem's `status` is the answer's (RFC 9457)."""
    if "problem+json" in response.headers.get("content-type", [""])[0]:
        found = response.json()
        assert found["status"] == response.status_code, f"{case.method} says {found['status']}"
