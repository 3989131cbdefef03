"""Rivals between what a promotion's step read and what it writes: the conditions decide (C3, C5).

Each rival acts at the one moment that a careless read would not see. Many at once: tests/flows.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sluice.invitations.rules.lists import BLACKLIST, activity_list
from sluice.invitations.store import forgetting, inviting, settling
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import programmes
from sluice.shared import clock
from sluice.shared.guard import Transaction
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION
from tests.support.promotion import (
    PROGRAMME,
    RUNNING,
    deliver,
    invite,
    keys,
    phone,
    put_customer,
    put_on,
    put_promotion,
    take_part,
    user,
)
from tests.support.rewards import assert_books_balance, balance_of, rewards
from tests.support.staff import found_organization

ANN, BEN, NEW, NUMBER = user("ann"), user("ben"), user("new"), phone(7)
TWIN, OTHER, OTHERS_NUMBER = user("twin"), user("other"), phone(8)
LARGE = 4  # parts: of the steps that are raced for, not of what prepares them
ONE_PAIR = 3000

type Rival = Callable[[], object]


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        put_promotion(clock.now())
        budget = {"CNY": ONE_PAIR}
        programmes.put_programme(ORGANIZATION, Programme(PROGRAMME, budget=budget), clock.now())
        for customer in (ANN, BEN):
            put_customer(customer)
        yield
        assert_books_balance()


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Rival], None]]:
    """Yield what lets a rival act right before the next large transaction is written."""
    waiting: list[Rival] = []

    def begin(rival: Rival) -> None:
        real: Any = Transaction.commit
        waiting.append(rival)

        def commit(transaction: Transaction, *given: Any) -> None:
            if waiting and len(transaction._parts) >= LARGE:
                waiting.pop()()
            real(transaction, *given)

        monkeypatch.setattr(Transaction, "commit", commit)

    yield begin
    assert not waiting, "the rival acted"


def settle(who: dict[str, str]) -> str:
    (key,) = keys(who)
    return str(settling.settle(ORGANIZATION, RUNNING, key, clock.now()))


def ready(who: dict[str, str], number: dict[str, str], by: dict[str, str] = ANN) -> None:
    """Bring a newcomer to where the settlement alone is missing."""
    invite(by, number)
    put_on(activity_list(RUNNING), who, number)
    assert take_part(who, number)[1]["state"] == "waiting"


def erase_inviter() -> None:
    forgetting.forget(ORGANIZATION, keys(ANN), clock.now())


def paid() -> dict[str, int]:
    names = ("ann", "ben", "new", "twin", "other")
    found = {name: balance_of(f"user:{name}", "CNY") for name in names}
    return {name: amount for name, amount in found.items() if amount}


RIVALS: dict[str, tuple[Rival, str, dict[str, int]]] = {
    "the same event": (lambda: settle(NEW), "rewarded", {"ann": 2000, "new": 1000}),
    "another account of theirs": (lambda: settle(TWIN), "served", {"ann": 2000, "twin": 1000}),
    "who takes the last budget": (
        lambda: settle(OTHER),
        "unrewarded",
        {"ben": 2000, "other": 1000},
    ),
    "the newcomer's blacklisting": (lambda: put_on(BLACKLIST, NUMBER), "unrewarded", {}),
    "the inviter's blacklisting": (lambda: put_on(BLACKLIST, ANN), "unrewarded", {}),
    "the inviter's erasure": (erase_inviter, "unrewarded", {}),
    "that they are a customer": (lambda: put_customer(NUMBER), "served", {}),
}


@pytest.mark.parametrize("name", RIVALS)
def test_between_reading_and_rewarding_nothing_is_missed(
    name: str, meanwhile: Callable[[Rival], None]
) -> None:
    rival, state, expected = RIVALS[name]
    ready(NEW, NUMBER)
    if rival is RIVALS["another account of theirs"][0]:
        take_part(TWIN, NUMBER)
    ready(OTHER, OTHERS_NUMBER, by=BEN)
    meanwhile(rival)
    assert settle(NEW) == state
    assert settle(NEW) == state, "told again it stays"
    assert paid() == expected
    assert len(rewards()) == len(expected)


def test_of_two_inviters_and_two_events_that_cross_one_inviter_is_rewarded(
    meanwhile: Callable[[Rival], None],
) -> None:
    """C5: another names the newcomer, and their event arrives twice, while it is stored."""
    invite(ANN, NUMBER)
    put_on(activity_list(RUNNING), NEW, NUMBER)

    def cross() -> None:
        invite(BEN, NUMBER)
        take_part(NEW, NUMBER)
        deliver()

    meanwhile(cross)
    take_part(NEW, NUMBER)
    deliver()
    assert paid() in ({"ann": 2000, "new": 1000}, {"ben": 2000, "new": 1000})
    assert len(rewards()) == 2


@pytest.mark.parametrize("who", ["invited", "inviter", "opted out"])
def test_who_is_listed_while_they_are_named_is_not_invited(
    who: str, meanwhile: Callable[[Rival], None]
) -> None:
    """C3, C6."""
    rivals: dict[str, Rival] = {
        "invited": lambda: put_on(BLACKLIST, NUMBER),
        "inviter": lambda: put_on(BLACKLIST, ANN),
        "opted out": opt_out,
    }
    invite(ANN)
    invite(BEN, NUMBER)
    meanwhile(rivals[who])
    status, record = invite(ANN, NUMBER)
    assert (status, record.get("left_out")) == ((409, None) if who == "inviter" else (200, True))
    assert not inviting.record_of(place(ANN)).sent


def opt_out() -> None:
    """Let the invited refuse by the link that another gave them."""
    (sent,) = inviting.record_of(place(BEN)).sent
    link = inviting.find_link(sent.token)
    assert link is not None
    forgetting.opt_out(link, clock.now())


def place(who: dict[str, str]) -> str:
    return inviting.place_of(ORGANIZATION, RUNNING, keys(who)[0])
