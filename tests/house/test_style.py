"""What the linter does not measure: sizes, and clients that wait for ever."""

import ast
from collections.abc import Iterator
from functools import cache

from tests.house import tree
from tests.house.each import each

MAX_MODULE_LINES = 250
MAX_FUNCTION_LINES = 40  # without the docstring
type Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def _modules() -> dict[str, ast.Module]:
    return {
        tree.shown(path): module
        for path, module in tree.sources(tree.PACKAGE, tree.ROOT / "functions").items()
    }


def _functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return a function's lines from `def` to its end, docstring left out."""
    last = function.end_lineno or function.lineno
    first = function.body[0]
    described = ast.get_docstring(function) is not None
    doc = (first.end_lineno or first.lineno) - first.lineno + 1 if described else 0
    return last - function.lineno + 1 - doc


def _public(body: list[ast.stmt]) -> Iterator[Named]:
    """Yield public functions and classes, and what is public inside the classes."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if node.name.startswith("_") or node.name == "Meta":
                continue
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)


@each(_modules)
def test_a_module_can_be_read_in_one_go(name: str) -> None:
    count = len((tree.ROOT / name).read_text().splitlines())
    assert count <= MAX_MODULE_LINES, f"{name} has {count} lines: split it by subject"


@each(_modules)
def test_a_function_fits_on_a_screen(name: str) -> None:
    long = [
        f"{function.name} ({_lines(function)})"
        for function in _functions(_modules()[name])
        if _lines(function) > MAX_FUNCTION_LINES
    ]
    assert not long, f"{name}: over {MAX_FUNCTION_LINES} lines: {', '.join(long)}"


@each(_modules)
def test_what_is_public_says_what_it_does(name: str) -> None:
    module = _modules()[name]
    assert ast.get_docstring(module), f"{name} has no docstring"
    silent = [node.name for node in _public(module.body) if not ast.get_docstring(node)]
    assert not silent, f"{name}: no docstring: {', '.join(silent)}"


@each(_modules)
def test_an_aws_client_has_timeouts(name: str) -> None:
    """Every outside call ends: botocore's own limits are a minute, and five tries."""
    for node in ast.walk(_modules()[name]):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "boto3.client",
            "boto3.resource",
        }:
            given = {keyword.arg for keyword in node.keywords}
            assert "config" in given, f"{name}:{node.lineno}: give the client a botocore Config"


def test_no_file_stands_beside_the_handlers_of_a_context() -> None:
    """A function is built from its folder alone: shared code belongs in the package."""
    stray = [
        tree.shown(path)
        for path in (tree.ROOT / "functions").glob("*/*")
        if path.is_file() and path.suffix == ".py"
    ]
    assert not stray, stray
