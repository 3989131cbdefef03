"""Why a channel was given, as it is stored and as people read it (A4)."""

import random
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules import reasons
from sluice.codes.rules.choice import Rule
from sluice.codes.rules.lineups import Ask, Lineup
from sluice.codes.rules.loads import Load, ranked
from sluice.codes.rules.places import Place
from tests.support.candidates import BUND, SQUARE, THURSDAY_NOON, around, channel


@pytest.mark.parametrize(
    ("why", "english", "chinese"),
    [
        ("own random", "the referrer's own, at random by weight", "推荐人自己的渠道，按权重随机"),
        (
            "anywhere least-loaded:12,50,2",
            "serves anywhere, least loaded: 12 of 50, weight 2",
            "不限服务范围，负载最低（名额 50 已用 12，权重 2）",
        ),
        (
            "backup region:CN rotation:31,1 head-start:30",
            "backup, serves the region CN, its turn: 31 turns so far, weight 1, counted as 30 more",
            "备用渠道，服务地区包含 CN，轮到该渠道（已轮 31 次，权重 1），起步值 30",
        ),
        (
            "area nearest:800 random",
            "serves the location, nearest: within 800 m, at random by weight",
            "服务范围包含客户位置，就近（距离 800 米以内），按权重随机",
        ),
        ("off-shift", "off shift", "不在服务时段"),
    ],
)
def test_reasons_are_told_in_both_languages(why: str, english: str, chinese: str) -> None:
    assert reasons.describe(why) == english
    assert reasons.describe(why, "zh") == chinese


ORDERS = typing.get_args(typing.get_type_hints(Rule)["order"])


@pytest.mark.parametrize("order", [order for order in ORDERS if Rule(order=order).needs_figures])
def test_an_order_that_compares_figures_is_told_in_words(order: str) -> None:
    """A code without a text of its own would be shown as it is stored."""
    stored = [f"{order}:{','.join('1' * count)}" for count in range(1, 5)]
    assert [why for why in stored if reasons.describe(why) != why]


@pytest.mark.parametrize(
    "text",
    [
        "the referrer's own, at random by weight",  # of before there were codes
        "backup, any, at random by weight",
        "",
        "random:5",  # of a version to come
        "least-loaded:12",
        "own magic",
    ],
)
def test_what_is_no_list_of_known_codes_is_shown_as_it_is(text: str) -> None:
    assert reasons.describe(text, "zh") == text


@given(
    st.sampled_from(["rotation", "least-loaded"]),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.sampled_from([Place(SQUARE), Place(BUND, coarse=True), Place(country="CN", region="CN-GD")]),
    st.sampled_from([None, around(SQUARE, 9_000), {"region": ["CN-GD"]}]),
)
def test_a_reason_is_short_and_can_be_told(
    order: str, count: int, start: int, place: Place, area: dict[str, object] | None
) -> None:
    rule = Rule(order=order, nearest=True)  # type: ignore[arg-type]
    lineup = Lineup([channel("a", backup=True, service_area=area)], rule, THURSDAY_NOON)
    line = lineup.choices(Ask(rule, None, place), random.Random(1).random)
    load = Load(count, 10**9 + 1, count, 1000, start, start)
    (chosen,) = ranked(line, {"a": load}, rule)
    assert len(chosen.why) <= reasons.MAX_LENGTH
    assert reasons.describe(chosen.why) != chosen.why
    assert reasons.describe(chosen.why, "zh").startswith("备用渠道")
