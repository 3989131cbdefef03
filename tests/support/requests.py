"""Counting what a piece of code asks of DynamoDB."""

import contextlib
from collections.abc import Iterator
from typing import Any

from sluice.shared.table import connection


class Asked(list[tuple[str, dict[str, Any]]]):
    """The requests made, in order."""

    @property
    def names(self) -> list[str]:
        """The operations alone."""
        return [name for name, _ in self]

    @property
    def written(self) -> list[int]:
        """How many items each transaction wrote (a check writes none)."""
        return [
            sum("ConditionCheck" not in part for part in request["TransactItems"])
            for name, request in self
            if name == "TransactWriteItems"
        ]


@contextlib.contextmanager
def recorded() -> Iterator[Asked]:
    """Record every request to DynamoDB while the block runs."""
    asked = Asked()
    original = connection.dispatch

    def dispatch(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append((operation, arguments))
        return original(operation, arguments)

    connection.dispatch = dispatch  # type: ignore[method-assign,assignment]
    try:
        yield asked
    finally:
        connection.dispatch = original  # type: ignore[method-assign]
