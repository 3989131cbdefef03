"""A promotion that changed: a participation goes by the terms of when it happened (C4, C5)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sluice.invitations.promotion_tables import Invited, Participation, PromotionTerms
from sluice.invitations.rules.identity import Identity
from sluice.invitations.rules.lists import activity_list
from sluice.invitations.rules.promotions import Amount, Promotion
from sluice.invitations.store import inviting, participating, promotions
from sluice.invitations.store.participants import load_person
from sluice.shared import clock, ids
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.promotion import (
    DAY,
    RUNNING,
    deliver,
    keys,
    phone,
    put_customer,
    put_on,
    put_promotion,
    take_part,
    user,
)
from tests.support.rewards import assert_books_balance, balance_of
from tests.support.staff import found_organization

ANN, NEW, NUMBER = user("ann"), user("new"), phone(7)
NOW = clock.now()
SHORT = timedelta(hours=1)
LESS = Amount(500, "CNY")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization(NOW)
        promotion = put_promotion(NOW - 9 * DAY, ends_at=NOW + DAY)
        put_customer(ANN)
        ann, invited = load_person(ORGANIZATION, [Identity(**ANN)], "ann"), NOW - 8 * DAY
        inviting.join(ORGANIZATION, promotion, ann, invited)
        inviting.invite(
            ORGANIZATION, promotion, ann, keys(NUMBER), reference=None, claim=None, now=invited
        )
        yield
        assert_books_balance()


def change(days: int, **changes: object) -> Promotion:
    """Change the promotion so many days ago, which began ten days ago and ends tomorrow."""
    settings = {"starts_at": NOW - 10 * DAY, "ends_at": NOW + DAY} | changes
    return put_promotion(NOW - days * DAY, **settings)


def took_part(days: int) -> tuple[str, str | None, int]:
    """Say now that the invited took part so many days ago; return state, reason and version."""
    at = (NOW - days * DAY).isoformat()
    status, seen = take_part(NEW, NUMBER, occurred_at=at, consented_at=at)
    assert status == 202
    return seen["state"], seen.get("reason"), seen["promotion_version"]


def paid() -> tuple[int, int]:
    return balance_of("user:ann", "CNY"), balance_of("user:new", "CNY")


def act(days: int = 0) -> None:
    put_on(activity_list(RUNNING), NEW, NUMBER, at=NOW - days * DAY)
    deliver()


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (6, ("waiting", None, 1)),  # before it was closed, however late it is told
        (4, ("served", "promotion-over", 2)),
        (2, ("waiting", None, 3)),
    ],
)
def test_closed_is_who_took_part_while_it_was(
    days: int, expected: tuple[str, str | None, int]
) -> None:
    """C4: it was closed five days ago, and opened again three days ago."""
    change(5, is_open=False)
    change(3)
    assert took_part(days) == expected


def test_an_end_that_was_brought_forward_ends_nothing_that_happened_before() -> None:
    """C4."""
    change(3, ends_at=NOW - 2 * DAY)
    assert took_part(4) == ("waiting", None, 1)


def test_what_happened_before_the_first_version_goes_by_that() -> None:
    """C4: the promotion was entered after it had begun, and closed since."""
    put_promotion(NOW - 9 * DAY, promotion_id="late", starts_at=NOW - 20 * DAY)
    put_promotion(NOW - DAY, promotion_id="late", is_open=False)
    found = promotions.load_at(ORGANIZATION, "late", NOW - 10 * DAY)
    assert (found.version, found.is_open) == (1, True)


def test_each_version_is_found_by_a_moment_of_its_time() -> None:
    """C4: more of them than a page holds."""
    count = 60
    for number in range(count):
        put_promotion(NOW - DAY + number * SHORT / 10, max_invitations=1 + number % 50)
    for number in range(count):
        moment = NOW - DAY + number * SHORT / 10 + SHORT / 20
        assert promotions.load_at(ORGANIZATION, RUNNING, moment).version == 2 + number


def test_both_get_what_was_promised_when_the_newcomer_took_part() -> None:
    """C5: the settlement comes after a change, and by no terms of today."""
    assert took_part(4) == ("waiting", None, 1)
    change(3, inviter_reward=LESS, newcomer_reward=LESS, programme="another")
    act()
    assert paid() == (2000, 1000)


def test_who_took_part_after_a_change_gets_what_it_promises() -> None:
    """C5: whoever invited them before it."""
    change(3, inviter_reward=LESS, newcomer_reward=LESS)
    assert took_part(2) == ("waiting", None, 2)
    act()
    assert paid() == (500, 500)


def test_an_act_is_asked_for_where_it_was_when_the_newcomer_took_part() -> None:
    """C4."""
    took_part(4)
    change(3, needs_activity=False)
    took_part(4)
    deliver()
    assert paid() == (0, 0)
    act()
    assert paid() == (2000, 1000)


def test_a_promotion_that_was_closed_still_rewards_who_took_part_before() -> None:
    """C5: the act is done while it is closed, in its time."""
    took_part(4)
    change(3, is_open=False)
    act()
    assert paid() == (2000, 1000)


@pytest.mark.parametrize("ends_in", [-2, 5])
def test_time_for_the_act_is_given_but_not_taken(ends_in: int) -> None:
    """C4: more of it holds for who took part before, less of it does not."""
    took_part(4)
    change(3, ends_at=NOW + ends_in * DAY)
    act(1 if ends_in < 0 else -3)
    assert paid() == (2000, 1000)


def test_however_many_invitations_have_expired_the_one_that_holds_counts() -> None:
    """C5: and who else held is told why theirs does not count, before those whose is over."""
    old, rival = NOW - 9 * DAY, keys(user("rival"))[0]
    names = {keys(user(f"old-{number}"))[0]: old + number * SHORT / 100 for number in range(25)}
    for inviter, at in (names | {rival: NOW - 7 * DAY}).items():
        place = inviting.place_of(ORGANIZATION, RUNNING, keys(NUMBER)[0])
        item = Invited(place, ids.key(inviting.INVITED, ids.sortable(at)), at=at, inviter=inviter)
        item.invitation_id, item.first_key, item.token = "i", keys(NUMBER)[0], ids.unguessable()
        item.expires_at = NOW + DAY if inviter == rival else NOW - 5 * DAY
        item.save()
    assert took_part(0)[0] == "waiting"
    seen = take_part(NEW, NUMBER)[1]
    assert seen["inviter"] == keys(ANN)[0]
    assert seen["others"][0] == {"inviter": rival, "reason": "another-counts"}
    assert len(seen["others"]) == participating.MAX_REASONS


@pytest.mark.parametrize("what", ["the participation", "the change"])
def test_what_an_earlier_release_wrote_goes_by_the_promotion_as_it_is(what: str) -> None:
    took_part(4)
    change(3, inviter_reward=LESS)
    if what == "the change":
        (kept,) = [item for item in items_of(PromotionTerms) if isinstance(item, PromotionTerms)]
        kept.delete()
    else:
        place = inviting.place_of(ORGANIZATION, RUNNING, keys(NEW)[0])
        item = Participation.get(place, participating.PARTICIPATION)
        item.promotion_version = None
        item.save()
    act()
    assert paid() == (500, 1000)
