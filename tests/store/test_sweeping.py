"""The sweeper on moto: what fails is in nobody's way, and nothing is dropped (design 1)."""

import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import boto3
import pytest

from sluice.codes.store import expiry
from sluice.codes.tables import SeatItem
from sluice.push.store import pushes
from sluice.push.tables import Push, PushItem
from sluice.shared import ids, sweeping, telemetry
from sluice.shared.errors import Contention
from sluice.shared.table import Moment
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.requests import recorded
from tests.support.staff import NOW

MINUTE = timedelta(minutes=1)
NEVER = float("inf")
POISON, GOOD = 30, 100


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def put(name: str, due_at: datetime = NOW, bucket: str = "0") -> None:
    """Put a push that is due, with no more of it than the sweeper looks at."""
    item = Push(ids.key(ORGANIZATION, name), "push", push_id=name, due_bucket=bucket, due_at=due_at)
    boto3.client("dynamodb").put_item(
        TableName=PushItem.Meta.table_name, Item=item.serialize(null_check=False)
    )


def stored(name: str) -> Push:
    return Push.get(ids.key(ORGANIZATION, name), "push")


def name_of(item: PushItem) -> str:
    return item.key.split("#")[1]


class Work:
    """Takes what is good from the index; what is poison fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.done: list[str] = []
        self.tried: list[str] = []
        self.error = error or RuntimeError("a bug")

    def __call__(self, item: PushItem) -> str:
        name = name_of(item)
        self.tried.append(name)
        if name.startswith("poison"):
            raise self.error
        stored(name).update([Push.due_bucket.remove(), Push.due_at.remove()])
        self.done.append(name)
        return "done"


def sweep(work: Work, now: datetime, until: float = NEVER) -> dict[str, int]:
    return dict(sweeping.sweep(pushes.OVERDUE, work, now, until))


def test_a_head_of_poison_is_in_nobodys_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is good behind it is done in one run, over several pages of one bucket."""
    monkeypatch.setattr(sweeping, "PAGE_ITEMS", 10)
    for n in range(POISON):
        put(f"poison-{n}", NOW - timedelta(days=1))
    for n in range(GOOD):
        put(f"good-{n}", NOW - MINUTE + timedelta(milliseconds=n))
    work = Work()
    assert sweep(work, NOW) == {"failed": POISON, "done": GOOD}
    assert work.done == [f"good-{n}" for n in range(GOOD)]
    assert sweep(work, NOW) == {}
    assert sweep(work, NOW + MINUTE) == {"failed": POISON}


def test_poison_whose_place_cannot_be_changed_either_is_in_nobodys_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page's cursor passes it; the next run tries it again."""
    monkeypatch.setattr(sweeping, "PAGE_ITEMS", 10)
    monkeypatch.setattr(sweeping, "_put_off", lambda *_: 1 / 0)
    for n in range(POISON):
        put(f"poison-{n}", NOW - timedelta(days=1))
    put("good")
    for _ in range(2):
        assert sweep(Work(), NOW)["failed"] == POISON
    assert not stored("good").due_bucket


def test_poison_is_tried_again_at_growing_distance_and_never_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged = io.StringIO()
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", logged)
    put("poison")
    now, waits, levels = NOW, [], []
    for _ in range(9):
        assert sweep(Work(), now) == {"failed": 1}
        due_at = stored("poison").due_at
        waits.append(int((due_at - now) / MINUTE))
        line = json.loads(logged.getvalue().splitlines()[-1])
        levels.append((line["level"], line["message"]))
        assert line["item"] == ["acme#poison", "push"]
        assert sweep(Work(), due_at - timedelta(milliseconds=1)) == {}
        now = due_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert levels == [("WARNING", "put_off")] * 6 + [("ERROR", "SweepFailed")] * 3
    assert stored("poison").sweep_failures == 9
    assert stored("poison").due_bucket == "0"


def test_that_aws_is_busy_is_not_the_items_fault() -> None:
    put("poison")
    for minute in range(9):
        assert sweep(Work(Contention()), NOW + minute * MINUTE) == {"failed": 1}
        assert stored("poison").due_at == NOW + (minute + 1) * MINUTE
    assert stored("poison").sweep_failures == 0


def test_an_item_that_somebody_changed_meanwhile_is_not_put_off() -> None:
    """The guard is its due time as the index had it."""
    put("poison")

    def work(_: PushItem) -> str:
        stored("poison").update([Push.due_at.set(NOW + timedelta(days=2))])
        raise RuntimeError("a bug")

    assert sweeping.sweep(pushes.OVERDUE, work, NOW, NEVER) == {"failed": 1}
    assert stored("poison").due_at == NOW + timedelta(days=2)
    assert stored("poison").sweep_failures is None


def test_an_item_that_is_gone_is_not_made_again() -> None:
    put("poison")

    def work(_: PushItem) -> str:
        stored("poison").delete()
        raise RuntimeError("a bug")

    assert sweeping.sweep(pushes.OVERDUE, work, NOW, NEVER) == {"failed": 1}
    assert items_of(PushItem) == []


def test_a_run_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also within a page; what is left is done by the next run."""
    for n in range(20):
        put(f"good-{n:02d}", bucket=str(n % pushes.OVERDUE.buckets))
    work = Work()
    monkeypatch.setattr(time, "monotonic", lambda: float(len(work.tried)))
    assert sweep(work, NOW, until=7) == {"done": 7}
    assert sweep(work, NOW, until=7) == {}
    assert sweep(work, NOW, until=1_000) == {"done": 13}


def test_without_time_nothing_is_even_asked() -> None:
    put("good")
    with recorded() as asked:
        assert sweep(Work(), NOW, until=time.monotonic()) == {}
    assert asked == []


def test_a_run_takes_a_bounded_number_of_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "MAX_ITEMS", 3)
    for n in range(4):
        put(f"good-{n}")
    assert sweep(Work(), NOW) == {"done": 3}
    assert sweep(Work(), NOW) == {"done": 1}


def test_every_bucket_has_its_turn_to_be_first() -> None:
    """Where the time never lasts for all of them."""
    for bucket in range(pushes.OVERDUE.buckets):
        put(f"poison-{bucket}", bucket=str(bucket))
    first = []
    for minute in range(1, pushes.OVERDUE.buckets + 1):
        work = Work(Contention())
        sweep(work, NOW + minute * 5 * MINUTE)
        first.append(work.tried[0])
    assert len(set(first)) == pushes.OVERDUE.buckets


def test_a_run_asks_one_query_for_each_bucket_and_further_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeping, "PAGE_ITEMS", 10)
    for n in range(25):
        put(f"good-{n}")
    with recorded() as asked:
        sweeping.sweep(pushes.OVERDUE, lambda _: "seen", NOW, NEVER)
    assert asked.names == ["Query"] * (pushes.OVERDUE.buckets + 2)
    put("poison")
    with recorded() as asked:
        sweeping.sweep(pushes.OVERDUE, Work(), NOW, NEVER)
    assert asked.names.count("GetItem") - 25 == 1, "each good one is read by the work itself"
    assert asked.names.count("TransactWriteItems") == 1


def test_a_seat_that_cannot_be_read_is_put_off_and_holds_nobody_up() -> None:
    """A6: it is stored as nobody understands it."""
    table = boto3.client("dynamodb")
    due_at = Moment().serialize(NOW)
    for n in range(POISON):
        item = {
            "customer": {"S": f"acme#c{n}"},
            "scope": {"S": "contact"},
            "seat": {"S": "?"},
            "version": {"N": "1"},
            "expiry_bucket": {"S": "3"},
            "expires_at": {"S": due_at},
        }
        table.put_item(TableName=SeatItem.Meta.table_name, Item=item)
    assert expiry.release_expired(NOW, NEVER) == 0
    found = table.scan(TableName=SeatItem.Meta.table_name)["Items"]
    assert {item["expires_at"]["S"] for item in found} == {Moment().serialize(NOW + MINUTE)}
    assert {item["sweep_failures"]["N"] for item in found} == {"1"}
    assert {item["seat"]["S"] for item in found} == {"?"}


def test_a_pool_does_the_items_of_a_page_at_once_and_ends_in_time() -> None:
    """Each waits for the others: one after the other, none would be done."""
    for n in range(8):
        put(f"good-{n}")
    put("poison")
    together, work = Barrier(4), Work()

    def meet(item: PushItem) -> str:
        if name_of(item) != "poison":
            together.wait(timeout=5)
        return work(item)

    with ThreadPoolExecutor(4) as pool:
        assert sweeping.sweep(pushes.OVERDUE, meet, NOW, time.monotonic(), pool.map) == {}
        done = sweeping.sweep(pushes.OVERDUE, meet, NOW, NEVER, pool.map)
    assert done == {"done": 8, "failed": 1}
    assert stored("poison").due_at == NOW + MINUTE


def test_what_no_time_was_left_for_is_noted_as_unfinished(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the last bucket, too."""
    last = int(NOW.timestamp()) // 60 - 1
    for n, bucket in enumerate((last - 1, last)):
        put(f"good-{n}", bucket=str(bucket % pushes.OVERDUE.buckets))
    work = Work()
    monkeypatch.setattr(time, "monotonic", lambda: float(len(work.tried)))
    assert sweep(work, NOW, until=1) == {"done": 1}
    assert telemetry.noted()["unfinished"] is True
