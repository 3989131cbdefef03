"""Rules of segments (C1): by type, by value, nested, bounded."""

from datetime import UTC, datetime

import msgspec
import pytest

from sluice.invitations.rules import segments
from sluice.invitations.rules.lists import Entry, Known, Value
from sluice.invitations.rules.segments import Rule

LIN: dict[str, Value] = {"city": "Hangzhou", "age": 34, "balance": 1200.5, "vip": True}


def rule_of(given: object) -> Rule:
    rule: Rule = msgspec.convert(given, Rule)
    return rule


def leaf(kind: str, attribute: str, **named: object) -> dict[str, object]:
    return {"kind": kind, "attribute": attribute, **named}


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        (leaf("equals", "city", value="Hangzhou"), True),
        (leaf("equals", "city", value="hangzhou"), False),
        (leaf("equals", "vip", value=True), True),
        (leaf("equals", "vip", value=1), False),
        (leaf("equals", "age", value=34.0), True),
        (leaf("equals", "none", value="x"), False),
        (leaf("in", "city", values=["Suzhou", "Hangzhou"]), True),
        (leaf("in", "city", values=["Suzhou"]), False),
        (leaf("at_least", "age", value=34), True),
        (leaf("at_least", "age", value=35), False),
        (leaf("at_most", "balance", value=1200), False),
        (leaf("at_least", "city", value=1), False),
        (leaf("at_least", "vip", value=0), False),
        (leaf("at_most", "none", value=1), False),
        (leaf("exists", "age"), True),
        (leaf("exists", "none"), False),
    ],
)
def test_a_part_and_its_opposite(given: dict[str, object], holds: bool) -> None:  # noqa: FBT001
    assert segments.matches(rule_of(given), LIN) is holds
    assert segments.matches(rule_of({"kind": "not", "of": given}), LIN) is not holds


def test_parts_of_parts() -> None:
    young = leaf("at_most", "age", value=25)
    vip = leaf("equals", "vip", value=True)
    assert segments.matches(rule_of({"kind": "any", "of": [young, vip]}), LIN)
    assert not segments.matches(rule_of({"kind": "all", "of": [young, vip]}), LIN)


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "all", "of": []},
        {"kind": "some", "of": []},
        leaf("equals", "City", value="x"),
        leaf("equals", "city", value=None),
        leaf("in", "city", values=[]),
        leaf("exists", "city", value=1),
    ],
)
def test_what_is_no_rule_is_refused(given: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        rule_of(given)


def test_a_rule_has_an_end() -> None:
    deep: object = leaf("exists", "age")
    for _ in range(segments.MAX_DEPTH):
        deep = {"kind": "not", "of": deep}
    assert segments.faults(rule_of(deep))
    wide = [{"kind": "any", "of": [leaf("exists", "age")] * 20}] * 3
    assert segments.faults(rule_of({"kind": "all", "of": wide}))
    assert not segments.faults(rule_of(leaf("exists", "age")))


def test_without_a_rule_the_list_decides() -> None:
    entry = Entry(datetime(2026, 3, 1, tzinfo=UTC), "import:1")
    assert segments.is_in("gold", None, Known(("a",), lists={"segment:gold": entry}))
    assert not segments.is_in("gold", None, Known(("a",), lists={"segment:silver": entry}))
