"""The audit log keeps what staff may change, little of each, and no id that names a person (F5)."""

import msgspec
import pytest

from infra.openapi import discovery
from sluice.organizations import audit_rules
from sluice.shared import http
from tests.house import tree
from tests.support.routes import SAMPLES

MAX_BYTES = 1500  # of what is told of one call: an entry stays below 2 KB
LEFT_OUT = {"organization_id", "user_id"}  # the key of the log; an id that partners give
KEPT = [route for route in discovery.routes() if route.door.witness is not None]
PUT = {
    "Effect": "Allow",
    "Action": "dynamodb:PutItem",
    "Resource": {"Fn::GetAtt": ["AuditTable", "Arn"]},
}


def test_every_thing_in_a_path_is_decided_upon() -> None:
    """Whoever adds a route says whether its ids may stand in the log."""
    parts = {
        part[1:-1] for route in KEPT for part in route.door.path.split("/") if part.startswith("{")
    }
    assert parts - audit_rules.THINGS == LEFT_OUT


@pytest.mark.parametrize("route", KEPT, ids=lambda route: route.operation_id)
def test_an_entry_is_small(route: discovery.Route) -> None:
    if issubclass(route.operation.body, http.Body):
        assert route.door.route in SAMPLES, "put a sensible call into tests/support/routes.py"
        told = audit_rules.fields_of(SAMPLES[route.door.route] or {}, route.operation.body)
        assert len(msgspec.json.encode(told)) <= MAX_BYTES


def test_every_call_by_which_staff_may_change_something_is_kept_and_no_other() -> None:
    for route in discovery.routes():
        changes = route.door.kind == "staff" and route.door.method != "GET"
        assert (route.door.witness is not None) == changes, route.door.route


def test_whoever_is_kept_may_write_the_log_and_nobody_else_or_otherwise() -> None:
    """Nor may anybody delete what stands there."""
    kept = {route.handler.folder for route in KEPT}
    for logical_id, handler in tree.handlers().items():
        policies = tree.functions()[logical_id].get("Policies", [])
        statements = [one for policy in policies for one in policy["Statement"]]
        about_it = [one for one in statements if "AuditTable" in tree.walk(one)]
        if handler.folder in kept:
            assert about_it == [PUT], f"{logical_id} writes the audit log"
        elif logical_id not in {"ReadAudit", "WriteExport"}:
            assert not about_it, f"{logical_id} has nothing to do with the audit log"
