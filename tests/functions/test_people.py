"""People over HTTP: said, seen, erased; segments (C1, C3, C4, C6)."""

import importlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sluice.invitations.people_tables import PersonItem
from sluice.invitations.store import erasing
from sluice.shared import clock
from sluice.shared.claims import ClaimItem
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http, partner_call
from tests.support.staff import found_organization

FUNCTIONS = Path(__file__).parents[2] / "functions" / "invitations"
ORG = "/organizations/{organization_id}"
PEOPLE, PERSON, ERASURES = f"{ORG}/people", f"{ORG}/people/{{person_key}}", f"{ORG}/people/erasures"
SEGMENT = f"{ORG}/segments/{{segment_id}}"
NUMBER = "13800000001"
PHONE = {"kind": "phone", "value": f"+86 {NUMBER}"}
APP1 = {"kind": "id:app1", "value": "KD-774411"}
USER = {"kind": "user", "value": "u-1"}
EXAMPLES = ("put_person", "erase_person", "put_segment", "list_segments")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


def run(name: str, event: dict[str, Any]) -> dict[str, Any]:
    found: Any = importlib.import_module(f"functions.invitations.{name}.handler")
    answer: dict[str, Any] = found.handler(event, None)
    return answer


def ask(name: str, route: str, body: Any = None, **more: Any) -> Any:
    path = {"organization_id": ORGANIZATION} | more.pop("path", {})
    return run(name, http(route, path=path, body=body, claims=claims(), **more))


def told(answer: dict[str, Any], status: int = 200) -> dict[str, Any]:
    assert answer["statusCode"] == status, answer["body"]
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def put(*given: Any, **named: Any) -> dict[str, Any]:
    return told(ask("put_person", f"PUT {PEOPLE}", {"identities": [*given], **named}))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_beside_a_function_is_answered(name: str) -> None:
    answer = run(name, json.loads((FUNCTIONS / name / "event.json").read_text()))
    assert answer["statusCode"] in {200, 204}, answer["body"]


def test_what_is_said_of_a_person_is_seen_by_their_key() -> None:
    """C1, C3, C4."""
    act = {"list": "activity:spring", "at": "2026-01-05T08:00:00Z", "reference": "pay-7"}
    first = put(APP1, USER, attributes={"balance": 1200}, joins=[act])
    assert (first["user_id"], first["attributes"]) == ("u-1", {"balance": 1200})
    put(PHONE, APP1, joins=[{"list": "blacklist"}])
    path = {"person_key": first["person_key"]}
    seen = told(ask("read_person", f"GET {PERSON}", path=path))
    assert [one["list"] for one in seen["lists"]] == ["activity:spring", "blacklist"]
    assert seen["lists"][0] == act | {"source": "staff:boss"}
    assert len(seen["person_keys"]) == 3
    left = put(PHONE, APP1, leaves=["blacklist"])
    assert [one["list"] for one in left["lists"]] == ["activity:spring"]


def test_who_is_named_and_nothing_said_of_is_as_they_were() -> None:
    assert put(APP1)["lists"] == []
    put(APP1, joins=[{"list": "blacklist"}])
    assert [one["list"] for one in put(APP1)["lists"]] == ["blacklist"]


def test_of_nobody_nothing_is_known() -> None:
    path = {"person_key": "0" * 26}
    assert ask("read_person", f"GET {PERSON}", path=path)["statusCode"] == 404


def test_a_partners_word_takes_effect_once() -> None:
    route = "POST /partners/{organization_id}/people"
    data = {"identities": [APP1], "joins": [{"list": "existing_customers"}]}
    event = partner_call(route, "person.put.v1", data, clock.now())
    assert told(run("put_person", event)) == told(run("put_person", event))
    other = partner_call(route, "person.put.v1", data | {"leaves": ["blacklist"]}, clock.now())
    assert run("put_person", other)["statusCode"] == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"identities": []}, "identities"),
        ({"identities": [PHONE] * 5}, "identities"),
        ({"identities": [{"kind": "mail", "value": "x"}]}, "identities[0].kind"),
        ({"identities": [APP1, {"kind": "phone", "value": NUMBER}]}, "identities[1].value"),
        ({"identities": [USER, {"kind": "user", "value": "u-2"}]}, "identities"),
        ({"identities": [APP1], "joins": [{"list": "friends"}]}, "joins[0].list"),
        ({"identities": [APP1], "joins": [{"list": "blacklist"}] * 2}, "joins"),
        (
            {"identities": [APP1], "joins": [{"list": "blacklist"}], "leaves": ["blacklist"]},
            "joins",
        ),
        (
            {
                "identities": [APP1],
                "joins": [{"list": "activity:a", "at": "2999-01-01T00:00:00Z"}],
            },
            "joins[0].at",
        ),
        ({"identities": [APP1], "attributes": {"Age": 1}}, "attributes"),
    ],
)
def test_what_is_wrong_is_refused_by_name_and_not_repeated(
    body: dict[str, Any], field: str
) -> None:
    answer = ask("put_person", f"PUT {PEOPLE}", body)
    assert told(answer, 400)["fields"][0]["field"].startswith(field)
    assert NUMBER not in answer["body"]
    assert not items_of(PersonItem)


def test_no_word_of_an_identity_is_in_a_table_a_log_or_an_answer(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """C6."""
    caplog.set_level(logging.DEBUG)
    headers = {"idempotency-key": "k-1"}
    answers = [
        put(PHONE, APP1, USER, joins=[{"list": "activity:spring"}]),
        ask("put_person", f"PUT {PEOPLE}", {"identities": [{**PHONE, "value": NUMBER}]}),
        ask("erase_person", f"POST {ERASURES}", {"identities": [PHONE]}, headers=headers),
    ]
    stored = [
        item.serialize()
        for model in (PersonItem, OutboxItem, ClaimItem)
        for item in items_of(model)
    ]
    printed = capsys.readouterr()
    seen = json.dumps([answers, stored]) + caplog.text + printed.out + printed.err
    for word in (NUMBER, APP1["value"]):
        assert word not in seen


def test_erased_a_person_is_unknown_but_stays_on_the_blacklist() -> None:
    """C6."""
    found = put(PHONE, APP1, joins=[{"list": "blacklist"}, {"list": "existing_customers"}])
    for _ in range(2):
        answer = ask("erase_person", f"POST {ERASURES}", {"identities": [APP1]})
        assert answer["statusCode"] == 204, answer["body"]
    path = {"person_key": found["person_key"]}
    seen = told(ask("read_person", f"GET {PERSON}", path=path))
    assert [one["list"] for one in seen["lists"]] == ["blacklist"]
    assert seen["person_keys"] == [found["person_key"]]
    body = {"identities": [PHONE, APP1], "keep_blacklisted": False}
    assert ask("erase_person", f"POST {ERASURES}", body)["statusCode"] == 204
    assert not items_of(PersonItem)


def test_an_erasure_is_done_once_under_its_key() -> None:
    """C6: repeated late it does not erase who came back."""
    again = {"headers": {"idempotency-key": "k-1"}}
    body = {"identities": [PHONE]}
    put(PHONE, joins=[{"list": "existing_customers"}])
    assert ask("erase_person", f"POST {ERASURES}", body, **again)["statusCode"] == 204
    back = put(PHONE, joins=[{"list": "existing_customers"}])
    assert ask("erase_person", f"POST {ERASURES}", body, **again)["statusCode"] == 204
    path = {"person_key": back["person_key"]}
    assert told(ask("read_person", f"GET {PERSON}", path=path))["lists"]
    other = ask("erase_person", f"POST {ERASURES}", {"identities": [APP1]}, **again)
    assert other["statusCode"] == 422


def test_who_leads_to_more_people_than_one_is_erased_by_name_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """C6: a placeholder for a phone number must not erase everybody."""
    monkeypatch.setattr(erasing, "MAX_KEYS", 8)
    for n in range(9):
        put(PHONE, {"kind": "user", "value": f"u-{n}"})
    body: dict[str, Any] = {"identities": [PHONE]}
    answer = ask("erase_person", f"POST {ERASURES}", body)
    assert told(answer, 409)["type"] == "urn:sluice:problem:too-many-identities"
    body["only_named"] = True
    assert ask("erase_person", f"POST {ERASURES}", body)["statusCode"] == 204
    assert len(put({"kind": "user", "value": "u-7"})["person_keys"]) == 1


def test_segments_are_put_read_and_listed() -> None:
    """C1."""
    rule = {"kind": "at_least", "attribute": "balance", "value": 1000}
    for name in ("a", "b", "c"):
        path = {"segment_id": name}
        told(ask("put_segment", f"PUT {SEGMENT}", {"name": name, "rule": rule}, path=path))
    one = told(ask("put_segment", f"GET {SEGMENT}", path={"segment_id": "b"}))
    assert (one["rule"], one["version"]) == (rule, 1)
    route = f"GET {ORG}/segments"
    page = told(ask("list_segments", route, query={"limit": "2"}))
    assert [item["segment_id"] for item in page["items"]] == ["a", "b"]
    rest = told(ask("list_segments", route, query={"cursor": page["next_cursor"]}))
    assert [item["segment_id"] for item in rest["items"]] == ["c"]
    assert ask("list_segments", route, query={"cursor": "no"})["statusCode"] == 400
    assert ask("put_segment", f"GET {SEGMENT}", path={"segment_id": "d"})["statusCode"] == 404


def test_a_rule_without_end_is_refused() -> None:
    rule: dict[str, Any] = {"kind": "exists", "attribute": "age"}
    for _ in range(5):
        rule = {"kind": "not", "of": rule}
    answer = ask("put_segment", f"PUT {SEGMENT}", {"rule": rule}, path={"segment_id": "a"})
    assert told(answer, 400)["fields"][0]["field"] == "rule"
