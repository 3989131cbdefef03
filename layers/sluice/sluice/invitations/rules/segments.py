"""Segments (C1): whom a promotion is for, by a list or by a rule over attributes.

A rule is data. What it compares with an attribute that is missing or of another type is not so;
`not` of that is.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, TypeIs

import msgspec
from msgspec import Meta

from sluice.invitations.rules.lists import ATTRIBUTE, MAX_TEXT, Known, Value, segment_list

MAX_DEPTH = 5
MAX_PARTS = 50
_MAX_OF = 20

type Name = Annotated[str, Meta(pattern=ATTRIBUTE)]
type Number = (
    Annotated[int, Meta(ge=-(10**15), le=10**15)] | Annotated[float, Meta(ge=-1e15, le=1e15)]
)
type Plain = Annotated[str, Meta(max_length=MAX_TEXT)] | Number | bool


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """The base of every part of a rule."""


class All(_Part, frozen=True, tag="all"):
    """Every part is so."""

    of: Annotated[tuple["Rule", ...], Meta(min_length=1, max_length=_MAX_OF)]


class Any(_Part, frozen=True, tag="any"):
    """At least one part is so."""

    of: Annotated[tuple["Rule", ...], Meta(min_length=1, max_length=_MAX_OF)]


class Not(_Part, frozen=True, tag="not"):
    """The part is not so."""

    of: "Rule"


class Equals(_Part, frozen=True, tag="equals"):
    """The attribute is this text, number or truth value."""

    attribute: Name
    value: Plain


class In(_Part, frozen=True, tag="in"):
    """The attribute is one of these."""

    attribute: Name
    values: Annotated[tuple[Plain, ...], Meta(min_length=1, max_length=100)]


class AtLeast(_Part, frozen=True, tag="at_least"):
    """The attribute is a number, and not below this one."""

    attribute: Name
    value: Number


class AtMost(_Part, frozen=True, tag="at_most"):
    """The attribute is a number, and not above this one."""

    attribute: Name
    value: Number


class Exists(_Part, frozen=True, tag="exists"):
    """The attribute is known."""

    attribute: Name


type Rule = All | Any | Not | Equals | In | AtLeast | AtMost | Exists


def faults(rule: Rule) -> list[str]:
    """Return what is wrong with a rule that its types do not say."""
    depths = list(_depths(rule, 1))
    found = []
    if len(depths) > MAX_PARTS:
        found.append(f"over {MAX_PARTS} parts")
    if max(depths) > MAX_DEPTH:
        found.append(f"parts within parts, over {MAX_DEPTH} deep")
    return found


def _depths(rule: Rule, depth: int) -> Iterator[int]:
    yield depth
    parts = rule.of if isinstance(rule, All | Any) else (rule.of,) if isinstance(rule, Not) else ()
    for part in parts:
        yield from _depths(part, depth + 1)


def matches(rule: Rule, attributes: Mapping[str, Value]) -> bool:
    """Tell whether a rule holds for these attributes."""
    match rule:
        case All(of=parts):
            return all(matches(part, attributes) for part in parts)
        case Any(of=parts):
            return any(matches(part, attributes) for part in parts)
        case Not(of=part):
            return not matches(part, attributes)
        case _:
            return rule.attribute in attributes and _holds(rule, attributes[rule.attribute])


def _holds(rule: Equals | In | AtLeast | AtMost | Exists, found: Value) -> bool:
    match rule:
        case Equals():
            return _same(found, rule.value)
        case In():
            return any(_same(found, value) for value in rule.values)
        case AtLeast():
            return _is_number(found) and found >= rule.value
        case AtMost():
            return _is_number(found) and found <= rule.value
        case Exists():
            return True


def _same(found: Value, value: Value) -> bool:
    """Compare by type too: `true` is not 1, to Python alone it is."""
    return isinstance(found, bool) == isinstance(value, bool) and found == value


def _is_number(found: Value) -> TypeIs[int | float]:
    return isinstance(found, int | float) and not isinstance(found, bool)


def is_in(segment_id: str, rule: Rule | None, known: Known) -> bool:
    """Tell whether a person is in a segment: by its rule, or without one by its list."""
    if rule is None:
        return known.is_on(segment_list(segment_id))
    return matches(rule, known.attributes)
