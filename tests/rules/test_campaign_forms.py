"""Rules of signups: answers by the form, and what feedback changes (B4, B6)."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.campaigns.rules import feedback, forms
from sluice.campaigns.rules.campaigns import Field
from sluice.campaigns.rules.feedback import Judged, Outcome
from sluice.organizations.rules import PhonePlan
from tests.support.staff import NOW

CHINA = PhonePlan("86", national_digits=[11])
OUTCOMES: list[Outcome] = ["took-part", "did-not", "cancelled"]


def field(kind: Any, **more: Any) -> Field:
    return Field(name="q", label="Question", type=kind, **more)


CHOICE = field("choice", choices=("早上", "evening"))


@pytest.mark.parametrize(
    ("asked", "said", "stored"),
    [
        (field("text"), "  Mei\u0301  ", "Me\u00ed"),
        (field("text", max_length=2), "王梅", "王梅"),
        (field("phone"), "138 0000-0011", "+8613800000011"),
        (field("phone"), "+44 20 7946 0018", "+442079460018"),
        (field("email"), "mei.wang@tea.example", "mei.wang@tea.example"),
        (field("number"), "１２,5", "12.5"),  # noqa: RUF001
        (field("number"), "-3", "-3"),
        (field("date"), "2028-02-29", "2028-02-29"),
        (CHOICE, "早上", "早上"),
    ],
)
def test_answers_are_stored_in_one_spelling(asked: Field, said: str, stored: str) -> None:
    assert forms.check([asked], {"q": said}, CHINA) == ({"q": stored}, [])
    assert forms.check([asked], {"q": stored}, CHINA) == ({"q": stored}, [])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (field("text", max_length=2), "abc"),
        (field("text"), "a" * 201),
        (field("text"), "a\x00b"),
        (field("text"), "a\u202eb"),
        (field("phone"), "12"),
        (field("phone"), "none"),
        (field("email"), "mei@tea"),
        (field("email"), "a@b.example\n.c"),
        (field("number"), "1e5"),
        (field("number"), "NaN"),
        (field("number"), "1" * 16),
        (field("date"), "2027-02-29"),
        (field("date"), "20270228"),
        (field("date"), "0000-01-01"),
        (CHOICE, "Evening"),
        (field("text", required=True), " \u3000 "),
    ],
)
def test_what_answers_no_question_of_its_type_is_named_and_not_repeated(
    asked: Field, said: str
) -> None:
    answers, wrong = forms.check([asked], {"q": said}, CHINA)
    assert not answers
    ((name, reason),) = wrong
    assert name == "q"
    assert said not in reason


def test_a_phone_without_a_country_needs_the_organisations_plan() -> None:
    answers, wrong = forms.check([field("phone")], {"q": "13800000011"}, None)
    assert not answers
    assert "country" in wrong[0][1]


def test_every_fault_is_told_at_once() -> None:
    form = [Field("name", "Name", required=True), Field("age", "Age", "number")]
    _, wrong = forms.check(form, {"age": "x", "other": "y"}, None)
    assert [name for name, _ in wrong] == ["other", "name", "age"]


@given(
    st.lists(st.sampled_from(["text", "phone", "email", "number", "date"]), max_size=4),
    st.dictionaries(st.sampled_from(["q0", "q1", "zz"]), st.text(" +-.,@0123a王１\x00\n")),  # noqa: RUF001
)
def test_whatever_is_sent_is_understood_or_named(kinds: list[Any], said: dict[str, str]) -> None:
    """What is accepted is accepted again as it is stored: the spelling is stable."""
    form = [
        Field(name=f"q{number}", label="Q", type=kind, required=True)
        for number, kind in enumerate(kinds)
    ]
    answers, wrong = forms.check(form, said, CHINA)
    assert not answers.keys() & {name for name, _ in wrong}
    assert {name for name, text in said.items() if text.strip()} <= answers.keys() | dict(
        wrong
    ).keys()
    assert forms.check(form, answers, CHINA).answers == answers


@given(st.lists(st.sampled_from(OUTCOMES)))
def test_counters_equal_a_recount_of_the_last_feedback(said: list[Outcome]) -> None:
    counted: Counter[str] = Counter()
    before: Outcome | None = None
    history: tuple[Judged, ...] = ()
    for number, outcome in enumerate(said):
        effect = feedback.effect_of(before, outcome)
        counted["participations"] += effect.participations
        counted["cancelled"] += effect.cancelled
        at = NOW + timedelta(seconds=number)
        history = feedback.with_judgement(history, Judged(outcome, at, "mei"))
        before = outcome
    assert counted["participations"] == (before == "took-part")
    assert counted["cancelled"] == (before == "cancelled")
    assert [each.outcome for each in history] == said[-feedback.MAX_HISTORY :]
