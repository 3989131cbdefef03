"""The stream of pushes, as CountPushes gets it: each change since it was last looked at."""

from typing import Any

from functions.push.count_pushes.handler import handler as count_pushes
from sluice.push.tables import PushItem
from tests.support.aws import items_of

type Record = dict[str, Any]


class PushStream:
    """Remembers what it has told."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Record] = {}
        self._told = 0

    def take(self) -> list[Record]:
        """Return a record for each item that changed since the last time."""
        records = []
        for item in items_of(PushItem):
            new = item.serialize()
            key = (new["key"]["S"], new["item"]["S"])
            old = self._seen.get(key)
            if old != new:
                self._seen[key] = new
                records.append(self._record(old, new))
        return records

    def catch_up(self) -> None:
        """Count every change since the last time."""
        deliver(self.take())

    def _record(self, old: Record | None, new: Record) -> Record:
        self._told += 1
        change = {
            "ApproximateCreationDateTime": 1772697600.0,
            "SequenceNumber": str(self._told),
            "NewImage": new,
        }
        if old is not None:
            change["OldImage"] = old
        return {"eventName": "MODIFY" if old else "INSERT", "dynamodb": change}


def deliver(records: list[Record]) -> None:
    """Give records to CountPushes, which takes them all."""
    assert count_pushes({"Records": records}, None) == {"batchItemFailures": []}
