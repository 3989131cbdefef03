"""Guarded writes: the one place where code writes to DynamoDB and meets its error codes.

Every part of a write names the refusal that its failed condition means; the condition is the
truth (design 1). A refusal carries the item as it was found (`current`), so that code can explain
it or recognise a replay without another read.
"""

import random
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NotConnected
from pynamodb.exceptions import PynamoDBException, VerboseClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from sluice.shared.errors import Contention, Refusal
from sluice.shared.table import Table, connection

MAX_ATTEMPTS = 5
BACKOFF_SECONDS = 0.025  # doubled each attempt, with full jitter: at most 0.4 s in a request
MAX_PARTS = 100  # DynamoDB's limit on a transaction
_BUSY = {
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingError",
    "ThrottlingException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "InternalServerError",
    "InternalServiceError",
    "InternalFailure",
    "ServiceUnavailable",
}
_TROUBLE = 500  # HTTP's statuses of the server's own trouble
# Timeouts, refused and broken connections and cut answers; not what botocore says of a wrong call.
_NO_ANSWER = (NotConnected, HTTPClientError, IncompleteReadError)
_ALL_OLD = "ALL_OLD"
_random = random.SystemRandom()  # restored copies of a warm start would share `random`'s state


class Transaction:
    """Up to 100 writes that all happen or none; 2 write units per item and KiB.

    The request token makes the client's own retries safe: an answer lost on the way back is asked
    for again and not written twice.
    """

    def __init__(self) -> None:
        self._parts: list[tuple[str, dict[str, Any], type[Table], Refusal | None]] = []

    def put(
        self,
        item: Table,
        condition: Condition | None = None,
        otherwise: Refusal | None = None,
    ) -> None:
        """Write the whole item, under a condition on the one it replaces."""
        arguments = item.get_save_kwargs_from_instance(
            condition=condition, return_values_on_condition_failure=_ALL_OLD
        )
        self._add("Put", arguments, item, condition, otherwise)

    def update(
        self, item: Table, actions: Sequence[Action], *, condition: Condition, otherwise: Refusal
    ) -> None:
        """Change an item that must exist: without a condition DynamoDB would create it."""
        arguments = item.get_update_kwargs_from_instance(
            actions=_shaped(item, actions),
            condition=condition,
            return_values_on_condition_failure=_ALL_OLD,
        )
        self._add("Update", arguments, item, condition, otherwise)

    def upsert(self, item: Table, actions: Sequence[Action]) -> None:
        """Change an item or create it, unconditionally: for what guards nothing."""
        arguments = item.get_update_kwargs_from_instance(actions=_shaped(item, actions))
        self._add("Update", arguments, item, None, None)

    def delete(self, item: Table, *, condition: Condition, otherwise: Refusal) -> None:
        """Delete an item under a condition."""
        arguments = item.get_delete_kwargs_from_instance(
            condition=condition, return_values_on_condition_failure=_ALL_OLD
        )
        self._add("Delete", arguments, item, condition, otherwise)

    def erase(self, item: Table) -> None:
        """Delete an item, unconditionally: for what guards nothing."""
        self._add("Delete", item.get_delete_kwargs_from_instance(), item, None, None)

    def check(self, item: Table, *, condition: Condition, otherwise: Refusal) -> None:
        """Refuse the rest unless this item, which is not written, meets the condition."""
        arguments = item.get_delete_kwargs_from_instance(
            condition=condition, return_values_on_condition_failure=_ALL_OLD
        )
        self._add("ConditionCheck", arguments, item, condition, otherwise)

    def _add(
        self,
        operation: str,
        arguments: dict[str, Any],
        item: Table,
        condition: Condition | None,
        otherwise: Refusal | None,
    ) -> None:
        if (condition is None) != (otherwise is None):
            raise TypeError("a condition needs the refusal it means, and the other way round")
        if len(self._parts) == MAX_PARTS:
            raise ValueError(f"a transaction takes at most {MAX_PARTS} parts")
        self._parts.append((operation, arguments, type(item), otherwise))

    def commit(self, attempts: int = MAX_ATTEMPTS) -> None:
        """Write all parts, in the order they were added; of none nothing is asked.

        Raises the refusal of the first part whose condition failed, or Contention after
        `attempts` (one request each) met only conflicts and throttling.
        """
        if not self._parts:
            return
        items = [{operation: arguments} for operation, arguments, _, _ in self._parts]
        request = {"TransactItems": items, "ClientRequestToken": str(uuid.uuid4())}
        for attempt in range(attempts):
            try:
                connection.dispatch("TransactWriteItems", dict(request))
            except VerboseClientError as error:
                self._raise_refusal(error)
                if not _is_busy(error):
                    raise
                pause(attempt, last=attempt + 1 == attempts)
            else:
                return

    def _raise_refusal(self, error: VerboseClientError) -> None:
        reasons = list(error.cancellation_reasons)
        for (_, _, model, otherwise), reason in zip(self._parts, reasons, strict=False):
            if reason is None or reason.code != "ConditionalCheckFailed":
                continue
            if otherwise is None:
                raise TypeError("a part without a condition cannot be refused") from error
            if reason.raw_item:
                otherwise.current = model.from_raw_data(reason.raw_item)
            raise otherwise from None


def note(item: Table) -> None:
    """Write one item whatever is there, apart from any transaction: 1 write unit for each KiB.

    For what is told of effects and guards none.
    """
    connection.dispatch("PutItem", item.get_save_kwargs_from_instance())


def _shaped(item: Table, actions: Sequence[Action]) -> list[Action]:
    """Add the version of the item's shape: an update may be what creates the item."""
    return [*actions, type(item).schema.set(item.schema)]


def attempts(limit: int) -> Iterator[int]:
    """Yield the numbers of at most `limit` attempts, from 0, with a pause before each further one.

    Whoever succeeds leaves the loop; where nobody did, it ends in Contention.
    """
    for attempt in range(limit):
        if attempt:
            pause(attempt - 1)
        yield attempt
    raise Contention


def pause(attempt: int, *, last: bool = False) -> None:
    """Wait a random part of a doubling interval, so that rivals do not meet again in step.

    Raises Contention instead when this was the `last` attempt.
    """
    if last:
        raise Contention from None
    time.sleep(_random.uniform(0, BACKOFF_SECONDS * 2**attempt))


def _is_busy(error: VerboseClientError) -> bool:
    if error.response.get("Error", {}).get("Code", "") == "TransactionCanceledException":
        return any(reason and reason.code in _BUSY for reason in error.cancellation_reasons)
    return _says_busy(error)


def _says_busy(error: ClientError) -> bool:
    """Tell whether an answer is one of AWS's own trouble, also where what stands before it gave it.

    A load balancer's 5xx has no code that is known: botocore makes one of the status.
    """
    response = error.response
    if response.get("Error", {}).get("Code", "") in _BUSY:
        return True
    return response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _TROUBLE


def is_busy(error: BaseException) -> bool:
    """Tell whether a failure may pass by itself: rivals, throttling, AWS out of reach."""
    return isinstance(error, Contention) or is_unreachable(error)


def is_unreachable(error: BaseException) -> bool:
    """Tell whether AWS could not be asked, or said it was too busy, as opposed to said no."""
    cause = error.cause if isinstance(error, PynamoDBException) else error
    if isinstance(cause, ClientError):
        return _says_busy(cause)
    return isinstance(cause, _NO_ANSWER)
