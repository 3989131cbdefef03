"""Two who change the same thing: who says what they have seen overwrites nobody (If-Match)."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from infra.openapi import discovery
from sluice.organizations import changing, store
from sluice.push.store import templates
from sluice.shared import guard
from sluice.shared.preconditions import ChangedMeanwhile
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.routes import SAMPLES
from tests.support.staff import NOW, found_organization

ORG = "/organizations/{organization_id}"
PATH = {
    "organization_id": ORGANIZATION,
    "campaign_id": "spring",
    "channel_id": "desk",
    "offer_id": "apples",
    "programme": "referral",
    "promotion_id": "spring",
    "segment_id": "gold",
    "strategy_id": "chain",
    "template_id": "tea",
}
ROUTES = {each.door.route: each for each in discovery.routes()}
CHANGES: dict[str, dict[str, Any]] = {
    f"PUT {ORG}/bonus-rules": {"programme": "other"},
    f"PUT {ORG}/campaigns/{{campaign_id}}": {"title": "Other"},
    f"PUT {ORG}/channels/{{channel_id}}": {"cap": 8},
    f"PUT {ORG}/offers/{{offer_id}}": {"budget_minor": 7_000_000},  # no more than its terms
    f"PUT {ORG}/programmes/{{programme}}": {"hold_seconds": 90},
    f"PUT {ORG}/promotions/{{promotion_id}}": {"name": "Other"},
    f"PUT {ORG}/segments/{{segment_id}}": {"name": "Other"},
    f"PUT {ORG}/strategies/{{strategy_id}}": {"hold_out_percent": 5},
    f"PUT {ORG}/templates/{{template_id}}": {"content_id": "autumn"},
}
OTHERS: dict[str, dict[str, Any]] = {
    f"PUT {ORG}/bonus-rules": {"programme": "third"},
    f"PUT {ORG}/campaigns/{{campaign_id}}": {"title": "Third"},
    f"PUT {ORG}/channels/{{channel_id}}": {"cap": 9},
    f"PUT {ORG}/offers/{{offer_id}}": {"hold_seconds": 90},
    f"PUT {ORG}/programmes/{{programme}}": {"hold_seconds": 120},
    f"PUT {ORG}/promotions/{{promotion_id}}": {"name": "Third"},
    f"PUT {ORG}/segments/{{segment_id}}": {"name": "Third"},
    f"PUT {ORG}/strategies/{{strategy_id}}": {"hold_out_percent": 7},
    f"PUT {ORG}/templates/{{template_id}}": {"content_id": "winter"},
}


class Answered(NamedTuple):
    """What a PUT or GET came to."""

    status: int
    tag: str
    body: Any


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        for member_id, role in (("orchard", "merchant"), ("zhou", "member")):
            store.put_member(ORGANIZATION, member_id, {"name": role, "roles": {role}}, NOW)
        yield


def send(route: str, body: Any = None, **headers: str) -> Answered:
    """Call a route with headers such as `if_match`."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    named = {name: value for name, value in PATH.items() if f"{{{name}}}" in route}
    event = http(route, path=named, body=body, headers=given, claims=claims())
    answer = ROUTES[route].handler.module.handler(event, None)
    tag = answer["headers"].get("ETag", "")
    return Answered(answer["statusCode"], tag, json.loads(answer["body"] or "null"))


def read(route: str) -> Answered:
    return send(route.replace("PUT ", "GET "))


def sample(route: str) -> dict[str, Any]:
    found: dict[str, Any] = SAMPLES[route]
    return found


def test_every_route_that_promises_it_is_tried_here() -> None:
    promised = {
        name
        for name, route in ROUTES.items()
        if route.door.method == "PUT" and ChangedMeanwhile in route.operation.refusals
    }
    others = {f"PUT {ORG}", f"PUT {ORG}/offers/{{offer_id}}/bonus-rules"}
    assert promised == set(CHANGES) | others


def test_an_organisation_is_there_so_of_two_who_change_it_the_second_is_told() -> None:
    route, body = f"PUT {ORG}", {"name": "Acme", "time_zone": "UTC"}
    seen = read(route)
    assert (seen.tag, seen.body["version"]) == ('"1"', 1)
    for _ in range(2):  # the first answer may have been lost
        assert send(route, body, if_match=seen.tag).tag == '"2"'
    for stale in ({"if_match": seen.tag}, {"if_none_match": "*"}):
        assert send(route, body | {"name": "Other"}, **stale).status == 412
    assert read(route).body["name"] == "Acme"


def test_an_organisation_that_is_created_again_has_the_version_that_it_has() -> None:
    settings = {"name": "Acme", "time_zone": "UTC", "locale": "en"}
    assert store.create_organization("again", settings, NOW, None) == 1
    changing.change_organization("again", {"name": "Other"})
    changing.change_organization("again", {"name": "Acme"})
    assert store.create_organization("again", settings, NOW, None) == 3


@pytest.mark.parametrize("route", CHANGES)
def test_of_two_who_saw_the_same_the_second_is_told(route: str) -> None:
    first = send(route, sample(route), if_none_match="*")
    assert (first.status, first.tag) == (200, '"1"')
    seen = read(route)
    assert (seen.tag, seen.body["version"]) == ('"1"', 1)
    mine = send(route, sample(route) | CHANGES[route], if_match=seen.tag)
    assert (mine.status, mine.tag) == (200, '"2"')
    stored = read(route)
    theirs = send(route, sample(route), if_match=seen.tag)
    assert (theirs.status, theirs.body["type"]) == (412, "urn:sluice:problem:changed-meanwhile")
    assert read(route) == stored
    assert send(route, sample(route), if_match=f"W/{stored.tag}").tag == '"3"'


@pytest.mark.parametrize("route", CHANGES)
def test_who_is_overtaken_between_reading_and_writing_is_told(
    route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(route, sample(route))
    commit, rivals = guard.Transaction.commit, [sample(route) | CHANGES[route]]

    def overtaken(transaction: guard.Transaction, *given: int) -> None:
        if rivals:
            assert send(route, rivals.pop(), if_match='"1"').tag == '"2"'
        commit(transaction, *given)

    monkeypatch.setattr(guard.Transaction, "commit", overtaken)
    mine = sample(route) | CHANGES[route] | OTHERS[route]
    assert send(route, mine, if_match='"1"').status == 412
    assert not rivals
    assert read(route).tag == '"2"'


@pytest.mark.parametrize("route", CHANGES)
def test_a_put_that_is_repeated_is_answered_as_the_first_time(route: str) -> None:
    """The answer may have been lost: what is stored is what was asked for."""
    changed = sample(route) | CHANGES[route]
    send(route, sample(route))
    answers = [send(route, changed, if_match='"1"') for _ in range(2)]
    assert [answer.tag for answer in answers] == ['"2"', '"2"']
    again = send(route, changed, if_none_match="*")
    assert (again.status, again.tag) == (200, '"2"')


@pytest.mark.parametrize("route", CHANGES)
def test_what_is_to_be_new_replaces_nothing_and_what_is_gone_is_not_made_anew(route: str) -> None:
    assert send(route, sample(route), if_match='"4"').status == 412
    assert send(route, sample(route)).tag == '"1"'
    changed = sample(route) | CHANGES[route]
    assert send(route, changed, if_none_match="*").status == 412
    assert send(route, changed, if_match='"1"', if_none_match="*").status == 412
    assert read(route).tag == '"1"'
    assert send(route, changed).tag == '"2"'  # who says nothing replaces whatever there is


@pytest.mark.parametrize(
    "headers",
    [{"if_match": "1"}, {"if_match": "*"}, {"if_match": '"1", "2"'}, {"if_none_match": '"1"'}],
)
def test_a_precondition_that_cannot_be_read_is_an_error(headers: dict[str, str]) -> None:
    route = f"PUT {ORG}/segments/{{segment_id}}"
    refused = send(route, sample(route), **headers)
    (name,) = headers
    assert refused.status == 400
    assert refused.body["fields"][0]["field"].lower().replace("-", "_") == name


def test_a_route_that_cannot_keep_to_a_version_says_so() -> None:
    route = f"PUT {ORG}/push-settings"
    refused = send(route, sample(route), if_match='"1"')
    assert (refused.status, refused.body["fields"][0]["reason"]) == (400, "not taken")


def test_a_channel_that_was_removed_may_be_new_again() -> None:
    route = f"PUT {ORG}/channels/{{channel_id}}"
    send(route, sample(route), if_none_match="*")
    send(route.replace("PUT ", "DELETE "))
    assert send(route, sample(route), if_match='"1"').status == 412
    assert send(route, sample(route), if_none_match="*").tag == '"3"'


def test_a_template_of_a_release_that_counted_none_is_its_first_version() -> None:
    route = f"PUT {ORG}/templates/{{template_id}}"
    send(route, sample(route))
    item = templates.read_template(ORGANIZATION, "tea")
    item.version = None
    transaction = guard.Transaction()
    transaction.put(item)
    transaction.commit()
    assert read(route).tag == '"1"'
    changed = sample(route) | CHANGES[route]
    assert send(route, changed, if_match='"2"').status == 412
    assert send(route, changed, if_match='"1"').tag == '"2"'
