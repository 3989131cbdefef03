"""Money, parts and times as forms have them, and as the API takes them (F5)."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.console import amounts
from sluice.console.forms import Form
from sluice.shared.errors import Invalid

SHANGHAI = ZoneInfo("Asia/Shanghai")


@given(st.integers(0, 10**12), st.sampled_from(["CNY", "JPY", "KWD", "PTS"]))
def test_an_amount_comes_back_as_it_was_written(minor: int, currency: str) -> None:
    assert amounts.minor_of(amounts.written(minor, currency), "x", currency) == minor


@given(st.integers(0, 10**6))
def test_a_part_comes_back_as_it_was_written(millionths: int) -> None:
    assert amounts.millionths_of(amounts.percent(millionths), "x") == millionths


@pytest.mark.parametrize("text", ["abc", "1.234", "NaN", "Infinity", "1e999", "12 5"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        amounts.minor_of(text, "x", "CNY")


def test_times_are_of_the_organisations_clock_and_keep_their_seconds_where_untouched() -> None:
    known = {"starts_at": "2026-03-01T02:00:07Z"}
    shown = amounts.local_time(known["starts_at"], SHANGHAI)
    assert shown == "2026-03-01T10:00"
    same = Form({"starts_at": [shown]})
    assert amounts.time(same, "starts_at", SHANGHAI, known) == known["starts_at"]
    other = Form({"starts_at": ["2026-03-02T10:00"]})
    found = amounts.time(other, "starts_at", SHANGHAI, known)
    assert found == "2026-03-02T10:00:00+08:00"
    with pytest.raises(Invalid):
        amounts.time(Form({}), "starts_at", SHANGHAI, {"starts_at": "2026-03-01T02:00:07Z"})
