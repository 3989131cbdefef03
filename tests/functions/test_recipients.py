"""Recipients over HTTP: put, read, imported, erased; settings of all pushes (E7, F7)."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sluice.push.recipient_tables import RecipientItem
from sluice.push.rules.courtesy import Cap, Consent
from sluice.push.rules.masking import mask
from sluice.push.store import push_settings, recipients
from sluice.push.tables import BehaviourItem, PushItem, SandboxMessage
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http, partner_call
from tests.support.push import USER, World, behave, make_world, receipts_of, script
from tests.support.staff import found_organization

FUNCTIONS = Path(__file__).parents[2] / "functions" / "push"
ONE = "/organizations/{organization_id}/recipients/{user_id}"
MANY = "/organizations/{organization_id}/recipients"
SETTINGS = "/organizations/{organization_id}/push-settings"
SAID = {"granted": True, "at": "2026-01-05T08:00:00Z", "source": "shop"}
BODY = {
    "addresses": {"phone": "+8613800000001", "email": "lin@example.com", "push-1": "{json}"},
    "time_zone": "Asia/Shanghai",
    "locale": "zh-CN",
    "tags": ["vip", "tea", "vip"],
    "consents": {"*/marketing": SAID},
}

EXAMPLES = (
    "put_recipient",
    "read_recipient",
    "import_recipients",
    "erase_recipient",
    "put_push_settings",
)


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    now = clock.now()
    with local_aws():
        found_organization()
        made = make_world(monkeypatch)
        made.now = now
        yield made


def run(name: str, event: dict[str, Any]) -> dict[str, Any]:
    found: Any = importlib.import_module(f"functions.push.{name}.handler")
    answer: dict[str, Any] = found.handler(event, None)
    return answer


def ask(name: str, route: str, body: Any = None, user_id: str = USER, **more: Any) -> Any:
    path = {"organization_id": ORGANIZATION} | ({"user_id": user_id} if "user_id" in route else {})
    return run(name, http(route, path=path, body=body, claims=claims(), **more))


def told(answer: dict[str, Any], status: int = 200) -> dict[str, Any]:
    assert answer["statusCode"] == status, answer["body"]
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def put(**changes: Any) -> dict[str, Any]:
    return told(ask("put_recipient", f"PUT {ONE}", BODY | changes))


def test_a_recipient_is_shown_without_giving_their_addresses_away() -> None:
    """E7."""
    put()
    answer = ask("read_recipient", f"GET {ONE}")
    shown = told(answer)
    assert shown["addresses"] == {"phone": "***0001", "email": "l***@example.com", "push-1": "***"}
    assert (shown["tags"], shown["time_zone"]) == (["tea", "vip"], "Asia/Shanghai")
    assert shown["consents"]["*/marketing"]["granted"] is True
    assert "13800000001" not in answer["body"]
    found = recipients.find_recipient(ORGANIZATION, USER)
    assert found is not None
    assert found.person.addresses == BODY["addresses"]


def test_who_is_not_known_is_not_found() -> None:
    assert ask("read_recipient", f"GET {ONE}")["statusCode"] == 404


def test_a_user_may_be_called_by_an_address() -> None:
    user_id = "lin+shop@" + "x" * 100
    told(ask("put_recipient", f"PUT {ONE}", {}, user_id=user_id))
    assert told(ask("read_recipient", f"GET {ONE}", user_id=user_id))["user_id"] == user_id


def test_a_partner_puts_a_recipient_by_an_event_once() -> None:
    route = "POST /partners/{organization_id}/recipients"
    data = BODY | {"user_id": USER}
    event = partner_call(route, "recipient.put.v1", data, clock.now())
    assert told(run("put_recipient", event)) == told(run("put_recipient", event))
    found = recipients.find_recipient(ORGANIZATION, USER)
    assert found is not None
    assert int(found.version) == 1
    other = partner_call(route, "recipient.put.v1", data | {"tags": []}, clock.now())
    assert run("put_recipient", other)["statusCode"] == 422
    nobody = partner_call(route, "recipient.put.v1", BODY, clock.now(), webhook_id="msg-2")
    assert told(run("put_recipient", nobody), 400)["fields"][0]["field"] == "user_id"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"addresses": {"phone": "13800000001"}}, "addresses.phone"),
        ({"addresses": {"email": "lin at example.com"}}, "addresses.email"),
        ({"addresses": {"openid": "a\nb"}}, "addresses.openid"),
        ({"addresses": {"no kind": "x"}}, "addresses"),
        ({"addresses": {f"k{n}": "x" for n in range(21)}}, "addresses"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"locale": "chinese!"}, "locale"),
        ({"tags": ["a#b"]}, "tags[0]"),
        ({"tags": ["x"] * 21}, "tags"),
        ({"consents": {"sms": SAID}}, "consents"),
        ({"consents": {"*/gossip": SAID}}, "consents"),
        ({"consents": {"*/marketing": {"granted": True}}}, "consents[...]"),
        ({"consents": {"*/marketing": SAID | {"at": "2999-01-01T00:00:00Z"}}}, "consents"),
        ({"user_id": "another"}, "user_id"),
        ({"surprise": 1}, "body"),
    ],
)
def test_what_is_wrong_is_told_by_field(changes: dict[str, Any], field: str) -> None:
    problem = told(ask("put_recipient", f"PUT {ONE}", BODY | changes), 400)
    assert problem["fields"][0]["field"].startswith(field), problem
    assert recipients.find_recipient(ORGANIZATION, USER) is None


def test_an_import_undoes_no_unsubscription() -> None:
    """E7, F7: consents older than the withdrawal come with every nightly file."""
    put()
    left = Consent(granted=False, at=clock.now(), source="unsubscribe_link")
    recipients.withdraw(ORGANIZATION, USER, "marketing", left, clock.now())
    sheet = (
        "user_id,phone,tags,consents\r\n"
        f'{USER},+8613800000002,vip;tea,"{{""*/marketing"": {json.dumps(SAID)}}}"\r\n'
    ).replace(json.dumps(SAID), json.dumps(SAID).replace('"', '""'))
    answer = told(ask("import_recipients", f"POST {MANY}", sheet.encode()))
    assert (answer["stored"], answer["refused"]) == (1, [])
    found = recipients.find_recipient(ORGANIZATION, USER)
    assert found is not None
    kept = {"email": "lin@example.com", "push-1": "{json}"}
    assert found.person.addresses == {"phone": "+8613800000002"} | kept
    assert found.person.time_zone == "Asia/Shanghai"
    assert found.person.consents == {"*/marketing": left}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("u-1,13800,,", "phone"),
        ("u-1,,5,", "addresses"),
        ("u-1,,,[]", "consents"),
        ("u 1,,,", "user_id"),
    ],
)
def test_a_line_that_is_wrong_is_told_and_nothing_is_stored(line: str, field: str) -> None:
    sheet = f"user_id,phone,addresses,consents\r\nu-0,,,\r\n{line}\r\n"
    answer = told(ask("import_recipients", f"POST {MANY}", sheet.encode()))
    assert [(one["line"], one["field"]) for one in answer["refused"]] == [(3, field)]
    assert (answer["stored"], items_of(RecipientItem)) == (0, [])


def test_an_empty_cell_takes_away_and_a_missing_column_nothing() -> None:
    put()
    sheet = f"user_id,email,tags,addresses\r\n{USER},,,\r\n"
    told(ask("import_recipients", f"POST {MANY}", sheet.encode()))
    found = recipients.find_recipient(ORGANIZATION, USER)
    assert found is not None
    assert found.person.addresses == {"phone": "+8613800000001"}
    assert (found.person.tags, found.person.locale) == ((), "zh-CN")


def test_erasure_leaves_nothing_personal(world: World) -> None:
    """E7: the push stays, by the user's id."""
    script(**{"*": "accept"})
    push_id = world.push()
    put()
    told(ask("put_recipient", f"PUT {ONE}", BODY, user_id="u-8"))
    for hours in range(60):
        behave(f"kind{hours}", world.now)
    assert len(items_of(SandboxMessage)) == 1
    for _ in range(2):
        assert ask("erase_recipient", f"DELETE {ONE}")["statusCode"] == 204
    kept = items_of(RecipientItem)
    assert {USER} & {item.item for item in kept if isinstance(item, RecipientItem)} == set()
    assert recipients.find_recipient(ORGANIZATION, "u-8") is not None
    assert items_of(BehaviourItem) == items_of(SandboxMessage) == []
    assert len(items_of(PushItem)) > 0
    events = [item for item in OutboxItem.scan() if item.type == "recipient.erased.v1"]
    assert [json.loads(item.data) for item in events] == [{"user_id": USER}]
    assert receipts_of(push_id) == []


def test_settings_are_shown_as_put() -> None:
    """E7."""
    empty = told(ask("put_push_settings", f"GET {SETTINGS}"))
    assert empty == {"caps": {}, "unsubscribe_notes": {}}
    body = {"caps": {"marketing": {"max_pushes": 3, "days": 7}}, "unsubscribe_notes": {"en": "Hi"}}
    assert told(ask("put_push_settings", f"PUT {SETTINGS}", body)) == body
    assert told(ask("put_push_settings", f"GET {SETTINGS}")) == body
    assert push_settings.settings_of(ORGANIZATION).caps == {"marketing": Cap(3, 7)}


@pytest.mark.parametrize(
    "caps",
    [{"transactional": {"max_pushes": 1, "days": 1}}, {"service": {"max_pushes": 0, "days": 1}}],
)
def test_a_cap_that_cannot_be_is_told(caps: dict[str, Any]) -> None:
    told(ask("put_push_settings", f"PUT {SETTINGS}", {"caps": caps}), 400)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+8613800000001", "***0001"),
        ("lin@example.com", "l***@example.com"),
        ("short", "***"),
        ("@lin", "***"),
        ('{"endpoint": "https://a/b@c"}', '***@c"}'),
    ],
)
def test_addresses_are_masked(address: str, shown: str) -> None:
    assert mask(address) == shown


@pytest.mark.parametrize(
    "name",
    [
        "put_recipient",
        "read_recipient",
        "import_recipients",
        "erase_recipient",
        "put_push_settings",
    ],
)
def test_the_examples_work(name: str) -> None:
    told(ask("put_recipient", f"PUT {ONE}", {}, user_id="u-1001"))
    event = json.loads((FUNCTIONS / name / "event.json").read_text())
    assert run(name, event)["statusCode"] in {200, 204}
