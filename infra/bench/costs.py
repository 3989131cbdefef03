"""A child: what each operation asks of DynamoDB.

Every operation runs twice; the second counts, with the function's memory warm. Arguments: the
result's file, the folder of events.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from functions.codes.assign_channel.handler import handler as assign_channel
from functions.codes.confirm_contact.handler import handler as confirm_contact
from functions.codes.handle_scan.handler import handler as handle_scan
from functions.codes.issue_code.handler import handler as issue_code
from functions.invitations.settle_participation.handler import handler as settle_participation
from functions.promoters.read_tasks.handler import handler as read_tasks
from functions.promoters.record_payment.handler import handler as record_payment
from functions.push.push_step.handler import handler as push_step
from functions.push.receive_receipt.handler import handler as receive_receipt
from functions.push.start_push.handler import handler as start_push
from functions.rewards.advance_payout.handler import handler as advance_payout
from functions.rewards.grant_reward.handler import handler as grant_reward
from functions.rewards.settle_payout.handler import handler as settle_payout
from infra.bench import earning, seed
from infra.bench.events import ORGANIZATION, Event, Samples, change_body, signed, tell
from infra.bench.following import Following
from infra.bench.meter import Meter
from sluice.codes import visitors
from sluice.codes.store import channels, pool
from sluice.organizations import access
from sluice.push.store import held
from sluice.shared import clock

GROUPS = "GR0UPS0N1YHR"  # a code for the one small group


class Operations(Samples):
    """Each operation as a call with a number that makes it new."""

    def _join(self, visitor_id: str, code: str = seed.CODE) -> Event:
        event = self._event("assign_channel")
        event["pathParameters"]["code"] = code
        token = visitors.token(visitor_id, code, clock.now())
        change_body(event, visitor_token=token)
        return assign_channel(event, None)

    def _contact(self, visitor_id: str, event_name: str, webhook_id: str) -> Event:
        event = self._event("confirm_contact")
        given = {"event": event_name, "at": clock.now().isoformat()}
        given |= {"assignment_id": seed.join(visitor_id), "customer_ref": f"ref-{visitor_id}"}
        change_body(event, **given)
        signed(event, access.provider_key(ORGANIZATION, "sandbox"), webhook_id)
        return event

    def _done(self, handler: Callable[..., object], name: str, **given: str) -> Callable[[], Event]:
        """Return a call of a function that answers nothing, with these values in its event."""
        event = self._event(name)
        event.get("detail", {"data": event})["data"].update(given)
        return self._handed(handler, event)

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
        channels.put_channel(ORGANIZATION, "group", _small_group(i), clock.now())
        pool.pool(ORGANIZATION, fresh=True)
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
        change_body(event, natural_key=f"cost:{i}")
        return lambda: grant_reward(event, None)

    def claim_payout_row(self, i: int) -> Callable[[], Event]:
        """Claim an owner's 25 rewards as a row, and end the batch's claiming."""
        return self._done(advance_payout, "advance_payout", payout_id=earning.order_payout(i))

    def pay_payout_row(self, i: int) -> Callable[[], Event]:
        """Take the bank's word that a row of 25 rewards is paid."""
        payout_id = earning.order_payout(i + 2)
        self._done(advance_payout, "advance_payout", payout_id=payout_id)()
        event = self._event("settle_payout")
        event["pathParameters"]["payout_id"] = payout_id
        change_body(event, results=[{"owner_id": f"owner-{i + 2}", "state": "paid"}])
        return lambda: settle_payout(event, None)

    def settle_promotion(self, i: int) -> Callable[[], Event]:
        """Reward a newcomer of two identities and their inviter."""
        taken = earning.take_part(seed.EVENTS + i)
        return self._done(settle_participation, "settle_participation", participation_id=taken)

    def payment(self, i: int) -> Callable[[], Event]:
        """Settle a payment in three parts, the promoter's with a budget."""
        event, at = self._event("record_payment"), clock.now().isoformat()
        code = earning.link()
        tell(event, f"cost-{i}", order_id=f"cost-{i}", paid_at=at, promoter_code=code)
        return lambda: record_payment(event, None)

    def task_list(self, _: int) -> Callable[[], Event]:
        """Show a promoter the first page of a hundred tasks."""
        return lambda: read_tasks(self._event("read_tasks"), None)

    def start_push(self, i: int) -> Callable[[], Event]:
        """Store a push, with an Idempotency-Key."""
        event = self._event("start_push")
        event["headers"]["Idempotency-Key"] = f"cost-{i}"
        return lambda: start_push(event, None)

    def push_step(self, i: int) -> Callable[[], Event]:
        """Send over the first channel."""
        return self._done(push_step, "push_step", push_id=seed.start_push(f"stepped-{i}"))

    def receipt(self, i: int) -> Callable[[], Event]:
        """Take a receipt that settles an attempt and ends the chain."""
        push_id = seed.start_push(f"received-{i}")
        push_step(self._event("push_step") | {"push_id": push_id}, None)
        (attempt, *_) = held.load_push(ORGANIZATION, push_id).attempts
        event = self._event("receive_receipt")
        at = clock.now().isoformat()
        change_body(event, tracking_id=attempt.tracking_id, at=at, price=None)
        signed(event, access.provider_key(ORGANIZATION, "sandbox"), f"settled-{i}")
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
    meter = Meter()
    counted: dict[str, dict[str, Any]] = {}
    for kind in (Operations, Following):
        operations = kind(events)
        for name in (name for name in vars(kind) if not name.startswith("_")):
            for i in range(2):
                run = getattr(operations, name)(i)
                meter.reset()
                began = time.process_time()
                answer = run()
            spent = {"cpu_ms": 1000 * (time.process_time() - began)}
            counted[name] = {**meter.counted, **spent, "answer": answer["statusCode"]}
    result.write_text(json.dumps(counted))


if __name__ == "__main__":
    main()
