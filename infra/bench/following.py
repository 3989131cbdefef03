"""What follows an operation by a stream or an event, for a child: the same calls, one change each.

Streams bring several changes to an invocation where there are many: one each is the most it costs.
"""

from collections.abc import Callable
from typing import Any

from functions.codes.confirm_contact.handler import handler as confirm_contact
from functions.codes.count_changes.handler import handler as count_changes
from functions.codes.relay_assignments.handler import handler as relay_assignments
from functions.outbox.relay_outbox.handler import handler as relay_outbox
from functions.push.count_pushes.handler import handler as count_pushes
from functions.push.start_chain.handler import handler as start_chain
from functions.rewards.reward_referral.handler import handler as reward_referral
from infra.bench import seed
from infra.bench.events import ORGANIZATION, Event, Samples, change_body, signed
from sluice.codes.store.seats import slot_of
from sluice.codes.tables import SeatItem
from sluice.organizations import access
from sluice.shared import clock, ids

type Image = dict[str, dict[str, Any]]


class Following(Samples):
    """Each as a call with a number that makes it new."""

    def _change(self, name: str, new: Image, old: Image | None = None) -> Event:
        event = self._event(name)
        images = {"NewImage": new, **({"OldImage": old} if old else {})}
        event["Records"][0]["eventName"] = "MODIFY" if old else "INSERT"
        event["Records"][0]["dynamodb"] |= images
        return event

    def _joined(self, visitor: str) -> tuple[str, Image]:
        assignment_id = seed.join(visitor)
        return assignment_id, self._seat(assignment_id)

    def _seat(self, assignment_id: str) -> Image:
        slot = slot_of(ORGANIZATION, assignment_id)
        if slot is None:
            raise ValueError(assignment_id)
        image: Image = SeatItem.get(
            ids.key(slot.organization_id, slot.customer_id), slot.scope, consistent_read=True
        ).serialize()
        return image

    def _confirmed(self, visitor: str) -> tuple[Image, Image]:
        assignment_id, before = self._joined(visitor)
        event = self._event("confirm_contact")
        given = {"event": "connected", "at": clock.now().isoformat()}
        given |= {"assignment_id": assignment_id, "customer_ref": f"ref-{visitor}"}
        change_body(event, **given)
        signed(event, access.provider_key(ORGANIZATION, "sandbox"), visitor)
        confirm_contact(event, None)
        return self._seat(assignment_id), before

    def count_scan(self, i: int) -> Callable[[], Event]:
        """Count a new visitor's view."""
        image = {
            "visitor": {"S": f"{ORGANIZATION}#{seed.CODE}#viewer{i}"},
            "day": {"S": clock.now().date().isoformat()},
            "views": {"N": "1"},
            "expires": {"N": "1900000000"},
            "schema": {"N": "1"},
        }
        return self._handed(count_changes, self._change("count_changes", image))

    def count_join(self, i: int) -> Callable[[], Event]:
        """Count a reservation."""
        image = self._joined(f"counted{i}")[1]
        return self._handed(count_changes, self._change("count_changes", image))

    def tell_join(self, i: int) -> Callable[[], Event]:
        """Tell of a reservation, and list it."""
        image = self._joined(f"told{i}")[1]
        return self._handed(relay_assignments, self._change("relay_assignments", image))

    def count_confirm(self, i: int) -> Callable[[], Event]:
        """Count a connection."""
        images = self._confirmed(f"countedtoo{i}")
        return self._handed(count_changes, self._change("count_changes", *images))

    def tell_confirm(self, i: int) -> Callable[[], Event]:
        """Tell of a connection, and list it."""
        images = self._confirmed(f"toldtoo{i}")
        return self._handed(relay_assignments, self._change("relay_assignments", *images))

    def reward_referral(self, i: int) -> Callable[[], Event]:
        """Reward whoever brought the customer."""
        event = self._event("reward_referral")
        event["detail"]["data"] |= {"customer_id": f"cost{i}", "assignment_id": f"cost{i}"}
        return self._handed(reward_referral, event)

    def tell_event(self, _: int) -> Callable[[], Event]:
        """Bring an event from the outbox to the bus."""
        return self._handed(relay_outbox, self._event("relay_outbox"))

    def start_chain(self, i: int) -> Callable[[], Event]:
        """Start a push's execution."""
        event = self._event("start_chain")
        event["detail"]["data"]["push_id"] += f"cost{i}"
        return self._handed(start_chain, event)

    def count_attempt(self, i: int) -> Callable[[], Event]:
        """Count an attempt of a push."""
        event = self._event("count_pushes")
        (record,) = event["Records"]
        record["dynamodb"]["Keys"]["key"]["S"] += str(i)
        record["dynamodb"]["NewImage"]["key"]["S"] += str(i)
        return self._handed(count_pushes, event)
