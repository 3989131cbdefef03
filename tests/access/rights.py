"""What functions may do by the template, and what they do while the fault cases run.

The embedded AWS checks every call against its function's role (`AUTH`): a right that is missing
fails there. A right too many shows nowhere but here.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pytest

from tests.faults.injection import Injection
from tests.faults.operations import Operation
from tests.faults.points import act
from tests.faults.world import World
from tests.house import tree

PUSH_STEP = "push/push_step"  # Step Functions wakes it, not the world
_PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_SUB = re.compile(r"\$\{(\w+)\.Arn\}(/index/\w+)\Z")


class Right(NamedTuple):
    """An action on a table or index; on whatever there is of it for other services."""

    function: str
    action: str
    resource: str = ""


def granted() -> set[Right]:
    """Return every right that the template gives to a function."""
    return {
        Right(tree.name_of(handler.folder), action, _resource(action, resource))
        for logical_id, handler in tree.handlers().items()
        for policy in tree.functions()[logical_id].get("Policies", [])
        for statement in _listed(policy["Statement"])
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }


def used(cases: Iterable[Operation]) -> set[Right]:
    """Run fault cases without a fault; return the rights their functions made use of."""
    found: set[Right] = set()
    with _watched(lambda *seen: found.update(_rights(*seen))):
        for operation in cases:
            act(operation)  # invariants are looked at where faults are tried
    return found


@contextlib.contextmanager
def _watched(seen: Callable[[str, str, dict[str, Any]], None]) -> Iterator[None]:
    running: list[str] = []
    invoke, run, through = World._invoke, World._run, Injection.through

    def watched_invoke(world: World, name: str, event: Any) -> tuple[bool, Any]:
        running.append(name)
        try:
            return invoke(world, name, event)
        finally:
            running.pop()

    def watched_run(world: World, execution: Any) -> None:
        running.append(PUSH_STEP)
        try:
            run(world, execution)
        finally:
            running.pop()

    def watched(injection: Injection, call: str, given: Any, reach: Callable[[], Any]) -> Any:
        if running:
            seen(running[-1], call, given)
        return through(injection, call, given, reach)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "_invoke", watched_invoke)
        patch.setattr(World, "_run", watched_run)
        patch.setattr(Injection, "through", watched)
        yield


def _rights(function: str, call: str, given: dict[str, Any]) -> Iterator[Right]:
    service, name = call.split(".")
    if service != "dynamodb":
        yield Right(function, f"{service.replace('stepfunctions', 'states')}:{name}")
        return
    items = given.get("TransactItems")
    if items is not None:
        for item in items:
            ((part, inside),) = item.items()
            yield Right(function, f"dynamodb:{_PARTS[part]}", _table(inside["TableName"]))
    elif "RequestItems" in given:
        for table in given["RequestItems"]:
            yield Right(function, f"dynamodb:{name}", _table(table))
    else:
        index = f"/index/{given['IndexName']}" if "IndexName" in given else ""
        yield Right(function, f"dynamodb:{name}", _table(given["TableName"]) + index)


def _table(name: str) -> str:
    """Return the logical id of the table that the tests call so."""
    variable = next(key for key, value in os.environ.items() if value == name)
    return "".join(word.title() for word in variable.split("_"))


def _resource(action: str, resource: Any) -> str:
    if not action.startswith("dynamodb:"):
        return ""
    index = _SUB.match(str(resource.get("Fn::Sub", ""))) if isinstance(resource, dict) else None
    return "".join(index.groups()) if index else tree.referred(resource)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
