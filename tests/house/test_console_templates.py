"""Templates of the console escape all they show, and their forms count for their session (F5)."""

import re
import typing
from pathlib import Path

import pytest

from sluice.codes.rules.choice import Rule
from sluice.console import rendering
from tests.house import tree

FOLDER = rendering.FOLDER / "templates"
TEMPLATES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))
# What would let a text be more than a text, or what the Content-Security-Policy forbids.
FORBIDDEN = (
    r"\|\s*safe\b",
    r"\bautoescape\b",
    r"\bMarkup\b",
    r"\sstyle\s*=",
    r"<style\b",
    r"\son[a-z]+=",
    r"javascript:",
    r"=\s*\{\{",  # an attribute without quotes ends at a space
    r"<(?:iframe|object|embed|foreignObject)\b",
    r"http-equiv",
    r"\{\{[^}]*\bsecret\b",
)
_ADDRESS = re.compile(r'\b(?:href|src|action|formaction|data-share-image)="([^"]*(?:\{\{.*?\}\})?)')
_OWN = re.compile(r"(?:\{\{ (?:url|asset|public_url)\(|#|tel:\{\{ )")
# Addresses that the suite itself makes, of its own pages and of files it keeps.
MADE = ("{{ task.url", "{{ campaign.page }}", "{{ file.url }}", "{{ export.manifest_url }}")
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_says_nothing_that_is_not_escaped(name: str) -> None:
    text = text_of(name)
    assert [wrong for wrong in FORBIDDEN if re.search(wrong, text)] == []
    assert text.count("<script") == (name == "base.html")


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_address_on_a_page_is_one_of_the_suite(name: str) -> None:
    found = _ADDRESS.findall(text_of(name))
    others = [each for each in found if not _OWN.match(each) and not each.startswith(MADE)]
    assert others == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_form_that_changes_something_counts_for_its_session(name: str) -> None:
    for form in _FORM.findall(text_of(name)):
        posted = 'method="post"' in form
        assert posted or 'method="get"' in form, form
        assert posted == ("m.csrf()" in form), form  # and is in no address


@pytest.mark.parametrize("field", ["kind", "order", "area"])
def test_the_form_of_a_rule_offers_all_that_a_rule_may_say(field: str) -> None:
    """Whoever adds a value adds its words: else operators can choose it by the API alone (A4)."""
    hint = typing.get_type_hints(Rule)[field]
    literals = [hint, *typing.get_args(hint)]  # of one that may be left out, an argument of it
    known = [value for each in literals for value in typing.get_args(each)]
    values = [value for value in known if isinstance(value, str)]
    assert len(values) > 1
    form, words = text_of("codes/edit.html"), text_of("codes/words.html")
    assert [value for value in values if f'("{value}", ' not in form] == []
    assert [value for value in values if f'"{value}": ' not in words] == []


def test_markup_is_made_where_texts_are_escaped() -> None:
    made = [
        path.name
        for path in sorted(Path(tree.PACKAGE / "console").rglob("*.py"))
        if "Markup(" in path.read_text(encoding="utf-8")
    ]
    assert made == ["rendering.py"]
