"""When an alarm begins and when it is over (A10)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules import alarms
from sluice.codes.rules.alarms import Alarm, Load, Scanned

FILLING = Alarm(alarms.POOL_FILLING, "contact")
NEARLY = Alarm(alarms.POOL_NEARLY_FULL, "contact")
SILENT = Alarm(alarms.NO_CONNECTIONS, "CODE")
NEAR = Alarm(alarms.QUOTA_NEAR, "channels")
SCANS = 50


def begun(readings: list[alarms.Reading], raised: set[Alarm]) -> set[Alarm]:
    """Return the alarms that are open after a look."""
    now = set(raised)
    for move, reading in alarms.moves(readings, raised):
        (now.add if move == "raise" else now.discard)(reading.alarm)
    return now


@pytest.mark.parametrize(
    ("held", "raised", "after"),
    [
        (800, set(), set()),
        (801, set(), {FILLING}),
        (800, {FILLING}, {FILLING}),
        (750, {FILLING}, {FILLING}),
        (749, {FILLING}, set()),
        (950, {FILLING}, {FILLING}),
        (951, set(), {FILLING, NEARLY}),
        (900, {FILLING, NEARLY}, {FILLING, NEARLY}),
        (899, {FILLING, NEARLY}, {FILLING}),
        (1_200, {FILLING, NEARLY}, {FILLING, NEARLY}),
        (0, {FILLING, NEARLY}, set()),
    ],
)
def test_a_pool_is_told_over_80_and_95_percent_and_over_below_75_and_90(
    held: int, raised: set[Alarm], after: set[Alarm]
) -> None:
    loads = [Load("contact", 400, min(held, 400)), Load("contact", 600, max(0, held - 400))]
    assert begun(alarms.pools(loads), raised) == after


def test_each_kind_of_channel_is_a_pool_of_its_own() -> None:
    readings = alarms.pools([Load("contact", 10, 0), Load("group", 10, 10)])
    assert begun(readings, set()) == {
        Alarm(alarms.POOL_FILLING, "group"),
        Alarm(alarms.POOL_NEARLY_FULL, "group"),
    }


def test_a_pool_that_is_no_more_is_no_alarm_any_more() -> None:
    """And nothing is divided by zero where all caps are."""
    assert begun(alarms.pools([Load("contact", 0, 0)]), {FILLING}) == set()


@given(st.lists(st.integers(0, 1_000), max_size=60))
def test_however_a_pool_wavers_an_episode_takes_a_way_of_five_percent(loads: list[int]) -> None:
    """Between a beginning and the next the pool was below 75 %."""
    raised: set[Alarm] = set()
    lowest = 0
    for held in loads:
        lowest = min(lowest, held)
        after = begun(alarms.pools([Load("contact", 1_000, held)]), raised)
        if FILLING in after - raised:
            assert held > 800
            assert lowest < 750
            lowest = held
        raised = after


@pytest.mark.parametrize(
    ("days", "connections", "raised", "after"),
    [
        ((49, 49), 0, set(), set()),
        ((50, 50), 0, set(), {SILENT}),
        ((50, 50), 1, set(), set()),
        ((50, 90), 1, {SILENT}, set()),
        ((0, 50), 0, {SILENT}, {SILENT}),  # the next morning
        ((0, 24), 0, {SILENT}, set()),
        ((30, 79), 0, set(), set()),
        ((60, 60), 0, {SILENT}, {SILENT}),
    ],
)
def test_a_code_that_brings_nobody_is_told_until_it_does_or_rests(
    days: tuple[int, int], connections: int, raised: set[Alarm], after: set[Alarm]
) -> None:
    """`days` are today's views, and those of today and yesterday."""
    assert begun(alarms.silent([Scanned("CODE", *days, connections)], SCANS), raised) == after


def test_a_code_nobody_scans_any_more_is_no_alarm() -> None:
    assert begun(alarms.silent([], SCANS), {SILENT}) == set()


@pytest.mark.parametrize(
    ("used", "raised", "after"),
    [
        (9_000, set(), set()),
        (9_001, set(), {NEAR}),
        (8_500, {NEAR}, {NEAR}),
        (8_499, {NEAR}, set()),
    ],
)
def test_a_quota_is_told_over_90_percent(used: int, raised: set[Alarm], after: set[Alarm]) -> None:
    assert begun([alarms.quota("channels", used, 10_000)], raised) == after


def test_a_look_leaves_alone_what_others_raise() -> None:
    """A provider's account, and quotas that only its adapter knows."""
    others = {
        Alarm(alarms.PROVIDER_ABNORMAL, "wecom"),
        Alarm(alarms.QUOTA_NEAR, "wecom.ways"),
    }
    assert begun([], others) == others


@pytest.mark.parametrize("locale", ["en", "zh", "de"])
@pytest.mark.parametrize("kind", alarms.KINDS)
def test_every_alarm_has_its_words_and_needs_no_fact(kind: str, locale: str) -> None:
    said = alarms.message(locale, Alarm(kind, "it"), {})
    assert set(said) == {"title", "body"}
    assert "it" in said["body"]
    assert not re.search(r"[{}]", said["body"])


def test_a_fact_is_no_format() -> None:
    said = alarms.message(
        "en", Alarm(alarms.PROVIDER_ABNORMAL, "a"), {"reason": "{held.__class__}"}
    )
    assert said["body"].endswith("{held.__class__}")


def test_active_operators_are_told() -> None:
    both, member = frozenset({"operator", "member"}), frozenset({"member"})
    members = [("a", True, both), ("b", False, both), ("c", True, member)]
    assert alarms.operators(members) == ["a"]
