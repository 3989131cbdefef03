"""Whatever is asked of the deployed API is answered as the document says that it serves (F3).

Schemathesis, all its checks but those in `accepted.OFF`: the boundaries of every field, right and
wrong; drawn requests; chains of requests that name what others made.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from infra.local.deploy import resources
from tests.fuzz import accepted, report
from tests.fuzz.document import operations, served
from tests.fuzz.run import Depth, Run, fuzz
from tests.fuzz.world import World, make_world
from tests.support.client import Deployment, eventually
from tests.support.summary import LINE

# For the proof: a rule of rules, of which there are many, and images, which take long.
LONG = {
    "PUT /organizations/{organization_id}/segments/{segment_id}",
    "GET /organizations/{organization_id}/code-batches/{batch_id}/images",
    "GET /organizations/{organization_id}/campaigns/{campaign_id}/material/{kind}",
    "GET /c/{token}/material/{kind}",
    "GET /s/{code}/card",
}
SEED = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(2**32))
ROUTES, EXAMPLES = 4, 3  # in `make test`
ALL_EXAMPLES = 50  # in `make proof`

type Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def world(deployment: Deployment) -> World:
    """An organisation of the fuzzer's own."""
    return make_world(deployment)


@contextmanager
def nothing_set_aside(deployment: Deployment) -> Iterator[None]:
    """Check that no function that events wake failed over what the doors had let in."""
    before = _set_aside(deployment)
    yield
    eventually("the outbox to empty", lambda: not deployment.items()["OutboxTable"] or None)
    assert _set_aside(deployment) == before


def _set_aside(deployment: Deployment) -> dict[str, int]:
    """Return how many events wait in each failure queue."""
    sqs, found = deployment.aws("sqs"), {}
    for name, url in resources(deployment.instance).items():
        if name.endswith("Failures"):
            wanted = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
            (count,) = sqs.get_queue_attributes(**wanted)["Attributes"].values()
            found[name] = int(count)
    assert found
    return found


def test_a_sample_of_requests_is_answered_as_documented(
    world: World, record_property: Record
) -> None:
    """Repeat a sample with FUZZ_SEED."""
    every = operations(served(world.target.acme.anyone))
    routes = random.Random(SEED).sample(sorted(set(every) - LONG), ROUTES)
    with nothing_set_aside(world.target.acme.deployment):
        run = fuzz(world, Depth(SEED, EXAMPLES, frozenset(routes)))
    tell(run, record_property)
    assert set(run.statuses) == set(routes)


@pytest.mark.proof
def test_every_request_is_answered_as_documented(world: World, record_property: Record) -> None:
    with nothing_set_aside(world.target.acme.deployment):
        run = fuzz(world, Depth(SEED, ALL_EXAMPLES))
    tell(run, record_property)
    shallow = [
        route
        for route in operations(run.document)
        if not any(200 <= status < 400 for status in run.statuses[route])
    ]
    assert not shallow, f"nothing got through to what is behind: {shallow}"
    useless = {each.name for each in accepted.REASONS if not each.seldom} - set(run.excused)
    assert not useless, f"strike from tests/fuzz/accepted.py what excuses nothing: {useless}"


def tell(run: Run, record_property: Record) -> None:
    for line in report.lines(run, SEED):
        print(line)
        record_property(LINE, line)
    failures = list(run.failures())
    assert not failures, f"FUZZ_SEED={SEED}\n" + "\n\n".join(failures)
