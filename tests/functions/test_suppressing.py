"""What receipts say of addresses and persons, beyond their message (E7)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.push.receive_receipt.handler import handler as receive_receipt
from sluice.organizations import access
from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import AddressGone, Message, Rejected, Sent, sandbox
from sluice.push.rules.courtesy import Person
from sluice.push.store import recipients
from sluice.shared import clock, signing
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, http
from tests.support.push import USER, World, attempts_of, make_world, script
from tests.support.staff import found_organization

RECEIPT = "POST /receipts/{organization_id}/{provider_account_id}"
ADDRESSES = {"sandbox": "box-7", "phone": "+8613800000001"}


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    now = clock.now()
    with local_aws():
        found_organization()
        made = make_world(monkeypatch)
        made.now = now
        script(**{"*": "accept"})
        recipients.put_recipient(ORGANIZATION, USER, Person(ADDRESSES), now)
        yield made


def receive(world: World, **names: Any) -> list[str]:
    raw = json.dumps({"type": "receipt", "at": world.now.isoformat()} | names).encode()
    key = access.provider_key(ORGANIZATION, "sandbox")
    headers = signing.sign_webhook(key, "msg-1", world.now, raw)
    path = {"organization_id": ORGANIZATION, "provider_account_id": "sandbox"}
    answer = receive_receipt(http(RECEIPT, path=path, body=raw, headers=headers), None)
    assert answer["statusCode"] == 202, answer["body"]
    outcomes: list[str] = json.loads(answer["body"])["outcomes"]
    return outcomes


def person() -> Person:
    found = recipients.find_recipient(ORGANIZATION, USER)
    assert found is not None
    return found.person


def test_a_hard_bounce_suppresses_the_address_it_is_about(world: World) -> None:
    tracking_id = attempts_of(world.push())[0].tracking_id
    for _ in range(2):
        receive(world, status="failed", tracking_id=tracking_id, suppress="address")
    assert person().suppressed.keys() == {"sandbox"}


def test_a_late_bounce_of_another_address_suppresses_nothing(world: World) -> None:
    tracking_id = attempts_of(world.push())[0].tracking_id
    recipients.put_recipient(ORGANIZATION, USER, Person({"sandbox": "box-8"}), world.now)
    bounce = {"status": "failed", "tracking_id": tracking_id, "suppress": "address"}
    receive(world, **bounce, address="box-7")
    assert person().suppressed == {}


def test_a_complaint_withdraws_the_consent_to_marketing_only(world: World) -> None:
    tracking_id = attempts_of(world.push())[0].tracking_id
    receive(world, status="delivered", tracking_id=tracking_id, suppress="marketing")
    consents = person().consents
    assert consents.keys() == {"*/marketing"}
    consent = consents["*/marketing"]
    assert (consent.granted, consent.source) == (False, "complaint")
    assert person().suppressed == {}


def test_a_bounce_that_knows_an_address_only_suppresses_it(world: World) -> None:
    receive(world, status="failed", address="box-9", suppress="address")
    assert person().suppressed == {}
    receive(world, status="failed", address="box-7", suppress="address")
    assert person().suppressed.keys() == {"sandbox"}


def test_an_ordinary_receipt_suppresses_nothing(world: World) -> None:
    receive(world, status="failed", tracking_id=attempts_of(world.push())[0].tracking_id)
    assert (person().suppressed, person().consents) == ({}, {})


class Gone:
    """A provider of paper, to which an address is gone once it is asked."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Put it in the sandbox's place."""
        self.asked: list[str] = []
        patch.setattr(sandbox, "address_kind", "phone")
        patch.setattr(sandbox, "send", self.send)

    def send(self, _: ProviderAccount, message: Message) -> Sent:
        self.asked.append(message.address)
        raise AddressGone("the address does not exist")


def test_an_address_that_the_send_finds_gone_is_not_sent_to_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipients.put_recipient(ORGANIZATION, USER, Person({"phone": "+8613800000001"}), world.now)
    provider = Gone(monkeypatch)
    first = attempts_of(world.push())[0]
    assert (bool(first.failed), first.why) == (True, "the address does not exist")
    assert provider.asked == ["+8613800000001"]
    assert person().suppressed.keys() == {"phone"}
    world.push()
    assert provider.asked == ["+8613800000001"]
    recipients.put_recipient(ORGANIZATION, USER, Person({"phone": "+8613800000002"}), world.now)
    world.push()
    assert provider.asked == ["+8613800000001", "+8613800000002"]


def test_an_address_that_changed_while_it_was_sent_to_is_not_suppressed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipients.put_recipient(ORGANIZATION, USER, Person({"phone": "+8613800000001"}), world.now)
    provider = Gone(monkeypatch)

    def send(account: ProviderAccount, message: Message) -> Sent:
        if provider.asked:
            raise Rejected("for another reason")
        new = Person({"phone": "+8613800000002"})
        recipients.put_recipient(ORGANIZATION, USER, new, world.now)
        return provider.send(account, message)

    monkeypatch.setattr(sandbox, "send", send)
    world.push()
    assert person().suppressed == {}


def test_an_ordinary_refusal_suppresses_nothing(world: World) -> None:
    script(**{"*": "reject"})
    world.push()
    assert person().suppressed == {}
