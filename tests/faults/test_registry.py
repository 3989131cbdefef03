"""A writing operation that no fault was tried on fails here."""

import re
from typing import Any

from tests.faults.operations import every_case
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
