"""A promotion from invitation to reward: who is a newcomer, and who gets what (C2 to C5)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.invitations.read_promotions.handler import handler as read_promotions
from sluice.invitations.promotion_tables import Invited, Link, Outcome, PromotionItem
from sluice.invitations.rules.lists import BLACKLIST, Statement, activity_list
from sluice.invitations.store import inviting, people
from sluice.rewards.rules.checks import Checks
from sluice.rewards.rules.programmes import Cap, Programme
from sluice.rewards.store import programmes
from sluice.shared import clock
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.promotion import (
    DAY,
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
ACT = activity_list(RUNNING)


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        put_promotion(clock.now())
        for customer in (ANN, BEN):
            put_customer(customer)
        yield
        assert_books_balance()


def stands(*participant: dict[str, str]) -> tuple[str, str | None]:
    """Return the state of a participation and its reason, as operators read them."""
    path = {
        "organization_id": ORGANIZATION,
        "promotion_id": RUNNING,
        "participation_id": keys(participant[0])[0],
    }
    route = (
        "GET /organizations/{organization_id}/promotions/{promotion_id}"
        "/participations/{participation_id}"
    )
    answer = read_promotions(http(route, path=path, claims=claims()), None)
    body = json.loads(answer["body"])
    return body["state"], body.get("reason")


def paid() -> tuple[int, int, int]:
    ann, ben, new = (balance_of(f"user:{name}", "CNY") for name in ("ann", "ben", "new"))
    return ann, ben, new


def act() -> None:
    put_on(ACT, NEW, NUMBER)


def test_both_are_rewarded_once_and_the_newcomer_is_a_customer_from_then_on() -> None:
    """C5."""
    status, record = invite(ANN, NUMBER, reference="friend-1")
    assert (status, record["invited"], record["left_out"]) == (200, 1, False)
    assert record["invitations"][0]["state"] == "invited"
    assert take_part(NEW, NUMBER)[1]["state"] == "waiting"
    deliver()
    assert paid() == (0, 0, 0), "there is no record of the act"
    act()
    deliver()
    assert paid() == (2000, 0, 1000)
    assert stands(NEW) == ("rewarded", None)
    for identity in (NEW, NUMBER):
        entry = people.find_entry(ORGANIZATION, "existing_customers", keys(identity)[0])
        assert entry is not None
        assert entry.source == "promotion:spring"
    take_part(NEW, NUMBER)
    act()
    deliver()
    assert paid() == (2000, 0, 1000)
    _, record = invite(ANN)
    assert (record["rewarded"], record["invitations"][0]["state"]) == (1, "rewarded")
    assert record["invitations"][0]["reference"] == "friend-1"


def test_the_record_of_the_act_may_come_first() -> None:
    """C4."""
    invite(ANN, NUMBER)
    act()
    deliver()
    take_part(NEW, NUMBER)
    deliver()
    assert paid() == (2000, 0, 1000)


def test_the_record_of_the_act_may_know_the_phone_alone() -> None:
    """C4."""
    invite(ANN, NUMBER)
    take_part(NEW, NUMBER)
    deliver()
    put_on(ACT, NUMBER)
    deliver()
    assert paid() == (2000, 0, 1000)


def test_an_act_before_the_promotion_is_none() -> None:
    invite(ANN, NUMBER)
    put_on(ACT, NEW, NUMBER, at=clock.now() - 2 * DAY)
    take_part(NEW, NUMBER)
    deliver()
    assert stands(NEW) == ("waiting", None)


def test_of_two_inviters_the_first_by_name_is_rewarded_and_the_other_gets_a_reason() -> None:
    """C5."""
    invite(BEN, NUMBER)
    invite(ANN, NUMBER)
    act()
    _, seen = take_part(NEW, NUMBER)
    assert seen["inviter"] == keys(BEN)[0]
    assert seen["others"] == [{"inviter": keys(ANN)[0], "reason": "another-counts"}]
    deliver()
    assert paid() == (0, 2000, 1000)
    _, record = invite(ANN)
    (mine,) = record["invitations"]
    assert (mine["state"], mine["reason"]) == ("not_counted", "another-counts")


def test_who_was_not_named_is_served_and_is_no_newcomer() -> None:
    """C4."""
    _, record = invite(ANN)
    token = record["open_link"].rsplit("/", 1)[1]
    followed = [{"token": token, "opened_at": clock.now().isoformat()}]
    act()
    _, seen = take_part(NEW, NUMBER, links=followed)
    assert (seen["state"], seen["reason"], seen["is_newcomer"]) == ("served", "not-expected", False)
    deliver()
    assert paid() == (0, 0, 0)


def test_an_open_invitation_may_be_enough() -> None:
    put_promotion(clock.now(), open_to_all=True)
    token = invite(ANN)[1]["open_link"].rsplit("/", 1)[1]
    act()
    take_part(NEW, NUMBER, links=[{"token": token, "opened_at": clock.now().isoformat()}])
    deliver()
    assert paid() == (2000, 0, 1000)
    joined = invite(ANN)[1]["joined"]
    assert [each["state"] for each in joined] == ["rewarded"]


def test_a_link_that_was_followed_more_than_once_counts_by_each_time() -> None:
    """C5: also where the last time was after taking part."""
    put_promotion(clock.now() - DAY, open_to_all=True)
    token = invite(ANN)[1]["open_link"].rsplit("/", 1)[1]
    act()
    now = clock.now()
    times = [now - timedelta(hours=1), now]
    followed = [{"token": token, "opened_at": each.isoformat()} for each in times]
    take_part(NEW, NUMBER, links=followed, occurred_at=(now - timedelta(minutes=1)).isoformat())
    deliver()
    assert paid() == (2000, 0, 1000)


def test_following_a_personal_link_that_has_expired_brings_nobody() -> None:
    """C6: invitations expire; the same link is no open invitation instead."""
    put_promotion(clock.now(), open_to_all=True, expires_days=1)
    token = invite(ANN, NUMBER)[1]["invitations"][0]["link"].rsplit("/", 1)[1]
    for item in items_of(PromotionItem):
        if isinstance(item, Invited | Link) and item.expires_at is not None:
            item.expires_at = clock.now() - timedelta(hours=1)
            item.save()
    act()
    _, seen = take_part(NEW, NUMBER, links=[{"token": token, "opened_at": clock.now().isoformat()}])
    assert (seen["state"], seen["reason"]) == ("served", "no-inviter")
    assert seen["others"] == [{"inviter": keys(ANN)[0], "reason": "expired"}]


def test_an_existing_customer_is_served_and_is_no_newcomer() -> None:
    """C4."""
    put_customer(NUMBER)
    assert invite(ANN, NUMBER)[1]["left_out"] is False, "that they are a customer is not told"
    act()
    _, seen = take_part(NEW, NUMBER)
    assert (seen["state"], seen["reason"]) == ("served", "existing-customer")
    deliver()
    assert paid() == (0, 0, 0)


def test_who_is_on_the_blacklist_is_left_out_of_the_expected_list() -> None:
    """C3."""
    put_on(BLACKLIST, NUMBER)
    _, record = invite(ANN, NUMBER)
    assert (record["left_out"], record["invited"], record["invitations"]) == (True, 0, [])
    act()
    assert take_part(NEW, NUMBER)[1]["reason"] == "blacklisted"


@pytest.mark.parametrize(
    ("listed", "reason"), [(NUMBER, "blacklisted"), (ANN, "inviter-blacklisted")]
)
def test_who_came_onto_the_blacklist_meanwhile_is_left_out_of_the_reward(
    listed: dict[str, str], reason: str
) -> None:
    """C3: again when rewards are granted, and neither side gets anything."""
    invite(ANN, NUMBER)
    take_part(NEW, NUMBER)
    put_on(BLACKLIST, listed)
    act()
    deliver()
    assert paid() == (0, 0, 0)
    assert stands(NEW) == ("unrewarded", reason)
    assert people.find_entry(ORGANIZATION, "existing_customers", keys(NEW)[0]) is None


def test_who_has_more_identities_than_are_looked_at_is_not_rewarded() -> None:
    """C3: one of those that are not read might be on the blacklist."""
    invite(ANN, NUMBER)
    take_part(NEW, NUMBER)
    for n in range(8):
        put_on("segment:gold", NEW, user(f"also-{n}"))
    act()
    deliver()
    assert paid() == (0, 0, 0)
    assert stands(NEW) == ("unrewarded", "too-many-identities")


def test_who_has_more_identities_than_are_looked_at_neither_invites_nor_is_invited() -> None:
    """C2, C3."""
    for n in range(8):
        put_on("segment:gold", BEN, user(f"also-{n}"))
    record = invite(ANN, BEN)[1]
    assert (record["left_out"], record["invitations"]) == (True, [])
    assert invite(BEN)[1]["type"] == "urn:sluice:problem:not-an-inviter"


def test_the_budget_covers_both_or_neither_and_may_grow() -> None:
    """C5."""
    _programme(budget={"CNY": 2999})
    invite(ANN, NUMBER)
    act()
    take_part(NEW, NUMBER)
    deliver()
    assert (paid(), stands(NEW)) == ((0, 0, 0), ("unrewarded", "budget-exhausted"))
    _programme(budget={"CNY": 3000})
    take_part(NEW, NUMBER)
    deliver()
    assert (paid(), stands(NEW)) == ((2000, 0, 1000), ("rewarded", None))
    assert programmes.budgets_of(ORGANIZATION, "friends")["CNY"].left_minor == 0


@pytest.mark.parametrize("withdrawn", [False, True])
def test_an_act_that_was_found_in_time_counts_until_it_is_withdrawn(*, withdrawn: bool) -> None:
    """C4: also after another one that was not, whose time is then the one that is kept."""
    _programme(budget={"CNY": 2999})
    invite(ANN, NUMBER)
    act()
    take_part(NEW, NUMBER)
    deliver()
    put_on(ACT, NEW, NUMBER, at=clock.now() - 2 * DAY)
    if withdrawn:
        said = Statement(keys(NEW, NUMBER), leaves=frozenset({ACT}))
        people.put_person(ORGANIZATION, said, clock.now())
    deliver()
    assert stands(NEW) == ("unrewarded", "budget-exhausted")
    _programme(budget={"CNY": 3000})
    take_part(NEW, NUMBER)
    deliver()
    assert paid() == ((0, 0, 0) if withdrawn else (2000, 0, 1000))
    assert stands(NEW)[0] == ("unrewarded" if withdrawn else "rewarded")


def test_a_cap_of_the_inviter_leaves_both_without() -> None:
    _programme(caps=(Cap(max_count=1),))
    for number, name in ((phone(1), "x"), (NUMBER, "new")):
        invite(ANN, number)
        put_on(ACT, user(name), number)
        take_part(user(name), number)
        deliver()
    assert paid() == (2000, 0, 0)
    assert stands(NEW) == ("unrewarded", "cap-reached")


def test_checks_that_find_nothing_let_both_pass() -> None:
    _programme(checks=Checks(self_referral=True, duplicate_account=True, blacklist=True))
    invite(ANN, NUMBER)
    act()
    take_part(NEW, NUMBER)
    deliver()
    assert sorted(each.state for each in rewards()) == ["cleared", "cleared"]


def test_a_person_with_two_accounts_is_a_newcomer_once() -> None:
    invite(ANN, NUMBER)
    act()
    take_part(NEW, NUMBER)
    take_part(user("new-2"), NUMBER)
    deliver()
    assert len(rewards()) == 2
    assert {stands(NEW)[0], stands(user("new-2"))[0]} == {"rewarded", "served"}


def test_the_same_person_again_is_the_same_invitation() -> None:
    _, first = invite(ANN, NUMBER, webhook_id="same")
    assert invite(ANN, NUMBER, webhook_id="same") == (200, first)
    assert invite(ANN, NUMBER) == (200, first)


def test_the_same_person_by_another_identity_is_the_same_invitation() -> None:
    """C3: whichever is said first, once it is known that they are one person's."""
    _, first = invite(ANN, NUMBER)
    people.put_person(ORGANIZATION, Statement(keys(NEW, NUMBER)), clock.now())
    assert invite(ANN, NEW) == (200, first)
    assert invite(ANN, NEW, NUMBER) == (200, first)


@pytest.mark.parametrize(
    ("inviter", "invitee", "slug"),
    [
        (user("nobody"), NUMBER, "not-an-inviter"),
        (ANN, ANN, "self-invitation"),
    ],
)
def test_who_cannot_invite_is_told_why(
    inviter: dict[str, str], invitee: dict[str, str], slug: str
) -> None:
    """C2."""
    status, problem = invite(inviter, invitee)
    assert (status, problem["type"]) == (409, f"urn:sluice:problem:{slug}")


def test_what_became_of_who_was_named_is_shown_however_many_came_by_the_open_link() -> None:
    invite(ANN, NUMBER)
    act()
    take_part(NEW, NUMBER)
    deliver()
    place = inviting.place_of(ORGANIZATION, RUNNING, keys(ANN)[0])
    for number in range(120):
        at = clock.now() - timedelta(minutes=number)
        Outcome(place, f"outcome#{number:03}", state="rewarded", at=at).save()
    _, record = invite(ANN)
    assert record["invitations"][0]["state"] == "rewarded"
    times = [each["at"] for each in record["joined"]]
    assert (len(times), times) == (100, sorted(times, reverse=True))


def test_an_inviter_names_no_more_people_than_the_promotion_allows() -> None:
    put_promotion(clock.now(), max_invitations=1)
    assert invite(ANN, phone(1))[0] == 200
    assert invite(ANN, phone(2))[1]["type"] == "urn:sluice:problem:too-many-invitations"


def test_nobody_joins_a_promotion_that_is_over_and_nobody_is_a_newcomer_of_it() -> None:
    invite(ANN, NUMBER)
    put_promotion(clock.now(), is_open=False)
    assert invite(BEN)[1]["type"] == "urn:sluice:problem:promotion-over"
    assert invite(ANN)[0] == 200, "one's own record stays to be seen"
    assert take_part(NEW, NUMBER)[1]["reason"] == "promotion-over"


def test_input_that_cannot_be_is_refused_by_name() -> None:
    later = (clock.now() + timedelta(hours=2)).isoformat()
    assert take_part(NEW, occurred_at=later)[1]["fields"][0]["field"] == "occurred_at"
    assert take_part(NUMBER)[1]["fields"][0]["field"] == "participant"
    assert take_part(NEW, promotion_id="none")[0] == 404
    assert take_part(NEW, {"kind": "phone", "value": "12"})[0] == 400


def test_no_item_of_a_promotion_holds_a_number_in_clear() -> None:
    """C6."""
    invite(ANN, NUMBER)
    act()
    take_part(NEW, NUMBER)
    deliver()
    stored: list[Any] = [item.attribute_values for item in items_of(PromotionItem)]
    assert stored
    assert NUMBER["value"][3:] not in str(stored)


def _programme(**settings: Any) -> None:
    programmes.put_programme(ORGANIZATION, Programme("friends", **settings), clock.now())
