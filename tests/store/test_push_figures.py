"""Figures of pushes through their stream: they equal a recount of what is stored (E6)."""

import random
from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest

from functions.push.repair_waits.handler import handler as repair_waits
from sluice.push.figure_tables import FiguresRow
from sluice.push.inputs import PriceBody
from sluice.push.providers import Receipt
from sluice.push.receipts import Incoming, receive
from sluice.push.refusals import PushOver, WindowClosed
from sluice.push.rules.chain import Status
from sluice.push.rules.conversions import is_held_out
from sluice.push.rules.strategies import Terms
from sluice.push.store import conversions, figures, pushes
from sluice.shared import settings
from sluice.shared.claims import ClaimItem
from tests.support import push_recount
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import (
    CONTENT,
    World,
    attempts_of,
    behave,
    event_types,
    load,
    make_world,
    put_strategy,
    script,
)
from tests.support.push_stream import PushStream, Record, deliver
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization

PROOF = pytest.mark.proof
WEEK = timedelta(days=7)
DAY = "2026-03-05"  # of NOW in Shanghai
USERS = {"anna": "deliver", "bo": "reject", "chen": "accept", "dora": "fail", "emma": "no_id"}


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        yield make_world(monkeypatch)


def start(user_id: str, terms: Terms | None = None) -> str:
    put_strategy(strategy_id="spring", terms=terms)
    return pushes.start_push(ORGANIZATION, user_id, "spring", CONTENT, claim=None, now=NOW)


def lives(world: World) -> list[Record]:
    """Let six users' pushes run in as many ways; returns every record of their stream."""
    stream, records = PushStream(), list[Record]()
    script(**USERS)
    started = {}
    for user_id in USERS:
        started[user_id] = world.push(user_id=user_id)
        records += stream.take()
    for _ in range(5):
        world.answer()
        records += stream.take()
    world.wait(60)
    world.states.time_out()  # chen and emma: on to the app
    records += stream.take()
    tracking_id = attempts_of(started["chen"])[0].tracking_id
    price = PriceBody(amount_micros=700, currency="USD")
    late = Receipt(status="delivered", tracking_id=tracking_id, price=price)
    receive(Incoming(ORGANIZATION, "sandbox", late, world.now))
    pushes.cancel_push(ORGANIZATION, start("finn"), world.now)
    behave("bought", world.now, user_id="anna")
    records += stream.take()
    for _ in range(3):
        world.wait(181)
        world.states.time_out()
        repair_waits({}, None)
        records += stream.take()
    world.now += WEEK
    repair_waits({}, None)
    return records + stream.take()


def test_figures_equal_a_recount(world: World) -> None:
    """E6: reached, late with a corrected price, refused, silent, cancelled; and who converted."""
    deliver(lives(world))
    recount = push_recount.figures()
    assert push_recount.stored_figures() == recount
    own = {counter: n for (name, _, day, channel, _, counter), n in recount.items()
           if (name, day, channel) == ("cheapest-first", "total", "")}  # fmt: skip
    assert own == {"pushes": 5, "reached": 2, "unreached": 3, "treated": 5, "treated_converted": 1}
    key = ("cheapest-first", 1, DAY, "wechat")
    assert recount[*key, "", "reached"] == 2
    assert recount[*key, "USD", "cost_micros"] == 700
    assert recount["cheapest-first", 1, DAY, "app", "CNY", "waste_micros"] == 10_000
    assert recount["spring", 1, DAY, "", "", "cancelled"] == 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=PROOF) for n in range(1, 6))])
def test_in_any_order_and_delivered_twice_figures_equal_a_recount(world: World, seed: int) -> None:
    """E6: claims make each change count once; order makes no difference."""
    records, chance = lives(world), random.Random(seed)
    records += chance.sample(records, len(records) // 2)
    chance.shuffle(records)
    while records:
        size = chance.randint(1, 20)
        deliver(records[:size])
        records = records[size:]
    assert push_recount.stored_figures() == push_recount.figures()


def test_a_batch_is_one_transaction_in_one_shard(world: World) -> None:
    stream = PushStream()
    for number in range(20):
        world.push(user_id=f"u-{number}")
    records = stream.take()
    with recorded() as asked:
        deliver(records)
    assert asked.names == ["TransactWriteItems"]
    rows = [row for row in items_of(FiguresRow) if isinstance(row, FiguresRow)]
    assert len({row.key.split("#")[-1] for row in rows}) == 1
    claims = [claim for claim in items_of(ClaimItem) if isinstance(claim, ClaimItem)]
    assert len([claim for claim in claims if "#figures#" in claim.key]) == 40


def test_what_changes_no_figure_costs_nothing(world: World) -> None:
    push_id, stream = world.push(), PushStream()
    stream.take()
    pushes.postpone(load(push_id), world.now)
    records = stream.take()
    with recorded() as asked:
        deliver(records)
    assert (len(records), asked.names) == (1, [])


def test_what_was_stored_before_there_were_figures_counts_for_nothing(world: World) -> None:
    world.push()
    records = PushStream().take()
    for record in records:
        for name in ("day", "legs"):
            record["dynamodb"]["NewImage"].pop(name, None)
    deliver([r for r in records if r["dynamodb"]["NewImage"]["kind"]["S"] != "window"])
    assert push_recount.stored_figures() == {}


def test_a_record_that_is_set_aside_keeps_no_task_token(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E2: a token leaves its table towards Step Functions only."""

    def fail(*_: object) -> None:
        raise ValueError

    world.push()
    records = PushStream().take()
    assert "token-1" in str(records)
    monkeypatch.setattr(figures, "count", fail)
    deliver(records)
    url = settings.text("FAILURES_QUEUE_URL")
    found = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert len(found) == 2  # the push and its attempt
    assert "token-1" not in str(found)


def test_a_user_of_the_hold_out_group_is_sent_nothing(world: World) -> None:
    """E6: stored, counted, told of, and never requested."""
    terms = Terms("assumed", hold_out_percent=50)
    users = [f"u-{number}" for number in range(12)]
    held = {user for user in users if is_held_out(ORGANIZATION, "spring", user, 50)}
    assert 0 < len(held) < 12
    started = {user: start(user, terms) for user in users}
    world.start_chains()
    for user, push_id in started.items():
        found = load(push_id).push
        assert (found.status == Status.WITHHELD) == (user in held), user
        assert bool(load(push_id).attempts) == (user not in held)
        if user in held:
            assert (found.withheld_by, found.ended_at) == ("hold_out", NOW)
            with pytest.raises(PushOver):
                pushes.cancel_push(ORGANIZATION, push_id, NOW)
    assert event_types().count("push.withheld.v1") == len(held)
    PushStream().catch_up()
    assert push_recount.stored_figures()["spring", 1, DAY, "", "", "held_out"] == len(held)
    assert push_recount.stored_figures() == push_recount.figures()


def test_both_groups_are_judged_alike_when_their_window_closes(world: World) -> None:
    """E6: by what counts as a conversion, within the window, once."""
    terms, stream = Terms("assumed", hold_out_percent=50, conversion_seconds=3600), PushStream()
    users = [f"u-{number}" for number in range(12)]
    for number, user in enumerate(users):
        start(user, terms)
        kind = ("bought", "opened", "bought")[number % 3]
        behave(kind, world.now + timedelta(minutes=30 if number % 3 < 2 else 61), user_id=user)
    stream.catch_up()
    world.now += timedelta(minutes=59)
    repair_waits({}, None)
    stream.catch_up()
    assert not any("treated" in key[5] for key in push_recount.stored_figures())
    world.now += timedelta(minutes=1)
    repair_waits({}, None)
    stream.catch_up()
    found = push_recount.stored_figures()
    assert found == push_recount.figures()
    in_all = {key[5]: number for key, number in found.items() if key[2:5] == ("total", "", "")}
    assert in_all["treated"] + in_all["untreated"] == 12
    assert in_all.get("treated_converted", 0) + in_all.get("untreated_converted", 0) == 4


def test_a_window_is_closed_once(world: World) -> None:
    push_id = start("anna")
    window = conversions.load_window(f"{ORGANIZATION}#{push_id}")
    conversions.close_window(window, converted=False, now=world.now)
    with pytest.raises(WindowClosed):
        conversions.close_window(window, converted=True, now=world.now)
    assert conversions.load_window(window.key).converted is False


def test_a_strategy_that_counts_no_conversions_opens_no_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.support.push.COUNTED", {"opened": "seen"})
    with recorded() as asked:
        start("anna")
    assert asked.written[-1] == 3
