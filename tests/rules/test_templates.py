"""Templates (E7): declared and filled-in variables, locales; and versions in their chain (E9)."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules import templates, versions
from sluice.push.rules.contents import Content, ProviderTemplate
from sluice.push.rules.templates import Template, Wording
from sluice.push.rules.versions import GENESIS, Head, Link, Stored, What

OWN = {"sms": ProviderTemplate("tpl-1", {"1": "{tea}", "2": "{name}"})}
TEA = Template(
    {
        "zh-CN": Wording("{name}: 春茶", "{tea} 到了", "https://t.example/?for={name}", OWN),
        "zh": Wording("春茶", "{tea}"),
        "en": Wording("Tea, {name}", "The {tea} is here."),
    },
    "en",
    ("name", "tea"),
    "spring",
)


def test_a_template_that_declares_what_it_uses_is_valid() -> None:
    assert templates.faults(TEA) == []
    assert templates.faults(Template({"en": Wording("{} {Tea} {a b}", "{{")}, "en")) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"fallback_locale": "fr"}, ["fallback_locale"]),
        ({"variables": ("name", "tea", "tea")}, ["variables"]),
        (
            {"variables": ("name",)},
            ["locales.zh-CN.body", "locales.zh-CN.templates.sms.1", "locales.zh.body",
             "locales.en.body"],
        ),
        ({"locales": {"en": Wording("a", "b", "https://x.example/{city}")}}, ["locales.en.link"]),
    ],
)  # fmt: skip
def test_a_template_is_refused_by_the_field_that_is_wrong(
    changed: dict[str, object], field: list[str]
) -> None:
    """E7: missing variables are refused when a template is put, not when it is sent."""
    found = templates.faults(msgspec.structs.replace(TEA, **changed))
    assert [name for name, _ in found] == field


def test_a_push_gives_every_variable_and_no_other() -> None:
    """E7."""
    assert templates.value_faults(TEA, {"name": "Lin", "tea": "Longjing"}) == []
    found = templates.value_faults(TEA, {"name": "Lin", "nmae": "Lin"})
    assert found == [
        ("variables.tea", "missing"),
        ("variables.nmae", "not of this template"),
    ]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("zh-CN", "zh-CN"),
        ("zh-TW", "zh"),
        ("zh", "zh"),
        ("en-GB", "en"),
        ("fr", "en"),
        (None, "en"),
    ],
)
def test_a_user_is_told_in_their_locale_their_language_or_the_fallback(
    wanted: str | None, chosen: str
) -> None:
    """E7."""
    assert templates.locale_for(TEA, wanted) == chosen


def test_what_is_filled_in_stands_everywhere_and_is_escaped_in_the_link() -> None:
    """E7: a value that looks like a placeholder, or like a part of an address, stays a value."""
    words = templates.words(TEA, "zh-CN")
    filled = templates.fill(words, {"name": "{tea}&admin=1", "tea": "龙井"})
    assert filled.title == "{tea}&admin=1: 春茶"
    assert filled.link == "https://t.example/?for=%7Btea%7D%26admin%3D1"
    own = filled.templates["sms"].parameters
    assert list(own.items()) == [("1", "龙井"), ("2", "{tea}&admin=1")]
    assert (filled.locale, filled.content_id) == ("zh-CN", "spring")
    assert templates.filled_faults(filled) == []


@pytest.mark.parametrize(
    "changed", [{"title": "x" * 201}, {"title": ""}, {"body": "x" * 2001}, {"link": "https://a b"}]
)
def test_what_cannot_be_sent_is_refused_once_it_is_filled_in(changed: dict[str, str]) -> None:
    content = msgspec.structs.replace(Content("T", "B"), **changed)
    assert [field for field, _ in templates.filled_faults(content)] == ["variables"]


@given(st.dictionaries(st.from_regex(r"\A[a-z][a-z0-9_]{0,9}\Z"), st.text(max_size=20)), st.text())
def test_filling_in_leaves_no_declared_placeholder(values: dict[str, str], text: str) -> None:
    template = " ".join(f"{{{name}}}" for name in values)
    filled = templates.fill(Content(template, text), values)
    assert filled.title == " ".join(values.values())


def chain(count: int) -> tuple[list[Stored], dict[str, str]]:
    """Return a chain as it is stored, and the words of its versions."""
    links, texts, previous = [], {}, GENESIS
    for position in range(1, count + 1):
        text = versions.text_of(Content(f"Title {position}", "Body"))
        version = versions.version_of(text)
        texts[version] = text
        link = Link(position, version, "2026-11-22T10:00:00.000Z", previous)
        previous = versions.hash_of_link(link)
        links.append(Stored(position, link, previous))
    return links, texts


def walked(
    links: list[Stored], texts: dict[str, str], until: int, after: Head | None = None
) -> list[tuple[int, What]]:
    wrong, _ = versions.walk(after or Head(0, GENESIS), links, texts, until)
    return [(each.place, each.what) for each in wrong]


def test_the_version_of_content_is_the_hash_of_what_it_says() -> None:
    """E9: it does not name itself, and any other word makes another."""
    content = Content("T", "B", templates=OWN)
    text = versions.text_of(content)
    named = msgspec.structs.replace(content, version=versions.version_of(text))
    assert versions.text_of(named) == text
    assert versions.version_of(text).startswith("sha256:")
    other = msgspec.structs.replace(content, body="b")
    assert versions.version_of(versions.text_of(other)) != named.version


@given(st.integers(0, 8), st.integers(0, 8))
def test_a_chain_as_it_was_written_verifies_from_any_place(count: int, after: int) -> None:
    """E9."""
    links, texts = chain(count)
    after = min(after, count)
    start = Head(after, links[after - 1].hash) if after else Head(0, GENESIS)
    wrong, head = versions.walk(start, links[after:], texts, count)
    assert wrong == []
    assert head == (Head(count, links[-1].hash) if count else Head(0, GENESIS))


@given(st.integers(0, 4))
def test_changed_words_are_named(place: int) -> None:
    """E9."""
    links, texts = chain(5)
    texts[links[place].link.version] += " "
    assert walked(links, texts, 5) == [(place + 1, What.CHANGED)]


@given(st.integers(0, 4))
def test_words_that_are_gone_are_named(place: int) -> None:
    """E9."""
    links, texts = chain(5)
    del texts[links[place].link.version]
    assert walked(links, texts, 5) == [(place + 1, What.MISSING)]


@given(st.integers(0, 4))
def test_a_link_that_is_gone_is_named_also_the_last(place: int) -> None:
    """E9."""
    links, texts = chain(5)
    del links[place]
    assert walked(links, texts, 5) == [(place + 1, What.MISSING)]


@given(st.integers(0, 4))
def test_a_changed_link_is_named(place: int) -> None:
    """E9."""
    links, texts = chain(5)
    found = links[place]
    links[place] = replace(found, link=msgspec.structs.replace(found.link, at="2020-01-01"))
    assert walked(links, texts, 5) == [(place + 1, What.CHANGED)]


@given(st.integers(0, 4), st.integers(0, 4))
def test_two_links_that_changed_places_are_named(one: int, other: int) -> None:
    """E9."""
    links, texts = chain(5)
    if one == other:
        return
    links[one], links[other] = (
        replace(links[other], place=one + 1),
        replace(links[one], place=other + 1),
    )
    found = walked(links, texts, 5)
    assert {(one + 1, What.REORDERED), (other + 1, What.REORDERED)} <= set(found)


def test_a_link_written_anew_with_its_hash_does_not_fit_the_next() -> None:
    """E9: who changes one has to change all behind it, up to the head that somebody keeps."""
    links, texts = chain(5)
    link = msgspec.structs.replace(links[1].link, version=links[3].link.version)
    links[1] = Stored(2, link, versions.hash_of_link(link))
    assert walked(links, texts, 5) == [(3, What.CHANGED)]


def test_a_chain_written_anew_does_not_have_the_head_that_was_kept() -> None:
    """E9."""
    links, _ = chain(3)
    kept = Head(2, "sha256:" + "1" * 64)
    wrong, start = versions.start(kept, links[1], 3)
    assert [(each.place, each.what) for each in wrong] == [(2, What.CHANGED)]
    assert start == Head(2, links[1].hash), "it goes on from what there is"
    assert versions.start(Head(2, links[1].hash), links[1], 3) == ([], start)
    assert versions.start(Head(2, ""), links[1], 3) == ([], start)
    (cut,), _ = versions.start(Head(9, links[1].hash), None, 3)
    assert (cut.place, cut.what) == (9, What.MISSING)
