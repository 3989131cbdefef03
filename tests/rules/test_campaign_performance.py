"""Ranks, charts and when members are told (B5, B7)."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.campaigns.rules import ranks, telling
from sluice.campaigns.rules.figures import Figures
from sluice.campaigns.rules.ranks import Standing
from sluice.campaigns.rules.telling import Seen
from sluice.shared import charts
from sluice.shared.charts import Column

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SMALL = st.integers(0, 3)
STANDINGS = st.lists(
    st.builds(Standing, st.integers(0, 999).map(str), st.just("Lin"), SMALL, SMALL, SMALL),
    max_size=12,
    unique_by=lambda standing: standing.member_id,
)
LABELS = st.sampled_from(["", "2026-11-23: 5", "<\"&'>", "11月23日 ]]>"])


def test_participations_come_first_then_signups_views_and_the_id() -> None:
    rows = [
        Standing("d", "D", 0, 9, 99),
        Standing("c", "C", 1, 1, 5),
        Standing("b", "B", 1, 1, 5),
        Standing("a", "A", 1, 1, 4),
        Standing("e", "E", 1, 2, 0),
    ]
    found = ranks.places(rows)
    assert [(place.rank, place.standing.member_id) for place in found] == [
        (1, "e"),
        (2, "b"),
        (3, "c"),
        (4, "a"),
        (5, "d"),
    ]


@settings(max_examples=50)
@given(STANDINGS, st.integers(0, ranks.MAX_NEIGHBOURS), st.data())
def test_neighbours_are_real_next_to_each_other_and_the_same_whoever_asks(
    rows: list[Standing], neighbours: int, data: st.DataObject
) -> None:
    order = ranks.places(rows)
    assert order == ranks.places(reversed(rows))
    assert {place.standing for place in order} == {*rows}
    assert ranks.around(order, "nobody", neighbours) == []
    if not rows:
        return
    me = data.draw(st.sampled_from(rows)).member_id
    shown = ranks.around(order, me, neighbours)
    mine = next(place.rank for place in shown if place.standing.member_id == me)
    first, last = max(1, mine - neighbours), min(len(rows), mine + neighbours)
    assert [place.rank for place in shown] == [*range(first, last + 1)]


@given(
    st.lists(
        st.builds(Column, LABELS, st.tuples(st.integers(-3, 10**9), st.integers(0, 10**9))),
        max_size=6,
    ),
    LABELS,
)
@settings(max_examples=50)
def test_a_chart_is_well_formed_and_no_column_leaves_it(
    columns: list[Column], description: str
) -> None:
    root = ET.fromstring(charts.svg(columns, description))  # noqa: S314 - our own
    assert root.attrib["aria-label"] == description
    width = float(root.attrib["viewBox"].split()[2])
    bars = [rect.attrib for rect in root.iter("rect") if rect.attrib["class"] != "day"]
    assert len(bars) == 2 * len(columns)
    for bar in bars:
        assert 0 <= float(bar["x"]) < float(bar["x"]) + float(bar["width"]) <= width
        assert float(bar["y"]) + float(bar["height"]) == pytest.approx(charts.HEIGHT, abs=0.01)
        assert 0 <= float(bar["height"]) <= charts.HEIGHT
    assert [title.text or "" for title in root.iter("title")] == [
        column.label for column in columns
    ]


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (51, 100), (100, 100)]
)
def test_a_scale_ends_at_a_round_number(highest: int, top: int) -> None:
    assert charts.top_of([Column("", (0, highest))]) == top


def test_views_within_the_interval_wait_for_its_end() -> None:
    told = Seen(4, NOW)
    assert not telling.may_tell_views(told, 60, NOW + timedelta(minutes=59))
    assert telling.may_tell_views(told, 60, NOW + timedelta(minutes=60))
    assert telling.may_tell_views(Seen(0, None), 60, NOW)


def test_who_looks_again_is_not_new() -> None:
    assert telling.new_visitors(7, Seen(4, NOW)) == 3
    assert telling.new_visitors(4, Seen(4, NOW)) == 0
    assert telling.new_visitors(3, Seen(4, NOW)) == 0, "what is read may be a moment behind"


@pytest.mark.parametrize(
    ("hour", "last", "day"),
    [
        (9, None, "2026-11-22"),
        (9, "2026-11-21", "2026-11-22"),
        (9, "2026-11-22", None),
        (10, None, None),
        (0, "2026-11-20", "2026-11-22"),
    ],
)
def test_a_day_is_told_once_from_its_hour_on(hour: int, last: str | None, day: str | None) -> None:
    assert telling.day_to_sum_up(NOW, hour, last) == day


def test_a_day_on_which_nothing_happened_is_not_worth_a_notice() -> None:
    assert not telling.has_anything(Figures())
    assert telling.has_anything(Figures(views=1))
    assert telling.has_anything(Figures(rewards_minor=-500))


def test_notices_say_it_in_both_languages_and_carry_the_figures() -> None:
    for locale, head, body in (
        ("en", "Spring: new views", "1 more person has looked at your link, 8 in all."),
        ("zh-CN", "Spring：新增浏览", "新增1人查看了您的活动链接，累计8人。"),
    ):
        content = telling.views_notice("Spring", "https://s/c/t", 1, 8, locale)
        assert (content["title"], content["body"], content["visitors"]) == (head, body, "8")
    day = Figures(9, 5, 2, 1, rewards_minor=1000)
    english = telling.summary_notice("Spring", "https://s/c/t", "2026-11-02", day, "en")
    assert english["title"] == "Spring: your 2 November"
    assert english["body"] == "Visitors: 5, signups: 2, took part: 1."
    chinese = telling.summary_notice("Spring", "https://s/c/t", "2026-11-02", day, "zh")
    assert chinese["title"] == "Spring：11月2日业绩"
    assert chinese["rewards_minor"] == "1000"
