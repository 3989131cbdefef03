"""Webhooks: managed by operators, fed by events, delivered signed until heard (F3)."""

import importlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from sluice.shared import clock, guard
from sluice.shared.errors import Contention
from sluice.shared.outbox import OutboxItem
from sluice.shared.table import connection
from sluice.webhooks import delivering, queue
from sluice.webhooks.queue import Due
from sluice.webhooks.refusals import DeliveryTaken, LaneBusy
from sluice.webhooks.rules import schedule
from sluice.webhooks.rules.catalog import TEST
from sluice.webhooks.store import accepting, listing, webhooks
from sluice.webhooks.store import deliveries as verbs
from sluice.webhooks.tables import Attempt, Delivery, Lane, ToldEvent, Webhook
from tests.providers.http_double import Answered
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.staff import found_organization
from tests.support.webhooks import Receiver, campaign_changed, deliveries_of, verified

ALL = "/organizations/{organization_id}/webhooks"
ONE = f"{ALL}/{{webhook_id}}"
WANTED = {"events": ["campaign.*"]}


class Clock:
    """What time it is."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)  # signatures are checked by a real one

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    monkeypatch.setenv("PRIVATE_TARGETS", "127.0.0.0/8")
    with local_aws():
        found_organization(made.now)
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


def ask(route: str, body: Any = None, query: Any = None, **path: str) -> tuple[int, Any]:
    handler = importlib.import_module("functions.webhooks.manage_webhooks.handler").handler
    path = {"organization_id": ORGANIZATION} | path
    answer = handler(http(route, path=path, body=body, query=query, claims=claims()), None)
    return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None


def put(url: str, webhook_id: str = "crm", **given: Any) -> dict[str, Any]:
    status, found = ask(f"PUT {ONE}", WANTED | {"url": url} | given, webhook_id=webhook_id)
    assert status in {200, 201}, found
    answer: dict[str, Any] = found
    return answer


def feed(now: datetime, **given: Any) -> None:
    event = campaign_changed(now, **given)
    handler = importlib.import_module("functions.webhooks.feed_webhooks.handler").handler
    detail = msgspec.to_builtins(event)
    handler({"source": "sluice", "detail-type": event.type, "detail": detail}, None)


def waiting() -> list[Delivery]:
    return [each for each in deliveries_of() if each.status == "waiting"]


def work(at: Clock) -> list[str]:
    """Deliver whatever waits, each at its time."""
    done = []
    for each in waiting():
        at.now = max(at.now, each.next_at)
        done.append(delivering.deliver(_due(each), at.now))
    return done


def _due(found: Delivery) -> Due:
    return Due(found.organization_id, found.webhook_id, found.item)


def only() -> Delivery:
    (found,) = deliveries_of()
    return found


def log(webhook_id: str = "crm") -> list[dict[str, Any]]:
    path = {"webhook_id": webhook_id, "delivery_id": only().item}
    status, found = ask(f"GET {ONE}/deliveries/{{delivery_id}}", **path)
    assert status == 200
    told: list[dict[str, Any]] = found["log"]
    return told


def test_a_webhook_is_told_its_secret_once(receiver: Receiver) -> None:
    made = put(receiver.url)
    assert made["secret"].startswith("whsec_")
    assert "secret" not in put(receiver.url)
    assert "secret" not in ask(f"GET {ONE}", webhook_id="crm")[1]
    assert ask(f"GET {ALL}")[1]["items"][0]["webhook_id"] == "crm"


def test_an_event_is_delivered_signed_and_tells_only_what_is_declared(
    receiver: Receiver, at: Clock
) -> None:
    secret = put(receiver.url)["secret"]
    feed(at.now)
    assert work(at) == ["delivered"]
    (asked,) = receiver.asked
    told = verified(asked, secret)
    assert told["type"] == "campaign.changed.v1"
    assert told["data"] == {"campaign_id": "spring", "status": "published", "version": 1}
    assert asked.headers["webhook-id"] == only().item
    assert "." not in asked.headers["webhook-id"]
    (attempt,) = log()
    assert attempt["status"] == 200
    assert attempt["excerpt"] == "told"


def test_an_event_that_comes_twice_is_told_once(receiver: Receiver, at: Clock) -> None:
    put(receiver.url)
    for _ in range(2):
        feed(at.now)
    assert work(at) == ["delivered"]
    feed(at.now)
    assert not waiting()
    assert len(receiver.asked) == 1


def test_what_is_not_wanted_is_not_written(receiver: Receiver, at: Clock) -> None:
    put(receiver.url, events=["reward.*"])
    feed(at.now)
    assert not deliveries_of()


def test_a_failed_attempt_is_tried_again_with_the_same_id(receiver: Receiver, at: Clock) -> None:
    put(receiver.url)
    receiver.answers = [500, Answered(302, b"", (("Location", "http://127.0.0.1:1/"),))]
    feed(at.now)
    assert work(at) == ["waiting"]
    assert delivering.deliver(_due(only()), at.now) == "early"
    assert work(at) == ["waiting"]
    assert work(at) == ["delivered"]
    assert len({asked.headers["webhook-id"] for asked in receiver.asked}) == 1
    assert [each["status"] for each in log()] == [200, 302, 500]
    assert "redirects" in log()[1]["reason"]


def test_both_secrets_sign_while_they_are_rotated(receiver: Receiver, at: Clock) -> None:
    old = put(receiver.url)["secret"]
    new = put(receiver.url, rotate_from=1)["secret"]
    assert new != old
    assert put(receiver.url, rotate_from=1)["secret"] == new  # asked again: the same
    feed(at.now)
    work(at)
    for secret in (old, new):
        verified(receiver.asked[0], secret)
    status, problem = ask(
        f"PUT {ONE}", WANTED | {"url": receiver.url, "rotate_from": 7}, webhook_id="crm"
    )
    assert (status, problem["type"]) == (409, "urn:sluice:problem:webhook-changed")


def test_a_day_after_its_rotation_the_old_secret_signs_no_more(
    receiver: Receiver, at: Clock
) -> None:
    put(receiver.url)
    put(receiver.url, rotate_from=1)
    at.now += webhooks.ROTATION
    feed(at.now)
    work(at)
    assert len(receiver.asked[0].headers["webhook-signature"].split()) == 1


def test_a_rotation_of_long_ago_is_no_way_to_read_the_secret(at: Clock) -> None:
    put("https://crm.example.com/")
    assert "secret" in put("https://crm.example.com/", rotate_from=1)
    at.now += webhooks.ROTATION
    body = WANTED | {"url": "https://crm.example.com/", "rotate_from": 1}
    status, problem = ask(f"PUT {ONE}", body, webhook_id="crm")
    assert (status, problem["type"]) == (409, "urn:sluice:problem:webhook-changed")


def test_a_webhook_made_again_has_another_secret(receiver: Receiver, at: Clock) -> None:
    first = put(receiver.url)["secret"]
    feed(at.now)
    assert ask(f"DELETE {ONE}", webhook_id="crm") == (204, None)
    assert ask(f"DELETE {ONE}", webhook_id="crm") == (204, None)
    assert put(receiver.url)["secret"] != first
    assert work(at) == ["held"]  # what waited was for the one before
    assert not receiver.asked


def test_410_disables_and_tells_the_others(receiver: Receiver, at: Clock) -> None:
    put(receiver.url)
    receiver.answers = [410]
    feed(at.now)
    assert work(at) == ["failed"]
    shown = ask(f"GET {ONE}", webhook_id="crm")[1]
    assert (shown["status"], shown["why"]) == ("disabled", "it answered 410")
    told = [each for each in items_of(OutboxItem) if isinstance(each, OutboxItem)]
    assert "webhook.disabled.v1" in {each.type for each in told}
    feed(at.now, event_id="campaign.2")
    assert {each.status for each in deliveries_of()} == {"failed", "held"}


def test_three_days_of_nothing_but_failures_disable(receiver: Receiver, at: Clock) -> None:
    put(receiver.url)
    receiver.fault = Answered(500)
    began = at.now
    for number in range(100):
        feed(at.now, event_id=f"campaign.{number}")
        work(at)
        shown = ask(f"GET {ONE}", webhook_id="crm")[1]
        if shown["status"] == "disabled":
            break
    assert shown["why"] == "it did nothing but fail for three days"
    assert at.now - began >= schedule.LASTING


def test_one_success_ends_the_failing(receiver: Receiver, at: Clock) -> None:
    put(receiver.url)
    receiver.answers = [500]
    feed(at.now)
    work(at)
    assert ask(f"GET {ONE}", webhook_id="crm")[1]["failing_since"]
    work(at)
    assert "failing_since" not in ask(f"GET {ONE}", webhook_id="crm")[1]


def test_who_heard_meanwhile_is_not_disabled_by_a_call_that_began_before(
    receiver: Receiver, at: Clock
) -> None:
    put(receiver.url)
    feed(at.now)
    feed(at.now, event_id="campaign.2")
    slow, quick = waiting()
    failing = webhooks.find_webhook(ORGANIZATION, "crm")
    failing.failing_since = at.now - schedule.LASTING
    failing.save()
    verbs.claim(slow, failing, at.now)
    assert delivering.deliver(_due(quick), at.now) == "delivered"
    _settle(slow, failing, schedule.Outcome(500, "answered 500"), at.now)
    shown = ask(f"GET {ONE}", webhook_id="crm")[1]
    assert shown["status"] == "active"
    assert "failing_since" not in shown
    assert (slow.status, slow.last_status) == ("waiting", 500)


def _settle(found: Delivery, webhook: Webhook, outcome: schedule.Outcome, now: datetime) -> None:
    attempt = Attempt(
        listing.attempts_key(found), "000001", at=now, duration_milliseconds=9, expires=now
    )
    verbs.settle(found, webhook, attempt, outcome, now, 0.5)


def test_what_was_heard_is_recorded_also_where_many_write_how_the_webhook_fares(
    receiver: Receiver, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(receiver.url)
    receiver.answers = [500]
    feed(at.now)
    work(at)
    commit = guard.Transaction.commit

    def busy(self: guard.Transaction, attempts: int = guard.MAX_ATTEMPTS) -> None:
        if any(model is Webhook for _, _, model, _ in self._parts):
            raise Contention
        commit(self, attempts)

    monkeypatch.setattr(guard.Transaction, "commit", busy)
    assert work(at) == ["delivered"]
    assert [each["status"] for each in log()] == [200, 500]


def test_one_that_fails_now_and_then_is_not_written_each_time(
    receiver: Receiver, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its item is one, and deliveries are hundreds a second."""
    put(receiver.url)
    writes: list[type] = []
    commit = guard.Transaction.commit

    def counted(self: guard.Transaction, attempts: int = guard.MAX_ATTEMPTS) -> None:
        writes.extend(model for _, _, model, _ in self._parts if model is Webhook)
        commit(self, attempts)

    monkeypatch.setattr(guard.Transaction, "commit", counted)
    for number in range(20):
        receiver.answers = [500 if number % 2 else 200]
        feed(at.now, event_id=f"campaign.{number}")
        each = next(each for each in waiting() if each.event_id == f"campaign.{number}")
        delivering.deliver(_due(each), at.now)
        at.now += timedelta(seconds=1)
    assert len(receiver.asked) == 20
    assert len(writes) <= 3
    at.now += schedule.FALTERING
    receiver.fault = Answered(500)
    work(at)
    assert ask(f"GET {ONE}", webhook_id="crm")[1]["failing_since"]


def test_a_lane_is_given_back_also_where_its_webhook_was_put_meanwhile(
    receiver: Receiver, at: Clock
) -> None:
    put(receiver.url)
    found = webhooks.find_webhook(ORGANIZATION, "crm")
    found.slow_until = at.now + timedelta(minutes=5)
    found.failing_since = at.now
    found.save()
    feed(at.now)
    (delivery,) = waiting()
    verbs.claim(delivery, found, at.now)
    put(receiver.url)
    _settle(delivery, found, schedule.Outcome(200), at.now)
    (lane,) = (each for each in Lane.scan() if each.item == "lane")
    assert lane.busy_until <= at.now


def test_what_waits_for_a_lane_looks_for_one_less_and_less_often(
    receiver: Receiver, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow webhook's thousands must not keep the workers of all busy with looking."""
    put(receiver.url)
    found = webhooks.find_webhook(ORGANIZATION, "crm")
    found.slow_until = at.now + timedelta(days=1)
    found.save()
    feed(at.now)

    def busy(*_: object) -> None:
        raise LaneBusy

    claim = verbs.claim
    monkeypatch.setattr(verbs, "claim", busy)
    began, looks = at.now, 0
    while at.now < began + timedelta(hours=1):
        assert work(at) == ["put off"]
        looks += 1
    assert looks <= 40
    assert only().next_at <= at.now + schedule.LONGEST_REST
    monkeypatch.setattr(verbs, "claim", claim)
    assert work(at) == ["delivered"]
    assert only().queues_since is None


def test_a_failing_webhook_rests_and_loses_no_attempt(receiver: Receiver, at: Clock) -> None:
    put(receiver.url)
    receiver.fault = Answered(500)
    feed(at.now)
    for _ in range(3):
        work(at)
    calls = len(receiver.asked)
    feed(at.now, event_id="campaign.2")
    (new,) = (each for each in waiting() if each.event_id == "campaign.2")
    assert delivering.deliver(_due(new), at.now) == "early"
    at.now = new.next_at
    found = webhooks.find_webhook(ORGANIZATION, "crm")
    found.rests_until = at.now + timedelta(minutes=1)  # another has tried it meanwhile
    found.save()
    assert delivering.deliver(_due(new), at.now) == "put off"
    assert len(receiver.asked) == calls
    receiver.fault = None
    for _ in range(3):
        work(at)
    assert {each.status for each in deliveries_of()} == {"delivered"}


def test_a_slow_webhook_has_few_calls_at_once(receiver: Receiver, at: Clock) -> None:
    put(receiver.url)
    found = webhooks.find_webhook(ORGANIZATION, "crm")
    found.slow_until = at.now + timedelta(minutes=5)
    found.save()
    for number in range(40):
        feed(at.now, event_id=f"campaign.{number}")
    taken = 0
    for each in waiting():
        try:
            verbs.claim(each, webhooks.find_webhook(ORGANIZATION, "crm"), at.now)
        except LaneBusy:
            continue
        taken += 1
    assert taken == verbs.LANES
    at.now += timedelta(minutes=2)  # who died has left its lane
    assert delivering.deliver(_due(waiting()[0]), at.now) == "delivered"


def test_a_claim_is_one_workers_for_a_minute(receiver: Receiver, at: Clock) -> None:
    put(receiver.url)
    feed(at.now)
    verbs.claim(only(), webhooks.find_webhook(ORGANIZATION, "crm"), at.now)
    assert delivering.deliver(_due(only()), at.now) == "taken"
    at.now += timedelta(minutes=2)
    assert delivering.deliver(_due(only()), at.now) == "delivered"
    assert int(only().attempts) == 2


def test_what_lost_its_message_is_called_for(
    receiver: Receiver, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(receiver.url)
    feed(at.now)
    at.now += accepting.SOON
    sent = _queued(monkeypatch)
    handler = importlib.import_module("functions.webhooks.feed_webhooks.handler").handler
    handler({"source": "aws.events", "detail-type": "Scheduled Event"}, None)
    assert only().due_at > at.now
    assert sent == [_due(only())]
    delivering.call_overdue(at.now, time.monotonic() + 5)
    assert sent == [_due(only())]
    assert work(at) == ["delivered"]


def test_what_is_changed_while_the_sweep_looks_is_left_alone(receiver: Receiver, at: Clock) -> None:
    """The index is a moment behind: what it shows may be claimed, or over."""
    put(receiver.url)
    feed(at.now)
    at.now += accepting.SOON
    (seen,) = Delivery.by_due.query(only().due_bucket)
    verbs.claim(only(), webhooks.find_webhook(ORGANIZATION, "crm"), at.now)
    due_at = only().due_at
    with pytest.raises(DeliveryTaken):
        verbs.call_for(seen, at.now)
    assert only().due_at == due_at


def _queued(monkeypatch: pytest.MonkeyPatch) -> list[Due]:
    """Return what is put into the queue from now on."""
    sent: list[Due] = []

    class Queue:
        def send_message(self, *, MessageBody: str, **_: object) -> None:  # noqa: N803 - AWS's name
            sent.append(msgspec.json.decode(MessageBody, type=Due))

    monkeypatch.setenv("WEBHOOK_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/1/webhooks")
    monkeypatch.setattr(queue, "client", lambda _: Queue())
    return sent


def test_what_was_held_or_failed_is_replayed(receiver: Receiver, at: Clock) -> None:
    put(receiver.url, status="paused")
    began = at.now
    for number in range(3):
        feed(at.now, event_id=f"campaign.{number}")
        at.now += timedelta(seconds=1)
    assert {each.status for each in deliveries_of()} == {"held"}
    put(receiver.url)
    assert not waiting()
    query = {"since": (began + timedelta(seconds=1)).isoformat()}
    status, answer = ask(f"POST {ONE}/replays", query=query, webhook_id="crm")
    assert (status, answer) == (202, {"replayed": 2})
    assert work(at) == ["delivered"] * 2
    assert ask(f"POST {ONE}/replays", query=query, webhook_id="crm")[1] == {"replayed": 0}
    held = next(each for each in deliveries_of() if each.status == "held")
    path = {"webhook_id": "crm", "delivery_id": held.item}
    assert ask(f"POST {ONE}/deliveries/{{delivery_id}}/replay", **path)[0] == 202
    assert work(at) == ["delivered"]
    assert ask(f"POST {ONE}/deliveries/{{delivery_id}}/replay", **path)[0] == 202
    assert work(at) == ["delivered"]  # and again, what was delivered
    ids = [asked.headers["webhook-id"] for asked in receiver.asked]
    assert ids.count(held.item) == 2


def test_a_test_is_sent_whatever_is_wanted(receiver: Receiver, at: Clock) -> None:
    secret = put(receiver.url, status="paused")["secret"]
    status, answer = ask(f"POST {ONE}/test", webhook_id="crm")
    assert (status, answer["type"]) == (202, "webhook.test.v1")
    assert work(at) == ["delivered"]
    assert verified(receiver.asked[0], secret)["data"] == {"webhook_id": "crm"}


def test_deliveries_are_listed_page_by_page(receiver: Receiver, at: Clock) -> None:
    put(receiver.url)
    for number in range(5):
        feed(at.now, event_id=f"campaign.{number}")
        at.now += timedelta(seconds=1)
    seen, cursor = [], ""
    for _ in range(5):
        query = {"limit": "2", "cursor": cursor}
        status, answer = ask(f"GET {ONE}/deliveries", query=query, webhook_id="crm")
        assert status == 200
        seen += [each["event_id"] for each in answer["deliveries"]]
        cursor = answer.get("next_cursor", "")
        if not cursor:
            break
    assert seen == [f"campaign.{number}" for number in reversed(range(5))]


def test_what_happens_while_a_webhook_rests_is_not_looked_at_before_it_has_rested(
    receiver: Receiver, at: Clock
) -> None:
    """F3: its worker would only put it off. They come back over a minute, not all at once."""
    put(receiver.url)
    found = webhooks.find_webhook(ORGANIZATION, "crm")
    rests_until = found.rests_until = at.now + timedelta(minutes=10)
    found.save()
    for number in range(20):
        feed(at.now, event_id=f"campaign.{number}")
    moments = {each.next_at for each in waiting()}
    assert rests_until <= min(moments) <= max(moments) < rests_until + timedelta(minutes=1)
    assert len(moments) > 10
    assert {each.due_at - each.next_at for each in waiting()} == {accepting.SOON}
    at.now = rests_until + timedelta(minutes=1)
    feed(at.now, event_id="campaign.rested")
    assert waiting()[-1].next_at == at.now


def test_a_test_is_sent_also_while_its_webhook_rests(receiver: Receiver, at: Clock) -> None:
    """Who has mended a receiver wants to see it."""
    put(receiver.url)
    receiver.fault = Answered(500)
    feed(at.now)
    for _ in range(3):
        work(at)
    rests_until = webhooks.find_webhook(ORGANIZATION, "crm").rests_until
    assert rests_until > at.now
    receiver.fault = None
    assert ask(f"POST {ONE}/test", webhook_id="crm")[0] == 202
    (test,) = (each for each in waiting() if each.type == TEST)
    assert delivering.deliver(_due(test), at.now) == "delivered"
    assert at.now < rests_until
    assert "failing_since" not in ask(f"GET {ONE}", webhook_id="crm")[1]


def test_one_that_is_disabled_is_not_disabled_again_by_a_test(
    receiver: Receiver, at: Clock
) -> None:
    put(receiver.url)
    receiver.fault = Answered(410)
    feed(at.now)
    assert work(at) == ["failed"]
    assert ask(f"POST {ONE}/test", webhook_id="crm")[0] == 202
    assert work(at) == ["failed"]
    told = [each for each in items_of(OutboxItem) if isinstance(each, OutboxItem)]
    assert [each.type for each in told].count("webhook.disabled.v1") == 1


def test_a_test_just_after_another_is_refused(receiver: Receiver, at: Clock) -> None:
    """A script that tries a webhook without end writes no millions of deliveries."""
    put(receiver.url)
    assert ask(f"POST {ONE}/test", webhook_id="crm")[0] == 202
    status, problem = ask(f"POST {ONE}/test", webhook_id="crm")
    assert (status, problem["type"]) == (429, "urn:sluice:problem:webhook-just-tested")
    assert len(deliveries_of()) == 1
    put(receiver.url)
    assert ask(f"POST {ONE}/test", webhook_id="crm")[0] == 429
    at.now += timedelta(seconds=5)
    assert ask(f"POST {ONE}/test", webhook_id="crm")[0] == 202


def test_two_tests_at_once_are_one(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The condition decides, and not what was read."""
    put(receiver.url)
    before = webhooks.find_webhook(ORGANIZATION, "crm")
    assert ask(f"POST {ONE}/test", webhook_id="crm")[0] == 202
    monkeypatch.setattr(webhooks, "find_webhook", lambda *_: before)
    assert ask(f"POST {ONE}/test", webhook_id="crm")[0] == 429
    assert len(deliveries_of()) == 1


def listed(**query: str) -> Any:
    status, answer = ask(f"GET {ONE}/deliveries", query=query, webhook_id="crm")
    assert status == 200, answer
    return answer


def test_deliveries_of_one_webhook_spread_and_are_listed_in_order(
    at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In few queries: one of each shard, and one for each further 25."""
    put("https://crm.example.com/")
    began = at.now
    for number in range(40):
        feed(at.now, event_id=f"campaign.{number}")
        at.now += timedelta(seconds=number % 2)  # two of each moment
    assert {each.key for each in deliveries_of()} == set(
        accepting.deliveries_keys(ORGANIZATION, "crm")
    )
    newest_first = [each.item for each in reversed(deliveries_of())]
    queries: list[str] = []
    ask_aws = connection._make_api_call

    def counted(operation: str, given: dict[str, Any]) -> Any:
        queries.extend([operation] * (operation == "Query"))
        return ask_aws(operation, given)

    monkeypatch.setattr(connection, "_make_api_call", counted)
    assert len(listed(limit="100")["deliveries"]) == 40
    assert len(queries) <= 12
    for limit in (7, 20, 40):
        seen, query = [], {"limit": str(limit)}
        for _ in range(6):
            answer = listed(**query)
            seen += [each["delivery_id"] for each in answer["deliveries"]]
            if "next_cursor" not in answer:
                break
            query["cursor"] = answer["next_cursor"]
        assert seen == newest_first
    since = listed(since=(began + timedelta(seconds=15)).isoformat())["deliveries"]
    assert [each["delivery_id"] for each in since] == newest_first[: len(since)]
    assert len(since) == 10


def test_a_page_that_begins_before_its_time_is_empty(at: Clock) -> None:
    put("https://crm.example.com/")
    for number in range(3):
        feed(at.now, event_id=f"campaign.{number}")
    cursor = listed(limit="2")["next_cursor"]
    later = (at.now + timedelta(seconds=1)).isoformat()
    assert listed(cursor=cursor, since=later) == {"deliveries": []}
    assert len(listed(since="0001-01-01T00:00:00Z")["deliveries"]) == 3


def test_a_replay_is_kept_as_long_as_what_is_new(receiver: Receiver, at: Clock) -> None:
    """On day 29 too: it waits for up to three days, and is to be looked at afterwards."""
    put(receiver.url, status="paused")
    feed(at.now)
    put(receiver.url)
    at.now += timedelta(days=29)
    assert ask(f"POST {ONE}/deliveries/{{delivery_id}}/replay", **one())[0] == 202
    told = ToldEvent.get(accepting.told_key(ORGANIZATION, only().item), "event")
    assert told.expires == only().expires == at.now + accepting.KEPT


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_kept_no_more_is_not_replayed(
    receiver: Receiver, at: Clock, monkeypatch: pytest.MonkeyPatch, *, at_once: bool
) -> None:
    """Whether it was gone before, or goes at that very moment."""
    put(receiver.url, status="paused")
    began = at.now
    feed(began)
    told = ToldEvent(accepting.told_key(ORGANIZATION, only().item))
    if at_once:
        commit = guard.Transaction.commit

        def meanwhile(self: guard.Transaction, attempts: int = guard.MAX_ATTEMPTS) -> None:
            told.delete()
            commit(self, attempts)

        monkeypatch.setattr(guard.Transaction, "commit", meanwhile)
    else:
        told.delete()
    status, problem = ask(f"POST {ONE}/deliveries/{{delivery_id}}/replay", **one())
    assert (status, problem["type"]) == (410, "urn:sluice:problem:delivery-forgotten")
    query = {"since": began.isoformat()}
    assert ask(f"POST {ONE}/replays", query=query, webhook_id="crm") == (202, {"replayed": 0})
    assert only().status == "held"


def one() -> dict[str, str]:
    return {"webhook_id": "crm", "delivery_id": only().item}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://crm.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://me:secret@crm.example.com/"}, "url"),
        ({"url": "ftp://crm.example.com/"}, "url"),
        ({"url": "http://8.8.8.8/"}, "url"),
        ({"events": ["seat.*"]}, "events"),
        ({"events": []}, "events"),
        ({"events": ["assignment"]}, "events[0]"),
        ({"status": "disabled"}, "status"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(body: Any, field: str) -> None:
    given = {"url": "https://crm.example.com/", "events": ["campaign.*"]} | body
    status, problem = ask(f"PUT {ONE}", given, webhook_id="crm")
    assert status == 400
    assert problem["fields"][0]["field"] == field
    assert not items_of(Webhook)


def test_an_address_inside_is_never_called(at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it was allowed when it was put."""
    with Receiver() as inside:
        put(inside.url)
        monkeypatch.setenv("PRIVATE_TARGETS", "")
        feed(at.now)
        assert work(at) == ["waiting"]
        assert log()[0]["reason"].startswith("not sent")
        assert not inside.asked


def test_a_receiver_that_answers_nothing_is_tried_again(receiver: Receiver, at: Clock) -> None:
    put(receiver.url)
    receiver.fault = "cut"
    feed(at.now)
    assert work(at) == ["waiting"]
    assert log()[0]["reason"].startswith("no answer")
    assert "status" not in log()[0]


@pytest.mark.parametrize(
    ("route", "path"),
    [
        (f"GET {ONE}", {}),
        (f"GET {ONE}/deliveries", {}),
        (f"POST {ONE}/test", {}),
        (f"POST {ONE}/replays", {}),
        (f"GET {ONE}/deliveries/{{delivery_id}}", {"delivery_id": "none"}),
    ],
)
def test_what_is_not_there_is_not_found(route: str, path: dict[str, str]) -> None:
    assert ask(route, query={"since": "2026-01-01T00:00:00Z"}, webhook_id="none", **path)[0] == 404


def test_an_organisation_has_so_many_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MAX_WEBHOOKS", 2)
    for name in ("a", "b"):
        put("https://crm.example.com/", name)
    status, problem = ask(f"PUT {ONE}", WANTED | {"url": "https://a.example"}, webhook_id="c")
    assert (status, problem["type"]) == (409, "urn:sluice:problem:too-many-webhooks")
    assert ask(f"DELETE {ONE}", webhook_id="a")[0] == 204
    put("https://crm.example.com/", "c")


@pytest.mark.parametrize("since", ["0.5", "1700000000", "2026-02-30T00:00:00Z", "2026-01-01"])
def test_deliveries_are_asked_for_since_a_time_and_no_number(since: str) -> None:
    put("https://crm.example.com/")
    status, told = ask(f"GET {ONE}/deliveries", query={"since": since}, webhook_id="crm")[:2]
    assert (status, told["fields"][0]["field"]) == (400, "since")
