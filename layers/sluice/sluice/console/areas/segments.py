"""Segments: whom promotions are for, by a list or by what is known of people (C1)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from sluice.console import plain_values
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

MAX_ROWS = 20
_SPARE = 2  # empty rows below those there are
TESTS = ("equals", "in", "at_least", "at_most", "exists")  # and `not_` of each


class Row(NamedTuple):
    """One condition as a form has it."""

    attribute: str = ""
    test: str = "equals"
    value: str = ""


class Shape(NamedTuple):
    """A rule as a form has it: rows of which all or any are so, or its JSON."""

    kind: str  # `list`, `all`, `any` or `json`
    rows: Sequence[Row] = ()
    json: str = ""


@page("segments", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of segments: one call."""
    answer = visit.api.get("segments", limit=50, cursor=visit.query.get("cursor"))
    shapes = {one["segment_id"]: shape_of(one.get("rule")) for one in answer["items"]}
    return visit.show("segments/list.html", answer=answer, shapes=shapes)


@page("segments/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask who is in a new segment."""
    return _edit(visit, {})


@page("segments/new", roles=OPERATORS, method="POST")
def create(visit: Visit) -> Result:
    """Store a segment, unless there is one with this id."""
    segment_id = visit.form.text("segment_id")
    if not segment_id:
        raise errors.Invalid("A segment needs an id.", [("segment_id", "missing")])
    visit.api.create("segments", segment_id, body=_body(visit.form), named="segment_id")
    return visit.go("segments", done="saved")


@page("segments/{segment_id}", roles=OPERATORS)
def ask_to_change(visit: Visit) -> Result:
    """Show a segment, to change."""
    return _edit(visit, visit.api.get("segments", visit.path["segment_id"]))


@page("segments/{segment_id}", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Store a segment; who took part before, did. Of one that went meanwhile: not found."""
    segment_id, body = visit.path["segment_id"], _body(visit.form)
    visit.api.get("segments", segment_id)
    visit.api.put("segments", segment_id, body=body, seen=visit.form.text("seen"))
    return visit.go("segments", done="saved")


def _edit(visit: Visit, segment: Mapping[str, Any]) -> Result:
    shape = shape_of(segment.get("rule"))
    written = sum(f"rows[{n}].attribute" in visit.form for n in range(MAX_ROWS))
    count = min(MAX_ROWS, max(len(shape.rows) + _SPARE, written))
    rows = [*shape.rows, *(Row() for _ in range(count - len(shape.rows)))]
    return visit.show("segments/edit.html", segment=segment, shape=shape, rows=rows)


def _body(form: Form) -> dict[str, Any]:
    """Return the form as what a PUT takes. Raises Invalid."""
    return form.given(name=form.text("name"), rule=_rule(form))


def shape_of(rule: Mapping[str, Any] | None) -> Shape:
    """Return a rule as a form has it."""
    if rule is None:
        return Shape("list")
    kind = rule["kind"] if rule["kind"] in ("all", "any") else "all"
    parts = rule["of"] if rule["kind"] == kind else [rule]
    rows = [_row(part) for part in parts]
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        return Shape("json", json=msgspec.json.format(msgspec.json.encode(rule)).decode())
    return Shape(kind, known)


def _row(part: Mapping[str, Any]) -> Row | None:
    """Return a condition as a row, None where no row can say it."""
    prefix = ""
    if part["kind"] == "not":
        prefix, part = "not_", part["of"]
    if part["kind"] not in TESTS:
        return None
    if part["kind"] == "in":
        values = [plain_values.written(value) for value in part["values"]]
        if any("," in value or "，" in value or "、" in value for value in values):
            return None
        value = ", ".join(values)
    else:
        value = plain_values.written(part["value"]) if "value" in part else ""
    return Row(part["attribute"], prefix + part["kind"], value)


def _rule(form: Form) -> Any:
    """Return the rule that the form says, None of a list. Raises Invalid."""
    kind = form.text("kind")
    if kind == "list":
        return None
    if kind == "json":
        try:
            return msgspec.json.decode(form.text("rule"), type=dict[str, Any])
        except msgspec.DecodeError:
            raise errors.Invalid("This is no rule.", [("rule", "not a rule as JSON")]) from None
    prefixes = [f"rows[{n}]." for n in range(MAX_ROWS) if form.text(f"rows[{n}].attribute")]
    parts = [_part(form, prefix) for prefix in prefixes]
    if not parts:
        raise errors.Invalid("Who is in it?", [("rows[0].attribute", "missing")])
    return parts[0] if len(parts) == 1 else {"kind": kind, "of": parts}


def _part(form: Form, prefix: str) -> dict[str, Any]:
    test, text = form.text(f"{prefix}test"), form.text(f"{prefix}value")
    kind = test.removeprefix("not_")
    part: dict[str, Any] = {"kind": kind, "attribute": form.text(f"{prefix}attribute")}
    if kind != "exists" and not text:
        raise errors.Invalid("A condition needs a value.", [(f"{prefix}value", "missing")])
    if kind == "in":
        part["values"] = [plain_values.read(each) for each in form.lines(f"{prefix}value")]
    elif kind != "exists":
        part["value"] = plain_values.read(text)
    return {"kind": "not", "of": part} if test != kind else part
