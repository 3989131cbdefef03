"""The console speaks Chinese wherever it speaks English (F5)."""

import importlib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import chain

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
_VALUE = re.compile(r"\{(\w+)\}")
_HAN = re.compile(r"[\u4e00-\u9fff]")
SAME = {"CSV", "Sluice"}


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


def test_the_title_of_every_problem_has_a_chinese_one() -> None:
    assert told() <= set(chinese()["problems.toml"])


def test_no_chinese_text_is_left_over() -> None:
    known = {text for each in chinese().values() for text in each}
    assert known - set(said()) - told() == set()


@pytest.mark.parametrize("name", sorted(chinese()))
def test_a_text_is_translated_in_one_file(name: str) -> None:
    others = {text for other, each in chinese().items() if other != name for text in each}
    assert not others & set(chinese()[name])
