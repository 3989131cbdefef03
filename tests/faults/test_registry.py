"""A writing operation that no fault was tried on fails here."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.injection import Fault
from tests.faults.operations import Operation, every_case
from tests.faults.world import World
from tests.house import tree

WRITES = re.compile(
    r"dynamodb:(PutItem|UpdateItem|DeleteItem)|sqs:SendMessage|events:PutEvents"
    r"|states:(StartExecution|SendTask\w+)|cognito-idp:Admin(?!Get|List)\w+"
)


def writers() -> set[str]:
    """Return the folders of the functions that the template lets write."""
    found = set()
    for logical_id, handler in tree.handlers().items():
        function: Any = tree.functions()[logical_id]
        texts = (part for part in tree.walk(function.get("Policies", [])) if isinstance(part, str))
        if any(WRITES.fullmatch(text) for text in texts):
            found.add(tree.name_of(handler.folder))
    return found


def test_every_operation_that_writes_is_tried_with_faults() -> None:
    tried = {operation.function for operation in every_case().values()}
    missing = writers() - tried
    assert not missing, f"add a case to tests/faults/cases_*.py for: {sorted(missing)}"


def test_every_case_names_an_operation_that_writes() -> None:
    assert {operation.function for operation in every_case().values()} <= writers()


def _nothing(_: World) -> Callable[[], object]:
    return lambda: None


@pytest.mark.parametrize(
    ("position", "fault", "forgets"),
    [
        (3, Fault.DIED, False),  # nothing was begun
        (4, Fault.BEFORE, False),
        (4, Fault.THROTTLED, False),
        (4, Fault.LOST, True),
        (4, Fault.DIED, True),
        (5, Fault.DIED, True),
        (5, Fault.THROTTLED, True),
        (6, Fault.BEFORE, True),
        (6, Fault.THROTTLED, False),  # the transaction is tried again
        (6, Fault.DIED, False),  # what was said is recorded
        (7, Fault.BEFORE, False),
    ],
)
def test_only_between_the_begun_attempt_and_its_record_may_an_answer_be_forgotten(
    position: int, fault: Fault, *, forgets: bool
) -> None:
    """Decision 10: elsewhere a case has to end as it does without the fault."""
    unsure = Operation("push/push_step: a case", _nothing, unsure=(4, 6))
    assert unsure.forgets(position, fault) is forgets
    assert not Operation("push/push_step: sure", _nothing).forgets(position, fault)
