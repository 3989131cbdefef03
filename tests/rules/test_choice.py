"""Which channels are tried, and in which order (A4)."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules.areas import Location
from sluice.codes.rules.choice import Candidate, Rule, order

SQUARE = Location(latitude=31.2304, longitude=121.4737)
BUND = Location(latitude=31.2400, longitude=121.4900)


def around(place: Location, meters: float) -> dict[str, object]:
    point = {"latitude": place.latitude, "longitude": place.longitude}
    return {"point": point, "radius_meters": meters}


def channel(name: str, **facts: object) -> Candidate:
    base: dict[str, object] = {
        "channel_id": name,
        "kind": "contact",
        "name": name,
        "provider": "sandbox",
        "provider_type": "sandbox",
        "provider_ref": name,
        "open": True,
    }
    return Candidate(**{**base, **facts})  # type: ignore[arg-type]


def names(
    *candidates: Candidate,
    rule: Rule | None = None,
    referrer: str | None = None,
    location: Location | None = None,
    seed: int = 1,
) -> list[str]:
    draw = random.Random(seed).random
    chosen = order(candidates, rule or Rule(), referrer, location, draw)
    return [choice.candidate.channel_id for choice in chosen]


def test_closed_and_full_channels_are_left_out() -> None:
    assert names(channel("a", open=False), channel("b", full=True), channel("c")) == ["c"]


def test_plain_random_tries_full_channels_too_since_the_write_decides() -> None:
    assert set(names(channel("a"), channel("b", full=True), rule=Rule(order="random"))) == {
        "a",
        "b",
    }


def test_a_rule_for_a_kind_leaves_the_other_out() -> None:
    assert names(channel("a"), channel("g", kind="group"), rule=Rule(kind="group")) == ["g"]


@pytest.mark.parametrize("seed", range(20))
def test_the_referrers_own_channel_comes_first(seed: int) -> None:
    tried = names(channel("a"), channel("own", owner_id="lin"), referrer="lin", seed=seed)
    assert tried[0] == "own"


def test_own_first_can_be_turned_off() -> None:
    firsts = {
        names(
            channel("a"),
            channel("own", owner_id="lin"),
            rule=Rule(own_first=False),
            referrer="lin",
            seed=seed,
        )[0]
        for seed in range(40)
    }
    assert firsts == {"a", "own"}


@pytest.mark.parametrize(
    ("location", "mode", "expected"),
    [
        (SQUARE, "match", ["square", "anywhere"]),
        (BUND, "match", ["bund", "anywhere"]),
        (SQUARE, "require", ["square"]),
        (None, "require", []),
        (SQUARE, "ignore", ["anywhere", "bund", "square"]),
        (None, "match", ["anywhere", "bund", "square"]),
    ],
)
def test_the_location_is_matched_with_the_service_areas(
    location: Location | None, mode: str, expected: list[str]
) -> None:
    tried = names(
        channel("square", service_area=around(SQUARE, 800)),
        channel("bund", service_area=around(BUND, 800)),
        channel("anywhere"),
        rule=Rule(area=mode),  # type: ignore[arg-type]
        location=location,
    )
    assert sorted(tried) == sorted(expected)
    if mode == "match" and location is not None:
        assert tried == expected  # those that serve the place before those that serve anywhere


def test_an_own_channel_elsewhere_does_not_serve_this_place() -> None:
    far = channel("own", owner_id="lin", service_area=around(BUND, 100))
    assert names(far, channel("a"), referrer="lin", location=SQUARE) == ["a"]


def test_backups_come_last_whatever_else_speaks_for_them() -> None:
    backup = channel("b", backup=True, owner_id="lin", weight=1000)
    assert names(backup, channel("a"), referrer="lin") == ["a", "b"]


def test_weights_are_kept_in_the_long_run() -> None:
    draw = random.Random(7).random
    pool = [channel("light", weight=1), channel("heavy", weight=3)]
    first = Counter(
        order(pool, Rule(), None, None, draw)[0].candidate.channel_id for _ in range(8_000)
    )
    assert 0.73 < first["heavy"] / first.total() < 0.77


def test_every_choice_says_why() -> None:
    draw = random.Random(1).random
    (choice,) = order([channel("own", owner_id="lin")], Rule(), "lin", None, draw)
    assert choice.why == "the referrer's own, at random by weight"


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=12, max_size=12))
def test_every_open_channel_with_room_is_tried_once(draws: list[float]) -> None:
    pool = [channel(f"c{n}", weight=n + 1) for n in range(12)]
    draw = iter(draws).__next__
    tried = [c.candidate.channel_id for c in order(pool, Rule(), None, None, draw)]
    assert sorted(tried) == sorted(c.channel_id for c in pool)
