"""Rotation and least-loaded, on fresh figures and with head starts (A4)."""

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sluice.codes.rules import loads
from sluice.codes.rules.choice import Rule
from sluice.codes.rules.lineups import Ask, Lineup
from sluice.codes.rules.loads import HeadStart, Load
from sluice.codes.rules.places import Place
from tests.support.candidates import BUND, SQUARE, THURSDAY_NOON, around, channel

ROTATION, LEAST = Rule(order="rotation"), Rule(order="least-loaded")


class Pool:
    """Channels whose figures are always fresh: what a store keeps, on paper."""

    def __init__(self, rule: Rule, weights: Mapping[str, int], seed: int = 1) -> None:
        self.ask = Ask(rule)
        self.loads = {name: Load(held=0, cap=10**6, weight=w) for name, w in weights.items()}
        self.given: Counter[str] = Counter()
        self.draw = random.Random(seed).random
        self.absent: set[str] = set()
        self._prepare()

    def _prepare(self) -> None:
        pool = [channel(name, weight=load.weight) for name, load in self.loads.items()]
        self.lineup = Lineup(pool, self.ask.rule, THURSDAY_NOON)

    def add(self, name: str, weight: int, *, level: bool = True) -> None:
        new = Load(held=0, cap=10**6, weight=weight)
        if level:
            start = loads.head_start(new, self.loads.values())
            new = replace(new, start_held=start.held, start_turns=start.turns)
        self.loads[name] = new
        self._prepare()

    def join(self, times: int, limit: int = loads.MAX_FIGURES) -> Counter[str]:
        given: Counter[str] = Counter()
        for _ in range(times):
            line = self.lineup.choices(self.ask, self.draw, self.absent)
            chosen = loads.ranked(loads.shortlist(line, limit), self.loads, self.ask.rule)[0]
            name = chosen.candidate.channel_id
            load = self.loads[name]
            self.loads[name] = replace(load, held=load.held + 1, turns=load.turns + 1)
            given[name] += 1
        self.given += given
        return given


weights = st.dictionaries(
    st.integers(0, 999).map("c{:03}".format), st.integers(1, 20), min_size=1, max_size=12
)


@given(weights, st.sampled_from([ROTATION, LEAST]), st.integers(0, 2**32))
@settings(max_examples=40)
def test_whole_rounds_give_each_channel_exactly_its_weight(
    pool: dict[str, int], rule: Rule, seed: int
) -> None:
    """Perfectly even when figures are fresh: rotation, and least-loaded where nobody leaves."""
    paper = Pool(rule, pool, seed)
    assert paper.join(sum(pool.values())) == pool


def test_rotation_gives_everyone_a_turn_before_anyone_has_another() -> None:
    paper = Pool(ROTATION, dict.fromkeys("abcdefg", 1))
    for _ in range(5):
        assert paper.join(7) == dict.fromkeys("abcdefg", 1)


def test_the_first_of_equals_is_drawn() -> None:
    firsts = {next(iter(Pool(ROTATION, {"a": 1, "b": 1}, seed).join(1))) for seed in range(30)}
    assert firsts == {"a", "b"}


def test_least_loaded_fills_up_the_emptier_and_counts_by_weight() -> None:
    paper = Pool(LEAST, {"a": 1, "b": 2})
    paper.loads["a"] = replace(paper.loads["a"], held=40)
    paper.loads["b"] = replace(paper.loads["b"], held=60)
    assert paper.join(20) == {"b": 20}  # 60 of weight 2 is less than 40 of weight 1
    assert paper.join(30) == {"a": 10, "b": 20}


@given(weights, st.integers(1, 20), st.sampled_from([ROTATION, LEAST]), st.integers(1, 300))
@settings(max_examples=40)
def test_a_new_channel_receives_its_fair_share_from_the_start(
    pool: dict[str, int], weight: int, rule: Rule, before: int
) -> None:
    """It starts at the average, not at zero: it neither gets everybody nor has to wait."""
    paper = Pool(rule, pool)
    paper.join(before)
    paper.add("new", weight)
    total = sum(pool.values()) + weight
    for rounds in (1, 2, 3):
        got = paper.join(total)["new"]
        assert abs(got - weight) <= weight / min(pool.values()) + 1, f"round {rounds}"


def test_without_a_head_start_a_new_channel_would_get_everybody() -> None:
    paper = Pool(ROTATION, {"a": 1, "b": 1})
    paper.join(200)
    paper.add("new", 1, level=False)
    assert paper.join(100) == {"new": 100}


@pytest.mark.parametrize(
    ("load", "others", "start"),
    [
        (Load(0, 50), [Load(10, 50, 20), Load(20, 50, 41)], HeadStart(15, 30)),
        (Load(0, 50, weight=2), [Load(10, 50, 20), Load(20, 50, 41)], HeadStart(30, 61)),
        (Load(3, 50, 10), [Load(10, 50, 20)], HeadStart(7, 10)),  # open again
        (Load(30, 50, 90), [Load(10, 50, 20)], HeadStart(-20, -70)),  # it was ahead
        (Load(0, 50), [Load(10, 50, 5, start_held=4, start_turns=15)], HeadStart(14, 20)),
        (Load(0, 50), [], HeadStart()),
    ],
)
def test_a_head_start_is_the_others_average_in_whole_numbers(
    load: Load, others: list[Load], start: HeadStart
) -> None:
    assert loads.head_start(load, others) == start


def test_a_shift_that_comes_back_takes_turns_again_and_not_everybody() -> None:
    paper = Pool(ROTATION, {"day": 1, "late": 2, "always": 1})
    paper.absent = {"day", "late"}
    paper.join(300)
    paper.absent = set()
    starts = loads.returned(paper.loads)
    assert starts == {"day": 300, "late": 600}
    for name, turns in starts.items():
        paper.loads[name] = replace(paper.loads[name], start_turns=turns)
    assert paper.join(40) == {"day": 10, "late": 20, "always": 10}
    assert loads.returned(paper.loads) == {}


@given(weights, st.integers(1, 400))
@settings(max_examples=40)
def test_nobody_who_was_always_there_is_taken_for_one_who_returns(
    pool: dict[str, int], joins: int
) -> None:
    paper = Pool(ROTATION, pool)
    paper.join(joins)
    assert loads.returned(paper.loads) == {}
    assert loads.returned({}) == {}


@pytest.mark.parametrize(("limit", "most"), [(2, 4), (8, 2), (50, 1)])
def test_a_sample_keeps_a_large_pool_nearly_even(limit: int, most: int) -> None:
    """Turns that any of 120 channels is off after ten rounds; by the draw alone it is 9."""
    pool = {f"c{n:03}": 1 + n % 3 for n in range(120)}
    given_turns = Pool(ROTATION, pool).join(10 * sum(pool.values()), limit)
    off = max(abs(given_turns[name] - 10 * weight) for name, weight in pool.items())
    assert off <= most


def ranked(rule: Rule, figures: dict[str, Load], **facts: Any) -> list[tuple[str, str]]:
    pool = [channel(name, **facts) for name in "abc"]
    lineup = Lineup(pool, rule, THURSDAY_NOON)
    line = lineup.choices(Ask(rule), random.Random(3).random)
    chosen = loads.ranked(loads.shortlist(line), figures, rule)
    return [(choice.candidate.channel_id, choice.why) for choice in chosen]


def test_full_channels_and_those_without_figures_are_left_out() -> None:
    figures = {
        "a": Load(held=50, cap=50),
        "b": Load(held=12, cap=50, weight=2, today=3, daily_cap=4),
    }
    assert ranked(LEAST, figures) == [("b", "anywhere least-loaded:12,50,2")]
    figures["b"] = replace(figures["b"], today=4)
    assert ranked(LEAST, figures) == []


def test_figures_are_told_with_the_head_start_they_were_compared_with() -> None:
    figures = {"a": Load(5, 50, turns=7, start_turns=30), "b": Load(6, 50, turns=31)}
    assert ranked(ROTATION, figures, backup=True) == [
        ("b", "backup anywhere rotation:31,1"),
        ("a", "backup anywhere rotation:7,1 head-start:30"),
    ]


def test_preferences_come_before_figures() -> None:
    busy, idle = Load(40, 50, turns=90), Load(1, 50, turns=1)
    pool = [
        channel("own", owner_id="lin"),
        channel("near", service_area=around(SQUARE, 9_000)),
        channel("far", service_area=around(BUND, 9_000)),
        channel("any"),
        channel("backup", backup=True),
    ]
    figures = {"own": busy, "near": busy, "far": idle, "any": idle, "backup": idle}
    rule = Rule(order="least-loaded", nearest=True)
    line = Lineup(pool, rule, THURSDAY_NOON).choices(
        Ask(rule, "lin", Place(SQUARE)), random.Random(1).random
    )
    tried = loads.ranked(loads.shortlist(line), figures, rule)
    assert [choice.candidate.channel_id for choice in tried] == [
        *("own", "near", "far", "any", "backup")
    ]


def test_a_shortlist_goes_on_where_the_one_before_ended() -> None:
    lineup = Lineup([channel(f"c{n:03}") for n in range(120)], ROTATION, THURSDAY_NOON)
    line = lineup.choices(Ask(ROTATION), random.Random(1).random)
    sizes = [len(loads.shortlist(line)) for _ in range(4)]
    assert sizes == [50, 50, 20, 0]
