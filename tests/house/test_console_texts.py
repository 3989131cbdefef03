"""The console speaks Chinese wherever it speaks English (F5)."""

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from sluice.console import navigation, texts
from sluice.shared import errors
from sluice.shared.claims import KeyReused
from tests.house import tree

_TEXT = r'"((?:[^"\\]|\\.)*)"'
_IN_TEMPLATE = re.compile(rf"\b_\(\s*{_TEXT}")
_IN_MODULE = re.compile(rf"\b(?:say|_)\(\s*{_TEXT}")
_REFUSED = re.compile(rf"errors\.Invalid\(\s*{_TEXT}(?:,\s*\[\([^,]+,\s*{_TEXT}\)\])?")
_REASON = re.compile(rf"reason = {_TEXT}(?: if .* else {_TEXT})?")
_MISSED = re.compile(rf"\b(?:NotFound|Forbidden|Contention)\({_TEXT}")
# Of those, what only customers, visitors and partners are told, and an admin, who has no pages.
PUBLIC = {
    "EventBridge did not take every event.",
    "Nobody is asked for here.",
    "Only an admin invites a first operator; PUT a member instead.",
    "There is no such conversion window.",
    "There is no such coupon.",
    "There is no such invitation.",
    "There is no such link.",
    "There is nothing to give up: no place, and no seat that waits.",
    "There is nothing to unsubscribe from.",
    "This address answers its edge only: use the public one.",
    "This inviter was erased.",
    "This link leads nowhere, or no more.",
    "This message has no link.",
}
_VALUE = re.compile(r"\{(\w+)\}")
_HAN = re.compile(r"[\u4e00-\u9fff]")
SAME = {"CSV", "Sluice"}
# What tells, of the API, what is wrong with a form of the console; a number is written as 7.
ASKED = (
    *("functions/campaigns/put_campaign", "functions/exports/manage_exports"),
    *("functions/invitations/put_promotion", "functions/promoters/put_offer"),
    *("functions/organizations/put_organization", "functions/organizations/put_provider_account"),
    "functions/webhooks/manage_webhooks",
    *("campaigns/rules/campaigns.py", "campaigns/store/publishing.py", "codes/logos.py"),
    "codes/rules/shifts.py",
    *("codes/rules/successors.py", "invitations/rules/promotions.py", "organizations/inputs.py"),
    "invitations/rules/segments.py",
    *("invitations/store/promotions.py", "promoters/rules/bonuses.py", "promoters/rules/offers.py"),
    *("promoters/store/bonus_settings.py", "promoters/store/publishing.py", "push/inputs.py"),
    *("push/rules/strategies.py", "push/rules/templates.py", "push/wording.py"),
    *("rewards/rules/programmes.py", "shared/imports.py"),
)
# A name of somebody's before or behind it: the parts are translated where they are made.
NAMED = {"7: 7", "There are no such events: 7.", "url 7.", "provider_ref"}


@cache
def said() -> dict[str, str]:
    """Return every text that templates and modules say, with the file that says it."""
    folder = texts.FOLDER.parent
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.html")):
        found |= dict.fromkeys(_IN_TEMPLATE.findall(path.read_text()), path.name)
    for path in sorted(folder.rglob("*.py")):
        found |= dict.fromkeys(_IN_MODULE.findall(path.read_text()), path.name)
        code = path.read_text()
        refused = chain.from_iterable(_REFUSED.findall(code) + _REASON.findall(code))
        found |= dict.fromkeys(filter(None, refused), path.name)
    found |= dict.fromkeys(texts.PLAIN.values(), "texts.py")
    found |= dict.fromkeys(texts.DONE.values(), "texts.py")
    return found | dict.fromkeys(_menu(), "navigation.py")


@cache
def refused() -> dict[str, str]:
    """Return what the API says of forms, with the file that says it."""
    files = [path for name in ASKED for path in _files(name)]
    assert len(files) == len(ASKED)
    return {
        text: path.name
        for path in files
        for text in _reasons(ast.parse(path.read_text()))
        if text not in NAMED
    }


@cache
def missed() -> dict[str, str]:
    """Return what is said of things that there are not, or are another's, with the file."""
    files = [*(tree.ROOT / "functions").rglob("handler.py"), *Path(tree.PACKAGE).rglob("*.py")]
    return {
        text: path.name
        for path in files
        for text in _MISSED.findall(path.read_text())
        if text not in PUBLIC
    }


def _files(name: str) -> list[Path]:
    if name.startswith("functions/"):
        return [tree.ROOT / name / "handler.py"]
    return [path for path in (Path(tree.PACKAGE) / name,) if path.exists()]


def _reasons(code: ast.AST) -> Iterator[str]:
    """Yield the details and reasons of `Invalid`, and the reasons of what returns faults."""
    for node in ast.walk(code):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Invalid"):
            yield from _constants(node.args[0])
            yield from _second(node.args[1:])
        elif isinstance(node, ast.FunctionDef) and re.search(
            r"Fault|tuple\[str, str\]", ast.unparse(node.returns or ast.Constant(None))
        ):
            yield from _second(node.body)
        elif isinstance(node, ast.FunctionDef) and re.match(r"_?faults", node.name):
            yield from _listed(node)


def _second(nodes: Sequence[ast.AST]) -> Iterator[str]:
    pairs = (each for node in nodes for each in ast.walk(node) if isinstance(each, ast.Tuple))
    for pair in pairs:
        if len(pair.elts) == 2:
            yield from _constants(pair.elts[1])


def _listed(code: ast.AST) -> Iterator[str]:
    """Yield the reasons that a function appends, or returns in a list."""
    for node in ast.walk(code):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("append"):
            yield from _constants(node.args[0])
        elif isinstance(node, ast.List):
            yield from (text for each in node.elts for text in _constants(each))


def _constants(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_constants(node.body), *_constants(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = (each.value if isinstance(each, ast.Constant) else "7" for each in node.values)
        yield "".join(map(str, parts))


def _menu() -> Iterator[str]:
    for title, entries in navigation.MENU:
        yield title
        yield from (entry.title for entry in entries)


def _problems(kind: type[errors.Problem]) -> Iterator[type[errors.Problem]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _problems(each)


@cache
def chinese() -> dict[str, dict[str, str]]:
    """Return the texts of each file."""
    return {path.name: tomllib.loads(path.read_text()) for path in texts.FOLDER.glob("*.toml")}


@cache
def told() -> set[str]:
    """Return the titles of the problems that staff may be told, and of the console's own."""
    for name in ("door", "user_pool", "areas.sign_in"):
        importlib.import_module(f"sluice.console.{name}")
    own = {
        problem.title
        for problem in _problems(errors.Problem)
        if problem.__module__.startswith(("sluice.shared.errors", "sluice.console."))
    }
    for handler in tree.handlers().values():
        operation = handler.operation
        if operation and any(door.kind == "staff" for door in operation.doors):
            own |= {refusal.title for refusal in operation.refusals}
    return own | {KeyReused.title}


def test_every_text_has_a_chinese_one_with_the_same_values() -> None:
    known = {text: said for each in chinese().values() for text, said in each.items()}
    missing = {f"{where}: {text}" for text, where in said().items() if text not in known}
    assert not missing
    different = [
        text
        for text, translated in known.items()
        if sorted(_VALUE.findall(text)) != sorted(_VALUE.findall(translated))
        or (text not in SAME and not _HAN.search(translated))
    ]
    assert not different


def test_what_the_api_refuses_of_a_form_has_a_chinese_text() -> None:
    assert len(refused()) > 50
    missing = {
        f"{where}: {text}"
        for text, where in (refused() | missed()).items()
        if not _HAN.search(texts.plainly("zh", text))
    }
    assert not missing


def test_a_reason_with_a_number_keeps_it() -> None:
    assert texts.plainly("zh", "1 to 6 channels") == "渠道数须为 1 到 6 个"
    assert texts.plainly("en", "1 to 6 channels") == "1 to 6 channels"
    assert texts.plainly("zh", "day: the same choice twice") == "day: 选项重复"
    assert texts.plainly("zh", "one of: a, b") == "可选：a, b"
    assert texts.plainly("zh", "must have {n} once, for the number") == "须包含一次 {n}，表示序号"


def test_the_title_of_every_problem_has_a_chinese_one() -> None:
    assert told() <= set(chinese()["problems.toml"])


def test_no_chinese_text_is_left_over() -> None:
    known = {text for each in chinese().values() for text in each}
    shapes = {re.sub(r"\d+", "{}", text) for text in refused()} | set(refused()) | set(missed())
    assert known - set(said()) - told() - shapes == set()


@pytest.mark.parametrize("name", sorted(chinese()))
def test_a_text_is_translated_in_one_file(name: str) -> None:
    others = {text for other, each in chinese().items() if other != name for text in each}
    assert not others & set(chinese()[name])
