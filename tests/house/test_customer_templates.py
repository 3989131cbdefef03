"""Templates of customers' pages let no text be more than a text (F5).

`shared/pages.py` escapes each value for HTML: so none may stand in a script, without quotes, or
where an address would run. Flags alone (`hidden` or nothing) stand in a tag without quotes.
"""

import re
from pathlib import Path

import pytest

from tests.house import tree

TEMPLATES = sorted(
    path.relative_to(tree.PACKAGE).as_posix()
    for path in Path(tree.PACKAGE).rglob("*.html")
    if "console" not in path.relative_to(tree.PACKAGE).parts
)
FORBIDDEN = (
    r"\sstyle\s*=",
    r"\son[a-z]+\s*=\s*[\"']",
    r"javascript:",
    r"=\s*\$",  # an attribute without quotes ends at a space
    r"<(?:iframe|object|embed|base|foreignObject)\b",
    r"\b(?:srcdoc|formaction|ping)\s*=",
    r"<link\b",
    r"https?://",  # nothing is asked of another host
)
_SCRIPT = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_TAG = re.compile(r"<[a-z][^>]*>")
_QUOTED = re.compile(r'"[^"]*"')
_VALUE = re.compile(r"(?<!\$)\$(?:\{(\w+)\}|(\w+))")
_FORM = re.compile(r"<form\b[^>]*>")


def text_of(name: str) -> str:
    return (Path(tree.PACKAGE) / name).read_text(encoding="utf-8")


def markup_of(name: str) -> str:
    """Return a template without its scripts and styles."""
    return _SCRIPT.sub("", text_of(name))


def values_in(text: str) -> set[str]:
    return {braced or plain for braced, plain in _VALUE.findall(text)}


def test_there_are_templates() -> None:
    assert len(TEMPLATES) >= 9


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_page_runs_nothing_but_what_was_written(name: str) -> None:
    markup = markup_of(name)
    assert [wrong for wrong in FORBIDDEN if re.search(wrong, markup)] == []
    for kind, attributes, content in _SCRIPT.findall(text_of(name)):
        assert 'nonce="$nonce"' in attributes, kind
        assert "src=" not in attributes, kind
        assert values_in(content) == set(), kind  # what is escaped for HTML is not for a script
    assert "<script" not in markup
    assert "<style" not in markup


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_value_in_a_tag_stands_in_quotes_or_is_a_flag(name: str) -> None:
    markup = markup_of(name)
    flags = {each for tag in _TAG.findall(markup) for each in values_in(_QUOTED.sub("", tag))}
    outside = _TAG.sub(lambda tag: " ".join(_QUOTED.findall(tag[0])), markup)
    assert flags & values_in(outside) == set()


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_form_is_posted_to_its_own_page(name: str) -> None:
    for form in _FORM.findall(markup_of(name)):
        assert 'method="post"' in form, form
        action = re.search(r'action="([^"]*)"', form)
        assert action is None or action[1].startswith(("?", "$", "/")), form
