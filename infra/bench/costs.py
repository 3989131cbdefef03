"""A child: what each operation asks of DynamoDB, by the ConsumedCapacity of its answers.

Every operation runs twice; the second counts, with the function's memory warm. A cancelled
transaction answers no capacity and is counted as if it were written; a read of what is not there
counts too, which the embedded AWS leaves out and AWS does not. Arguments: the result's file, the
folder of events.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from functions.codes.assign_channel.handler import handler as assign_channel
from functions.codes.confirm_contact.handler import handler as confirm_contact
from functions.codes.handle_scan.handler import handler as handle_scan
from functions.codes.issue_code.handler import handler as issue_code
from functions.push.push_step.handler import handler as push_step
from functions.push.receive_receipt.handler import handler as receive_receipt
from functions.push.start_push.handler import handler as start_push
from functions.rewards.grant_reward.handler import handler as grant_reward
from infra.bench import seed
from sluice.codes import visitors
from sluice.codes.store import channels, pool
from sluice.organizations import access
from sluice.push.store import held
from sluice.shared import clock
from sluice.shared.table import connection

GROUPS = "GR0UPS0N1YHR"  # a code for the one small group
UNITS_OF_A_WRITE = 2.0  # of up to a KiB, in a transaction
READS = ("GetItem", "Query", "BatchGetItem", "TransactGetItems")
WRITES = ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem")

type Event = dict[str, Any]


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
        self.counted = {"requests": 0.0, "write": 0.0, "index": 0.0, "read": 0.0}
        self._parts: list[Event] = []
        self._keys = 0

    def _ask(self, params: Event, **_: Any) -> Event:
        self._parts = params.get("TransactItems", [])
        self._keys = sum(len(asked["Keys"]) for asked in params.get("RequestItems", {}).values())
        return {**params, "ReturnConsumedCapacity": "INDEXES"}

    def _add(self, parsed: Event, model: Any, **_: Any) -> None:
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
        index = sum(
            part["CapacityUnits"]
            for entry in given
            for part in entry.get("GlobalSecondaryIndexes", {}).values()
        )
        self.counted["write"] += total - index
        self.counted["index"] += index


class Operations:
    """Each operation as a call with a number that makes it new."""

    def __init__(self, events: Path) -> None:
        self._events = events

    def _event(self, name: str) -> Event:
        event: Event = json.loads((self._events / f"{name}.json").read_text())[0]
        return event

    def _join(self, visitor_id: str, code: str = seed.CODE) -> Event:
        event = self._event("assign_channel")
        event["pathParameters"]["code"] = code
        token = visitors.token(visitor_id, code, clock.now())
        seed.change_body(event, visitor_token=token)
        return assign_channel(event, None)

    def _contact(self, visitor_id: str, event_name: str, webhook_id: str) -> Event:
        event = self._event("confirm_contact")
        given = {"event": event_name, "at": clock.now().isoformat()}
        given |= {"assignment_id": seed.join(visitor_id), "customer_ref": f"ref-{visitor_id}"}
        seed.change_body(event, **given)
        seed.signed(event, access.provider_key(seed.ORGANIZATION, "sandbox"), webhook_id)
        return event

    def scan(self, _: int) -> Callable[[], Event]:
        """Show the page to a new visitor."""
        return lambda: handle_scan(self._event("handle_scan"), None)

    def join(self, i: int) -> Callable[[], Event]:
        """Give a new customer a seat."""
        return lambda: self._join(f"new-{i}")

    def repeated_join(self, i: int) -> Callable[[], Event]:
        """Answer the seat that a customer has."""
        self._join(f"again-{i}")
        return lambda: self._join(f"again-{i}")

    def last_join(self, i: int) -> Callable[[], Event]:
        """Find the only group full that this function still thinks has room."""
        seed.put_code(f"{GROUPS[:-1]}{i}", kind="group")
        channels.put_channel(seed.ORGANIZATION, "group", _small_group(i), clock.now())
        pool.pool(seed.ORGANIZATION, fresh=True)
        self._join(f"only-{i}", f"{GROUPS[:-1]}{i}")
        return lambda: self._join(f"late-{i}", f"{GROUPS[:-1]}{i}")

    def sold_out_join(self, i: int) -> Callable[[], Event]:
        """Refuse everybody after that."""
        self.last_join(i + 2)()
        return lambda: self._join(f"later-{i}", f"{GROUPS[:-1]}{i + 2}")

    def confirm(self, i: int) -> Callable[[], Event]:
        """Take a provider's word that a customer is connected."""
        event = self._contact(f"connected-{i}", "connected", f"connected-{i}")
        return lambda: confirm_contact(event, None)

    def release(self, i: int) -> Callable[[], Event]:
        """Take a provider's word that a connected customer is gone."""
        confirm_contact(self._contact(f"gone-{i}", "connected", f"come-{i}"), None)
        event = self._contact(f"gone-{i}", "lost", f"gone-{i}")
        return lambda: confirm_contact(event, None)

    def issue(self, i: int) -> Callable[[], Event]:
        """Issue a code of a referrer, with an Idempotency-Key."""
        event = self._event("issue_code")
        event["headers"]["Idempotency-Key"] = f"cost-{i}"
        return lambda: issue_code(event, None)

    def grant(self, i: int) -> Callable[[], Event]:
        """Grant a reward."""
        event = self._event("grant_reward")
        seed.change_body(event, natural_key=f"cost:{i}")
        return lambda: grant_reward(event, None)

    def start_push(self, i: int) -> Callable[[], Event]:
        """Store a push, with an Idempotency-Key."""
        event = self._event("start_push")
        event["headers"]["Idempotency-Key"] = f"cost-{i}"
        return lambda: start_push(event, None)

    def push_step(self, i: int) -> Callable[[], Event]:
        """Send over the first channel."""
        event = self._event("push_step") | {"push_id": seed.start_push(f"stepped-{i}")}

        def run() -> Event:
            push_step(event, None)
            return {"statusCode": "done"}

        return run

    def receipt(self, i: int) -> Callable[[], Event]:
        """Take a receipt that settles an attempt and ends the chain."""
        push_id = seed.start_push(f"received-{i}")
        push_step(self._event("push_step") | {"push_id": push_id}, None)
        (attempt, *_) = held.load_push(seed.ORGANIZATION, push_id).attempts
        event = self._event("receive_receipt")
        at = clock.now().isoformat()
        seed.change_body(event, tracking_id=attempt.tracking_id, at=at, price=None)
        seed.signed(event, access.provider_key(seed.ORGANIZATION, "sandbox"), f"settled-{i}")
        return lambda: receive_receipt(event, None)


def _small_group(i: int) -> dict[str, Any]:
    """Describe a group that has one seat more than before."""
    return {
        "kind": "group",
        "name": "group",
        "provider": "sandbox",
        "provider_type": "sandbox",
        "provider_ref": "ref-group",
        "cap": i + 1,
        "daily_cap": None,
        "weight": 1,
        "owner_id": None,
        "service_area": None,
        "backup": False,
        "status": "open",
    }


def main() -> None:
    """Run every operation twice and write what the second cost."""
    result, events = map(Path, sys.argv[1:])
    operations, meter = Operations(events), Meter()
    counted: dict[str, dict[str, Any]] = {}
    names = (name for name in vars(Operations) if not name.startswith("_"))
    for name in names:
        for i in range(2):
            run = getattr(operations, name)(i)
            meter.reset()
            answer = run()
        counted[name] = {**meter.counted, "answer": answer["statusCode"]}
    result.write_text(json.dumps(counted))


if __name__ == "__main__":
    main()
