"""What a notice says as a push."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules import notices
from sluice.push.rules.contents import Content
from sluice.push.rules.notices import Notice


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"title": "Free", "body": "Come.", "link": "https://s.example.com/s/A", "channel": "x"},
            Content("Free", "Come.", "https://s.example.com/s/A"),
        ),
        (
            {"channel": "Lin", "share": "95 %"},
            Content("operator-alarms", "channel: Lin\nshare: 95 %"),
        ),
        ({}, Content("operator-alarms", "operator-alarms")),
        (
            {"title": "", "body": "", "link": "javascript:alert(1)"},
            Content("operator-alarms", "operator-alarms"),
        ),
    ],
)
def test_a_notice_has_its_own_words_else_tells_its_facts(
    content: dict[str, str], expected: Content
) -> None:
    assert notices.content_of(Notice("operator-alarms", "boss", content)) == expected


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=500), max_size=16))
def test_whatever_is_told_makes_a_message_that_a_push_can_carry(content: dict[str, str]) -> None:
    made = notices.content_of(Notice("kind", "u", content))
    assert 1 <= len(made.title) <= 200
    assert 1 <= len(made.body) <= 2000


def test_the_strategy_of_the_kind_is_asked_before_the_one_for_all() -> None:
    assert notices.strategies_of(Notice("waiting-served", "c", {})) == ("waiting-served", "notices")
    assert notices.strategies_of(Notice("notices", "c", {})) == ("notices",)
