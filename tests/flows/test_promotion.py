"""The bank's story over HTTP: told at login, invited by name, both rewarded, once (C1 to C6)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from tests.support.client import Organization, eventually

PROMOTION, PROGRAMME, CURRENCY = "spring", "friends", "CNY"
INVITER_MINOR, NEWCOMER_MINOR = 2000, 1000
_numbers = count(1000)


def user(name: str) -> dict[str, str]:
    return {"kind": "user", "value": name}


def phone() -> dict[str, str]:
    return {"kind": "phone", "value": f"+8613900{next(_numbers):06}"}


def put_person(acme: Organization, *given: dict[str, str], **said: Any) -> None:
    body = {"identities": [*given], **said}
    acme.operator.put(f"{acme.path}/people", body).expect(200)


def put_customer(acme: Organization, *given: dict[str, str]) -> None:
    put_person(acme, *given, joins=[{"list": "existing_customers"}])


def act(acme: Organization, *given: dict[str, str]) -> None:
    """Record the qualifying act."""
    at = datetime.now(UTC).isoformat()
    put_person(acme, *given, joins=[{"list": f"activity:{PROMOTION}", "at": at}])


def put_promotion(
    acme: Organization, budget_minor: int | None = None, lasts: timedelta = timedelta(days=30)
) -> None:
    now = datetime.now(UTC)
    acme.operator.put(
        f"{acme.path}/promotions/{PROMOTION}",
        {
            "name": "Bring a friend",
            "introduction": "You both get something.",
            "app_link": "https://app.example/join",
            "programme": PROGRAMME,
            "inviter_reward": {"amount_minor": INVITER_MINOR, "currency": CURRENCY},
            "newcomer_reward": {"amount_minor": NEWCOMER_MINOR, "currency": CURRENCY},
            "starts_at": (now - timedelta(days=1)).isoformat(),
            "ends_at": (now + lasts).isoformat(),
            "segment_id": "gold",
            "message": {"strategy_id": "told", "title": "Bring a friend", "body": "Both get."},
        },
    ).expect(200)
    acme.operator.put(f"{acme.path}/segments/gold", {"name": "Gold"}).expect(200)
    channel = {"channel": "app", "wait_seconds": 3600, "success": "delivered"}
    strategy = {"purpose": "service", "channels": [channel]}
    acme.operator.put(f"{acme.path}/strategies/told", strategy).expect(200)
    if budget_minor is not None:
        budget = {"budget": {CURRENCY: budget_minor}}
        acme.operator.put(f"{acme.path}/programmes/{PROGRAMME}", budget).expect(200)


def invite(acme: Organization, inviter: str, *invitee: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {"promotion_id": PROMOTION, "inviter": [user(inviter)]}
    if invitee:
        data["invitee"] = [*invitee]
    record: dict[str, Any] = (
        acme.post_event("invitations", "promotion.invite.v1", data).expect(200).json
    )
    return record


def take_part(acme: Organization, *given: dict[str, str]) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    data = {
        "promotion_id": PROMOTION,
        "participant": [*given],
        "occurred_at": now,
        "consented_at": now,
    }
    answer = acme.post_event("participations", "promotion.joined.v1", data).expect(202)
    seen: dict[str, Any] = answer.json
    return seen


def settled(acme: Organization, participation_id: str) -> dict[str, Any]:
    """Wait until a participation is settled one way or the other."""
    path = f"{acme.path}/promotions/{PROMOTION}/participations/{participation_id}"

    def look() -> dict[str, Any] | None:
        seen: dict[str, Any] = acme.operator.get(path).expect(200).json
        return seen if seen["state"] != "waiting" else None

    return eventually("the participation to be settled", look)


def balance(acme: Organization, name: str) -> int:
    return int(sum(each["balance_minor"] for each in acme.account(f"user:{name}")["balances"]))


def test_the_banks_story(acme: Organization) -> None:
    """C1 to C5: two inviters race for one invitee; the first by name and the newcomer are paid."""
    put_promotion(acme)
    app1 = {"kind": "id:app1", "value": f"KD-{uuid4()}"}
    put_person(
        acme,
        app1,
        user("ann"),
        joins=[{"list": "existing_customers"}, {"list": "segment:gold"}],
    )
    put_customer(acme, user("ben"))
    login = {"customer": [app1]}
    pushed = [
        acme.post_event("logins", "customer.logged_in.v1", login).expect(202).json["pushed"]
        for _ in range(2)
    ]
    assert pushed == [[PROMOTION], []]
    number, newcomer = phone(), user("new")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: invite(acme, name, number), ("ann", "ben")))
    link = invite(acme, "ann")["invitations"][0]["link"]
    page = acme.anyone.send("GET", link[link.index("/i/") :], None, {}).expect(200)
    assert number["value"] not in page.body.decode()
    seen = take_part(acme, newcomer, number)
    assert (seen["state"], len(seen["others"])) == ("waiting", 1)
    acme.deployment.rest()
    assert balance(acme, "new") == 0, "the record of the act is missing"
    act(acme, newcomer, number)
    assert settled(acme, seen["participation_id"])["state"] == "rewarded"
    acme.deployment.rest()
    assert sorted((balance(acme, "ann"), balance(acme, "ben"))) == [0, INVITER_MINOR]
    assert balance(acme, "new") == NEWCOMER_MINOR
    take_part(acme, newcomer, number)
    act(acme, newcomer, number)
    acme.deployment.rest()
    assert balance(acme, "new") == NEWCOMER_MINOR
    for reward_id in settled(acme, seen["participation_id"])["rewards"]:
        decision = {"decision": "reverse", "reason": "refunded"}
        path = f"{acme.path}/rewards/{reward_id}/decision"
        acme.operator.post(path, decision).expect(200)
    assert balance(acme, "ann") + balance(acme, "ben") + balance(acme, "new") == 0


def test_who_is_put_on_the_blacklist_between_invitation_and_grant_gets_nothing(
    acme: Organization,
) -> None:
    """C3: neither does the inviter."""
    put_promotion(acme)
    put_customer(acme, user("ann"))
    number, newcomer = phone(), user("new")
    invite(acme, "ann", number)
    seen = take_part(acme, newcomer, number)
    put_person(acme, number, joins=[{"list": "blacklist"}])
    act(acme, newcomer, number)
    after = settled(acme, seen["participation_id"])
    assert (after["state"], after["reason"]) == ("unrewarded", "blacklisted")
    assert (balance(acme, "ann"), balance(acme, "new")) == (0, 0)


@pytest.mark.parametrize(
    ("burst", "pairs"), [(6, 3), pytest.param(60, 25, marks=pytest.mark.proof)]
)
def test_a_budget_that_ends_in_a_burst_is_spent_to_the_unit(
    acme: Organization, burst: int, pairs: int
) -> None:
    """C5: both or neither, whoever comes first; each act is told twice."""
    put_promotion(acme, pairs * (INVITER_MINOR + NEWCOMER_MINOR) + 500)
    invited = []
    for place in range(burst):
        number = phone()
        put_customer(acme, user(f"ann-{place}"))
        invite(acme, f"ann-{place}", number)
        act(acme, number)
        invited.append((f"new-{place}", number))
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda each: take_part(acme, user(each[0]), each[1]), invited))
        list(pool.map(lambda each: act(acme, user(each[0]), each[1]), invited))
    after = [settled(acme, each["participation_id"]) for each in seen]
    acme.deployment.rest()
    states = [each["state"] for each in after]
    assert (states.count("rewarded"), states.count("unrewarded")) == (pairs, burst - pairs)
    paid = [balance(acme, f"ann-{n}") + balance(acme, f"new-{n}") for n in range(burst)]
    both = INVITER_MINOR + NEWCOMER_MINOR
    assert sorted(paid) == [0] * (burst - pairs) + [both] * pairs
    for each in after:
        assert each.get("reason") in {None, "budget-exhausted"}


@pytest.mark.proof
def test_of_two_inviters_of_each_newcomer_one_is_rewarded_where_everything_crosses(
    acme: Organization,
) -> None:
    """C4, C5: both invitations at once; then participation and act, each twice, at once."""
    put_promotion(acme)
    newcomers = [(f"new-{n}", phone()) for n in range(4)]
    pairs = [(f"{side}-{n}", number) for n, (_, number) in enumerate(newcomers) for side in "ab"]
    for inviter, _ in pairs:
        put_customer(acme, user(inviter))
    told = [
        lambda name=name, number=number, say=say: say(acme, user(name), number)
        for name, number in newcomers
        for say in (take_part, act, take_part, act)
    ]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: invite(acme, *each), pairs))
        answers = list(pool.map(lambda say: say(), told))
    for answer in answers[::4]:
        assert settled(acme, answer["participation_id"])["state"] == "rewarded"
    acme.deployment.rest()
    for n, (name, _) in enumerate(newcomers):
        assert balance(acme, name) == NEWCOMER_MINOR
        both = sorted((balance(acme, f"a-{n}"), balance(acme, f"b-{n}")))
        assert both == [0, INVITER_MINOR]


@pytest.mark.proof  # it waits 20 s
def test_an_invitation_that_has_expired_counts_no_more(acme: Organization) -> None:
    """C6: it ends with the promotion as it was then; that this goes on does not bring it back."""
    put_promotion(acme, lasts=timedelta(seconds=20))
    put_customer(acme, user("ann"))
    number = phone()
    link = invite(acme, "ann", number)["invitations"][0]["link"]
    put_promotion(acme)

    def look() -> bool | None:
        return invite(acme, "ann")["invitations"][0]["state"] == "expired" or None

    eventually("the invitation to expire", look)
    english = {"accept-language": "en"}
    page = acme.anyone.send("GET", link[link.index("/i/") :], None, english).expect(200)
    assert "no longer valid" in page.body.decode()
    seen = take_part(acme, user("new"), number)
    assert (seen["state"], seen["reason"]) == ("served", "not-expected")
    again = invite(acme, "ann", number)["invitations"]
    assert [each["state"] for each in again] == ["invited"], "they may be named again"


def test_who_refuses_and_who_is_erased_leave_no_trace(acme: Organization) -> None:
    """C6: no table has a number in clear; nobody names them again."""
    put_promotion(acme)
    put_customer(acme, user("ann"))
    number = phone()
    link = invite(acme, "ann", number)["invitations"][0]["link"]
    path = link[link.index("/i/") :]
    assert number["value"] not in json.dumps(acme.deployment.items(acme.id))
    acme.anyone.send("POST", f"{path}?choice=leave", None, {}).expect(200)
    acme.anyone.send("GET", path, None, {}).expect(404)
    assert invite(acme, "ann", number)["left_out"] is True
    erased = {"identities": [user("ann")]}
    acme.operator.post(f"{acme.path}/people/erasures", erased).expect(204)
    acme.deployment.rest()
    data = {"promotion_id": PROMOTION, "inviter": [user("ann")]}
    again = acme.post_event("invitations", "promotion.invite.v1", data)
    assert again.problem == "not-an-inviter", "nothing is known of them any more"
