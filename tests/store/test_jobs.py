"""Jobs (F7, C1): of two who read the same, one changes it, and the other changes nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.exports import store as exports
from sluice.exports.export_tables import EXPORTS
from sluice.exports.rules import Place
from sluice.exports.rules import Status as ExportStatus
from sluice.invitations.people_tables import IMPORTS
from sluice.invitations.rules.imports import Status
from sluice.invitations.store import imports
from sluice.shared.jobs import Job, Jobs
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW

LATER = NOW + timedelta(minutes=1)
FILE = exports.File("codes", "codes-1.csv", 3, 90, "ab")
type Step = Callable[[Any], bool]
EXPORT: dict[str, Step] = {
    "place": lambda item: exports.checkpoint(item, Place(0, "m"), None, LATER),
    "kind": lambda item: exports.checkpoint(item, Place(1, ""), None, LATER),
    "file": lambda item: exports.checkpoint(item, Place(0, ""), FILE, LATER),
    "slice": lambda item: exports.resume(item, LATER),
    "end": lambda item: exports.end(item, ExportStatus.CANCELLED, LATER),
}
COUNTS: dict[str, Any] = {"stored": 1, "rejected": 0, "rejects_at": None, "now": LATER}
IMPORT: dict[str, Step] = {
    "offset": lambda item: imports.checkpoint(item, offset=90, line=1, **COUNTS),
    "line": lambda item: imports.checkpoint(item, offset=0, line=9, **COUNTS),
    "slice": lambda item: imports.resume(item, LATER),
    "end": lambda item: imports.end(item, Status.CANCELLED, LATER),
}
CASES = [
    (jobs, first, second)
    for jobs, steps in ((EXPORTS, EXPORT), (IMPORTS, IMPORT))
    for first in steps.items()
    for second in steps.items()
]


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def start(jobs: Jobs[Any]) -> str:
    if jobs is EXPORTS:
        order = exports.Order(["codes", "members"], "csv", "", "boss")
        return exports.start_export(ORGANIZATION, order, claim=None, now=NOW)
    given = (ORGANIZATION, "existing_customers", "add", 90, "boss")
    job_id = imports.start_import(*given, claim=None, now=NOW)
    imports.change_import(ORGANIZATION, job_id, Status.RUNNING, NOW)
    return job_id


def known(item: Job) -> dict[str, Any]:
    return {name: value for name, value in item.attribute_values.items() if value is not None}


def stored(jobs: Jobs[Any], job_id: str) -> dict[str, Any]:
    return known(jobs.load(ORGANIZATION, job_id))


@pytest.mark.parametrize(
    ("jobs", "first", "second"), CASES, ids=[f"{c[0].name}-{c[1][0]}-{c[2][0]}" for c in CASES]
)
def test_of_two_who_read_a_job_one_changes_it(
    jobs: Jobs[Any], first: tuple[str, Step], second: tuple[str, Step]
) -> None:
    job_id = start(jobs)
    one, other = (jobs.load(ORGANIZATION, job_id) for _ in range(2))
    assert first[1](one)
    after, told = stored(jobs, job_id), len(items_of(OutboxItem))
    assert after == known(one), "what is in memory is what is stored"
    assert not second[1](other)
    assert stored(jobs, job_id) == after
    assert len(items_of(OutboxItem)) == told
