"""A rule as data, and which channels it may give at all (A4)."""

import msgspec
import pytest

from sluice.codes.rules.areas import ready_area
from sluice.codes.rules.choice import Candidate, Rule
from sluice.codes.rules.places import NOWHERE, Place
from tests.support.candidates import BUND, SQUARE, THURSDAY_NOON, around, channel, left_out, weekly

OF_THE_VERSION_BEFORE = [
    ({}, Rule()),
    ({"order": "random"}, Rule(order="random")),
    (
        {"kind": "group", "own_first": False, "area": "require", "reservation_seconds": 60},
        Rule(kind="group", own_first=False, area="require", reservation_seconds=60),
    ),
]


@pytest.mark.parametrize(("stored", "rule"), OF_THE_VERSION_BEFORE)
def test_a_rule_stored_by_the_version_before_is_read(stored: dict[str, object], rule: Rule) -> None:
    assert msgspec.convert(stored, Rule) == rule


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": "fastest"},
        {"nearest": "yes"},
        {"area": None},
        {"kind": "robot"},
        {"reservation_seconds": 4},
        {"prefer": ["own"]},
        {"owners": []},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Rule)


def test_a_rule_is_stored_without_its_defaults() -> None:
    assert msgspec.to_builtins(Rule(order="rotation", nearest=True)) == {
        "order": "rotation",
        "nearest": True,
    }


@pytest.mark.parametrize(
    ("candidate", "rule", "code"),
    [
        (channel("a"), Rule(), ""),
        (channel("a", open=False), Rule(order="random"), "closed"),
        (channel("a"), Rule(kind="group"), "kind"),
        (channel("a", owner_id="zhou"), Rule(owners=("lin", "zhou")), ""),
        (channel("a", owner_id="wu"), Rule(owners=("lin", "zhou")), "not-theirs"),
        (channel("a"), Rule(owners=("lin",), order="random"), "not-theirs"),
        (channel("a", full=True), Rule(), "full"),
        (channel("a", full=True), Rule(order="rotation"), "full"),
        (channel("a", full=True), Rule(order="least-loaded"), "full"),
        (channel("a", full=True), Rule(order="random"), ""),  # the write decides
        (channel("a", full_day="2026-03-05"), Rule(), "full-today"),
        (channel("a", full_day="2026-03-05"), Rule(order="random"), ""),
        (channel("a", full_day="2026-03-04"), Rule(), ""),  # it was yesterday
        (channel("a", shifts=weekly("thu", "09:00-18:00")), Rule(), ""),
        (channel("a", shifts=weekly("fri", "09:00-18:00")), Rule(order="random"), "off-shift"),
    ],
)
def test_who_is_given_to_nobody_now(candidate: Candidate, rule: Rule, code: str) -> None:
    assert left_out(candidate, None, rule, NOWHERE, THURSDAY_NOON) == code


EXACT = Place(location=SQUARE, country="CN", region="CN-SH")
ROUGH = Place(location=SQUARE, coarse=True, country="CN", region="CN-SH")
COUNTRY = Place(country="CN")
HERE, THERE = around(SQUARE, 500), around(BUND, 500)
SHANGHAI, GUANGDONG = {"region": ["CN-SH"]}, {"region": ["CN-GD"]}


@pytest.mark.parametrize(
    ("area", "place", "matched", "required"),
    [
        (None, EXACT, "", "no-area"),
        (None, NOWHERE, "", "no-area"),
        (HERE, EXACT, "", ""),
        (HERE, ROUGH, "", ""),
        (HERE, COUNTRY, "", "place-unknown"),
        (THERE, EXACT, "elsewhere", "elsewhere"),
        (THERE, ROUGH, "", "place-unknown"),  # a rough location leaves no shape out
        (SHANGHAI, EXACT, "", ""),
        (GUANGDONG, EXACT, "elsewhere", "elsewhere"),
        (GUANGDONG, ROUGH, "elsewhere", "elsewhere"),
        (GUANGDONG, COUNTRY, "", "place-unknown"),
        (GUANGDONG, NOWHERE, "", "place-unknown"),
    ],
)
def test_who_is_not_for_a_place(
    area: dict[str, object] | None, place: Place, matched: str, required: str
) -> None:
    ready = None if area is None else ready_area(area)
    one = channel("a", service_area=area)
    assert left_out(one, ready, Rule(), place, THURSDAY_NOON) == matched
    assert left_out(one, ready, Rule(area="require"), place, THURSDAY_NOON) == required
    assert left_out(one, ready, Rule(area="ignore"), place, THURSDAY_NOON) == ""
