"""In which order channels are tried (A4)."""

import math
import random
from collections import Counter
from collections.abc import Iterable
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.codes.rules.areas import Location, ready_area
from sluice.codes.rules.choice import Candidate, Choice, Rule
from sluice.codes.rules.coverage import Coverage
from sluice.codes.rules.lineups import Ask, Lineup, key_of
from sluice.codes.rules.places import NOWHERE, Place
from sluice.codes.rules.shifts import When
from tests.support.candidates import (
    BUND,
    SHANGHAI,
    SQUARE,
    THURSDAY_NOON,
    around,
    channel,
    left_out,
    shifts,
    weekly,
)

CHI_SQUARE_4 = 18.47  # exceeded once in a thousand, four degrees of freedom
CHI_SQUARE_11 = 31.26  # eleven


def order(candidates: Iterable[Candidate], ask: Ask, seed: int) -> list[Choice]:
    """Return all channels to try, the best first."""
    drawn = random.Random(seed).random
    return list(Lineup(candidates, ask.rule, THURSDAY_NOON).choices(ask, drawn))


def names(
    *candidates: Candidate,
    rule: Rule | None = None,
    referrer: str | None = None,
    place: Place = NOWHERE,
    seed: int = 1,
) -> list[str]:
    ask = Ask(rule or Rule(), referrer, place)
    chosen = order(candidates, ask, seed)
    return [choice.candidate.channel_id for choice in chosen]


def test_closed_full_and_off_shift_channels_are_left_out() -> None:
    night = weekly("thu", "22:00-06:00")
    pool = [channel("a", open=False), channel("b", full=True), channel("n", shifts=night)]
    assert names(*pool, channel("c")) == ["c"]


@pytest.mark.parametrize("seed", range(20))
def test_the_referrers_own_channel_comes_first(seed: int) -> None:
    tried = names(channel("a"), channel("own", owner_id="lin"), referrer="lin", seed=seed)
    assert tried == ["own", "a"]


def test_own_first_can_be_turned_off() -> None:
    pool = [channel("a"), channel("own", owner_id="lin")]
    rule = Rule(own_first=False)
    firsts = {names(*pool, rule=rule, referrer="lin", seed=seed)[0] for seed in range(40)}
    assert firsts == {"a", "own"}


@pytest.mark.parametrize(
    ("place", "mode", "expected"),
    [
        (Place(SQUARE), "match", ["square", "anywhere"]),
        (Place(BUND), "match", ["bund", "anywhere"]),
        (Place(SQUARE), "require", ["square"]),
        (NOWHERE, "require", []),
        (Place(SQUARE), "ignore", ["anywhere", "bund", "square"]),
        (NOWHERE, "match", ["anywhere", "bund", "square"]),
    ],
)
def test_the_location_is_matched_with_the_service_areas(
    place: Place, mode: Any, expected: list[str]
) -> None:
    tried = names(
        channel("square", service_area=around(SQUARE, 800)),
        channel("bund", service_area=around(BUND, 800)),
        channel("anywhere"),
        rule=Rule(area=mode),
        place=place,
    )
    assert sorted(tried) == sorted(expected)
    if mode == "match" and place.location is not None:
        assert tried == expected  # those that serve the place before those that serve anywhere


def test_a_rough_location_prefers_and_leaves_nothing_out() -> None:
    square = channel("square", service_area=around(SQUARE, 800))
    bund = channel("bund", service_area=around(BUND, 800))
    firsts = [
        names(square, bund, channel("x"), place=Place(SQUARE, coarse=True), seed=seed)
        for seed in range(20)
    ]
    assert {tuple(tried) for tried in firsts} == {
        ("square", "bund", "x"),
        ("square", "x", "bund"),
    }


def test_a_region_serves_who_comes_from_it() -> None:
    pool = [
        channel("gd", service_area={"region": ["CN-GD", "CN-GX"]}),
        channel("cn", service_area={"region": ["CN", "CN-GX"]}),
        channel("us", service_area={"region": ["US"]}),
        channel("any"),
    ]
    assert sorted(names(*pool, place=Place(country="CN", region="CN-GX"))[:2]) == ["cn", "gd"]
    assert names(*pool, place=Place(country="CN", region="CN-BJ")) == ["cn", "any"]
    assert names(*pool, place=Place(country="CN"))[0] == "cn"
    assert sorted(names(*pool, place=Place(country="CN"))) == ["any", "cn", "gd"]


def test_an_own_channel_elsewhere_does_not_serve_this_place() -> None:
    far = channel("own", owner_id="lin", service_area=around(BUND, 100))
    assert names(far, channel("a"), referrer="lin", place=Place(SQUARE)) == ["a"]


def test_backups_come_last_whatever_else_speaks_for_them() -> None:
    backup = channel("b", backup=True, owner_id="lin", weight=1000)
    assert names(backup, channel("a"), referrer="lin") == ["a", "b"]


def test_what_is_known_to_be_full_by_now_is_not_tried() -> None:
    lineup = Lineup([channel(f"c{n}", weight=1 + n * 100) for n in range(9)], Rule(), THURSDAY_NOON)
    without = {f"c{n}" for n in range(1, 9)}
    tried = list(lineup.choices(Ask(Rule()), random.Random(1).random, without))
    assert [choice.candidate.channel_id for choice in tried] == ["c0"]


@pytest.mark.parametrize(
    ("candidate", "ask", "why"),
    [
        (channel("a", owner_id="lin"), Ask(Rule(), "lin"), "own random"),
        (channel("a"), Ask(Rule(area="ignore")), "any random"),
        (channel("a", backup=True), Ask(Rule()), "backup anywhere random"),
        (channel("a", service_area=around(SQUARE, 9)), Ask(Rule()), "place-unknown random"),
        (
            channel("a", service_area=around(SQUARE, 9_000)),
            Ask(Rule(nearest=True), None, Place(BUND)),
            "area nearest:1900 random",
        ),
        (
            channel("a", service_area=around(SQUARE, 9_000)),
            Ask(Rule(order="rotation"), None, Place(BUND, coarse=True)),
            "area-rough",  # loads.py adds the figures
        ),
        (
            channel("a", service_area={"region": ["CN"]}),
            Ask(Rule(), None, Place(country="CN", region="CN-GD")),
            "region:CN random",
        ),
    ],
)
def test_every_choice_says_why(candidate: Candidate, ask: Ask, why: str) -> None:
    (choice,) = order([candidate], ask, 1)
    assert choice.why == why


def test_first_and_second_are_drawn_in_proportion_to_weights() -> None:
    """Chi-square with a fixed seed; the second is by the weights without the first."""
    weights = {f"c{n}": n for n in range(1, 6)}
    lineup = Lineup([channel(c, weight=w) for c, w in weights.items()], Rule(), THURSDAY_NOON)
    draw, rounds, total = random.Random(7).random, 10_000, sum(weights.values())
    pairs = [list(islice(lineup.choices(Ask(Rule()), draw), 2)) for _ in range(rounds)]
    first = Counter(pair[0].candidate.channel_id for pair in pairs)
    second = Counter(pair[1].candidate.channel_id for pair in pairs)
    fair_first = {c: rounds * w / total for c, w in weights.items()}
    fair_second = {
        c: rounds * sum(v / total * w / (total - v) for other, v in weights.items() if other != c)
        for c, w in weights.items()
    }
    for seen, fair in ((first, fair_first), (second, fair_second)):
        assert sum((seen[c] - fair[c]) ** 2 / fair[c] for c in weights) < CHI_SQUARE_4


def test_the_odds_are_right_for_the_rest_when_most_of_the_weight_is_gone() -> None:
    """A heavy channel is drawn again and again; the line-up goes on without it."""
    light = {f"c{n:02}": 1 + n % 3 for n in range(12)}
    pool = [channel("heavy", weight=1000), *(channel(c, weight=w) for c, w in light.items())]
    lineup, draw = Lineup(pool, Rule(), THURSDAY_NOON), random.Random(11).random
    rounds = [
        [choice.candidate.channel_id for choice in islice(lineup.choices(Ask(Rule()), draw), 2)]
        for _ in range(4_000)
    ]
    after = Counter(second for first, second in rounds if first == "heavy")
    fair = {c: after.total() * w / sum(light.values()) for c, w in light.items()}
    assert after.total() > 3_700
    assert sum((after[c] - fair[c]) ** 2 / fair[c] for c in light) < CHI_SQUARE_11


def test_a_channel_that_serves_a_place_twice_over_counts_once() -> None:
    pool = [(channel("a"), ready_area({"region": ["CN", "CN-SH"]}))]
    found = Coverage(pool).serving(Place(country="CN", region="CN-SH"))
    assert [one.candidate.channel_id for one in found] == ["a"]


def test_the_first_of_ten_thousand_costs_one_draw() -> None:
    draws = iter([0.5])
    lineup = Lineup([channel(f"c{n:05}") for n in range(10_000)], Rule(), THURSDAY_NOON)
    chosen = next(lineup.choices(Ask(Rule()), draws.__next__))
    assert chosen.candidate.channel_id == "c05000"


def test_a_lineup_serves_rules_and_moments_of_the_same_key() -> None:
    base = key_of(Rule(), THURSDAY_NOON)
    assert key_of(Rule(area="require", nearest=True), THURSDAY_NOON) == base
    later = When(THURSDAY_NOON.now.replace(minute=1), SHANGHAI)
    assert base not in {
        key_of(Rule(kind="group"), THURSDAY_NOON),
        key_of(Rule(owners=("lin",)), THURSDAY_NOON),
        key_of(Rule(order="random"), THURSDAY_NOON),
        key_of(Rule(), later),
    }


AREAS = [
    None,
    around(SQUARE, 800),
    around(BUND, 5_000),
    {"region": ["CN"]},
    {"region": ["CN-SH", "CN"]},
    {"region": ["CN-GD", "US"]},
    {"type": "Polygon", "coordinates": [[[121, 31], [122, 31], [122, 32], [121, 32], [121, 31]]]},
]
SHIFTS = [None, weekly("thu", "09:00-18:00"), weekly("wed", "22:00-06:00"), shifts([])]
PLACES = [
    NOWHERE,
    Place(SQUARE),
    Place(SQUARE, coarse=True),
    Place(BUND, country="CN", region="CN-GD"),
    Place(country="CN"),
    Place(country="CN", region="CN-SH"),
    Place(country="US"),
]
channels = st.lists(
    st.builds(
        channel,
        st.integers(0, 999).map("c{:03}".format),
        kind=st.sampled_from(["contact", "group"]),
        open=st.sampled_from([True, True, False]),
        full=st.booleans(),
        backup=st.booleans(),
        weight=st.integers(1, 1000),
        owner_id=st.sampled_from([None, "lin", "wang"]),
        service_area=st.sampled_from(AREAS),
        shifts=st.sampled_from(SHIFTS),
        full_day=st.sampled_from([None, "2026-03-04", "2026-03-05"]),
    ),
    max_size=25,
    unique_by=lambda one: one.channel_id,
)
rules = st.builds(
    Rule,
    kind=st.sampled_from([None, "contact", "group"]),
    order=st.sampled_from(["random", "random-with-room", "rotation", "least-loaded"]),
    own_first=st.booleans(),
    area=st.sampled_from(["match", "require", "ignore"]),
    nearest=st.booleans(),
)
asks = st.builds(Ask, rules, st.sampled_from([None, "lin"]), st.sampled_from(PLACES))


@given(channels, asks, st.integers(0, 2**32))
@settings(max_examples=200)
def test_all_that_may_be_given_are_tried_once_and_no_other(
    pool: list[Candidate], ask: Ask, seed: int
) -> None:
    """Boxes, regions and groups find exactly what asking each channel finds (A4)."""
    tried = order(pool, ask, seed)
    expected = [
        one.channel_id
        for one in pool
        if not left_out(
            one,
            None if one.service_area is None else ready_area(one.service_area),
            ask.rule,
            ask.place,
            THURSDAY_NOON,
        )
    ]
    assert sorted(choice.candidate.channel_id for choice in tried) == sorted(expected)


@given(channels, asks, st.integers(0, 2**32))
def test_preferences_hold_from_first_to_last(pool: list[Candidate], ask: Ask, seed: int) -> None:
    tried = order(pool, ask, seed)
    assert [choice.rank for choice in tried] == sorted(choice.rank for choice in tried)
    for earlier, later in pairwise(tried):
        assert earlier.candidate.backup <= later.candidate.backup
        is_own_first = ask.rule.own_first and ask.referrer_id is not None
        if is_own_first and earlier.candidate.backup == later.candidate.backup:
            is_own = [c.candidate.owner_id == ask.referrer_id for c in (earlier, later)]
            assert is_own[0] or not is_own[1]


@given(channels, asks, st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_the_order_in_which_channels_are_listed_changes_nothing(
    pool: list[Candidate], ask: Ask, seed: int, shuffler: random.Random
) -> None:
    shuffled = list(pool)
    shuffler.shuffle(shuffled)
    one, other = (order(each, ask, seed) for each in (pool, shuffled))
    assert one == other


def test_a_list_turned_around_gives_the_same_choices() -> None:
    pool = [channel(f"c{n}", weight=n + 1) for n in range(9)]
    assert names(*pool) == names(*reversed(pool))


def haversine(one: Location, other: Location) -> float:
    """Return metres by the formula as it is in books: the rules use chords."""
    lat1, lat2 = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    a = math.sin((lat2 - lat1) / 2) ** 2
    a += math.cos(lat1) * math.cos(lat2) * math.sin(across / 2) ** 2
    return 2 * 6_371_008.8 * math.atan2(math.sqrt(a), math.sqrt(1 - a))


locations = st.builds(Location, st.floats(-89, 89), st.floats(-180, 180))


@given(
    st.lists(locations, min_size=1, max_size=20), locations, st.sampled_from(["match", "ignore"])
)
def test_the_nearest_is_tried_before_the_farther(
    centres: list[Location], here: Location, mode: Any
) -> None:
    """Against every distance, worked out one by one."""
    pool = [
        channel(f"c{n:02}", service_area=around(centre, 10_000_000 if mode == "match" else 10))
        for n, centre in enumerate(centres)
    ]
    rule = Rule(nearest=True, area=mode)
    far = {f"c{n:02}": haversine(centre, here) for n, centre in enumerate(centres)}
    tried = [far[name] for name in names(*pool, rule=rule, place=Place(here))]
    assert all(earlier <= later + 0.01 for earlier, later in pairwise(tried))
    assert len(tried) == sum(mode == "ignore" or one < 10_000_000 for one in far.values())


def test_equally_near_channels_are_drawn_by_weight_and_those_without_a_centre_come_last() -> None:
    shop = around(SQUARE, 5_000)
    pool = [channel("light", service_area=shop), channel("heavy", service_area=shop, weight=3)]
    pool += [channel("farther", service_area=around(BUND, 5_000))]
    pool += [channel("region", service_area={"region": ["CN"]})]
    place, rule = Place(SQUARE, country="CN", region="CN-SH"), Rule(nearest=True)
    rounds = [names(*pool, rule=rule, place=place, seed=seed) for seed in range(1_000)]
    assert {tuple(tried[2:]) for tried in rounds} == {("farther", "region")}
    assert 0.71 < sum(tried[0] == "heavy" for tried in rounds) / len(rounds) < 0.79
