"""Rules are pure: what they decide depends on their arguments alone (design 1)."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house import tree
from tests.house.each import each

IMPURE = {
    *("boto3", "botocore", "pynamodb", "aws_lambda_powertools", "jwt", "standardwebhooks"),
    *("os", "io", "pathlib", "shutil", "tempfile", "socket", "ssl", "subprocess", "sys"),
    *("http", "urllib", "requests", "httpx", "logging", "threading", "asyncio"),
    *("time", "random", "secrets", "uuid"),
}
CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "clock.now")
INPUT_AND_OUTPUT = {"open", "print", "input", "exec", "eval", "__import__"}


@cache
def _rules() -> dict[str, ast.Module]:
    return {
        tree.shown(path): module
        for path, module in tree.sources(tree.PACKAGE).items()
        if path.stem == "rules" or path.stem.endswith("_rules") or path.parent.name == "rules"
    }


def _imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_context_has_rules() -> None:
    contexts = {path.parent.name for path in tree.PACKAGE.glob("*/refusals.py")}
    with_rules = {
        Path(name).relative_to(tree.PACKAGE.relative_to(tree.ROOT)).parts[0] for name in _rules()
    }
    assert contexts <= with_rules, f"no rules: {sorted(contexts - with_rules)}"
    assert {"codes", "rewards", "push"} <= contexts


@each(_rules)
def test_rules_import_nothing_that_reaches_outside(name: str) -> None:
    roots = {imported.split(".")[0] for imported in _imported(_rules()[name])}
    assert not roots & IMPURE, f"{name} imports {sorted(roots & IMPURE)}"


@each(_rules)
def test_rules_import_no_store_and_no_tables(name: str) -> None:
    for imported in _imported(_rules()[name]):
        if imported.startswith("sluice."):
            parts = set(imported.split("."))
            beyond = parts & {"store", "tables", "settings", "guard", "http", "telemetry", "ids"}
            assert not beyond, f"{name} imports {imported}"


@each(_rules)
def test_rules_ask_no_clock_and_read_nothing(name: str) -> None:
    for node in ast.walk(_rules()[name]):
        if isinstance(node, ast.Attribute):
            asks = ast.unparse(node).endswith(CLOCKS)
            assert not asks, f"{name}:{node.lineno} asks the time: take `now` as an argument"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = node.func.id
            assert called not in INPUT_AND_OUTPUT, f"{name}:{node.lineno} calls {called}"
