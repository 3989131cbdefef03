"""The console's pages of segments: whom promotions are for (C1, F5)."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.console import Visitor, ask, signed_in
from tests.support.staff import found_organization

EVIL = '"><script>alert(1)</script>'
GIVEN = {
    "segment_id": "gold",
    "name": "Gold <b>customers</b>",
    "kind": "all",
    "rows[0].attribute": "balance",
    "rows[0].test": "at_least",
    "rows[0].value": "0.5",
    "rows[1].attribute": "",
    "rows[2].attribute": "city",
    "rows[2].test": "in",
    "rows[2].value": "Shanghai，Hangzhou",
    "rows[3].attribute": "left",
    "rows[3].test": "not_equals",
    "rows[3].value": "true",
}
PARTS: list[Any] = [
    {"kind": "at_least", "attribute": "balance", "value": 0.5},
    {"kind": "in", "attribute": "city", "values": ["Shanghai", "Hangzhou"]},
    {"kind": "not", "of": {"kind": "equals", "attribute": "left", "value": True}},
]
SEVERAL = {"kind": "any", "of": [{"kind": "all", "of": PARTS[:2]}, PARTS[2]]}
COMMAS = {"kind": "in", "attribute": "city", "values": ["a, b", "c"]}
STRANGE = ["7", "", " x ", "null", '"x"', "a = b", EVIL, 7, -0.25, False]


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def made() -> Visitor:
    """Return an operator's browser after GIVEN was sent."""
    visitor = signed_in()
    sent = visitor.post("segments/new", **GIVEN)
    assert sent.location == "segments?done=saved", sent.text
    return visitor


def as_it_came(page: str) -> dict[str, str]:
    """Return the fields of a page's form, as a browser sends them back."""
    inputs = re.findall(r'<input id="[^"]+" name="([^"]+)" type="text" value="([^"]*)"', page)
    chosen = re.findall(
        r'<select id="[^"]+" name="([^"]+)".*?<option value="([^"]+)" selected', page, re.DOTALL
    )
    areas = re.findall(r'<textarea id="[^"]+" name="([^"]+)".*?>(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in (*inputs, *chosen, *areas)}


def test_a_segment_is_made_and_told_in_words() -> None:
    visitor = signed_in()
    assert "There is no segment yet." in visitor.get("segments").text
    made()
    assert ask("GET", "segments/gold")["rule"] == {"kind": "all", "of": PARTS}
    listed = visitor.get("segments")
    told = "balance is at least 0.5 and city is one of Shanghai, Hangzhou and left is not true"
    assert told in listed.text
    assert "Gold &lt;b&gt;customers" in listed.html
    assert "不小于 0.5 且 city 属于" in signed_in(language="zh").get("segments").text


def test_without_conditions_it_is_a_list() -> None:
    visitor = made()
    visitor.post("segments/gold", **GIVEN | {"kind": "list"})
    assert ask("GET", "segments/gold").get("rule") is None
    assert "who is on its list" in visitor.get("segments").text
    assert "segment:gold" in visitor.get("segments/gold").text


@pytest.mark.parametrize(
    "rule",
    [
        None,
        PARTS[0],
        PARTS[2],
        {"kind": "all", "of": PARTS},
        {"kind": "any", "of": PARTS},
        {"kind": "any", "of": [{"kind": "exists", "attribute": "a"}, *PARTS]},
        {"kind": "all", "of": [{"kind": "equals", "attribute": "a", "value": v} for v in STRANGE]},
        {"kind": "in", "attribute": "a", "values": STRANGE},
        {"kind": "not", "of": {"kind": "not", "of": PARTS[0]}},
        SEVERAL,
        COMMAS,
    ],
)
def test_a_form_that_is_sent_as_it_came_changes_nothing(rule: Any) -> None:
    """Also of rules that no row can say: they are kept as JSON."""
    ask("PUT", "segments/gold", {"name": "Gold", "rule": rule})
    before = ask("GET", "segments/gold")
    visitor = signed_in()
    page = visitor.get("segments/gold").html
    assert EVIL not in page
    sent = visitor.post("segments/gold", **as_it_came(page))
    assert sent.status == 303, sent.text
    assert ask("GET", "segments/gold") == before


@pytest.mark.parametrize(
    ("changes", "marked"),
    [
        ({"segment_id": ""}, "segment_id"),
        ({"segment_id": "a/b"}, ""),
        ({"rows[2].value": ""}, "rows[2].value"),
        ({"rows[0].attribute": "No such"}, "rule"),
        ({"rows[0].value": "much"}, "rule"),
        ({"rows[0].test": "like"}, "rule"),
        ({"kind": "several"}, "rule"),
        ({"kind": "json", "rule": "[]"}, "rule"),
        ({"kind": "json", "rule": EVIL}, "rule"),
        ({"kind": "json", "rule": '{"kind": "all", "of": []}'}, "rule"),
        ({"rows[0].attribute": "", "rows[2].attribute": "", "rows[3].attribute": ""}, "rows[0]"),
        ({"name": EVIL + "x" * 200}, "name"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_stays_written(
    changes: dict[str, str], marked: str
) -> None:
    seen = signed_in().post("segments/new", **GIVEN | changes)
    assert seen.status == 400
    assert f'id="wrong-{marked}' in seen.html or not marked
    assert 'value="true"' in seen.html
    assert EVIL not in seen.html
    assert ask("GET", "segments")["items"] == []


def test_a_segment_is_not_made_twice_and_not_changed_where_there_is_none() -> None:
    again = made().post("segments/new", **GIVEN | {"kind": "any"})
    assert (again.status, "is taken" in again.text) == (400, True)
    assert ask("GET", "segments/gold")["version"] == 1
    visitor = signed_in()
    assert visitor.get("segments/none").status == 404
    assert visitor.post("segments/none", **GIVEN).status == 404


def test_only_operators_see_them() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    for path in ("segments", "segments/new", "segments/gold"):
        assert visitor.get(path).status == 403
        assert visitor.post(path).status in {403, 404}
