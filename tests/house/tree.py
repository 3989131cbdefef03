"""What the house rules look at: the template, the functions' folders, the Python files."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from infra import template
from infra.openapi import discovery
from infra.template import FUNCTION, ROOT, TABLE

PACKAGE = ROOT / "layers" / "sluice" / "sluice"
QUEUE = "AWS::SQS::Queue"

__all__ = ["FUNCTION", "PACKAGE", "QUEUE", "ROOT", "TABLE"]

Properties = dict[str, Any]


@cache
def loaded() -> dict[str, Any]:
    """Return the template."""
    return template.load()


def resources(kind: str) -> dict[str, Properties]:
    """Return the properties of every resource of a type, by logical id."""
    return template.resources(loaded(), kind)


def functions() -> dict[str, Properties]:
    """Return the properties of every function, by logical id."""
    return resources(FUNCTION)


def logical_id(folder: Path) -> str:
    """Return the logical id a folder must have in the template."""
    return "".join(word.title() for word in folder.name.split("_"))


def name_of(folder: Path) -> str:
    """Return how a folder is called in messages: context/verb_noun."""
    return f"{folder.parent.name}/{folder.name}"


@cache
def handlers() -> dict[str, discovery.Handler]:
    """Return every handler, imported, by the logical id its function must have."""
    return {logical_id(handler.folder): handler for handler in discovery.handlers()}


@cache
def routes() -> list[template.Route]:
    """Return every route that the API opens."""
    return list(template.routes(loaded()))


@cache
def targets() -> list[template.Target]:
    """Return whatever the rules of EventBridge invoke."""
    return list(template.targets(loaded()))


def events(function: Properties) -> dict[str, Properties]:
    """Return a function's events by name: type and properties."""
    found: dict[str, Properties] = function.get("Events", {})
    return found


def referred(value: object) -> str:
    """Return the logical id that a !Ref or !GetAtt names; empty for anything else."""
    if isinstance(value, dict) and len(value) == 1:
        target = value.get("Ref") or value.get("Fn::GetAtt")
        return str(target[0] if isinstance(target, list) else target or "")
    return ""


def walk(value: object) -> Iterator[Any]:
    """Yield a value and everything inside it."""
    yield value
    children = value.values() if isinstance(value, dict) else value
    if isinstance(children, str) or not hasattr(children, "__iter__"):
        return
    for child in children:
        yield from walk(child)


def sources(*folders: Path) -> dict[Path, ast.Module]:
    """Return every Python module under the folders, parsed."""
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return {path: ast.parse(path.read_text(), str(path)) for path in paths}


def shown(path: Path) -> str:
    """Return a path as messages show it."""
    return str(path.relative_to(ROOT))
