"""Faults at one AWS call of the code under test, wherever the call comes from.

Every call goes through botocore, or through the paper Step Functions of `tests.support.push`;
both are counted here, in order. At one of them a fault is injected, once.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

URL = "https://aws.example.com"
TRANSACTION = "dynamodb.TransactWriteItems"


class Fault(StrEnum):
    """What happens to a call."""

    BEFORE = "fails before it reaches AWS"
    LOST = "reaches AWS, its answer is lost"
    RETRIED = "reaches AWS, its answer is lost, and the SDK asks again"
    DIED = "reaches AWS, then the process dies"
    THROTTLED = "is throttled"
    CONFLICT = "meets a transaction conflict"

    def fits(self, call: str) -> bool:
        """Tell whether this can happen to a call; only transactions conflict."""
        return self is not Fault.CONFLICT or call == TRANSACTION


class Died(BaseException):
    """The process is gone: no code catches this."""


@dataclass
class Injection:
    """The calls made while armed, and the fault at one of them.

    `seen` is told of every call that reached AWS (name, arguments), armed or not.
    """

    seen: Callable[[str, dict[str, Any]], None]
    calls: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)  # of these, what changed something at AWS
    position: int | None = None  # of the call that the fault strikes
    fault: Fault | None = None
    armed: bool = False
    _losing: bool = False  # the next answer on the wire
    _answers: dict[bytes, Any] = field(default_factory=dict)  # of transactions, by their body

    @contextlib.contextmanager
    def arm(self, position: int | None = None, fault: Fault | None = None) -> Iterator[None]:
        """Record the calls of the block; strike the one at `position`, if any."""
        self.position, self.fault, self.armed = position, fault, True
        try:
            yield
        finally:
            self.armed = False

    def through(self, call: str, given: dict[str, Any], reach: Callable[[], Any]) -> Any:
        """Let a call through, or strike it."""
        fault = None
        if self.armed:
            fault = self.fault if len(self.calls) == self.position else None
            self.calls.append(call)
        match fault:
            case Fault.BEFORE:
                raise EndpointConnectionError(endpoint_url=URL)
            case Fault.THROTTLED:
                raise throttled(call)
            case Fault.CONFLICT:
                raise conflict(len(given["TransactItems"]))
            case Fault.RETRIED:
                self._losing = True
        try:
            answer = self._reached(call, given, reach)
        finally:
            self._losing = False
            self.seen(call, given)
        if fault is Fault.RETRIED:
            self.seen(call, given)
        if fault is Fault.DIED:
            raise Died
        if fault is Fault.LOST:
            raise ReadTimeoutError(endpoint_url=URL)
        return answer

    def _reached(self, call: str, given: dict[str, Any], reach: Callable[[], Any]) -> Any:
        answer = reach()
        if self.armed and _changes(call, given):
            self.done.append(call)
        # Not on a wire: the paper Step Functions are asked again.
        return reach() if self._losing else answer

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Put this between botocore's clients and the wire, and between the wire and AWS."""
        clients: Any = BaseClient
        endpoints: Any = Endpoint
        api_call, get_response = clients._make_api_call, endpoints._do_get_response

        def make_api_call(client: Any, operation: str, given: dict[str, Any]) -> Any:
            call = f"{client.meta.service_model.service_name}.{operation}"
            return self.through(call, given, lambda: api_call(client, operation, given))

        def do_get_response(endpoint: Any, request: Any, model: Any, context: Any) -> Any:
            kept = self._answers.pop(request.body, None)
            if kept is not None:
                return kept  # AWS knows the transaction's request token again; moto does not
            answer = get_response(endpoint, request, model, context)
            if not self._losing:
                return answer
            self._losing = False
            if model.name == "TransactWriteItems" and answer[1] is None:
                self._answers[request.body] = answer
            return None, ReadTimeoutError(endpoint_url=URL)

        patch.setattr(BaseClient, "_make_api_call", make_api_call)
        patch.setattr(Endpoint, "_do_get_response", do_get_response)


@dataclass
class Struck:
    """A stand-in for a boto3 client whose methods go through the injection."""

    service: str
    target: Any
    injection: Injection

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the method, named as the API names the call."""
        call = f"{self.service}.{''.join(word.title() for word in name.split('_'))}"

        def method(**given: Any) -> Any:
            reach = getattr(self.target, name)
            return self.injection.through(call, given, lambda: reach(**given))

        return method


def _changes(call: str, given: dict[str, Any]) -> bool:
    """Tell whether a call changes what is there; that somebody called is told of any of them."""
    is_read = re.search(r"\.(Get|BatchGet|Query|List|Describe|Head|Scan|AdminGet|AdminList)", call)
    return not is_read and given.get("TableName") != os.environ["AUDIT_TABLE"]


def throttled(call: str) -> ClientError:
    """Return what botocore raises when AWS throttles a call beyond the SDK's retries."""
    code = "ThrottlingException"
    if call.startswith("dynamodb."):
        code = "ProvisionedThroughputExceededException"
    return ClientError({"Error": {"Code": code, "Message": "Slow down"}}, call)


def conflict(parts: int) -> ClientError:
    """Return what botocore raises when the last part of a transaction met another one."""
    reasons: list[Any] = [{"Code": "None"}] * (parts - 1) + [{"Code": "TransactionConflict"}]
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": reasons,
    }
    return ClientError(response, "TransactWriteItems")
