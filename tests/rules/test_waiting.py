"""The rules of the waiting list (A4)."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules import waiting
from sluice.codes.rules.areas import Location
from sluice.codes.rules.choice import Rule
from sluice.codes.rules.places import Place
from tests.support.staff import NOW


@pytest.mark.parametrize(
    ("settings", "is_valid"),
    [
        ({}, True),
        ({"hours": 1, "called_seconds": 60}, True),
        ({"hours": 720, "called_seconds": 86_400}, True),
        ({"hours": 0}, False),
        ({"hours": 721}, False),
        ({"called_seconds": 59}, False),
        ({"called_seconds": 86_401}, False),
        ({"days": 1}, False),
    ],
)
def test_a_list_has_bounds(settings: dict[str, int], *, is_valid: bool) -> None:
    try:
        rule = msgspec.convert({"waiting": settings}, Rule)
    except msgspec.ValidationError:
        assert not is_valid
    else:
        assert is_valid
        assert msgspec.convert(msgspec.to_builtins(rule), Rule) == rule


def test_a_rule_without_a_list_has_none_and_is_stored_as_before() -> None:
    assert Rule().waiting is None
    assert "waiting" not in msgspec.to_builtins(Rule())


@pytest.mark.parametrize(
    ("kind", "queue", "competes_with"),
    [
        (None, "any", {"any", "contact", "group"}),
        ("contact", "contact", {"any", "contact"}),
        ("group", "group", {"any", "group"}),
    ],
)
def test_who_could_get_the_same_channel_competes(
    kind: str | None, queue: str, competes_with: set[str]
) -> None:
    assert waiting.queue_of(kind) == queue
    assert set(waiting.competing(kind)) == competes_with


@given(st.sampled_from([None, "contact", "group"]), st.sampled_from([None, "contact", "group"]))
def test_competing_is_mutual(one: str | None, other: str | None) -> None:
    before = waiting.queue_of(one) in waiting.competing(other)
    assert before == (waiting.queue_of(other) in waiting.competing(one))


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_what_is_kept_of_a_place_is_near_and_not_exact(latitude: float, longitude: float) -> None:
    kept = waiting.kept(Place(Location(latitude, longitude), city="Shanghai", region="CN-SH"))
    assert kept.location is not None
    assert abs(kept.location.latitude - latitude) <= 0.00051
    assert abs(kept.location.longitude - longitude) <= 0.00051
    assert (kept.city, kept.region) == (None, "CN-SH")
    assert waiting.kept(kept) == kept


@given(st.integers(0, 60_000))
def test_a_mark_is_taken_off_only_when_nobody_can_still_rely_on_it(milliseconds: int) -> None:
    """An entry that does not renew a mark has 10 s to reach the index before it may go."""
    marked_at, entered_at = NOW, NOW + timedelta(milliseconds=milliseconds)
    if not waiting.is_stale(marked_at, entered_at):
        assert not waiting.is_settled(marked_at, entered_at + timedelta(seconds=10))


@pytest.mark.parametrize(("locale", "word"), [("en-GB", "kept until"), ("zh-CN", "保留至")])
def test_whose_turn_it_is_is_told_in_their_language_and_time(locale: str, word: str) -> None:
    local = NOW + timedelta(hours=8)
    told = waiting.turn_notice("Lin", NOW, local.replace(tzinfo=None), None, locale)
    assert word in told["body"]
    assert "2026-03-05 16:00" in told["body"]
    assert "link" not in told
