"""A child: CPU of warm calls on a transport that answers at once; writes microseconds.

What the functions ask is asked once of the embedded AWS; from then on the same answers are given
without a socket, to the functions and to the floor W alike: one stock botocore client that sends
the very transaction of the join. Arguments: the result's file, the folder of events.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from functions.codes.assign_channel.handler import handler as assign_channel
from functions.codes.handle_scan.handler import handler as handle_scan
from sluice.shared.table import connection

CREATED = 201
CALLS = 300  # of each, in turn
WARMING = 20


class Transport:
    """Answers from memory what was answered before."""

    def __init__(self) -> None:
        certificates: Any = os.environ["AWS_CA_BUNDLE"]
        self._session = URLLib3Session(verify=certificates)
        self._kept: dict[tuple[str, bytes], tuple[Any, _Body]] = {}

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> Any:
        """Take the place of botocore's own sending (its event `before-send`)."""
        body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        target = request.headers["X-Amz-Target"]
        name = target.decode() if isinstance(target, bytes) else str(target)
        # Writes differ in ids and times and are all answered alike.
        key = (name, body if name.endswith(("GetItem", "Query")) else b"")
        if key not in self._kept:
            answer = self._session.send(request)
            self._kept[key] = (answer, _Body(answer.content))
        kept, body_again = self._kept[key]
        return AWSResponse(kept.url, kept.status_code, kept.headers, body_again)


class _Body:
    """A body that can be read again and again."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """Give the body in one piece."""
        yield self._content


def _stock(arguments: dict[str, Any], transport: Transport) -> Callable[[], object]:
    client: Any = botocore.session.get_session().create_client("dynamodb")
    client.meta.events.register("before-send.dynamodb", transport)
    return lambda: client.transact_write_items(**arguments)


def main() -> None:
    """Measure W, the join and the scan in turn."""
    result, events = map(Path, sys.argv[1:])
    transport, sent = Transport(), list[dict[str, Any]]()
    hooks = connection.client.meta.events
    hooks.register("before-send.dynamodb", transport)
    hooks.register("provide-client-params.dynamodb.TransactWriteItems", _keep := _keeper(sent))
    join, scan = (
        json.loads((events / f"{name}.json").read_text())[-1]
        for name in ("assign_channel", "handle_scan")
    )
    answer = assign_channel(join, None)
    if answer["statusCode"] != CREATED:
        raise SystemExit(f"The join was answered {answer}")
    hooks.unregister("provide-client-params.dynamodb.TransactWriteItems", _keep)
    arguments = {"TransactItems": sent[0]["TransactItems"]}
    calls: dict[str, Callable[[], object]] = {
        "W": _stock(arguments, transport),
        "join": lambda: assign_channel(join, None),
        "scan": lambda: handle_scan(scan, None),
    }
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for i in range(WARMING + CALLS):
        for name, call in calls.items():
            began = time.thread_time_ns()
            call()
            if i >= WARMING:
                spent[name].append((time.thread_time_ns() - began) / 1000)
    result.write_text(json.dumps(spent))


def _keeper(sent: list[dict[str, Any]]) -> Callable[..., None]:
    def keep(params: dict[str, Any], **_: Any) -> None:
        sent.append(params)

    return keep


if __name__ == "__main__":
    main()
