"""The simulation behind docs/scale.md: it loses no seat, breaks no cap and repeats itself (A5)."""

from dataclasses import replace
from math import exp

import pytest

from infra.local.instance import ROOT
from infra.scale import document, setups
from infra.scale.engine import Bucket, Engine
from infra.scale.run import Run, simulate
from infra.scale.setup import TRANSACTION_SECONDS, Result, Setup

CALM = Setup("calm", 50, 4, 50, 1_000, warm=50)
RUSH = replace(CALM, name="rush", joins_per_second=800, seconds=1, channels=20, cap=15)
STARVED = replace(CALM, name="starved", joins_per_second=2_000, seconds=0.5, concurrency=20, warm=0)
QUICK = (setups.SHOP, setups.CHAIN, *setups.ALONE[:3])  # to run again, of the document's


def _run(setup: Setup) -> Run:
    run = Run(setup)
    run.go()
    return run


@pytest.mark.parametrize("setup", [CALM, RUSH, STARVED, replace(RUSH, filled=0.6, partitions=1)])
def test_every_seat_is_given_once_and_every_customer_comes_to_one_end(setup: Setup) -> None:
    run = _run(setup)
    result, world = run.result, run.world
    held = sum(world.held.values()) - setup.channels * setup.held_before
    assert result.seated == len(world.given) == held <= setup.seats
    assert max(world.held.values()) <= setup.cap
    assert result.over_cap == 0
    ends = result.seated + result.no_room + result.network_429 + result.given_up
    assert ends == result.joins
    again = result.gateway_429 + result.lambda_429 + result.contention_503
    assert result.requests == ends - result.given_up + again


def test_a_pool_that_is_too_small_is_given_to_the_last_seat() -> None:
    result = simulate(RUSH)
    assert result.joins > RUSH.seats == result.seated
    assert result.no_room > 0
    assert result.too_early == 0, "nobody is told that there is no room while there is"


def test_where_nothing_limits_a_join_is_one_transaction() -> None:
    result = simulate(replace(CALM, channels=5_000))
    assert result.seated_at_once == result.joins > 100
    assert result.transactions == result.joins + result.conflicts
    assert result.misses == result.throttled == 0


def test_the_same_seed_gives_the_same_figures_and_another_does_not() -> None:
    first = simulate(RUSH)
    assert vars(simulate(RUSH)) == vars(first)
    assert vars(simulate(replace(RUSH, seed=8))) != vars(first)


@pytest.mark.parametrize("rate", [2, 10])
def test_transactions_conflict_as_often_as_poisson_arrivals_would(rate: int) -> None:
    """Of a lonely channel: another is under way with 1 - exp(-rate x time in flight)."""
    result = simulate(Setup("alone", rate, 400, 1, 100_000, warm=20, scans_per_join=0))
    in_flight = TRANSACTION_SECONDS * 0.8
    expected = 1 - exp(-rate * in_flight)
    assert result.conflicts / result.transactions == pytest.approx(expected, rel=0.5)


def test_what_is_too_much_is_refused_and_more_of_it_is_enough() -> None:
    starved = simulate(STARVED)
    assert starved.lambda_429 > 0
    assert starved.environments == STARVED.concurrency
    fed = simulate(replace(STARVED, concurrency=2_000, warm=500, partitions=40))
    assert fed.lambda_429 == 0
    assert fed.seated > starved.seated


def test_a_partition_gives_its_units_and_no_more() -> None:
    engine = Engine(1)
    bucket = Bucket(engine, 1_000, 1_000.0)
    taken = 0
    for _ in range(3_000):
        taken += bucket.take(2)
        engine.now += 0.001
    assert taken == pytest.approx((1_000 + 3_000) / 2, abs=2)
    assert bucket.refused == 3_000 - taken


def test_customers_of_one_network_are_refused_only_in_a_strained_pool() -> None:
    crowd = replace(RUSH, joins_per_second=40, seconds=8, networks=1, joins_per_network=5)
    assert simulate(replace(crowd, cap=1_000)).network_429 == 0
    assert simulate(crowd).network_429 > 0


@pytest.mark.parametrize("setup", QUICK, ids=lambda setup: setup.name)
def test_the_document_says_what_the_simulation_gives(setup: Setup) -> None:
    """`make scale` writes docs/scale.md anew where this fails."""
    line = " | ".join(document.row(setup, simulate(setup)))
    assert f"| {line} |" in (ROOT / "docs" / "scale.md").read_text().splitlines()


def test_a_document_without_a_place_for_a_table_is_not_written() -> None:
    rows = {setup.name: document.row(setup, Result()) for setup in setups.EVERY}
    with pytest.raises(ValueError, match="places for places"):
        document.written("# Scale\n", rows)
