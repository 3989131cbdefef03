"""A run from its start to its end, with its state machine of paper (E8)."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from functions.push.change_run.handler import handler as change_run
from functions.push.list_runs.handler import handler as list_runs
from functions.push.read_run.handler import handler as read_run
from functions.push.repair_waits.handler import handler as repair_waits
from functions.push.start_run.handler import handler as start_run
from sluice.push import steps
from sluice.push.rules import audiences
from sluice.push.rules.audiences import Audience, Entry
from sluice.push.rules.courtesy import Person
from sluice.push.rules.runs import MAX_ROUNDS, Status
from sluice.push.runs import sending as run_sending
from sluice.push.runs import steps as run_steps
from sluice.push.store import recipients, run_batches, runs
from sluice.shared.errors import Contention
from tests.support import runs as support
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.push import World, attempts_of, channel, make_world, put_strategy, script
from tests.support.staff import found_organization

RUNS = "/organizations/{organization_id}/runs"
ORG = {"organization_id": ORGANIZATION}
CONTENT = {"title": "Spring tea", "body": "It is here."}


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        support.make_bucket()
        monkeypatch.setattr(audiences, "BATCH_USERS", 4)
        monkeypatch.setattr(run_sending, "LAST_SEND_SECONDS", 0)  # of the little time of a test
        script(**{"*": "accept"})
        yield make_world(monkeypatch)


def call(handler: Any, route: str, body: Any = None, **path: str) -> tuple[int, Any]:
    """Call a function as the operator; returns status and answer."""
    key = {"idempotency-key": "k-1"} if body else {}
    event = http(route, path=ORG | path, body=body, headers=key, claims=claims("operator"))
    answer = handler(event, None)
    return answer["statusCode"], json.loads(answer["body"] or "null")


def ordered(audience: dict[str, Any]) -> dict[str, Any]:
    put_strategy()
    body = {"strategy_id": "cheapest-first", "content": CONTENT, "audience": audience}
    status, answer = call(start_run, f"POST {RUNS}", body)
    assert status == 202
    found: dict[str, Any] = answer
    return found


def read(run_id: str) -> dict[str, Any]:
    status, answer = call(read_run, f"GET {RUNS}/{{run_id}}", run_id=run_id)
    assert status == 200
    found: dict[str, Any] = answer
    return found


def become(run_id: str, wanted: str) -> tuple[int, Any]:
    return call(change_run, f"PUT {RUNS}/{{run_id}}", {"status": wanted}, run_id=run_id)


def test_named_users_get_one_message_each(world: World) -> None:
    users = [f"u-{number}" for number in range(10)]
    run_id = ordered({"user_ids": users})["run_id"]
    assert support.play(world) == 3
    view = read(run_id)
    assert view["status"] == "finished"
    assert (view["users"], view["batches"], view["prepared"]) == (10, 3, True)
    assert view["progress"]["sent"] == 10
    assert view["progress"]["batches"] == 3
    assert support.recipients_of_messages() == sorted(users)
    assert not world.states.executions, "nobody was refused, so nobody needed an execution"


def test_a_repeated_request_is_one_run(world: World) -> None:
    first = ordered({"user_ids": ["u-1"]})
    assert ordered({"user_ids": ["u-1"]}) == first
    assert len(support.executions_of(world)) == 1


def test_who_has_a_tag_is_an_audience(world: World) -> None:
    for number in range(5):
        tags = ("tea",) if number % 2 else ("coffee",)
        recipients.put_recipient(ORGANIZATION, f"u-{number}", Person(tags=tags), world.now)
    run_id = ordered({"tag": "tea"})["run_id"]
    support.play(world)
    assert read(run_id)["progress"]["sent"] == 2
    assert support.recipients_of_messages() == ["u-1", "u-3"]


@pytest.mark.parametrize("list_format", ["csv", "ndjson"])
def test_an_uploaded_list_is_an_audience(world: World, list_format: str) -> None:
    rows = {
        "csv": b"user_id,name\r\nu-1,Li\r\nu 2,Wei\r\nu-3,Ann\r\nu-1,Li\r\n",
        "ndjson": b'{"user_id":"u-1","variables":{"name":"Li"}}\nnothing\n{"user_id":"u-3"}\n'
        b'{"user_id":"u-1"}\n',
    }
    data = rows[list_format]
    given = ordered({"upload": {"format": list_format, "size_bytes": len(data)}})
    assert given["status"] == "uploading"
    assert "X-Amz-Signature" in given["upload_url"]
    assert support.executions_of(world) == []
    support.upload(given["run_id"], data)
    assert become(given["run_id"], "running")[0] == 200
    support.play(world)
    view = read(given["run_id"])
    assert view["status"] == "finished"
    assert (view["users"], view["repeated"], view["rejected"]) == (2, 1, 1)
    assert [reject["line"] for reject in view["rejects"]] == [3 if list_format == "csv" else 2]
    assert "upload_url" not in view
    assert support.recipients_of_messages() == ["u-1", "u-3"]


def test_a_long_list_is_read_in_portions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiences, "PIECE_LINES", 6)
    data = b"\n".join(msgspec.json.encode(entry) for entry in support.named(14))
    audience = Audience("upload", format="ndjson", size_bytes=len(data))
    run_id = support.start_run(world, audience=audience)
    support.upload(run_id, data)
    become(run_id, "running")
    (given,) = support.executions_of(world)
    said = support.advance(given)
    assert said["next"] == "send"
    assert said["batches"] == [0, 1, 2, 3, 4]
    assert (int(support.load(run_id).users), support.stored_batches()) == (14, 5)


def test_preparing_goes_on_where_its_time_was_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audiences, "PIECE_LINES", 4)
    data = b"\n".join(msgspec.json.encode(entry) for entry in support.named(9))
    audience = Audience("upload", format="ndjson", size_bytes=len(data))
    run_id = support.start_run(world, audience=audience)
    support.upload(run_id, data)
    become(run_id, "running")
    (given,) = support.executions_of(world)
    task = msgspec.convert(given, run_steps.RunTask)
    assert run_steps.advance(task, world.now, until=0.0).next == "prepare"
    assert support.stored_batches() == 0
    support.play(world)
    assert read(run_id)["progress"]["sent"] == 9


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "its list was not uploaded"),
        (b"name\nLi\n", "its first line does not name user_id once, and each other column once"),
    ],
)
def test_a_list_that_is_none_leaves_the_run_stuck(
    world: World, data: bytes | None, why: str
) -> None:
    audience = Audience("upload", format="csv", size_bytes=10)
    run_id = support.start_run(world, audience=audience)
    if data:
        support.upload(run_id, data)
    become(run_id, "running")
    support.play(world)
    view = read(run_id)
    assert (view["status"], view["why"]) == ("stuck", why)
    assert view["upload_url"]
    support.upload(run_id, b"user_id\nu-1\n")
    assert become(run_id, "running")[0] == 200
    support.play(world)
    assert read(run_id)["status"] == "finished"


def test_whoever_is_refused_goes_on_to_the_next_channel(world: World) -> None:
    script(**{"u-0/wechat": "reject", "*": "accept"})
    run_id = support.start_run(world, support.named(3))
    support.play(world)
    assert support.counted(run_id) == {"batches": 1, "sent": 2, "refused": 1}
    assert len(world.states.executions) == 1
    (refused,) = [push for push in support.pushes_of(run_id) if push.user_id == "u-0"]
    assert [attempt.channel for attempt in attempts_of(refused.push_id)] == ["wechat", "app"]


def test_a_pause_leaves_batches_pending_and_resuming_sends_them(world: World) -> None:
    run_id = support.start_run(world, support.named(10))
    (given,) = support.executions_of(world)
    said = support.advance(given)
    assert support.send(said, 0)
    assert become(run_id, "paused")[0] == 200
    assert not support.send(said, 1)
    assert support.counted(run_id) == {"batches": 1, "sent": 4}
    assert support.advance(given)["next"] == "end"
    assert become(run_id, "running")[1]["status"] == "running"
    assert not support.send(said, 1), "a child of the execution before the pause"
    world.states.going.clear()
    assert support.play(world) == 2
    assert support.counted(run_id) == {"batches": 3, "sent": 10}
    assert len(support.recipients_of_messages()) == 10


def test_a_batch_forgets_its_users_when_it_is_done(world: World) -> None:
    run_id = support.start_run(world, support.named(6))
    (given,) = support.executions_of(world)
    said = support.advance(given)
    assert support.stored_batches() == 2
    assert support.send(said, 0)
    assert support.stored_batches() == 1
    become(run_id, "paused")
    assert not support.send(said, 1)
    assert support.stored_batches() == 1
    become(run_id, "running")
    world.states.going.clear()
    support.play(world)
    assert support.stored_batches() == 0
    assert support.counted(run_id) == {"batches": 2, "sent": 6}


def test_a_pause_stops_a_batch_in_its_middle(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_sending, "LOOK_EVERY", 2)
    run_id = support.start_run(world, support.named(4))
    (given,) = support.executions_of(world)
    said = support.advance(given)
    take, taken = steps.take_first, []

    def take_and_pause(*args: Any) -> None:
        take(*args)
        taken.append(args)
        if len(taken) == 1:
            runs.change_run(ORGANIZATION, run_id, Status.PAUSED, world.now)

    monkeypatch.setattr(steps, "take_first", take_and_pause)
    assert not support.send(said, 0)
    assert len(taken) == 2
    assert support.counted(run_id) == {}
    become(run_id, "running")
    world.states.going.clear()
    support.play(world)
    assert support.counted(run_id) == {"batches": 1, "sent": 4}
    assert support.recipients_of_messages() == sorted(f"u-{n}" for n in range(4))


def test_a_batch_whose_time_is_over_is_left_for_another_round(world: World) -> None:
    run_id = support.start_run(world, support.named(2))
    (given,) = support.executions_of(world)
    said = support.advance(given)
    names = run_sending.BatchTask.__struct_fields__[:-1]
    task = run_sending.BatchTask(**{name: said[name] for name in names}, batch=0)
    assert not run_sending.send_batch(task, until=0.0)
    assert support.counted(run_id) == {}
    support.play(world)
    assert support.counted(run_id) == {"batches": 1, "sent": 2}


def test_a_cancelled_run_sends_nothing_more_and_is_not_set_going_again(world: World) -> None:
    run_id = support.start_run(world, support.named(6))
    (given,) = support.executions_of(world)
    said = support.advance(given)
    support.send(said, 0)
    assert become(run_id, "cancelled")[1]["status"] == "cancelled"
    assert not support.send(said, 1)
    assert support.advance(given)["next"] == "end"
    status, problem = become(run_id, "running")
    assert (status, problem["type"]) == (409, "urn:sluice:problem:run-cannot")
    assert become(run_id, "cancelled")[0] == 200
    assert len(support.recipients_of_messages()) == 4


def test_a_batch_sent_again_sends_nothing_twice(world: World) -> None:
    run_id = support.start_run(world, support.named(4))
    (given,) = support.executions_of(world)
    said = support.advance(given)
    assert support.send(said, 0)
    assert support.send(said, 0)
    assert support.counted(run_id) == {"batches": 1, "sent": 4}
    assert len(support.recipients_of_messages()) == 4


def test_a_batch_that_died_before_it_was_done_counts_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = support.start_run(world, support.named(4))
    (given,) = support.executions_of(world)
    said = support.advance(given)
    with monkeypatch.context() as patch:
        patch.setattr(run_batches, "finish_batch", _die)
        with pytest.raises(MemoryError):
            support.send(said, 0)
    support.play(world)
    assert support.counted(run_id) == {"batches": 1, "sent": 4}
    assert len(support.recipients_of_messages()) == 4


def _die(*_: object) -> None:
    raise MemoryError


def test_a_user_named_in_two_batches_gets_one_message(world: World) -> None:
    entries = [*support.named(4), *support.named(3)]
    run_id = support.start_run(world, entries)
    support.play(world)
    assert support.counted(run_id) == {"batches": 2, "sent": 4, "repeated": 3}
    assert len(support.recipients_of_messages()) == 4


def test_a_user_who_fails_for_a_fault_of_ours_holds_nobody_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = support.start_run(world, support.named(4))
    take = steps.take_first

    def broken(held: Any, now: Any) -> None:
        if held.push.user_id == "u-3":
            raise KeyError
        take(held, now)

    monkeypatch.setattr(steps, "take_first", broken)
    assert support.play(world) == run_sending.GIVE_UP_ROUNDS
    assert support.counted(run_id) == {"batches": 1, "sent": 3, "failed": 1}
    assert support.load(run_id).status == "finished"
    monkeypatch.setattr(steps, "take_first", take)
    world.wait(61)
    repair_waits({}, None)
    assert "u-3" in support.recipients_of_messages(), "its push was stored, so it is repaired"


def test_a_run_whose_batches_fail_in_every_round_is_stuck(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = support.start_run(world, support.named(2))

    def busy(*_: object) -> None:
        raise Contention

    with monkeypatch.context() as patch:
        patch.setattr(run_sending, "open_push", busy)
        assert support.play(world) == MAX_ROUNDS
    view = read(run_id)
    assert (view["status"], view["why"]) == ("stuck", "1 batches failed in every round")
    assert become(run_id, "running")[0] == 200
    support.play(world)
    assert support.counted(run_id) == {"batches": 1, "sent": 2}


def test_a_run_whose_request_or_execution_was_lost_is_set_going_again(world: World) -> None:
    run_id = support.start_run(world, support.named(2))
    world.wait(601)
    repair_waits({}, None)
    assert [given["generation"] for given in support.executions_of(world)].count(2) == 1
    world.wait(601)
    repair_waits({}, None)
    assert int(support.load(run_id).generation) == 2, "its execution goes on"
    world.states.going.clear()
    world.wait(601)
    repair_waits({}, None)
    support.play(world)
    assert int(support.load(run_id).generation) == 3
    assert support.counted(run_id) == {"batches": 1, "sent": 2}
    assert support.load(run_id).due_bucket is None


def test_a_run_whose_executions_only_die_is_stuck_in_the_end(world: World) -> None:
    run_id = support.start_run(world, support.named(1))
    for _ in range(MAX_ROUNDS + 1):
        world.wait(601)
        repair_waits({}, None)
    assert support.load(run_id).status == "stuck"


def test_runs_are_listed_newest_first_a_page_at_a_time(world: World) -> None:
    made = []
    for _ in range(3):
        made.append(support.start_run(world, [Entry("u-1")]))
        world.wait(1)
    status, page = call(list_runs, f"GET {RUNS}")
    assert status == 200
    assert [item["run_id"] for item in page["items"]] == made[::-1]
    event = http(f"GET {RUNS}", path=ORG, claims=claims("operator"))
    event["queryStringParameters"] = {"limit": "2"}
    first = json.loads(list_runs(event, None)["body"])
    event["queryStringParameters"] = {"limit": "2", "cursor": first["next_cursor"]}
    second = json.loads(list_runs(event, None)["body"])
    assert [item["run_id"] for item in first["items"] + second["items"]] == made[::-1]


@pytest.mark.parametrize(
    "audience",
    [
        {},
        {"tag": "tea", "user_ids": ["u-1"]},
        {"user_ids": []},
        {"user_ids": ["no id"]},
        {"user_ids": [f"u-{n}" for n in range(1001)]},
        {"upload": {"format": "xlsx", "size_bytes": 1}},
        {"upload": {"format": "csv", "size_bytes": 0}},
        {"upload": {"format": "csv", "size_bytes": audiences.MAX_BYTES + 1}},
    ],
)
def test_an_audience_that_is_none_is_refused(audience: dict[str, Any]) -> None:
    put_strategy(channel("wechat"))
    body = {"strategy_id": "cheapest-first", "content": CONTENT, "audience": audience}
    status, problem = call(start_run, f"POST {RUNS}", body)
    assert (status, problem["type"]) == (400, "urn:sluice:problem:invalid-request")


def test_what_is_not_there_is_refused() -> None:
    body = {"strategy_id": "none", "content": CONTENT, "audience": {"tag": "tea"}}
    assert call(start_run, f"POST {RUNS}", body)[0] == 404
    assert call(read_run, f"GET {RUNS}/{{run_id}}", run_id="none")[0] == 404
    assert become("none", "paused")[0] == 404
