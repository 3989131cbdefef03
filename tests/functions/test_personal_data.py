"""No phone number, name or outside id is in clear anywhere in the bank's story (C6).

Searched are all requests to AWS (what is stored, asked for, queued and written to files), what the
tables hold in the end, every log line, and every answer with its addresses and errors.
"""

import base64
import hashlib
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from sluice.invitations import identities
from sluice.invitations.people_tables import PersonItem
from sluice.invitations.rules.promotions import Message
from sluice.invitations.store import people
from sluice.shared import clock, telemetry
from sluice.shared.table import connection
from tests.functions.test_people import ERASURES, PEOPLE, PERSON, ask
from tests.functions.test_people_imports import change, go_on, order, seen
from tests.support.aws import all_models, local_aws
from tests.support.people import make_bucket
from tests.support.promotion import (
    deliver,
    invite,
    page,
    partner,
    put_promotion,
    take_part,
    user,
)
from tests.support.push import channel, put_strategy
from tests.support.staff import found_organization

PERSON_NAME = "王小明"
NUMBERS = ("13800000001", "13900000007", "13900000008", "13700000009")
OUTSIDE = ("KD-774411", "oWx-zhang-7788")
ANN, NEW = user("ann"), user("new")
ANN_PHONE, ANN_APP1 = (
    {"kind": "phone", "value": f"+86 {NUMBERS[0]}"},
    {"kind": "id:app1", "value": OUTSIDE[0]},
)
FRIEND = {"kind": "phone", "value": "0086 139-0000-0007"}
LEAVER = {"kind": "phone", "value": f"+86{NUMBERS[2]}"}
WECHAT = {"kind": "id:wechat", "value": OUTSIDE[1]}
WRONG = {"kind": "phone", "value": NUMBERS[1]}  # its country is not known
MESSAGE = Message("cheapest-first", "Bring a friend", "Both get something.")


def forms(word: str) -> set[str]:
    """Return how a word could be found: as it is, escaped, coded, or hashed without a key."""
    found = {word, json.dumps(word)[1:-1], quote(word), base64.b64encode(word.encode()).decode()}
    for spelled in (word, f"+86{word}"):
        for algorithm in ("md5", "sha1", "sha256"):
            found.add(hashlib.new(algorithm, spelled.encode()).hexdigest())
    return found


SECRET = {form for word in (PERSON_NAME, *NUMBERS, *OUTSIDE) for form in forms(word)} | {
    FRIEND["value"]
}


@dataclass
class Watch:
    """What was seen, by where."""

    requests: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    logged: io.StringIO = field(default_factory=io.StringIO)
    fails: bool = False  # the next transaction meets an error of AWS

    def leaks(self, others: str) -> set[tuple[str, str]]:
        """Return what is in clear, and where."""
        tables = sorted({str(model.Meta.table_name) for model in all_models()})
        places = {
            "a request": "\n".join(self.requests),
            "an answer": "\n".join(self.answers),
            "a log line": self.logged.getvalue() + others,
            "a table": "\n".join(map(str, map(_stored, tables))),
        }
        return {(name, word) for name, text in places.items() for word in SECRET if word in text}


def _stored(table: str) -> Any:
    return connection.dispatch("Scan", {"TableName": table})["Items"]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Watch]:
    """Look at all that leaves this process from here on."""
    found = Watch()
    base: Any = BaseClient
    real = base._make_api_call

    def make_api_call(client: Any, operation: str, given: dict[str, Any]) -> Any:
        if operation != "PutObject" or not given["Key"].endswith("/list"):  # the upload
            found.requests.append(f"{operation} {given}")
        if found.fails and operation == "TransactWriteItems":
            found.fails = False
            raise ClientError({"Error": {"Code": "ValidationException"}}, operation)
        return real(client, operation, given)

    with local_aws():
        found_organization(clock.now())
        put_strategy(channel("sms"))
        make_bucket()
        caplog.set_level(logging.INFO)
        level = telemetry.logger.log_level
        telemetry.logger.setLevel(logging.DEBUG)
        monkeypatch.setattr(telemetry.logger.registered_handler, "stream", found.logged)
        monkeypatch.setattr(base, "_make_api_call", make_api_call)
        yield found
        telemetry.logger.setLevel(level)


def put(watch: Watch, status: int, *given: dict[str, str], **said: Any) -> str:
    """Say something of a person as an operator; return their key."""
    headers = {"idempotency-key": NUMBERS[0]}
    answer = ask("put_person", f"PUT {PEOPLE}", {"identities": [*given], **said}, headers=headers)
    watch.answers.append(str(answer))
    assert answer["statusCode"] == status, answer["body"]
    return str(json.loads(answer["body"]).get("person_key", ""))


def play(watch: Watch) -> None:
    """Play the bank's story, with all that its callers may get wrong."""
    put_promotion(clock.now(), message=MESSAGE)
    key = put(watch, 200, ANN_PHONE, ANN_APP1, ANN, joins=[{"list": "existing_customers"}])
    say_wrong(watch)
    login = {"customer": [ANN_APP1]}
    watch.answers += [
        str(ask("read_person", f"GET {PERSON}", path={"person_key": key})),
        str(partner("record_login", "logins", "customer.logged_in.v1", login)),
    ]
    links = []
    for invitee in ((FRIEND, WECHAT), (LEAVER,)):
        record = invite(ANN, *invitee, reference="friend-1")
        watch.answers.append(str(record))
        links.append(record[1]["invitations"][-1]["link"].rsplit("/", 1)[1])
    for method, token, query in (
        ("GET", links[0], None),
        ("POST", links[0], {"choice": "join"}),
        ("POST", links[0], {"choice": PERSON_NAME}),
        ("POST", links[1], {"choice": "leave"}),
    ):
        watch.answers.append(str(page(method, token, query)))
    watch.answers += [str(invite(ANN, LEAVER)), str(take_part(NEW, FRIEND))]
    watch.answers.append(str(deliver()))
    import_acts(watch)
    watch.answers.append(str(deliver()))
    record = invite(ANN)
    assert record[1]["rewarded"] == 1, "the story came to its end"
    watch.answers.append(str(record))
    body = {"identities": [WECHAT]}
    watch.answers.append(str(ask("erase_person", f"POST {ERASURES}", body)))
    assert "person.erased.v1" in deliver()


def say_wrong(watch: Watch) -> None:
    """Call with what is refused, and into an error that nobody foresaw."""
    for more in (
        {"name": PERSON_NAME},
        {"attributes": {PERSON_NAME: PERSON_NAME}},
        {"joins": [{"list": "activity:spring", "reference": PERSON_NAME}]},
        {"joins": [{"list": NUMBERS[1]}]},
    ):
        put(watch, 400, FRIEND, **more)
    put(watch, 400, WRONG)
    put(watch, 400, {"kind": NUMBERS[1], "value": "x"})
    watch.fails = True
    put(watch, 500, FRIEND, WECHAT, joins=[{"list": "blacklist"}])
    watch.answers += [
        str(invite(ANN, WRONG)),
        str(invite({"kind": "user", "value": PERSON_NAME})),
        str(invite(ANN, ANN_PHONE)),
        str(take_part(FRIEND)),
        str(take_part(NEW, WRONG)),
        str(partner("record_login", "logins", "customer.logged_in.v1", {"customer": [WRONG]})),
        str(ask("erase_person", f"POST {ERASURES}", {"identities": [WRONG]})),
    ]


def import_acts(watch: Watch) -> None:
    """Import who did the act, from a list with lines and a header that are wrong."""
    at = (clock.now() - timedelta(minutes=1)).isoformat()
    rows = [
        f"{FRIEND['value']},,{at},pay-7",
        f"+86{NUMBERS[3]},{OUTSIDE[1]},{at},{PERSON_NAME}",
        f"{NUMBERS[1]},,{at},",
        f"{PERSON_NAME},,,,{NUMBERS[3]}",
    ]
    for header, status in ((f"phone,{PERSON_NAME}", "failed"), ("phone,id:x,at,reference", "done")):
        import_id = order("\n".join([header, *rows]).encode(), "activity:spring")
        watch.answers.append(str(change(import_id, "running")))
        go_on()
        found = seen(import_id)
        assert found["status"] == status
        watch.answers.append(str(found))


def test_nothing_of_a_person_is_in_clear(
    watch: Watch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """C6."""
    play(watch)
    printed = capsys.readouterr()
    others = "\n".join(str(vars(record)) for record in caplog.records)
    assert watch.leaks(others + printed.out + printed.err) == set()
    assert watch.logged.getvalue().count("\n") > 20, "the log was looked at"
    assert "TransactWriteItems" in "".join(watch.requests), "so were the requests"


def _into_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    real = identities.key_of

    def key_of(organization_id: str, identity: Any, plan: Any = None) -> str:
        telemetry.logger.info("understood", extra={"who": identity.value})
        return real(organization_id, identity, plan)

    monkeypatch.setattr(identities, "key_of", key_of)


def _into_an_item(monkeypatch: pytest.MonkeyPatch) -> None:
    real = people.items_of

    def items_of_(*given: Any) -> Iterator[PersonItem]:
        for item in real(*given):
            vars(item)["attribute_values"]["source"] = f"+86{NUMBERS[0]}"
            yield item

    monkeypatch.setattr(people, "items_of", items_of_)


@pytest.mark.parametrize(
    ("leak", "places"),
    [(_into_the_log, {"a log line"}), (_into_an_item, {"a request", "a table", "an answer"})],
)
def test_the_search_finds_what_leaks(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, leak: Any, places: set[str]
) -> None:
    leak(monkeypatch)
    put(watch, 200, ANN_PHONE, ANN_APP1, ANN, joins=[{"list": "existing_customers"}])
    assert {place for place, _ in watch.leaks("")} == places
