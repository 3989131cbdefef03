"""What is asked of DynamoDB, by the ConsumedCapacity of its answers.

A cancelled transaction answers no capacity and is counted as if it were written; a read of what is
not there counts too, which the embedded AWS leaves out and AWS does not.
"""

from typing import Any

from sluice.shared.outbox import OutboxItem
from sluice.shared.table import connection

UNITS_OF_A_WRITE = 2.0  # of up to a KiB, in a transaction
READS = ("GetItem", "Query", "BatchGetItem", "TransactGetItems")
WRITES = ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem")


class Meter:
    """Adds up requests and units; units of an index are apart."""

    def __init__(self) -> None:
        self.reset()
        hooks: Any = connection.client.meta.events
        for name in (*READS, *WRITES):
            hooks.register(f"provide-client-params.dynamodb.{name}", self._ask)
            hooks.register(f"after-call.dynamodb.{name}", self._add)

    def reset(self) -> None:
        """Begin anew."""
        self.counted = {"requests": 0.0, "write": 0.0, "index": 0.0, "read": 0.0, "events": 0}
        self._parts: list[dict[str, Any]] = []
        self._keys = self._events = 0

    def _ask(self, params: dict[str, Any], **_: Any) -> dict[str, Any]:
        self._parts = params.get("TransactItems", [])
        puts = [part["Put"]["TableName"] for part in self._parts if "Put" in part]
        self._events = puts.count(OutboxItem.Meta.table_name)
        self._keys = sum(len(asked["Keys"]) for asked in params.get("RequestItems", {}).values())
        return {**params, "ReturnConsumedCapacity": "INDEXES"}

    def _add(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        self.counted["requests"] += 1
        given = parsed.get("ConsumedCapacity", [])
        given = given if isinstance(given, list) else [given]
        total = sum(entry["CapacityUnits"] for entry in given)
        if model.name in READS:
            self.counted["read"] += max(total, self._keys)
            return
        if not given:
            self.counted["write"] += UNITS_OF_A_WRITE * len(self._parts)
            return
        self.counted["events"] += self._events
        index = sum(
            part["CapacityUnits"]
            for entry in given
            for part in entry.get("GlobalSecondaryIndexes", {}).values()
        )
        self.counted["write"] += total - index
        self.counted["index"] += index
