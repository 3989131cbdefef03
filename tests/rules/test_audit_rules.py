"""What an entry of the audit log tells of a call, and what nobody can smuggle into it (F5)."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, field

from sluice.organizations import audit_rules
from sluice.organizations.audit_rules import GivenField, fields_of, things_in
from sluice.shared import http

PHONE = "+8613800000001"
NUMBER = 13_800_000_001  # one typed as a number


class _Colour(StrEnum):
    RED = "red"


class _Inner(http.Body):
    order: Literal["random", "rotation"] = "random"
    text: str = ""


class _Cat(msgspec.Struct, tag="cat"):
    name: str


class _Dog(msgspec.Struct, tag="dog"):
    name: str


class _Input(http.Body):
    cap: int = 0
    share: float = 0
    open: bool = True
    status: Literal["open", "closed"] | None = None
    colour: _Colour = _Colour.RED
    roles: list[Annotated[str, Meta(extra_json_schema={"enum": ["member", "operator"]})]] = field(
        default_factory=list
    )
    name: str = ""
    either: str | int = ""
    anything: Any = None
    words: list[str] = field(default_factory=list)
    free: dict[str, Any] = field(default_factory=dict)
    pairs: tuple[_Inner, ...] = ()
    inner: _Inner | None = None
    pet: _Cat | _Dog | None = None
    raw: msgspec.Raw = msgspec.Raw()
    photo: bytes = b""


class _Deep(msgspec.Struct):
    next: "_Deep | None" = None


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ({"cap": 5}, [GivenField("cap", 5)]),
        ({"share": 0.5}, [GivenField("share", 0.5)]),
        ({"open": False}, [GivenField("open", value=False)]),
        ({"status": "closed"}, [GivenField("status", "closed")]),
        ({"status": None}, [GivenField("status", None)]),
        ({"colour": "red"}, [GivenField("colour", "red")]),
        ({"roles": ["operator"]}, [GivenField("roles", ["operator"])]),
        ({"inner": {"order": "rotation"}}, [GivenField("inner.order", "rotation")]),
        ({"inner": None}, [GivenField("inner", None)]),
        ({"words": ["a", "b"]}, [GivenField("words", count=2)]),
        ({"pairs": [{"text": "a"}]}, [GivenField("pairs", count=1)]),
        ({}, []),
    ],
)
def test_numbers_switches_and_fixed_words_are_told(
    came: dict[str, Any], told: list[GivenField]
) -> None:
    assert fields_of(came, _Input) == told


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ({"name": PHONE}, GivenField("name")),
        ({"either": NUMBER}, GivenField("either")),  # where a text may stand, numbers are names
        ({"anything": NUMBER}, GivenField("anything")),
        ({"words": [PHONE]}, GivenField("words", count=1)),
        ({"free": {PHONE: NUMBER}}, GivenField("free", count=1)),
        ({"roles": [PHONE]}, GivenField("roles", count=1)),  # before it is refused
        ({"roles": ["member"] * 9}, GivenField("roles", count=9)),
        ({"pet": {"type": "cat", "name": PHONE}}, GivenField("pet", count=2)),
        ({"raw": {PHONE: PHONE}}, GivenField("raw", count=1)),
        ({"raw": NUMBER}, GivenField("raw")),
        ({"photo": "aGk="}, GivenField("photo")),
        ({"cap": 10**40}, GivenField("cap")),
        ({"inner": {"text": PHONE}}, GivenField("inner.text")),
    ],
)
def test_what_may_name_somebody_is_named_only(came: dict[str, Any], told: GivenField) -> None:
    assert fields_of(came, _Input) == [told]


def test_a_field_that_is_none_of_the_inputs_leaves_nothing() -> None:
    assert fields_of({PHONE: 1, "cap": 2}, _Input) == [GivenField("cap", 2)]


@given(
    st.recursive(
        st.text(min_size=4) | st.integers(min_value=10**9) | st.none() | st.booleans(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=4), inner),
        max_leaves=10,
    ),
    st.sampled_from(["name", "either", "anything", "words", "free", "pairs", "pet", "raw"]),
)
def test_no_text_or_number_gets_through_a_field_that_may_hold_any(came: Any, name: str) -> None:
    (told,) = fields_of({name: came}, _Input)
    assert told.name == name
    assert told.value in {UNSET, None}


def test_what_a_call_tells_is_bounded() -> None:
    deep: dict[str, Any] = {}
    many = msgspec.defstruct("Many", [(f"n{number}", int) for number in range(60)])
    assert len(fields_of({f"n{number}": 1 for number in range(60)}, many)) == audit_rules.MAX_FIELDS

    for _ in range(9):
        deep = {"next": deep}
    (told,) = fields_of(deep, _Deep)
    assert told == GivenField("next.next.next.next", count=1)


def test_things_are_named_by_ids_of_ours_only() -> None:
    named = {
        "organization_id": "acme",
        "channel_id": "front-desk",
        "code": "ABC",
        "user_id": "lin@example.com",
        "person_key": "k",
        "owner_id": "lin@example.com",
        "name": "Lin",
        "push_id": None,
        "member_id": 5,
    }
    assert things_in(named) == {"channel_id:front-desk", "code_id:ABC"}
