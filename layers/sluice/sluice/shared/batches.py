"""Many items written one by one, 25 to a request: for what may be written again as it is.

No condition and no atomicity: whoever uses this can say it all again after a failure.
"""

from collections.abc import Sequence
from typing import Any

from pynamodb.exceptions import VerboseClientError

from sluice.shared import guard
from sluice.shared.table import Table, connection

MAX_ITEMS = 25  # DynamoDB's limit
ATTEMPTS = 8  # of what a request left undone: together at most 3.2 s of waiting


def write(puts: Sequence[Table], deletes: Sequence[Table] = ()) -> None:
    """Put and delete items, of which none may be named twice: a request for each 25.

    1 write unit for each item and KiB. Raises Contention where DynamoDB stays too busy.
    """
    wanted = [(item.Meta.table_name, {"PutRequest": {"Item": _image(item)}}) for item in puts]
    wanted += [(item.Meta.table_name, {"DeleteRequest": {"Key": _key(item)}}) for item in deletes]
    for first in range(0, len(wanted), MAX_ITEMS):
        tables: dict[str, list[Any]] = {}
        for table, request in wanted[first : first + MAX_ITEMS]:
            tables.setdefault(table, []).append(request)
        _write(tables)


def _write(tables: dict[str, list[Any]]) -> None:
    left = tables
    for _ in guard.attempts(ATTEMPTS):
        try:
            answer = connection.dispatch("BatchWriteItem", {"RequestItems": left})
        except VerboseClientError as error:
            if not guard.is_busy(error):
                raise
            continue
        left = answer.get("UnprocessedItems") or {}
        if not left:
            return


def _image(item: Table) -> dict[str, Any]:
    image: dict[str, Any] = item.serialize()
    return image


def _key(item: Table) -> dict[str, Any]:
    key: dict[str, Any] = item.get_delete_kwargs_from_instance()["Key"]
    return key
