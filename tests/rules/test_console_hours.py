"""Hours of channels as people write them: what is written is read as the same (A4, F5)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.console import hours
from sluice.shared import errors

TIME = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
SPAN = st.fixed_dictionaries({"from": TIME, "to": TIME})
DAYS = st.sets(st.sampled_from(range(7)), min_size=1).map(
    lambda found: [hours.DAYS[number] for number in sorted(found)]
)
WEEKLY = st.builds(lambda days, span: {"days": days, **span}, DAYS, SPAN)
DATE = st.builds(
    lambda day, spans: {"date": day.isoformat(), "hours": spans},
    st.dates().filter(lambda day: day.year >= 1000),
    st.lists(SPAN, max_size=4),
)


@given(st.lists(WEEKLY, max_size=6), st.lists(DATE, max_size=4), st.sampled_from(["en", "zh"]))
def test_what_is_written_is_read_as_the_same(
    week: list[Any], dates: list[Any], language: str
) -> None:
    shifts = {"week": week, "dates": dates}
    assert hours.read(hours.written(shifts, language), "hours") == (
        shifts if week or dates else None
    )


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("mon-wed 9:00-18:00", ["mon", "tue", "wed"]),
        ("Sat, Sun 09:00-18:00", ["sat", "sun"]),
        ("周五至周一 09:00至18:00", ["fri", "sat", "sun", "mon"]),
    ],
)
def test_days_may_be_named_in_several_ways(line: str, days: list[str]) -> None:
    assert hours.read(line, "hours") == {
        "week": [{"days": days, "from": "09:00", "to": "18:00"}],
        "dates": [],
    }


@pytest.mark.parametrize(
    "line", ["whenever", "mon", "09:00-18:00", "mon 9-18", "noday 09:00-18:00", "2026-10-01"]
)
def test_what_is_not_understood_is_quoted(line: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        hours.read(line, "hours")
    assert refused.value.extensions()["fields"] == [
        {"field": "hours", "reason": f"not understood: {line}"}
    ]


@given(st.text(max_size=60))
def test_anything_is_read_or_refused(text: str) -> None:
    try:
        hours.read(text, "hours")
    except errors.Invalid:
        return
