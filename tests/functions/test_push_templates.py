"""Templates over HTTP, pushes that say what they say, and the proof of what was said (E7, E9)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.push.append_content.handler import handler as append_content
from functions.push.put_template.handler import handler as put_template
from functions.push.start_push.handler import handler as start_push
from functions.push.verify_contents.handler import handler as verify_contents
from sluice.push.content_tables import ContentVersion
from sluice.push.rules.contents import Content
from sluice.push.rules.courtesy import Person
from sluice.push.store import contents, held, recipients
from sluice.push.tables import PushItem
from sluice.shared.outbox import OutboxItem, event_of
from tests.support.aws import items_of, local_aws
from tests.support.events import claims, http
from tests.support.push import USER, put_strategy
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization

FUNCTIONS = Path(__file__).parents[2] / "functions" / "push"
ORG = "/organizations/{organization_id}"
ACME = {"organization_id": "acme"}
BODY = {"strategy_id": "cheapest-first", "user_id": USER}
BY_TEMPLATE = BODY | {
    "template_id": "spring-tea",
    "variables": {"name": "Lin", "tea": "Longjing"},
}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        put_strategy()
        yield


def example(name: str) -> Any:
    return json.loads((FUNCTIONS / name / "event.json").read_text())


def shown_again() -> Any:
    """Return the event that reads what the example stores."""
    return example("put_template") | {"httpMethod": "GET", "body": None}


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], json.loads(response["body"])


def put(change: Any) -> tuple[int, Any]:
    event = example("put_template")
    event["body"] = json.dumps(json.loads(event["body"]) | change)
    return answer(put_template(event, None))


def start(body: Any, key: str | None = None) -> tuple[int, Any]:
    headers = {"Idempotency-Key": key} if key else None
    event = http(f"POST {ORG}/pushes", path=ACME, body=body, headers=headers, claims=claims())
    return answer(start_push(event, None))


def pushed(body: Any) -> Content:
    status, started = start(body)
    assert status == 202, started
    return held.load_push("acme", started["push_id"]).plan.content


def deliver() -> None:
    """Bring the events about contents to their consumer."""
    for item in items_of(OutboxItem):
        assert isinstance(item, OutboxItem)
        if item.type != contents.ADDED:
            continue
        event = event_of(item)
        detail = {
            "id": event.id,
            "type": event.type,
            "organization_id": event.organization_id,
            "occurred_at": event.occurred_at.isoformat(),
            "version": event.version,
            "data": event.data,
        }
        for _ in range(2):
            append_content({"detail-type": event.type, "detail": detail}, None)


def stored() -> list[ContentVersion]:
    return [item for item in items_of(ContentVersion) if isinstance(item, ContentVersion)]


def verify(query: dict[str, str] | None = None) -> tuple[int, Any]:
    event = http(f"GET {ORG}/contents/verify", path=ACME, query=query, claims=claims())
    return answer(verify_contents(event, None))


def test_the_example_template_is_stored_and_shown() -> None:
    """E7."""
    status, shown = answer(put_template(example("put_template"), None))
    assert (status, shown["template_id"]) == (200, "spring-tea")
    assert answer(put_template(shown_again(), None)) == (200, shown)
    assert list(shown["locales"]) == ["zh-CN", "en"]
    assert shown["variables"] == ["name", "tea"]
    other = http(
        f"GET {ORG}/templates/{{template_id}}",
        path=ACME | {"template_id": "other"},
        claims=claims(),
    )
    assert answer(put_template(other, None))[0] == 404


def test_templates_are_listed_by_id_page_by_page() -> None:
    """E7: a line each, with the title that who reads none of the languages sees."""
    event = example("put_template")
    for name in ("green", "black", "white"):
        path = ACME | {"template_id": name}
        assert answer(put_template(event | {"pathParameters": path}, None))[0] == 200
    found: list[Any] = []
    query = {"limit": "2"}
    while len(found) < 9:
        listing = http(f"GET {ORG}/templates", path=ACME, query=query, claims=claims())
        status, page = answer(put_template(listing, None))
        assert status == 200
        found += page["items"]
        if page.get("next_cursor") is None:
            break
        query["cursor"] = page["next_cursor"]
    assert [one["template_id"] for one in found] == ["black", "green", "white"]
    assert (found[0]["locales"], found[0]["title"]) == (["zh-CN", "en"], "Spring tea, {name}")
    wrong = http(f"GET {ORG}/templates", path=ACME, query={"cursor": "x"}, claims=claims())
    assert answer(put_template(wrong, None))[0] == 400
    strange = http(
        f"GET {ORG}/templates", path={"organization_id": "other"}, claims=claims("operator")
    )
    assert answer(put_template(strange, None))[0] == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"variables": ["name"]}, "locales.zh-CN.body"),
        ({"fallback_locale": "fr"}, "fallback_locale"),
        ({"variables": ["name", "tea", "tea"]}, "variables"),
        ({"variables": ["Name"]}, "variables[0]"),
        ({"locales": {}}, "locales"),
        ({"locales": {"en": {"title": "", "body": "B"}}}, "locales[...].title"),
        ({"locales": {"en": {"title": "T", "body": "B", "link": "ftp://x"}}}, "locales[...].link"),
        ({"html": "<b>"}, "body"),
    ],
)
def test_a_bad_template_is_refused_by_its_field(change: dict[str, Any], field: str) -> None:
    """E7."""
    status, problem = put(change)
    assert status == 400, problem
    assert field in [fault["field"] for fault in problem["fields"]]
    assert answer(put_template(shown_again(), None))[0] == 404


def test_a_push_says_the_template_in_the_recipients_language() -> None:
    """E7: theirs, else the fallback; the recipient is read as the push is stored."""
    put({})
    english = pushed(BY_TEMPLATE)
    assert (english.title, english.locale) == ("Spring tea, Lin", "en")
    recipients.put_recipient("acme", USER, Person(locale="zh-CN"), NOW)
    chinese = pushed(BY_TEMPLATE)
    assert chinese.locale == "zh-CN"
    assert "Longjing" in chinese.body
    assert chinese.templates["wechat_subscribe"].parameters == {"thing1": "Longjing"}
    assert chinese.link == "https://shop.example.com/tea?for=Lin"
    assert chinese.content_id == "spring-tea"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"variables": {"name": "Lin"}}, ["variables.tea"]),
        ({"variables": {}}, ["variables.name", "variables.tea"]),
        ({"variables": {"name": "a", "tea": "b", "city": "c"}}, ["variables.city"]),
        ({"variables": {"name": "x" * 300, "tea": "b"}}, ["variables"]),
        ({"content": {"title": "T", "body": "B"}}, ["content"]),
        ({"template_id": None, "variables": {}}, ["content"]),
        (
            {"template_id": None, "content": {"title": "T", "body": "B"}},
            ["variables"],
        ),
    ],
)
def test_a_push_that_does_not_fit_its_template_is_refused(
    change: dict[str, Any], fields: list[str]
) -> None:
    """E7: missing variables are named, and nothing is stored."""
    put({})
    status, problem = start(BY_TEMPLATE | change)
    assert status == 400, problem
    assert [fault["field"] for fault in problem["fields"]] == fields
    assert items_of(PushItem) == []


def test_a_push_needs_its_template() -> None:
    status, problem = start(BY_TEMPLATE)
    assert (status, problem["type"]) == (404, "urn:sluice:problem:not-found")


def test_the_same_request_by_a_template_starts_one_push() -> None:
    put({})
    assert start(BY_TEMPLATE, "order-1") == start(BY_TEMPLATE, "order-1")
    assert start(BY_TEMPLATE | {"user_id": "another"}, "order-1")[0] == 422


def test_a_push_names_the_version_of_the_words_it_sent() -> None:
    """E9: one for all users of a language; nothing of a person is in it."""
    put({})
    one = pushed(BY_TEMPLATE)
    other = pushed(BY_TEMPLATE | {"variables": {"name": "Wang", "tea": "Longjing"}})
    assert one.version == other.version
    (kept,) = stored()
    assert str(one.version).removeprefix("sha256:") in kept.key
    assert "{name}" in kept.text
    assert "Lin" not in kept.text
    plain = BODY | {"content": {"title": "T", "body": "B"}}
    assert pushed(plain).version not in {None, one.version}
    with recorded() as asked:
        start(plain)
    assert asked.names.count("TransactWriteItems") == 1, "its words are known to be stored"


def test_what_was_sent_is_verified_over_http() -> None:
    """E9."""
    assert verify()[1]["length"] == 0
    for number in range(3):
        pushed(BODY | {"content": {"title": f"T {number}", "body": "B"}})
    deliver()
    status, found = answer(verify_contents(example("verify_contents"), None))
    assert (status, found["items"], found["length"], found["complete"]) == (200, [], 3, True)
    assert found["head"]["position"] == 3
    key = stored()[0].key
    ContentVersion(key, "version").update([ContentVersion.text.set("{}")])
    (wrong,) = verify()[1]["items"]
    assert (wrong["what"], wrong["version"].removeprefix("sha256:") in key) == ("changed", True)
    again = verify({"after": "3", "hash": found["head"]["hash"]})[1]
    assert (again["items"], again["head"]) == ([], found["head"])
    assert verify({"after": "-1"})[0] == 400
    assert verify({"hash": "sha256:abc"})[0] == 400


def test_the_example_event_of_words_that_are_gone_changes_nothing() -> None:
    append_content(example("append_content"), None)
    assert verify()[1]["length"] == 0


def test_another_organisations_templates_are_not_shown() -> None:
    """F4."""
    path = {"organization_id": "other", "template_id": "spring-tea"}
    event = http(f"GET {ORG}/templates/{{template_id}}", path=path, claims=claims())
    assert answer(put_template(event, None))[0] == 403
