"""Runs for tests, and their state machine of paper: infra/push_run.asl.yaml, one step at a time."""

import contextlib
from collections.abc import Sequence
from typing import Any

import boto3

from functions.push.advance_run.handler import handler as advance_run
from functions.push.send_batch.handler import handler as send_batch
from sluice.push import uploads
from sluice.push.rules.audiences import Audience, Entry
from sluice.push.run_tables import Run, RunItem, RunUsers
from sluice.push.store import runs
from sluice.push.tables import Push, PushItem, SandboxMessage
from sluice.shared import settings
from sluice.shared.clients import client
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION
from tests.support.push import CONTENT, World, put_strategy

BUCKET = "test-run-lists"
MAX_STEPS = 100


def named(count: int, prefix: str = "u") -> list[Entry]:
    """Return so many users."""
    return [Entry(f"{prefix}-{number}") for number in range(count)]


def start_run(world: World, entries: Sequence[Entry] = (), audience: Audience | None = None) -> str:
    """Start a run by a strategy of three channels."""
    put_strategy()
    return runs.start_run(
        ORGANIZATION,
        "cheapest-first",
        CONTENT,
        audience or Audience("users"),
        entries,
        base_url=None,
        claim=None,
        now=world.now,
    )


def load(run_id: str) -> Run:
    """Read a run."""
    return runs.load_run(ORGANIZATION, run_id)


def executions_of(world: World) -> list[dict[str, Any]]:
    """Bring what was requested to StartChain; return the inputs of the executions that go on."""
    world.start_chains()
    return [world.states.runs[name] for name in sorted(world.states.going)]


def advance(given: dict[str, Any]) -> dict[str, Any]:
    """Enter the state Advance."""
    answer: dict[str, Any] = advance_run(given, None)
    return answer


def send(given: dict[str, Any], batch: int) -> bool:
    """Enter the state SendBatch of a child."""
    names = ("organization_id", "run_id", "generation")
    return bool(send_batch({name: given[name] for name in names} | {"batch": batch}, None))


def play(world: World) -> int:
    """Run every execution of a run to its end; returns how many children there were."""
    children = 0
    for given in executions_of(world):
        said = dict(given)
        for _ in range(MAX_STEPS):
            said = advance(said)
            children += len(said.get("batches", []))
            for batch in said.get("batches", []):
                send(said, batch)
            if said["next"] not in {"prepare", "send"}:
                break
        else:
            raise AssertionError("the run does not end")
    world.states.going.clear()
    return children


def counted(run_id: str) -> dict[str, int]:
    """Return the sums of a run's counters that are not zero."""
    names = ("batches", "sent", "refused", "unsure", "waiting", "withheld", "repeated", "failed")
    shards = runs.counts_of(load(run_id))
    sums = {name: sum(int(getattr(shard, name)) for shard in shards) for name in names}
    return {name: total for name, total in sums.items() if total}


def pushes_of(run_id: str) -> list[Push]:
    """Return the pushes of a run."""
    found = [item for item in items_of(PushItem) if isinstance(item, Push)]
    return [push for push in found if push.run_id == run_id]


def recipients_of_messages() -> list[str]:
    """Return the users to whom the sandbox delivered, one for each message."""
    found = [item for item in items_of(SandboxMessage) if isinstance(item, SandboxMessage)]
    return sorted(item.key.split("#")[1] for item in found)


def stored_batches() -> int:
    """Return how many batches of users are stored."""
    return sum(isinstance(item, RunUsers) for item in items_of(RunItem))


def upload(run_id: str, data: bytes) -> None:
    """Put a list where the run's upload address leads."""
    place = uploads._place(ORGANIZATION, run_id)
    boto3.client("s3").put_object(**place, Body=data)


def make_bucket() -> None:
    """Make the bucket of lists, empty."""
    s3, bucket = client("s3"), settings.text("RUN_LISTS_BUCKET")
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=bucket)
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=item["Key"])
