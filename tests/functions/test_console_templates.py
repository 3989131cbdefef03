"""The console's pages of templates: words by language, new and changed (E7, F5)."""

from collections.abc import Iterator

import pytest

from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.console import Visitor, ask, signed_in
from tests.support.staff import found_organization

EVIL = '"><script>alert(1)</script>'
GIVEN = {
    "template_id": "tea",
    "variables": "name，tea",
    "fallback_locale": "en",
    "locales[0].locale": "en",
    "locales[0].title": "Tea, {name}",
    "locales[0].body": "The first {tea}.\nIt is here.",
    "locales[0].link": "https://shop.example.com/tea?for={name}",
    "locales[1].locale": "zh-CN",
    "locales[1].title": "{name}，春茶到了",
    "locales[1].body": "{tea} 已到店。",
    "locales[1].link": "",
}
OWN = {"wechat_subscribe": {"id": "tpl-1", "parameters": {"thing1": "{tea}"}}}


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def made(**changes: str) -> Visitor:
    """Return an operator's browser after GIVEN was sent."""
    visitor = signed_in()
    sent = visitor.post("templates/new", **GIVEN | changes)
    assert sent.location == "templates/tea?done=saved", sent.text
    return visitor


def test_a_template_is_made_shown_and_listed() -> None:
    visitor = signed_in()
    assert "There is no template yet." in visitor.get("templates").text
    made(content_id="spring")
    found = ask("GET", "templates/tea")
    assert found["variables"] == ["name", "tea"]
    assert (found["fallback_locale"], found["content_id"]) == ("en", "spring")
    assert found["locales"]["zh-CN"] == {"title": "{name}，春茶到了", "body": "{tea} 已到店。"}
    shown = visitor.get("templates/tea")
    for text in ("Tea, {name}", "{name}，春茶到了", "en Fallback", "is told in en"):
        assert text in shown.text
    assert '<div lang="zh-CN">' in shown.html
    assert "tea Tea, {name} en, zh-CN" in visitor.get("templates").text
    assert "消息模板" in signed_in(language="zh").get("templates/tea").html


def test_the_first_language_is_the_fallback_where_none_is_named() -> None:
    made(fallback_locale="")
    assert ask("GET", "templates/tea")["fallback_locale"] == "en"


@pytest.mark.parametrize(
    ("field", "wrong", "marked"),
    [
        ("template_id", "", "template_id"),
        ("template_id", "a/b", ""),
        ("variables", "name", "locales[1].body"),
        ("variables", "Name, tea", "variables"),
        ("fallback_locale", "fr", "fallback_locale"),
        ("locales[0].title", "", "locales[0].title"),
        ("locales[1].body", "", "locales[1].body"),
        ("locales[1].locale", "Chinese", "locales[1].locale"),
        ("locales[1].locale", "", "locales[1].locale"),
        ("locales[1].locale", "en", "locales[1].locale"),
        ("locales[1].link", "javascript:alert(1)", "locales[1].link"),
        ("locales[1].title", "x" * 201, "locales[...]"),
        ("locales[1].title", EVIL + "{x}", "locales[1].title"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_stays_written(
    field: str, wrong: str, marked: str
) -> None:
    seen = signed_in().post("templates/new", **GIVEN | {field: wrong})
    assert seen.status == 400
    assert f'id="wrong-{marked}"' in seen.html or not marked
    assert seen.html.count('id="wrong-locales[') <= 2  # at its own field, not at every one
    assert 'value="https://shop.example.com/tea?for={name}"' in seen.html
    assert EVIL not in seen.html
    assert ask("GET", "templates")["items"] == []


def test_nothing_written_is_no_template() -> None:
    seen = signed_in().post("templates/new", template_id="tea", **{"locales[0].locale": ""})
    assert 'id="wrong-locales[0].locale"' in seen.html


def test_a_template_is_not_made_twice() -> None:
    seen = made().post("templates/new", **GIVEN | {"locales[0].title": "Other"})
    assert (seen.status, "is taken" in seen.text) == (400, True)
    assert ask("GET", "templates/tea")["locales"]["en"]["title"] == "Tea, {name}"


def test_a_change_keeps_what_the_form_does_not_show() -> None:
    visitor = made()
    known = ask("GET", "templates/tea")
    known["locales"]["zh-CN"]["templates"] = OWN
    names = ("locales", "fallback_locale", "variables")
    ask("PUT", "templates/tea", {name: known[name] for name in names})
    form = visitor.get("templates/tea/edit")
    assert "Its templates at wechat_subscribe stay as they are." in form.text
    assert form.html.count("<fieldset") == 3  # one more for a new language
    changes = {"locales[0].was": "en", "locales[1].was": "zh-CN", "locales[1].locale": "zh"}
    sent = visitor.post("templates/tea/edit", **GIVEN | changes | {"locales[0].removed": "yes"})
    assert 'id="wrong-fallback_locale"' in sent.html  # it was English
    changes |= {"locales[0].removed": "yes", "fallback_locale": "zh"}
    visitor.post("templates/tea/edit", **GIVEN | changes)
    found = ask("GET", "templates/tea")
    assert list(found["locales"]) == ["zh"]
    assert found["locales"]["zh"]["templates"] == OWN
    assert "thing1: {tea}" in visitor.get("templates/tea").text


def test_a_template_that_is_not_there_is_neither_shown_nor_changed() -> None:
    visitor = signed_in()
    for path in ("templates/none", "templates/none/edit"):
        assert visitor.get(path).status == 404
    assert visitor.post("templates/none/edit", **GIVEN).status == 404
    assert ask("GET", "templates")["items"] == []


def test_a_list_goes_on_on_the_next_page() -> None:
    for number in range(51):
        words = {"en": {"title": EVIL, "body": "Tea"}}
        body = {"locales": words, "fallback_locale": "en"}
        ask("PUT", f"templates/t{number:02}", body)
    visitor = signed_in()
    first = visitor.get("templates")
    assert EVIL not in first.html
    assert ("t49" in first.text, "t50" in first.text) == (True, False)
    cursor = ask("GET", "templates?limit=50")["next_cursor"]
    assert cursor in first.html
    assert "t50" in visitor.get("templates", cursor=cursor).text


def test_only_operators_see_them() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    for path in ("templates", "templates/new", "templates/tea", "templates/tea/edit"):
        assert visitor.get(path).status == 403
        assert visitor.post(path).status in {403, 404}
