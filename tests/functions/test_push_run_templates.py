"""Runs by a template: each user is told in their language, with their own values (E7, E8)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.push.change_run.handler import handler as change_run
from functions.push.read_run.handler import handler as read_run
from functions.push.start_run.handler import handler as start_run
from sluice.push.rules.courtesy import Person
from sluice.push.rules.templates import Template, Wording
from sluice.push.runs import sending as run_sending
from sluice.push.store import recipients, templates
from sluice.push.store.held import find_push
from tests.support import runs as support
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.push import World, make_world, put_strategy, script
from tests.support.staff import found_organization

RUNS = "/organizations/{organization_id}/runs"
ORG = {"organization_id": ORGANIZATION}
TEA = Template(
    {"en": Wording("Tea, {name}", "{tea} is here."), "zh-CN": Wording("{name}, 茶", "{tea}")},
    "en",
    ("name", "tea"),
)


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        support.make_bucket()
        monkeypatch.setattr(run_sending, "LAST_SEND_SECONDS", 0)  # of the little time of a test
        script(**{"*": "accept"})
        put_strategy()
        made = make_world(monkeypatch)
        templates.put_template(ORGANIZATION, "spring-tea", TEA, made.now)
        yield made


def call(handler: Any, route: str, body: Any = None, **path: str) -> tuple[int, Any]:
    """Call a function as the operator; returns status and answer."""
    answer = handler(http(route, path=ORG | path, body=body, claims=claims("operator")), None)
    return answer["statusCode"], json.loads(answer["body"] or "null")


def start(audience: dict[str, Any], **says: Any) -> tuple[int, Any]:
    says = says or {"template_id": "spring-tea"}
    body = {"strategy_id": "cheapest-first", "audience": audience} | says
    return call(start_run, f"POST {RUNS}", body)


def told(run_id: str) -> dict[str, tuple[str, str]]:
    """Return what each user of a run is told."""
    found = {}
    for push in support.pushes_of(run_id):
        held = find_push(ORGANIZATION, push.push_id)
        assert held is not None
        content = held.plan.content
        assert str(content.version).startswith("sha256:")
        found[push.user_id] = (content.title, content.body)
    return found


def upload_and_play(world: World, data: bytes, **says: Any) -> str:
    status, given = start({"upload": {"format": "csv", "size_bytes": len(data)}}, **says)
    assert status == 202, given
    run_id = str(given["run_id"])
    support.upload(run_id, data)
    path = f"PUT {RUNS}/{{run_id}}"
    assert call(change_run, path, {"status": "running"}, run_id=run_id)[0] == 200
    support.play(world)
    return run_id


def test_each_user_of_a_list_is_told_in_their_language_with_their_values(world: World) -> None:
    recipients.put_recipient(ORGANIZATION, "u-2", Person(locale="zh-CN"), world.now)
    data = b"user_id,name,tea,city\nu-1,Li,Oolong,Xian\nu-2,Wei,Longjing,\n"
    run_id = upload_and_play(world, data)
    assert told(run_id) == {
        "u-1": ("Tea, Li", "Oolong is here."),
        "u-2": ("Wei, 茶", "Longjing"),
    }
    view = call(read_run, f"GET {RUNS}/{{run_id}}", run_id=run_id)[1]
    assert (view["status"], view["template_id"]) == ("finished", "spring-tea")


def test_a_line_with_a_variable_missing_is_listed_and_nobody_gets_half_a_message(
    world: World,
) -> None:
    run_id = upload_and_play(world, b"user_id,name,tea\nu-1,Li,\nu-2,Wei,Oolong\nu-3,,\n")
    view = call(read_run, f"GET {RUNS}/{{run_id}}", run_id=run_id)[1]
    assert view["rejects"] == [
        {"line": 2, "reason": "missing: tea"},
        {"line": 4, "reason": "missing: name, tea"},
    ]
    assert (view["users"], view["rejected"], view["progress"]["sent"]) == (1, 2, 1)
    assert support.recipients_of_messages() == ["u-2"]


def test_what_all_share_fills_in_what_a_line_leaves_open(world: World) -> None:
    shared = {"template_id": "spring-tea", "variables": {"name": "friend", "tea": "Oolong"}}
    run_id = upload_and_play(world, b"user_id,name\nu-1,Li\nu-2,\n", **shared)
    assert told(run_id) == {
        "u-1": ("Tea, Li", "Oolong is here."),
        "u-2": ("Tea, friend", "Oolong is here."),
    }


def test_a_run_says_what_the_template_said_when_it_was_started(world: World) -> None:
    shared = {"template_id": "spring-tea", "variables": {"name": "friend", "tea": "Oolong"}}
    status, given = start({"user_ids": ["u-1"]}, **shared)
    assert status == 202
    changed = Template({"en": Wording("Other", "words")}, "en")
    templates.put_template(ORGANIZATION, "spring-tea", changed, world.now)
    support.play(world)
    assert told(given["run_id"]) == {"u-1": ("Tea, friend", "Oolong is here.")}


def test_a_batch_sent_again_tells_nobody_twice(world: World) -> None:
    shared = {"template_id": "spring-tea", "variables": {"name": "friend", "tea": "Oolong"}}
    run_id = start({"user_ids": ["u-1", "u-2"]}, **shared)[1]["run_id"]
    (given,) = support.executions_of(world)
    said = support.advance(given)
    assert support.send(said, 0)
    assert support.send(said, 0)
    assert support.counted(run_id) == {"batches": 1, "sent": 2}
    assert support.recipients_of_messages() == ["u-1", "u-2"]


@pytest.mark.parametrize(
    ("says", "status", "field"),
    [
        ({"template_id": "spring-tea"}, 400, "variables.name"),
        ({"template_id": "spring-tea", "variables": {"name": "Li"}}, 400, "variables.tea"),
        (
            {"template_id": "spring-tea", "variables": {"name": "Li", "tea": "x", "city": "y"}},
            400,
            "variables.city",
        ),
        (
            {"template_id": "spring-tea", "content": {"title": "Tea", "body": "Here."}},
            400,
            "content",
        ),
        (
            {"content": {"title": "Tea", "body": "Here."}, "variables": {"name": "Li"}},
            400,
            "variables",
        ),
        ({"template_id": "none"}, 404, None),
    ],
)
def test_what_cannot_be_said_to_all_is_refused(
    says: dict[str, Any], status: int, field: str | None
) -> None:
    answered, problem = start({"user_ids": ["u-1"]}, **says)
    assert answered == status
    if field is not None:
        assert problem["fields"][0]["field"] == field
