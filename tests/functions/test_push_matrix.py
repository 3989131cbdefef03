"""The chain under everything that a provider may do, at every position of chains of one to four.

Before that position the providers take the message and are silent, behind it they deliver. What
must come of it is told here once more, in a table and three lines of arithmetic.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from functions.push.repair_waits.handler import handler as repair_waits
from sluice.push import receipts
from sluice.push.providers import Receipt
from sluice.push.receipts import Incoming
from sluice.push.rules.judging import Evidence
from sluice.push.rules.strategies import Channel, Price
from sluice.push.tables import SandboxMessage
from sluice.shared.claims import hash_of
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import World, behave, load, make_world, script
from tests.support.staff import found_organization

PRICES = (10_000, 20_000, 40_000, 80_000)  # any sum tells whose they are
CHANNELS = tuple(
    Channel(f"channel-{n}", "sandbox", 60, "delivered", Price(price, "CNY"))
    for n, price in enumerate(PRICES)
)


@dataclass(frozen=True)
class Case:
    """What a provider does, and what that means.

    `reaches`: it proves that the message arrived. `leaves`: the message may have gone out, so it
    costs its price. `late`: the proof comes when the next message is out. `unseen`: nothing says
    that the user did something, so the next channel's task finds it, and sends nothing.
    """

    word: str  # of the sandbox
    reaches: bool = False
    leaves: bool = True
    behaves: bool = False  # the user does something, too
    unseen: bool = False
    late: bool = False
    evidence: Evidence = Evidence.NONE


CASES = {
    "accepts": Case("accept", evidence=Evidence.CONFIRMED),
    "rejects": Case("reject", leaves=False),
    "is down": Case("down:900", leaves=False),
    "times out": Case("no_answer"),
    "delivers": Case("deliver", reaches=True, evidence=Evidence.CONFIRMED),
    "says that it failed": Case("fail", evidence=Evidence.CONFIRMED),
    "delivers late": Case("accept", reaches=True, late=True, evidence=Evidence.CONFIRMED),
    "delivers after a time-out": Case(
        "no_answer", reaches=True, late=True, evidence=Evidence.CONFIRMED
    ),
    "answers twice": Case("duplicate", reaches=True, evidence=Evidence.CONFIRMED),
    "answers by message id": Case("by_message", reaches=True, evidence=Evidence.CONFIRMED),
    "answers with a wrong id": Case("wrong_id", evidence=Evidence.CONFIRMED),
    "answers without an id, and the user acts": Case(
        "no_id", reaches=True, behaves=True, evidence=Evidence.INFERRED
    ),
    "answers without an id, and nobody acts": Case("no_id", evidence=Evidence.CONFIRMED),
    "times out, and the user acts": Case(
        "no_answer", reaches=True, behaves=True, unseen=True, evidence=Evidence.INFERRED
    ),
}


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        yield make_world(monkeypatch)


def play(world: World, case: Case, length: int, position: int) -> str:
    """Push along a chain in which the provider at a position does what the case says."""
    user = f"u-{length}-{position}"
    behind = "accept" if case.late else "deliver"
    words = {f"{user}/channel-{n}": "accept" for n in range(position)}
    words |= {f"{user}/channel-{n}": behind for n in range(position + 1, length)}
    script(**words, **{f"{user}/channel-{position}": case.word})
    push_id = world.push(*CHANNELS[:length], user_id=user)
    for _ in range(position):
        next_wait(world)
    if case.behaves:
        world.wait(5)
        behave("opened", world.now, "spring-tea", user_id=user)
    world.answer()
    if case.late:
        next_wait(world)
        tracking_id = load(push_id).attempts[position].tracking_id
        receipt = Receipt(status="delivered", tracking_id=tracking_id)
        receipts.receive(Incoming(ORGANIZATION, "sandbox", receipt, world.now))
    for _ in PRICES:
        if load(push_id).push.status != "running":
            break
        world.answer()
        next_wait(world)
        world.answer()
    return push_id


def next_wait(world: World) -> None:
    """Let a wait pass: timers fire, and the sweeper comes."""
    world.wait(61)
    world.states.time_out()
    repair_waits({}, None)


@pytest.mark.parametrize("longest", [2, pytest.param(4, marks=pytest.mark.proof)])
@pytest.mark.parametrize("name", CASES)
def test_every_answer_at_every_position(world: World, name: str, longest: int) -> None:
    """E2 to E6: what is sent, who has the credit, what was waste, what it cost, transitions."""
    case = CASES[name]
    places = [(length, position) for length in range(1, longest + 1) for position in range(length)]
    for length, position in places:
        push_id = play(world, case, length, position)
        held, where = load(push_id), f"{name}, {position + 1} of {length}"
        further = position + 1 < length and (case.late or not case.reaches)
        made = position + 1 + further
        credit = position if case.reaches else position + 1 if further else None
        attempts = held.attempts
        assert len(attempts) == made, where
        assert held.chain.reached_position == credit, where
        assert held.push.status == ("unreached" if credit is None else "reached"), where
        wasted = [position + 1] if case.late and further else []
        assert [n for n, a in enumerate(attempts) if a.waste] == wasted, where
        prices = [PRICES[n] if n != position or case.leaves else 0 for n in range(made)]
        assert [int(a.price_micros) for a in attempts] == prices, where
        assert sent(held.push.user_id) == made - (not case.leaves), where
        execution = world.states.executions[hash_of(ORGANIZATION, push_id)]
        looked = case.unseen and position + 1 < length
        assert (execution.transitions, execution.retries) == (made + looked, 0), where
        assert execution.status == "SUCCEEDED", where
        if case.reaches or not case.leaves:
            assert not held.push.due_bucket, where
        if case.leaves:
            assert Evidence(int(attempts[position].evidence)) is case.evidence, where


def sent(user_id: str) -> int:
    """Return how many messages the sandbox delivered to a user."""
    key = f"{ORGANIZATION}#{user_id}"
    found = [item for item in items_of(SandboxMessage) if isinstance(item, SandboxMessage)]
    return sum(item.key == key for item in found)
