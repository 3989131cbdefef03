"""A promotion's logins, pages, opt-outs and erasures (C1, C6)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sluice.invitations import identities
from sluice.invitations.promotion_tables import (
    Invited,
    Link,
    OptOut,
    Participant,
    Participation,
    PromotionItem,
    PromotionSettings,
)
from sluice.invitations.rules import segments as segment_rules
from sluice.invitations.rules.identity import Identity
from sluice.invitations.rules.lists import BLACKLIST, MAX_KEYS, Statement, segment_list
from sluice.invitations.rules.promotions import Message
from sluice.invitations.store import erasing, forgetting, inviting, people, segments
from sluice.invitations.store.participating import MAX_REASONS
from sluice.push.rules.courtesy import Consent, Person
from sluice.push.store import recipients
from sluice.push.tables import Push
from sluice.shared import clock
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.promotion import (
    deliver,
    invite,
    keys,
    page,
    partner,
    phone,
    put_customer,
    put_on,
    put_promotion,
    take_part,
    user,
)
from tests.support.push import channel, put_strategy
from tests.support.staff import found_organization

ANN, BEN, NEW, NUMBER = user("ann"), user("ben"), user("new"), phone(7)
APP1 = {"kind": "id:app1", "value": "KD-7"}
MESSAGE = Message("cheapest-first", "Bring a friend", "Both get something.")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        put_promotion(clock.now(), message=MESSAGE)
        put_strategy(channel("sms"))
        put_customer(ANN)
        yield


def login(*customer: dict[str, str]) -> Any:
    status, body = partner(
        "record_login", "logins", "customer.logged_in.v1", {"customer": [*customer]}
    )
    assert status == 202, body
    return body["pushed"]


def pushes() -> list[str]:
    return [item.user_id for item in items_of(Push) if isinstance(item, Push)]


def token_of(link: str) -> str:
    return link.rsplit("/", 1)[1]


def invited() -> str:
    return token_of(invite(ANN, NUMBER)[1]["invitations"][0]["link"])


def test_a_customer_who_logs_in_to_app_1_is_told_in_app_2_once() -> None:
    """C1."""
    said = Statement(keys(APP1, ANN), identities.user_in([Identity(**ANN)]))
    people.put_person(ORGANIZATION, said, clock.now())
    assert login(APP1) == ["spring"]
    assert login(APP1) == []
    assert login(ANN) == []
    assert pushes() == ["ann"]


@pytest.mark.parametrize("who", [NEW, APP1])
def test_who_is_no_customer_or_unknown_in_app_2_is_told_nothing(who: dict[str, str]) -> None:
    """C2: we never push to a non-customer."""
    assert login(who) == []
    assert pushes() == []


def test_who_is_on_the_blacklist_is_told_nothing() -> None:
    put_on(BLACKLIST, ANN)
    assert login(ANN) == []


def test_only_the_promotions_segment_is_told() -> None:
    """C1: by a list, or by a rule."""
    put_promotion(clock.now(), message=MESSAGE, segment_id="gold")
    assert login(ANN) == [], "there is no such segment"
    segments.put_segment(ORGANIZATION, "gold", "Gold", None, clock.now())
    assert login(ANN) == []
    put_on(segment_list("gold"), ANN)
    assert login(ANN) == ["spring"]


def test_a_segment_may_be_a_rule() -> None:
    put_promotion(clock.now(), message=MESSAGE, segment_id="rich")
    rule = segment_rules.AtLeast(attribute="balance", value=100)
    segments.put_segment(ORGANIZATION, "rich", "Rich", rule, clock.now())
    assert login(ANN) == []
    people.put_person(ORGANIZATION, Statement(keys(ANN), "ann", {"balance": 100}), clock.now())
    assert login(ANN) == ["spring"]


def test_what_does_not_run_is_not_told() -> None:
    put_promotion(clock.now(), message=MESSAGE, is_open=False)
    assert login(ANN) == []


def test_a_strategy_that_does_not_exist_holds_no_other_promotion_up() -> None:
    """C1."""
    missing = Message("no-such-strategy", "Bring a friend", "Both get something.")
    put_promotion(clock.now(), promotion_id="autumn", message=missing)
    assert login(ANN) == ["spring"]
    assert pushes() == ["ann"]


def test_the_page_asks_first_and_names_nobody() -> None:
    """C6."""
    status, shown = page("GET", invited())
    assert status == 200
    assert "I agree and take part" in shown
    for secret in (NUMBER["value"], "ann", keys(NUMBER)[0]):
        assert secret not in shown


def test_who_agrees_is_led_on_and_when_is_kept() -> None:
    """C6."""
    token = invited()
    assert "https://app.example/join" in page("POST", token, {"choice": "join"})[1]
    (link,) = [each for each in items_of(Link) if getattr(each, "invitation_id", None)]
    assert isinstance(link, Link)
    first = link.consented_at
    assert first is not None
    page("POST", token)
    link.refresh()
    assert link.consented_at == first


def test_who_does_not_want_to_be_invited_is_not_by_anybody() -> None:
    """C6."""
    token = invited()
    assert page("POST", token, {"choice": "leave"})[0] == 200
    assert page("GET", token)[0] == 404
    assert invite(ANN)[1]["invitations"] == []
    assert invite(ANN, NUMBER)[1]["left_out"] is True
    assert take_part(NEW, NUMBER)[1]["reason"] == "not-expected"


def test_an_open_invitation_names_nobody_who_could_leave() -> None:
    token = token_of(invite(ANN)[1]["open_link"])
    assert page("POST", token, {"choice": "leave"})[0] == 200
    assert page("GET", token)[0] == 200
    assert not [item for item in items_of(OptOut) if isinstance(item, OptOut)]


def test_a_page_of_a_promotion_that_is_over_says_so() -> None:
    token = invited()
    put_promotion(clock.now(), is_open=False)
    assert "no longer valid" in page("GET", token)[1]
    assert page("GET", "0" * 16)[0] == 404


@pytest.mark.parametrize("who", [NUMBER, ANN, NEW])
def test_nothing_of_an_erased_person_is_left_in_promotions(who: dict[str, str]) -> None:
    """C6: on neither side of an invitation."""
    invited()
    take_part(NEW, NUMBER)
    deliver()
    erased = people.find_known(ORGANIZATION, keys(who)).keys
    erasing.erase(ORGANIZATION, erased, clock.now(), keep_blacklisted=False)
    assert "person.erased.v1" in deliver()
    left = [
        item.attribute_values
        for item in items_of(PromotionItem)
        if not isinstance(item, PromotionSettings)
    ]
    links = [each for each in left if each["item"] == "link"]
    assert not [each for each in left if each["key"].split("#")[-1] in erased]
    assert not [each for each in left if each["item"].startswith("sent")]
    assert len(links) == (0 if who is ANN else 1), "the open one stays with its inviter"
    assert json.dumps(left, default=str).count(NUMBER["value"]) == 0


def test_an_erasure_reaches_who_has_as_many_identities_and_inviters_as_there_can_be() -> None:
    """C6: what goes together fits a transaction."""
    now, person = clock.now(), [f"key-{number}" for number in range(MAX_KEYS)]
    place = inviting.place_of(ORGANIZATION, "spring", person[0])
    for number in range(8):
        shared: dict[str, Any] = {"invitation_id": f"i-{number}", "expires_at": now}
        link = Link(f"link#t-{number}", "link", invitee_keys=person, inviter="x", **shared)
        link.organization_id, link.promotion_id = ORGANIZATION, "spring"
        named = Invited(place, f"invited#i-{number}", token=f"t-{number}", at=now, **shared)
        named.inviter, named.first_key = f"inviter-{number}", person[0]
        link.save()
        named.save()
    Participant(place, f"participant#{person[0]}", participation_id=person[0], at=now).save()
    Participation(
        place,
        "participation",
        participation_id=person[0],
        user_id="new",
        keys=person,
        is_newcomer=True,
        state="waiting",
        inviter="inviter-0",
        others=[[f"other-{number}", "expired", None] for number in range(MAX_REASONS)],
        occurred_at=now,
        consented_at=now,
        recorded_at=now,
        version=1,
    ).save()
    forgetting.forget(ORGANIZATION, person[:1], now)
    assert items_under(person[0]) == set()


def test_an_erasure_reaches_an_invitation_whose_link_is_gone() -> None:
    """C6: what is over is forgotten item by item; the inviter's names the person by every key."""
    put_customer(ANN)
    invite(ANN, NUMBER, APP1)
    for item in items_of(PromotionItem):
        if isinstance(item, Link) and item.invitee_keys:
            item.delete()
    (second,) = keys(APP1)
    forgetting.forget(ORGANIZATION, [second], clock.now())
    assert not [name for name in items_under(*keys(ANN)) if name.startswith("sent#")]
    assert items_under(second) == set()


def test_an_erasure_told_late_spares_what_came_after_it() -> None:
    """C6: who is back is invited, takes part and gets pushes; what was before goes all the same."""
    put_customer(BEN)
    invited()
    for user_id in ("new", "gone"):
        recipients.put_recipient(ORGANIZATION, user_id, Person(tags=("old",)), clock.now())
    erasing.erase(
        ORGANIZATION, keys(NEW, NUMBER), clock.now(), keep_blacklisted=False, users=["new", "gone"]
    )
    recipients.put_recipient(ORGANIZATION, "new", Person(tags=("back",)), clock.now())
    consent = Consent(granted=False, at=clock.now(), source="user")
    recipients.withdraw(ORGANIZATION, "gone", "marketing", consent, clock.now())
    invite(BEN, NUMBER)
    take_part(NEW, NUMBER)
    assert "person.erased.v1" in deliver()
    kinds = [{name.split("#")[0] for name in items_under(key)} for key in keys(NEW, NUMBER)]
    assert kinds == [{"participant", "participation"}, {"invited", "participant"}]
    assert len([name for name in items_under(keys(NUMBER)[0]) if "invited" in name]) == 1
    for inviter, left in ((ANN, 0), (BEN, 1)):
        names = items_under(*keys(inviter))
        assert len([name for name in names if name.startswith("sent#")]) == left, names
    person = recipients.person_of(recipients.find_recipient(ORGANIZATION, "new"))
    assert person is not None
    assert person.tags == ("back",)
    assert recipients.tagged(ORGANIZATION, "old", None, 9).user_ids == []
    gone = recipients.find_recipient(ORGANIZATION, "gone")
    assert gone is not None
    assert recipients.person_of(gone) is None


def items_under(person_key: str) -> set[str]:
    found = [item for item in items_of(PromotionItem) if isinstance(item, PromotionItem)]
    return {item.item for item in found if item.key.split("#")[-1] == person_key}
