"""After an erasure every table is searched for the person (C6): by number, name, id and key."""

import importlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from sluice.codes import identities
from sluice.codes.rules import outside as rules
from sluice.codes.rules.seats import Contact
from sluice.codes.store import channels, contacts, outside, pool
from sluice.invitations.store import people
from sluice.promoters import buyers
from sluice.push.rules.courtesy import Person
from sluice.push.rules.judging import Behaviour
from sluice.push.store import behaviours, recipients
from sluice.rewards.store import facts
from sluice.shared import clock, outbox
from sluice.shared.claims import claim_under
from sluice.shared.outbox import OutboxItem
from sluice.shared.table import connection
from tests.functions.test_people import ERASURES, ask
from tests.support.aws import all_models, items_of, local_aws
from tests.support.codes import check_counters, issue_code, join, open_channel, stored_channels
from tests.support.events import ORGANIZATION
from tests.support.promotion import (
    deliver,
    invite,
    keys,
    put_customer,
    put_promotion,
    take_part,
    user,
)
from tests.support.promotion import (
    put_on as put_on_list,
)
from tests.support.signups import ANSWERS, begin, sign_up
from tests.support.staff import found_organization

NUMBER = {"kind": "phone", "value": "+8613800000011"}
APP1 = {"kind": "id:app1", "value": "KD-774411"}
REF = "wm-kd-9911"  # at the provider; nobody names it when they erase
MEI, ANN = user("user-mei-7788"), user("ann")
CONSUMERS = ("invitations.forget_participant", "campaigns.follow_events")
# What stays, and why: books are kept by user id, and that somebody was erased for 90 days.
KEPT_BY_USER_ID = {"test-accounts", "test-rewards", "test-programmes", "test-recipients"}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def everywhere() -> dict[str, str]:
    """Return what each table holds, as text."""
    tables = sorted({str(model.Meta.table_name) for model in all_models()})
    return {name: _text(name) for name in tables}


def _text(table: str) -> str:
    items = connection.dispatch("Scan", {"TableName": table})["Items"]
    return json.dumps(items, ensure_ascii=False, default=str)


def holding(word: str) -> set[str]:
    return {table for table, text in everywhere().items() if word in text}


def known_everywhere() -> list[str]:
    """Let a person be known in every context that may name one; return their person keys."""
    now = clock.now()
    put_promotion(now)
    put_customer(ANN)
    put_on_list("segment:gold", MEI, NUMBER, APP1)
    invite(ANN, NUMBER)
    take_part(MEI, NUMBER)
    deliver()
    sign_up(begin())
    person = Person(addresses={"phone": NUMBER["value"]}, tags=("vip",))
    recipients.put_recipient(ORGANIZATION, MEI["value"], person, now)
    claim = claim_under("b-1", ORGANIZATION, ("POST", "partner"), b"{}")
    done = Behaviour(kind="visit", content_id=None, at=now)
    behaviours.record_behaviour(ORGANIZATION, MEI["value"], done, claim, now)
    known_in_codes(now)
    return list(people.find_known(ORGANIZATION, keys(MEI)).keys)


def known_in_codes(now: datetime) -> None:
    """Let them join with a token of app 1, be connected, and come to another channel too."""
    pool.forget()
    for channel_id in ("a", "b"):
        open_channel(channel_id)
    issue_code()
    (customer_id,) = identities.outside_name(ORGANIZATION, "app1", APP1["value"]).customers
    seat = join(customer_id, now=now).assignment
    contacts.tell(ORGANIZATION, "sandbox", Contact("connected", seat.assignment_id, now, REF), now)
    other = channels.read_channel(ORGANIZATION, "a" if seat.channel_id == "b" else "b")
    outside.change(ORGANIZATION, other, REF, lambda known: rules.connect(known, now))


def held() -> dict[str, int]:
    return {str(channel.channel_id): int(channel.held) for channel in stored_channels()}


def erase() -> None:
    """Erase by one identity, and bring the event to all who consume it, twice."""
    body = {"identities": [APP1], "keep_blacklisted": False}
    assert ask("erase_person", f"POST {ERASURES}", body)["statusCode"] == 204
    sent = [outbox.event_of(item) for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    events = [event for event in sent if event.type == "person.erased.v1"]
    assert events
    for item in items_of(OutboxItem):
        item.delete()
    for event in [*events, *events]:
        detail: dict[str, Any] = {name: getattr(event, name) for name in event.__struct_fields__}
        for name in CONSUMERS:
            handler = importlib.import_module(f"functions.{name}.handler").handler
            handler({"detail-type": event.type, "detail": detail}, None)
    for item in items_of(OutboxItem):
        item.delete()  # what those tell of it has gone out


def test_no_table_knows_an_erased_person_by_number_name_or_key() -> None:
    """C6: the ledger keeps its user ids."""
    person_keys = known_everywhere()
    assert len(person_keys) == 3
    before = {word: holding(word) for word in (NUMBER["value"], ANSWERS["name"], MEI["value"])}
    assert before[NUMBER["value"]] >= {"test-campaigns", "test-recipients"}
    assert holding(REF) == {"test-customers", "test-outside_contacts"}
    assert before[MEI["value"]] >= {"test-promotions", "test-people", "test-behaviours"}
    assert all(len(holding(key)) >= 1 for key in person_keys)
    places = held()
    promoter = buyers.keys_of(ORGANIZATION, [("phone", NUMBER["value"])])
    facts.bind(ORGANIZATION, "zhou", promoter, clock.now())
    erase()
    for word in (NUMBER["value"], NUMBER["value"][3:], ANSWERS["name"], APP1["value"], REF):
        assert holding(word) == set(), word
    for key in person_keys:
        assert holding(key) == set(), "a person key leads nowhere any more"
    assert holding(MEI["value"]) <= KEPT_BY_USER_ID
    assert facts.bound_to(ORGANIZATION, promoter) == {"zhou"}, "whose a second account is"
    check_counters()
    assert held() == places, "places stay taken"
