"""People on moto: what is said of them is found by each of their identities, and is erased."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.invitations import identities
from sluice.invitations.people_tables import PersonItem
from sluice.invitations.refusals import LeftOut, PersonListed, TooManyIdentities
from sluice.invitations.rules import segments as rules
from sluice.invitations.rules.identity import Identity
from sluice.invitations.rules.lists import BLACKLIST, EXISTING_CUSTOMERS, Entry, Known, Statement
from sluice.invitations.store import erasing, lists, people, segments
from sluice.organizations import changing
from sluice.shared import clock
from sluice.shared.claims import AlreadyClaimed, Claim
from sluice.shared.errors import Contention, Invalid, NotFound
from sluice.shared.guard import Transaction
from sluice.shared.outbox import OutboxItem, event_of
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW, found_organization

PHONE = Identity("phone", "+86 138 0000 0001")
APP1, APP2 = Identity("id:app1", "c-1"), Identity("user", "u-1")
ENTRY = Entry(NOW, "staff:boss")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def keys(*given: Identity) -> tuple[str, ...]:
    return identities.keys_of(ORGANIZATION, given, "identities")


def say(*given: Identity, claim: Claim | None = None, now: Any = NOW, **named: Any) -> None:
    said = Statement(keys(*given), identities.user_in(given), **named)
    people.put_person(ORGANIZATION, said, now, claim=claim)


def known(*given: Identity) -> Known:
    return people.find_known(ORGANIZATION, keys(*given))


def events() -> list[tuple[str, Any]]:
    return [
        (event.type, event.data)
        for event in (
            event_of(item) for item in items_of(OutboxItem) if isinstance(item, OutboxItem)
        )
    ]


def test_the_user_of_app_2_is_found_by_the_id_of_app_1() -> None:
    """C1."""
    assert people.find_user(ORGANIZATION, keys(APP1)[0]) is None
    say(APP1, APP2)
    assert people.find_user(ORGANIZATION, keys(APP1)[0]) == "u-1"
    assert people.find_user("another", keys(APP1)[0]) is None


def test_what_was_said_of_one_identity_is_known_by_the_others() -> None:
    say(PHONE, joins={BLACKLIST: ENTRY})
    assert not known(APP2).is_on(BLACKLIST)
    say(PHONE, APP1)
    say(APP1, APP2, attributes={"age": 34})
    found = known(APP2)
    assert found.is_on(BLACKLIST)
    assert set(found.keys) == set(keys(PHONE, APP1, APP2))
    assert (found.user_id, found.attributes) == ("u-1", {"age": 34})
    assert known(PHONE).user_id == "u-1"


def test_an_entry_says_since_when_and_who_said_so_until_it_is_left() -> None:
    say(PHONE, APP1, joins={EXISTING_CUSTOMERS: ENTRY})
    assert people.find_entry(ORGANIZATION, EXISTING_CUSTOMERS, keys(PHONE)[0]) == ENTRY
    say(PHONE, leaves=frozenset({EXISTING_CUSTOMERS}))
    assert people.find_entry(ORGANIZATION, EXISTING_CUSTOMERS, keys(PHONE)[0]) is None
    assert people.find_entry(ORGANIZATION, EXISTING_CUSTOMERS, keys(APP1)[0]) == ENTRY


def test_of_two_mappings_the_later_counts_and_of_two_entries_the_earlier() -> None:
    say(PHONE, APP1)
    say(PHONE, APP2, attributes={"age": 1}, joins={BLACKLIST: Entry(NOW + HOUR, "later")})
    later = Identity("user", "u-2")
    say(APP1, later, now=NOW + HOUR, attributes={"age": 2}, joins={BLACKLIST: ENTRY})
    found = known(PHONE)
    assert (found.user_id, found.attributes) == ("u-2", {"age": 2})
    assert found.lists[BLACKLIST] == ENTRY


def test_a_partners_event_takes_effect_once() -> None:
    claim = Claim("acme#webhook#1", "a hash")
    say(APP1, claim=claim)
    with pytest.raises(AlreadyClaimed):
        say(APP1, claim=claim, joins={BLACKLIST: ENTRY})
    assert not known(APP1).is_on(BLACKLIST)


def test_an_act_is_told_with_the_keys_of_who_did_it() -> None:
    """C4."""
    say(APP1, APP2, joins={"activity:spring": Entry(NOW, "partner:bank", "pay-7")})
    ((event_type, data),) = events()
    assert event_type == "activity.recorded.v1"
    assert data["promotion_id"] == "spring"
    assert data["people"][0]["person_keys"] == list(keys(APP1, APP2))


def test_a_newcomer_joins_once_and_under_conditions_of_others() -> None:
    """C5."""
    mine = keys(PHONE, APP1)

    def reward() -> None:
        transaction = Transaction()
        lists.join(
            transaction, ORGANIZATION, EXISTING_CUSTOMERS, mine, ENTRY, otherwise=PersonListed()
        )
        lists.check_not_on(
            transaction, ORGANIZATION, BLACKLIST, mine, otherwise=PersonListed("blacklisted")
        )
        lists.check_on(transaction, ORGANIZATION, "activity:spring", mine[1], otherwise=LeftOut())
        transaction.commit()

    with pytest.raises(LeftOut):
        reward()
    say(APP1, joins={"activity:spring": ENTRY})
    say(PHONE, joins={BLACKLIST: ENTRY})
    with pytest.raises(PersonListed, match="blacklisted"):
        reward()
    assert not known(PHONE, APP1).is_on(EXISTING_CUSTOMERS)
    say(PHONE, leaves=frozenset({BLACKLIST}))
    reward()
    with pytest.raises(PersonListed) as again:
        reward()
    assert again.value.current is not None
    assert people.entry_of(again.value.current) == ENTRY


def test_nothing_of_a_person_is_stored_in_clear() -> None:
    """C6."""
    say(PHONE, APP1, joins={EXISTING_CUSTOMERS: ENTRY})
    stored = str([item.serialize() for item in items_of(PersonItem)])
    assert "13800000001" not in stored
    assert "c-1" not in stored


@pytest.mark.parametrize("keep", [True, False])
def test_erased_by_any_identity_a_person_is_gone_under_all(keep: bool) -> None:  # noqa: FBT001
    """C6."""
    say(PHONE, APP1, joins={BLACKLIST: ENTRY, EXISTING_CUSTOMERS: ENTRY})
    say(APP1, APP2, attributes={"age": 34})
    other = Identity("id:app1", "c-2")
    say(other, joins={EXISTING_CUSTOMERS: ENTRY})
    erased = set(keys(PHONE, APP1, APP2))
    erasing.erase(ORGANIZATION, keys(APP2), NOW, keep_blacklisted=keep)
    items = [item for item in items_of(PersonItem) if isinstance(item, PersonItem)]
    left = {(item.key.split("#")[1], item.item) for item in items}
    assert left == {(keys(other)[0], "list#existing_customers")} | (
        {(key, "list#blacklist") for key in keys(PHONE, APP1)} if keep else set()
    )
    ((event_type, data),) = events()
    assert (event_type, set(data["person_keys"])) == ("person.erased.v1", erased)


def chain(count: int) -> list[Identity]:
    """Say of many identities that each is the next one's."""
    named = [Identity("user", f"u-{n}") for n in range(count)]
    for one, other in itertools.pairwise(named):
        people.put_person(
            ORGANIZATION, Statement(keys(one, other), joins={EXISTING_CUSTOMERS: ENTRY}), NOW
        )
    return named


def test_more_identities_than_one_persons_are_not_erased_but_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """C6: neither is anything left behind unlinked, nor are other people erased with them."""
    monkeypatch.setattr(erasing, "MAX_KEYS", 6)
    named = chain(erasing.MAX_KEYS + 1)
    before = len(items_of(PersonItem))
    with pytest.raises(TooManyIdentities):
        erasing.erase(ORGANIZATION, keys(named[0]), NOW, keep_blacklisted=True)
    assert (len(items_of(PersonItem)), events()) == (before, [])
    middle = keys(named[3])
    erasing.erase(ORGANIZATION, middle, NOW, keep_blacklisted=True, only_named=True)
    told = {"person_keys": list(middle), "user_ids": [], "names": [], "only_named": True}
    assert events() == [("person.erased.v1", told)]
    left = [item for item in items_of(PersonItem) if isinstance(item, PersonItem)]
    assert not [item for item in left if middle[0] in item.key + item.item]
    erasing.erase(ORGANIZATION, keys(named[0]), NOW, keep_blacklisted=True)
    assert known(named[2]).keys == keys(named[2])
    assert not known(named[2]).lists
    assert known(named[4]).is_on(EXISTING_CUSTOMERS)


def test_an_erasure_that_is_cut_short_is_gone_on_with_and_is_done_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """C6: asked again by the same words; who came back meanwhile stays."""
    monkeypatch.setattr(erasing, "BATCH", 3)
    monkeypatch.setattr(erasing, "BUDGET", timedelta(seconds=10))
    named = chain(6)
    say(named[0], joins={f"segment:{n}": ENTRY for n in range(5)})
    claim = Claim("acme#request#1", "a hash")

    def erase() -> None:
        erasing.erase(ORGANIZATION, keys(named[0]), NOW, keep_blacklisted=True, claim=claim)

    ticks = itertools.count()
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: NOW + next(ticks) * timedelta(seconds=1))
        with pytest.raises(Contention):
            erase()
    assert items_of(PersonItem)
    erase()
    assert not items_of(PersonItem)
    say(named[0], joins={EXISTING_CUSTOMERS: ENTRY})
    with pytest.raises(AlreadyClaimed):
        erase()
    assert known(named[0]).is_on(EXISTING_CUSTOMERS)


def test_a_phone_number_without_a_country_is_understood_by_the_organisations_plan() -> None:
    found_organization()
    local = Identity("phone", "13800000001")
    with pytest.raises(Invalid) as refused:
        keys(APP1, local)
    assert refused.value.fields[0][0] == "identities[1].value"
    assert "138" not in str(refused.value)
    found_organization_with_plan()
    assert keys(local) == keys(PHONE)


def found_organization_with_plan() -> None:
    plan = {"calling_code": "86", "national_digits": [11]}
    changing.change_organization(ORGANIZATION, {"phone_plan": plan})


def test_segments_are_kept_by_version_and_listed_by_id() -> None:
    with pytest.raises(NotFound):
        segments.load_segment(ORGANIZATION, "gold")
    rule = rules.AtLeast("balance", 1000)
    assert segments.put_segment(ORGANIZATION, "gold", "Gold", rule, NOW).version == 1
    assert segments.put_segment(ORGANIZATION, "gold", "Gold", rule, NOW).version == 1
    assert segments.put_segment(ORGANIZATION, "gold", "Gold", None, NOW).version == 2
    segments.put_segment(ORGANIZATION, "silver", "Silver", rule, NOW)
    segments.put_segment(ORGANIZATION, "gold-2", "Gold 2", rule, NOW)
    names = [one.segment_id for one in segments.list_segments(ORGANIZATION, "", 10)]
    assert names == ["gold", "gold-2", "silver"]
    after = [one.segment_id for one in segments.list_segments(ORGANIZATION, "gold", 1)]
    assert after == ["gold-2"]
    silver = segments.load_segment(ORGANIZATION, "silver")
    assert segments.is_in(silver, Known((), attributes={"balance": 1000}))
    gold = segments.load_segment(ORGANIZATION, "gold")
    assert segments.is_in(gold, Known((), lists={"segment:gold": ENTRY}))
