"""What a run by a template says to each user, and to whom it can say nothing (E7, E8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules import templates
from sluice.push.rules.audiences import read_piece
from sluice.push.rules.run_words import Words, fault_of, shared_faults, values_of
from sluice.push.rules.templates import Template, Wording

TEMPLATE = Template(
    {
        "en": Wording("Tea, {name}", "{tea} is here.", "https://tea.example/{tea}"),
        "zh-CN": Wording("{name}", "{tea}"),
    },
    "en",
    ("name", "tea"),
)


def words(**shared: str) -> Words:
    return Words("spring-tea", TEMPLATE, shared)


@pytest.mark.parametrize(
    ("shared", "row", "expected"),
    [
        ({}, {"name": "Li", "tea": "Oolong"}, {"name": "Li", "tea": "Oolong"}),
        ({"tea": "Longjing"}, {"name": "Li"}, {"name": "Li", "tea": "Longjing"}),
        ({"tea": "Longjing"}, {"tea": "Oolong"}, {"tea": "Oolong"}),
        ({"tea": "Longjing"}, {"tea": ""}, {"tea": "Longjing"}),
        ({}, {"name": "Li", "city": "Xian"}, {"name": "Li"}),
    ],
)
def test_a_users_own_values_go_before_those_of_all(
    shared: dict[str, str], row: dict[str, str], expected: dict[str, str]
) -> None:
    assert values_of(words(**shared), row) == expected


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"name": "Li", "tea": "Oolong"}, None),
        ({"name": "Li"}, "missing: tea"),
        ({"name": "Li", "tea": ""}, "missing: tea"),
        ({"Name": "Li"}, "missing: name, tea"),
        ({"name": "L" * 200, "tea": "x"}, "they make an empty title, or one over 200 characters"),
    ],
)
def test_to_whom_nothing_whole_can_be_said_is_told_without_their_values(
    row: dict[str, str], fault: str | None
) -> None:
    assert fault_of(words(), row) == fault


@pytest.mark.parametrize(
    ("shared", "is_listed", "fields"),
    [
        ({"name": "you", "tea": "Oolong"}, False, []),
        ({"name": "you"}, False, ["variables.tea"]),
        ({"name": "you"}, True, []),
        ({}, True, []),
        ({"city": "Xian"}, True, ["variables.city"]),
        ({"name": "x" * 200, "tea": "x"}, False, ["variables"]),
    ],
)
def test_without_a_list_what_all_share_must_be_all(
    shared: dict[str, str], fields: list[str], *, is_listed: bool
) -> None:
    assert [field for field, _ in shared_faults(words(**shared), is_listed=is_listed)] == fields


@given(st.dictionaries(st.sampled_from(["name", "tea", "city"]), st.text(max_size=200)))
def test_who_is_not_rejected_can_be_told_in_every_language(row: dict[str, str]) -> None:
    if fault_of(words(), row) is not None:
        return
    for locale in TEMPLATE.locales:
        told = templates.fill(templates.words(TEMPLATE, locale), values_of(words(), row))
        assert templates.filled_faults(told) == []
        assert "{" not in (told.link or "")


def test_a_line_that_leaves_a_variable_open_is_a_reject() -> None:
    data = b"user_id,name,tea\nu-1,Li,Oolong\nu-2,,Oolong\n"
    piece = read_piece(
        data, ["user_id", "name", "tea"], 1, is_end=True, check=lambda row: fault_of(words(), row)
    )
    assert [entry.user_id for entry in piece.entries] == ["u-1"]
    assert [(reject.line, reject.reason) for reject in piece.rejects] == [(3, "missing: name")]
